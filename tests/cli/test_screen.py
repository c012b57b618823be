"""What fits on a screen, and what is shown where it does not."""

from __future__ import annotations

import errno
import io
import sys
from contextlib import nullcontext
from typing import Any

import pytest

from chainrule.cli import screen
from chainrule.cli.screen import Screen, emit_bytes


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


class Nearly(io.RawIOBase):
    """A disk that takes a few bytes, and is full then; as Python writes to it without a buffer."""

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)[: min(3, self.room)]
        if not part:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room, self.taken = self.room - len(part), self.taken + part
        return len(part)


def test_all_bytes_are_written_or_it_is_an_error(monkeypatch) -> None:
    for room in (10, 9):
        disk = Nearly(room)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(disk, write_through=True))
        with nullcontext() if room == 10 else pytest.raises(OSError, match="No space left"):
            emit_bytes(b"0123456789")
        assert disk.taken == b"0123456789"[:room]


def test_a_table_that_is_wider_than_the_screen_loses_nothing(narrow, capsys) -> None:
    names = ["short", "γ", "naïve café", "another class", "zwölf"]
    Screen().table(["true \\ predicted", *names], [[name, *range(10, 15)] for name in names])
    shown = capsys.readouterr().out
    assert all(shown.count(name) >= 1 for name in names)  # above a column, in one piece
    assert all(shown.count(word) >= 2 for name in names for word in name.split())
    assert "predicted" in shown
    assert shown.count("12") == len(names)
