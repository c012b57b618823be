"""What people see: headings, sentences and tables, in colour on a terminal and plain where piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

PIPED_WIDTH = 110
#: More than any table needs.
WIDEST = 10_000


class Screen:
    """Standard output for people. Nothing in a text is markup, so a column may be called ``[bold]``."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console

        width = None if sys.stdout.isatty() else PIPED_WIDTH
        self._console = Console(width=width, markup=False, highlight=False, emoji=False, quiet=quiet)
        self._gap_above = False

    def heading(self, text: str) -> None:
        """A title over what follows."""
        self._gap()
        if self._console.is_terminal:
            self._console.rule(text, align="left", style="cyan")
        else:
            self.say(f"{text}\n{'=' * len(text)}")

    def say(self, text: str = "", style: str | None = None) -> None:
        """Lines of text, none of them broken by the terminal's width."""
        self._console.print(text, style=style, soft_wrap=True)
        self._gap_above = False

    def explain(self, sentences: str) -> None:
        """Sentences, broken between words where a line is full."""
        self._console.print(sentences)
        self._gap_above = False

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]], numbers: bool = True) -> None:
        """A table; all columns but the first hold numbers, unless told otherwise.

        On a narrow screen words give way, never numbers: where even they do not fit, whole lines go on below.
        """
        from rich import box
        from rich.cells import cell_len
        from rich.measure import Measurement
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
        cells = [list(map(str, row)) for row in rows]
        for index, name in enumerate(header):
            is_number = numbers and index > 0
            table.add_column(
                name,
                justify="right" if is_number else "left",
                overflow="fold",
                no_wrap=is_number,
                # rich would break a name of several words first, and then every line
                min_width=max(map(cell_len, (name, *(row[index] for row in cells)))) if is_number else None,
            )
        for row in cells:
            table.add_row(*row)
        self._gap()
        narrowest = Measurement.get(
            self._console, self._console.options.update(max_width=WIDEST), table
        ).minimum
        if narrowest > self._console.width:
            table.width = narrowest
        self._console.print(table, crop=False)
        self._gap_above = False
        self._gap()

    def show(self, thing: Any) -> None:
        """Whatever rich can print."""
        self._console.print(thing)
        self._gap_above = False

    def _gap(self) -> None:
        """One blank line, however many ask for it."""
        if not self._gap_above:
            self._console.print()
        self._gap_above = True


def emit_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object; what is not a finite number is null."""
    from chainrule.io.plain import encode_notes

    emit_bytes(encode_notes(facts) + b"\n")


def emit_bytes(data: bytes) -> None:
    """Print bytes as they are: data is UTF-8 whatever the terminal is.

    Raises:
        OSError: not all of them could be written.
    """
    if sys.stdout is None:  # closed by whoever called
        return
    sys.stdout.flush()
    left = memoryview(data)
    while left:  # with PYTHONUNBUFFERED a disk that is nearly full takes a part, and says so only next time
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """A remark on standard error, beside data on standard output."""
    click.echo(text, err=True)


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that something is going on; what is given may be told how far it is."""
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, markup=False).status(Text(text)) as status:
        yield lambda part: status.update(Text(f"{text}: {part}"))
