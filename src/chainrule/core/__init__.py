"""The public functions of the core: trace, differentiate, vectorise."""

from .compiling import Compiled, compile
from .derivatives import grad, value_and_grad
from .gauss_newton import GaussNewton, gauss_newton
from .graphs import FunctionGraph, NonFinite, Record, trace
from .hessian import Hessian, hessian
from .jacobian import Jacobian
from .jacobian_plan import Cost, JacobianPlan
from .jacobians import jacobian, pull, push
from .local_jacobians import LocalJacobian
from .primitive_functions import primitive_function, primitive_samples
from .repeating import repeat
from .vectorise import commutation_matrix, unvec, vec, vec_of_product

__all__ = [
    "Compiled",
    "Cost",
    "FunctionGraph",
    "GaussNewton",
    "Hessian",
    "Jacobian",
    "JacobianPlan",
    "LocalJacobian",
    "NonFinite",
    "Record",
    "commutation_matrix",
    "compile",
    "gauss_newton",
    "grad",
    "hessian",
    "jacobian",
    "primitive_function",
    "primitive_samples",
    "pull",
    "push",
    "repeat",
    "trace",
    "unvec",
    "value_and_grad",
    "vec",
    "vec_of_product",
]
