"""A checkpoint as a file holds it: what JSON can hold, and arrays; and back, every piece checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arguments import Array
from ..errors import RunError
from ..tree import flatten, paths, unflatten
from .checkpoint import Checkpoint
from .generators import checked_state, plain_state
from .optimisers import Tree
from .stopping import Best, EarlyStopping

ENDS = (None, "epochs", "early_stopping", "callback", "converged")
COLUMNS = ("loss", "validation_loss", "learning_rate", "seconds")

Arrays = dict[str, Array]


def to_file(checkpoint: Checkpoint) -> tuple[dict[str, Any], Arrays]:
    """State and arrays of a checkpoint."""
    best = checkpoint.best
    state = {
        "epochs": checkpoint.epochs,
        "generator": plain_state(checkpoint.generator),
        "stopped_by": checkpoint.stopped_by,
        "waited": None if best is None else best.waited,
    }
    arrays = _named("parameters", checkpoint.parameters) | _named("optimiser", checkpoint.optimiser_state)
    arrays |= {f"history/{name}": column for name, column in zip(COLUMNS, checkpoint.history, strict=True)}
    arrays |= {"losses": checkpoint.losses, "seconds": np.array(checkpoint.seconds)}
    if best is not None:
        arrays["best/losses"] = np.array([best.loss, best.to_beat])
        arrays |= {} if best.parameters is None else _named("best/parameters", best.parameters)
    return state, arrays


@dataclass(frozen=True, slots=True)
class Form:
    """What a checkpoint of one training must look like.

    Args:
        parameters: of the same tree, shapes and dtypes.
        optimiser_state: of the same tree and shapes.
        rng: a generator of the same kind.
        epochs: the most that there can be.
        minibatches: of an epoch.
        rule: of early stopping, if it is watching.
    """

    parameters: Tree
    optimiser_state: Tree
    rng: np.random.Generator
    epochs: int
    minibatches: int
    rule: EarlyStopping | None

    def read(self, state: Mapping[str, Any], arrays: Arrays) -> Checkpoint:
        """The checkpoint.

        Raises:
            RunError: state or arrays are not what they must be.
        """
        epochs = _count(state, "epochs", self.epochs)
        stopped_by = state.get("stopped_by")
        if stopped_by not in ENDS:
            raise RunError(f"the checkpoint says that training ended by {stopped_by!r}", expected=str(ENDS))
        history = [_taken(arrays, f"history/{name}", np.zeros(epochs)) for name in COLUMNS]
        losses = arrays.get("losses", np.empty(0))
        if losses.ndim != 2 or losses.shape[1] > self.minibatches:
            raise RunError(f"the checkpoint has minibatch losses of shape {losses.shape}")
        return Checkpoint(
            epochs=epochs,
            parameters=self._parameters(arrays, "parameters"),
            optimiser_state=_tree(arrays, "optimiser", self.optimiser_state),
            generator=checked_state(state.get("generator"), self.rng),
            losses=_taken(arrays, "losses", np.zeros((1, losses.shape[1]))),
            seconds=float(_taken(arrays, "seconds", np.zeros(()))),
            history=(history[0], history[1], history[2], history[3]),
            best=None if self.rule is None else self._best(self.rule, state, arrays),
            stopped_by=stopped_by,
        )

    def _best(self, rule: EarlyStopping, state: Mapping[str, Any], arrays: Arrays) -> Best:
        loss, to_beat = _taken(arrays, "best/losses", np.zeros(2)).tolist()
        parameters = None if np.isinf(loss) else self._parameters(arrays, "best/parameters")
        return Best(rule, loss, parameters, to_beat, _count(state, "waited", self.epochs))

    def _parameters(self, arrays: Arrays, name: str) -> Tree:
        found = _tree(arrays, name, self.parameters)
        for leaf, wanted in zip(flatten(found)[0], flatten(self.parameters)[0], strict=True):
            if leaf.dtype != wanted.dtype or not np.isfinite(leaf).all():
                raise RunError(
                    f"the checkpoint has {name} of dtype {leaf.dtype}", expected=f"finite {wanted.dtype}"
                )
        return found


def _named(prefix: str, tree: Tree) -> Arrays:
    leaves, structure = flatten(tree)
    return {f"{prefix}/{path}": np.asarray(leaf) for path, leaf in zip(paths(structure), leaves, strict=True)}


def _tree(arrays: Arrays, prefix: str, like: Tree) -> Tree:
    leaves, structure = flatten(like)
    found = []
    for path, leaf in zip(paths(structure), leaves, strict=True):
        array = arrays.get(f"{prefix}/{path}")
        if array is None or array.shape != np.shape(leaf):
            raise RunError(
                f"the checkpoint has {prefix}/{path} of shape {None if array is None else array.shape}",
                expected=f"{np.shape(leaf)}",
            )
        found.append(array if isinstance(leaf, np.ndarray | np.generic) else array.item())
    return unflatten(structure, found)


def _taken(arrays: Arrays, name: str, like: Array) -> Array:
    array = arrays.get(name)
    if array is None or array.shape != like.shape or array.dtype != like.dtype:
        given = "none" if array is None else f"{array.dtype}{array.shape}"
        raise RunError(f"the checkpoint's array {name!r} is {given}", expected=f"{like.dtype}{like.shape}")
    return array


def _count(state: Mapping[str, Any], name: str, most: int) -> int:
    value = state.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise RunError(f"the checkpoint says {name}={value!r}", expected=f"a whole number, 0 to {most}")
    return value
