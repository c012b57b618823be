"""The program ``chainrule`` and its commands."""

from __future__ import annotations

import click

from chainrule import __version__
from chainrule.cli.check import check
from chainrule.cli.demo import demo
from chainrule.cli.derive import derive
from chainrule.cli.graph import graph
from chainrule.cli.group import OneLineErrors
from chainrule.cli.inspect import inspect
from chainrule.cli.jacobian import jacobian
from chainrule.cli.latent import latent
from chainrule.cli.predict import predict
from chainrule.cli.report import report
from chainrule.cli.runs import runs
from chainrule.cli.train import train

SECTIONS = {
    "To see what this is": (demo,),
    "For a table": (inspect, train, predict, report, runs, latent),
    "For a function in a Python file": (check, derive, graph, jacobian),
}


@click.group(
    "chainrule",
    cls=OneLineErrors,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, "--version", prog_name="chainrule")
def main() -> None:
    """Neural networks and latent-variable models whose every derivative you can see, check and trust.

    The help of each command, such as `chainrule train --help`, has an example.

    \b
    Example:
      chainrule demo
      chainrule train wine.csv --target class
      chainrule check net.py:loss --at point.npz

    Exit status: 0 done, 1 the answer is no, 2 bad usage or data, 130 interrupted.

    \b
    For the tab key to complete commands, options and columns, in bash:
      eval "$(_CHAINRULE_COMPLETE=bash_source chainrule)"
    """
