"""What holds for every primitive, read off the registry: types, adjoints, differences, batches, patterns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from chainrule.calculus.forward import push
from chainrule.errors import GraphError
from chainrule.graph import Lowering, Primitive, all_primitives, constant, primitive, register

from ..numerics import numerical_jacobian
from .cases import Case, cases

LOWERINGS = {"scalar", "view", "reduce", "scan", "gather", "product", "routine", "literal", "reference"}

every_primitive = pytest.mark.parametrize("record", all_primitives(), ids=lambda record: record.name)


def operands(record: Primitive) -> Iterator[tuple[Case, int]]:
    """Every sample with every operand by which it has a derivative."""
    for case in cases(record):
        for i in case.differentiable():
            yield case, i


@every_primitive
def test_a_record_is_complete(record: Primitive) -> None:
    for field in dataclasses.fields(Primitive):
        if field.name != "promote":
            assert getattr(record, field.name) is not None
    assert record is primitive(record.name)
    assert record.lower.kind in LOWERINGS
    assert record.elementwise == (record.lower.kind == "scalar" and record.name != "astype")
    assert record.name == "input" or record.samples(np.random.default_rng(0))


def test_a_record_with_a_part_missing_cannot_be_made() -> None:
    whole = {field.name: getattr(primitive("exp"), field.name) for field in dataclasses.fields(Primitive)}
    for missing in whole:
        if missing not in ("promote", "helpers"):
            with pytest.raises(TypeError, match=missing):
                Primitive(**{name: part for name, part in whole.items() if name != missing})


def test_a_name_is_given_once() -> None:
    with pytest.raises(GraphError, match="'exp' exists"):
        register(dataclasses.replace(primitive("exp"), lower=Lowering("reference")))
    assert primitive("exp").lower == Lowering("scalar", "exp")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(GraphError, match=r"'expp'(.|\n)*exp, exp2"):
        primitive("expp")


def test_an_input_has_no_value_of_its_own() -> None:
    with pytest.raises(LookupError, match="'x'"):
        primitive("input").evaluate(type=None, label="x")


@every_primitive
def test_the_type_rule_tells_shape_and_dtype(record: Primitive) -> None:
    for case in cases(record):
        result = case.value(case.node)
        assert (result.shape, result.dtype) == (case.node.shape, case.node.dtype), str(case)


@every_primitive
def test_float32_stays_float32(record: Primitive) -> None:
    for wide in cases(record):
        params = {key: np.dtype("float32") if key == "dtype" else value for key, value in wide.params.items()}
        arrays = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in wide.arrays]
        case = Case(record, tuple(arrays), params)
        result = case.value(case.node)
        assert result.dtype == case.node.dtype, str(case)
        if wide.node.dtype == np.float64 and arrays:
            assert result.dtype == np.float32, str(case)
        for i in case.differentiable() if case.node.type.is_float else ():
            p = np.ones(case.node.shape, np.float32)
            v = np.ones(case.arrays[i].shape, np.float32)
            for narrow, exact in (
                (case.jacobian(i).pull(constant(p)), wide.jacobian(i).pull(constant(p.astype(float)))),
                (case.jacobian(i).push(constant(v)), wide.jacobian(i).push(constant(v.astype(float)))),
            ):
                assert narrow.dtype == case.value(narrow).dtype == np.float32, str(case)
                np.testing.assert_allclose(
                    case.value(narrow), wide.value(exact), 1e-4, 1e-4, err_msg=str(case)
                )


@every_primitive
def test_the_result_does_not_depend_on_the_memory_layout(record: Primitive) -> None:
    for case in cases(record):
        spread = case.direct(*[_spread(array) for array in case.arrays]) if case.arrays else case.direct()
        np.testing.assert_array_max_ulp(
            np.asarray(spread, float), np.asarray(case.value(case.node), float), maxulp=8
        )


@every_primitive
def test_the_inputs_are_not_changed(record: Primitive) -> None:
    for case in cases(record) if record.name != "constant" else ():
        copies = [array.copy() for array in case.arrays]
        for array in copies:
            array.setflags(write=False)
        case.direct(*copies)
        for array, copy in zip(case.arrays, copies, strict=True):
            np.testing.assert_array_equal(array, copy, str(case))


@every_primitive
def test_push_and_pull_are_adjoint(record: Primitive) -> None:
    rng = np.random.default_rng(1)
    for case, i in operands(record):
        v, p = rng.normal(size=case.arrays[i].shape), rng.normal(size=case.node.shape)
        pushed = case.value(case.jacobian(i).push(constant(v)))
        pulled = case.value(case.jacobian(i).pull(constant(p)))
        np.testing.assert_allclose(np.vdot(p, pushed), np.vdot(pulled, v), 1e-12, 1e-13, err_msg=str(case))


@every_primitive
def test_the_matrix_is_that_of_differences(record: Primitive) -> None:
    for case, i in operands(record):
        numerical = numerical_jacobian(partial(case.direct_at, i), case.arrays[i])
        np.testing.assert_allclose(case.matrix(i), numerical, 1e-9, 1e-10, err_msg=f"{case} by {i}")


@every_primitive
def test_the_transpose_has_the_transposed_matrix(record: Primitive) -> None:
    for case, i in operands(record):
        transposed = case.value(case.jacobian(i).T.matrix())
        np.testing.assert_allclose(transposed, case.matrix(i).T, 1e-13, 1e-14, err_msg=f"{case} by {i}")


@every_primitive
@pytest.mark.parametrize("batch", [(3,), (2, 3), (0,)], ids=str)
def test_leading_batch_axes_are_independent_products(record: Primitive, batch: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    for case, i in operands(record):
        jacobian, inside, outside = case.jacobian(i), case.arrays[i].shape, case.node.shape
        for multiply, shape, result in ((jacobian.push, inside, outside), (jacobian.pull, outside, inside)):
            vectors = rng.normal(size=(*batch, *shape))
            together = case.value(multiply(constant(vectors)))
            assert together.shape == (*batch, *result), str(case)
            for index in np.ndindex(batch):
                alone = case.value(multiply(constant(vectors[index])))
                np.testing.assert_allclose(together[index], alone, 1e-13, 1e-14, err_msg=f"{case} by {i}")


@every_primitive
def test_the_pattern_covers_every_non_zero(record: Primitive) -> None:
    for case, i in operands(record):
        matrix, pattern = case.matrix(i), case.jacobian(i).pattern()
        assert pattern.shape == matrix.shape, str(case)
        assert pattern.dtype == bool
        assert not np.any(matrix[~pattern.toarray()]), str(case)


@every_primitive
def test_second_derivatives_are_differences_of_first_ones(record: Primitive) -> None:
    rng = np.random.default_rng(3)
    for case, i in operands(record):
        gradient = case.jacobian(i).pull(constant(rng.normal(size=case.node.shape)))
        for j in case.differentiable():
            x = case.arrays[j]
            basis = constant(np.eye(x.size).reshape(x.size, *x.shape))
            columns = push([gradient], {case.operands[j]: basis}).get(gradient)
            numerical = numerical_jacobian(partial(case.value_at, gradient, j), x)
            second = 0.0 if columns is None else case.value(columns).reshape(numerical.shape[::-1]).T
            np.testing.assert_allclose(
                np.broadcast_to(second, numerical.shape), numerical, 1e-8, 1e-9, err_msg=f"{case} by {i}, {j}"
            )


@every_primitive
def test_every_node_and_every_map_has_a_printed_form(record: Primitive) -> None:
    for case in cases(record):
        labels = [f"x{i}" for i in range(len(case.arrays))]
        text = record.expression(labels, case.params)
        assert all(label in text for label in labels), text
        assert "{" not in text
        assert "\n" not in text
    for case, i in operands(record):
        shown = str(case.jacobian(i))
        assert shown
        assert "\n" not in shown


def _spread(array: np.ndarray) -> np.ndarray:
    """The same elements, every other one of a larger array, backwards along the first axis."""
    if not array.ndim:
        return array
    room = np.empty([2 * n for n in array.shape], array.dtype)
    spread = room[tuple(slice(None, None, 2) for _ in array.shape)][::-1]
    spread[...] = array
    return spread
