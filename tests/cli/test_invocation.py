"""What the program tells a user to type is what the user can type."""

from __future__ import annotations

import sys

import pytest

from chainrule.cli.invocation import command_line


@pytest.fixture
def program(folder, monkeypatch):
    """A program file ``bin/chainrule`` and a ``bin/uv``."""
    monkeypatch.setenv("PATH", "/nowhere")
    (folder / "bin").mkdir()
    for name in ("chainrule", "uv"):
        path = folder / "bin" / name
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return folder / "bin" / "chainrule"


def test_on_the_path(program, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    assert command_line("demo") == "chainrule demo"


def test_as_a_module(program, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["src/chainrule/__main__.py", "demo"])
    assert command_line("demo") == f"{sys.executable} -m chainrule demo"


def test_off_the_path_it_is_named_from_here(program, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    assert command_line("demo") == "bin/chainrule demo"


def test_off_the_path_and_elsewhere(program, monkeypatch, tmp_path_factory) -> None:
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert command_line("demo") == f"{program} demo"


def test_by_uv_run(program, monkeypatch) -> None:
    monkeypatch.setenv("UV", str(program.with_name("uv")))
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert command_line("demo") == "bin/uv run chainrule demo"
    monkeypatch.setenv("PATH", str(program.parent))
    assert command_line("demo") == "uv run chainrule demo"


def test_from_a_test_or_a_notebook(program, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert command_line("predict", "my model", 3) == "chainrule predict 'my model' 3"
