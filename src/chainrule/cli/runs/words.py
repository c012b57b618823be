"""Numbers of runs in words."""

from __future__ import annotations

import re
from typing import Any

DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def number(value: Any) -> str:
    """A value in few characters.

    >>> number(0.123456), number(None), number(True), number("relu")
    ('0.1235', '', 'True', 'relu')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(number, value))
    return DIGEST.sub(lambda found: found[0][:8], str(value))


def headline(scores: Any) -> str:
    """The score that says most; of several targets its mean over them.

    >>> headline({"accuracy": 0.9731, "log_loss": 0.1}), headline({"r_squared": 0.81234, "rmse": 2.5})
    ('accuracy 97.3%', 'R² 0.8123')
    >>> headline({"targets": {}, "mean": {"r_squared": 0.5}})
    'mean R² 0.5'
    """
    if not isinstance(scores, dict):
        return ""
    if isinstance(scores.get("mean"), dict):
        return f"mean {headline(scores['mean'])}"
    if isinstance(scores.get("accuracy"), float):
        return f"accuracy {scores['accuracy']:.1%}"
    numbers = ((name, value) for name, value in scores.items() if isinstance(value, float))
    return next((f"{'R²' if name == 'r_squared' else name} {value:.4g}" for name, value in numbers), "")


def took(seconds: float) -> str:
    """A duration.

    >>> took(0.42), took(75), took(7300)
    ('0.4 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
