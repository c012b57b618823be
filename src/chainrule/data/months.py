"""Months that are named in another language, told in English, as ``strptime`` reads them."""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from collections.abc import Mapping
from types import MappingProxyType
from unicodedata import combining, normalize

#: From January on, without accents, in German, French, Spanish, Italian, Portuguese and Dutch.
LANGUAGES = (
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janner feber mrz apr mai jun jul aug sept okt nov dez",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "janv fevr mars avr mai juin juil aout sept oct nov dec",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago set oct nov dic",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "gen feb mar apr mag giu lug ago set ott nov dic",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "jan fev mar abr mai jun jul ago set out nov dez",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mrt apr mei jun jul aug sep okt nov dec",
)
MONTHS: Mapping[str, int] = MappingProxyType(
    {name: month for names in LANGUAGES for month, name in enumerate(names.split(), 1)}
)
ENGLISH = frozenset(name.lower() for name in (*month_name[1:], *month_abbr[1:]))
WORD = re.compile(r"[^\W\d_]+\.?")
#: Between a day, a month and a year in Spanish and Portuguese, and behind the first day in French.
LINKS = ("de", "del", "er")


def in_english(date: str, short: bool) -> str:
    """A date with the English name of its month.

    Args:
        date: in any of these languages; English ones stay as they are.
        short: whether with its abbreviation.

    >>> in_english("3. März 2024", short=False), in_english("1er févr. 2024", short=True)
    ('3. March 2024', '1 Feb 2024')
    >>> in_english("5 de mayo de 2024", short=False), in_english("Sept. 7, 2024", short=True)
    ('5 May 2024', 'Sep 7, 2024')
    """
    names = month_abbr if short else month_name

    def told(found: re.Match[str]) -> str:
        word = _without_accents(found[0].removesuffix(".").lower())
        if word in LINKS:
            return ""
        if word in ENGLISH:
            return word
        return names[MONTHS[word]] if word in MONTHS else found[0]

    return " ".join(WORD.sub(told, date).split())


def _without_accents(word: str) -> str:
    return word if word.isascii() else "".join(each for each in normalize("NFD", word) if not combining(each))
