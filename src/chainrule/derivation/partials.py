"""The entries of derivatives: in the arguments where that is short, in named values, or by the chain rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph import Graph, Node, input_node, topological_order
from .alphabet import Alphabet, Index
from .arithmetic import is_nothing
from .chain import Chain
from .closed import of_loops
from .comparing import written
from .entries import Entries, entries_of, entries_up_to, exact_entries
from .entry_forms import collected
from .entry_lengths import LONGEST, operations, reads_well_in_arguments, reads_well_in_values
from .entry_writing import EntryWriter
from .formula import Formula, substituted, walk
from .segments import Anchor, pulled_node
from .ties import counts_of_greatest

LARGEST = 500  # parts of an entry in the arguments alone, where it is put together
LARGEST_OF_VALUES = 50_000  # of one in named values
LONGEST_LINE = 85  # characters of an entry that is written in the arguments alone
LONGEST_LINE_OF_VALUES = 110  # of one that is written in named values
PUT_IN = 6  # operations in a derivative that is written out wherever it stands
PUT_IN_AGAIN = 2  # the same of a value that each turn of a loop has, or that one line uses twice


class Partials:
    """The entries of the derivatives by each source, and by the values that these name.

    Attributes:
        chain: the named values.
        alphabet: the symbols of entries.
        writer: what writes entries as formulas.
        results: the entries of the derivative by each source, and by each value of ``parts``.
        parts: the values the derivatives by which are named in others, and which of their entries are.
        untied: whether it is used that no two entries are the greatest at the point.
    """

    def __init__(self, chain: Chain, derivative: Graph, sources: tuple[Anchor, ...]) -> None:
        self.chain = chain
        anchors = {anchor.name.label: anchor for anchor in chain.order if not anchor.is_argument}
        named = {
            node: anchors[label]
            for label, node in derivative.names.items()
            if label in anchors and node.shape == anchors[label].node.shape and node.inputs
        }
        self.alphabet = Alphabet(chain, named)
        self.writer = EntryWriter(chain, self.alphabet)
        self.untied = False
        self.parts: dict[Anchor, list[Index]] = {}
        self.results: dict[Anchor, Entries] = {}
        arguments = sorted((a for a in chain.order if a.is_argument), key=_is_data)
        known = {anchor.node: self.alphabet.argument(anchor) for anchor in arguments}
        known |= self._counted(derivative.nodes, {a.node: chain.here.values[a] for a in arguments})
        found = self._in_arguments(derivative, known) or self._in_values(derivative, known, named)
        if found is None:
            self._by_the_chain_rule(sources, known)
        else:
            self.results = dict(zip(sources, found, strict=True))

    def _counted(self, nodes: Iterable[Node], values: Mapping[Node, Any]) -> dict[Node, Entries]:
        """How many entries are the greatest: 1, where no two are at the point; else a number by name."""
        counts = counts_of_greatest(nodes, values)
        self.untied |= any(counts.values())
        ones = {node: exact_entries(np.ones(node.shape)) for node in counts}
        return {node: ones[node] if alone else self.alphabet.opaque(node) for node, alone in counts.items()}

    def _in_arguments(self, derivative: Graph, known: Mapping[Node, Entries]) -> list[Entries] | None:
        """The entries in the arguments alone, where all of them read well."""
        opaque, longest = self.alphabet.opaque, 2 * LONGEST  # parts: names beside operations
        found = entries_up_to(LARGEST, derivative.outputs, known, opaque, longest)
        if found is None or not all(map(reads_well_in_arguments, _each_of(found))):
            return None
        found = [collected(entries) for entries in found]
        return found if self._longest(found) <= LONGEST_LINE else None

    def _in_values(
        self, derivative: Graph, known: Mapping[Node, Entries], named: Mapping[Node, Anchor]
    ) -> list[Entries] | None:
        """The entries in named values, where all of them read well."""
        by_name = {node: self._symbols(anchor) for node, anchor in named.items()}
        found = entries_up_to(
            LARGEST_OF_VALUES, derivative.outputs, {**known, **by_name}, self.alphabet.opaque
        )
        if found is None:
            return None
        found = [collected(entries) for entries in found]
        arrays = self.alphabet.arrays()
        well = all(reads_well_in_values(entry, arrays) for entry in _each_of(found))
        return found if well and self._longest(found) <= LONGEST_LINE_OF_VALUES else None

    def _longest(self, found: Sequence[Entries]) -> int:
        """The characters of the longest of the first entries, once alike terms are below Σ."""
        firsts = [entries.ravel()[0] for entries in found if entries.size]
        rights = [written(self.writer.summed(self.writer.formula(entry))) for entry in firsts]
        return max(map(len, rights), default=0)

    def _by_the_chain_rule(self, sources: Sequence[Anchor], known: dict[Node, Entries]) -> None:
        """The derivative by each value in those by the values that use it, which have names."""
        known = known | {a.stand_in: self._symbols(a) for a in self.chain.order if not a.is_argument}
        of: dict[Any, tuple[Anchor, Index]] = {}
        written_out: dict[Formula, Formula] = {}
        own: dict[Anchor, Entries] = {self.chain.output: exact_entries(np.ones(self.chain.output.node.shape))}
        short = of_loops(self.chain.moving) | self._used_twice()
        for anchor in reversed(self.chain.moving[:-1]):
            seeds = {user: input_node(user.node.type, "p") for user in self._users(anchor)}
            node, values = pulled_node(anchor, seeds)
            for user, seed in seeds.items():
                known[seed] = own[user]
                cotangent = self.chain.cotangent(user)
                self.alphabet.seed(seed, user, written_out.get(cotangent, cotangent))
            self.alphabet.formulas |= {value: user.symbol for value, user in values.items()}
            here = known | {value: known[user.stand_in] for value, user in values.items()}
            at = self.chain.here.stand_ins | {v: self.chain.here.values[user] for v, user in values.items()}
            here |= self._counted(topological_order([node], at), at)
            (self.results[anchor],) = map(collected, entries_of([node], here, self.alphabet.opaque))
            own[anchor] = self.results[anchor]
            longest = max(map(operations, own[anchor].ravel()), default=0)
            if longest <= (PUT_IN_AGAIN if anchor in short else PUT_IN):
                whole = substituted(self.chain.gradient(anchor), written_out)
                written_out[self.chain.cotangent(anchor)] = whole
            else:
                names = self.alphabet.derivatives(anchor)
                own[anchor] = np.where(own[anchor] == 0, own[anchor], names)
                of |= {entry: (anchor, index) for index, entry in np.ndenumerate(names)}
        self.parts = self._needed(sources, of)

    def _users(self, anchor: Anchor) -> list[Anchor]:
        """What uses a value, but for those by which its derivative vanishes, as a variance by its mean."""
        users = self.chain.users(anchor)
        forms = [self.chain.local(user, anchor) for user in users] if len(users) > 1 else []
        moving = [
            user for user, form in zip(users, forms, strict=False) if form is None or not is_nothing(form)
        ]
        return moving or users

    def _used_twice(self) -> set[Anchor]:
        """The values the gradient by which stands more than once in another, as that by a softmax does."""
        chain = self.chain
        moving = chain.moving[:-1]
        uses = [Counter(walk(chain.gradient(anchor))) for anchor in moving]
        return {anchor for anchor in moving if any(count[chain.cotangent(anchor)] > 1 for count in uses)}

    def _symbols(self, anchor: Anchor) -> Entries:
        """The entries of a value by their names; 0 where a mask leaves nothing of it."""
        names, condition = self.alphabet.symbols(anchor), self.chain.facts.outside.get(anchor.symbol)
        if condition is None or condition.kind != "literal":
            return names
        return np.where(condition.data.value, names, exact_entries(np.zeros(names.shape)))

    def _needed(
        self, sources: Sequence[Anchor], of: Mapping[Any, tuple[Anchor, Index]]
    ) -> dict[Anchor, list[Index]]:
        """The entries of derivatives that those by the sources name, and that these name."""
        needed: set[tuple[Anchor, Index]] = set()
        pending = [entry for source in sources for entry in self.results[source].ravel()]
        while pending:
            for entry in pending.pop().free_symbols & of.keys():
                anchor, index = of[entry]
                if (anchor, index) not in needed:
                    needed.add((anchor, index))
                    pending.append(self.results[anchor][index])
        found: dict[Anchor, list[Index]] = {}
        for anchor in reversed(self.chain.moving):
            if anchor not in sources:
                wanted = [index for index in indices_of(anchor) if (anchor, index) in needed]
                found |= {anchor: wanted} if wanted else {}
        return found


def indices_of(anchor: Anchor) -> list[Index]:
    """Those of all entries of a value."""
    return list(np.ndindex(anchor.node.shape))


def _is_data(anchor: Anchor) -> bool:
    """Whether it is x or y, which stand behind the parameters in a product."""
    return anchor.name.label[0] in "xyXY"


def _each_of(found: Sequence[Entries]) -> list[Any]:
    return [entry for entries in found for entry in entries.ravel()]
