"""The check beside its peers: the same functions, points and mistakes, each by its usual call."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.verification import Verdict

from .curves import CURVES
from .networks import network

Scalar = Callable[[Any], Any]

FOUND, PASSED, UNDECIDED, FAILED_TO_RUN = "wrong", "right", "undecided", "error"


@dataclass(frozen=True, slots=True)
class Trial:
    """A scalar function of a vector, the gradient given for it, and where that is wrong, if it is."""

    f: Scalar
    df: Scalar
    at: Any
    wrong_entry: int | None = None


Judge = Callable[[Trial], tuple[str, int | None]]
"""The verdict, and the entry that is named."""


def ours(trial: Trial) -> tuple[str, int | None]:
    report = cr.check(trial.f, trial.df, at=(trial.at,))
    told = {Verdict.FAIL: FOUND, Verdict.PASS: PASSED, Verdict.UNDECIDED: UNDECIDED}[report.verdict]
    worst = report.worst
    return told, worst.index[0] if told == FOUND and worst is not None and worst.index else None


def by_torch(trial: Trial, fast: bool) -> tuple[str, int | None]:
    torch = importlib.import_module("torch")

    class Wrapped(torch.autograd.Function):  # type: ignore[name-defined,misc,unused-ignore]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return torch.tensor(float(trial.f(x.detach().numpy())), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, p: Any) -> Any:
            return p * torch.from_numpy(np.asarray(trial.df(ctx.saved_tensors[0].numpy()), float))

    x = torch.tensor(trial.at, dtype=torch.float64, requires_grad=True)
    right = torch.autograd.gradcheck(Wrapped.apply, (x,), raise_exception=False, fast_mode=fast)
    return PASSED if right else FOUND, None


def by_jax(trial: Trial) -> tuple[str, int | None]:
    jax, test_util = importlib.import_module("jax"), importlib.import_module("jax.test_util")
    jax.config.update("jax_enable_x64", True)
    scalar = jax.ShapeDtypeStruct((), np.float64)
    like = jax.ShapeDtypeStruct(np.shape(trial.at), np.float64)

    @jax.custom_vjp  # type: ignore[untyped-decorator,unused-ignore]
    def wrapped(x: Any) -> Any:
        return jax.pure_callback(lambda x: np.float64(trial.f(np.asarray(x))), scalar, x)

    def backward(x: Any, p: Any) -> tuple[Any]:
        gradient = jax.pure_callback(lambda x: np.asarray(trial.df(np.asarray(x)), np.float64), like, x)
        return (p * gradient,)

    wrapped.defvjp(lambda x: (wrapped(x), x), backward)
    return _asserted(lambda: test_util.check_grads(wrapped, (trial.at,), order=1, modes=("rev",)))


def by_autograd(trial: Trial) -> tuple[str, int | None]:
    extend, test_util = (
        importlib.import_module("autograd.extend"),
        importlib.import_module("autograd.test_util"),
    )
    wrapped = extend.primitive(lambda x: float(trial.f(x)))
    extend.defvjp(wrapped, lambda value, x: lambda p: p * trial.df(x))
    return _asserted(lambda: test_util.check_grads(wrapped, modes=["rev"], order=1)(trial.at))


def by_scipy(trial: Trial) -> tuple[str, int | None]:
    from scipy.optimize import check_grad

    error = check_grad(lambda x: float(trial.f(x)), trial.df, trial.at)
    return PASSED if error < 1e-6 else FOUND, None


JUDGES: dict[str, Judge] = {
    "Chainrule": ours,
    "torch gradcheck": partial(by_torch, fast=False),
    "torch, fast_mode": partial(by_torch, fast=True),
    "jax check_grads": by_jax,
    "autograd check_grads": by_autograd,
    "scipy check_grad < 1e-6": by_scipy,
}


def compared(seed: int, trials: int) -> dict[str, Any]:
    """A row for each kind of trial: who finds a mistake (and says where), who cries wolf."""
    rows = []
    for title, draw in KINDS.items():
        rng = np.random.default_rng(seed)
        drawn = [draw(rng) for _ in range(trials)]
        rows.append([title, *(_cell(judge, drawn) for judge in JUDGES.values())])
    return {"columns": ["", *JUDGES], "rows": rows}


def _cell(judge: Judge, drawn: list[Trial]) -> str:
    outcomes = [_outcome(judge, trial) for trial in drawn]
    told = [verdict for verdict, _ in outcomes]
    named = sum(
        entry == trial.wrong_entry is not None for (_, entry), trial in zip(outcomes, drawn, strict=True)
    )
    counts = ", ".join(f"{verdict} {told.count(verdict)}" for verdict in dict.fromkeys(told))
    return f"{counts}; entry named {named}" if named else counts


def _outcome(judge: Judge, trial: Trial) -> tuple[str, int | None]:
    try:
        with np.errstate(all="ignore"):
            return judge(trial)
    except Exception as error:  # noqa: BLE001 (whatever a peer raises is its answer)
        return f"{FAILED_TO_RUN} {type(error).__name__}", None


def _asserted(call: Callable[[], Any]) -> tuple[str, int | None]:
    try:
        call()
    except AssertionError:
        return FOUND, None
    return PASSED, None


def _sine(factor: float, size: float = 1.0) -> Callable[[np.random.Generator], Trial]:
    def draw(rng: np.random.Generator) -> Trial:
        x = rng.normal(size=5)
        return Trial(lambda x: size * np.sum(np.sin(x)), lambda x: factor * size * np.cos(x), x)

    return draw


def _curve(rng: np.random.Generator) -> Trial:
    curve = CURVES[rng.integers(len(CURVES))]
    x = np.array([curve.point(rng)])
    return Trial(lambda x: curve.f(float(x[0])), lambda x: np.array([curve.df(float(x[0]))]), x)


def _relu(distance: float) -> Callable[[np.random.Generator], Trial]:
    def draw(rng: np.random.Generator) -> Trial:
        x = rng.normal(size=5)
        x[2] = distance * rng.choice([-1.0, 1.0])
        return Trial(lambda x: np.sum(np.maximum(x, 0)), lambda x: (x > 0).astype(float), x)

    return draw


def _at(f: Scalar, df: Scalar, x: float) -> Callable[[np.random.Generator], Trial]:
    return lambda rng: Trial(lambda x: np.sum(f(x)), df, x * rng.uniform(0.5, 2, 1))


def _one_wrong(error: float) -> Callable[[np.random.Generator], Trial]:
    def draw(rng: np.random.Generator) -> Trial:
        net = network((30, 40, 3), 16, "tanh", rng)
        place, others = int(rng.integers(1200)), {key: net.at[key] for key in ("b1", "W2", "b2", "X", "Y")}

        def gradient(x: Any) -> Any:
            found = net.gradients(W1=x.reshape(40, 30), **others)["W1"].ravel()
            found[place] += error
            return found

        return Trial(
            lambda x: net.loss(x.reshape(40, 30), **others),
            gradient,
            net.at["W1"].ravel(),
            place if error else None,
        )

    return draw


KINDS: dict[str, Callable[[np.random.Generator], Trial]] = {
    "right: smooth functions": _curve,
    "right: ReLU at 0": _relu(0.0),
    "right: ReLU at ±1e-8": _relu(1e-8),
    "right: log near 1e-5": _at(np.log, lambda x: 1 / x, 1e-5),
    "right: 1e9·log near 1e9": _at(lambda x: 1e9 * np.log(x), lambda x: 1e9 / x, 1e9),
    "right: no entries": lambda rng: Trial(np.sum, np.ones_like, np.empty(0)),
    "right: network of 1,200 weights": _one_wrong(0.0),
    "no information: NaN on both sides": _at(lambda x: x * np.nan, lambda x: x * np.nan, 1.0),
    "wrong: 1 + 1e-3 times": _sine(1 + 1e-3),
    "wrong: 1 + 1e-5 times": _sine(1 + 1e-5),
    "wrong: 1 + 1e-7 times": _sine(1 + 1e-7),
    "wrong: sign of 1e-7·sin": _sine(-1.0, 1e-7),
    "wrong: one of 1,200 by 1e-2": _one_wrong(1e-2),
    "wrong: one of 1,200 by 1e-4": _one_wrong(1e-4),
    "wrong: one of 1,200 by 1e-6": _one_wrong(1e-6),
}
