"""``chainrule derive``: the derivation of a function's gradient, line by line."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.functions import function_argument, load_function, users_code
from chainrule.cli.options import by_name_or_position, json_option, output_option
from chainrule.cli.points import at_option, read_point
from chainrule.cli.screen import emit_bytes, emit_json, working
from chainrule.errors import ArgumentError

if TYPE_CHECKING:
    from chainrule.derivation import Derivation, Step

FORMATS = ("text", "latex", "html", "python")
BY_ENDING = {".tex": "latex", ".html": "html", ".htm": "html", ".py": "python"}


@click.command(short_help="Derive a gradient line by line.")
@function_argument
@click.option(
    "--wrt", required=True, multiple=True, metavar="NAME", help="The argument to derive by; repeatable."
)
@at_option()
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="NAME=3,2",
    help="Without --at: an argument's shape; repeatable.",
)
@click.option(
    "--level",
    type=click.Choice(("result", "steps", "scalar")),
    default="steps",
    show_default=True,
    help="Closed forms only, every step, or every entry by itself.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="How to write it.  [default: as the file to write ends, .tex, .html or .py, else text]",
)
@output_option("File to write.  [default: standard output]")
@json_option
def derive(
    function: str,
    wrt: Sequence[str],
    at: Path | None,
    shapes: Sequence[str],
    level: str,
    form: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Derive the gradient of a FUNCTION in FILE.py, every line checked with numbers.

    FORMAT python is NumPy source of the gradient, which runs by itself; latex and html are whole documents.

    \b
    Example:
      chainrule derive net.py:loss --wrt W1 --at point.npz
      chainrule derive net.py:loss --wrt W1 --shape W1=3,2 --shape x=2 -o loss.tex
    """
    from chainrule.cli.destination import require_file_writable
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, Path(function.rpartition(":")[0]), *([at] if at else []))
    with working(f"deriving {function}") as progress:
        derivation = _derivation(function, list(wrt), at, shapes, level, progress)
        form = form or BY_ENDING.get(output.suffix.lower() if output else "", "text")
        with users_code():
            width = None if output else shutil.get_terminal_size().columns
            text = _written(derivation, form, width)
    if output:
        atomic_write(output, text.encode())
    if as_json:
        emit_json(_facts(derivation))
    elif not output:
        emit_bytes(text.encode())


def _derivation(
    place: str,
    wrt: list[str],
    at: Path | None,
    shapes: Sequence[str],
    level: str,
    progress: Callable[[str], Any],
) -> Derivation:
    from chainrule.derivation import derive as derived

    function = load_function(place)
    point = read_point(at, function) if at else None
    given = _shapes(shapes) if shapes else None
    if point is None and given is None:
        _require_defaults(function)
    with users_code():
        by = by_name_or_position(wrt)
        return derived(function, by, point, shapes=given, level=level, progress=progress)


def _require_defaults(function: Callable[..., Any]) -> None:
    """Without a point and shapes, every argument must have a default.

    Raises:
        ArgumentError: one has none.
    """
    parameters = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    missing = [p.name for p in parameters if p.default is p.empty and p.kind not in variable]
    if missing:
        raise ArgumentError(
            f"neither a point nor shapes, and {', '.join(missing)} without default",
            instead=f"--at FILE.npz, or --shape {missing[0]}=3,2 and so on for each",
        )


def _shapes(given: Sequence[str]) -> dict[str, Any]:
    """The shapes of arguments from ``W1=3,2`` and ``params/W1=3,2``.

    Raises:
        ArgumentError: one is not written so.
    """
    tree: dict[str, Any] = {}
    for text in given:
        path, equals, lengths = text.partition("=")
        parts = [part for part in lengths.replace("x", ",").split(",") if part.strip()]
        if not path or not equals or not all(part.strip().isdigit() for part in parts):
            raise ArgumentError(f"--shape {text}", expected="NAME=3,2 for a 3×2 matrix, NAME= for a number")
        *parents, last = path.split("/")
        branch = tree
        for key in parents:
            branch = branch.setdefault(key, {})
        branch[last] = tuple(map(int, parts))
    return tree


def _written(derivation: Derivation, form: str, width: int | None) -> str:
    writers = {"latex": derivation.latex, "html": derivation.html, "python": derivation.python}
    return writers[form]() if form in writers else derivation.text(width)


def _facts(derivation: Derivation) -> dict[str, Any]:
    return {
        "title": derivation.title,
        "point": derivation.point,
        "names": dict(derivation.legend),
        "steps": [_step_facts(step) for step in derivation.steps],
    }


def _step_facts(step: Step) -> dict[str, Any]:
    from chainrule.derivation.writers.latex import equation_latex, formula_latex
    from chainrule.derivation.writers.text import formula_text

    return {
        "section": step.section,
        "rule": step.rule,
        "equation": str(step),
        "latex": equation_latex(step),
        "left": {"text": formula_text(step.left), "latex": formula_latex(step.left)},
        "shapes": [{"factor": formula_text(factor), "shape": list(shape)} for factor, shape in step.shapes],
        "value": step.value,
        "checks": [{"against": c.against, "error": c.error, "bound": c.bound} for c in step.checks],
        "remark": step.remark,
    }
