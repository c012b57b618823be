"""The algebra of structured Jacobians: one definition gives push, pull, matrix, pattern and printed form."""

from .base import LinearMap
from .combination import Add, Compose, General
from .elementwise import Cast, Identity, Mask, Scale, Zero
from .movement import Broadcast, Gather, Reshape, Scatter, Sum, Transpose
from .products import Contract

__all__ = [
    "Add",
    "Broadcast",
    "Cast",
    "Compose",
    "Contract",
    "Gather",
    "General",
    "Identity",
    "LinearMap",
    "Mask",
    "Reshape",
    "Scale",
    "Scatter",
    "Sum",
    "Transpose",
    "Zero",
]
