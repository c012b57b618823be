"""Neural networks and latent-variable models whose every derivative you can see, check and trust."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

if TYPE_CHECKING:
    from . import data, errors, estimators, io, latent, nn, runs, special, train
    from .core.compiling import compile
    from .core.derivatives import grad, value_and_grad
    from .core.gauss_newton import gauss_newton
    from .core.graphs import FunctionGraph, Record, trace
    from .core.hessian import Hessian, hessian
    from .core.jacobian import Jacobian
    from .core.jacobians import jacobian, pull, push
    from .core.repeating import repeat
    from .core.vectorise import commutation_matrix, unvec, vec, vec_of_product
    from .derivation import derive
    from .drawing.reporting import report
    from .io import load, save
    from .tracing import name
    from .verification import check, check_primitive

__version__ = "0.1.0"

# Each is imported when it is first asked for: what a program does not use, it does not wait for.
_PACKAGES = ("data", "errors", "estimators", "io", "latent", "nn", "runs", "special", "train")
_FUNCTIONS = {
    "core.compiling": ("compile",),
    "core.derivatives": ("grad", "value_and_grad"),
    "core.gauss_newton": ("gauss_newton",),
    "core.graphs": ("FunctionGraph", "Record", "trace"),
    "core.hessian": ("Hessian", "hessian"),
    "core.jacobian": ("Jacobian",),
    "core.jacobians": ("jacobian", "pull", "push"),
    "core.repeating": ("repeat",),
    "core.vectorise": ("commutation_matrix", "unvec", "vec", "vec_of_product"),
    "derivation": ("derive",),
    "drawing.reporting": ("report",),
    "io": ("load", "save"),
    "tracing": ("name",),
    "verification": ("check", "check_primitive"),
}
_HOME = {name: module for module, names in _FUNCTIONS.items() for name in names}

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


if not TYPE_CHECKING:  # to type checkers these names are the ones above, and others are mistakes

    def __getattr__(attribute: str) -> _Any:
        if attribute in _PACKAGES:
            return _import_module(f".{attribute}", __name__)
        if attribute not in _HOME:
            raise AttributeError(f"module 'chainrule' has no attribute {attribute!r}")
        found = getattr(_import_module(f".{_HOME[attribute]}", __name__), attribute)
        globals()[attribute] = found
        return found


def __dir__() -> list[str]:
    return sorted({*__all__, *[name for name in globals() if name.startswith("__")]})
