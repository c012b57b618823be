"""Words as numbers: plain ones, and those that people and spreadsheets write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import ArgumentError
from .durations import DURATION, duration_seconds

#: Written for "no value" in a column of numbers or dates; in a column of words they are words.
MISSING_VALUES = frozenset(
    [
        *(
            "na",
            "n/a",
            "#n/a",
            "n.a.",
            "<na>",
            "nan",
            "nat",
            "null",
            "(null)",
            "\\n",
            "none",
            "nil",
            "missing",
        ),
        *("?", "-", "--", "–", "—", "."),
    ]
)
CURRENCY = r"(?:[$€£¥₹₽₩₺₫฿]|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|R\$|kr|zł)"
#: A sign, a currency before or after, an accountant's brackets, a percent sign: what may stand around digits.
AROUND = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?)(?:{CURRENCY}\s*)?(?P<second>[+-]?)(?P<digits>[^\s()].*?)"
    rf"(?:\s*{CURRENCY})?(?P<percent>\s*%)?(?P<close>\))?"
)
#: A number and a unit behind it, of which a column with numbers should have one.
WITH_UNIT = re.compile(r"[+−-]?\d[\d.,]*\s?(?P<unit>[°µμ]?[A-Za-zΩ]{1,4}[²³]?(?:/[A-Za-z]{1,3}[²³]?)?|°)")
ENOUGH_WITH_UNIT = 3
SPACES = "\u0020\u00a0\u2009\u202f"


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """How the numbers of a column are written.

    Args:
        name: an example of it, which is also how it is asked for.
        parse: from a word to its number, NaN for "no value", ``None`` where it is none.

    >>> NUMBER_FORMATS["1.234,5"].parse("-1.250,75 €"), NUMBER_FORMATS["1,234.5"].parse("12%")
    (-1250.75, 0.12)
    """

    name: str
    parse: Callable[[str], float | None]


def parse_number(word: str) -> float | None:
    """A word as a number: NaN for a missing one, ``None`` where it is no number.

    >>> parse_number("1e3"), parse_number("N/A"), parse_number("1_000"), parse_number("$5")
    (1000.0, nan, None, 5.0)
    """
    try:
        # Python's own digit separators are no data format.
        return float(word) if "_" not in word else None
    except ValueError:
        return float("nan") if word.lower() in MISSING_VALUES else _decorated(word, _plain)


def common_unit(words: Sequence[str]) -> str | None:
    """The unit behind the numbers that three or more words are; ``None`` where there is no such one.

    >>> common_unit(["14.1°C", "-2 °C", "3°C"]), common_unit(["1 m", "2 km", "3 m"])
    ('°C', None)
    """
    if len(words) < ENOUGH_WITH_UNIT:
        return None
    first = WITH_UNIT.fullmatch(words[0])
    found = first and all(
        (each := WITH_UNIT.fullmatch(word)) and each["unit"] == first["unit"] for word in words
    )
    return first["unit"] if first and found else None


def number_format(name: str) -> NumberFormat:
    """The format of that name; behind an example a unit may stand, such as ``"1.234,5 kg"``.

    Raises:
        ArgumentError: there is none.

    >>> number_format("1.234,5 kg").parse("1.250,5kg"), number_format("h:mm:ss").parse("0:01:30")
    (1250.5, 90.0)
    """
    if name == DURATION:
        return _or_missing(DURATION, duration_seconds)
    for known, plain in NUMBER_FORMATS.items():
        if name == known:
            return plain
        unit = name.removeprefix(f"{known} ")
        if unit != name and unit.strip():
            return _with_unit(name, plain, unit.strip())
    examples = ", ".join(map(repr, NUMBER_FORMATS))
    raise ArgumentError(
        f"number format {name!r}",
        expected=f"{examples}, perhaps with a space and a unit behind, or {DURATION}",
    )


def _with_unit(name: str, plain: NumberFormat, unit: str) -> NumberFormat:
    return NumberFormat(name, lambda word: plain.parse(word.removesuffix(unit).rstrip()))


def unit_format(words: Sequence[str]) -> str | None:
    """The format of numbers that have one unit; ``None`` where words are none.

    >>> unit_format(["1 kg", "2,5 kg", "10 kg"]), unit_format(["1 kg", "2", "many"])
    ('1.234,5 kg', None)
    """
    unit = common_unit(words)
    names = [] if unit is None else [f"{name} {unit}" for name in NUMBER_FORMATS]
    parsers = ((name, number_format(name).parse) for name in names)
    return next((name for name, parse in parsers if all(parse(word) is not None for word in words)), None)


def has_leading_zero(word: str) -> bool:
    """Whether digits begin with a zero that no number needs, as those of codes do.

    >>> has_leading_zero("007"), has_leading_zero("0.5"), has_leading_zero("0")
    (True, False, False)
    """
    digits = word.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0" and digits[1].isdecimal()


def _plain(digits: str) -> float | None:
    return float(digits) if re.fullmatch(r"\d+\.?\d*|\.\d+", digits, re.ASCII) else None


def _decorated(word: str, parse: Callable[[str], float | None]) -> float | None:
    """The number among a sign, a currency and a percent sign."""
    found = AROUND.fullmatch(word.replace("−", "-"))
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["sign"] and found["second"]):
        return None
    value = parse(found["digits"])
    if value is None:
        return None
    negative = "-" in (found["sign"], found["second"]) or bool(found["open"])
    return (-value if negative else value) / (100.0 if found["percent"] else 1.0)


def _grouped(name: str, group: str, decimal: str) -> NumberFormat:
    """A format whose thousands are separated by one of ``group`` and whose decimals by one of ``decimal``."""
    decimals = rf"(?:[{decimal}](?P<decimals>\d+))?"
    pattern = re.compile(rf"(?P<whole>[1-9]\d{{0,2}}(?:[{group}]\d{{3}})+|\d+){decimals}", re.ASCII)

    def digits(text: str) -> float | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        return float(re.sub(rf"[{group}]", "", found["whole"]) + "." + (found["decimals"] or "0"))

    return _or_missing(name, lambda word: _decorated(word, digits))


def _or_missing(name: str, parse: Callable[[str], float | None]) -> NumberFormat:
    """A format whose words may also mean "no value"."""
    return NumberFormat(name, lambda word: float("nan") if word.lower() in MISSING_VALUES else parse(word))


#: Every format by name, in the order in which they are tried.
NUMBER_FORMATS: Mapping[str, NumberFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            NumberFormat("1234.5", parse_number),
            _grouped("1,234.5", ",", "."),
            _grouped("1.234,5", ".", ","),
            _grouped("1 234,5", SPACES, ",."),
            _grouped("1'234.5", "'’", ".,"),
        )
    }
)
