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
import stat
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
        entry, key = _content(folder() / name, LARGEST_TOTAL), _key()
    except OSError:
        return None
    code = entry[MAC_BYTES:]
    if not hmac.compare_digest(entry[:MAC_BYTES], _mac(key, name, code)):
        return None
    with suppress(OSError):
        os.utime(folder() / name)  # it was used
    return code


def _write(name: str, code: bytes) -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    _replace(folder() / name, _mac(_key(), name, code) + code)
    if int(name, 16) % WRITES_PER_TRIM == 0:  # names are as good as random
        _trim()


def _mac(key: bytes, name: str, code: bytes) -> bytes:
    return hmac.digest(key, name.encode() + code, "sha256")


def _key() -> bytes:
    """This user's key; a new one where there is none, or where it is damaged.

    Raises:
        FileNotFoundError: another process has taken it away meanwhile.
        PermissionError: it is another user's, who could have made any entry.
    """
    path = folder() / "key"
    key = _content(path, MAC_BYTES, own=True)
    if len(key) != MAC_BYTES:
        _replace(path, secrets.token_bytes(MAC_BYTES))
        key = _content(path, MAC_BYTES, own=True)  # another process may have been quicker
    if len(key) != MAC_BYTES:
        raise FileNotFoundError(path)
    return key


def _content(path: Path, most: int, own: bool = False) -> bytes:
    """The bytes of a file, none where there is no file, or what could be waited for in vain, or more than
    ``most``.

    Raises:
        PermissionError: it is to be the user's ``own`` and is not.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return b""
    with os.fdopen(handle, "rb") as file:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_size > most:
            return b""
        if own and hasattr(os, "geteuid") and told.st_uid != os.geteuid():
            raise PermissionError(path)
        return file.read(told.st_size)


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
        files = [entry for entry in listing if entry.is_file(follow_symlinks=False) and entry.name != "key"]
        found = [(entry.stat(), entry.path) for entry in files]
    total = sum(told.st_size for told, _ in found)
    for told, path in sorted(found, key=lambda item: item[0].st_mtime):
        if total <= LARGEST_TOTAL:
            return
        Path(path).unlink(missing_ok=True)
        total -= told.st_size
