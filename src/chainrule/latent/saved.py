"""Reading a model's parameters from what was saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import ChainruleError, ModelFileError


@contextmanager
def saved_parameters(kind: str) -> Iterator[None]:
    """Turn what goes wrong while rebuilding a saved model into one kind of error."""
    try:
        yield
    except KeyError as error:
        raise ModelFileError(f"the saved {kind} model has no {error.args[0]!r}") from None
    except ChainruleError as error:
        raise ModelFileError(f"the saved {kind} model is not valid: {error.one_line()}") from None


def saved_columns(names: Any, m: int) -> tuple[str, ...] | None:
    """The names of m columns, checked, or ``None``.

    Raises:
        ModelFileError: they are something else.
    """
    if names is None:
        return None
    if not isinstance(names, list) or len(names) != m or not all(isinstance(name, str) for name in names):
        raise ModelFileError("the saved columns are not names", expected=f"{m} names, or none")
    return tuple(names)
