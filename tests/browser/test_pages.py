"""Every kind of page in a real browser: light and dark, on a phone and on a desk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import drawing

from ..drawing.reporting.subjects import classification, hostile, regression

LOOK = Path(__file__).with_name("look.js").read_text()


def gradient_check() -> str:
    """Of a gradient with a mistake in it."""
    return cr.check(
        lambda W, x: np.sum(np.tanh(W @ x)), lambda W, x: (W, x), at=(np.eye(3), np.ones(3))
    ).to_html()


def derivation() -> str:
    def J(W, x, y):
        return np.sum((np.tanh(W @ x) - y) ** 2)

    return cr.derive(J, "W", shapes={"W": (3, 2), "x": (2,), "y": (3,)}).html()


def graph() -> str:
    """Of a small network's loss, with values and adjoints."""
    rng = np.random.default_rng(0)
    point = [rng.normal(size=shape) for shape in ((4, 3), (4,), (1, 4), (3,))]

    def loss(W1, b1, W2, x):
        h = np.maximum(W1 @ x + b1, 0)
        return np.sum((W2 @ h - 1.0) ** 2) / 2

    traced = cr.trace(loss, *point)
    return drawing.page(traced.graph, traced.to_python(), point)


PAGES = {
    "classes": lambda: classification().page(),
    "numbers": lambda: regression().page(),
    "hostile": lambda: hostile().page(),
    "check": gradient_check,
    "derivation": derivation,
    "graph": graph,
}


@pytest.fixture(scope="module", params=PAGES)
def file(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "page.html"
    path.write_text(PAGES[request.param](), encoding="utf-8")
    return path


#: How many such parts of a page have to be scrolled sideways.
SIDEWAYS = """(parts) => [...document.querySelectorAll(parts)]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).length"""
VIEWS = [(width, scheme) for width in (390, 1280) for scheme in ("light", "dark")]


def test_a_page(chromium, file) -> None:
    page = chromium.new_page()
    requests, said = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(LOOK)
        assert found["texts"] > 30
        assert (found["background"] > 0.5) == (scheme == "light")
        assert found["overflow"] <= 0
        assert page.evaluate(SIDEWAYS, ".confusion .scroll") == 0
        assert width < 1280 or page.evaluate(SIDEWAYS, ".bleed > .scroll") == 0
        for fault in ("outside", "faint", "unlabelled", "touching"):
            assert found[fault] == [], (width, scheme)
    page.emulate_media(media="print", color_scheme="dark")
    found = page.evaluate(LOOK)
    assert found["background"] > 0.9
    assert found["faint"] == []
    assert requests == [file.as_uri()]
    assert said == []
    page.close()
