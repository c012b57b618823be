"""Object code kept on disk, so that a program that ran before starts at once.

An entry is found by everything that its code depends on. It carries a code that only this user's key can
make, so an entry that was damaged, made elsewhere or tampered with is compiled anew, never run. The folder is
``$CHAINRULE_CACHE_DIR``, or ``chainrule`` in the user's cache folder; it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from .. import routines
from ..target import Target

LARGEST_TOTAL = 256 * 2**20
WRITES_PER_TRIM = 16  # looking at all entries of a full folder takes longer than compiling a small program
MAC_BYTES = 32


def cached(description: str, target: Target, make: Callable[[], bytes]) -> bytes:
    """The object code of what is described, from the disk where it is there, else made and kept."""
    name = _name(description, target)
    code = _read(name)
    if code is None:
        code = make()
        with suppress(OSError):  # a full or read-only disk costs the next start some time, nothing else
            _write(name, code)
    return code


def folder() -> Path:
    """Where the entries lie."""
    chosen = os.environ.get("CHAINRULE_CACHE_DIR")
    if chosen:
        return Path(chosen)
    caches = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (caches if caches.is_absolute() else _home() / ".cache") / "chainrule"


def _home() -> Path:
    """The user's folder.

    Raises:
        FileNotFoundError: there is none, as for users that a container has no name for.
    """
    try:
        return Path.home()
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from error


def _name(description: str, target: Target) -> str:
    called = ",".join(routines.addresses())
    parts = (_compiler(), called, target.triple, target.cpu, target.features, description)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def _compiler() -> str:
    """What makes the code: the versions of LLVM, of NumPy, whose routines it calls, and of the sources that
    the passes depend on."""
    versions = f"{llvmlite.__version__} {llvm.llvm_version_info} {np.__version__}"
    digest = hashlib.sha256(versions.encode())
    root = Path(__file__).parents[3]
    for package in ("execution/native", "calculus", "graph", "primitives"):
        for source in sorted((root / package).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _read(name: str) -> bytes | None:
    try:
        path = folder() / name
        entry = path.read_bytes() if path.is_file() else b""  # what is no file can be waited for in vain
        key = _key(create=False)
    except OSError:
        return None
    code = entry[MAC_BYTES:]
    return code if hmac.compare_digest(entry[:MAC_BYTES], _mac(key, name, code)) else None


def _write(name: str, code: bytes) -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(folder() / name, _mac(_key(create=True), name, code) + code)
    if int(name, 16) % WRITES_PER_TRIM == 0:  # names are as good as random
        _trim()


def _mac(key: bytes, name: str, code: bytes) -> bytes:
    return hmac.digest(key, name.encode() + code, "sha256")


def _key(create: bool) -> bytes:
    """This user's key; a new one where there is none, or where it is damaged."""
    path = folder() / "key"
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        if len(key) == MAC_BYTES:
            return key
    if not create:
        raise FileNotFoundError(path)
    _replace(path, secrets.token_bytes(MAC_BYTES))
    return path.read_bytes()  # another process may have been quicker


def _replace(path: Path, content: bytes) -> None:
    """Write a file that other processes see whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _trim() -> None:
    """Delete the entries used longest ago, until the rest fit."""
    with os.scandir(folder()) as listing:
        found = [(entry.stat(), entry.path) for entry in listing if entry.name != "key"]
    total = sum(stat.st_size for stat, _ in found)
    for stat, path in sorted(found, key=lambda item: item[0].st_mtime):
        if total <= LARGEST_TOTAL:
            return
        Path(path).unlink(missing_ok=True)
        total -= stat.st_size
