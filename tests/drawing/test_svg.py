"""Drawings of graphs: what they tell, and that nothing stands on anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.drawing import page, svg
from chainrule.drawing.boxes import boxes
from chainrule.drawing.ranks import rows
from chainrule.errors import ArgumentError
from chainrule.graph import Graph, constant

from ..core.test_programs import PROGRAMS
from .drawn import Drawn, Rectangle, read

W1, B1, W2, X = (
    np.array([[1.0, -2.0], [0.5, 1.0], [-1.0, 0.0]]),
    np.zeros(3),
    np.ones((1, 3)),
    np.array([2.0, -1.0]),
)


def loss(W1, b1, W2, x):
    z1 = cr.name(W1 @ x + b1, "z1")
    h1 = np.maximum(z1, 0)
    return np.sum((W2 @ h1) ** 2)


def deep(x):
    for _ in range(100):
        x = np.sin(x) + 1
    return np.sum(x)


def wide(x):
    return sum(np.sum(np.sin(x * k)) for k in range(60))


@pytest.fixture(scope="module")
def net() -> Drawn:
    return read(cr.trace(loss, W1, B1, W2, X).to_svg(W1, B1, W2, X))


def test_a_box_tells_name_expression_and_shape(net) -> None:
    assert net.box("z1").lines[1] == "v1 + b1"
    assert "(3,)" in net.box("z1").lines
    assert net.box("h1").lines[1] == "np.maximum(z1, 0)"
    assert net.box("W1").lines[1] == "input"
    assert {"box", "input"} <= net.box("W1").kinds
    assert len(net.boxes) == 4 + 6


def test_a_point_gives_values_and_adjoints(net) -> None:
    """By hand: z = (4, 0, −2), h = (4, 0, 0), W₂h = 4, L = 16; ∂L/∂h = 8·W₂, and ReLU'(0) = 0."""
    assert net.box("z1").lines[2:4] == ["= [4, 0, -2]", "adjoint [8, 0, 0]"]
    assert net.box("h1").lines[2:4] == ["= [4, 0, 0]", "adjoint [8, 8, 8]"]
    assert net.box("x").lines[3] == "adjoint [8, -16]"
    assert "output" in net.boxes[-1].kinds
    assert net.boxes[-1].lines[2:4] == ["= 16", "adjoint 1"]


def test_without_a_point_there_are_shapes_alone() -> None:
    drawn = read(cr.trace(loss, W1, B1, W2, X).to_svg())
    assert not any(line.startswith(("=", "adjoint")) for box in drawn.boxes for line in box.lines)


def test_a_panel_tells_the_line_and_the_local_jacobians(net) -> None:
    product = net.panel("v1")
    assert "∂v1/∂W1 = I ⊗ xᵀ   (3 × 6)" in product
    assert "∂v1/∂x = W1   (3 × 2)" in product
    assert any('z1 = cr.name(W1 @ x + b1, "z1")' in line for line in product)
    assert "∂h1/∂z1 = diag(z1 > 0)   (3 × 3)" in net.panel("h1")
    assert [line.strip() for line in net.panel("h1")[4:7]] == [
        "[[1., 0., 0.],",
        "[0., 0., 0.],",
        "[0., 0., 0.]]",
    ]


def test_the_local_jacobian_of_several_operations_in_one_box_is_that_of_differences() -> None:
    x = np.array([0.5, -1.0])
    drawn = read(cr.trace(lambda x: [np.tanh(x * k) ** 2 for k in range(3, 22)], x).to_svg(x))
    (at,) = [i for i, box in enumerate(drawn.boxes) if box.lines[1] == "np.tanh(x * 3) ** 2"]
    panel = drawn.panels[at]
    formula = next(i for i, line in enumerate(panel) if line.startswith("∂"))
    found = re.findall(r"-?\d+\.\d*(?:e-\d+)?", " ".join(panel[formula + 1 : formula + 3]))
    slope = 6 * np.tanh(3 * x) / np.cosh(3 * x) ** 2
    np.testing.assert_allclose(list(map(float, found)), np.diag(slope).ravel(), atol=1e-4)


def test_the_maps_in_one_box_are_multiplied_in_their_order() -> None:
    x = np.array([0.5, -1.0])
    graph = cr.trace(lambda x: [np.sum(np.tanh(x * k)) for k in range(3, 22)], x)
    panel = read(graph.to_svg(x)).panels[1]
    assert panel[0].endswith("= np.sum(np.tanh(x * 3), axis=0)")
    found = re.findall(r"-?\d+\.\d+", panel[4])
    np.testing.assert_allclose(list(map(float, found)), 3 / np.cosh(3 * x) ** 2, atol=1e-4)


@pytest.mark.parametrize("backward", [False, True])
def test_no_box_stands_in_a_row_before_what_it_uses(backward: bool) -> None:
    for program, n in PROGRAMS.values():
        graph = cr.grad(program).graph(np.ones(n)) if backward else cr.trace(program, np.ones(n)).graph
        if len(graph.nodes) > 300:
            continue
        drawn = boxes(graph)
        row = {box: i for i, line in enumerate(rows(drawn, lambda box: 200.0, 1000.0)) for box in line}
        assert len(row) == len(drawn.all)
        assert all(row[drawn.of[used]] <= row[box] for box in drawn.all for used in box.operands)


def test_a_box_shows_its_panel_and_no_other(net) -> None:
    rules = re.findall(r"#(\w+):hover~#(\w+)", net.style)
    assert [box.identifier for box in net.boxes] == [box for box, _ in rules]
    assert len({panel for _, panel in rules}) == len(net.panels) == len(net.boxes)


def test_forward_and_backward_differ_by_line_shape_and_mark() -> None:
    drawn = read(svg(cr.grad(loss, wrt=("W1", "W2")).graph(W1, B1, W2, X)))
    backward = [box for box in drawn.boxes if "backward" in box.kinds]
    forward = [box for box in drawn.boxes if "backward" not in box.kinds]
    assert all(box.lines[0].startswith("∂ ") for box in backward)
    assert not any(box.lines[0].startswith("∂") for box in forward)
    assert {box.lines[0].strip().split("  ")[0] for box in backward} >= {"∂ dW1", "∂ dW2"}
    assert max(box.place.bottom for box in forward) < min(box.place.top for box in backward)
    assert ".backward.edge{stroke:var(--backward);stroke-dasharray" in drawn.style
    assert "forward propagation →" in drawn.texts
    assert "back propagation ⇢" in drawn.texts


def test_what_comes_from_another_row_is_told_above_the_box() -> None:
    drawn = read(svg(cr.grad(loss, wrt="W1").graph(W1, B1, W2, X)))
    assert any(line.startswith("↥") and "x" in line for line in drawn.box("dW1").lines)


def test_layers_are_told() -> None:
    drawn = read(cr.trace(loss, W1, B1, W2, X).to_svg())
    layers = {
        box.lines[0].split("  ")[0].strip(): [t for t in box.lines if t.startswith("layer")]
        for box in drawn.boxes
    }
    assert layers["W1"] == layers["b1"] == layers["z1"] == layers["h1"] == ["layer 1"]
    assert layers["W2"] == ["layer 2"]
    assert layers["x"] == []


def test_parameters_in_a_tree_name_their_layer() -> None:
    params = {"hidden": {"W": W1, "b": B1}, "out": {"W": W2, "b": np.zeros(1)}}

    def forward(params, x):
        h = np.tanh(params["hidden"]["W"] @ x + params["hidden"]["b"])
        return params["out"]["W"] @ h + params["out"]["b"]

    drawn = read(cr.trace(forward, params, X).to_svg())
    assert "hidden" in drawn.box("h").lines
    assert sum("out" in box.lines for box in drawn.boxes) >= 4


def test_elements_of_a_list_are_layers_and_so_are_the_derivatives_by_them() -> None:
    def deep(layers: Any, x: Any) -> Any:
        for W, b in layers:
            x = np.tanh(W @ x + b)
        return np.sum(x)

    layers = [(np.eye(2), np.ones(2)) for _ in range(2)]
    drawn = read(svg(cr.grad(deep).graph(layers, X)))
    for k in (0, 1):
        for name in (f"layers_{k}_0", f"dlayers_{k}_0", f"dlayers_{k}_1"):
            assert [line for line in drawn.box(name).lines if "[" in line] == [f"layers[{k}]"]


def test_single_numbers_are_no_layer() -> None:
    drawn = read(cr.trace(lambda w1, b1, z1: w1 * z1 + b1, 1.0, 2.0, 3.0).to_svg())
    assert not any("layer" in text for text in drawn.texts)


def test_numbered_values_without_a_parameter_are_no_layer() -> None:
    def iterate(x: Any, c: Any) -> Any:
        for k in range(1, 4):
            x = cr.name(x - 0.1 * (x**3 - c), f"a{k}")
        return x

    drawn = read(cr.trace(iterate, X, X).to_svg())
    assert "a3" in [box.lines[0].strip() for box in drawn.boxes]
    assert not any("layer" in text for text in drawn.texts)


@pytest.mark.parametrize("x", [np.ones(3), np.ones((3, 2))])
def test_no_panel_stands_on_its_own_box(x) -> None:
    W = np.arange(6.0).reshape(2, 3)
    drawn = read(cr.trace(lambda W, x: np.sum(np.tanh(W @ x) ** 2), W, x).to_svg(W, x))
    assert len(drawn.boxes) > 3
    for box, panel in zip(drawn.boxes, drawn.panel_places, strict=True):
        assert not box.place.overlaps(panel), box.lines
        assert 0 <= panel.left < panel.right <= drawn.width
        assert 0 <= panel.top < panel.bottom <= drawn.height


def residual(x, layers):
    for W, b in layers:
        x = x + np.tanh(W @ x + b)
    return x


RESIDUAL = [(np.eye(3), np.ones(3)) for _ in range(12)]
GRAPHS: dict[str, Callable[[], Graph]] = {
    "residual": lambda: cr.trace(residual, np.ones(3), RESIDUAL).graph,
    "residual, derivative": lambda: cr.grad(lambda x, p: np.sum(residual(x, p))).graph(np.ones(3), RESIDUAL),
    "one input": lambda: cr.trace(lambda x: x, X).graph,
    "nothing": lambda: Graph((), ()),
    "a number": lambda: Graph((), (constant(2.0),)),
    "unused": lambda: cr.trace(lambda x, y: x + 1, X, X).graph,
    "deep": lambda: cr.trace(deep, X).graph,
    "long shapes": lambda: cr.trace(lambda x: np.tanh(np.sin(x)) + x, np.empty((12_345, 0, 67_890))).graph,
    "loop": lambda: cr.trace(recurrent, *SEQUENCE).graph,
    "loop, derivative": lambda: cr.grad(recurrent, wrt="W").graph(*SEQUENCE),
    "wide": lambda: cr.trace(wide, X).graph,
    "its derivative": lambda: cr.grad(wide).graph(X),
    **{
        f"{name}{', derivative' * derivative}": lambda f=f, n=n, derivative=derivative: (
            cr.grad(f).graph(np.ones(n)) if derivative else cr.trace(f, np.ones(n)).graph
        )
        for name, (f, n) in PROGRAMS.items()
        for derivative in (False, True)
        if name != "Runge–Kutta"
    },
}


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS.keys())
def test_nothing_stands_on_anything_else(make: Callable[[], Graph]) -> None:
    text = svg(make())
    drawn = read(text)
    assert not list(crossed_shapes(text, [points for _, points in drawn.edges]))
    for shape, place in shapes(text):
        assert not any(place.overlaps(box.place) for box in drawn.boxes), shape
    for one, other in combinations(drawn.boxes, 2):
        assert not one.place.overlaps(other.place), (one.lines, other.lines)
    for place in [*[box.place for box in drawn.boxes], *drawn.panel_places]:
        assert place.left >= 0
        assert place.top >= 0
        assert place.right <= drawn.width
        assert place.bottom <= drawn.height
    for _, points in drawn.edges:
        assert all(a <= b + 0.2 for a, b in zip(points[::2], points[2::2], strict=False)), "left to right"
        for x, y in curve(points):
            assert not any(box.place.holds(x, y) for box in drawn.boxes)


def crossed_shapes(text: str, edges: list[list[float]]) -> Iterator[str]:
    """The shapes beside boxes, all of whose edges turn to one side, that one of these edges goes through."""
    for shape, place in shapes(text):
        x, base = place.left, place.bottom - 2
        own = [points for points in edges if abs(points[0] - x + 3) < 1 and -12 < points[1] - base < 5]
        turns = {np.sign(round(y - points[1], 1)) for points in own for y in points[1::2]} - {0}
        if len(turns) < 2 and any(place.holds(*point) for points in own for point in curve(points)):
            yield shape


def shapes(text: str) -> Iterator[tuple[str, Rectangle]]:
    """The shapes beside boxes, and where they stand."""
    for element in ElementTree.fromstring(text).iter("{http://www.w3.org/2000/svg}text"):
        if "shape" in element.attrib.get("class", "").split():
            x, base, shape = float(element.attrib["x"]), float(element.attrib["y"]), element.text or ""
            yield shape, Rectangle(x, base - 8, x + 6 * len(shape), base + 2)


def curve(points: list[float]) -> Iterator[tuple[float, float]]:
    """Points on a path of cubic Bézier curves."""
    pairs = np.array(points).reshape(-1, 2)
    for i in range(0, len(pairs) - 1, 3):
        for t in np.linspace(0, 1, 20):
            weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
            yield tuple(weights @ pairs[i : i + 4])


@pytest.mark.parametrize("make", GRAPHS.values(), ids=GRAPHS.keys())
def test_a_drawing_is_the_same_every_time(make: Callable[[], Graph]) -> None:
    assert svg(make()) == svg(make())


def test_every_value_is_drawn_once_and_edges_join_those_that_use_it() -> None:
    drawn = read(cr.trace(loss, W1, B1, W2, X).to_svg())
    by_left = {
        (round(box.place.left), round((box.place.top + box.place.bottom) / 2)): box for box in drawn.boxes
    }
    by_right = {
        (round(box.place.right), round((box.place.top + box.place.bottom) / 2)): box for box in drawn.boxes
    }
    for _, points in drawn.edges:
        source = by_right[round(points[0]), round(points[1])]
        target = by_left[round(points[-2] + 7), round(points[-1])]
        assert re.search(rf"\b{source.lines[0].split('  ')[0].strip()}\b", target.lines[1])


def test_long_chains_are_folded() -> None:
    drawn = read(cr.trace(deep, X).to_svg(X))
    assert len(drawn.boxes) == 2
    assert re.match(r"⋯ \d\d steps", drawn.boxes[1].lines[1])
    assert drawn.boxes[1].lines[2].startswith("np.sum(")
    assert any("more; their product is" in line for line in drawn.panels[1])


def recurrent(X: Any, W: Any, V: Any) -> Any:
    h, total = np.zeros(2), 0.0
    for t in range(12):
        z = W @ h + V @ X[t]
        h = np.tanh(z)
        total = total + np.sum((h - X[t, :2]) ** 2)
    return total


SEQUENCE = np.random.default_rng(4).normal(size=(12, 3)), np.eye(2), np.ones((2, 3))


def test_what_a_loop_repeats_is_folded_between_its_first_and_its_last_turn() -> None:
    graph = cr.trace(recurrent, *SEQUENCE)
    drawn = read(graph.to_svg(*SEQUENCE))
    (loop,) = [box for box in drawn.boxes if any("times" in line for line in box.lines)]
    assert loop.lines[:2] == ["total11", "⋯ 10 times, the last one:"]
    assert "h11 = np.tanh(z11)" in loop.lines
    assert {"z1", "h1", "z12", "h12", "total12"} <= {box.lines[0].split("  ")[0] for box in drawn.boxes}
    panel = drawn.panel("total11")
    assert any(line.startswith("∂z3/∂h2 = W") for line in panel)
    assert not any("X = 0" in line for line in panel)
    backward = read(svg(cr.grad(recurrent, wrt="W").graph(*SEQUENCE)))
    assert any("backward" in box.kinds and "times" in box.lines[1] for box in backward.boxes)
    assert len(backward.boxes) < 50


def test_inputs_of_what_a_loop_repeats_are_one_box() -> None:
    """Ten of twelve layers; the shapes of their W and b differ, and are told by none."""

    def forward(layers: Any, x: Any) -> Any:
        for W, b in layers:
            x = np.tanh(W @ x + b) * x
        return x

    layers = [(np.eye(2), np.ones(2)) for _ in range(12)]
    drawn = read(cr.trace(forward, layers, X).to_svg(layers, X))
    (inputs,) = [box for box in drawn.boxes if "⋯ 20 inputs" in box.lines]
    assert "input" in inputs.kinds
    assert len(inputs.lines) == 2
    assert len(drawn.boxes) < 15
    assert not any("product" in line for line in drawn.panels[drawn.boxes.index(inputs)])


def test_what_a_folded_loop_returns_is_told_in_its_box() -> None:
    """The gradient by the W and b of 14 layers: those of 12 are values of loops."""

    def deep_loss(layers: Any, x: Any) -> Any:
        for W, b in layers:
            x = np.tanh(W @ x + b)
        return np.sum(x**2)

    layers = [(np.eye(2), np.ones(2)) for _ in range(14)]
    drawn = read(svg(cr.grad(deep_loss).graph(layers, X)))
    assert len(drawn.boxes) < 25
    loops = [box for box in drawn.boxes if any("returned (12): " in line for line in box.lines)]
    assert len(loops) == 2
    assert all({"output", "backward"} <= box.kinds for box in loops)
    told = " ".join(line for box in loops for line in drawn.panels[drawn.boxes.index(box)])
    singles = {box.lines[0].split("  ")[0] for box in drawn.boxes if "output" in box.kinds}
    for k in range(14):
        for part in (0, 1):
            name = f"dlayers_{k}_{part}"
            assert f"∂ {name}" in singles or re.search(rf"\b{name}\b", told)
    assert len([box for box in drawn.boxes if "input" in box.kinds]) == 8  # of 29


def test_the_numbered_values_of_a_network_are_folded() -> None:
    network = cr.nn.Network([4, *[8] * 16, 2], activation="tanh", seed=0)

    def error(parameters: Any, X: Any, Y: Any) -> Any:
        return np.mean((network.apply(parameters, X) - Y) ** 2)

    drawn = read(svg(cr.grad(error).graph(network.parameters, np.ones((5, 4)), np.ones((5, 2)))))
    loops = [box for box in drawn.boxes if any("times, the last one" in line for line in box.lines)]
    assert [box.lines[0].strip() for box in loops] == ["h15", "∂ dz2", "∂ db16"]
    assert drawn.box("z1")
    assert drawn.box("h16")
    assert len(drawn.boxes) < 35


def test_named_values_are_not_folded_away() -> None:
    def named(x):
        for i in range(50):
            x = np.sin(x) + 1
            if i == 25:
                x = cr.name(x, "middle")
        return x

    drawn = read(cr.trace(named, X).to_svg())
    assert drawn.box("middle")
    assert len(drawn.boxes) == 3


def test_text_that_xml_would_misread() -> None:
    def function(x):
        return cr.name(np.where(x < 2, x, -x), "<&\"'>")

    drawn = read(cr.trace(function, X).to_svg(X))
    assert any("x < 2" in line for box in drawn.boxes for line in box.lines)


def test_numbers_that_are_not_finite_and_empty_arrays() -> None:
    drawn = read(
        cr.trace(lambda x, y: np.sum(np.log(x)) + np.sum(y), X, np.ones((0, 2))).to_svg(X, np.ones((0, 2)))
    )
    assert "= [0.693, nan]" in drawn.box("v1").lines
    assert "= []" in drawn.box("y").lines


def test_names_in_any_script_stay_in_their_boxes_and_have_edges() -> None:
    """Letters of East Asia are twice as wide; Python reads the micro sign and σ² in another form."""

    def f(x: Any) -> Any:
        h = cr.name(np.sin(x), "µ")
        z = cr.name(h * 2, "σ²")
        return cr.name(z + h, "观测值的乘积")

    drawn = read(cr.trace(f, X).to_svg())
    assert len(drawn.edges) == 4
    box = drawn.box("观测值的乘积")
    assert box.place.right - box.place.left >= 2 * 7.25 * len("观测值的乘积")
    long = cr.trace(lambda x: cr.name(x + 1, "乘" * 40), X).to_svg()
    assert "乘" * 16 + "…" in long
    assert "乘" * 17 + "…" not in long


def test_too_few_arrays() -> None:
    with pytest.raises(ArgumentError, match=r"1 arrays for a graph of 4 inputs"):
        cr.trace(loss, W1, B1, W2, X).graph.to_svg(W1)


def test_it_needs_nothing_from_elsewhere(net) -> None:
    text = page(cr.trace(loss, W1, B1, W2, X).graph, "source")
    assert "<script" not in text
    assert re.findall(r"(?:https?:)?//[\w./]+", text) == ["http://www.w3.org/2000/svg"]
    assert "@import" not in text
    assert "url(" not in text
    assert "prefers-color-scheme:dark" in text


def test_a_notebook_shows_the_drawing() -> None:
    graph = cr.trace(loss, W1, B1, W2, X)
    assert graph._repr_html_() == graph.graph._repr_html_()
    inside = re.fullmatch(r'<div style="overflow:auto">(.*)</div>', graph._repr_html_(), re.DOTALL)
    assert inside
    assert len(read(inside[1]).boxes) == 10


def test_the_page_has_the_table_and_the_source() -> None:
    graph = cr.trace(loss, W1, B1, W2, X)
    text = page(graph.graph, graph.to_python(), [W1, B1, W2, X])
    assert "<title>loss</title>" in text
    assert "def loss(W1, b1, W2, x):" in text
    assert "adjoint [8, 0, 0]" in text


def test_every_panel_line_is_one_line() -> None:
    def function(x: Any) -> Any:
        return np.linalg.inv(x) @ x

    drawn = read(cr.trace(function, np.eye(8)).to_svg(np.eye(8)))
    assert not any("\n" in line for panel in drawn.panels for line in panel)
