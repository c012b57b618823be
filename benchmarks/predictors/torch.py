"""PyTorch: a module in inference mode, and the same frozen by TorchScript; the row is already a tensor's."""

from __future__ import annotations

from typing import Any

import torch  # type: ignore[import-not-found]
from torch import nn

from ..networks import Array, Training
from ..prediction import Predict


def eager(problem: Training) -> Predict:
    """The module's call on the row as a tensor."""
    return _on_tensors(_module(problem))


def frozen(problem: Training) -> Predict:
    """The module traced and frozen, after the calls in which it optimises itself."""
    example = torch.from_numpy(problem.X[0])
    module = torch.jit.freeze(torch.jit.trace(_module(problem), example))
    with torch.inference_mode():
        for _ in range(10):
            module(example)
    return _on_tensors(module)


def _on_tensors(module: Any) -> Predict:
    def call(x: Array) -> Any:
        with torch.inference_mode():
            return module(torch.from_numpy(x))

    return call


def _module(problem: Training) -> Any:
    layers: list[Any] = []
    for inputs, outputs, W, b in zip(
        problem.sizes[:-1], problem.sizes[1:], problem.parameters[::2], problem.parameters[1::2], strict=True
    ):
        linear = nn.Linear(inputs, outputs)
        linear.load_state_dict({"weight": torch.from_numpy(W), "bias": torch.from_numpy(b)})
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1]).to(getattr(torch, problem.dtype)).eval()
