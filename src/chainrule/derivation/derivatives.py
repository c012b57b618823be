"""The names of derivatives: ∇_z J of arrays, ∂J/∂w of numbers, and Jacobians ∂z/∂vec[W]."""

from __future__ import annotations

from ..graph import Shape
from .formula import Formula, symbol
from .names import Name
from .segments import Anchor


def gradient_name(output: Anchor, anchor: Anchor) -> Name:
    """∇_z J, of the shape of z; ∂J/∂w of a number."""
    if not anchor.node.ndim:
        return jacobian_name(output, anchor)
    J, a = output.name, anchor.name
    return Name(f"d{J.label}/d{a.label}", f"∇_{a.text} {J.text}", f"\\nabla_{{{a.latex}}} {J.latex}")


def jacobian_name(target: Anchor, source: Anchor) -> Name:
    """∂b/∂a, of matrices ∂vec[b]/∂vec[a]."""
    above, below = _vectorised(target), _vectorised(source)
    label = f"d{target.name.label}/d{source.name.label}"
    return Name(
        f"{label} matrix",
        f"∂{above[0]}/∂{below[0]}",
        f"\\frac{{\\partial {above[1]}}}{{\\partial {below[1]}}}",
    )


def _vectorised(anchor: Anchor) -> tuple[str, str]:
    name = anchor.name
    if anchor.node.ndim < 2:
        return name.text, name.latex
    return f"vec[{name.text}]", f"\\operatorname{{vec}}[{name.latex}]"


def jacobian_symbol(target: Anchor, source: Anchor) -> Formula:
    """∂b/∂a as a factor: a matrix of b's size by a's; of numbers a number."""
    return symbol(jacobian_name(target, source), jacobian_shape(target, source))


def jacobian_shape(target: Anchor, source: Anchor) -> Shape:
    """(outputs, inputs), or () between two numbers."""
    if not target.node.ndim and not source.node.ndim:
        return ()
    return target.node.type.size, source.node.type.size
