"""Processors that code is written for, whether this is one of them or not."""

import llvmlite.binding as llvm
import pytest

from chainrule.execution.native.target import Target

SSE = Target("x86_64-unknown-linux-gnu", "", "+sse2,-avx", 16)
AVX2 = Target("x86_64-unknown-linux-gnu", "", "+avx2,+fma", 32)
AVX512 = Target("x86_64-unknown-linux-gnu", "", "+avx2,+fma,+avx512f,+avx512vl,+avx512dq,+avx512bw", 64)
NEON = Target("aarch64-unknown-linux-gnu", "", "+neon", 16)
ALL = {"SSE": SSE, "AVX2": AVX2, "AVX-512": AVX512, "NEON": NEON}


def for_each(name: str, sse: str, avx2: str, avx512: str, neon: str) -> pytest.MarkDecorator:
    """A test of each ``target``, and of what stands in its code, an argument of that name."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    expected = list(zip(ALL.values(), (sse, avx2, avx512, neon), strict=True))
    return pytest.mark.parametrize(("target", name), expected, ids=list(ALL))
