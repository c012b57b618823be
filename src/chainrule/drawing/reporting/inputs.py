"""Which columns the model relies on: by shuffling them, and by its gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data import Importance, log_loss, permutation_importance, root_mean_squared_error
from ...data.model import PartOfOutputs
from ...data.wording import counted
from ...nn import Ensemble, Network, mean_absolute_gradients
from ...pages import Html, element, joined, table
from ..charts import linear, significant
from .judged import truth
from .overview import NAMES, name
from .subject import Subject

Array = NDArray[Any]
Progress = Callable[[Iterator[int]], Iterator[int]]

#: Rows that are looked at, at most and at least, and how many numbers are read in all of the shuffling.
ROWS, FEWEST, WORK = 1000, 100, 3e8
REPEATS = 5
#: Columns that are shuffled where there are too many, and that are listed.
SHUFFLED, LISTED = 50, 25
BAR, ROW = 170.0, 18.0


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """What was found of each input column.

    Args:
        part, rows: which rows were looked at, and how many.
        names: of the columns.
        slopes: how much the prediction changes for a unit of the encoded input; ``None`` without gradients.
        shuffled: the positions of the columns that were shuffled.
        importance: theirs.
    """

    part: str
    rows: int
    names: tuple[str, ...]
    slopes: Array | None
    shuffled: tuple[int, ...]
    importance: Importance


def inputs(subject: Subject, progress: Progress = iter) -> Html:
    """Importance and slopes of the columns in a table, the most important first."""
    found = influence(subject, progress)
    order = np.argsort(-found.importance.mean, kind="stable")[:LISTED]
    ends = (
        float(found.importance.increase.min(initial=0.0)),
        float(found.importance.increase.max(initial=0.0)),
    )
    rows = [_row(found, int(k), ends) for k in order]
    what = "log-loss" if subject.classifies else "error"
    header = ["column", f"{what} grows by", "", "± s.d."] + (
        ["mean |∂ŷ/∂x|", ""] if found.slopes is not None else []
    )
    made = table(header, rows, numeric={2, 3, 5}, caption=_caption(found))
    return joined((made, *(element("p", said, class_="faint") for said in _explained(subject, found))))


def influence(subject: Subject, progress: Progress = iter) -> Influence:
    """Measure both, on at most a thousand rows, with a bound on the work."""
    encoder = subject.model.encoder
    groups, features = _groups(encoder), len(encoder.features)
    most = int(np.clip(WORK / (REPEATS * features * min(len(groups), SHUFFLED)), FEWEST, ROWS))
    rows = subject.sample(subject.judge, most)
    X, y = encoder.transform(subject.table.take(rows)), truth(subject, rows)
    slopes = _slopes(subject, X, groups)
    shuffled = tuple(range(len(groups)))
    if len(groups) > SHUFFLED and len(groups) * features * len(rows) * REPEATS > WORK:
        first = np.arange(len(groups)) if slopes is None else np.argsort(-slopes, kind="stable")
        shuffled = tuple(sorted(first[:SHUFFLED].tolist()))
    found = permutation_importance(
        lambda Z: _loss(subject, Z, y),
        X,
        [groups[k] for k in shuffled],
        repeats=REPEATS,
        seed=subject.seed,
        progress=progress,
    )
    return Influence(subject.judge, len(rows), encoder.names, slopes, shuffled, found)


def _groups(encoder: Any) -> list[slice]:
    """The features of each column."""
    ends = np.cumsum([len(encoding.features) for encoding in encoder.encodings]).tolist()
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def _loss(subject: Subject, X: Array, y: Array) -> float:
    outputs = subject.model.network.predict(X)
    if subject.classifies:
        return log_loss(y, outputs)
    return root_mean_squared_error(y, subject.target.decode(outputs))


def _slopes(subject: Subject, X: Array, groups: list[slice]) -> Array | None:
    """For each column, the steepest of its features: ½ Σₖ |∂pₖ/∂x| of probabilities, |∂ŷ/∂x| of a number."""
    predictor = subject.model.network
    place = predictor.place if isinstance(predictor, PartOfOutputs) else None
    network = predictor.network if isinstance(predictor, PartOfOutputs) else predictor
    if not isinstance(network, Network | Ensemble):
        return None
    each = mean_absolute_gradients(network, X)
    if not subject.classifies:
        scale = abs(subject.target.decode(np.ones((1, 1))) - subject.target.decode(np.zeros((1, 1))))
    else:
        scale = (
            0.5 if place is None else 1.0
        )  # of several targets an output is the second class's probability
    total = (each.sum(axis=0) if place is None else each[place]) * scale
    return np.array([total[group].max() for group in groups])


def _row(found: Influence, k: int, ends: tuple[float, float]) -> list[object]:
    at = found.shuffled[k]
    mean, spread = float(found.importance.mean[k]), float(found.importance.spread[k])
    cells: list[object] = [name(found.names[at]), _bar(mean, found.importance.increase[k], ends)]
    cells += [significant(mean, 3), significant(spread, 2)]
    if found.slopes is not None:
        slope = float(found.slopes[at])
        steepest = (0.0, float(found.slopes.max()))
        cells += [_bar(slope, np.empty(0), steepest, "second"), significant(slope, 3)]
    return cells


def _bar(value: float, repeats: Array, ends: tuple[float, float], kind: str = "first") -> Html:
    """A bar from 0, and a dot for each repeat."""
    low, high = ends
    place = linear(low, high, 3.0, BAR - 5)
    start, end = sorted(place([0.0, value]).tolist())
    return element(
        "svg",
        element(
            "rect",
            x=f"{start:.1f}",
            y=4,
            width=f"{end - start:.1f}",
            height=ROW - 8,
            class_=f"bar {kind} pale",
        ),
        element("path", d=f"M{float(place(0.0)):.1f} 1V{ROW - 1:g}", class_="axis"),
        element(
            "path",
            d="".join(f"M{at:.1f} {ROW / 2:g}h0" for at in place(repeats).tolist()),
            class_=f"points {kind}",
        ),
        viewBox=f"0 0 {BAR:g} {ROW:g}",
        class_="chart bar-cell",
        aria_hidden="true",
    )


def _caption(found: Influence) -> str:
    left = len(found.names) - min(LISTED, len(found.shuffled))
    more = f"; the {left:,} with less are not shown" if left else ""
    return f"Columns by importance, on {counted(found.rows, f'{NAMES[found.part]} row')}{more}"


def _explained(subject: Subject, found: Influence) -> Iterator[object]:
    what = "log-loss, in nats" if subject.classifies else "root mean squared error, in the target’s unit"
    before = significant(found.importance.loss)
    yield (
        f"Blue: how much the {what}, grows from {before} where the column is shuffled among the rows, as a "
        f"mean of {REPEATS} shufflings, each a dot. Columns that tell the same share their importance."
    )
    if found.slopes is not None:
        of = (
            "½ Σₖ |∂p̂ₖ/∂x|, the probability that moves"
            if subject.classifies
            else "|∂ŷ/∂x|, in the target’s unit,"
        )
        yield (
            f"Orange: the mean over the rows of {of} for one standard deviation of a number, or from no to "
            "yes, by reverse mode; of a one-hot column its steepest feature."
        )
    else:
        yield "What predicts is no network of this library, so there are no gradients."
    if len(found.shuffled) < len(found.names):
        which = "first" if found.slopes is None else "with the steepest gradients"
        yield (
            f"Of {len(found.names):,} columns only the {len(found.shuffled)} {which} were shuffled, to bound "
            "the work."
        )
    if found.rows < len(subject.split[found.part]):
        yield f"{found.rows:,} of {len(subject.split[found.part]):,} rows were drawn at random for this."
