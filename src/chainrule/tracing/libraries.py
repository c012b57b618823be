"""What to write in place of other libraries' functions, which compute with plain arrays."""

from __future__ import annotations

import numpy as np

KINDS = {"chebyshev": "cheb", "legendre": "leg", "hermite": "herm", "hermite_e": "herme", "laguerre": "lag"}
INSTEAD = {
    "scipy.special.logsumexp": "chainrule.special.logsumexp",
    "scipy.special.softmax": "chainrule.special.softmax",
    "scipy.special.log_softmax": "chainrule.special.log_softmax",
    "scipy.linalg.solve_triangular": "np.linalg.solve",
    "scipy.linalg.cho_solve": "np.linalg.solve",
    "scipy.linalg.lu_solve": "np.linalg.solve",
    "numpy.full": "np.broadcast_to(t, shape)",
    "numpy.polynomial.polynomial.polyval": "np.polyval(c[::-1], x)",
    **dict.fromkeys(
        (f"numpy.polynomial.{kind}.{short}val" for kind, short in KINDS.items()),
        "the polynomials by their recurrence, such as T2 = 2 * x * T1 - T0 of Chebyshev's",
    ),
}


def refusal(function: str) -> tuple[str, str]:
    """That a function which was given traced values does not work on them, and what to write instead."""
    if function.startswith("numpy.") and function not in INSTEAD:
        name = function.replace("numpy", "np", 1)
        return f"{name} of a list of values that are being traced", "np.stack([t, ...]) in place of the list"
    plain = f"{function} computes with plain arrays, and does not work on a value that is being traced"
    return plain, in_place_of(function)


def in_place_of(function: str) -> str:
    """The function that can be traced and does the same, or how to do without."""
    package, _, name = function.rpartition(".")
    if function in INSTEAD:
        return INSTEAD[function]
    if package == "scipy.linalg" and hasattr(np.linalg, name):
        return f"np.linalg.{name}"
    return "write it with NumPy functions, or compute it beforehand and pass it in"
