"""Functions in files of the user's."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chainrule.cli.functions import load_function, users_code
from chainrule.errors import ArgumentError, ShapeError


def refusal(place: str) -> str:
    with pytest.raises(ArgumentError) as caught:
        load_function(place)
    return caught.value.one_line()


def test_the_function_is_found(source, folder) -> None:
    source("net.py", "def f(x):", "    return 2 * x", "class Net:", "    loss = staticmethod(f)")
    assert load_function("net.py:f")(3) == 6
    assert load_function("net.py:Net.loss")(3) == 6
    assert load_function(f"{folder / 'net.py'}:f")(3) == 6
    assert [path.name for path in folder.iterdir()] == ["net.py"]  # no __pycache__


def test_a_file_imports_its_neighbour_and_may_be_called_like_a_module_of_pythons(source, folder) -> None:
    source("neighbour_of_random.py", "factor = 5")
    source("random.py", "from neighbour_of_random import factor", "def f(x):", "    return factor * x")
    known = sys.modules["random"]
    assert load_function("random.py:f")(3) == 15
    assert sys.modules["random"] is known
    assert sys.path[0] != str(folder)


def test_what_is_only_for_running_the_file_is_not_run(source) -> None:
    source("net.py", "def f(x):", "    return x", "if __name__ == '__main__':", "    raise SystemExit(1)")
    assert load_function("net.py:f")(3) == 3


def test_what_the_file_prints_is_kept_from_standard_output(source, capsys) -> None:
    source("net.py", "print('hello')", "def f(x):", "    return x")
    load_function("net.py:f")
    assert capsys.readouterr() == ("", "hello\n")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("net.py", "net.py names no function; expected: FILE.py:function"),
        ("net.py:", "net.py: names no function"),
        ("no.py:f", "no.py is no file"),
        (".:f", ". is no file"),
        ("net.py:g", "net.py has no function g; expected: one of those in it: f, square"),
        ("net.py:f.g", "net.py has no function f.g"),
        ("net.py:size", "size in net.py is a int; expected: a function"),
        ("net.py:Net", "Net in net.py is a type; expected: a function"),
    ],
)
def test_what_is_not_there(source, place, message) -> None:
    source(
        "net.py",
        "def f(x):",
        "    return x",
        "size = 3",
        "class Net:",
        "    pass",
        "square = lambda x: x * x",
    )
    assert refusal(place).startswith(message)


def test_what_a_file_imports_is_no_function_of_its_own(source) -> None:
    source("borrowed.py", "from functools import partial", "from math import sin", "from numpy import tanh")
    assert refusal("borrowed.py:g").endswith("one of those in it: sin, tanh")
    own = ["def f(a, x):", "    return a * x", "twice = partial(f, 2)", "h = lambda x: x"]
    source("own.py", "from functools import partial", "from math import sin", "from numpy import tanh", *own)
    assert refusal("own.py:g").endswith("one of those in it: f, twice, h")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["import math", "def f(x:", "    return x"],
         "bad.py is not Python: '(' was never closed; at bad.py:2: def f(x:"),
        (["x = 1", "y = x / 0"], "ZeroDivisionError: division by zero; at bad.py:2: y = x / 0"),
        (["import no_such_module"],
         "ModuleNotFoundError: No module named 'no_such_module'; at bad.py:1: import no_such_module"),
        (["import sys", "sys.exit('enough')"], "SystemExit: enough; at bad.py:2: sys.exit('enough')"),
        (["raise ValueError"], "ValueError; at bad.py:1: raise ValueError"),
        (["import broken"], " is not Python: invalid syntax; at "),
        (["a = '\0'"], "bad.py is not Python: source code string cannot contain null bytes"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_run(source, lines, message) -> None:
    source("broken.py", "x = = 1")
    source("bad.py", *lines)
    assert message in refusal("bad.py:f")


def test_a_file_of_bytes(folder) -> None:
    (folder / "bad.py").write_bytes(b"\xff\xfe\x00garbage")
    assert refusal("bad.py:f").startswith("bad.py is not Python: ")


@pytest.fixture
def f(source):
    """A function whose line 7 multiplies the wrong way round."""
    source(
        "net.py",
        "import numpy as np",
        "",
        "def f(x, p, net):",
        "    h = np.maximum(x, 0)",
        "    b = p['b']",
        "    rest = 3",
        "    return (p['W'] @ h",
        "            + b + net.offset)",
    )
    return load_function("net.py:f")


def test_an_error_names_the_users_line_and_the_shapes_there(f) -> None:
    with pytest.raises(ArgumentError) as caught, users_code():
        f(np.ones(2), {"W": np.ones((4, 3)), "b": np.ones(4)}, None)
    line = caught.value.one_line()
    assert line.startswith("ValueError: matmul: ")
    assert line.endswith(", with p['W'] (4, 3), h (2,); at net.py:7: return (p['W'] @ h")


def test_attributes_have_shapes_too_and_several_lines_are_read(f) -> None:
    class Net:
        def __init__(self) -> None:
            self.offset = np.ones(5)

    with pytest.raises(ArgumentError) as caught, users_code():
        f(np.ones(3), {"W": np.ones((4, 3)), "b": np.ones(4)}, Net())
    line = caught.value.one_line()
    assert "p['W'] (4, 3), h (3,), b (4,), net.offset (5,)" in line


def test_an_error_of_ours_gains_the_line_that_caused_it(source) -> None:
    source(
        "net.py",
        "from chainrule.errors import ShapeError",
        "def f(x):",
        "    raise ShapeError('odd', instead='even')",
    )
    f = load_function("net.py:f")
    with pytest.raises(ShapeError) as caught, users_code():
        f(1)
    assert (
        caught.value.one_line() == "odd; instead: even; at net.py:3: raise ShapeError('odd', instead='even')"
    )
