"""PyTorch: tensors, modules and ``torch.autograd.Function``."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DtypeError
from .framework import Tensors


class Torch:
    """The module ``torch``, which the user has imported."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def made(self, function: Any) -> bool:
        functions = self._torch.autograd.Function
        return isinstance(function, self._torch.nn.Module) or (
            isinstance(function, type) and issubclass(function, functions)
        )

    def owns(self, leaf: Any) -> bool:
        return isinstance(leaf, self._torch.Tensor)

    def array(self, tensor: Any) -> NDArray[Any] | None:
        if tensor.layout is not self._torch.strided or tensor.dtype is self._torch.bfloat16:
            raise DtypeError(
                f"a tensor of {tensor.dtype}, {tensor.layout}",
                expected="a dense one of float16, 32 or 64",
                instead="x.double()",
            )
        return np.asarray(tensor.detach().resolve_conj().resolve_neg().cpu().numpy())

    def tensor(self, array: NDArray[Any], like: Any) -> Any:
        # The memory is shared, so that what f writes to a tensor is seen to be written.
        shared = self._torch.from_numpy(np.asarray(array if array.flags.writeable else array.copy()))
        return shared.to(getattr(like, "device", "cpu"))

    def plain(self, function: Any) -> tuple[Callable[..., Any], Signature | None]:
        functions = self._torch.autograd.Function
        if isinstance(function, type) and issubclass(function, functions):
            function = getattr(function, "apply")  # noqa: B009 (made by PyTorch at run time)
        if isinstance(function, self._torch.nn.Module):
            return function, signature(function.forward)
        owner = getattr(function, "__self__", None)
        if isinstance(owner, type) and issubclass(owner, functions):
            return function, _without_context(owner)
        return function, None

    def jacobians(self, function: Callable[[Tensors], Tensors], at: Tensors) -> list[NDArray[Any]]:
        torch = self._torch
        inputs = [tensor.clone().requires_grad_(True) for tensor in at]
        outputs = function([leaf.clone() for leaf in inputs])  # a leaf itself may not be written to
        numbers = [number for output in outputs for number in torch.as_tensor(output).reshape(-1)]
        rows = [self._row(number, inputs) for number in numbers]
        return [
            np.array([row[i] for row in rows]).reshape(len(rows), tensor.numel())
            for i, tensor in enumerate(inputs)
        ]

    def _row(self, number: Any, inputs: list[Any]) -> list[NDArray[Any]]:
        """The gradient of one number; zeros where PyTorch sees no path to an input."""
        grads: Any = [None] * len(inputs)
        if number.requires_grad:
            grads = self._torch.autograd.grad(number, inputs, retain_graph=True, allow_unused=True)
        zeros = self._torch.zeros_like
        pairs = zip(grads, inputs, strict=True)
        return [(zeros(x) if g is None else g).detach().to_dense().cpu().numpy().ravel() for g, x in pairs]


def _without_context(function: Any) -> Signature:
    """The arguments of ``apply``: those of ``forward``, less the context where that comes first."""
    parameters = list(signature(function.forward).parameters.values())
    has_context = "setup_context" not in vars(function)
    positional = [
        p.replace(kind=Parameter.POSITIONAL_ONLY) if p.kind is p.POSITIONAL_OR_KEYWORD else p
        for p in parameters
    ]
    return Signature(positional[1 if has_context else 0 :])
