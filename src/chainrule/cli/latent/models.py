"""The models that the command line fits, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import click

from chainrule.cli.latent.names import Order
from chainrule.errors import ArgumentError
from chainrule.latent import PPCA, VAE, FactorAnalysis, Flow, Gaussian, GenerativeModel, PPCAMixture

Model = GenerativeModel[Any]


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked of a model: ``None`` is up to it."""

    components: Order | None = None
    size: int | None = None
    rotation: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """A model's name at the command line.

    Attributes:
        make: a new model.
        asks: which of the choices it knows, by their options.
        whole: whether its number of components must be a whole number.
    """

    make: Callable[[Choices], Model]
    asks: tuple[str, ...]
    whole: bool = True


def _whole(choices: Choices) -> int:
    return 2 if choices.components is None else int(choices.components)


def _ppca(choices: Choices) -> Model:
    order = 2 if choices.components is None else choices.components
    return PPCA(order, rotation=choices.rotation)  # type: ignore[arg-type]


def _factor_analysis(choices: Choices) -> Model:
    return FactorAnalysis(_whole(choices), rotation=choices.rotation)  # type: ignore[arg-type]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "ppca": Kind(_ppca, ("--components", "--rotation"), whole=False),
        "gaussian": Kind(lambda choices: Gaussian(), ()),
        "factor-analysis": Kind(_factor_analysis, ("--components", "--rotation")),
        "mixture": Kind(
            lambda choices: PPCAMixture(choices.size or 3, _whole(choices), seed=choices.seed),
            ("--components", "--size"),
        ),
        "vae": Kind(lambda choices: VAE(_whole(choices)), ("--components",)),
        "flow": Kind(lambda choices: Flow(), ()),
    }
)


def make_model(name: str, choices: Choices) -> Model:
    """A new model of that name.

    Raises:
        UsageError: it is asked for what it does not have.
    """
    kind = KINDS[name]
    asked = {"--components": choices.components, "--size": choices.size, "--rotation": choices.rotation}
    for option, value in asked.items():
        if value is not None and option not in kind.asks:
            able = ", ".join(each for each, other in KINDS.items() if option in other.asks)
            raise click.UsageError(f"{option} is for --model {able}: {name} has none.")
    if kind.whole and not isinstance(choices.components, int | None):
        raise click.UsageError(f"--components {choices.components} is for --model ppca.")
    return kind.make(choices)


def require_fewer(model: Model, choices: Choices, columns: int) -> None:
    """Refuse as many components as columns, in the words of the command line.

    Raises:
        ArgumentError: there are.
    """
    asked = _whole(choices) if isinstance(choices.components, int | None) else 0
    if isinstance(model, PPCA | FactorAnalysis | PPCAMixture) and asked >= columns:
        raise ArgumentError(
            f"--components {asked} for {columns} columns",
            expected=f"{columns - 1} at most",
            instead="--model gaussian for the full covariance",
        )
