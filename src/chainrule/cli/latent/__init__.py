"""``chainrule latent``: densities and latent-variable models of tables of numbers."""

from __future__ import annotations

import click

from chainrule.cli.latent.compare import compare
from chainrule.cli.latent.fit import fit
from chainrule.cli.latent.impute import impute
from chainrule.cli.latent.sample import sample
from chainrule.cli.latent.score import score


@click.group(short_help="Densities of tables: fit, sample, score, impute, compare.")
def latent() -> None:
    """Fit a probability density to a table of numbers; sample, score rows, fill gaps, compare several.

    \b
    Example:
      chainrule latent fit wine.csv --drop class --components 5 -o wine-ppca
    """


for command in (fit, sample, score, impute, compare):
    latent.add_command(command)
