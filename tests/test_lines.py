"""Whose a line is: the user's, or the library's."""

import os
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ShapeError
from chainrule.lines import is_library

PACKAGE = Path(cr.__file__).parent
BESIDE = f"{PACKAGE}_mine{os.sep}loss.py"


def test_a_folder_whose_name_begins_like_the_library_s_is_the_user_s():
    assert is_library(str(PACKAGE / "nn" / "losses.py"))
    assert is_library(os.__file__)
    assert not is_library(BESIDE)
    assert not is_library(f"{Path(os.__file__).parent}-mine{os.sep}loss.py")


def test_callers_there_are_named_in_errors():
    scope = {"np": np}
    exec(
        compile("def inner(x):\n    return x @ x[:2]\ndef f(x):\n    return inner(x)\n", BESIDE, "exec"),
        scope,
    )
    with pytest.raises(ShapeError, match="called at") as caught:
        cr.grad(scope["f"])(np.ones(3))
    assert str(caught.value).count(f"{Path(BESIDE).name}:") == 2
