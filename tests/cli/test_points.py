"""Points in files of the user's."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli.points import read_point
from chainrule.errors import ChainruleError, DataError

x, W = np.array([1.0, -2.0]), np.arange(6.0).reshape(3, 2)


def layer(x, W, *, scale=1.0):
    return scale * (W @ x)


def refusal(function, file: str = "at.npz") -> str:
    with pytest.raises(ChainruleError) as caught:
        read_point(Path(file), function)
    return caught.value.one_line()


def call(function, file: str = "at.npz"):
    at = read_point(Path(file), function)
    return function(*at.args, **at.kwargs)


def test_arrays_by_name(folder) -> None:
    np.savez("at.npz", W=W, x=x)
    np.testing.assert_array_equal(call(layer), W @ x)
    np.savez_compressed("at.npz", W=W, x=x, scale=2.0)
    np.testing.assert_array_equal(call(layer), 2 * W @ x)


def test_every_kind_of_argument(folder) -> None:
    def function(a, /, b, c=30, *rest, d, e=50, **more):
        return a, b, c, rest, d, e, more

    np.savez("at.npz", a=[1.0], b=[2.0], d=[4.0])
    assert call(function) == ([1.0], [2.0], 30, (), [4.0], 50, {})
    np.savez(
        "at.npz", a=[1.0], b=[2.0], c=[3.0], d=[4.0], e=[5.0], z=[6.0], **{"rest/0": [7.0], "rest/1": [8.0]}
    )
    assert call(function) == ([1.0], [2.0], [3.0], ([7.0], [8.0]), [4.0], [5.0], {"z": [6.0]})


def test_trees_of_arguments(folder) -> None:
    np.savez("at.npz", **{"p/layer1/W": W, "p/layer1/b": x, "q/1": [1.0], "q/0": [0.0], "r/0": x, "r/2": x})
    p, q, r = call(lambda p, q, r: (p, q, r))
    np.testing.assert_array_equal(p["layer1"]["W"], W)
    assert q == [[0.0], [1.0]]
    assert list(r) == ["0", "2"]


def test_what_is_not_a_number_to_differentiate_by_is_pythons_own(folder) -> None:
    np.savez("at.npz", n=3, flag=True, word="relu", t=2.0)
    n, flag, word, t = call(lambda n, flag, word, t: (n, flag, word, t))
    assert (type(n), type(flag), type(word), type(t)) == (int, bool, str, np.ndarray)
    assert (n, flag, word, t) == (3, True, "relu", 2.0)


@pytest.mark.parametrize("function", [lambda x: x, lambda x=0: x, lambda x, y=0: x])
def test_one_array_for_one_argument(folder, function) -> None:
    np.save("x.npy", x)
    np.testing.assert_array_equal(call(function, "x.npy"), x)


def test_one_array_for_two_arguments(folder) -> None:
    np.save("x.npy", x)
    assert refusal(layer, "x.npy").startswith(
        "x.npy holds one array, and layer(x, W, *, scale=1.0) does not take one; instead: a .npz file"
    )
    assert "does not take one" in refusal(lambda: 0, "x.npy")


def test_names_that_do_not_fit(folder) -> None:
    np.savez("at.npz", x=x, w=W, bias=x)
    assert refusal(layer) == (
        "at.npz does not fit layer(x, W, *, scale=1.0): W missing and w, bias not known;"
        " expected: arrays named x, W, scale"
    )
    np.savez("at.npz", x=x)
    assert ": W missing; expected" in refusal(layer)
    assert "it takes no argument" in refusal(lambda: 0)


def test_a_function_without_names(folder) -> None:
    np.savez("at.npz", x=x)
    assert refusal(min) == "the arguments of min have no names; instead: def f(x): return min(x)"


class Trap:
    """Makes a file when it is unpickled."""

    def __reduce__(self):
        return (open, ("trapped", "w"))


def write_pickle() -> None:
    Path("at.npz").write_bytes(pickle.dumps(Trap()))


def write_pickled_member() -> None:
    np.savez("at.npz", x=np.array([Trap()], dtype=object))


def write_text() -> None:
    Path("at.npz").write_text("x = 1")


def write_nothing() -> None:
    Path("at.npz").write_bytes(b"")


def write_half() -> None:
    np.savez("at.npz", x=np.ones(1000))
    Path("at.npz").write_bytes(Path("at.npz").read_bytes()[:3000])


def write_half_an_array() -> None:
    np.save("at.npy", np.ones(1000))
    Path("at.npz").write_bytes(Path("at.npy").read_bytes()[:3000])


def write_damaged() -> None:
    np.savez_compressed("at.npz", x=np.arange(1000.0))
    data = bytearray(Path("at.npz").read_bytes())
    data[200:260] = bytes(60)
    Path("at.npz").write_bytes(data)


def write_other_things() -> None:
    with zipfile.ZipFile("at.npz", "w") as archive:
        archive.writestr("x", b"hello")


@pytest.mark.parametrize(
    "write",
    [
        write_pickle,
        write_pickled_member,
        write_text,
        write_nothing,
        write_half,
        write_half_an_array,
        write_damaged,
        write_other_things,
    ],
)
def test_files_that_hold_no_arrays(folder, write) -> None:
    write()
    with pytest.raises(DataError, match=r"at\.npz"):
        read_point(Path("at.npz"), lambda x: x)
    assert not Path("trapped").exists()


@pytest.mark.parametrize("save", [np.save, lambda path, array: np.savez(path, x=array)])
def test_an_array_of_python_objects_is_told_as_such(folder, save) -> None:
    with Path("at.npz").open("wb") as file:
        save(file, np.array([1, None], dtype=object))
    with pytest.raises(DataError, match=r"at\.npz has an array of Python objects"):
        read_point(Path("at.npz"), lambda x: x)


def test_an_array_and_others_inside_it(folder) -> None:
    np.savez("at.npz", **{"p": x, "p/W": W})
    assert "p/W is inside p" in refusal(lambda p: p)
    np.savez("at.npz", **{"p/W": W, "p": x})
    assert "p is an array" in refusal(lambda p: p)


def test_no_such_file(folder) -> None:
    with pytest.raises(FileNotFoundError):
        read_point(Path("at.npz"), layer)
