"""Functions, and modules of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .values import DOUBLE, Value, named


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
    def length(self) -> int:
        """How many lines it has, by which LLVM's time goes; those of constant tables are long."""
        return self.body.count("\n") + 1

    def declaration(self) -> str:
        """What another module says that calls it."""
        return f"declare {self.head} {self.attributes}"


@dataclass(slots=True)
class Module:
    """Functions, what they call, and the tables that they read, as text.

    ``in_registers``: whether what lies on the stack is to become registers.
    """

    triple: str
    functions: dict[str, Definition] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    in_registers: bool = False

    def __str__(self) -> str:
        head = (
            f'target triple = "{self.triple}"\n!0 = !{{i32 1}}\n'  # what a store that is streamed refers to
        )
        tables, declared = self.tables.values(), self.declared.values()
        return "\n".join([head, *tables, *declared, *map(str, self.functions.values())]) + "\n"

    def table(self, name: str, numbers: Sequence[float]) -> Value:
        """The address of doubles that stand in the module, under a name of their own."""
        if name not in self.tables:
            count = len(numbers)
            bits = struct.unpack(f"<{count}Q", struct.pack(f"<{count}d", *numbers))
            listed = ", ".join([f"{DOUBLE} 0x{number:016X}" for number in bits])
            self.tables[name] = f'@"{name}" = private constant [{count} x {DOUBLE}] [{listed}], align 64'
        return named(name)

    def parts(self, most: int, least: int) -> list[Module]:
        """The functions in up to so many modules of about equally many lines, each at least so long.

        They call each other as before, and no other program finds those that were internal.
        """
        length = sum(definition.length for definition in self.functions.values())
        count = min(most, length // least)
        if count < 2:
            return [self]
        parts: list[dict[str, Definition]] = [{} for _ in range(count)]
        lengths = [0] * count
        for name, definition in sorted(self.functions.items(), key=lambda item: -item[1].length):
            shortest = lengths.index(min(lengths))
            linkage = "hidden" if definition.linkage == "internal" else definition.linkage
            parts[shortest][name] = replace(definition, linkage=linkage)
            lengths[shortest] += definition.length
        everywhere = {name: definition.declaration() for name, definition in self.functions.items()}
        return [
            replace(
                self,
                functions=own,
                declared=self.declared | {name: text for name, text in everywhere.items() if name not in own},
            )
            for own in parts
        ]
