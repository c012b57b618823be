"""How a drawing looks: in light and in dark, and forward and backward told apart by line and shape too."""

from __future__ import annotations

from ..pages import variables

COLOURS = (
    *("page", "text", "faint", "line", "forward", "forward-fill", "backward", "backward-fill"),
    *("input-fill", "panel", "group"),
)

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
    return f"\n{variables(scope, COLOURS)}\n{RULES.format(scope=scope)}{shown}"
