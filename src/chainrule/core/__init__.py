"""The public functions of the core: trace, differentiate, vectorise."""

from .compiling import Compiled, compile
from .derivatives import grad, value_and_grad
from .graphs import FunctionGraph, NonFinite, Record, trace
from .jacobian import Jacobian, hessian, jacobian, pull, push
from .repeating import repeat
from .vectorise import unvec, vec

__all__ = [
    "Compiled",
    "FunctionGraph",
    "Jacobian",
    "NonFinite",
    "Record",
    "compile",
    "grad",
    "hessian",
    "jacobian",
    "pull",
    "push",
    "repeat",
    "trace",
    "unvec",
    "value_and_grad",
    "vec",
]
