"""Derivations that one can read: each line with its rule, its shapes, its value and a numeric check."""

from .checks import Check, DerivationError
from .derivation import Derivation
from .deriving import derive
from .step import Step

__all__ = ["Check", "Derivation", "DerivationError", "Step", "derive"]
