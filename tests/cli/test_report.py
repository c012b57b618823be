"""``report.html`` in a run's folder."""

from __future__ import annotations

from ..drawing.reporting.outline import read


def test_the_report_tells_what_the_command_told(run, folder, shapes) -> None:
    facts = run("train", shapes, "--target", "large", "-o", "model", "--json").facts
    page = read((folder / "model" / "report.html").read_text(encoding="utf-8"))
    assert "Predicting large from 3 columns of shapes.csv" in page.text
    assert f"{facts['test']['accuracy']:.1%}".replace("%", " %") in page.text
    assert f"Judged by {facts['rows']['test']} test rows" in page.text
    for told in ("Adam(", "checking the gradient", "reading and encoding"):
        assert told in page.text
    assert str(folder) not in page.text


def test_the_gradient_is_checked_before_training(run, shapes) -> None:
    told = run("train", shapes, "--target", "large", "-o", "model", "--epochs", "1").stdout
    assert told.index("gradient  PASS: 1,") < told.index("trained   1 epochs")
