"""Options that belong together, for every command that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class OptionGroup:
    """A decorator that adds several options to a command, and takes their values from what was chosen.

    Args:
        options: in the order of the command's help.

    Attributes:
        names: of the parameters, in that order.

    >>> group = OptionGroup(click.option("--wide", is_flag=True), defaulted("--rate", float, 0.1, "A step."))
    >>> choices = {"wide": True, "rate": 0.2, "seed": 1}
    >>> group.take(choices), choices
    ({'wide': True, 'rate': 0.2}, {'seed': 1})
    """

    def __init__(self, *options: Decorator) -> None:
        self.options = options
        self.names = _names(self)

    def __call__(self, command: Callable[..., Any]) -> Callable[..., Any]:
        """The command with these options."""
        for option in reversed(self.options):
            command = option(command)
        return command

    def take(self, choices: dict[str, Any]) -> dict[str, Any]:
        """The values of these options, which are taken out of the choices."""
        return {name: choices.pop(name) for name in self.names}


def defaulted(flag: str, type: Any, default: Any, help: str, **more: Any) -> Decorator:
    """An option with a default, which its help shows."""
    return click.option(flag, type=type, default=default, show_default=True, help=help, **more)


def _names(group: OptionGroup) -> tuple[str, ...]:
    command = click.command()(group(lambda: None))
    return tuple(str(each.name) for each in command.params)
