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
    "scipy.linalg.expm": "np.linalg.eigh of a symmetric matrix, or the series with np.linalg.matrix_power",
    "scipy.linalg.toeplitz": "c[np.abs(np.subtract.outer(i, i))] for i = np.arange(len(c))",
    "scipy.linalg.block_diag": "np.block([[A, np.zeros((m, n))], [np.zeros((k, l)), B]])",
    "scipy.signal.convolve": "np.convolve",
    "scipy.signal.fftconvolve": "np.convolve",
    "scipy.signal.correlate": "np.correlate",
    "scipy.integrate.trapezoid": "np.trapezoid",
    "scipy.spatial.distance.cdist": "np.linalg.norm(a[:, None] - b, axis=-1)",
    "scipy.special.polygamma": "scipy.special.digamma, and cr.grad of it for n = 1",
    "a function of scipy.sparse": "S.toarray() @ x for a sparse matrix S",
    "a function of scipy.interpolate": "np.interp",
    "a function of scipy.stats": "the density's formula; scipy.special.ndtr for the normal distribution's",
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
