"""What ``model.json`` holds, and its checks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .. import __version__
from ..errors import ModelFileError

FORMAT = "chainrule model"
VERSION = 1


Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Head:
    """What a ``model.json`` of any version begins with."""

    format: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A saved object without its arrays: its kind, its configuration, and the objects that are its parts."""

    kind: str
    config: dict[str, Any]
    parts: dict[str, Part]


@dataclass(frozen=True, slots=True)
class ArrayEntry:
    """What one array in ``model.safetensors`` must be."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TensorsEntry:
    """What ``model.safetensors`` must be."""

    size: int
    sha256: str
    arrays: dict[str, ArrayEntry]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of ``model.json``.

    Args:
        format: what this file is.
        version: of the format.
        chainrule: the version of this software that wrote it.
        model: the saved object.
        training: how it was trained, for people to read; nothing that loading needs.
        tensors: what ``model.safetensors`` must be.
        checksum: SHA-256 of all the rest, in one canonical form.
    """

    format: str
    version: int
    chainrule: str
    model: Part
    training: dict[str, Any]
    tensors: TensorsEntry
    checksum: str


def encode_manifest(model: Part, training: dict[str, Any], tensors: TensorsEntry) -> bytes:
    """The bytes of a ``model.json``."""
    import msgspec

    manifest = Manifest(FORMAT, VERSION, __version__, model, training, tensors, checksum="")
    return msgspec.json.format(msgspec.json.encode(replace(manifest, checksum=_checksum(manifest))), indent=2)


def decode_manifest(data: bytes) -> Manifest:
    """The content of ``model.json``, all checked but the configurations, which each kind's own class checks.

    Raises:
        ModelFileError: it is damaged, altered, of another format, or of a later version.
    """
    head = _decode(data, Head)
    if head.format != FORMAT:
        raise ModelFileError(
            "model.json is not that of a chainrule model", expected="a folder that cr.save wrote"
        )
    if head.version > VERSION:
        raise ModelFileError(
            f"the model is in format {head.version}, this is chainrule {__version__}",
            expected=f"format {VERSION} at most",
            instead="pip install --upgrade chainrule",
        )
    manifest = _decode(data, Manifest)
    if manifest.checksum != _checksum(manifest):
        raise ModelFileError("model.json was altered after it was saved: its checksum does not fit")
    return manifest


def is_manifest(data: bytes) -> bool:
    """Whether this is a ``model.json`` of this format, of any version, damaged further on or not."""
    try:
        return _decode(data, Head).format == FORMAT
    except ModelFileError:
        return False


def _decode(data: bytes, kind: type[Content]) -> Content:
    import msgspec

    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelFileError(f"model.json is damaged: {error}") from None


def _checksum(manifest: Manifest) -> str:
    import msgspec

    canonical = msgspec.json.encode(replace(manifest, checksum=""), order="deterministic")
    return hashlib.sha256(canonical).hexdigest()
