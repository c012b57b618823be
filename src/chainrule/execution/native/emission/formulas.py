"""Functions of one number, whose formulas are written out where they are computed; those of which a program
has very many are called instead, since LLVM takes as long for each that is written out."""

from __future__ import annotations

from collections.abc import Callable

from ..llvm_ir import Builder, Value, function

Formula = Callable[[Builder, Value], Value]

#: Written out of one formula, in registers of one kind; a network's step has three or so.
MOST_WRITTEN_OUT = 64


def written_out_or_called(name: str, formula: Formula) -> Formula:
    """The formula, or a call of it where it has been written out very often."""

    def emit(builder: Builder, x: Value) -> Value:
        module, kind = builder.module, x.type
        own = f"{name}_formula_{kind.lanes}_{kind.name}"
        module.written[own] += 1
        if module.written[own] <= MOST_WRITTEN_OUT:
            return formula(builder, x)
        if own not in module.functions:
            attributes = "nounwind noinline"
            with function(module, own, [kind], kind, attributes, linkage="internal") as (inner, (y,)):
                inner.give(formula(inner, y))
        return builder.call(own, kind, x)

    return emit
