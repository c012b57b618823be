"""Saving a model and loading it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelFileError
from .folder import read_files, write_files
from .manifest import encode_manifest
from .parts import put_together, take_apart
from .plain import plain_notes
from .tensors import decode_arrays, encode_arrays


def save(model: Any, path: str | os.PathLike[str], *, training: Mapping[str, Any] | None = None) -> None:
    """Save a model as a folder: ``model.json`` and ``model.safetensors``.

    The folder is there whole or not at all; where it holds an older model, that one or the new can be loaded
    at every moment. Other files in it stay.

    Args:
        model: a Network, Gaussian, PPCA or TableModel.
        path: a new folder, or one with a saved model or a run's files.
        training: how the model was trained, for ``model.json``: what JSON can hold, and NumPy numbers.

    Raises:
        ArgumentError: the model or the notes cannot be saved, or the path is that of something else.
        ModelFileError: the disk is full, or may not be written to.

    >>> import tempfile
    >>> from chainrule.latent import Gaussian
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Gaussian.from_parameters([1.0], [[4.0]]), f"{folder}/model")
    ...     load(f"{folder}/model").mean
    array([1.])
    """
    part, arrays = take_apart(model)
    tensors, entry = encode_arrays(arrays)
    manifest = encode_manifest(part, plain_notes(training or {}), entry)
    try:
        write_files(Path(path), manifest, tensors)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be written: {error.strerror}") from None


def load(path: str | os.PathLike[str]) -> Any:
    """The model that :func:`save` wrote; nothing in its files is ever run.

    Args:
        path: its folder.

    Raises:
        ModelFileError: the folder or a file is missing, damaged, altered, or not a model's.
    """
    manifest, tensors = read_files(Path(path))
    return put_together(manifest.model, decode_arrays(tensors, manifest.tensors))
