"""ONNX Runtime on one thread, the quickest for a row; its model is made of Gemm and Relu nodes."""

from __future__ import annotations

import numpy as np
import onnxruntime  # type: ignore[import-not-found]
from onnx import ModelProto, helper, numpy_helper  # type: ignore[import-not-found]

from ..networks import Array, Training
from ..prediction import Predict


def predict(problem: Training) -> Predict:
    """A session's ``run`` on a row."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = _model(problem).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def call(x: Array) -> Array:
        output: Array = session.run(None, {"h0": x[None]})[0]
        return output

    return call


def _model(problem: Training) -> ModelProto:
    weights = []
    nodes = []
    for k in range(problem.layers):
        names = [f"W{k}", f"b{k}"]
        arrays = problem.parameters[2 * k : 2 * k + 2]
        weights += [numpy_helper.from_array(array, name) for array, name in zip(arrays, names, strict=True)]
        nodes.append(helper.make_node("Gemm", [f"h{k}", *names], [f"z{k}"], transB=1))
        if k < problem.layers - 1:
            nodes.append(helper.make_node("Relu", [f"z{k}"], [f"h{k + 1}"]))
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(problem.dtype))
    row = helper.make_tensor_value_info("h0", kind, [1, problem.sizes[0]])
    output = helper.make_tensor_value_info(f"z{problem.layers - 1}", kind, [1, problem.sizes[-1]])
    graph = helper.make_graph(nodes, "network", [row], [output], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
