"""The report: well-formed, complete, and true to what it tells of."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import Calibration, Table
from chainrule.drawing.charts.plot import CHARACTER
from chainrule.drawing.reporting.calibration import _diagram
from chainrule.drawing.reporting.curves import _floor, curves
from chainrule.drawing.reporting.subject import Subject
from chainrule.errors import ArgumentError

from .outline import Outline, read
from .subjects import HOSTILE, classification, hostile, regression, trained

SECTIONS = [
    "result",
    "errors",
    "calibration",
    "inputs",
    "data",
    "training",
    "network",
    "gradient",
    "provenance",
]


@pytest.fixture(scope="module")
def classes() -> str:
    return classification().page()


@pytest.fixture(scope="module")
def numbers() -> str:
    return regression().page()


@pytest.fixture(scope="module", params=["classes", "numbers", "hostile"])
def outline(request, classes, numbers) -> Outline:
    pages = {"classes": classes, "numbers": numbers}
    return read(pages[request.param] if request.param in pages else hostile().page())


def test_it_is_well_formed_and_has_every_section(outline) -> None:
    assert [section.attributes["id"] for section in outline.all("section")] == SECTIONS
    assert [link.attributes["href"] for link in outline.all("a")] == [f"#{name}" for name in SECTIONS]


def test_nothing_is_fetched_or_run(outline) -> None:
    assert not outline.all("script", "link", "img", "iframe", "image", "object", "embed", "form", "base")
    assert not [name for element in outline.elements for name in element.attributes if name.startswith("on")]
    styles = "".join(element.text for element in outline.all("style"))
    assert "@import" not in styles
    assert "url(" not in styles


def test_headings_go_down_one_at_a_time(outline) -> None:
    levels = [int(each.tag[1]) for each in outline.elements if re.fullmatch("h[1-6]", each.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_pictures_are_described_and_tables_have_headers(outline) -> None:
    for picture in outline.all("svg"):
        told = picture.attributes.get("aria-label", "")
        assert told or picture.attributes.get("aria-hidden") == "true"
    for table in outline.all("table"):
        heads = [each for each in outline.inside(table) if each.tag == "th"]
        assert {each.attributes["scope"] for each in heads} == {"col", "row"}
        assert (
            outline.inside(table)[0].tag == "caption"
            or table.attributes.get("aria-label")
            or outline.headed(table)
        )


def test_names_are_never_markup() -> None:
    page = hostile().page()
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert page.count("<b>") == 0
    assert page.count("<i>") == 0
    assert read(page).title.startswith(shown)
    assert "\x00" not in page
    told = [each.text for each in read(page).all("bdi")]
    assert told.count(shown) >= 2
    assert f"{shown}yes" in told


def test_two_pages_of_one_model_are_the_same(classes) -> None:
    seconds = re.compile(r"[\d.,]+(×10[⁻⁰-⁹¹²³]+)? m?s\b|in [\d.e-]+ s")
    assert seconds.sub("", classification().page()) == seconds.sub("", classes)


def test_scores_are_those_of_the_test_rows() -> None:
    subject = classification()
    model, rows = subject.model, subject.table.take(subject.options["split"]["test"])
    scores, told = model.score(rows), read(subject.page()).text
    assert f"{scores.accuracy:.1%}".replace("%", "\u00a0%") in told
    assert re.search(rf"log-loss, nats\s*{scores.log_loss:.3f}", told)
    hits = round(scores.accuracy * len(rows))
    assert f"It names the right class for {hits} of them" in told


def test_what_is_not_there_is_said() -> None:
    subject = regression()
    page = read(cr.report(subject.model, subject.table))
    assert "There is no history of training" in page.text
    assert "No gradient check is kept" in page.text
    assert "Judged by 150 test rows" in page.text


def test_no_line_ends_before_a_percent_sign(outline) -> None:
    assert "\u00a0%" in outline.text
    assert not re.search(r"\d\s*[ \n]%", outline.text)


def test_why_a_column_is_not_used_is_told_and_never_markup() -> None:
    subject = regression()
    whole = {each.name: each.values for each in subject.table.columns}
    rows = len(subject.table)
    table = Table.from_columns(whole | {"a<b": np.arange(rows), "other": np.zeros(rows)})
    page = cr.report(subject.model, table, **subject.options, left_out={"a<b": "row numbers & more"})
    assert "a<b (row numbers & more), other" in read(page).text
    assert "row numbers &amp; more" in page


def test_without_rows_to_validate() -> None:
    subject = regression()
    options, history = subject.options, subject.options["history"]
    parts = options["split"] | {"validation": np.array([], int)}
    page = read(subject.page(split=parts, history=replace(history, validation_loss=None)))
    assert "none: no rows were held out" in page.text
    assert "validation rows" not in page.text


def test_the_part_that_judges_is_named() -> None:
    subject = regression()
    parts = subject.options["split"]
    assert "they decided when to stop" in subject.page(split={**parts, "test": []})
    assert "It learnt from these rows too" in subject.page(split={"train": parts["train"]})


@pytest.mark.parametrize(
    "split", [{"tset": [0]}, {"test": []}, {"test": [150]}, {"test": [-1]}, {"test": [[0]]}]
)
def test_splits_that_make_no_sense(split) -> None:
    with pytest.raises(ArgumentError):
        regression().page(split=split)


def test_three_rows() -> None:
    page = read(trained({"a": [1.0, 2.0, 3.0], "y": [2.5, 3.7, 5.1]}, "y").page())
    assert "Judged by 1 test row." in page.text or "Judged by 1 validation row." in page.text
    assert "A single row tells next to nothing" in page.text
    assert "95\u00a0% interval none" in page.text  # a row does not say how much rows differ
    assert "1 number a row" in page.text


def test_axes_of_numbers_name_the_target_and_losses_say_what_they_are() -> None:
    subject = regression()
    told = [each.text for each in read(subject.page()).all("text")]
    isolated = f"\u2068{subject.model.target.name}\u2069"
    for axis in (f"true {isolated}", f"predicted {isolated}", f"predicted − true {isolated}"):
        assert axis in told
    assert "always saying the mean costs about 0.5" in subject.page()
    assert "the probability of the true class" in classification().page()


def test_many_classes_have_a_picture_and_many_columns_a_bound() -> None:
    page = read(classification(classes=24, rows=400).page())
    assert "Confusion matrix of 24 classes" in [
        each.attributes.get("aria-label", "").split(";")[0] for each in page.all("svg")
    ]
    rng = np.random.default_rng(0)
    wide = {f"x{k}": rng.normal(size=60) for k in range(340)} | {"y": rng.normal(size=60)}
    told = read(trained(wide, "y", epochs=2).page()).text
    assert "more columns, 41 not shown" in told
    assert "340 to predict from" in told


def test_large_tables_are_sampled_and_the_page_says_so(monkeypatch) -> None:
    monkeypatch.setattr("chainrule.drawing.reporting.table_summary.ROWS", 100)
    monkeypatch.setattr("chainrule.drawing.reporting.inputs.ROWS", 20)
    monkeypatch.setattr("chainrule.drawing.reporting.inputs.FEWEST", 20)
    monkeypatch.setattr("chainrule.drawing.reporting.residuals.DOTS", 15)
    told = read(regression().page()).text
    assert "from 100 rows drawn at random" in told
    assert "20 of 30 rows were drawn at random for this" in told
    assert "15 of 30 rows, drawn at random" in told


def test_the_check_the_graph_and_the_derivation_are_of_this_network(classes) -> None:
    page = read(classes)
    for name in ("parameters/W1", "parameters/b3", "evaluations of f"):
        assert name in page.text
    assert "PASS" in [
        each.text for each in page.all("span") if each.attributes.get("class") == "verdict pass"
    ]
    assert len(page.all("math")) >= 16
    graph = next(each for each in page.all("svg") if each.attributes.get("role") == "group")
    assert "log_softmax(z3, axis=1)" in [each.text for each in page.inside(graph) if each.tag == "text"]


def test_progress_names_the_sections() -> None:
    said: list[str] = []
    regression().page(progress=said.append)
    assert said[0] == "predictions"
    assert len(said) == 1 + len(SECTIONS)


@pytest.mark.parametrize("epochs", [1, 2, 4])
def test_no_tick_stands_between_two_epochs(epochs) -> None:
    history = replace(
        regression().options["history"],
        **{
            name: np.linspace(1, 2, epochs)
            for name in ("loss", "validation_loss", "learning_rate", "seconds")
        },
    )
    subject = Subject(regression().model, regression().table, {}, (history,), None, "mse", {}, "", 0)
    drawn = read(f"<!DOCTYPE html>\n{curves(subject)}")
    ticks = [
        float(each.text)
        for each in drawn.all("text")
        if each.attributes["text-anchor"] == "middle" and each.text.replace(".", "").isdigit()
    ]
    assert ticks
    assert all(tick == round(tick) for tick in ticks)


def test_nothing_to_the_left_of_a_plot_touches_the_name_of_its_axis() -> None:
    """Of tens of thousands of rows the ticks of the counts are longer than those of the frequencies above."""
    counts = np.array([50_000, 12_345])
    share = np.array([0.1, 0.9])
    drawn = read(
        f"<!DOCTYPE html>\n{_diagram(Calibration(counts, share, share, share, share, 0.0, 0.0), 'chance')}"
    )
    texts = drawn.all("text")
    ends = [float(each.attributes["x"]) for each in texts if each.attributes["text-anchor"] == "end"]
    longest = max(len(each.text) for each in texts if each.attributes["text-anchor"] == "end")
    assert longest == len("40,000")
    assert min(ends) - CHARACTER * longest > 13 + CHARACTER  # where the axes' names stand, and their height


@pytest.mark.parametrize(("least", "begins"), [(0.1, 0.0), (0.9, 0.89), (-1.0, -1.0)])
def test_losses_that_hardly_differ_are_told_apart(least, begins) -> None:
    assert _floor(least, 1.0) == pytest.approx(begins)
