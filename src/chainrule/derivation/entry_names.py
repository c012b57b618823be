"""The names of single entries: W⁽¹⁾₁₂, and of derivatives by them: ∂J/∂W⁽¹⁾₁₂."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .names import SUBSCRIPTS, Name

Place = int | str  # counted from 0; or k, k+1, … below Σ


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an array with a name; where ``output`` is given, the derivative of that number by it."""

    array: Name
    places: tuple[Place, ...]
    output: Name | None = None

    def at(self, places: tuple[Place, ...]) -> Entry:
        """The same at other places."""
        return replace(self, places=places)

    @property
    def name(self) -> Name:
        """Entries count from 1.

        >>> from chainrule.derivation.names import name_of
        >>> W, J = name_of("W1", True), name_of("J", False)
        >>> Entry(W, (0, 1)).name.text, Entry(W, (0, "k"), J).name.text
        ('W⁽¹⁾₁₂', '∂J/∂W⁽¹⁾₁ₖ')
        """
        own, J = self._own, self.output
        if J is None:
            return own
        latex = f"\\frac{{\\partial {J.latex}}}{{\\partial {own.latex}}}"
        return Name(f"d{J.label}/d{own.label}", f"∂{J.text}/∂{own.text}", latex)

    @property
    def _own(self) -> Name:
        name, places = self.array, self.places
        if not places:
            return name
        texts = [place if isinstance(place, str) else str(place + 1) for place in places]
        joined = "".join(texts) if max(map(len, texts)) == 1 else ",".join(texts)
        latex = name.latex.replace("\\mathbf", "").replace("\\boldsymbol", "")
        text = name.text + joined.translate(SUBSCRIPTS)
        return Name(f"{name.label}[{','.join(map(str, places))}]", text, f"{{{latex}}}_{{{joined}}}")
