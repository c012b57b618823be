"""What the machine can do, and the shapes of register tiles that follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

NARROWEST = 16  # bytes of a vector register: wider ones can be used in part


@dataclass(frozen=True, slots=True)
class Target:
    """A processor by its features. ``vector_bytes`` is the width of its registers."""

    triple: str
    cpu: str
    features: str
    vector_bytes: int

    @property
    def is_x86(self) -> bool:
        """Whether it is one of Intel's or AMD's."""
        return self.triple.startswith("x86_64")

    @property
    def is_arm(self) -> bool:
        """Whether it is one of Arm's, of 64 bits."""
        return self.triple.startswith(("aarch64", "arm64"))

    @property
    def wide(self) -> bool:
        """Whether its registers hold 64 bytes, a whole cache line, as the 32 of AVX-512 do."""
        return self.vector_bytes >= 64

    @property
    def estimates(self) -> bool:
        """Whether it estimates reciprocals of float32, to 11 bits or more, and loops over minibatches treat
        subnormal numbers as 0, as estimates do."""
        return self.is_x86

    @property
    def estimates_roots(self) -> bool:
        """Whether it estimates reciprocals, and those of roots, of float32 and float64, to 14 bits and in
        registers of every width."""
        return self.estimates and self.wide and "+avx512vl" in self.features

    @property
    def has_powers(self) -> bool:
        """Whether single instructions multiply by powers of two and take numbers apart into these and
        fractions, in registers of every width."""
        return self.is_x86 and self.wide and "+avx512vl" in self.features

    @property
    def replaces_by_kind(self) -> bool:
        """Whether one instruction puts others in place of numbers of some kinds, such as those below 0, in
        registers of every width."""
        return self.has_powers

    @property
    def weaves(self) -> bool:
        """Whether it has registers enough to compute something else while a register tile is summed up."""
        return self.wide

    def lanes(self, dtype: np.dtype) -> int:
        """How many numbers a vector register holds."""
        return self.vector_bytes // dtype.itemsize

    def fewest_lanes(self, dtype: np.dtype) -> int:
        """How many numbers the narrowest vector register holds."""
        return NARROWEST // dtype.itemsize

    @property
    def settles_counts(self) -> bool:
        """Whether LLVM is not to weigh how long loops count, over which it takes long.

        Measured on Granite Rapids: with AVX-512 the code is as quick, while with AVX2 alone steps of training
        take up to 1.06 times as long.
        """
        return self.wide

    @property
    def tile_rows(self) -> int:
        """The height of a register tile."""
        return 6 if self.vector_bytes >= 32 else 4

    @property
    def tile_registers(self) -> int:
        """How many vectors a register tile has: as many accumulators as registers allow."""
        return self.tile_rows * (4 if self.wide else 2)

    def tile_vectors(self, rows: int) -> int:
        """The width in vectors of the register tiles of a product with so many rows: the fewer, the wider."""
        return self.tile_registers // max(1, min(rows, self.tile_rows))

    @property
    def reach(self) -> int:
        """Bytes between the first and the last row of a panel, beyond which it is read more quickly from a
        copy: the processor's tables of addresses do not hold the pages of all rows.

        Measured: on Zen 1, 2¹⁵; on Granite Rapids, steps of training with 2¹⁷ take 0.92 to 1.01 times as long
        as with 2¹⁵, and with 2²⁰ as long.
        """
        return 2**17 if self.wide else 2**15

    @property
    def steps_together(self) -> int:
        """How many steps of a long sum of a register tile are written one after the other.

        Measured: on Sapphire Rapids two take 4 % less time in tiles of 24 vectors, and four no less than two.
        """
        return 2 if self.wide else 1

    def machine(self) -> Any:
        """LLVM's description of the processor."""
        target = llvm.Target.from_triple(self.triple)
        return target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=2, reloc="pic", codemodel="default"
        )


@lru_cache(maxsize=1)
def host() -> Target:
    """This machine. Features are trusted, the processor's name is not."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features()
    width = 64 if features.get("avx512f") else 32 if features.get("avx2") and features.get("fma") else 16
    return Target(llvm.get_process_triple(), "", features.flatten(), width)
