"""Functions of PyTorch's tensors and JAX's arrays, checked as functions of NumPy's; imports neither."""

from .adapting import Adapted, adapt

__all__ = ["Adapted", "adapt"]
