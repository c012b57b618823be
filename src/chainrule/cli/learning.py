"""Options that say what network is trained, and how."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.completion import HIDDEN_ACTIVATIONS, activation_names
from chainrule.cli.numbers import Number, WholeNumber
from chainrule.cli.option_group import OptionGroup, defaulted

if TYPE_CHECKING:
    from chainrule.cli.training import Settings
    from chainrule.train import LBFGS, Optimiser

RATES = {"adam": 0.01, "adamw": 0.01, "rmsprop": 0.003, "sgd": 0.1}
NORMALISATIONS = ("none", "batch", "layer")
#: Hidden layers until a search has found others: so many that all that can be asked of layers fits them.
SEARCHED = (32, 32, 32)
SCHEDULES = ("constant", "cosine", "step", "exponential", "plateau")
SHARE = Number(min=0, max=1, max_open=True)
POSITIVE = Number(min=0, min_open=True)


def layer_sizes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    """Whole numbers with commas between them, or ``none``."""
    sizes = [] if value.strip() == "none" else [size.strip() for size in value.split(",")]
    if not all(size.isdecimal() and int(size) > 0 for size in sizes):
        raise click.BadParameter(f"{value!r} is no list of layer sizes, such as 32 or 64,32 (or none)")
    return tuple(map(int, sizes))


learning_options = OptionGroup(
    defaulted(
        "--hidden",
        str,
        "32,32",
        "Units of the hidden layers; none for a linear model.",
        callback=layer_sizes,
        metavar="SIZES",
    ),
    defaulted(
        "--activation",
        str,
        "relu",
        f"Of the hidden layers: {', '.join(HIDDEN_ACTIVATIONS)}.",
        metavar="NAME",
        shell_complete=activation_names,
    ),
    defaulted(
        "--normalisation",
        click.Choice(NORMALISATIONS),
        "none",
        "Brings what the hidden layers compute to mean 0 and variance 1: each unit over the rows of a "
        "minibatch, or each row over the units of a layer.",
    ),
    defaulted("--dropout", SHARE, 0, "Share of the hidden units left out in training."),
    click.option(
        "--residual",
        is_flag=True,
        help="Hidden layers with as many units as inputs add their inputs to what they compute.",
    ),
    click.option(
        "--residual-blocks",
        is_flag=True,
        help="The second of each two layers adds the inputs of the first.",
    ),
    defaulted("--epochs", WholeNumber(min=1), 300, "Passes over the training rows, at most."),
    defaulted(
        "--patience",
        WholeNumber(min=1),
        20,
        "Stop after so many epochs without a lower loss of the validation rows; the best epoch is kept.",
    ),
    defaulted(
        "--batch-size",
        WholeNumber(min=1),
        32,
        "Rows of a minibatch: each step follows the gradient over so many.",
    ),
    defaulted(
        "--optimizer",
        click.Choice([*RATES, "lbfgs"]),
        "adam",
        "lbfgs takes all rows at once, and needs no learning rate; with --search it is adamw.",
    ),
    click.option(
        "--learning-rate",
        type=Number(),
        help="How far a step goes along the gradient.  [default: "
        + ", ".join(f"{rate:g} for {name}" for name, rate in RATES.items())
        + "]",
    ),
    click.option(
        "--find-lr",
        is_flag=True,
        help="Try rates from 1e-06 to 10 first (a range test), and take that where the loss falls fastest.",
    ),
    defaulted(
        "--schedule",
        click.Choice(SCHEDULES),
        "constant",
        "How the learning rate falls: along a cosine to 0, to a tenth after each third of the epochs, "
        "exponentially to a hundredth, or to half when the validation loss has not fallen for 5 epochs.",
    ),
    defaulted("--warm-up", WholeNumber(min=0), 0, "Epochs at the beginning, in which the rate grows."),
    defaulted(
        "--schedule-by",
        click.Choice(["epoch", "minibatch"]),
        "epoch",
        "How often the schedule, and warming up, change the rate.",
    ),
    click.option(
        "--clip-norm",
        type=POSITIVE,
        metavar="C",
        help="Where the gradient is longer than this, shorten it to this.",
    ),
    click.option(
        "--weight-decay",
        type=Number(min=0),
        help="Shrinks the weights in each step, by this times the learning rate.  "
        "[default: 0.01 for adamw, else 0]",
    ),
    defaulted(
        "--l1", Number(min=0), 0, "Adds this times the sum of all weights' absolute values to the loss."
    ),
    defaulted(
        "--l2", Number(min=0), 0, "Adds half of this times the sum of all weights' squares to the loss."
    ),
    defaulted(
        "--label-smoothing",
        SHARE,
        0,
        "Share of each row's class that is spread evenly over all classes; 0.1 is usual.",
    ),
    click.option(
        "--search",
        is_flag=True,
        help="Look for hidden layers and a learning rate first: of many trained briefly, the better ones "
        "train longer (successive halving).",
    ),
    click.option(
        "--folds",
        type=WholeNumber(min=2),
        metavar="K",
        help="Cross-validate first: K times, train without a K-th of the training rows, and score those.",
    ),
    defaulted(
        "--ensemble",
        WholeNumber(min=1),
        1,
        "Train N networks from different weights, and predict by their mean.",
        metavar="N",
    ),
)
#: The options' names, by what they are about.
SECTIONS = {
    "The network": ("hidden", "activation", "normalisation", "dropout", "residual", "residual_blocks"),
    "How it learns": (
        "epochs", "patience", "batch_size", "optimizer", "learning_rate", "find_lr", "schedule", "warm_up",
        "schedule_by", "clip_norm", "weight_decay", "l1", "l2", "label_smoothing",
    ),
    "Several trainings": ("search", "folds", "ensemble"),
}  # fmt: skip


def as_settings(choices: dict[str, Any], said: Collection[str] = ()) -> Settings:
    """What the options ask for; they are taken out of the choices, of which only the seed is left.

    Args:
        choices: every option's value, by its name.
        said: the names of the options that are not there by default.

    Raises:
        ArgumentError: options that do not go together.
    """
    from chainrule.cli.training import Settings

    asked = learning_options.take(choices)
    if asked["optimizer"] == "lbfgs":
        _refuse_what_is_of_minibatches(asked, said)
    _refuse_what_is_found(asked, said)
    _refuse_what_has_no_layer(asked)
    normalisation = None if asked["normalisation"] == "none" else asked["normalisation"]
    residual = 2 if asked["residual_blocks"] else asked["residual"]
    hidden = SEARCHED if asked["search"] else asked["hidden"]
    return Settings(
        hidden,
        asked["activation"],
        _optimiser(asked),
        asked["epochs"],
        asked["batch_size"],
        asked["patience"],
        seed=choices.pop("seed"),
        layers={"normalisation": normalisation, "dropout": asked["dropout"], "residual": residual},
        fit={"l1": asked["l1"], "l2": asked["l2"], **_schedule(asked, said)},
        label_smoothing=asked["label_smoothing"],
        find_rate=asked["find_lr"],
        search=asked["search"],
        folds=asked["folds"],
        ensemble=asked["ensemble"],
    )


def _schedule(asked: dict[str, Any], said: Collection[str]) -> dict[str, Any]:
    """How the learning rate changes, as an argument of ``fit``, if it does."""
    from chainrule.errors import ArgumentError
    from chainrule.train import scheduled

    if asked["schedule"] != "constant" or asked["warm_up"]:
        by_minibatch = asked["schedule_by"] == "minibatch"
        found = scheduled(asked["schedule"], asked["epochs"], asked["warm_up"], by_minibatch=by_minibatch)
        return {"schedule": found}
    if "schedule_by" in said:
        raise ArgumentError(
            "--schedule-by without a schedule",
            expected="--schedule or --warm-up, to say how the rate changes",
        )
    return {}


def _refuse_what_is_of_minibatches(asked: dict[str, Any], said: Collection[str]) -> None:
    """Refuse what changes how minibatches are learnt from, where all rows are one batch."""
    from chainrule.errors import ArgumentError

    useless = ("learning_rate", "find_lr", "clip_norm", "weight_decay", "warm_up", "search", "dropout")
    used = [name for name in useless if asked[name]]
    used += ["schedule"] if asked["schedule"] != "constant" else []
    used += ["batch_size"] if "batch_size" in said else []
    for name in used[:1]:
        raise ArgumentError(
            f"--{name.replace('_', '-')} with --optimizer lbfgs", expected="an optimiser of minibatches"
        )


def _refuse_what_has_no_layer(asked: dict[str, Any]) -> None:
    """Refuse what is of hidden layers where there are none."""
    from chainrule.errors import ArgumentError

    of_layers = {"dropout": asked["dropout"], "normalisation": asked["normalisation"] != "none"}
    for name, used in of_layers.items():
        if used and not asked["hidden"] and not asked["search"]:
            raise ArgumentError(f"--{name} with --hidden none", expected="hidden layers")


def _refuse_what_is_found(asked: dict[str, Any], said: Collection[str]) -> None:
    """Refuse a value for what a search or a range test is to find."""
    from chainrule.errors import ArgumentError

    if asked["residual"] and asked["residual_blocks"]:
        raise ArgumentError("--residual with --residual-blocks", expected="one of them")
    if asked["find_lr"] and asked["learning_rate"] is not None:
        raise ArgumentError("--learning-rate with --find-lr, which finds it", expected="one of them")
    if not asked["search"]:
        return
    if asked["find_lr"]:
        raise ArgumentError(
            "--find-lr with --search, which finds a learning rate too", expected="one of them"
        )
    if "optimizer" in said and asked["optimizer"] != "adamw":
        raise ArgumentError(
            f"--optimizer {asked['optimizer']} with --search", expected="adamw, with which it searches"
        )
    for name in ("hidden", "learning_rate"):
        if name in said:
            raise ArgumentError(
                f"--{name.replace('_', '-')} with --search, which finds it", expected="one of them"
            )


def _optimiser(asked: dict[str, Any]) -> Optimiser | LBFGS:
    from chainrule.train import LBFGS, OPTIMISERS, Clip

    name = "adamw" if asked["search"] else asked["optimizer"]
    rate, decay = asked["learning_rate"], asked["weight_decay"]
    if name == "lbfgs":
        return LBFGS()
    decays = {} if decay is None else {"weight_decay": decay}
    optimiser = OPTIMISERS[name](RATES[name] if rate is None else rate, **decays)
    return optimiser if asked["clip_norm"] is None else Clip(optimiser, norm=asked["clip_norm"])
