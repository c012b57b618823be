"""Numerical differentiation, verdicts and reports: is a derivative right, and if not, where is it wrong?"""

from .checker import check
from .report import GradientError, Report, Row
from .verdicts import Verdict

__all__ = ["GradientError", "Report", "Row", "Verdict", "check"]
