"""The public functions of the core: trace, differentiate, vectorise."""

from .compiling import Compiled, compile
from .derivatives import grad, value_and_grad
from .graphs import FunctionGraph, NonFinite, Record, trace
from .hessian import Hessian, hessian
from .jacobian import Jacobian
from .jacobian_plan import Cost, JacobianPlan
from .jacobians import jacobian, pull, push
from .repeating import repeat
from .vectorise import unvec, vec

__all__ = [
    "Compiled",
    "Cost",
    "FunctionGraph",
    "Hessian",
    "Jacobian",
    "JacobianPlan",
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
