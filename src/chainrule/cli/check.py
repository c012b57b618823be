"""``chainrule check``: is the derivative of a function in a user's file right?"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.destination import require_file_writable
from chainrule.cli.functions import function_argument, load_functions, users_code
from chainrule.cli.numbers import Number
from chainrule.cli.options import PATH, PathEnding, json_option, seed_option
from chainrule.cli.points import at_option, read_point, read_tree
from chainrule.cli.screen import Screen, emit_bytes, note
from chainrule.errors import ArgumentError
from chainrule.extras import import_extra

if TYPE_CHECKING:
    from chainrule.verification import Report

STATUS = {"PASS": 0, "FAIL": 1, "UNDECIDED": 3}
ARRAYS = (".npz", ".npy")


@click.command(short_help="Check a gradient against numerical differentiation.")
@function_argument
@at_option(required=True)
@click.option(
    "--grad",
    metavar="FILE.py:FUNCTION",
    help="The derivative: a function of the same arguments (its name alone where it is in the same file), or "
    "arrays (.npz, .npy).  [default: automatic differentiation]",
)
@click.option(
    "--wrt", multiple=True, metavar="NAME", help="What to check: an argument, or a path such as p/W1."
)
@click.option(
    "--mode",
    type=click.Choice(["auto", "fast", "full"]),
    default="auto",
    show_default=True,
    help="full: every entry; fast: each tensor along random directions, and one wrong entry of it is found; "
    "auto: full of 64 entries or fewer, else along directions, and every wrong entry is found.",
)
@click.option(
    "--method",
    type=click.Choice(["central", "forward"]),
    default="central",
    show_default=True,
    help="central: differences to both sides, extrapolated; forward: (f(x + h) - f(x)) / h, less exact.",
)
@click.option(
    "--step", type=Number(), metavar="H", help="The widest step.  [default: one that fits the point]"
)
@click.option(
    "--framework",
    type=click.Choice(["numpy", "torch", "jax"]),
    default="numpy",
    show_default=True,
    help="Whose arrays the functions are given.",
)
@seed_option
@json_option
@click.option("--html", type=PATH, metavar="FILE", help="Write the report as a page.")
@click.option("--latex", type=PATH, metavar="FILE", help="Write the report as LaTeX.")
@click.option(
    "--plot",
    type=PathEnding((".svg", ".png", ".pdf")),
    metavar="FILE",
    help="Draw errors against steps (.svg, .png, .pdf).",
)
def check(
    function: str,
    at: Path,
    grad: str | None,
    wrt: tuple[str, ...],
    framework: str,
    as_json: bool,
    html: Path | None,
    latex: Path | None,
    plot: Path | None,
    **options: Any,
) -> None:
    """Check the derivative of FUNCTION against numerical differentiation, each number with an error bound.

    Exit status: 0 PASS, 1 FAIL, 3 UNDECIDED, 2 bad usage or data.

    \b
    Example:
      chainrule check net.py:loss --grad net.py:gradient --at point.npz
    """
    for file in filter(None, (html, latex, plot)):
        require_file_writable(file, Path(function.rpartition(":")[0]), at)
    if plot:
        import_extra("matplotlib.figure", "plot", "--plot")
    f, derivative = _functions(function, grad)
    point = read_point(at, f)
    arguments = dict(point.arguments) if point.kwargs else point.args
    with users_code():
        report = _report(f, derivative, arguments, framework, wrt=wrt or None, **options)
    _write(report, html, latex, plot)
    if as_json:
        emit_bytes(report.to_json().encode() + b"\n")
    else:
        Screen().show(report)
    click.get_current_context().exit(STATUS[str(report.verdict)])


def _functions(function: str, grad: str | None) -> tuple[Callable[..., Any], Any]:
    """The function and its derivative: a function, arrays, or None."""
    if grad is None:
        return load_functions(function)[0], None
    if grad.lower().endswith(ARRAYS):
        return load_functions(function)[0], read_tree(Path(grad))
    place = grad if ":" in grad else f"{function.rpartition(':')[0]}:{grad}"
    f, derivative = load_functions(function, place)
    return f, derivative


def _report(f: Callable[..., Any], derivative: Any, at: Any, framework: str, **options: Any) -> Report:
    from chainrule import tree
    from chainrule.verification import check

    convert = _converter(framework)
    return check(f, derivative, at=tree.map_leaves(convert, at), **options)


def _converter(framework: str) -> Callable[[Any], Any]:
    """What makes a framework's array of NumPy's; what is no array stays as it is."""
    import numpy as np

    if framework == "numpy":
        return lambda leaf: leaf
    try:
        make = (
            import_module("torch").from_numpy if framework == "torch" else import_module("jax.numpy").asarray
        )
    except ModuleNotFoundError:
        raise ArgumentError(
            f"{framework} is not installed", expected=f"an environment that has {framework}"
        ) from None
    return lambda leaf: make(leaf) if isinstance(leaf, np.ndarray) else leaf


def _write(report: Report, html: Path | None, latex: Path | None, plot: Path | None) -> None:
    from chainrule.io import atomic_write

    if html:
        atomic_write(html, report.to_html().encode())
    if latex:
        atomic_write(latex, report.to_latex().encode())
    if plot and report.curves:
        atomic_write(plot, _drawn(report, plot.suffix.lower().removeprefix(".")))
    elif plot:
        note(f"not drawn: there are no difference quotients for {plot}")


def _drawn(report: Report, kind: str) -> bytes:
    from io import BytesIO

    file = BytesIO()
    report.plot().savefig(file, format=kind, facecolor="white")
    return file.getvalue()
