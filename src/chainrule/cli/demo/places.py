"""What the demo leaves on disk, and what to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from chainrule.cli.csv_text import csv_bytes
from chainrule.cli.demo.story import Story
from chainrule.cli.invocation import command_line
from chainrule.cli.screen import Screen
from chainrule.cli.training.saving import save_run
from chainrule.data import example_table
from chainrule.io import atomic_write


@dataclass(frozen=True, slots=True)
class Places:
    """The paths in the demo's folder."""

    folder: Path

    @property
    def classifier(self) -> Path:
        """The digit classifier's folder."""
        return self.folder / "digits"

    @property
    def density(self) -> Path:
        """The PPCA's folder."""
        return self.folder / "ppca"

    @property
    def held_out(self) -> Path:
        """The table of the images that neither of them saw."""
        return self.folder / "held-out.csv"

    def facts(self) -> dict[str, Any]:
        """For machines."""
        paths = {"classifier": self.classifier, "density": self.density, "held_out": self.held_out}
        return {name: str(path) for name, path in paths.items()}


def save_story(places: Places, story: Story) -> None:
    """Save both models, and the held-out images to try them on."""
    digits, densities = story.digits, story.densities
    save_run(places.classifier, digits.outcome, digits.facts())
    densities.ppca.name_columns(digits.plan.encoder.names).save(places.density, training=densities.facts())
    table = digits.plan.table.take(digits.plan.split.test)
    atomic_write(places.held_out, csv_bytes(table.names, [table[name] for name in table.names]))


def show_places(screen: Screen, places: Places) -> None:
    """Where everything is, and commands that use it."""
    screen.heading("5. Where everything was saved, and what to type next")
    saved = {
        places.classifier: "the classifier, its history and its scores",
        places.density: "the PPCA",
        places.held_out: "the images that neither of them saw",
    }
    for path, what in saved.items():
        screen.say(f"{path}: {what}")
    if find_spec("polars") is None:  # the demo reads its own table without it
        screen.say("\nTables of your own need one more package: pip install 'chainrule[data]'")
    screen.say("\nNext:")
    predictions, wine = places.folder / "predictions.csv", places.folder / "wine"
    for arguments in (
        ("predict", places.classifier, places.held_out, "-o", predictions),
        ("latent", "sample", places.density, "-n", 3),
        ("train", _from_here(example_table("wine")), "--target", "class", "-o", wine),
    ):
        screen.say(f"  {command_line(*arguments)}", style="bold")


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
