"""A derivation: its lines in order, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .step import Step
from .vocabulary import notation_used


@dataclass(frozen=True, slots=True, repr=False)
class Derivation:
    """The derivation of a function's gradient, line by line; each line has been checked with numbers.

    Attributes:
        title: what is derived, such as "∇_W⁽¹⁾ J of J(x, W1, b1)".
        steps: the lines, in order.
        legend: what the user called each value that is written another way.
        point: "the given point", or how the point of the checks was made.
    """

    title: str
    steps: tuple[Step, ...]
    legend: tuple[tuple[str, str], ...]
    point: str
    _source: Callable[[], str] = field(compare=False)

    def __len__(self) -> int:
        return len(self.steps)

    def names(self) -> str:
        """What the user called the values that are written another way, as a sentence."""
        if not self.legend:
            return "Names are those of the function."
        return "Names: " + ", ".join(f"{written} is {label}" for written, label in _short(self.legend)) + "."

    def notation(self) -> str:
        """How to read the formulas, and where they were checked, as sentences."""
        return f"{notation_used(self.steps)} Every line was checked at {self.point}."

    def text(self, width: int | None = None) -> str:
        """Plain text for a terminal, in lines of so many letters; of 100 if not told."""
        from .writers.text import WIDTH, text

        return text(self, WIDTH if width is None else width)

    def latex(self) -> str:
        """A LaTeX document that compiles as it stands."""
        from .writers.latex import document

        return document(self)

    def mathml(self) -> Sequence[str]:
        """Each line as a MathML element."""
        from .writers.html import mathml

        return [mathml(step) for step in self.steps]

    def html(self) -> str:
        """A whole page: no script, nothing from the network."""
        from .writers.html import page

        return page(self)

    def python(self) -> str:
        """NumPy source of a function that computes the gradient; it runs by itself."""
        return self._source()

    def _repr_html_(self) -> str:
        from .writers.html import fragment

        return fragment(self)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Derivation of {self.title}: {len(self.steps)} lines>"


def _short(legend: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """The legend with W⁽¹⁾, W⁽²⁾, … in one entry."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for written, label in legend:
        groups.setdefault(label.rstrip("0123456789"), []).append((written, label))
    found: list[tuple[str, str]] = []
    for group in groups.values():
        (written, label), (last, last_label) = group[0], group[-1]
        found += [(f"{written}, …, {last}", f"{label}, …, {last_label}")] if len(group) > 3 else group
    return found
