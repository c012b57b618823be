"""The command itself."""

from __future__ import annotations

from pathlib import Path

import click

from chainrule.cli.destination import require_model_free
from chainrule.cli.group import AnswerIsNo
from chainrule.cli.options import PATH, json_option
from chainrule.cli.screen import Screen, emit_json


@click.command(short_help="What this is, in under 20 seconds.")
@click.option(
    "-o", "--output", type=PATH, default="chainrule-demo", show_default=True, help="Folder to save in."
)
@json_option
def demo(output: Path, as_json: bool) -> None:
    """Show what this is, in under 20 seconds, on a table that comes with it.

    XOR by a linear and by a 3-layer network; a gradient beside its finite difference; a digit classifier;
    probabilistic PCA of the digits. Running it again replaces what it saved.

    \b
    Example:
      chainrule demo
    """
    from chainrule.cli.demo.places import Places, save_story, show_places
    from chainrule.cli.demo.story import tell

    places, screen = Places(output), Screen(quiet=as_json)
    for folder in (places.classifier, places.density):
        require_model_free(folder, force=True)
    story = tell(screen)
    save_story(places, story)
    show_places(screen, places)
    if as_json:
        emit_json({**story.facts(), "saved": places.facts()})
    if not story.digits.as_promised:
        raise AnswerIsNo("the classifier is less accurate than this demo promises")
