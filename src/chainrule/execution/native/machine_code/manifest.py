"""Object code with what calls of it need to know: together they are what is kept on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from typing import Any

from ..runtime.numpy_steps import NumpyStep

LENGTH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Manifest:
    """What calls need to know beside the graph.

    Attributes:
        functions: the code's functions by name.
        constants: which of the graph's nodes are arrays that the code reads, in the order of their entries in
            the pointer table.
        workspace_bytes: the memory for values on the way.
        work: about how many operations a call takes.
        steps: what NumPy computes in between.
        zeroed: which of the outputs are given as zeros.
    """

    functions: tuple[str, ...]
    constants: tuple[int, ...]
    workspace_bytes: int
    work: float
    steps: tuple[NumpyStep, ...] = ()
    zeroed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """Object files that belong together, and their manifest."""

    manifest: Manifest
    codes: tuple[bytes, ...]

    def packed(self) -> bytes:
        """As the bytes of a file."""
        told = json.dumps(asdict(self.manifest) | {"lengths": list(map(len, self.codes))}).encode()
        return b"".join([len(told).to_bytes(LENGTH_BYTES, "little"), told, *self.codes])


def unpacked(content: bytes) -> Image:
    """What :meth:`Image.packed` has packed."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    told: Mapping[str, Any] = json.loads(content[LENGTH_BYTES : LENGTH_BYTES + length])
    steps = tuple(NumpyStep(s["node"], tuple(s["operands"]), s["target"]) for s in told["steps"])
    manifest = Manifest(
        tuple(told["functions"]),
        tuple(told["constants"]),
        told["workspace_bytes"],
        told["work"],
        steps,
        tuple(told["zeroed"]),
    )
    ends = list(accumulate(told["lengths"], initial=LENGTH_BYTES + length))
    return Image(manifest, tuple(content[first:last] for first, last in pairwise(ends)))
