"""What fits on a screen, and what is shown where it does not."""

from __future__ import annotations

import pytest

from chainrule.cli import screen
from chainrule.cli.screen import Screen


@pytest.fixture
def narrow(monkeypatch) -> int:
    """A screen of so many characters a line."""
    width = 20
    monkeypatch.setattr(screen, "PIPED_WIDTH", width)
    return width


def test_a_number_is_never_broken(narrow, capsys) -> None:
    numbers = ["1234567890", "2345678901", "3456789012"]
    Screen().table(["true \\ predicted", "a", "b", "c"], [["a class of some length", *numbers]])
    shown = capsys.readouterr().out
    assert all(number in shown for number in numbers)


def test_words_give_way_to_numbers(narrow, capsys) -> None:
    Screen().table(["a name", "b"], [["several words in a row", "1234567890"]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= narrow
    assert sum("1234567890" in line for line in lines) == 1


def test_sentences_break_between_words(narrow, capsys) -> None:
    text = "Each point is drawn as its class y: now one straight line parts the 0s from the 1s."
    Screen().explain(text)
    shown = capsys.readouterr().out
    assert shown.split() == text.split()
    assert max(map(len, shown.splitlines())) <= narrow
