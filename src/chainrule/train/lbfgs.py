"""L-BFGS: full batches, directions from the last gradients, a line search; SciPy's, on our derivatives."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from .. import compile as compiled
from .. import value_and_grad
from ..arguments import Array, as_count
from ..errors import ArgumentError
from ..nn.normalisation import RENEWED
from ..runs import RunFolder
from ..tree import flatten, map_leaves, unflatten
from .checkpoint import Checkpoint
from .checkpoint_file import Form, to_file
from .diagnosis import diagnose
from .history import EpochRecord, History, Ledger
from .native import WORTH_COMPILING
from .optimisers import Tree
from .progress import Report
from .step import Stateful
from .watch import Watch


@dataclass(frozen=True, slots=True)
class LBFGS:
    """The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno, on all rows at once.

    An iteration steps along -H ∇f, where H approximates the inverse Hessian by the last changes of the
    gradient, as far as a line search says; there is no learning rate. It is computed in float64.

    Args:
        memory: how many changes to keep.
        tolerance: stop where no entry of the gradient is larger.

    Raises:
        ArgumentError: a setting out of range.

    Source: Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained optimization";
    ``scipy.optimize.minimize(method="L-BFGS-B")``.

    >>> LBFGS()
    LBFGS(memory=10, tolerance=1e-07)
    """

    memory: int = 10
    tolerance: float = 1e-7

    def __post_init__(self) -> None:
        as_count(self.memory, "memory")
        if not 0 <= self.tolerance < math.inf:
            raise ArgumentError(f"tolerance={self.tolerance!r}", expected="a finite number, zero or more")


@dataclass(slots=True)
class FullBatch:
    """A training by L-BFGS under way.

    Args:
        settings: of the method.
        descent: what is minimised.
        data: all rows.
        parameters: those to start from; later those of the last complete iteration.
        iterations: at most so many.
        watch: looks at every iteration.
        ledger: keeps the complete iterations, with the loss after each.
    """

    settings: LBFGS
    descent: Stateful
    data: tuple[Array, ...]
    parameters: Tree
    iterations: int
    watch: Watch
    ledger: Ledger = field(default_factory=Ledger)

    def fit(
        self, compile: str, folder: RunFolder | None, rng: np.random.Generator, report: Report
    ) -> History:
        """Run, and keep the history in a folder of a run that has begun.

        There is one checkpoint, when it has ended: what is cut off begins again, with the same bits.

        Raises:
            RunError: the folder cannot be written.
        """
        best, start = self.watch.best, None
        if folder is not None:
            rule = None if best is None else best.rule
            start = folder.newest(Form(self.parameters, {}, rng, self.iterations, 0, rule).read)
        if start is None or start.stopped_by is None:
            stopped_by = self.run(compile, report)
        else:
            self.parameters, stopped_by = start.parameters, start.stopped_by
            self.ledger.blocks.append(start.history)
            if best is not None and start.best is not None:
                best.go_on_from(start.best)
        history = self.ledger.history(stopped_by, validated=self.watch.validate is not None)
        if folder is not None:
            folder.write_history(iter(history.to_dicts()), anew=True)
            if start is None and stopped_by != "interrupt":
                folder.write_checkpoint(*to_file(self._ended(stopped_by, rng)))
        return history

    def _ended(self, stopped_by: str, rng: np.random.Generator) -> Checkpoint:
        return Checkpoint(
            epochs=len(self.ledger.blocks),
            parameters=self.parameters,
            optimiser_state={},
            generator=rng.bit_generator.state,
            losses=np.empty((1, 0)),
            seconds=0.0,
            history=self.ledger.columns(),
            best=self.watch.best,
            stopped_by=stopped_by,
        )

    def run(self, compile: str, report: Report) -> str:
        """Iterate; why it ended: ``"converged"``, or as :class:`~chainrule.train.History` says.

        Raises:
            NonFiniteError: the loss or its gradient is NaN or infinite to begin with.
        """
        from scipy.optimize import minimize

        differentiate = value_and_grad(self.descent.function, has_aux=True)
        evaluate = compiled(differentiate) if self._natively(compile) else differentiate
        data = tuple(rows.astype(np.float64) if rows.dtype.kind == "f" else rows for rows in self.data)
        wide = map_leaves(lambda leaf: np.asarray(leaf, np.float64), self.parameters)
        trained, untrained = self.descent.divided(wide)
        leaves, structure = flatten(trained)
        dtypes = {name: value.dtype for name, value in self.parameters.items()}
        ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
        clock, reason = perf_counter(), "epochs"

        def tree_of(x: Array) -> Tree:
            parts = zip(np.split(x, ends), leaves, strict=True)
            return unflatten(structure, [part.reshape(leaf.shape) for part, leaf in parts])

        def function(x: Array) -> tuple[float, Array]:
            (loss, _), gradient = evaluate(tree_of(x), untrained, {}, *data)
            return float(loss), np.concatenate([leaf.ravel() for leaf in flatten(gradient)[0]])

        def complete(x: Array) -> Tree:
            values = tree_of(x)
            if untrained:
                (_, (renewed, _)), _ = evaluate(values, untrained, {}, *data)
                values |= {name: _own(untrained[name], renewed[name]) for name in untrained}
            return {name: values[name].astype(dtype) for name, dtype in dtypes.items()}

        def look(intermediate_result: Any) -> None:
            nonlocal clock, reason
            parameters, loss = complete(intermediate_result.x), float(intermediate_result.fun)
            held_out = None if self.watch.validate is None else self.watch.validate(parameters)
            now = perf_counter()
            self.ledger.add(np.array([loss]), held_out, np.ones(1), now - clock)
            self.parameters, done = parameters, len(self.ledger.blocks)
            record = EpochRecord(done, loss, held_out, 1.0, now - clock)
            clock = now
            report(done, loss, held_out)
            if stop := self.watch.after(record, parameters):
                reason = stop
                raise StopIteration

        start = np.concatenate([leaf.ravel() for leaf in leaves])
        loss, gradient = function(start)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            what = f"the loss is {loss} before the first step"
            raise diagnose(what, self.descent.loss, self.parameters, self.data)
        options = {
            "maxiter": self.iterations,
            "maxfun": 50 * self.iterations,
            "maxcor": self.settings.memory,
            "gtol": self.settings.tolerance,
            "ftol": 0.0,
        }
        try:
            found = minimize(function, start, jac=True, method="L-BFGS-B", callback=look, options=options)
        except KeyboardInterrupt:
            return "interrupt"
        if reason == "epochs" and found.nit < self.iterations:
            reason = "converged"
        return reason

    def _natively(self, compile: str) -> bool:
        """Whether the work outweighs compiling, where the caller leaves that open."""
        if compile != "auto":
            return compile == "native"
        size = sum(np.size(leaf) for leaf in flatten(self.parameters)[0])
        return self.iterations * 3 * size * len(self.data[0]) >= WORTH_COMPILING


def as_lbfgs(optimizer: Any, network: Any, unusable: Mapping[str, Any]) -> LBFGS | None:
    """L-BFGS, where that is what is asked for.

    Raises:
        ArgumentError: with arguments that it has no use for, or with dropout.
    """
    if optimizer != "lbfgs" and not isinstance(optimizer, LBFGS):
        return None
    for name, value in unusable.items():
        if value is not None:
            raise ArgumentError(
                f"{name}={value!r} with L-BFGS", expected=f"no {name}: it takes all rows at once"
            )
    if any(layer.dropout for layer in network.layers):
        raise ArgumentError(
            "dropout with L-BFGS", expected="a loss that is the same at each evaluation", instead="'adamw'"
        )
    return LBFGS() if isinstance(optimizer, str) else optimizer


def _own(running: Array, renewed: Array) -> Array:
    """The statistic of the batch itself, from the running one before and after it.

    What the batch leaves as it is, as in a frozen layer, stays so to the last bit.
    """
    if np.array_equal(running, renewed):
        return running
    own: Array = (renewed - (1 - RENEWED) * running) / RENEWED
    return own
