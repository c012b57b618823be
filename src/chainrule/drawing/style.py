"""How a drawing looks: in light and in dark, and forward and backward told apart by line and shape too."""

from __future__ import annotations

COLOURS = """
{scope}{{--page:#ffffff;--text:#1b2430;--faint:#5c6875;--line:#8492a3;--forward:#2b6cb0;--forward-fill:#edf4fc;
--backward:#b3541e;--backward-fill:#fdf2ea;--input-fill:#f2f3f5;--panel:#fffdf5;--group:#f6f8fa}}
@media (prefers-color-scheme:dark){{{scope}{{--page:#12171e;--text:#e4e9f0;--faint:#9ba7b5;--line:#6d7a8a;
--forward:#7ab5f0;--forward-fill:#1a2b3f;--backward:#f0a36b;--backward-fill:#3a2415;--input-fill:#232a33;
--panel:#1c232c;--group:#181e26}}}}
"""

RULES = """
{scope}{{background:var(--page);color:var(--text);max-width:none;
font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}}
{scope} text{{fill:var(--text);white-space:pre}}
{scope} .faint{{fill:var(--faint);font-size:10.5px}}
{scope} .shape{{paint-order:stroke;stroke:var(--page);stroke-width:3px}}
{scope} .layer{{text-anchor:end}}
{scope} .name{{font-weight:bold}}
{scope} .page{{fill:var(--page)}}
{scope} .group{{fill:var(--group);stroke:var(--line);stroke-width:.6}}
{scope} .edge{{fill:none;stroke:var(--forward);stroke-width:1.3}}
{scope} .tip{{fill:var(--forward)}}
{scope} .backward.edge{{stroke:var(--backward);stroke-dasharray:5 3}}
{scope} .backward.tip{{fill:var(--page);stroke:var(--backward)}}
{scope} .box rect{{fill:var(--forward-fill);stroke:var(--forward);stroke-width:1.2}}
{scope} .input rect{{fill:var(--input-fill);stroke:var(--line)}}
{scope} .backward.box rect{{fill:var(--backward-fill);stroke:var(--backward);stroke-dasharray:5 3}}
{scope} .output rect{{stroke-width:2.6}}
{scope} .box{{cursor:help;outline:none}}
{scope} .box:hover rect,{scope} .box:focus rect{{stroke:var(--text)}}
{scope} .panel{{visibility:hidden;pointer-events:none}}
{scope} .panel rect{{fill:var(--panel);stroke:var(--text);stroke-width:1}}
"""

SHOWN = "{scope} #{box}:hover~#{panel},{scope} #{box}:focus~#{panel}{{visibility:visible}}"


def sheet(scope: str, pairs: list[tuple[str, str]]) -> str:
    """The style sheet of one drawing.

    Args:
        scope: a selector of the drawing alone.
        pairs: the ids of each box and of the panel that it shows.
    """
    shown = "\n".join(SHOWN.format(scope=scope, box=box, panel=panel) for box, panel in pairs)
    return (COLOURS + RULES).format(scope=scope) + shown
