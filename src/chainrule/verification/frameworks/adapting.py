"""A framework's function, its arguments and its derivative, seen as NumPy's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import Signature
from typing import Any

import numpy as np

from ... import tree
from ..point import Function, Tensor
from .framework import Framework, Tensors
from .of_jax import Jax
from .of_torch import Torch

Groups = Mapping[str, Sequence[Tensor]]
"""Checked tensors by the item of ``wrt`` that they belong to."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """A check of NumPy arrays.

    Attributes:
        f: the function.
        grad: the derivative as it was given.
        at: the arguments.
        gradient: the framework's own derivative, a callable of f's arguments, for the tensors to be checked;
            None where f is a NumPy function.
    """

    f: Function
    grad: Any
    at: Any
    gradient: Callable[[Groups], Function] | None = None


@dataclass(frozen=True, slots=True)
class Opaque:
    """An argument that holds no numbers and is handed on as it is."""

    value: Any


def adapt(f: Any, grad: Any, at: Any) -> Adapted:
    """The same check, of NumPy arrays; as it was given where no framework that the user imported has a part.

    PyTorch and JAX are only looked for among the modules that are loaded.

    Args:
        f, grad, at: as given to :func:`chainrule.check`.
    """
    framework = _concerned(f, grad, at)
    if framework is None:
        return Adapted(f, grad, at)
    bridge = Bridge(framework, tuple(tree.flatten(at)[0]))
    function, arguments = framework.plain(f)
    given = bridge.function(*framework.plain(grad)) if callable(grad) else bridge.arrays(grad)
    gradient = partial(bridge.gradient, function)
    return Adapted(bridge.function(function, arguments), given, bridge.arrays(at), gradient)


def _concerned(f: Any, grad: Any, at: Any) -> Framework | None:
    """The framework that f, its arguments or, where no derivative is given, its value belong to."""
    frameworks = list(_loaded())
    for framework in frameworks:
        if framework.made(f) or framework.made(grad) or _any_owned(framework, at):
            return framework
    if frameworks and grad is None and callable(f):
        value = _value(f, at)
        return next((framework for framework in frameworks if _any_owned(framework, value)), None)
    return None


def _loaded() -> Iterator[Framework]:
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if hasattr(torch, "autograd"):
        yield Torch(torch)
    if hasattr(jax, "vjp"):
        yield Jax(jax)


def _any_owned(framework: Framework, value: Any) -> bool:
    return any(map(framework.owns, tree.flatten(value)[0]))


def _value(f: Any, at: Any) -> Any:
    """What f gives for copies of its arguments; None where it does not take them, which is said elsewhere."""
    copies = tree.map_leaves(lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, at)
    try:
        with np.errstate(all="ignore"):
            return (
                f(**copies) if isinstance(at, dict) else f(*(copies if isinstance(at, tuple) else (copies,)))
            )
    except (TypeError, ValueError, ArithmeticError):
        return None


@dataclass(frozen=True, slots=True)
class Bridge:
    """The way between NumPy's arrays and a framework's, for the arguments of one check.

    Attributes:
        framework: the framework.
        originals: the leaves of the arguments as they were given.
    """

    framework: Framework
    originals: tuple[Any, ...]

    def arrays(self, value: Any) -> Any:
        """A tree with NumPy's arrays in place of the framework's."""
        return tree.map_leaves(self._array, value)

    def function(self, f: Function, arguments: Signature | None) -> Function:
        """f as a function of NumPy's arrays, with the arguments' names."""

        def adapted(*args: Any, **kwargs: Any) -> Any:
            return self.arrays(self._call(f, args, kwargs))

        adapted.__wrapped__ = f  # type: ignore[attr-defined] # what `inspect` looks for
        if arguments is not None:
            adapted.__signature__ = arguments  # type: ignore[attr-defined] # as well
        return adapted

    def gradient(self, f: Function, groups: Groups) -> Function:
        """The framework's own derivative, for each item of ``groups``.

        Each is a Jacobian (outputs, entries), or a dict of those by the rest of the tensors' paths.
        """
        chosen = [tensor for tensors in groups.values() for tensor in tensors]

        def adapted(*args: Any, **kwargs: Any) -> Any:
            leaves, structure = tree.flatten((args, kwargs))
            tensors = self._tensors(leaves)

            def outputs(moved: Tensors) -> Tensors:
                replaced = list(tensors)
                for tensor, value in zip(chosen, moved, strict=True):
                    replaced[tensor.leaf] = value
                arguments, keywords = tree.unflatten(structure, replaced)
                return tree.flatten(f(*arguments, **keywords))[0]

            at = [self._as_tensor(tensors[tensor.leaf]) for tensor in chosen]
            found = self.framework.jacobians(outputs, at)
            return _by_item(groups, dict(zip([tensor.path for tensor in chosen], found, strict=True)))

        adapted.__wrapped__ = f  # type: ignore[attr-defined] # what `inspect` looks for
        return adapted

    def _call(self, f: Function, args: Any, kwargs: Any) -> Any:
        leaves, structure = tree.flatten((args, kwargs))
        arguments, keywords = tree.unflatten(structure, self._tensors(leaves))
        return f(*arguments, **keywords)

    def _tensors(self, leaves: Sequence[Any]) -> list[Any]:
        return [self._tensor(leaf, like) for leaf, like in zip(leaves, self.originals, strict=True)]

    def _tensor(self, leaf: Any, like: Any) -> Any:
        if isinstance(leaf, Opaque):
            return leaf.value
        return self.framework.tensor(np.asarray(leaf), like) if self.framework.owns(like) else leaf

    def _as_tensor(self, value: Any) -> Any:
        return value if self.framework.owns(value) else self.framework.tensor(np.array(value), None)

    def _array(self, leaf: Any) -> Any:
        if not self.framework.owns(leaf):
            return leaf
        array = self.framework.array(leaf)
        return Opaque(leaf) if array is None else array


def _by_item(groups: Groups, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        item: found[item]
        if [tensor.path for tensor in tensors] == [item]
        else {tensor.path.removeprefix(f"{item}/"): found[tensor.path] for tensor in tensors}
        for item, tensors in groups.items()
    }
