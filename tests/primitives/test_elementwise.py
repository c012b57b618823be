"""Element-wise primitives at random shapes: broadcasting, axes of length 0 and 1, dtypes, NumPy's results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from chainrule.calculus.reverse import pull
from chainrule.errors import DtypeError, ShapeError
from chainrule.execution import evaluate
from chainrule.graph import Primitive, all_primitives, build, constant, input_node, op, primitive, type_of
from chainrule.primitives.records import flat

from ..numerics import numerical_jacobian
from .cases import INTEGER_OPERANDS, cases

ELEMENTWISE = [record for record in all_primitives() if record.elementwise]
REAL = [record for record in ELEMENTWISE if cases(record)[0].arrays[0].dtype.kind == "f"]
SMOOTH = [record for record in REAL if record.jacobian is not flat]
OFFSET, SHIFT = 0.015, 0.03  # further apart than the steps of differences

every_operation = pytest.mark.parametrize("record", ELEMENTWISE, ids=lambda record: record.name)
every_real_operation = pytest.mark.parametrize("record", REAL, ids=lambda record: record.name)
every_smooth_operation = pytest.mark.parametrize("record", SMOOTH, ids=lambda record: record.name)


@st.composite
def broadcast_operands(draw: st.DrawFn, record: Primitive) -> list[np.ndarray]:
    """Arrays of shapes that broadcast together, their elements drawn from the primitive's own samples."""
    samples = [case.arrays for case in cases(record)]
    pool = [np.concatenate([a.ravel() for a in part]) for part in zip(*samples, strict=True)]
    shapes = mutually_broadcastable_shapes(num_shapes=len(pool), max_dims=3, min_side=0, max_side=3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return [rng.choice(values, shape) for values, shape in zip(pool, draw(shapes).input_shapes, strict=True)]


@every_operation
@settings(max_examples=10)
@given(data=st.data())
def test_broadcast_operations_give_what_numpy_gives(record: Primitive, data: Any) -> None:
    arrays = data.draw(broadcast_operands(record))
    node = build(record.name, *map(constant, arrays))
    expected = record.evaluate(*arrays)
    (result,) = evaluate([node], {})
    assert (np.shape(result), np.asarray(result).dtype) == (node.shape, node.dtype)
    np.testing.assert_array_equal(result, expected)


@every_smooth_operation
@settings(max_examples=5)
@given(data=st.data())
def test_broadcast_operations_have_the_derivatives_of_differences(record: Primitive, data: Any) -> None:
    arrays = [
        array if (record.name, i) in INTEGER_OPERANDS else _off_the_kinks(array, i)
        for i, array in enumerate(data.draw(broadcast_operands(record)))
    ]
    inputs = [input_node(type_of(array), f"x{i}") for i, array in enumerate(arrays)]
    y = build(record.name, *inputs)
    p = np.random.default_rng(0).normal(size=y.shape)
    cotangents = pull({y: constant(p)}, inputs)
    for i, (x, array) in enumerate(zip(inputs, arrays, strict=True)):
        if (record.name, i) in INTEGER_OPERANDS:
            continue

        def total(moved: np.ndarray, i: int = i) -> Any:
            known = dict(zip(inputs, [*arrays[:i], moved, *arrays[i + 1 :]], strict=True))
            return np.sum(p * evaluate([y], known)[0])

        gradient = np.zeros(x.shape)
        if x in cotangents:
            (gradient,) = evaluate([cotangents[x]], dict(zip(inputs, arrays, strict=True)))
        assert np.shape(gradient) == x.shape
        np.testing.assert_allclose(gradient, numerical_jacobian(total, array).reshape(x.shape), 1e-8, 1e-9)


@every_real_operation
def test_python_numbers_are_weak(record: Primitive) -> None:
    """As in NumPy, a Python number takes the dtype of the array beside it."""
    narrow = [array.astype(np.float32) for array in cases(record)[1].arrays]
    expected = build(record.name, *map(constant, narrow)).dtype
    for i in range(1, len(narrow)):
        operands = [0.75 if j == i else constant(array) for j, array in enumerate(narrow)]
        assert build(record.name, *operands).dtype == expected


@pytest.mark.parametrize("name", ["add", "multiply", "divide", "power", "maximum", "where", "logaddexp"])
@pytest.mark.parametrize("first", ["bool", "int8", "int64", "float16", "float32", "float64"])
@pytest.mark.parametrize("second", ["int8", "int64", "float32", "float64"])
def test_mixed_dtypes_are_cast_as_numpy_casts_them(name: str, first: str, second: str) -> None:
    a, b = np.ones(3, first), np.ones(3, second)
    operands = (np.array([True, False, True]), a, b) if name == "where" else (a, b)
    (result,) = evaluate([build(name, *map(constant, operands))], {})
    expected = getattr(np, name)(*operands)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("function", ["expit", "logit", "erf", "gammaln", "digamma"])
@pytest.mark.parametrize(
    ("given_dtype", "expected"),
    [("int64", "float64"), ("bool", "float64"), ("float16", "float32"), ("float32", "float32")],
)
def test_special_functions_are_computed_in_float32_or_float64(
    function: str, given_dtype: str, expected: str
) -> None:
    node = build(function, constant(np.ones(3, given_dtype)))
    assert node.dtype == expected
    assert evaluate([node], {})[0].dtype == expected


def test_special_functions_of_two_operands_take_the_wider_dtype() -> None:
    order, x = np.ones(2), np.ones(2, np.float32)
    assert op.polygamma(constant(order), constant(x)).dtype == np.float64
    assert op.polygamma(constant(order.astype(np.float32)), constant(x)).dtype == np.float32
    assert op.polygamma(1.0, constant(x)).dtype == np.float32


def test_a_dtype_that_is_not_real_is_refused() -> None:
    with pytest.raises(DtypeError, match="real"):
        op.exp(constant(np.array(["a"])))
    with pytest.raises(DtypeError, match=str(np.dtype(np.longdouble))):
        op.gammaln(constant(np.ones(2, np.longdouble)))


def test_shapes_that_do_not_broadcast_are_named() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        op.add(constant(np.ones(2)), constant(np.ones(3)))
    with pytest.raises(ShapeError, match="add of shapes"):
        primitive("add").type_rule(type_of(np.ones(2)), type_of(np.ones(3)))


def _off_the_kinks(array: np.ndarray, i: int) -> np.ndarray:
    """Values at which no operand is near another one, near 0 or near a whole number."""
    return np.round(array, 1) + OFFSET + SHIFT * i
