"""Functions as machine code."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import tree
from ..arguments import find
from ..errors import CompilationError
from ..execution import compile_reference
from ..graph import Graph
from ..lines import users_stacklevel
from .automatic import Automatic
from .specialise import (
    PLANNED,
    Compile,
    Executable,
    Specialisation,
    Specialiser,
    numbers_as_arrays,
    plain_form,
)
from .surroundings import Surroundings
from .wrapper import Wrapper


def compiler(name: str) -> Compile:
    """What turns graphs into programs: "reference", NumPy node by node; "native", machine code; or "auto",
    the first and, once the work outweighs compiling, the second.

    Raises:
        ArgumentError: it is none of these.
    """
    known: dict[str, Compile] = {
        "reference": compile_reference,
        "native": _native_or_reference,
        "auto": functools.partial(Automatic, compile=_native_or_reference),
    }
    return find(known, name, "compile")


class InNumPy:
    """A graph that could not become machine code, and why."""

    direct = None

    def __init__(self, graph: Graph, reason: str) -> None:
        self._program, self._reason = compile_reference(graph), reason

    def __call__(self, *arrays: Any) -> list[Any]:
        return self._program(*arrays)

    def explain(self) -> str:
        """Why all of it runs in NumPy."""
        return f"runs in NumPy: {self._reason}"

    def ir(self, stage: str) -> str:
        """There is none."""
        raise CompilationError(self._reason)


@dataclass(frozen=True, slots=True)
class Direct:
    """A small program that is called straight from C, and looks at the types of its arguments itself.

    Attributes:
        call: gives one output or a tuple of them; None for arguments of other types.
        form: how the arrays lie in the function's arguments; None where they are the arguments.
        result: what the function returns for the outputs; None where it is the outputs.
        surroundings: what the function reads beside its arguments, as it was when this was made.
    """

    call: Callable[..., Any]
    form: Any
    result: Callable[[Any], Any] | None
    surroundings: Surroundings

    def __call__(self, args: tuple[Any, ...]) -> Any:
        """What the function returns, or None where this is not for such arguments."""
        arrays: Sequence[Any] = args
        if self.form is not None:
            arrays = []
            if plain_form(args, arrays) != self.form:
                return None
        outputs = self.call(*arrays)
        return outputs if outputs is None or self.result is None else self.result(outputs)


def _assembling(output: tree.Structure) -> Callable[[Any], Any] | None:
    """What puts the outputs in a function's structure; None where they are in it."""
    flat = output.kind is tuple and all(child.kind is None for child in output.children)
    if output.kind is None or (flat and output.leaf_count > 1):
        return None
    if output.leaf_count == 1:
        return lambda one: tree.unflatten(output, [one])
    return functools.partial(tree.unflatten, output)


class Compiled(Wrapper):
    """A function that runs as machine code, compiled for each shape and dtype when it is first called with
    them."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._specialiser = Specialiser(function, wrt=(), worth=PLANNED)
        self._direct: Direct | None = None  # for arguments such as those of the last call

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        direct = self._direct  # which another thread may replace
        if direct is not None and not kwargs and not direct.surroundings.changed():
            result = direct(args)
            if result is None:
                args = numbers_as_arrays(args)
                result = direct(args)
            if result is not None:
                return result
        return self._any(args, kwargs)

    def _any(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._direct, surroundings = None, self._specialiser.surroundings
        args = numbers_as_arrays(args)
        special, arrays = self._specialiser.at(args, kwargs)
        special = special.for_every_value()
        executable = self._executable(special)
        result = tree.unflatten(special.output, executable(arrays))
        plain: list[Any] = []
        form = None if kwargs else plain_form(args, plain)
        if form is not None and list(map(id, arrays)) == list(map(id, plain)):
            call = executable.program().direct  # type: ignore[attr-defined]
            if call is not None:
                flat = form == (tuple, len(args))
                self._direct = Direct(call, None if flat else form, _assembling(special.output), surroundings)
        return result

    def direct(self, *args: Any, fixed: int, otherwise: Callable[..., Any]) -> Callable[..., Any] | None:
        """A function of the arguments after the first ``fixed``, called straight from C.

        It is for arguments of the types of these and for results that take microseconds: a call costs about a
        tenth of one.

        Args:
            args: the fixed arguments, whose arrays are read where they are at each call, and examples of the
                others.
            fixed: how many are fixed.
            otherwise: called with the arguments where these have other types.

        Returns:
            The function, or None where the work is too large for that, has operations without machine code,
            or the function returns anything but one array.
        """
        from ..execution.native import compile_direct

        special, arrays = self._specialiser.at(args, {})
        special = special.for_every_value()
        count = len(tree.flatten(args[:fixed])[0])
        if special.output != tree.flatten(0.0)[1] or len(arrays) - count != len(args) - fixed:
            return None
        return compile_direct(special.graph, dict(enumerate(arrays[:count])), otherwise)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_direct": None}

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """The kernels that a call with these arguments runs, and what NumPy computes for want of machine
        code."""
        return str(self._native(args, kwargs).explain())

    def ir(self, *args: Any, stage: str = "llvm", **kwargs: Any) -> str:
        """What a call with these arguments has become after some of the passes.

        ``stage`` is one of these, in order:

        - "traced": the function's graph;
        - "graph": its graph in operations that have loops of their own;
        - "kernels": loops and matrix products over buffers; what is used once is computed where it is used;
        - "loops": as few of them as possible, products with what is computed from their results;
        - "memory": where every buffer lies, in an entry of the table of pointers or in the workspace;
        - "llvm": LLVM IR;
        - "assembly": the processor's instructions;

        or a single pass: "legalise", "outer" and "turning" make the graph, "lower", "outputs", "accumulating"
        and "streaming" the kernels, "grouping", "storing", "packing", "passing", "beginning" and "zeros" the
        loops.
        """
        return str(self._native(args, kwargs).ir(stage))

    def _native(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._executable(self._specialiser.at(args, kwargs)[0].for_every_value()).program()

    def _executable(self, special: Specialisation) -> Executable:
        if "native" not in special.executables:
            special.executables["native"] = Executable(special.graph, compiler("native"))
        executable: Executable = special.executables["native"]
        return executable


def _native_or_reference(graph: Graph) -> Callable[..., list[Any]]:
    """The graph as machine code; where that fails, in NumPy, with a warning that says why."""
    from ..execution.native import compile_native

    try:
        return compile_native(graph)
    except CompilationError as error:
        message = f"{graph.title} runs in NumPy: {error.one_line()}"
        warnings.warn(message, RuntimeWarning, stacklevel=users_stacklevel())
        return InNumPy(graph, error.one_line())


def compile(f: Callable[..., Any]) -> Compiled:
    """The same function as machine code for this processor.

    The function's graph is lowered to LLVM IR: element-wise chains, broadcasts and reductions are fused into
    loops, matrix products become register-tiled kernels of their sizes. What has no machine code runs in
    NumPy within the same plan; ``.explain(*args)`` says what.

    It is compiled anew for each shape and dtype of the arrays among its arguments, and for each value of the
    integers, truth values and strings among them: what counts, such as the number of a step, is better given
    as an array, ``np.asarray(k)``.

    Args:
        f: a function of arrays written in plain NumPy, or a derivative such as ``cr.grad(f)``.

    Returns:
        A function of the same arguments and results. ``.explain(*args)`` lists its kernels, ``.ir(*args)``
        prints its LLVM IR, or what another pass has made (``stage=``).

    Raises:
        TraceError: f does something that cannot become a graph, or branches on a traced value.
        IndexError: when it is called with an index outside its axis, as NumPy does.

    >>> import numpy as np, chainrule as cr
    >>> f = cr.compile(lambda x: np.sum(np.tanh(x) ** 2))
    >>> float(f(np.zeros(3)))
    0.0
    """
    return Compiled(f)
