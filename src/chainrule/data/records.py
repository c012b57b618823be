"""Frozen dataclasses from plain dicts, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..errors import DataError

Record = TypeVar("Record")


def from_record(record: Any, types: Mapping[str, type[Record]], *, tag: str) -> Record:
    """The dataclass that ``dataclasses.asdict`` turned into this dict; its field ``tag`` says which of them.

    Raises:
        DataError: a field is missing or of another type, or the dataclass refuses it.
    """
    import msgspec

    name = record.get(tag) if isinstance(record, Mapping) else None
    if not isinstance(name, str) or name not in types:
        raise DataError(f"a record has {tag} {name!r}", expected=f"one of {', '.join(types)}")
    try:
        return msgspec.convert(record, types[name])
    except msgspec.ValidationError as error:
        raise DataError(f"a record of {tag} {name!r} is not valid: {error}") from None
