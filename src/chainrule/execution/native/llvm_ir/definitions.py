"""Functions, and modules of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from .values import Value, named

PER_BLOCK, PER_FUNCTION = 40, 60  # instructions that take LLVM as long, measured


@dataclass(frozen=True, slots=True)
class Definition:
    """A function as text.

    Attributes:
        linkage: "internal" where only the module's other functions call it; "" where others do.
        head: the type of its result, its name and its arguments.
        attributes: what LLVM is told of it.
        body: its instructions.
    """

    linkage: str
    head: str
    attributes: str
    body: str

    def __str__(self) -> str:
        words = ("define", self.linkage, self.head, self.attributes)
        return f"{' '.join(word for word in words if word)} {{\n{self.body}\n}}"

    @property
    def weight(self) -> int:
        """About how many instructions would take LLVM as long: it does much for every block, and function."""
        return self.body.count("\n") + PER_BLOCK * self.body.count(":\n") + PER_FUNCTION

    def declaration(self) -> str:
        """What another module says that calls it."""
        return f"declare {self.head} {self.attributes}"


@dataclass(slots=True)
class Module:
    """Functions, what they call, and the tables that they read, as text.

    Attributes:
        in_registers: whether what lies on the stack is to become registers.
        has_powers: whether the processor has instructions for powers of two.
        settles_counts: whether LLVM is not to weigh how long loops count.
        written: how often each formula stands in the functions.
    """

    triple: str
    functions: dict[str, Definition] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    in_registers: bool = False
    has_powers: bool = False
    settles_counts: bool = False
    written: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        head = (
            f'target triple = "{self.triple}"\n!0 = !{{i32 1}}\n'  # what a store that is streamed refers to
            '!1 = !{!"branch_weights", i32 1000, i32 1}\n'  # a branch that is nearly always taken
        )
        tables, declared = self.tables.values(), self.declared.values()
        return "\n".join([head, *tables, *declared, *map(str, self.functions.values())]) + "\n"

    def table(self, name: str, numbers: np.ndarray) -> Value:
        """The address of numbers that stand in the module, under a name of their own: as bytes, which LLVM
        reads in one piece."""
        if name not in self.tables:
            data = numbers.tobytes()
            listed = f'[{len(data)} x i8] c"\\{data.hex(chr(92))}"'
            self.tables[name] = f'@"{name}" = private constant {listed}, align 64'
        return named(name)

    def parts(self, most: int, least: int) -> list[Module]:
        """The functions in up to so many modules of about equal weight, each at least so heavy.

        They call each other as before, and no other program finds those that were internal.
        """
        heavy = {name: definition.weight for name, definition in self.functions.items()}
        count = min(most, sum(heavy.values()) // least)
        if count < 2:
            return [self]
        parts: list[dict[str, Definition]] = [{} for _ in range(count)]
        weights = [0] * count
        for name, weight in sorted(heavy.items(), key=lambda item: -item[1]):
            lightest, definition = weights.index(min(weights)), self.functions[name]
            linkage = "hidden" if definition.linkage == "internal" else definition.linkage
            parts[lightest][name] = replace(definition, linkage=linkage)
            weights[lightest] += weight
        everywhere = {name: definition.declaration() for name, definition in self.functions.items()}
        return [
            replace(
                self,
                functions=own,
                tables=self._tables_of(own),
                declared=self.declared | {name: text for name, text in everywhere.items() if name not in own},
            )
            for own in parts
        ]

    def _tables_of(self, functions: Mapping[str, Definition]) -> dict[str, str]:
        """The tables that these functions read."""
        read = "\n".join(definition.body for definition in functions.values())
        return {name: text for name, text in self.tables.items() if named(name).text in read}
