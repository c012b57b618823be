"""Nodes and how they are built: immutability, casting, broadcasting, constants."""

from __future__ import annotations

import dataclasses
from types import MappingProxyType

import numpy as np
import pytest

from chainrule.calls import CallSite
from chainrule.errors import GraphError, ShapeError
from chainrule.graph import (
    ArrayType,
    Literal,
    Node,
    as_node,
    broadcast_shape,
    broadcast_to,
    build,
    cast,
    constant,
    input_node,
    is_literal,
    op,
    provenance,
    reshape,
    scalar_value,
    type_of,
    zeros,
)

FLOAT64, FLOAT32 = np.dtype("float64"), np.dtype("float32")


@pytest.fixture
def x() -> Node:
    return input_node(ArrayType((2, 3), FLOAT64), "x")


def test_a_node_cannot_be_changed(x: Node) -> None:
    y = op.sum(x, axis=(0,))
    for field in dataclasses.fields(Node):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(y, field.name, None)
    with pytest.raises(TypeError):
        y.params["axis"] = (1,)  # type: ignore[index]
    with pytest.raises((AttributeError, TypeError)):
        y.anything = 1  # type: ignore[attr-defined]


def test_two_nodes_are_equal_only_if_they_are_one(x: Node) -> None:
    first, second = op.exp(x), op.exp(x)
    assert first != second
    assert len({first, second, first}) == 2


def test_a_node_tells_its_type_and_operation(x: Node) -> None:
    y = op.sum(x, axis=(0,))
    assert (y.op, y.shape, y.dtype, y.ndim) == ("sum", (3,), FLOAT64, 1)
    assert repr(y) == "<sum float64(3,)>"


def test_operators_build_the_nodes_of_their_formulas(x: Node) -> None:
    built = [-x, x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, x > 0, x < 0]
    names = "negative add add subtract subtract multiply multiply divide divide greater less"
    assert [node.op for node in built] == names.split()
    assert scalar_value(built[2].inputs[0]) == 1
    assert built[2].inputs[1] is x


def test_elementwise_operands_are_cast_and_broadcast_to_one_type(x: Node) -> None:
    narrow = input_node(ArrayType((3,), FLOAT32), "narrow")
    y = x * narrow
    assert [operand.type for operand in y.inputs] == [x.type, x.type]
    assert y.inputs[0] is x
    assert y.inputs[1].op == "broadcast_to"
    assert y.inputs[1].inputs[0].op == "astype"
    assert (narrow * 2).dtype == FLOAT32
    assert (narrow * np.float64(2)).dtype == FLOAT64


def test_what_fits_already_is_left_as_it_is(x: Node) -> None:
    assert cast(x, FLOAT64) is x
    assert broadcast_to(x, (2, 3)) is x
    assert reshape(x, (2, 3)) is x
    assert as_node(x) is x


def test_the_shape_of_a_broadcast_is_numpys() -> None:
    assert broadcast_shape((2, 1), (3,), ()) == (2, 3)
    assert broadcast_shape((0, 1), (1, 3)) == (0, 3)
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        broadcast_shape((2,), (3,))


def test_constants_hold_arrays_by_reference() -> None:
    array = np.arange(3.0)
    held = constant(array)
    assert held.params["value"].value is array
    assert held.type == type_of(array)
    assert constant(1, FLOAT32).dtype == FLOAT32


def test_literals_compare_scalars_by_value_and_arrays_by_identity() -> None:
    assert Literal(np.array(1.0)) == Literal(np.array(1.0))
    assert Literal(np.array(1.0)) != Literal(np.array(1))
    assert Literal(np.array(0.0)) != Literal(np.array(-0.0))
    assert hash(Literal(np.array(1.0))) == hash(Literal(np.array(1.0)))
    array = np.ones(2)
    assert Literal(array) == Literal(array)
    assert Literal(array) != Literal(array.copy())
    assert Literal(array) != array.tolist()
    assert (repr(Literal(np.array(0.5))), repr(Literal(array))) == ("0.5", "array(2,)")


def test_a_number_repeated_is_still_that_number(x: Node) -> None:
    assert scalar_value(zeros(x.type)) == 0
    assert scalar_value(reshape(broadcast_to(constant(2.5), (4,)), (2, 2))) == 2.5
    assert scalar_value(constant(np.ones(3))) is None
    assert scalar_value(x) is None
    assert is_literal(zeros(x.type))
    assert is_literal(constant(np.ones(3)))
    assert not is_literal(x)
    assert not is_literal(op.exp(zeros(x.type)))


def test_nodes_carry_where_they_come_from(x: Node) -> None:
    line = CallSite("user.py", 7)
    with provenance(line, of=x):
        inside = op.exp(x)
        with pytest.raises(ShapeError) as caught:
            inside + constant(np.ones(5))
    assert (inside.source, inside.of) == (line, x)
    assert caught.value.where == line
    outside = op.exp(x)
    assert (outside.source, outside.of) == (None, None)


def test_provenance_ends_with_an_error(x: Node) -> None:
    with pytest.raises(GraphError), provenance(CallSite("user.py", 7)):
        build("no such operation", x)
    assert op.exp(x).source is None


def test_params_are_read_only_and_shared_where_there_are_none(x: Node) -> None:
    assert isinstance(op.exp(x).params, MappingProxyType)
    assert op.exp(x).params is op.exp(x).params


@pytest.mark.parametrize(
    ("name", "shape", "params"),
    [
        ("reshape", (2, 3), {"shape": (4,)}),
        ("broadcast_to", (2, 3), {"shape": (2, 2)}),
        ("slice", (2, 3), {"index": (0,), "batch": 0}),
        ("place", (2,), {"shape": (3,), "index": ((0, 1, 3),), "batch": 0}),
        ("cumsum", (), {}),
        ("einsum", (2, 3), {"spec": "i,ij->j"}),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_built(
    name: str, shape: tuple[int, ...], params: dict[str, object]
) -> None:
    operands = [constant(np.ones(shape))] * (2 if name == "einsum" else 1)
    with pytest.raises(ShapeError):
        build(name, *operands, **params)


def test_contractions_and_joins_of_lengths_that_differ_are_refused() -> None:
    a, b = constant(np.ones((2, 3))), constant(np.ones((2, 4)))
    with pytest.raises(ShapeError, match="3 against 2"):
        op.einsum(a, b, spec="ij,jk->ik")
    with pytest.raises(ShapeError, match="along axis 0"):
        op.concatenate(a, b, axis=0)
    with pytest.raises(ShapeError, match="index arrays"):
        op.gather(constant(np.ones(2)), constant(np.zeros(1, int)), constant(np.zeros(1, int)), batch=0)


def test_types_print_as_dtype_and_shape() -> None:
    assert repr(type_of(np.ones((2, 3), np.float32))) == "float32(2, 3)"
    assert type_of(3).shape == ()
    assert type_of(np.ones((2, 0))).size == 0
    assert ArrayType((2,), FLOAT64).with_dtype(FLOAT32) == ArrayType((2,), FLOAT32)
