"""Trees come apart into leaves and go back together unchanged."""

from collections import OrderedDict
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.tree import flatten, map_leaves, paths, unflatten


class Layer(NamedTuple):
    W: object
    b: object


KEYS = st.text("abWz1", min_size=1, max_size=3)


def branches(children):
    return (
        st.lists(children, max_size=3)
        | st.lists(children, max_size=3).map(tuple)
        | st.dictionaries(KEYS, children, max_size=3)
        | st.builds(Layer, children, children)
    )


TREES = st.recursive(st.integers(), branches, max_leaves=12)


def follow(tree, path):
    """The leaf that a path names, by indexing the tree itself."""
    for key in path.split("/"):
        tree = tree[key] if isinstance(tree, dict) else tree[int(key)]
    return tree


@given(TREES)
def test_unflatten_undoes_flatten(tree):
    leaves, structure = flatten(tree)
    rebuilt = unflatten(structure, leaves)
    assert rebuilt == tree
    assert flatten(rebuilt)[1] == structure


@given(TREES)
def test_there_is_one_path_a_leaf_and_it_leads_there(tree):
    leaves, structure = flatten(tree)
    assert structure.leaf_count == len(leaves) == len(paths(structure))
    if structure.kind is not None:
        assert [follow(tree, path) for path in paths(structure)] == leaves


@given(TREES)
def test_structure_is_the_same_whatever_the_leaves(tree):
    other = map_leaves(str, tree)
    assert flatten(other)[1] == flatten(tree)[1]
    assert hash(flatten(other)[1]) == hash(flatten(tree)[1])


@given(TREES)
def test_mapping_composes(tree):
    twice = map_leaves(lambda leaf: 2 * leaf, tree)
    assert map_leaves(lambda leaf: leaf + 1, twice) == map_leaves(lambda leaf: 2 * leaf + 1, tree)


@given(TREES)
def test_mapping_over_two_trees_pairs_their_leaves(tree):
    assert flatten(map_leaves(lambda a, b: a - b, tree, tree))[0] == [0] * len(flatten(tree)[0])


def test_structures_differ_by_kind_keys_and_nesting():
    trees = [1, [1], (1,), {"W": 1}, {"b": 1}, [[1]], [1, 1], Layer(1, 1), []]
    assert len({flatten(tree)[1] for tree in trees}) == len(trees)


def test_a_leaf_is_its_own_tree():
    leaves, structure = flatten(3.5)
    assert leaves == [3.5]
    assert paths(structure) == [""]
    assert unflatten(structure, [4.5]) == 4.5


def test_named_tuples_keep_their_class():
    rebuilt = map_leaves(lambda leaf: -leaf, {"layer1": Layer(1, [2, 3])})
    assert rebuilt == {"layer1": Layer(-1, [-2, -3])}
    assert isinstance(rebuilt["layer1"], Layer)


def test_leaves_come_in_the_order_the_dict_was_written():
    assert paths(flatten({"b": 0, "W": {"z": 0, "a": 0}})[1]) == ["b", "W/z", "W/a"]


def test_trees_of_different_sizes_cannot_be_paired():
    with pytest.raises(ValueError, match="shorter"):
        map_leaves(lambda a, b: a + b, [1, 2], [1])


def test_an_ordered_dict_comes_back_as_one() -> None:
    leaves, structure = flatten(OrderedDict(b=1, a=2))
    assert isinstance(unflatten(structure, leaves), OrderedDict)
    assert list(unflatten(structure, leaves)) == ["b", "a"]


def test_leaves_of_several_trees_meet_by_their_keys():
    one, other = {"W": 3, "b": (1, {"u": 5, "v": 7})}, {"b": (1, {"v": 2, "u": 1}), "W": 1}
    assert map_leaves(lambda p, g: p - g, one, other) == {"W": 2, "b": (0, {"u": 4, "v": 5})}
