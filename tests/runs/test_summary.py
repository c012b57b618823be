"""Runs listed, whatever is in their files."""

import pytest

from chainrule.nn import Network
from chainrule.runs import compare_runs, list_runs
from chainrule.train import fit


@pytest.fixture
def folder(tmp_path):
    for name, epochs in (("a", 3), ("b", 5)):
        fit(Network([1, 1]), [[1.0], [2.0]], [2.0, 4.0], epochs=epochs, run=tmp_path / "deep" / name)
    return tmp_path


def test_runs_are_found_below(folder):
    found = list_runs(folder)
    assert [(run.path, run.status, run.epochs) for run in found] == [
        (str(folder / "deep" / "a"), "finished", 3),
        (str(folder / "deep" / "b"), "finished", 5),
    ]
    assert compare_runs([run.path for run in found]).settings["epochs"] == (3, 5)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "result.json",
            b'{"run": "", "ended": "", "stopped_by": "", "epochs": {}, "seconds": 1, "metrics": {}}',
        ),
        ("result.json", b"\xff"),
        ("run.json", b"[" * 100_000),
        *(
            (
                "run.json",
                b'{"format": "chainrule run", "version": 1, "id": "a", "began": "%s", '
                b'"configuration": {}, "data": {}, "environment": {}}' % began,
            )
            for began in (b"relu", b"")
        ),
    ],
)
def test_a_file_of_other_types_is_damaged(folder, name, content):
    (folder / "deep" / "a" / name).write_bytes(content)
    assert {run.status for run in list_runs(folder)} == {"damaged", "finished"}


@pytest.mark.parametrize(
    ("lines", "epochs"),
    [
        (b"", 0),
        (b'{"epoch": 1}\n', 1),
        (b'{"loss": "x", "seconds": []}\n{"loss": 1, "validation_loss": {}}\n', 2),
        (b'{"loss": null}\n{"loss": 1e400}\n{"half', 2),
    ],
)
def test_a_history_of_other_things_is_counted(folder, lines, epochs):
    run = folder / "deep" / "a"
    (run / "result.json").unlink()
    (run / "history.jsonl").write_bytes(lines)
    (found,) = list_runs(run)
    assert found.status in ("interrupted", "damaged")
    assert found.epochs in (epochs, 0)
