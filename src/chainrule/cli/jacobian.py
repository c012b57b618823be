"""``chainrule jacobian``: all partial derivatives of a function in a user's file, and the way to them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.functions import function_argument, load_function, users_code
from chainrule.cli.options import PathEnding, by_name_or_position, json_option
from chainrule.cli.points import at_option, read_point
from chainrule.cli.screen import Screen, emit_json, working

if TYPE_CHECKING:
    from chainrule import Jacobian

SHOWN = 12  # rows and columns of a matrix that are printed
IN_JSON = 10_000  # elements of a matrix that are printed as JSON


@click.command(short_help="Compute a Jacobian, and show the cheapest way to it.")
@function_argument
@at_option(required=True)
@click.option(
    "--wrt",
    multiple=True,
    metavar="NAME",
    help="The argument to differentiate by, or a path such as p/W1; repeatable.  [default: the first]",
)
@click.option("--plan", "with_plan", is_flag=True, help="Show how it is computed, and at what cost.")
@click.option(
    "-o",
    "--output",
    type=PathEnding((".npy", ".npz"), ".npy (dense), .npz (sparse)"),
    help="File to write: .npy dense, .npz sparse as SciPy reads it.",
)
@json_option
def jacobian(
    function: str, at: Path, wrt: tuple[str, ...], with_plan: bool, output: Path | None, as_json: bool
) -> None:
    """Compute the Jacobian of FUNCTION in FILE.py: rows are outputs, columns inputs.

    The plan says in which order the chain rule's factors are multiplied, or which columns and rows of a
    sparse matrix are found together, and what that costs beside pure forward and pure reverse mode.

    \b
    Example:
      chainrule jacobian net.py:model --wrt x --at point.npz --plan
    """
    from chainrule.cli.destination import require_file_writable
    from chainrule.io import atomic_write

    if output:
        require_file_writable(output, Path(function.rpartition(":")[0]), at)
    with working(f"differentiating {function}"):
        J = _jacobian(function, at, wrt)
        with users_code():
            if output:
                atomic_write(output, _saved(J, output.suffix.lower()))
            facts = _facts(J, with_plan, output) if as_json else {}
    if as_json:
        emit_json(facts)
    else:
        _tell(Screen(), J, with_plan, output)


def _jacobian(function: str, at: Path, wrt: Sequence[str]) -> Jacobian:
    import chainrule

    f = load_function(function)
    point = read_point(at, f)
    with users_code():
        differentiated = chainrule.jacobian(f, by_name_or_position(wrt) if wrt else 0)
        J: Jacobian = differentiated(*point.args, **point.kwargs)
    return J


def _saved(J: Jacobian, suffix: str) -> bytes:
    """The matrix as a file: dense, or SciPy's own format for sparse matrices."""
    import numpy as np

    file = BytesIO()
    if suffix == ".npy":
        np.save(file, J.matrix())
    else:
        from scipy.sparse import save_npz

        save_npz(file, J.sparse())
    return file.getvalue()


def _facts(J: Jacobian, with_plan: bool, output: Path | None) -> dict[str, Any]:
    rows, columns = J.shape
    small = rows * columns <= IN_JSON
    return {
        "shape": [rows, columns],
        "rows": {name: [part.start, part.stop] for name, part in J.rows.items()},
        "columns": {name: [part.start, part.stop] for name, part in J.columns.items()},
        "matrix": J.matrix() if small else None,
        "not_finite": _not_finite(J) if small or not (with_plan or output) else None,
        "plan": J.plan.facts() if with_plan else None,
        "output": str(output) if output else None,
    }


def _tell(screen: Screen, J: Jacobian, with_plan: bool, output: Path | None) -> None:
    rows, columns = J.shape
    if with_plan:
        screen.say(str(J.plan))
    else:
        screen.say(str(J))
    if 0 < rows <= SHOWN and 0 < columns <= SHOWN:
        _show_matrix(screen, J)
        _tell_not_finite(screen, J)
    elif not with_plan and not output:
        _tell_not_finite(screen, J)
        screen.say(f"{J.sparse().nnz:,} entries may be non-zero; -o FILE.npz writes them, -o FILE.npy all")
    if output:
        screen.say(f"written to {output}")


def _show_matrix(screen: Screen, J: Jacobian) -> None:
    header = ["", *_elements(J.columns)]
    matrix = J.matrix()
    rows = [[name, *map("{:.6g}".format, row)] for name, row in zip(_elements(J.rows), matrix, strict=True)]
    screen.table(header, rows)


def _tell_not_finite(screen: Screen, J: Jacobian) -> None:
    found = _not_finite(J)
    if found:
        screen.say(found["words"])


def _not_finite(J: Jacobian) -> dict[str, Any] | None:
    """How many entries are NaN or infinite, and the first of them; None where all are numbers."""
    import numpy as np

    entries = J.sparse().tocoo()
    places = np.flatnonzero(~np.isfinite(entries.data))
    if not places.size:
        return None
    at = places[0]
    first = f"∂{_elements(J.rows)[entries.row[at]]}/∂{_elements(J.columns)[entries.col[at]]}"
    value, are = str(entries.data[at]), "entry is" if places.size == 1 else "entries are"
    words = (
        f"{places.size:,} {are} not finite, the first {first} = {value}: "
        "see whether the point, or a value on the way, is NaN, infinite or where f has no derivative"
    )
    return {"count": places.size, "first": first, "value": value, "words": words}


def _elements(parts: dict[str, slice]) -> list[str]:
    """A name for each row, or column: that of its array, numbered where the array has several elements."""
    return [
        name if part.stop - part.start == 1 else f"{name}[{i}]"
        for name, part in parts.items()
        for i in range(part.stop - part.start)
    ]
