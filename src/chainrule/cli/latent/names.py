"""What a density's options accept, known without importing a model."""

from __future__ import annotations

import math

import click

MODEL_NAMES = ("ppca", "gaussian", "factor-analysis", "mixture", "vae", "flow")

#: A whole number, a share of the variance, or the name of a criterion.
Order = int | float | str


def as_order(ctx: click.Context, param: click.Parameter, value: str | None) -> Order | None:
    """How many components, or how to choose them."""
    if value is None or value in ("bic", "minka", "cv"):
        return value
    if value.isdecimal():
        return int(value)
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0.0 < share < 1.0:
        raise click.BadParameter(
            f"{value!r} is no whole number, no share of the variance such as 0.9, and not bic, minka or cv"
        )
    return share


def as_conditions(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """``COL=NUMBER`` of each column that is given."""
    found = {}
    for value in values:
        name, _, number = value.rpartition("=")
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if not name or not math.isfinite(found[name]):
            raise click.BadParameter(f"{value!r} is not of the form COLUMN=NUMBER")
    return found
