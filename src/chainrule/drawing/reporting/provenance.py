"""How the model was made, so that it can be made again."""

from __future__ import annotations

from ...pages import Html, definitions, element
from ...runs import describe_environment
from .subject import Subject


def provenance(subject: Subject) -> Html:
    """Settings and timings as they were given, and where this page was made."""
    notes = {**subject.notes, "Environment": _environment()}
    return element(
        "div",
        *(
            element("div", element("h3", title), definitions(facts.items()))
            for title, facts in notes.items()
            if facts
        ),
        class_="notes",
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in describe_environment().items() if name != "features"}
