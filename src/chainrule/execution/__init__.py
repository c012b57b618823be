"""Running graphs."""

from .reference import Program, compile_reference, evaluate

__all__ = ["Program", "compile_reference", "evaluate"]
