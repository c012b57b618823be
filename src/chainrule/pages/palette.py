"""Colours by what they are for, in light and in dark: blue and orange, which everyone can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "page": "#ffffff",
        "text": "#1b2430",
        "faint": "#5c6875",
        "line": "#8492a3",
        "rule": "#dde3ea",
        "forward": "#2b6cb0",
        "forward-fill": "#edf4fc",
        "backward": "#b3541e",
        "backward-fill": "#fdf2ea",
        "input-fill": "#f2f3f5",
        "panel": "#fffdf5",
        "group": "#f6f8fa",
        "pass": "#1a7f4b",
        "fail": "#c62f2f",
        "undecided": "#8a5c00",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "page": "#12171e",
        "text": "#e4e9f0",
        "faint": "#9ba7b5",
        "line": "#6d7a8a",
        "rule": "#2b343f",
        "forward": "#7ab5f0",
        "forward-fill": "#1a2b3f",
        "backward": "#f0a36b",
        "backward-fill": "#3a2415",
        "input-fill": "#232a33",
        "panel": "#1c232c",
        "group": "#181e26",
        "pass": "#1a7f4b",
        "fail": "#c62f2f",
        "undecided": "#8a5c00",
    }
)


def variables(scope: str, names: Iterable[str] = tuple(LIGHT)) -> str:
    """Style rules that give these colours as variables, ``--page`` and so on, to what a selector selects.

    Paper is white, so what is printed is light.

    >>> print(variables("#g", ["page"]))
    #g{--page:#ffffff}
    @media screen and (prefers-color-scheme:dark){#g{--page:#12171e}}
    """
    listed = list(names)
    light, dark = (";".join(f"--{name}:{each[name]}" for name in listed) for each in (LIGHT, DARK))
    return f"{scope}{{{light}}}\n@media screen and (prefers-color-scheme:dark){{{scope}{{{dark}}}}}"
