"""Which values of a graph a derivation speaks of by name: what the user named, and where a rule begins anew.

Between two such values lies a segment that one rule covers: an affine map, a function applied to each
element, a reduction. The choice looks at operations only, so a value has the same name whatever one
differentiates by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod

from ..errors import SourceLine
from ..graph import Graph, Node, dependents, is_literal
from .decompositions import DECOMPOSITIONS
from .infinities import infinite_values
from .names import fresh

VIEWS = {"broadcast_to", "reshape", "transpose", "astype", "slice", "negative", "positive"}
SUMS = {"add", "subtract"}
PRODUCTS = {"multiply", "divide", "absorb"}
ARITHMETIC = SUMS | PRODUCTS | {"negative", "positive", "reciprocal", "square", "power", "sqrt", "astype"}
POWERS = {"square", "sqrt", "reciprocal"}
MATRIX_PRODUCTS = {"einsum", "absorbing_einsum", "convolve", "cross"}
COMPOUND = 4  # operations in what a function is applied to, another function among them
LONGEST_SQUARED = 6  # operations in what is squared
LONGEST = 24  # operations in one definition


def anchor_labels(graph: Graph) -> dict[Node, str]:
    """The label of every value that is spoken of by name, in the order of the graph."""
    labels = {node: str(node.params["label"]) for node in graph.inputs}
    for label, node in graph.names.items():
        if not is_literal(node) or (node.op == "constant" and node.ndim):
            labels.setdefault(node, label)
    choice = _Choice(graph, set(labels))
    chosen = choice.made()
    unnamed = [n for n in graph.nodes if n in chosen and n not in labels and n not in graph.outputs]
    letters = _Letters({*graph.names, *labels.values(), graph.title}, unnamed)
    taken = {*graph.names, *labels.values(), graph.title}
    for node in unnamed:
        labels[node] = fresh(letters.of(node, choice.letters(node)), taken)
        taken.add(labels[node])
    for node in graph.outputs:
        labels.setdefault(node, _output_label(graph.title, taken))
        taken.add(labels[node])
    return {node: labels[node] for node in graph.nodes if node in labels}


def _output_label(title: str, taken: set[str]) -> str:
    base = title if title.isidentifier() else "f"
    return base if base not in taken or base == title else fresh(base, taken)


class _Letters:
    """The letters of unnamed values; values of a line that runs several times have one of their own."""

    def __init__(self, taken: set[str], unnamed: Sequence[Node]) -> None:
        self.stems = {label.rstrip("0123456789") for label in taken}
        self.loops = {node.source for node in unnamed if node.source is not None and node.source.turn}
        self.own: dict[tuple[SourceLine, str], str] = {}

    def of(self, node: Node, letters: str) -> str:
        """The first letter that no other value's name begins with."""
        place = (node.source, letters) if node.source is not None and node.source in self.loops else None
        if place in self.own:
            return self.own[place]
        free = self.stems | set(self.own.values())
        found = next((letter for letter in letters if letter not in free), letters[0])
        if place:
            self.own[place] = found
        return found


class _Choice:
    """The unnamed values of a graph that deserve a name."""

    def __init__(self, graph: Graph, named: set[Node]) -> None:
        self.order = [node for node in graph.nodes if node not in graph.inputs]
        self.moving = dependents(graph.nodes, graph.inputs)
        self.chosen = set(named)
        self.infinite = infinite_values(graph)
        self.users: dict[Node, list[Node]] = {}
        for node in self.order:
            for operand in node.inputs:
                self.users.setdefault(operand, []).append(node)
        self.uses: Counter[Node] = Counter(graph.outputs)
        for node in reversed(self.order):
            for operand in node.inputs:
                self.uses[operand] += self.uses[node] if node.op in VIEWS and node not in named else 1

    def made(self) -> set[Node]:
        content: dict[Node, Counter[str]] = {}
        for node in self.order:
            if node not in self.moving or is_literal(node):
                continue
            for operand in set(node.inputs) - self.infinite:
                known = operand in content and operand not in self.chosen
                if self._kind(node) == "function" and self._is_short(operand):
                    continue
                if known and not _is_norm(node) and self._parts(node, content[operand]):
                    self._choose(operand)
            content[node] = self._content(node, content)
            several = (self.uses[node] > 1 and not self._is_trivial(node)) or self._is_rearranged(node)
            if node not in self.infinite and (several or sum(content[node].values()) > LONGEST):
                self.chosen.add(self._as_vector(node))
        return self.chosen

    def letters(self, node: Node) -> str:
        """z for what a non-linear function is applied to, h for what it gives, v for the rest; or others."""
        if _is_activation(node):
            return "hguq"
        return "zasco" if any(map(_is_activation, self.users.get(node, ()))) else "vutqr"

    def _choose(self, node: Node) -> None:
        """The value below views of it, which read the same; of a decomposition the array, not all in one."""
        array = node
        while node.op in VIEWS and node.inputs[0] not in self.chosen and node.inputs[0] in self.moving:
            if _drops_axes(node):
                break
            node = node.inputs[0]
        self.chosen.add(array if node.op in DECOMPOSITIONS else node)

    def _as_vector(self, node: Node) -> Node:
        """The vector that a matrix of one column is used as, if it is."""
        users = self.users.get(node, [])
        return users[0] if len(users) == 1 and _drops_axes(users[0]) else node

    def _is_trivial(self, node: Node) -> bool:
        by_number = node.op in PRODUCTS and any(map(is_literal, node.inputs))
        short = by_number or self._is_power(node) or self._is_inverse(node)
        return node.op in VIEWS or node.op in DECOMPOSITIONS or short

    def _is_power(self, node: Node) -> bool:
        """Whether it is the square, or another power, of a number with a name."""
        raised = node.op in POWERS or (node.op == "power" and is_literal(node.inputs[1]))
        return raised and not node.ndim and node.inputs[0] in self.chosen

    def _is_named(self, node: Node) -> bool:
        """Whether it has a name, or is picked from what has one, or such with a minus."""
        while node.op in ("negative", "broadcast_to"):
            node = node.inputs[0]
        return node in self.chosen or (node.op == "slice" and node.inputs[0] in self.chosen)

    def _is_short(self, node: Node) -> bool:
        """Whether it is the product or quotient of two values with names, or that times a number."""
        if node.op == "negative":
            return self._is_short(node.inputs[0])
        if node.op not in PRODUCTS:
            return False
        parts = [operand for operand in node.inputs if not is_literal(_unspread(operand))]
        return self._is_short(parts[0]) if len(parts) == 1 else all(map(self._is_named, parts))

    def _is_rearranged(self, node: Node) -> bool:
        """Whether it is a product of matrices that is divided into blocks, or made of them, as by heads."""
        users = self.users.get(node, [])
        moved = [user for user in users if user.op in ("reshape", "transpose") and not _drops_axes(user)]
        blocks = max([node.ndim, *[user.ndim for user in moved]]) > 2
        sums = node.op in MATRIX_PRODUCTS and node.type.size < prod(x.type.size for x in node.inputs)
        return sums and len(users) == len(moved) == 1 and blocks

    def _is_inverse(self, node: Node) -> bool:
        """Whether it is the inverse or determinant of a value with a name: as short as another name."""
        return node.op in ("inv", "det") and node.inputs[0].ndim == 2 and node.inputs[0] in self.chosen

    def _content(self, node: Node, content: Mapping[Node, Counter[str]]) -> Counter[str]:
        found = Counter({self._kind(node): 1})
        for operand in node.inputs:
            if operand in content and operand not in self.chosen:
                found += content[operand]
        return found

    def _kind(self, node: Node) -> str:
        if node.op in VIEWS or node.op in SUMS or self._is_inverse(node):
            return "linear"
        if node.op in PRODUCTS:
            two = all(operand in self.moving and not is_literal(operand) for operand in node.inputs)
            if two and any(_unspread(operand).ndim == 0 for operand in node.inputs):
                return "multiple"
            return "product" if two else "linear"
        if node.primitive.elementwise:
            return "function"
        if node.op in MATRIX_PRODUCTS:
            return "matrix"
        return "sum" if node.op == "sum" else "block"

    def _parts(self, node: Node, inner: Counter[str]) -> bool:
        """Whether a new rule begins between a node and an operand that holds these kinds of operations."""
        kind = self._kind(node)
        if kind == "product":
            return bool(inner["block"] or (inner["function"] and inner["matrix"]))
        if node.op == "square" and node.ndim:
            size = sum(inner.values())
            if size > LONGEST_SQUARED or (size >= COMPOUND and _bends(inner)):
                return True
        if kind == "function":
            long = bool(inner["function"]) and sum(inner.values()) >= COMPOUND and len(node.inputs) == 1
            compound = (bool(inner["product"] or inner["multiple"]) or long) and _is_activation(node)
            return compound or bool(inner["matrix"] or inner["sum"] or inner["block"])
        if kind == "matrix":
            return bool(inner["function"] or inner["product"] or inner["sum"] or inner["block"])
        if kind == "block":
            return any(inner[part] for part in ("function", "product", "multiple", "matrix", "sum", "block"))
        return False


def _bends(content: Counter[str]) -> bool:
    """Whether it holds more than sums and multiples by numbers."""
    return any(content[kind] for kind in ("function", "product", "multiple"))


def _is_norm(node: Node) -> bool:
    """Whether it is √(Σ x²), ‖x‖."""
    total = node.inputs[0]
    return node.op == "sqrt" and total.op == "sum" and not total.ndim and total.inputs[0].op == "square"


def _unspread(node: Node) -> Node:
    return node.inputs[0] if node.op == "broadcast_to" else node


def _drops_axes(node: Node) -> bool:
    """Whether it is a matrix of one column as a vector."""
    return (
        node.op == "reshape"
        and node.ndim == 1
        and node.inputs[0].shape in ((*node.shape, 1), (1, *node.shape))
    )


def _is_activation(node: Node) -> bool:
    return node.primitive.elementwise and node.op not in ARITHMETIC and node.type.is_float
