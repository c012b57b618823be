"""Numbers as options, told in words by help and errors."""

from __future__ import annotations

import click


class WholeNumber(click.IntRange):
    """A whole number in a range, N in help."""

    name = "whole number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for it in help."""
        return "N"

    def _describe_range(self) -> str:
        return in_words(self)


class Number(click.FloatRange):
    """A number in a range, X in help."""

    name = "number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for it in help."""
        return "X"

    def _describe_range(self) -> str:
        return in_words(self)


def in_words(range: click.IntRange | click.FloatRange) -> str:
    """A range that has a least number, as people say it.

    >>> in_words(click.IntRange(1)), in_words(click.FloatRange(0, min_open=True))
    ('1 or more', 'more than 0')
    >>> in_words(click.FloatRange(0, 1, max_open=True)), in_words(click.FloatRange())
    ('0 to less than 1', '')
    """
    if range.min is None:
        return ""
    if range.max is None:
        return f"more than {range.min:g}" if range.min_open else f"{range.min:g} or more"
    below = "less than " if range.max_open else ""
    return f"{'more than ' if range.min_open else ''}{range.min:g} to {below}{range.max:g}"
