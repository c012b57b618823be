"""Who is timed, and how each is asked for a gradient.

A driver lies in a module of its own and imports its library there, so that a library that cannot be imported
leaves a column that says "missing" and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..problems import Problem, Task

Call = Callable[[], Any]
"""One call from the arguments to the finished result."""

Driver = Callable[["Problem", "Task"], Call]
"""Makes such a call; what it does before, such as converting the arguments, is not part of the call."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A column of the table.

    Attributes:
        name: what heads the column.
        package: the module whose import is timed.
        driver: "module:function" of this package that makes a gradient call for a problem and a task, or ""
            where only the import is timed.
    """

    name: str
    package: str
    driver: str = ""

    def prepare(self) -> Driver:
        """The driver's function; imports the library."""
        module, function = self.driver.split(":")
        made: Driver = getattr(import_module(f".{module}", __name__), function)
        return made

    def why_missing(self) -> str:
        """The reason why the library cannot be imported, or ""."""
        try:
            import_module(self.package)
        except (ImportError, OSError) as error:  # OSError: a shared library that does not load
            return str(error)
        return ""


CONTESTANTS = (
    Contestant("Chainrule", "chainrule", "chainrule:gradient_call"),
    Contestant("NumPy by hand", "numpy", "by_hand:gradient_call"),
    Contestant("autograd", "autograd", "autograd:gradient_call"),
    Contestant("JAX eager", "jax", "jax:eager_gradient_call"),
    Contestant("JAX jit", "jax", "jax:jitted_gradient_call"),
    Contestant("PyTorch eager", "torch", "torch:gradient_call"),
    Contestant("scikit-learn", "sklearn"),
)
OURS, BY_HAND = CONTESTANTS[0].name, CONTESTANTS[1].name
