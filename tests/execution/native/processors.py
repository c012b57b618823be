"""Processors that code is written for, whether this is one of them or not."""

import llvmlite.binding as llvm
import pytest

from chainrule.execution.native.target import Target

SSE = Target("x86_64-unknown-linux-gnu", "", "+sse2,-avx", 16)
AVX2 = Target("x86_64-unknown-linux-gnu", "", "+avx2,+fma", 32)
AVX512 = Target("x86_64-unknown-linux-gnu", "", "+avx2,+fma,+avx512f,+avx512vl,+avx512dq,+avx512bw", 64)
NEON = Target("aarch64-unknown-linux-gnu", "", "+neon", 16)


def for_each(name: str, sse: str, avx2: str, avx512: str, neon: str) -> pytest.MarkDecorator:
    """A test of each ``target``, and of what stands in its code, an argument of that name."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    expected = [(SSE, sse), (AVX2, avx2), (AVX512, avx512), (NEON, neon)]
    return pytest.mark.parametrize(("target", name), expected, ids=["SSE", "AVX2", "AVX-512", "NEON"])
