"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

PATH = click.Path(path_type=Path)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
force_option = click.option("--force", is_flag=True, help="Replace what is there.")
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Same seed, same result."
)
drop_option = click.option("--drop", multiple=True, metavar="COL", help="A column to leave out; repeatable.")


def output_option(what: str) -> Decorator:
    """``-o``: where to write."""
    return click.option("-o", "--output", type=PATH, help=what)
