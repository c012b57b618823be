"""Numerical differentiation, verdicts and reports: is a derivative right, and if not, where is it wrong?"""

from .checker import check
from .evidence import Nature
from .primitives import check_primitive
from .report import Curve, Diagnosis, Finding, GradientError, Kink, Report, Row, TensorResult
from .verdicts import Verdict

__all__ = [
    "Curve",
    "Diagnosis",
    "Finding",
    "GradientError",
    "Kink",
    "Nature",
    "Report",
    "Row",
    "TensorResult",
    "Verdict",
    "check",
    "check_primitive",
]
