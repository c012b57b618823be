"""What the package promises as a whole."""

import pydoc
import subprocess
import sys
from importlib.metadata import version

import pytest

import chainrule

LOADED_ONLY_WHERE_USED = {
    "click",
    "jax",
    "matplotlib",
    "msgspec",
    "narwhals",
    "numpy",
    "pandas",
    "polars",
    "rich",
    "safetensors",
    "scipy",
    "torch",
}


def loaded_by(*arguments: str) -> set[str]:
    """The packages that a process imports."""
    process = [sys.executable, "-X", "importtime", *arguments]
    told = subprocess.run(process, check=True, capture_output=True, text=True).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["-c", "import chainrule"], set()),
        (["-m", "chainrule", "--version"], {"click"}),
        (["-m", "chainrule", "train", "--help"], {"click"}),
        (["-c", "import chainrule as cr; cr.grad, cr.nn, cr.train"], {"numpy"}),
    ],
)
def test_what_is_not_used_is_not_imported(arguments: list[str], needed: set[str]) -> None:
    loaded = loaded_by(*arguments)
    assert "chainrule" in loaded
    assert loaded & LOADED_ONLY_WHERE_USED == needed


def test_every_public_name_is_there_and_listed() -> None:
    assert [name for name in dir(chainrule) if not name.startswith("__")] == sorted(chainrule.__all__)
    assert [name for name in chainrule.__all__ if not hasattr(chainrule, name)] == []
    assert "value_and_grad" in pydoc.plain(pydoc.render_doc(chainrule))
    assert not hasattr(chainrule, "no_such_name")


def test_version_is_the_installed_one():
    assert chainrule.__version__ == version("chainrule")
