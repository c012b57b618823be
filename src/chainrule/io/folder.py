"""The two files of a model's folder, written so that whenever the power fails a whole model can be read.

``model.json`` has the checksum of its arrays, so replacing that one small file is what makes a new model take
the place of an old one. Until they have their final name, the arrays are in a file named by that checksum:

=======================================  ============  ===================  ============================
step                                     model.json    model.safetensors    model.safetensors.<checksum>
=======================================  ============  ===================  ============================
before                                   old           old
1. write the new arrays beside the old   old           old                  new
2. replace model.json                    new           old                  new
3. rename the new arrays                 new           new
=======================================  ============  ===================  ============================
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import ArgumentError, ModelFileError
from .atomic import atomic_write, sync_folder, temporary_beside, write_to_disk
from .manifest import Manifest, TensorsEntry, decode_manifest, is_manifest
from .reading import read_whole
from .tensors import sha256

MANIFEST = "model.json"
TENSORS = "model.safetensors"
#: What a run keeps beside its model.
RUN_FILES = frozenset(
    {
        "run.json",
        "run.lock",
        "result.json",
        "history.jsonl",
        "checkpoints",
        "parts",
        "find-lr.svg",
        "report.html",
    }
)
#: A manifest has no arrays in it, so a longer one is not ours.
LARGEST_MANIFEST = 1 << 24
#: How often to look again where another process is replacing the model that is being read.
ATTEMPTS = 5


def write_files(folder: Path, manifest: bytes, tensors: bytes) -> None:
    """Write a model's files: to a new folder, or in place of the model that is in this one.

    Raises:
        ArgumentError: the path is a file, or a folder of something else.
        OSError: the disk is full, or may not be written to.
    """
    if not folder.exists():
        _create(folder, manifest, tensors)
    elif may_hold_model(folder):
        _replace(folder, manifest, tensors)
    else:
        raise ArgumentError(
            f"{folder} is there and is no chainrule model", expected="a new path, or a saved model's"
        )


def read_files(folder: Path) -> tuple[Manifest, bytes]:
    """A model's manifest, and the bytes of its arrays, of which it has the checksum.

    Raises:
        ModelFileError: a file is missing, damaged or altered.
    """
    manifest = read_manifest(folder)
    for _ in range(ATTEMPTS):
        # The second look is for a file that was renamed between the other two.
        for name in (TENSORS, _pending(manifest.tensors.sha256), TENSORS):
            data = _tensors(folder / name, manifest.tensors)
            if data is not None:
                return manifest, data
        seen, manifest = manifest, read_manifest(folder)
        if manifest == seen:
            break
    raise _fault(folder / TENSORS, manifest.tensors)


def read_manifest(folder: Path) -> Manifest:
    """The checked content of a folder's ``model.json``: what the model is, and how it was trained.

    Raises:
        ModelFileError: it is missing, damaged or altered.
    """
    if not folder.is_dir():
        raise ModelFileError(f"there is no model folder {folder}")
    return decode_manifest(read_whole(folder / MANIFEST, LARGEST_MANIFEST))


def _create(folder: Path, manifest: bytes, tensors: bytes) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(folder)
    temporary.mkdir()
    try:
        write_to_disk(temporary / TENSORS, tensors)
        write_to_disk(temporary / MANIFEST, manifest)
        sync_folder(temporary)
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def _replace(folder: Path, manifest: bytes, tensors: bytes) -> None:
    pending = folder / _pending(sha256(tensors))
    atomic_write(pending, tensors)
    atomic_write(folder / MANIFEST, manifest)
    pending.replace(folder / TENSORS)
    for left_over in folder.glob(_pending("*")):  # of a replacement that was cut off before its second step
        left_over.unlink()
    sync_folder(folder)


def _pending(checksum: str) -> str:
    return f"{TENSORS}.{checksum}"


def may_hold_model(folder: Path) -> bool:
    """Whether it is a model's folder, or a run's, or empty."""
    if not folder.is_dir():
        return False
    if (folder / MANIFEST).exists():
        return is_manifest(read_whole(folder / MANIFEST, LARGEST_MANIFEST))
    return all(entry.name in RUN_FILES or entry.match(_pending("*")) for entry in folder.iterdir())


def _tensors(path: Path, entry: TensorsEntry) -> bytes | None:
    """The file's bytes where it is there and the one that the manifest describes."""
    try:
        data = read_whole(path, entry.size)
    except ModelFileError:
        return None
    return data if sha256(data) == entry.sha256 else None


def _fault(path: Path, entry: TensorsEntry) -> ModelFileError:
    """What is wrong with a file that is not the one that the manifest describes."""
    try:
        size = len(read_whole(path, entry.size))
    except ModelFileError as error:
        return error
    if size != entry.size:
        return ModelFileError(f"{path} has {size} bytes", expected=f"{entry.size}, as model.json says")
    return ModelFileError(f"{path} was altered after it was saved: its checksum does not fit")
