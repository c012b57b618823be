"""An object as parts and arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ..errors import ArgumentError, ChainruleError, ModelFileError
from .kinds import CLASSES, Savable, class_of
from .manifest import Part
from .plain import exact_config

Arrays = dict[str, NDArray[Any]]


def take_apart(model: Any) -> tuple[Part, Arrays]:
    """The object as a tree of parts, and the arrays of all of them: a part's are named ``part/array``.

    Raises:
        ArgumentError: it is not of a class that can be saved.
    """
    if not isinstance(model, Savable):
        raise _not_savable(model)
    kind, config, own = model.to_state()
    if kind not in CLASSES or class_of(kind) is not type(model):
        raise _not_savable(model)
    inner = {key: take_apart(value) for key, value in config.items() if isinstance(value, Savable)}
    plain = exact_config({key: value for key, value in config.items() if key not in inner})
    arrays = dict(own)
    for key, (_, of_part) in inner.items():
        arrays |= {f"{key}/{name}": array for name, array in of_part.items()}
    return Part(kind, plain, {key: part for key, (part, _) in inner.items()}), arrays


def put_together(part: Part, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """The object of a tree of parts and the arrays of all of them.

    Raises:
        ModelFileError: they do not describe one.
    """
    own = dict(arrays)
    config = dict(part.config)
    for key, inner in part.parts.items():
        prefix = f"{key}/"
        inside = [name for name in own if name.startswith(prefix)]
        config[key] = put_together(inner, {name.removeprefix(prefix): own.pop(name) for name in inside})
    return _from_state(part.kind, config, own)


def _from_state(kind: str, config: Mapping[str, Any], arrays: Arrays) -> Any:
    try:
        return class_of(kind).from_state(config, arrays)
    except ModelFileError:
        raise
    except ChainruleError as error:
        raise ModelFileError(f"the saved {kind} is not valid: {error.one_line()}") from error
    except Exception as error:  # the content of a file can be anything, and so can what goes wrong with it
        raise ModelFileError(f"the saved {kind} is not valid: {type(error).__name__}: {error}") from error


def _not_savable(model: Any) -> ArgumentError:
    names = sorted(path.split(":")[1] for path in CLASSES.values())
    return ArgumentError(f"a {type(model).__name__} cannot be saved", expected="one of " + ", ".join(names))
