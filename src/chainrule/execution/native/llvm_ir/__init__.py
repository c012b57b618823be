"""LLVM IR as text: values of a type, instructions that make them, functions and loops of those, and tables.

>>> module = Module("x86_64")
>>> with function(module, "twice", [DOUBLE], DOUBLE) as (build, (x,)):
...     build.give(build.fadd(x, x))
>>> print(module.functions["twice"])
define double @"twice"(double %a0) nounwind {
entry:
  %v1 = fadd double %a0, %a0
  ret double %v1
}
"""

from .builder import Builder, Phi
from .control import choice, choices, function, loop, require, when
from .definitions import Definition, Module
from .values import BIT, BYTE, DOUBLE, FLOAT, INT, LONG, POINTER, SHORT, VOID, Type, Value, named

__all__ = [
    "BIT",
    "BYTE",
    "DOUBLE",
    "FLOAT",
    "INT",
    "LONG",
    "POINTER",
    "SHORT",
    "VOID",
    "Builder",
    "Definition",
    "Module",
    "Phi",
    "Type",
    "Value",
    "choice",
    "choices",
    "function",
    "loop",
    "named",
    "require",
    "when",
]
