"""Where a function of the user's is looked at: its arguments, read from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import BoundArguments, Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.option_group import Decorator
from chainrule.cli.options import PATH
from chainrule.errors import ArgumentError, DataError

if TYPE_CHECKING:
    import numpy as np

_BY_ORDER = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def at_option(required: bool = False) -> Decorator:
    """``--at``: the file of the arguments."""
    text = "The arguments: arrays by name (.npz), or one array (.npy) for a function of one argument."
    return click.option("--at", type=PATH, metavar="FILE.npz", required=required, help=text)


def read_point(file: Path, function: Callable[..., Any]) -> BoundArguments:
    """The arguments of a function, from arrays by name; call it as ``function(*at.args, **at.kwargs)``.

    ``params/W1`` is the entry ``W1`` of an argument ``params``; entries 0, 1, … make a list. A single whole
    number, truth value or text is given as Python's own.

    Raises:
        ArgumentError: an argument is missing, or one is not the function's; names them.
        DataError: the file does not hold arrays.
        OSError: the file cannot be read.
    """
    known = _signature(function)
    arrays = _read(file)
    given = _nested(arrays if isinstance(arrays, dict) else {_only_argument(file, known, function): arrays})
    _require_fit(file, known, given, function)
    arguments = {name: given.pop(name) for name in known.parameters if name in given}
    for name, parameter in known.parameters.items():
        if parameter.kind is Parameter.VAR_POSITIONAL and name in arguments:
            arguments[name] = tuple(arguments[name])
        if parameter.kind is Parameter.VAR_KEYWORD and given:
            arguments[name] = given
    return BoundArguments(known, arguments)


def read_tree(file: Path) -> Any:
    """The arrays of a file: one, or by name with ``params/W1`` as the entry ``W1`` of ``params``.

    Raises:
        DataError: the file does not hold arrays.
        OSError: the file cannot be read.
    """
    arrays = _read(file)
    return _nested(arrays) if isinstance(arrays, dict) else arrays


def _signature(function: Callable[..., Any]) -> Signature:
    try:
        return signature(function)
    except (TypeError, ValueError):
        raise ArgumentError(
            f"the arguments of {_title(function)} have no names",
            instead=f"def f(x): return {_title(function)}(x)",
        ) from None


def _title(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _read(file: Path) -> dict[str, Any] | np.ndarray:
    """The arrays of a .npz file by name, or the one of a .npy file; never a pickle, which could run code."""
    import numpy as np

    try:
        with file.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            if isinstance(stored, np.ndarray):
                return stored
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, MemoryError):
        raise
    except Exception as error:  # the parsers of a damaged file's parts raise anything
        if str(error).startswith("Object arrays"):
            raise DataError(
                f"{file} has an array of Python objects, which is not read for it could run code",
                expected="arrays of numbers or text",
            ) from error
        why = "" if "pickle" in str(error) else f" ({error})"  # NumPy's advice is to load it unsafely
        raise DataError(
            f"{file} is not a file of NumPy arrays{why}", instead=f"np.savez({str(file)!r}, x=x, W=W)"
        ) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise DataError(
                f"{name} in {file} is no NumPy array", expected="arrays alone, as np.savez writes them"
            )
    return arrays


def _only_argument(file: Path, known: Signature, function: Callable[..., Any]) -> str:
    """The name of the argument that a lone array is for."""
    required = _required(known)
    if len(required) > 1 or not known.parameters:
        raise ArgumentError(
            f"{file} holds one array, and {_title(function)}{known} does not take one",
            instead="a .npz file of arrays by name: np.savez('point.npz', x=x, W=W)",
        )
    return required[0] if required else next(iter(known.parameters))


def _required(known: Signature) -> list[str]:
    kinds = (*_BY_ORDER, Parameter.KEYWORD_ONLY)
    return [p.name for p in known.parameters.values() if p.kind in kinds and p.default is Parameter.empty]


def _nested(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays under names such as ``params/W1`` as dicts and lists of arrays."""
    tree: dict[str, Any] = {}
    for path, array in arrays.items():
        *parents, last = path.split("/")
        branch = tree
        for key in parents:
            branch = branch.setdefault(key, {})
            if not isinstance(branch, dict):
                raise DataError(
                    f"{path} is inside {key}, which is an array itself", expected="one of the two"
                )
        if last in branch:
            raise DataError(f"{path} is an array, and there are others inside it", expected="one of the two")
        branch[last] = array if array.ndim or array.dtype.kind not in "biuU" else array.item()
    return {name: _listed(value) for name, value in tree.items()}


def _listed(tree: Any) -> Any:
    """The tree with lists where the keys are 0, 1, 2, …"""
    if not isinstance(tree, dict):
        return tree
    if set(tree) == set(map(str, range(len(tree)))):
        return [_listed(tree[str(place)]) for place in range(len(tree))]
    return {key: _listed(value) for key, value in tree.items()}


def _require_fit(
    file: Path, known: Signature, given: Mapping[str, Any], function: Callable[..., Any]
) -> None:
    kinds = {parameter.kind for parameter in known.parameters.values()}
    missing = [name for name in _required(known) if name not in given]
    extra = [name for name in given if name not in known.parameters]
    problems = [f"{', '.join(missing)} missing"] if missing else []
    problems += [f"{', '.join(extra)} not known"] if extra and Parameter.VAR_KEYWORD not in kinds else []
    if problems:
        raise ArgumentError(
            f"{file} does not fit {_title(function)}{known}: {' and '.join(problems)}",
            expected=f"arrays named {', '.join(known.parameters) or 'nothing: it takes no argument'}",
        )
