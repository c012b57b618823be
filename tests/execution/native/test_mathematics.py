"""Functions within 1 or 2 ulp of more precise arithmetic, and the special values of IEEE 754."""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import chainrule as cr

RNG = np.random.default_rng(11)


def spread(low: float, high: float, count: int = 40_000) -> np.ndarray:
    """Points over an interval, and as many of small size."""
    tiny = 10.0 ** RNG.uniform(-12, 0, count) * RNG.choice([-1.0, 1.0], count)
    return np.concatenate([RNG.uniform(low, high, count), tiny[(tiny > low) & (tiny < high)]])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], tuple[float, float]]] = {
    "exp": (np.exp, np.exp, (-85.0, 85.0)),
    "log": (np.log, np.log, (1e-30, 1e30)),
    "log near one": (np.log, np.log, (0.5, 2.0)),
    "tanh": (np.tanh, np.tanh, (-20.0, 20.0)),
    "sigmoid": (cr.special.expit, sigmoid, (-80.0, 40.0)),
    "log1p": (np.log1p, np.log1p, (-0.999, 1e6)),
    "expm1": (np.expm1, np.expm1, (-85.0, 85.0)),
    "exp2": (np.exp2, np.exp2, (-120.0, 120.0)),
    "log2": (np.log2, np.log2, (1e-30, 1e30)),
    "log2 near one": (np.log2, np.log2, (0.5, 2.0)),
}
WITHIN_TWO = ("log1p", "expm1", "log2")
OTHERS: dict[str, Callable[[Any], Any]] = (
    {
        name: getattr(np, name)
        for name in ("sin", "cos", "tan", "sinh", "cosh", "arctan", "log10", "arcsin", "arccos", "arctanh")
    }
    | {name: getattr(np, name) for name in ("arcsinh", "arccosh", "cbrt")}
    | {"erf": cr.special.erf}
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_is_at_most_one_ulp_or_two(name: str, dtype: type) -> None:
    traced, exact, interval = FUNCTIONS[name]
    x = spread(*interval).astype(dtype)
    x = x[x > 0] if name.split()[0] in ("log", "log2") else x
    wide = exact(x.astype(np.longdouble))
    error = np.abs(cr.compile(traced)(x) - wide) / np.spacing(np.abs(wide).astype(dtype))
    assert float(error.max()) <= (2.0 if name.split()[0] in WITHIN_TWO else 1.0)


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh", "sigmoid"])
def test_the_error_of_single_numbers_is_at_most_one_ulp(name: str) -> None:
    traced, exact, interval = FUNCTIONS[name]
    x = spread(*interval, count=1000).astype(np.float32)
    f = cr.compile(traced)
    found = np.array([f(number) for number in x])
    wide = exact(x.astype(np.longdouble))
    assert found.dtype == np.float32
    assert float(np.max(np.abs(found - wide) / np.spacing(np.abs(wide).astype(np.float32)))) <= 1.0


@pytest.mark.parametrize("name", ["exp", "expm1", "tanh", "sigmoid"])
@pytest.mark.parametrize("number", [0.0, 3e38, 1e-45, np.inf, np.nan, 88.8, 104.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_special_values_of_single_numbers(name: str, number: float, sign: float) -> None:
    traced, exact, _ = FUNCTIONS[name]
    x = np.float32(sign * number)
    with np.errstate(over="ignore"):
        found, wanted = cr.compile(traced)(x), np.float32(exact(np.longdouble(x)))
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-45)
    assert np.signbit(found) == np.signbit(wanted) or np.isnan(wanted)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log1p_is_within_two_ulp_at_all_sizes(dtype: type) -> None:
    limits, rng = np.finfo(dtype), np.random.default_rng(21)
    decades = np.log10(float(limits.smallest_subnormal)), np.log10(float(limits.max))
    sizes = np.concatenate([10.0 ** rng.uniform(*decades, 4000), 10.0 ** rng.uniform(-20, 20, 4000)])
    x = np.concatenate([sizes, -sizes[sizes < 1]]).astype(dtype)
    wide = np.log1p(x.astype(np.longdouble))
    assert (
        float(np.max(np.abs(cr.compile(np.log1p)(x) - wide) / np.spacing(np.abs(wide).astype(dtype)))) <= 2.0
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_exponentials_are_within_one_ulp_among_the_subnormal_numbers(dtype: type) -> None:
    least = -745.0 if dtype is np.float64 else -103.0
    x = np.random.default_rng(22).uniform(least, 0.93 * least, 4000).astype(dtype)
    for f in (np.exp, cr.special.expit):
        wide = np.exp(x.astype(np.longdouble))
        assert float(np.max(np.abs(cr.compile(f)(x) - wide) / np.spacing(wide.astype(dtype)))) <= 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_of_known_numbers_are_within_two_ulp(dtype: type) -> None:
    bases = [dtype(base) for base in (0.9, 0.999, 1 - 2.0**-24, 10.0, 1e-30)]
    powers = cr.compile(lambda x: [np.power(a, x / float(abs(np.log(a)))) for a in bases])
    most = 80.0 if dtype is np.float32 else 700.0
    y = np.random.default_rng(12).uniform(-most, most, 2000).astype(dtype)
    for a, found in zip(bases, powers(y), strict=True):
        wide = np.power(np.longdouble(a), (y / dtype(abs(np.log(a)))).astype(np.longdouble))
        assert float(np.max(np.abs(found - wide) / np.spacing(wide.astype(dtype)))) <= 2.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_of_known_numbers_are_within_two_ulp_next_to_the_largest_and_the_smallest(dtype: type) -> None:
    limits = np.finfo(dtype)
    bases = [dtype(base) for base in (0.1, 0.9, 3.0, 1e30)]
    powers = cr.compile(lambda x: [np.power(a, x) for a in bases])
    rng = np.random.default_rng(16)
    largest, smallest = np.log(float(limits.max)), np.log(float(limits.tiny))
    sizes = np.concatenate([largest - rng.uniform(0.001, 2, 500), smallest + rng.uniform(-4, 2, 500)])
    for i, a in enumerate(bases):
        x = (sizes / np.log(float(a))).astype(dtype)
        wide = np.power(np.longdouble(a), x.astype(np.longdouble))
        assert float(np.max(np.abs(powers(x)[i] - wide) / np.spacing(wide.astype(dtype)))) <= 2.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("base", [0.9, 0.999, 1 - 2.0**-16])
def test_a_power_to_one_whole_number_is_within_one_ulp(base: float, dtype: type) -> None:
    a = dtype(base)
    powers = cr.repeat(lambda carry, n: (np.power(a, n), carry))
    whole = np.concatenate([np.arange(9000), np.random.default_rng(13).integers(0, 2**21, 4000)])
    n = np.concatenate([whole, [2**21 - 1]]).astype(dtype)
    limits = np.finfo(dtype)
    least = 1000 * limits.tiny / limits.eps  # of smaller ones a loop loses last bits
    n = n[n * abs(np.log(base)) < -np.log(least)]
    found, _ = powers(np.zeros(1), n, np.zeros((len(n), 0), int))
    wide = np.power(np.longdouble(a), n.astype(np.longdouble))
    assert float(np.max(np.abs(found - wide) / np.spacing(wide.astype(dtype)))) <= 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_power_to_one_number_that_is_not_whole_or_beyond_the_tables_is_that_of_numpy(dtype: type) -> None:
    a = dtype(1 - 2.0**-17)
    power = cr.compile(lambda n: np.power(a, n))
    for n in (0.5, 4096.25, -1.0, -0.0, 2.0**21, 1e5 + 0.5, 1e30, -1e30, np.inf, -np.inf, np.nan):
        with np.errstate(all="ignore"):
            wanted = np.power(a, dtype(n))
        np.testing.assert_allclose(power(np.array(n, dtype)), wanted, rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_power_to_the_number_of_a_step_is_that_of_numpy(dtype: type) -> None:
    """Also to numbers that are negative, or beyond the tables."""
    a = dtype(1 - 2.0**-17)
    power = cr.compile(lambda n: np.power(a, n.astype(dtype)))
    for n in (0, 1, 127, 128, 129, 16384, 2**21 - 1, 2**21, 2**22, 2**40, -1, -130, -(2**40), 2**63 - 1):
        with np.errstate(all="ignore"):
            wanted = np.power(np.longdouble(a), np.longdouble(dtype(n))).astype(dtype)
        np.testing.assert_allclose(power(np.array(n)), wanted, rtol=2 * np.finfo(dtype).eps)


def test_a_power_to_one_whole_number_reaches_the_subnormal_numbers() -> None:
    power = cr.compile(lambda n: np.power(0.9, n))
    n = np.arange(6700.0, 7100.0, 3.0)
    np.testing.assert_allclose([power(np.array(k)) for k in n], 0.9**n, rtol=1e-15, atol=5e-324)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_of_special_values_are_those_of_numpy(dtype: type) -> None:
    bases = [dtype(base) for base in (0.9, 10.0, 0.0, 1.0, -2.0, np.inf, np.nan)]
    x = np.array([0.0, -0.0, 0.5, 3.0, -2.0, 1e9, -1e9, 1e38, np.inf, -np.inf, np.nan], dtype)
    found = cr.compile(lambda x: [np.power(a, x) for a in bases])(x)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(found, [np.power(a, x) for a in bases], rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_erf_is_within_two_ulp(dtype: type) -> None:
    whole = [RNG.uniform(-6.5, 6.5, 1500), 10.0 ** RNG.uniform(-300, 0, 200)]
    x = np.concatenate([*whole, RNG.uniform(0.2, 0.8, 600), RNG.uniform(0.9, 1.1, 200)])
    x = x.astype(dtype)
    assert greatest_error(cr.compile(cr.special.erf)(x), mpmath.erf, x) <= 2.0


def greatest_error(found: np.ndarray, exact: Callable[..., Any], *operands: np.ndarray) -> float:
    """Of a function's values, in units of the last place of the right ones."""
    errors = []
    with mpmath.workdps(60):
        for y, *given in zip(found, *operands, strict=True):
            wanted = exact(*map(mpmath.mpf, map(float, given)))
            unit = np.spacing(abs(found.dtype.type(float(wanted))))
            errors.append(abs(float(mpmath.mpf(float(y)) - wanted)) / float(unit))
    return max(errors)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("traced", "exact"), [(np.sin, mpmath.sin), (np.cos, mpmath.cos), (np.tan, mpmath.tan)]
)
def test_sine_cosine_and_tangent_are_within_one_ulp_also_near_their_zeros(
    traced: Any, exact: Any, dtype: type
) -> None:
    most = 2.0**30 if dtype is np.float64 else 2.0**15
    quarters = RNG.integers(1, int(most / 2), 200).astype(float)
    with mpmath.workdps(40):
        zeros = np.array([float(k * mpmath.pi / 2) for k in (1, 2, 3, 4, *map(int, quarters))]).astype(dtype)
    others = np.concatenate(
        [RNG.uniform(-4, 4, 600), RNG.uniform(-most, most, 400), 10.0 ** RNG.uniform(-30, 0, 200)]
    )
    x = np.concatenate([zeros, np.nextafter(zeros, dtype(0)), others.astype(dtype)])
    assert greatest_error(cr.compile(traced)(x), exact, x) <= 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_hyperbolic_functions_inverse_tangent_and_decimal_logarithm_are_within_two_ulp(dtype: type) -> None:
    most = 710.4 if dtype is np.float64 else 89.4
    tiny = 10.0 ** RNG.uniform(-35, 0, 100) * RNG.choice([-1.0, 1.0], 100)
    x = np.concatenate([RNG.uniform(-most, most, 100), RNG.uniform(-2, 2, 300), tiny]).astype(dtype)
    sinh, cosh = cr.compile(lambda x: (np.sinh(x), np.cosh(x)))(x)
    assert greatest_error(sinh, mpmath.sinh, x) <= 2.0
    assert greatest_error(cosh, mpmath.cosh, x) <= 2.0
    bounds = np.concatenate([np.full(20, np.sqrt(2) + s) * RNG.uniform(0.9, 1.1, 20) for s in (-1, 1)])
    x = np.concatenate([RNG.uniform(-4, 4, 300), tiny, 1 / tiny, bounds]).astype(dtype)
    assert greatest_error(cr.compile(np.arctan)(x), mpmath.atan, x) <= 2.0
    x = np.concatenate([np.abs(x), RNG.uniform(0.7, 1.4, 200)]).astype(dtype)
    assert greatest_error(cr.compile(np.log10)(x), mpmath.log10, x) <= 2.0
    n = np.arange(23.0 if dtype is np.float64 else 11.0)
    np.testing.assert_array_equal(cr.compile(np.log10)((10**n).astype(dtype)), n)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("traced", "exact"), [(np.arctan2, mpmath.atan2), (np.hypot, mpmath.hypot)])
def test_angles_and_lengths_are_within_two_ulp_and_those_of_numpy_where_special(
    traced: Any, exact: Any, dtype: type
) -> None:
    limits, compiled = np.finfo(dtype), cr.compile(traced)
    decades = 290 if dtype is np.float64 else 28
    x = 10.0 ** RNG.uniform(-decades, decades, 200) * RNG.choice([-1.0, 1.0], 200)
    near = x * np.concatenate([RNG.uniform(-2.5, 2.5, 100), 10.0 ** RNG.uniform(-8, 8, 100)])
    a, b = np.append(near, 10.0 ** RNG.uniform(-9, 9, 60)), np.append(x, 10.0 ** RNG.uniform(-9, 9, 60))
    a, b = a.astype(dtype), b.astype(dtype)
    assert greatest_error(compiled(a, b), exact, a, b) <= 2.0
    sizes = [0.0, 1.0, 3.0, 1e30, np.inf, limits.max, limits.tiny, limits.smallest_subnormal]
    special = np.array([*sizes, *[-size for size in sizes], np.nan], dtype)
    a, b = np.meshgrid(special, special)
    with np.errstate(all="ignore"):
        found, expected = compiled(a, b), traced(a, b)
    np.testing.assert_allclose(found, expected, rtol=2 * limits.eps)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[known]), np.signbit(expected[known]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_a_division_leaves_is_exact(dtype: type) -> None:
    limits = np.finfo(dtype)
    sizes = 10.0 ** RNG.uniform(-30, 30, 300)
    a = np.concatenate([sizes * RNG.uniform(0, 1e4, 300), sizes * 3, RNG.integers(0, 99, 300)]).astype(dtype)
    b = np.concatenate([sizes, sizes, RNG.integers(1, 9, 300) / 8]).astype(dtype)
    special = np.array([0, 1, 3, 5e9, np.inf, limits.max, limits.tiny, limits.smallest_subnormal], dtype)
    few = [values.ravel() for values in np.meshgrid(np.append(special, np.nan), np.append(special, np.nan))]
    a, b = (np.concatenate([values, more]) for values, more in zip((a, b), few, strict=True))
    functions = (np.fmod, np.remainder, np.floor_divide)
    compiled = cr.compile(lambda a, b: [f(a, b) for f in functions])
    for sign_a, sign_b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        with np.errstate(all="ignore"):
            wanted = [f(sign_a * a, sign_b * b) for f in functions]
        for found, expected in zip(compiled(sign_a * a, sign_b * b), wanted, strict=True):
            np.testing.assert_array_equal(found, expected)
            known = ~np.isnan(expected)
            np.testing.assert_array_equal(np.signbit(found[known]), np.signbit(expected[known]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sine_of_numbers_too_large_for_the_formula_is_that_of_the_c_library(dtype: type) -> None:
    x = np.array([0.5, 2.0**15, 2.0**30, 1e22, -1e30, 1.0, np.inf], dtype)  # side by side with small ones
    both = cr.compile(lambda x: (np.sin(x), np.cos(x)))
    sines, cosines = both(x)
    assert greatest_error(sines[:-1], mpmath.sin, x[:-1]) <= 1.0
    assert greatest_error(cosines[:-1], mpmath.cos, x[:-1]) <= 1.0
    assert np.isnan([sines[-1], cosines[-1]]).all()
    assert both(dtype(1e22))[0] == sines[3]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_of_numbers_are_within_one_ulp(dtype: type) -> None:
    most, decades = (708.0, 300) if dtype is np.float64 else (87.0, 36)
    wide, near = 10.0 ** RNG.uniform(-decades, decades, 300), 1 + RNG.uniform(-1e-3, 1e-3, 150)
    x = np.concatenate([wide, RNG.uniform(0.5, 2, 250), near[near != 1]]).astype(dtype)
    y = (RNG.uniform(-most, most, len(x)) / np.abs(np.log(x.astype(float)))).astype(dtype)
    power = cr.compile(lambda x, y: x**y)
    assert greatest_error(power(x, y), mpmath.power, x, y) <= 1.0
    x, y = -RNG.uniform(0.1, 30, 150).astype(dtype), RNG.integers(-20, 20, 150).astype(dtype)
    assert greatest_error(power(x, y), mpmath.power, x, y) <= 1.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_of_all_special_values_are_those_of_numpy(dtype: type) -> None:
    limits = np.finfo(dtype)
    sizes = [
        0.0,
        0.5,
        1.0,
        1.5,
        2.0,
        3.0,
        1e30,
        2.0**53 + 2,
        np.inf,
        limits.max,
        limits.tiny,
        limits.smallest_subnormal,
    ]
    values = np.array([*sizes, *[-size for size in sizes], np.nan, np.nextafter(dtype(1), dtype(2))], dtype)
    x, y = np.meshgrid(values, values)
    with np.errstate(all="ignore"):
        found, expected = cr.compile(lambda x, y: x**y)(x, y), x**y
    np.testing.assert_allclose(found, expected, rtol=2 * limits.eps)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_powers_to_known_whole_numbers_are_within_one_ulp(dtype: type) -> None:
    exponents, limits = (2, 3, 5, 7, 15, 64, -2, -3, -7, -64), np.finfo(dtype)
    powers = cr.compile(lambda x: [x**n for n in exponents])
    rng, most = np.random.default_rng(14), np.log2(limits.max) * 0.98
    sizes = 2.0 ** rng.uniform(-most, most, (len(exponents), 30))
    x = (sizes * rng.choice([-1.0, 1.0], sizes.shape)).astype(dtype)
    for n, row in zip(exponents, x, strict=True):
        row = np.copysign(np.abs(row) ** dtype(1 / abs(n)), row)
        found = powers(row)[exponents.index(n)]
        assert greatest_error(found, lambda x, n=n: x**n, row) <= 1.0
    special = np.array([0, 1, 1.5, 1e-30, 1e30, np.inf, limits.max, limits.tiny, limits.smallest_subnormal])
    special = np.concatenate([special, -special, [np.nan]]).astype(dtype)
    with np.errstate(all="ignore"):
        for n, found in zip(exponents, powers(special), strict=True):
            np.testing.assert_allclose(found, special**n, rtol=2 * limits.eps)
            np.testing.assert_array_equal(np.signbit(found[:-1]), np.signbit((special**n)[:-1]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [3, 7, -3])
def test_powers_next_to_the_smallest_numbers_are_within_one_ulp(n: int, dtype: type) -> None:
    """What is lost in a product that small would be below all numbers."""
    sizes = float(np.finfo(dtype).tiny) * 2.0 ** np.random.default_rng(15).uniform(0.5, 4, 3000)
    x = (sizes ** (1 / n)).astype(dtype)
    assert greatest_error(cr.compile(lambda x: x**n)(x), lambda x: x**n, x) <= 1.0


INVERSE = {
    "arcsin": (np.arcsin, mpmath.asin, 1.0),
    "arccos": (np.arccos, mpmath.acos, 1.0),
    "arctanh": (np.arctanh, mpmath.atanh, 1.0),
    "arcsinh": (np.arcsinh, mpmath.asinh, np.inf),
    "arccosh": (np.arccosh, mpmath.acosh, np.inf),
    "cbrt": (np.cbrt, lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)), np.inf),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", INVERSE)
def test_inverse_functions_and_cube_roots_are_within_two_ulp(name: str, dtype: type) -> None:
    """Over all sizes, next to the ends of intervals, and where the formulas change."""
    traced, exact, most = INVERSE[name]
    limits, rng = np.finfo(dtype), np.random.default_rng(17)
    decades = np.log10(float(limits.smallest_subnormal)), np.log10(float(limits.max))
    near_one = 1 - 10.0 ** rng.uniform(-16, 0, 200)
    wide = 10.0 ** rng.uniform(*decades, 300)
    x = np.concatenate(
        [rng.uniform(0, 1, 400), near_one, 2 - near_one, 10.0 ** rng.uniform(-3, 1, 300), wide]
    )
    x = x.astype(dtype)
    x = x[x >= 1] if name == "arccosh" else np.concatenate([x, -x])[np.abs(np.concatenate([x, x])) < most]
    assert greatest_error(cr.compile(traced)(x), exact, x) <= 2.0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_cube_roots_of_cubes_are_exact(dtype: type) -> None:
    n = np.arange(-200, 200).astype(dtype)
    np.testing.assert_array_equal(cr.compile(np.cbrt)(n**3), n)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", [*FUNCTIONS, *OTHERS])
def test_special_values(name: str, dtype: type) -> None:
    traced = OTHERS[name] if name in OTHERS else FUNCTIONS[name][0]
    limits = np.finfo(dtype)
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, limits.max, limits.min, limits.tiny, -1.0, 1.0], dtype)
    with np.errstate(all="ignore"):
        found, expected = cr.compile(traced)(x), traced(x)
    np.testing.assert_allclose(found, expected, rtol=4 * limits.eps)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[known]), np.signbit(expected[known]))


def test_exp_reaches_the_subnormal_numbers() -> None:
    x = np.linspace(-746, -705, 500)
    np.testing.assert_allclose(cr.compile(np.exp)(x), np.exp(x), rtol=1e-15, atol=5e-324)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log_takes_the_subnormal_numbers(dtype: type) -> None:
    limits = np.finfo(dtype)
    x = np.array([1, 2, 3, 1000, 2**20 + 1], dtype) * limits.smallest_subnormal
    assert (x > 0).all()
    assert (x < limits.tiny).all()
    np.testing.assert_allclose(cr.compile(np.log)(x), np.log(x), rtol=2 * limits.eps)


def test_signs_of_zero_are_kept() -> None:
    x = np.array([0.0, -0.0])
    np.testing.assert_array_equal(np.signbit(cr.compile(np.tanh)(x)), [False, True])
