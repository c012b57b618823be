"""How training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...nn.losses import as_loss
from ...pages import Html, definitions, element, table
from ...train import History
from ..charts import Plot, Scale, axes, chart, legend, line, points, significant
from ..charts.scale import TICKS
from .rates import rate_figure
from .residuals import joined_figure
from .subject import Subject

#: Points of a line; more could not be told apart.
POINTS = 400
#: A range that is wider than this is drawn with a logarithmic axis.
WIDE = 20.0
#: Of the range of losses, what an axis that does not begin at 0 has below them.
ROOM = 0.1
#: What the losses are, for someone who has not met them.
MEANINGS = {
    "mse": " The loss is half the squared error of the standardised target: always saying the mean costs "
    "about 0.5 (of several targets, each).",
    "cross_entropy": " The loss is the mean of −ln p, in nats, p the probability of the true class.",
    "binary_cross_entropy": " The loss is the mean of −ln p, in nats, p the probability of the truth.",
}
STOPPED_BY = {
    "epochs": "all epochs that were asked for were run",
    "early_stopping": "the validation loss fell no further",
    "interrupt": "it was interrupted",
    "callback": "a callback stopped it",
    "converged": "L-BFGS found no lower loss",
}


def curves(subject: Subject) -> Html:
    """The losses with the best epoch marked, and the learning rate where it changes."""
    histories = [history for history in subject.histories if len(history)]
    if not histories:
        return element("p", "There is no history of training beside this model.")
    longest = max(histories, key=len)
    told = _facts(longest) if len(histories) == 1 else _of_each(histories)
    pictures = [_losses(subject, histories), told]
    if np.ptp(longest.learning_rate) > 0:
        pictures.append(_rates(longest))
    if subject.rate_test is not None:
        pictures.append(rate_figure(subject.rate_test))
    return element("div", *pictures, class_="pictures")


def _said(history: History) -> str:
    best = history.best
    if best.validation_loss is None:
        return f"the training loss ends at {significant(history[-1].loss)}; no rows were held out"
    return f"the validation loss is lowest after epoch {best.epoch:,}, {significant(best.validation_loss)}"


def _facts(history: History) -> Html:
    """The same in numbers."""
    first, best, last = history[0], history.best, history[-1]
    facts = [
        ("epochs", f"{len(history):,}"),
        ("stopped because", STOPPED_BY.get(history.stopped_by, history.stopped_by)),
        (
            "training loss",
            f"{significant(first.loss)} in the first epoch, {significant(last.loss)} in the last",
        ),
    ]
    if best.validation_loss is not None and last.validation_loss is not None:
        lowest, final = significant(best.validation_loss), significant(last.validation_loss)
        facts += [
            ("validation loss", f"{lowest} at its lowest, {final} at last"),
            ("lowest after", f"epoch {best.epoch:,}, where the training loss was {significant(best.loss)}"),
        ]
    else:
        facts.append(("validation loss", "none: no rows were held out"))
    whole, each = float(history.seconds.sum()), 1e3 * float(np.median(history.seconds))
    facts.append(
        ("time", f"{significant(whole, 3)} s; half of the epochs took at most {significant(each, 3)} ms")
    )
    return element("div", element("h3", "In numbers"), definitions(facts))


def _of_each(histories: Sequence[History]) -> Html:
    """A line for each network of an ensemble."""
    rows = [
        (
            f"{number}",
            f"{len(history):,}",
            f"{history.best.epoch:,}",
            significant(history.best.loss),
            "none" if history.best.validation_loss is None else significant(history.best.validation_loss),
            f"{significant(float(history.seconds.sum()), 3)} s",
        )
        for number, history in enumerate(histories, start=1)
    ]
    header = ("network", "epochs", "best", "training loss", "validation loss", "time")
    made = table(header, rows, numeric=range(6), caption="Losses after the best epoch of each network")
    return element("div", element("h3", "In numbers"), made)


def _losses(subject: Subject, histories: Sequence[History]) -> Html:
    longest = max(histories, key=len)
    known = [
        loss for history in histories for loss in (history.loss, history.validation_loss) if loss is not None
    ]
    least, greatest = float(min(map(np.min, known))), float(max(map(np.max, known)))
    log = least > 0 and greatest / least > WIDE
    x, y = axes(
        _epochs(longest),
        (least if log else _floor(least, greatest), greatest),
        log=log,
        ticks=_ticks(longest),
    )
    thin = "" if len(histories) == 1 else " thin"
    key = [(f"line first{thin}", "training")]
    marks = [mark for history in histories for mark in _lines(x, y, history, thin)]
    if longest.validation_loss is not None:
        lowest = f"lowest, epoch {longest.best.epoch:,}" if not thin else "lowest"
        key += [(f"line second dashed{thin}", "validation"), ("points second large", lowest)]
    told = _said(longest) if not thin else f"{len(histories)} networks"
    label = f"Loss by epoch, {len(longest):,} epochs; {told}"
    picture = chart(Plot(x, y, "epoch", as_loss(subject.loss).name.replace("_", "-"), marks), label=label)
    caption = (
        ("Every network of the ensemble has its two lines. " if thin else "")
        + "The training loss is the mean over an epoch’s minibatches, each before its step; the validation "
        "loss is taken after the epoch."
        + MEANINGS.get(as_loss(subject.loss).name, "")
        + (" The axis is logarithmic." if log else "")
    )
    return joined_figure("Loss by epoch", legend(key), picture, caption)


def _floor(least: float, greatest: float) -> float:
    """Where an axis of losses begins: at 0, unless they would all lie in its upper half."""
    if least < greatest / 2:
        return min(least, 0.0)
    return least - ROOM * (greatest - least)


def _lines(x: Scale, y: Scale, history: History, thin: str) -> Iterator[Html]:
    """Both losses of one network; where it is alone, with an upright line at its best epoch."""
    epochs, best = np.arange(1, len(history) + 1), history.best
    kept = shown(len(history), best.epoch - 1)
    yield line(x, y, epochs[kept], history.loss[kept], f"first{thin}")
    if history.validation_loss is None:
        return
    yield line(x, y, epochs[kept], history.validation_loss[kept], f"second dashed{thin}")
    if not thin:
        yield line(x, y, [best.epoch, best.epoch], [y.low, y.high], "neutral dotted")
    yield points(x, y, [best.epoch], [history.validation_loss[best.epoch - 1]], "second large")


def _rates(history: History) -> Html:
    epochs, rates = np.arange(1, len(history) + 1), history.learning_rate
    kept = shown(len(history))
    log = bool(rates.min() > 0 and rates.max() / rates.min() > WIDE)
    x, y = axes(
        _epochs(history),
        (float(rates.min()) if log else 0.0, float(rates.max())),
        log=log,
        ticks=_ticks(history),
    )
    marks = [line(x, y, epochs[kept], rates[kept], "first")]
    picture = chart(Plot(x, y, "epoch", "learning rate", marks), label="Learning rate by epoch")
    return joined_figure("Learning rate", legend([("line first", "ε")]), picture, "As the schedule set it.")


def _epochs(history: History) -> tuple[float, float]:
    return 1.0, float(len(history))


def _ticks(history: History) -> int:
    """So few that none stands between two epochs."""
    return min(TICKS, max(1, len(history) - 1))


def shown(n: int, *also: int) -> NDArray[np.int64]:
    """The positions of n points that a line is drawn through: at most some hundreds, and these."""
    spread = np.linspace(0, n - 1, min(n, POINTS)).round().astype(np.int64)
    return np.union1d(spread, np.array(also, dtype=np.int64))
