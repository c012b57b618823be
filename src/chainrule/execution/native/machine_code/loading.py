"""A graph's machine code in memory, from the disk where it is there, and arrays as it expects them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....collecting import collector_at_rest
from ....errors import ChainruleError, CompilationError, DtypeError, ShapeError
from ....graph import ArrayType, Graph
from ....lines import users_frame
from ..emission.entry import DATA
from ..interpreter import possible
from ..llvm_ir import Module
from ..target import Target
from .cache import cached
from .fingerprint import fingerprint
from .linking import Library, link
from .manifest import Image, Manifest, unpacked
from .objects import object_codes

IN_STRUCTURE = possible()
_pointer = ctypes.c_void_p.from_address


@dataclass(frozen=True, slots=True)
class Loaded:
    """Machine code in memory, and what calls of it need to know."""

    manifest: Manifest
    library: Library


@contextmanager
def _failing_as_compiler() -> Iterator[None]:
    """What goes wrong in a pass, in LLVM or in loading ends this compilation, not the user's program.

    That can go on in NumPy. What the user's own code raises meanwhile goes to the user, as from a signal's
    handler when time is over.
    """
    try:
        yield
    except ChainruleError:
        raise
    except Exception as error:
        if users_frame(error.__traceback__):
            raise
        raise CompilationError(f"the compiler failed, {type(error).__name__}: {error}") from error


@_failing_as_compiler()
def loaded(graph: Graph, kind: str, target: Target, make: Callable[[], tuple[Manifest, Module]]) -> Loaded:
    """A graph's machine code.

    It is found by the graph itself, before any pass has run.

    Args:
        graph: what is computed.
        kind: in what way, beside the graph.
        target: the processor.
        make: runs the passes, where the code is not on the disk.

    Raises:
        CompilationError: there is none.
    """

    def content() -> bytes:
        with collector_at_rest():
            manifest, module = make()
        return Image(manifest, object_codes(module, target)).packed()

    image = unpacked(cached(f"{kind}\n{fingerprint(graph)}", target, content))
    return Loaded(image.manifest, link(image.codes, image.manifest.functions))


def constants(graph: Graph, manifest: Manifest) -> tuple[np.ndarray, ...]:
    """The arrays that the code reads and the graph holds."""
    held = (graph.nodes[position].params["value"].value for position in manifest.constants)
    return tuple(map(np.ascontiguousarray, held))


def checked(array: Any, type: ArrayType) -> np.ndarray:
    """The array as the machine code expects it: the right type, contiguous.

    Raises:
        ShapeError, DtypeError: it is of another type than that for which the code was made.
    """
    result = np.asarray(array)
    if result.shape != type.shape:
        raise ShapeError(
            f"an array of shape {result.shape}", expected=f"{type.shape}, for which this was compiled"
        )
    if result.dtype != type.dtype:
        raise DtypeError(
            f"an array of dtype {result.dtype}", expected=f"{type.dtype}, for which this was compiled"
        )
    return result if result.flags.c_contiguous else np.ascontiguousarray(result)


def address(array: np.ndarray) -> int:
    """Where an array's elements begin in memory."""
    if IN_STRUCTURE:  # what NumPy says itself comes in a dictionary, which takes eight times as long
        return _pointer(id(array) + DATA).value or 0
    return int(array.__array_interface__["data"][0])
