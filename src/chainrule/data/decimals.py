"""Whether a point is before decimals or before thousands: 1.234 may be a little over one, or many."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice, zip_longest

from .numbers import MISSING_VALUES, NUMBER_FORMATS
from .plain_csv import PlainCsv

PLAIN, COMMA, POINT = (NUMBER_FORMATS[name].parse for name in ("1234.5", "1.234,5", "1,234.5"))
#: Rows that are looked at.
SAMPLE = 100
THOUSAND = 1000
#: A number that may be one thousand of something, and one too small for that.
GROUP, SHORT = r"[+-]?[1-9]\d{0,2}\.\d{3}", r"[+-]?\d{1,3}"


def has_decimal_commas(text: PlainCsv) -> bool:
    """Whether some column of a file has, in the first rows, numbers that need a decimal comma."""
    with text.file.open(encoding="utf-8-sig", errors="replace", newline="") as file, suppress(csv.Error):
        rows = list(islice(csv.reader(file, delimiter=text.separator), 1, SAMPLE + 1))
        return any(_commas([word.strip() for word in column]) for column in zip_longest(*rows, fillvalue=""))
    return False


def _commas(words: list[str]) -> bool:
    present = [word for word in words if word]
    if not any("," in word for word in present):
        return False
    return all(COMMA(word) is not None for word in present) and any(
        POINT(word) is None and PLAIN(word) is None for word in present
    )


class ThousandsDoubt:
    """Evidence of whether all numbers of a column could as well be written with points before thousands.

    >>> doubt = ThousandsDoubt()
    >>> doubt.add(["1.234", "2.500"])
    >>> doubt.reasonable(decimal_commas=True), doubt.reasonable(decimal_commas=False)
    (True, False)
    >>> doubt.add(["980"])
    >>> doubt.reasonable(decimal_commas=False)  # one has no decimals, where others have three
    True
    """

    def __init__(self) -> None:
        self._groups = self._short = self._other = False

    def add(self, words: Iterable[str]) -> None:
        """Look at words."""
        for word in words:
            if self._other:
                return
            if re.fullmatch(SHORT, word, re.ASCII):
                self._short = True
            elif re.fullmatch(GROUP, word, re.ASCII):
                self._groups = True
            elif word.lower() not in MISSING_VALUES:
                self._other = True

    def refute(self) -> None:
        """There are numbers of which it could not be said."""
        self._other = True

    def reasonable(self, decimal_commas: bool) -> bool:
        """Whether each number is whole and below 1000, or has three decimals and no leading zero.

        Some must be whole, since numbers of three decimals would have them all, unless other columns have
        decimal commas.
        """
        return self._groups and not self._other and (decimal_commas or self._short)
