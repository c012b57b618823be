"""A search over depth, width and learning rate by successive halving."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Seed, as_count, as_generator, is_number
from ..errors import ArgumentError, NonFiniteError
from ..io import save
from ..nn import Network
from ..nn.losses import as_loss
from ..runs import Run, RunFolder
from .adaptive import AdamW
from .configuration import configuration
from .evaluation import evaluate
from .parts import fit_part, require_complete, seeds
from .prepare import Rows, as_rows, hold_out, weight_of
from .progress import progress_bar
from .recording import newly_opened, opened

#: Arguments of ``fit`` that are the search's own.
CHOSEN = frozenset({"optimizer", "epochs", "seed", "run", "sample_weight", "loss", "batch_size"})


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate.

    Args:
        hidden: the units of its hidden layers.
        learning_rate: ε.
        epochs: for how many it was trained.
        validation_loss: of the held-out rows after these; infinite where training did not stay finite.
    """

    hidden: tuple[int, ...]
    learning_rate: float
    epochs: int
    validation_loss: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A network under way, its number, and how far it has come."""

    number: int
    trial: Trial
    network: Network


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """What a search has found.

    Args:
        trials: best first: those that were trained longest, by their validation loss, then the others.
        network: of the best, trained.
    """

    trials: tuple[Trial, ...]
    network: Network

    @property
    def best(self) -> Trial:
        """The first trial."""
        return self.trials[0]

    def __str__(self) -> str:
        lines = ["validation loss  epochs  learning rate  hidden layers"]
        for trial in self.trials:
            hidden = ", ".join(map(str, trial.hidden)) or "none"
            lines.append(
                f"{trial.validation_loss:<15.4g}  {trial.epochs:<6}  {trial.learning_rate:<13.2g}  {hidden}"
            )
        return "\n".join(lines)


def search(
    X: ArrayLike,
    y: ArrayLike,
    *,
    outputs: int = 1,
    loss: Any = "mse",
    sample_weight: ArrayLike | None = None,
    candidates: int = 16,
    epochs: int = 64,
    keep: float = 0.5,
    depths: tuple[int, int] = (1, 3),
    widths: tuple[int, int] = (16, 128),
    rates: tuple[float, float] = (3e-4, 3e-2),
    validation: float | tuple[ArrayLike, ArrayLike] = 0.2,
    batch_size: int = 32,
    seed: Seed = 0,
    progress: bool | None = None,
    run: str | os.PathLike[str] | Run | RunFolder | None = None,
    fit_options: dict[str, Any] | None = None,
    **network_options: Any,
) -> Search:
    """Train many small candidates a little, and the better ones of each round for longer.

    Depth is uniform, width and learning rate are uniform in their logarithms. After every round the better
    share goes on from where it stands, for twice the epochs so far (with ``keep`` ½), until one is left that
    has had ``epochs``. Each is trained by AdamW.

    Args:
        X, y, loss, sample_weight, batch_size: as for :func:`~chainrule.train.fit`.
        outputs: of the network.
        candidates: how many to begin with, 2 or more.
        epochs: of the last one, altogether.
        keep: the share that goes on, above 0 and below 1.
        depths: the least and the most hidden layers.
        widths: the least and the most units in each.
        rates: the lowest and the highest learning rate.
        validation: the rows to compare on, as for :func:`~chainrule.train.fit`.
        seed: draws the held-out rows and the candidates, and shuffles.
        progress: show a progress bar; ``None``: on a terminal only.
        run: a folder to keep the run in, as for :func:`~chainrule.train.fit`, with a part for each candidate
            and round. A run that is resumed takes those that were finished as they are.
        fit_options: further arguments of :func:`~chainrule.train.fit`.
        **network_options: further arguments of :class:`~chainrule.nn.Network`, such as ``dropout``.
            Candidates with too few layers to be ``residual`` are not.

    Raises:
        ArgumentError, ShapeError, DtypeError, DataError: an argument or data that make no sense.
        NonFiniteError: no candidate's training stayed finite.
        KeyboardInterrupt: Ctrl-C; there is no half of a search.

    Source: Jamieson and Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter
    optimization".

    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> found = search(X, X[:, 0], candidates=4, epochs=8)
    >>> found.best.epochs, len(found.trials)
    (8, 4)
    """
    rng, chosen = as_generator(seed), as_loss(loss)
    count, most = as_count(candidates, "candidates", 2), as_count(epochs, "epochs")
    _require_ranges(keep, depths, widths, rates)
    inputs = np.shape(X)[1] if np.ndim(X) == 2 else 1
    probe = Network([inputs, outputs], **network_options | {"residual": False, "dropout": 0.0})
    rows = as_rows(probe, X, y, chosen, probe.dtype, sample_weight)
    train, held_out = hold_out(probe, rows, validation, chosen, rng)
    for name in sorted(CHOSEN & set(fit_options or {})):
        raise ArgumentError(f"fit_options with {name!r}", expected="what the search does not choose itself")
    settings = {"loss": chosen, "batch_size": batch_size, "progress": False, **(fit_options or {})}
    ends = (inputs, outputs)
    running = [_drawn(n, ends, depths, widths, rates, network_options, rng) for n in range(1, count + 1)]
    given_up: list[Trial] = []
    rounds = _epochs_of_rounds(count, most, keep)
    begun = {"network": probe, "candidates": count, "epochs": most, "keep": keep, "depths": depths}
    begun |= {"widths": widths, "rates": rates, "seed": seed} | settings | network_options
    with opened(run) as folder, progress_bar(len(rounds), progress, unit="round") as report:
        own_folder = newly_opened(folder, run)
        if own_folder is not None:
            own_folder.begin(configuration(begun), {})
        for number, total in enumerate(rounds, start=1):
            own = seeds(rng, len(running))
            running = [
                _trained(candidate, total, train, held_out or train, folder, {"seed": each, **settings})
                for candidate, each in zip(running, own, strict=True)
            ]
            running.sort(key=lambda candidate: candidate.trial.validation_loss)
            survivors = 1 if number == len(rounds) else max(1, int(np.ceil(len(running) * keep)))
            given_up = [candidate.trial for candidate in running[survivors:]] + given_up
            running = running[:survivors]
            report(number, running[0].trial.validation_loss, None)
        best, network = running[0].trial, running[0].network
        if not np.isfinite(best.validation_loss):
            raise NonFiniteError("no candidate's training stayed finite", expected="lower rates")
        if own_folder is not None:
            _conclude(own_folder, best, network)
    return Search((best, *given_up), network)


def _drawn(
    number: int,
    ends: tuple[int, int],
    depths: tuple[int, int],
    widths: tuple[int, int],
    rates: tuple[float, float],
    network_options: dict[str, Any],
    rng: np.random.Generator,
) -> Candidate:
    """A candidate between so many inputs and outputs, not trained yet."""
    hidden = (_log_integer(rng, widths),) * int(rng.integers(depths[0], depths[1] + 1))
    rate = float(np.exp(rng.uniform(*np.log(rates))))
    options = of_depth(network_options, len(hidden))
    network = Network([ends[0], *hidden, ends[1]], seed=rng, **options)
    return Candidate(number, Trial(hidden, rate, 0, np.inf), network)


def _conclude(folder: RunFolder, best: Trial, network: Network) -> None:
    found = {"validation_loss": best.validation_loss, "learning_rate": best.learning_rate}
    save(network, folder.path, training=found)
    folder.finish("epochs", best.epochs, 0.0, found)


def _trained(
    candidate: Candidate,
    total: int,
    rows: Rows,
    held_out: Rows,
    folder: RunFolder | None,
    settings: dict[str, Any],
) -> Candidate:
    """A candidate after so many epochs altogether."""
    trial, network = candidate.trial, candidate.network
    learnt = {"optimizer": AdamW(trial.learning_rate), "epochs": total - trial.epochs, **settings}
    part = f"candidate-{candidate.number}-of-{total}-epochs"
    try:
        history = fit_part(folder, part, network, *rows[:2], sample_weight=weight_of(rows), **learnt)
        require_complete(history)
        value = evaluate(
            network, held_out[0], held_out[1], settings["loss"], sample_weight=weight_of(held_out)
        )
    except NonFiniteError:
        value = math.inf
    return replace(candidate, trial=replace(trial, epochs=total, validation_loss=value))


def of_depth(network_options: Mapping[str, Any], hidden: int) -> dict[str, Any]:
    """The options of a network with so many hidden layers of one width: a shallow one cannot be residual.

    >>> of_depth({"residual": True, "dropout": 0.1}, 1)
    {'residual': False, 'dropout': 0.1}
    """
    reach = network_options.get("residual", False)
    possible = not isinstance(reach, int) or hidden > reach
    return dict(network_options) if possible else {**network_options, "residual": False}


def _epochs_of_rounds(candidates: int, epochs: int, keep: float) -> list[int]:
    """The epochs that a candidate has had after each round.

    >>> _epochs_of_rounds(8, 64, 0.5)
    [8, 16, 32, 64]
    """
    rounds = max(1, int(np.ceil(np.log(candidates) / np.log(1 / keep))) + 1)
    totals = [max(1, round(epochs * keep**k)) for k in reversed(range(rounds))]
    return sorted(set(totals))


def _log_integer(rng: np.random.Generator, bounds: tuple[int, int]) -> int:
    low, high = bounds
    return int(np.clip(np.rint(np.exp(rng.uniform(np.log(low), np.log(high)))), low, high))


def _require_ranges(keep: float, depths: Any, widths: Any, rates: Any) -> None:
    if not (is_number(keep) and 0 < keep < 1):
        raise ArgumentError(f"keep={keep!r}", expected="a share above 0 and below 1")
    for name, (low, high), least in (("depths", depths, 0), ("widths", widths, 1), ("rates", rates, 0)):
        if not (least <= low <= high < np.inf) or (name == "rates" and not low > 0):
            raise ArgumentError(f"{name}={(low, high)!r}", expected="the least and the most")
