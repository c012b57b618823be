"""How to call this program again, the way it was called this time."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

PROGRAM = "chainrule"


def command_line(*arguments: object) -> str:
    """What to type, in the current folder, to run this program with these arguments."""
    return shlex.join([*_program(), *map(str, arguments)])


def _program() -> list[str]:
    uv = os.environ.get("UV")
    if uv and "UV_RUN_RECURSION_DEPTH" in os.environ:  # `uv run` sets both, and needs no PATH
        return [_as_typed(Path(uv)), "run", PROGRAM]
    started = Path(sys.argv[0])
    if started.name == "__main__.py":  # python -m chainrule
        return [_as_typed(Path(sys.executable)), "-m", PROGRAM]
    return [_as_typed(started)] if started.stem == PROGRAM and started.exists() else [PROGRAM]


def _as_typed(program: Path) -> str:
    """The shortest way to name a program: by itself where PATH has it, else by its path."""
    found = shutil.which(program.name)
    if found and Path(found).samefile(program):
        return program.name
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)
