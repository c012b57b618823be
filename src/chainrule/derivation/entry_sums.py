"""Sums of alike terms in the entries of arrays, Σₖ (pₖ − yₖ) Xₖ₁: of every row of a batch, or every input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .formula import Formula, add, coefficient, negative, number, product, symbol
from .names import SUBSCRIPTS, Name
from .series import FEWEST, Series

Entry = tuple[Name, tuple[int, ...]]
#: The axes of entries along which terms go on, each with how far it is ahead of k.
Running = dict[tuple[Entry, int], int]


def entry_name(name: Name, places: tuple[int | str, ...]) -> Name:
    """W⁽¹⁾₁₂: entries count from 1; a place may be one of k, k+1, …"""
    if not places:
        return name
    texts = [place if isinstance(place, str) else str(place + 1) for place in places]
    joined = "".join(texts) if max(map(len, texts)) == 1 else ",".join(texts)
    latex = name.latex.replace("\\mathbf", "").replace("\\boldsymbol", "")
    text = name.text + joined.translate(SUBSCRIPTS)
    return Name(f"{name.label}[{','.join(map(str, places))}]", text, f"{{{latex}}}_{{{joined}}}")


def with_entry_sums(formula: Formula, entries: Mapping[Name, Entry]) -> Formula:
    """The formula with each long run of alike terms below one Σ, not one within another."""
    if formula.kind != "add":
        parts = [with_entry_sums(part, entries) for part in formula.parts]
        return replace(formula, parts=tuple(parts)) if parts else formula
    terms: list[Formula] = []
    rest = formula.parts
    while rest:
        running = _running(rest[0], rest[1], entries) if len(rest) > 1 else None
        count = _alike(rest, running, entries) if running else 1
        if running and count >= FEWEST:
            terms.append(_sum(rest[:count], running, entries))
        else:
            count = 1
            terms.append(with_entry_sums(rest[0], entries))
        rest = rest[count:]
    return terms[0] if len(terms) == 1 else replace(formula, parts=tuple(terms))


def _running(first: Formula, second: Formula, entries: Mapping[Name, Entry]) -> Running | None:
    """Where the second term's entries lie one further; None where the terms differ otherwise."""
    found: Running = {}
    pairs = [(first, second)]
    while pairs:
        a, b = pairs.pop()
        if a == b:
            continue
        if a.kind != b.kind or len(a.parts) != len(b.parts):
            return None
        if a.kind != "symbol":
            if a.data != b.data:
                return None
            pairs += zip(a.parts, b.parts, strict=True)
            continue
        entry, following = entries.get(a.data), entries.get(b.data)
        if entry is None or following is None or entry[0] != following[0]:
            return None
        for axis, (i, j) in enumerate(zip(entry[1], following[1], strict=True)):
            if j - i not in (0, 1):
                return None
            if j > i:
                found[entry, axis] = i
    return found


def _alike(terms: tuple[Formula, ...], running: Running, entries: Mapping[Name, Entry]) -> int:
    """How many terms go on as the first two do."""
    count = 1
    while count < len(terms) and terms[count] == _moved(terms[0], running, entries, count):
        count += 1
    return count


def _moved(term: Formula, running: Running, entries: Mapping[Name, Entry], by: int) -> Formula:
    return _renamed(term, running, entries, lambda place: place + by)


def _sum(terms: tuple[Formula, ...], running: Running, entries: Mapping[Name, Entry]) -> Formula:
    """The terms below Σ, the number that they have in common before it."""
    front, _ = coefficient(terms[0])
    bare = [coefficient(term)[1] for term in terms]
    if front < 0 and all(map(_turned, bare)):
        front, bare = -front, [_turned(term) or term for term in bare]
    least = min(running.values())

    def running_place(place: int) -> str:
        return f"k+{place - least}" if place > least else "k"

    general = _renamed(bare[0], running, entries, running_place)
    series = Series(general, least + 1, least + len(terms))
    return product(number(front), Formula("series", tuple(bare), (), series))


def _turned(term: Formula) -> Formula | None:
    """x (b − a) of x (a − b)."""
    for i, factor in enumerate(term.parts if term.kind == "product" else ()):
        if factor.kind == "add" and len(factor.parts) == 2 and coefficient(factor.parts[1])[0] < 0:
            first, second = factor.parts
            turned = add(negative(second), negative(first))
            return product(*term.parts[:i], turned, *term.parts[i + 1 :])
    return None


def _renamed(
    term: Formula, running: Running, entries: Mapping[Name, Entry], place: Callable[[int], int | str]
) -> Formula:
    """The term with its running places changed."""

    entry = entries.get(term.data) if term.kind == "symbol" else None
    if entry is None:
        return replace(term, parts=tuple(_renamed(part, running, entries, place) for part in term.parts))
    name, places = entry
    changed = tuple(place(i) if (entry, axis) in running else i for axis, i in enumerate(places))
    return symbol(entry_name(name, changed), ())
