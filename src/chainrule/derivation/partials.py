"""The entries of derivatives: in the arguments where that is short, in named values, or by the chain rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..graph import Graph, Node, input_node
from .alphabet import Alphabet, Index
from .chain import Chain
from .closed import of_loops
from .entries import Entries, entries_of, exact_entries
from .formula import Formula, substituted
from .segments import Anchor, pulled_node
from .series import FEWEST

LONGEST = 60  # operations in an entry that is written in the arguments alone
LONGEST_OF_VALUES = 40  # of one that is written in named values, and not in the derivatives by them
DEEPEST = 3  # sums within one another in such an entry
PUT_IN = 6  # operations in a derivative that is written out wherever it stands
PUT_IN_OF_TURNS = 2  # the same of a value that each turn of a loop has


class Partials:
    """The entries of the derivatives by each source, and by the values that these name.

    Attributes:
        chain: the named values.
        alphabet: the symbols of entries.
        results: the entries of the derivative by each source, and by each value of ``parts``.
        parts: the values the derivatives by which are named in others, and which of their entries are.
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
        self.parts: dict[Anchor, list[Index]] = {}
        self.results: dict[Anchor, Entries] = {}
        arguments = sorted((a for a in chain.order if a.is_argument), key=_is_data)
        known = {anchor.node: self.alphabet.argument(anchor) for anchor in arguments}
        found = entries_of(derivative.outputs, known, self.alphabet.opaque)
        if max(map(_operations, found), default=0) > LONGEST:
            by_name = {node: self.alphabet.symbols(anchor) for node, anchor in named.items()}
            found = entries_of(derivative.outputs, known | by_name, self.alphabet.opaque)
            entries = [entry for of_source in found for entry in of_source.ravel()]
            if any(map(self._reads_badly, entries)):
                self._by_the_chain_rule(sources, known)
                return
        self.results = dict(zip(sources, found, strict=True))

    def _reads_badly(self, entry: Any) -> bool:
        """Whether it is long, and sums stand in sums in sums, or its terms are of many kinds."""
        import sympy

        deep = sympy.count_ops(entry) > LONGEST_OF_VALUES and _depth_of_sums(entry) > DEEPEST
        return deep or self._kinds_of_terms(entry) > LONGEST_OF_VALUES

    def _kinds_of_terms(self, entry: Any) -> int:
        """The operations in the terms of an entry; alike terms that one Σₖ will hold count once."""
        import sympy

        arrays = {
            unique: sympy.Symbol(f"A {self.alphabet.entries[formula.data].array.label}", real=True)
            for formula, unique in self.alphabet.translation.symbols.items()
        }
        alike = Counter(term.xreplace(arrays) for term in sympy.Add.make_args(entry))
        return int(sum(sympy.count_ops(term) * (n if n < FEWEST else 1) for term, n in alike.items()))

    def _by_the_chain_rule(self, sources: Sequence[Anchor], known: dict[Node, Entries]) -> None:
        """The derivative by each value in those by the values that use it, which have names."""
        known = known | {a.stand_in: self.alphabet.symbols(a) for a in self.chain.order if not a.is_argument}
        of: dict[Any, tuple[Anchor, Index]] = {}
        written_out: dict[Formula, Formula] = {}
        own: dict[Anchor, Entries] = {self.chain.output: exact_entries(np.ones(self.chain.output.node.shape))}
        turns = of_loops(self.chain.moving)
        for anchor in reversed(self.chain.moving[:-1]):
            seeds = {user: input_node(user.node.type, "p") for user in self.chain.users(anchor)}
            node, values = pulled_node(anchor, seeds)
            for user, seed in seeds.items():
                known[seed] = own[user]
                cotangent = self.chain.cotangent(user)
                self.alphabet.seed(seed, user, written_out.get(cotangent, cotangent))
            self.alphabet.formulas |= {value: user.symbol for value, user in values.items()}
            here = known | {value: known[user.stand_in] for value, user in values.items()}
            (self.results[anchor],) = entries_of([node], here, self.alphabet.opaque)
            own[anchor] = self.results[anchor]
            if _operations(own[anchor]) <= (PUT_IN_OF_TURNS if anchor in turns else PUT_IN):
                whole = substituted(self.chain.gradient(anchor), written_out)
                written_out[self.chain.cotangent(anchor)] = whole
            else:
                own[anchor] = self.alphabet.derivatives(anchor)
                of |= {entry: (anchor, index) for index, entry in np.ndenumerate(own[anchor])}
        self.parts = self._needed(sources, of)

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


def _operations(entries: Entries) -> int:
    import sympy

    return max((int(sympy.count_ops(entry)) for entry in entries.ravel()), default=0)


def _depth_of_sums(expression: Any) -> int:
    """How many sums stand within one another."""
    inside = max(map(_depth_of_sums, expression.args), default=0)
    return inside + bool(expression.is_Add)
