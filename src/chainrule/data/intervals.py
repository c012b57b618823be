"""How far a score on so many rows may lie from the score on all rows that there could be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Seed, as_count, as_generator
from ..errors import ArgumentError, ShapeError

LEVEL = 0.95
#: More rows than this are put together at random into so many groups, which then are what is drawn.
UNITS = 2000

Interval = tuple[float, float]


def wilson_interval(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's interval of a fraction: ``(p̂ + z²/2n ± z √(p̂ (1 - p̂)/n + z²/4n²)) / (1 + z²/n)``.

    It stays within 0 and 1, and holds for few rows and for fractions near 0 and 1 too.

    Args:
        successes: out of n.
        n: at least 1.
        level: the share of such intervals that hold the true fraction.

    Raises:
        ArgumentError: there are not 0 … n successes of one or more, or the level is not inside (0, 1).

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).

    >>> low, high = wilson_interval(26, 27)
    >>> round(low, 3), round(high, 3)
    (0.817, 0.993)
    """
    if not 0 <= successes <= n or n == 0:
        raise ArgumentError(f"{successes} successes of {n}", expected="0 to n of one or more")
    p, z2 = successes / n, _normal_quantile(level) ** 2
    centre, spread = p + z2 / (2 * n), np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n)))
    low, high = (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)
    return (0.0 if successes == 0 else float(low)), (1.0 if successes == n else float(high))


def _normal_quantile(level: float) -> float:
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise ArgumentError(f"level={level}", expected="a number between 0 and 1", instead="0.95")
    return float(ndtri(0.5 + level / 2))


def bootstrap_interval(
    terms: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    level: float = LEVEL,
    replicates: int = 1000,
    seed: Seed = 0,
) -> Interval:
    """The percentile bootstrap: the middle of what a statistic is on rows drawn again from these.

    Rows are drawn with replacement, as many as there are. More than 2,000 are first put together at random
    into 2,000 groups of (almost) equal size, and groups are drawn: as good for means, and work is bounded.
    A single row does not say how much rows differ: its interval is (NaN, NaN).

    Args:
        terms: what each row adds to the means that the statistic is computed from, shape (n, m), n ≥ 1.
        statistic: from means, shape (replicates, m), to its values, shape (replicates,).
        level: the share of the values between the two ends.
        replicates: how many times to draw.
        seed: an integer or a generator.

    Raises:
        ShapeError: the terms are no table with rows.
        ArgumentError: a level or a number that makes no sense.

    Source: B. Efron, Bootstrap methods: another look at the jackknife (1979).

    >>> low, high = bootstrap_interval(np.arange(100.0)[:, None], lambda means: means[:, 0])
    >>> 42 < low < 46 and 53 < high < 57  # 49.5 ± 1.96 · 28.9 / √100
    True
    """
    rows = np.asarray(terms, dtype=np.float64)
    if rows.ndim != 2 or len(rows) == 0:
        raise ShapeError(f"terms of shape {rows.shape}", expected="(n, m) with n ≥ 1")
    if not 0 < level < 1:
        raise ArgumentError(f"level={level}", expected="a number between 0 and 1", instead="0.95")
    if len(rows) == 1:
        return float("nan"), float("nan")
    rng = as_generator(seed)
    sums, sizes = _groups(rows, rng)
    drawn = rng.integers(len(sums), size=(as_count(replicates, "replicates"), len(sums)))
    values = statistic(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)[:, None])
    known = values[~np.isnan(values)]  # of rows that are all alike R² is undefined
    if len(known) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _groups(
    rows: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sums of the terms of each group, and its number of rows; up to UNITS rows each is its own."""
    if len(rows) <= UNITS:
        return rows, np.ones(len(rows))
    starts = np.linspace(0, len(rows), UNITS, endpoint=False).astype(np.int64)
    sums = np.add.reduceat(rows[rng.permutation(len(rows))], starts, axis=0)
    return sums, np.diff(starts, append=len(rows)).astype(np.float64)
