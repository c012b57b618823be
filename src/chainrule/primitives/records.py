"""How a family of primitives is written down: the parts that its records share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..errors import DtypeError, GraphError, ShapeError
from ..graph import ArrayType, Lowering, Node, Primitive, Sample, Shape, register
from ..linear_maps import LinearMap, Scale, Zero

Rule = Callable[..., Node | LinearMap]
Jacobian = Callable[[int, Node], LinearMap]

SHAPES: tuple[Shape, ...] = ((), (3,), (0,), (2, 1, 3))


def local(*rules: Rule) -> Jacobian:
    """One rule an input, ``rule(y, *inputs, **params)``; a rule that gives a node d means diag(d)."""

    def jacobian(i: int, node: Node) -> LinearMap:
        result = rules[i](node, *node.inputs, **node.params)
        return Scale(result) if isinstance(result, Node) else result

    return jacobian


def flat(i: int, node: Node) -> LinearMap:
    """The Jacobian of an operation that is constant or moves in steps."""
    return Zero(node.inputs[i].shape, node.shape)


def elementwise(
    name: str,
    ufunc: Callable[..., Any],
    *rules: Rule,
    show: str | None = None,
    domain: Sequence[tuple[float, float]] | None = None,
    promote: Callable[[tuple[Any, ...]], tuple[np.dtype, ...]] | None = None,
    sample_dtype: str = "float64",
    helpers: tuple[Callable[..., Any], ...] = (),
) -> Primitive:
    """Register an element-wise operation.

    Args:
        name: NumPy's name of it.
        ufunc: the NumPy function.
        rules: the derivative by each input, as a function of (output, *inputs); none for a step function.
        show: the expression it prints as; by default a call.
        domain: for each input the interval of its test samples, by default (−2, 2).
        promote: NumPy's dtype rule, by default the ufunc's own.
        sample_dtype: the dtype of its test samples.
        helpers: the functions that the expression calls and NumPy lacks.
    """
    count = ufunc.nin if isinstance(ufunc, np.ufunc) else max(len(rules), len(domain or ()))
    if promote is None and not isinstance(ufunc, np.ufunc):
        raise GraphError(f"{name} is no ufunc: its dtypes are unknown", instead="promote=common_float")
    intervals = domain or [(-2.0, 2.0)] * count
    resolve = promote or ufunc_dtypes(ufunc)

    def type_rule(*types: ArrayType) -> ArrayType:
        if len({type.shape for type in types}) > 1:
            raise ShapeError(
                f"{name} of shapes {', '.join(str(type.shape) for type in types)}", expected="one shape"
            )
        return types[0].with_dtype(resolve(tuple(type.dtype for type in types))[-1])

    def samples(rng: np.random.Generator) -> list[Sample]:
        def draw(shape: Shape) -> Sample:
            return Sample(tuple(rng.uniform(*bounds, shape).astype(sample_dtype) for bounds in intervals))

        return [draw(shape) for shape in SHAPES]

    return register(
        Primitive(
            name=name,
            type_rule=type_rule,
            evaluate=ufunc,
            jacobian=local(*rules) if rules else flat,
            show=show or call(name, count),
            lower=Lowering("scalar", name),
            samples=samples,
            promote=resolve,
            helpers=helpers,
        )
    )


def call(name: str, count: int = 1) -> str:
    """The template of a NumPy call: ``call("exp")`` is ``np.exp({0})``."""
    return f"np.{name}({', '.join(f'{{{i}}}' for i in range(count))})"


def axes_text(name: str) -> Callable[..., str]:
    """How a call with an ``axis`` prints."""

    def text(x: str, *, axis: Any) -> str:
        return f"{name}({x}, axis={axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis})"

    return text


def ufunc_dtypes(ufunc: Any) -> Callable[[tuple[Any, ...]], tuple[np.dtype, ...]]:
    """NumPy's own rule: which dtypes a ufunc casts its inputs to, and what it returns."""

    @lru_cache(maxsize=256)
    def resolve(dtypes: tuple[Any, ...]) -> tuple[np.dtype, ...]:
        try:
            return tuple(ufunc.resolve_dtypes((*dtypes, None)))
        except TypeError:
            given = ", ".join(getattr(dtype, "__name__", str(dtype)) for dtype in dtypes)
            of_floats = any(kind in "".join(ufunc.types) for kind in "efd")
            expected = "real numbers" if of_floats else "whole numbers or truth values"
            raise DtypeError(f"np.{ufunc.__name__} of {given}", expected=expected) from None

    return resolve


def common_float(dtypes: tuple[Any, ...]) -> tuple[np.dtype, ...]:
    """Every input and the output in one floating dtype: float32, or float64 where any is wider or whole."""
    arrays = [dtype for dtype in dtypes if isinstance(dtype, np.dtype)]
    floats = [dtype if dtype.kind == "f" else np.result_type(dtype, np.float64) for dtype in arrays]
    common = np.result_type(np.float32, *floats) if arrays else np.dtype("float64")
    if common not in (np.float32, np.float64):
        raise DtypeError(f"a special function of {common}", expected="float32 or float64")
    return (common,) * (len(dtypes) + 1)


def structural(
    name: str,
    *,
    type_rule: Callable[..., ArrayType],
    evaluate: Callable[..., Any],
    jacobian: Jacobian,
    show: str | Callable[..., str],
    lower: str,
    samples: Callable[[np.random.Generator], Sequence[Sample]],
    instruction: str = "",
    helpers: tuple[Callable[..., Any], ...] = (),
) -> Primitive:
    """Register an operation that is not element-wise."""
    return register(
        Primitive(
            name, type_rule, evaluate, jacobian, show, Lowering(lower, instruction), samples, None, helpers
        )
    )


def normal_samples(*cases: tuple[Shape, dict[str, Any]]) -> Callable[[np.random.Generator], list[Sample]]:
    """Samples of one normal array of each shape, with parameters."""
    return lambda rng: [Sample((rng.normal(size=shape),), params) for shape, params in cases]
