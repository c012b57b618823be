"""Where the model is wrong: for classes a confusion matrix, for numbers the residuals."""

from __future__ import annotations

from ...pages import Html
from .confusion import confusion
from .judged import Judged
from .residuals import residuals
from .subject import Subject


def errors(subject: Subject, judged: Judged) -> Html:
    """The pictures and tables of what is wrong."""
    return confusion(subject, judged) if subject.classifies else residuals(subject, judged)
