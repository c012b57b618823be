"""Neural networks and latent-variable models whose every derivative you can see, check and trust."""

from importlib import import_module as _import_module
from typing import Any as _Any

from . import errors, special
from .core import (
    FunctionGraph,
    Hessian,
    Jacobian,
    Record,
    commutation_matrix,
    compile,
    gauss_newton,
    grad,
    hessian,
    jacobian,
    pull,
    push,
    repeat,
    trace,
    unvec,
    value_and_grad,
    vec,
    vec_of_product,
)
from .tracing import name

__version__ = "0.1.0"

# Packages and functions that are imported when they are first asked for, to keep the import quick.
_PACKAGES = ("data", "estimators", "io", "latent", "nn", "runs", "train")
_FUNCTIONS = {
    "check": "verification",
    "check_primitive": "verification",
    "derive": "derivation",
    "report": "drawing.reporting",
    "save": "io",
    "load": "io",
}

__all__ = [
    "FunctionGraph",
    "Hessian",
    "Jacobian",
    "Record",
    "check",
    "check_primitive",
    "commutation_matrix",
    "compile",
    "data",
    "derive",
    "errors",
    "estimators",
    "gauss_newton",
    "grad",
    "hessian",
    "io",
    "jacobian",
    "latent",
    "load",
    "name",
    "nn",
    "pull",
    "push",
    "repeat",
    "report",
    "runs",
    "save",
    "special",
    "trace",
    "train",
    "unvec",
    "value_and_grad",
    "vec",
    "vec_of_product",
]


def __getattr__(attribute: str) -> _Any:
    if attribute in _PACKAGES:
        return _import_module(f".{attribute}", __name__)
    if attribute in _FUNCTIONS:
        return getattr(_import_module(f".{_FUNCTIONS[attribute]}", __name__), attribute)
    raise AttributeError(f"module 'chainrule' has no attribute {attribute!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
