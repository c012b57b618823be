"""A saved model, of the kind that a command can use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.errors import ModelFileError


def load_model(folder: Path, kind: type[Any], made_by: str) -> Any:
    """The model in a folder.

    Args:
        folder: where it was saved.
        kind: its class, or a base of it.
        made_by: the command that makes one.

    Raises:
        ModelFileError: it is missing, damaged, altered, or of another kind.
    """
    from chainrule.io import load

    model = load(folder)
    if not isinstance(model, kind):
        raise ModelFileError(
            f"{folder} holds a {type(model).__name__}, which this command cannot use",
            expected=f"a model that `{made_by}` made",
        )
    return model
