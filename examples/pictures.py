"""The pictures of the README and of docs/latent.md, for light and for dark pages.

``python examples/pictures.py [FOLDER]`` writes them as SVG, into ./chainrule-pictures by default.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

import chainrule as cr
from chainrule.drawing.contours import density_contours
from chainrule.drawing.latent_scatter import latent_scatter

INKS = {"light": "#1f2328", "dark": "#e6edf3"}
OF_CLASS = {0: ("#3b82c4", "o"), 1: ("#d1622b", "^")}  # a colour and a shape: seen without colours, too
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([0, 1, 1, 0])


def two_moons(n, noise, rng):
    """Two half circles with noise, n rows."""
    angle, upper = np.pi * rng.random(n), rng.random(n) < 0.5
    x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
    y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
    return np.column_stack([x, y]) + noise * rng.standard_normal((n, 2))


def folded(ink):
    """XOR before and after the lecture's hidden layer: a line parts the classes only where it is folded."""
    W1, b1 = np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([-1.0, -1.0])
    W2, b2 = np.array([[-3.0, 1.0]]), np.array([0.0])
    net = cr.nn.Network([2, 2, 1], activation="relu").with_parameters(
        {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    )
    hidden = net.forward(CORNERS)["h1"]
    assert np.array_equal(net.predict(CORNERS).ravel(), XOR)
    assert np.array_equal(hidden[1], hidden[2])
    figure = Figure(figsize=(7.4, 3.2), layout="constrained", facecolor="none")
    before, after = figure.subplots(1, 2)
    panel(before, CORNERS, "no line parts them", ("x₁", "x₂"), ink)
    panel(after, hidden, "a line does, where they are folded", ("h₁", "h₂"), ink)
    h1 = np.array([-0.3, 1.3])
    after.plot(h1, (0.5 - W2[0, 0] * h1) / W2[0, 1], color=ink, linewidth=1.2)  # where ŷ = 1/2
    after.annotate(
        "both corners", hidden[1], (0, 11), textcoords="offset points", color=ink, fontsize=9, ha="center"
    )
    after.set_ylim(-0.4, 3.5)
    return figure


def panel(axes, points, title, names, ink):
    """The four corners of XOR in a plane."""
    for value, (colour, shape) in OF_CLASS.items():
        of_class = points[value == XOR]
        axes.plot(*of_class.T, shape, color=colour, markersize=11, label=f"y = {value}", clip_on=False)
    axes.set_title(title, color=ink, fontsize=10)
    axes.set_xlabel(names[0], color=ink)
    axes.set_ylabel(names[1], color=ink, rotation=0)
    axes.set_facecolor("none")
    axes.tick_params(colors=ink, labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(ink)
    axes.legend(
        frameon=False, labelcolor=ink, fontsize=9, loc="center" if points is CORNERS else "lower right"
    )


def moons(flow, rows, ink):
    """The density that a flow has learnt from rows, over some of them."""
    figure = density_contours(flow, rows, labels=("x₁", "x₂"), ink=ink)
    for dots in figure.axes[0].collections:
        dots.set_rasterized(False)
    figure.axes[0].collections[0].set(sizes=[9], alpha=0.8)
    figure.set_size_inches(7.4, 3.6)
    return figure


def wines(ink):
    """Thirteen measurements of each wine as two numbers, and how sure they are; the grapes were not told."""
    table = np.loadtxt(Path(__file__).parent / "data" / "wine.csv", delimiter=",", skiprows=1)
    rows, grapes = table[:, :13], table[:, 13].astype(int)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    return latent_scatter(cr.latent.PPCA(2).fit(rows), rows, labels=grapes, ink=ink)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows, unseen = two_moons(4000, 0.1, rng), two_moons(2000, 0.1, rng)
    training = cr.latent.Training(epochs=40, dtype=np.float32)
    flow = cr.latent.Flow("spline", depth=4, training=training).fit(rows)
    assert flow.score(unseen) > cr.latent.Gaussian().fit(rows).score(unseen) + 0.6  # nats a row
    for page, ink in INKS.items():
        for name, figure in (
            ("xor", folded(ink)),
            ("wines", wines(ink)),
            ("moons", moons(flow, rows[:400], ink)),
        ):
            with mpl.rc_context({"svg.hashsalt": "chainrule", "svg.fonttype": "none"}):
                figure.savefig(folder / f"{name}-{page}.svg", metadata={"Date": None})
    print(f"six pictures in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "chainrule-pictures"))
