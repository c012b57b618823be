"""What to write in place of other libraries' functions, which compute with plain arrays."""

from __future__ import annotations

import numpy as np

INSTEAD = {
    "scipy.special.logsumexp": "chainrule.special.logsumexp",
    "scipy.special.softmax": "chainrule.special.softmax",
    "scipy.special.log_softmax": "chainrule.special.log_softmax",
    "scipy.linalg.solve_triangular": "np.linalg.solve",
    "scipy.linalg.cho_solve": "np.linalg.solve",
    "scipy.linalg.lu_solve": "np.linalg.solve",
}


def in_place_of(function: str) -> str:
    """The function that can be traced and does the same, or how to do without."""
    package, _, name = function.rpartition(".")
    if function in INSTEAD:
        return INSTEAD[function]
    if package == "scipy.linalg" and hasattr(np.linalg, name):
        return f"np.linalg.{name}"
    return "write it with NumPy functions, or compute it beforehand and pass it in"
