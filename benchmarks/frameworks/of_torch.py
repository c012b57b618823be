"""PyTorch: tensors, modules, functions of one's own."""

from __future__ import annotations

from typing import Any

import torch  # type: ignore[import-not-found]

from .case import Case


class Product(torch.autograd.Function):  # type: ignore[misc]
    """sin(x·w), differentiated by hand."""

    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return (x * w).sin()

    @staticmethod
    def backward(ctx: Any, p: Any) -> Any:
        x, w = ctx.saved_tensors
        return p * (x * w).cos() * w, p * (x * w).cos() * x


class Forgotten(Product):
    """The same without the factor w in the first derivative."""

    @staticmethod
    def backward(ctx: Any, p: Any) -> Any:
        x, w = ctx.saved_tensors
        return p * (x * w).cos(), p * (x * w).cos() * x


class SlightlyOff(Product):
    """The same with one derivative too large by a thousandth, which `torch.autograd.gradcheck` lets pass."""

    @staticmethod
    def backward(ctx: Any, p: Any) -> Any:
        x, w = ctx.saved_tensors
        return p * (x * w).cos() * w, p * (x * w).cos() * x * 1.001


class StraightThrough(torch.autograd.Function):  # type: ignore[misc]
    """Rounding, with the derivative of the identity."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.round()

    @staticmethod
    def backward(ctx: Any, p: Any) -> Any:
        return p


def _writes(x: Any) -> Any:
    return x.mul_(2).sin().sum()


def cases(seed: int) -> list[Case]:
    """The checks, at points drawn from a seed."""
    draw = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Any:
        return torch.randn(shape, generator=draw, dtype=torch.float64)

    x, w, X, W = normal(3), normal(3), normal(4, 3), normal(2, 3)
    torch.manual_seed(seed)
    net = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2)).double()
    parameters = dict(net.named_parameters())
    labels = torch.tensor([0, 1, 1, 0])

    def loss(parameters: Any, X: Any, labels: Any) -> Any:
        outputs = torch.func.functional_call(net, parameters, (X,))
        return torch.nn.functional.cross_entropy(outputs, labels)

    return [
        Case("a function of tensors", lambda X, W: torch.tanh(X @ W.T).pow(2).mean(), (X, W), "PASS"),
        Case("by keyword", lambda X, W: (X @ W.T).sum(), {"X": X, "W": W}, "PASS"),
        Case("a module", net, X, "PASS"),
        Case("the parameters of a module", loss, (parameters, X, labels), "PASS", "p"),
        Case("autograd.Function", Product, (x, w), "PASS"),
        Case("its apply", Product.apply, (x, w), "PASS"),
        Case("a factor forgotten", Forgotten, (x, w), "FAIL", "in x"),
        Case("too large by a thousandth", SlightlyOff, (x, w), "FAIL", "1.001"),
        Case("a straight-through derivative", lambda x: StraightThrough.apply(x).sum(), x, "FAIL"),
        Case("detached", lambda x: (x.detach() ** 2).sum() + x.sum(), x, "FAIL"),
        Case("wholly detached", lambda x: (x.detach() ** 2).sum(), x, "FAIL"),
        Case("a gradient by hand", lambda x: (x**2).sum(), x, "PASS", options={"grad": lambda x: 2 * x}),
        Case("a wrong one by hand", lambda x: (x**2).sum(), x, "FAIL", options={"grad": lambda x: x}),
        Case(
            "ReLU at 0",
            lambda x: torch.relu(x).sum(),
            torch.zeros(2, dtype=torch.float64),
            "UNDECIDED",
            "kink",
        ),
        Case("float32", lambda x: torch.sin(x).sum(), x.float(), "PASS"),
        Case("float32 inside", lambda x: torch.sin(x.float()).double().sum(), x, "PASS", "float32"),
        Case("dropout", torch.nn.Dropout(0.5), X, "UNDECIDED", "PyTorch's global random state"),
        Case("writes to its argument", _writes, x, "PASS", "writes to its argument"),
        Case("no entries", lambda x: x.sum(), torch.zeros(0, dtype=torch.float64), "UNDECIDED", "no entries"),
    ]
