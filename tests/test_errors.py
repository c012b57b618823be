"""An error says what was given, what was expected, what to write instead and where."""

import inspect
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import errors
from chainrule.errors import ChainruleError, ShapeError, SourceLine

CLASSES = [
    member for _, member in inspect.getmembers(errors, inspect.isclass) if issubclass(member, Exception)
]


@pytest.fixture
def where(tmp_path):
    script = tmp_path / "model.py"
    script.write_text("x = 0\n    h = W @ x\n", encoding="utf-8")
    return SourceLine(str(script), 2)


@pytest.fixture
def full(where):
    return ShapeError("W is 3×2 and x is 4.", expected="x of shape (2,)", instead="W.T @ x", where=where)


def test_message_has_one_part_a_line(full, where):
    assert str(full).splitlines() == [
        "W is 3×2 and x is 4",
        "  expected: x of shape (2,)",
        "  instead: W.T @ x",
        f"  at {where.file}:2: h = W @ x",
    ]


def test_parts_stay_readable_on_the_error(full, where):
    assert full.expected == "x of shape (2,)"
    assert full.instead == "W.T @ x"
    assert full.where == where


def test_one_line_holds_every_part(full, where):
    parts = ["W is 3×2 and x is 4", "expected: x of shape (2,)", "instead: W.T @ x", f"at {where}"]
    assert full.one_line() == "; ".join(parts)


def test_one_line_is_one_line_whatever_was_given():
    error = ChainruleError("rows\n\n 3\tand 5", instead="one\r\nrow")
    assert error.one_line() == "rows 3 and 5; instead: one row"


def test_what_was_given_is_enough():
    assert str(ChainruleError("no rows.")) == "no rows"
    assert ChainruleError("no rows.").one_line() == "no rows"


def test_source_line_shows_what_stands_there(where):
    assert where.text == "h = W @ x"
    assert str(where) == f"{where.file}:2: h = W @ x"


def test_source_line_without_its_source():
    assert str(SourceLine("<stdin>", 1)) == "<stdin>:1"


@pytest.mark.parametrize("error", CLASSES)
def test_every_error_is_caught_as_ours(error):
    with pytest.raises(ChainruleError, match="given"):
        raise error("given")


@pytest.mark.parametrize("error", [error for error in CLASSES if error is not ChainruleError])
def test_every_error_is_caught_as_pythons_own_kind(error):
    builtin = [base for base in error.__mro__ if base.__module__ == "builtins"]
    assert set(builtin) - {Exception, BaseException, object}


@pytest.mark.parametrize("error", CLASSES)
def test_errors_cross_a_process_boundary(error, where):
    sent = error("given", expected="expected", instead="instead", where=where)
    received = pickle.loads(pickle.dumps(sent))
    assert type(received) is error
    assert str(received) == str(sent)
    assert received.one_line() == sent.one_line()


def test_errors_of_a_traced_function_cross_a_process_boundary():
    """Their line knows the instructions around it, which stay in this process."""
    with pytest.raises(ShapeError) as caught:
        cr.grad(lambda x: np.sum(x + np.ones(3)))(np.ones(2))
    received = pickle.loads(pickle.dumps(caught.value))
    assert str(received) == str(caught.value)
    assert (received.where, received.where.variable) == (caught.value.where, "")


def test_a_very_long_value_does_not_flood_the_line():
    line = ShapeError("x" * 100_000 + " is given", instead="something shorter").one_line()
    assert len(line) <= errors.LONGEST_LINE
    assert line.startswith("xxx")
    assert line.endswith("is given; instead: something shorter")
