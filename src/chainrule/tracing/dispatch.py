"""From NumPy's calls to nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ChainruleError, TraceError
from ..graph import as_node, build, is_registered, primitive, reshape
from ..lines import user_line
from .registry import covered
from .tracer import Trace, any_traced, innermost, traced, unwrap

# NumPy gives some ufuncs two names, and a few are another operation under a condition.
ALIASES = {
    "true_divide": "divide",
    "abs": "absolute",
    "mod": "remainder",
    "degrees": "rad2deg",
    "radians": "deg2rad",
    "conjugate": "positive",
    "bitwise_not": "invert",
    "psi": "digamma",
}
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": np.sum,
    "multiply": np.prod,
    "maximum": np.max,
    "minimum": np.min,
}
ACCUMULATIONS: dict[str, Callable[..., Any]] = {"add": np.cumsum, "multiply": np.cumprod}
_COMPLEX = "products with cosines and sines, as complex numbers are not traced; or compute it beforehand"
_ASSIGNED = "np.where(mask, value, x), or np.concatenate the pieces: traced arrays do not change"
_SHAPED_BY_VALUES = (
    "np.where(mask, x, 0), or compute the places beforehand and pass them in, since how many there are"
    " depends on values"
)
_BY_PARTS = "np.stack([f(row) for row in x]), or f of the whole array with axis=..."
INSTEAD = {
    "np.piecewise": "np.select([x < 0, x < 1], [0 * x, x**2], 1), or np.where",
    "np.apply_along_axis": _BY_PARTS,
    "np.apply_over_axes": "the function itself with axis=(0, 1) and keepdims=True",
    "np.partition": "np.sort(x), of which the parts are parts of that",
    "np.argpartition": "np.argsort(x)",
    "np.lexsort": "np.argsort(x) of one key",
    "np.polymul": "np.convolve(a, b)",
    "np.put_along_axis": _ASSIGNED,
    "np.linalg.eig": "np.linalg.eigh for symmetric matrices",
    "np.linalg.eigvals": "np.linalg.eigvalsh for symmetric matrices",
    **dict.fromkeys(("np.fill_diagonal", "np.copyto", "np.place", "np.put", "np.putmask"), _ASSIGNED),
    **dict.fromkeys(
        ("np.nonzero", "np.flatnonzero", "np.argwhere", "np.unique", "np.trim_zeros"), _SHAPED_BY_VALUES
    ),
}
MASKED = {np.sum, np.prod, np.mean, np.max, np.min, np.amax, np.amin}  # functions that take where=
# Functions the shape of whose result depends on the values of their first argument.
LOOKING_AT_FIRST = {np.bincount, np.compress, np.extract}
ASSOCIATIVE = {"maximum", "minimum", "fmax", "fmin", "logaddexp", "logical_and", "logical_or", "logical_xor"}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``ufunc.method(*inputs, **kwargs)`` is in the graph."""
    if kwargs:
        _refuse_keywords(_full_name(ufunc), kwargs, ("out", "where"))
    name = ALIASES.get(ufunc.__name__, ufunc.__name__)
    trace = innermost(inputs)
    if method == "__call__" and (covered(ufunc) is not None or _is_elementwise(name)):
        return _called(ufunc, name, trace, inputs, kwargs)
    if method == "reduce" and name in REDUCTIONS:
        return call_function(REDUCTIONS[name], inputs, {"axis": 0, **kwargs})
    if method == "accumulate" and name in ACCUMULATIONS:
        return call_function(ACCUMULATIONS[name], inputs, {"axis": 0, **kwargs})
    if method == "accumulate" and name in ASSOCIATIVE:
        return traced(trace, inputs, lambda: _accumulated(name, *unwrap(inputs, trace), **kwargs))
    if method == "reduce" and name in (*ASSOCIATIVE, "hypot"):
        return traced(trace, inputs, lambda: _reduced(name, *unwrap(inputs, trace), **kwargs))
    if method == "outer" and _is_elementwise(name):
        return traced(trace, inputs, lambda: _outer(name, *unwrap(inputs, trace)))
    raise _not_covered(_full_name(ufunc) + ("" if method == "__call__" else f".{method}"))


def _called(ufunc: np.ufunc, name: str, trace: Trace, inputs: Any, kwargs: dict[str, Any]) -> Any:
    function = covered(ufunc)
    if function is None and kwargs:
        raise TraceError(
            f"{_full_name(ufunc)} with {', '.join(f'{option}=' for option in kwargs)}",
            expected="no such argument in a traced function",
            instead="leave it out; x.astype(dtype) for another dtype",
            where=user_line(),
        )
    if function is None:
        return traced(trace, inputs, lambda: build(name, *unwrap(inputs, trace)))
    try:
        return traced(trace, inputs, lambda: function(*unwrap(inputs, trace), **kwargs))
    except TypeError as error:
        if isinstance(error, ChainruleError):
            raise
        raise _not_taken(_full_name(ufunc), error, traced_options=False) from error


def _full_name(ufunc: np.ufunc) -> str:
    """np.exp, or scipy.special.gamma: a function of NumPy's kind does not say where it stands."""
    name = ufunc.__name__
    return f"np.{name}" if hasattr(np, name) else f"scipy.special.{name}"


def call_function(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a NumPy function that is no ufunc is in the graph."""
    handler = covered(func)
    name = f"{getattr(func, '__module__', 'numpy').replace('numpy', 'np', 1)}.{func.__name__}"
    if handler is None:
        raise _not_covered(name)
    if func in LOOKING_AT_FIRST and args:
        args = (np.asarray(args[0]), *args[1:])
        if not any_traced((args, kwargs)):
            return func(*args, **kwargs)
    _refuse_keywords(name, kwargs, ("out",) if func in MASKED else ("out", "where"))
    trace = innermost((args, kwargs))
    given = {key: value for key, value in kwargs.items() if value is not np._NoValue and key != "out"}
    plain = {key: unwrap(value, trace) for key, value in given.items()}
    try:
        return traced(trace, (args, given), lambda: handler(*unwrap(args, trace), **plain))
    except (AttributeError, KeyError, TypeError) as error:
        if isinstance(error, ChainruleError):
            raise
        raise _not_taken(name, error, any_traced((args[1:], kwargs))) from error


def _not_taken(name: str, error: Exception, traced_options: bool) -> TraceError:
    """That a function has no such argument, or is given one that is traced and has to be plain."""
    if "keyword argument" in str(error):
        option = str(error).rpartition("argument ")[2].strip("'")
        return TraceError(
            f"{name}: no argument {option}= in a traced function",
            instead="leave out the argument",
            where=user_line(),
        )
    if traced_options and "Node" in str(error):
        return TraceError(
            f"{name} with a traced value for an option",
            expected="axes, shapes and counts that are fixed while tracing",
            instead="a plain number or tuple, or int(t) for one whole number",
            where=user_line(),
        )
    return TraceError(f"{name}: {error}", expected="arguments as NumPy takes them", where=user_line())


def _refuse_keywords(name: str, kwargs: dict[str, Any], refused: tuple[str, ...]) -> None:
    for keyword in refused:
        given = kwargs.get(keyword)
        if given is not None and given is not True and given is not np._NoValue:
            raise TraceError(
                f"{name} with {keyword}=",
                expected="no such argument in a traced function",
                instead="np.where(mask, x, 0) before it"
                if keyword == "where"
                else "use the returned array: a = a + t in place of a += t for a plain array a",
                where=user_line(),
            )


def _is_elementwise(name: str) -> bool:
    return is_registered(name) and primitive(name).elementwise


def _accumulated(name: str, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    from .functions.assembling import accumulated

    return accumulated(name, as_node(x), axis)


def _reduced(name: str, x: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False) -> Any:
    from .functions.assembling import reduced

    return reduced(name, as_node(x), axis, keepdims)


def _outer(name: str, a: Any, b: Any) -> Any:
    a, b = as_node(a), as_node(b)
    return build(name, reshape(a, a.shape + (1,) * b.ndim), b)


def _not_covered(name: str) -> TraceError:
    otherwise = "write it with other NumPy functions, or compute it beforehand and pass it in"
    return TraceError(
        f"{name} cannot be traced: it has no primitive",
        instead=_COMPLEX if name.startswith("np.fft.") else INSTEAD.get(name, otherwise),
        where=user_line(),
    )
