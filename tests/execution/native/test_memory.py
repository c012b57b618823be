"""Where the values on the way lie: those that live at the same time lie apart."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chainrule.execution.native.expressions import Affine, Apply, Buffer, Load
from chainrule.execution.native.kernels import LoopKernel
from chainrule.execution.native.machine_code.loading import address
from chainrule.execution.native.passes.memory import ALIGNMENT, bytes_of, offsets_in_workspace
from chainrule.execution.native.runtime.arrays import LONG_BYTES, copied_to_lines

F8 = np.dtype("f8")
#: Of each value its size and, as numbers of steps back, which earlier ones it is computed from.
VALUES = st.lists(
    st.tuples(st.integers(1, 60), st.lists(st.integers(1, 8), max_size=3)), min_size=1, max_size=12
)


@given(VALUES)
def test_values_that_live_at_the_same_time_lie_apart(values: list[tuple[int, list[int]]]) -> None:
    buffers = [Buffer("workspace", (size,), F8, f"t{k}") for k, (size, _) in enumerate(values)]
    kernels, lives = [], {buffer: range(k, k + 1) for k, buffer in enumerate(buffers)}
    for k, (_, back) in enumerate(values):
        sources = [buffers[k - steps] for steps in back if steps <= k]
        for source in sources:
            lives[source] = range(lives[source].start, k + 1)
        expression = Apply("add", tuple(Load(source, Affine()) for source in sources), F8)
        kernels.append(LoopKernel(None, (), expression, buffers[k], Affine()))
    offsets, total = offsets_in_workspace(kernels)
    for one, other in combinations(buffers, 2):
        begins, ends = offsets[one], offsets[one] + bytes_of(one)
        if set(lives[one]) & set(lives[other]):
            assert ends <= offsets[other] or offsets[other] + bytes_of(other) <= begins
    assert all(offset % ALIGNMENT == 0 for offset in offsets.values())
    assert total == max(offsets[buffer] + bytes_of(buffer) for buffer in buffers)


def test_small_values_lie_in_the_room_between_large_ones() -> None:
    """Each value is computed from the one before it, with which it lives."""
    chain = [Buffer("workspace", (size,), F8, f"t{size}") for size in (80, 72, 64, 16)]
    kernels = [LoopKernel(None, (), Load(chain[0], Affine()), chain[0], Affine())]
    kernels += [LoopKernel(None, (), Load(one, Affine()), other, Affine()) for one, other in pairwise(chain)]
    offsets, total = offsets_in_workspace(kernels)
    assert [offsets[buffer] // 8 for buffer in chain] == [0, 80, 0, 64]
    assert total // 8 == 80 + 72


def test_long_copies_begin_where_a_cache_line_does() -> None:
    kept = []
    for size in range(60, 100):
        value = np.arange(2.0 * size)[::2].reshape(2, -1) if size % 2 == 0 else np.arange(float(size))
        copy = copied_to_lines(value, F8)
        kept.append(copy)
        np.testing.assert_array_equal(copy, value)
        assert copy.flags.c_contiguous
        assert not np.shares_memory(copy, value)
        assert copy.nbytes < LONG_BYTES or address(copy) % ALIGNMENT == 0
