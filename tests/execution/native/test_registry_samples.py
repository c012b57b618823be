"""Native code equals the reference on every sample of every primitive."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution import compile_reference
from chainrule.execution.native import compile_native
from chainrule.graph import Graph, Sample, all_primitives, build, input_node, type_of

RTOL = {"float64": 1e-12, "float32": 1e-5}


def samples(name: str) -> list[Sample]:
    (record,) = [p for p in all_primitives() if p.name == name]
    return list(record.samples(np.random.default_rng(5)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [p.name for p in all_primitives() if p.lower.kind != "literal"])
def test_native_equals_reference(name: str, dtype: str) -> None:
    for sample in samples(name):
        arrays = [a.astype(dtype) if a.dtype.kind == "f" else a for a in sample.arrays]
        inputs = tuple(input_node(type_of(a), f"x{i}") for i, a in enumerate(arrays))
        graph = Graph(inputs, (build(name, *inputs, **sample.params),))
        (native,), (reference,) = compile_native(graph)(*arrays), compile_reference(graph)(*arrays)
        assert np.shape(native) == np.shape(reference)
        assert native.dtype == reference.dtype
        np.testing.assert_allclose(native, reference, rtol=RTOL[dtype], atol=RTOL[dtype] / 10)


@pytest.mark.parametrize("single", [0, 1])
@pytest.mark.parametrize("name", ["einsum", "absorbing_einsum", "multiply", "where", "convolve", "solve"])
def test_native_equals_reference_where_one_operand_is_of_single_precision(name: str, single: int) -> None:
    for sample in samples(name):
        arrays = [a.astype(np.float32) if i == single else a for i, a in enumerate(sample.arrays)]
        inputs = tuple(input_node(type_of(a), f"x{i}") for i, a in enumerate(arrays))
        graph = Graph(inputs, (build(name, *inputs, **sample.params),))
        (native,), (reference,) = compile_native(graph)(*arrays), compile_reference(graph)(*arrays)
        assert native.dtype == reference.dtype == graph.outputs[0].dtype
        np.testing.assert_allclose(native, reference, rtol=1e-12, atol=1e-13)


def test_a_hessian_of_single_precision_through_weights_of_double_precision() -> None:
    x, W = np.linspace(-1, 1, 8, dtype=np.float32), np.sin(np.arange(40.0)).reshape(5, 8)
    t = np.tanh(W @ x)
    by_hand = W.T @ np.diag(2 * (1 - t**2) * (1 - 3 * t**2)) @ W  # of Σ tanh²
    hessian = cr.hessian(lambda x: np.sum(np.tanh(W @ x) ** 2), compile="native")(x)
    np.testing.assert_allclose(hessian, by_hand, rtol=1e-5, atol=1e-6)
