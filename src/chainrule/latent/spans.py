"""Work on many rows, shared among the processor's cores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

#: Fewer numbers than this are not worth a thread.
LEAST_NUMBERS = 1 << 20

#: Many spans are a multiple of this, so that two or four threads are done at the same time.
TOGETHER = 4


def for_each_span(work: Callable[[slice], None], rows: int, length: int, *, width: int) -> None:
    """Call ``work`` for one span of rows after another, in threads where there are many numbers.

    Args:
        work: writes the results of a span's rows, of no others. NumPy lets go of the interpreter while it
            computes.
        rows: how many there are.
        length: of the longest span allowed; all are about equally long. It alone decides what is computed
            together, so the number of threads does not change the results.
        width: how many numbers a row has.
    """
    count = -(-rows // length)
    if count > TOGETHER:
        length = -(-rows // (-(-count // TOGETHER) * TOGETHER))
    spans = [slice(start, min(start + length, rows)) for start in range(0, rows, length)]
    if rows * width < LEAST_NUMBERS or len(spans) < 2:
        for span in spans:
            work(span)
        return
    with ThreadPoolExecutor() as pool:
        list(pool.map(work, spans))  # a list, so that an error in a thread is raised here
