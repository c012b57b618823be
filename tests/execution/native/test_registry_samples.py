"""Native code equals the reference on every sample of every primitive."""

import numpy as np
import pytest

import chainrule  # noqa: F401 - registers the primitives
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
