"""What is odd about a function, its arguments or its derivative, before any number of it is judged."""

from .examination import Examination, drift, examine
from .inputs import about_arguments, about_derivative

__all__ = ["Examination", "about_arguments", "about_derivative", "drift", "examine"]
