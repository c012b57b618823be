"""Damaged and forged files given to the program: one line and status 2, or it works."""

from __future__ import annotations

import json

import click.testing
import pytest

from chainrule.cli import main

from ..mutations import BYTES, forge_text, mutants

CASES = 60
TABLE = "size,colour,large\n" + "".join(
    f"{k * 37 % 100 / 10},{'red' if k % 3 else 'blue'},{'yes' if k * 37 % 100 > 50 else 'no'}\n"
    for k in range(60)
)
TRAIN = ("train", "table.csv", "--target", "large", "--epochs", "2", "--hidden", "4", "-o", "model")
#: The file that is altered, and the command that reads it.
READERS = {
    "model/run.json": ("train", "--resume", "model"),
    "model/model.json": ("predict", "model", "table.csv"),
    "model/result.json": ("runs", "compare", "model", "model"),
    "table.csv": (
        "train",
        "table.csv",
        "--target",
        "large",
        "--epochs",
        "1",
        "--hidden",
        "none",
        "-o",
        "other",
        "--force",
    ),
}


def run(*arguments):
    return click.testing.CliRunner().invoke(main, arguments)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_the_program(quick_path, refused, monkeypatch, name):
    monkeypatch.chdir(quick_path)
    (quick_path / "table.csv").write_text(TABLE)
    assert run(*TRAIN).exit_code == 0
    path = quick_path / name
    whole, count = path.read_bytes(), 0
    if name == "model/run.json":
        (quick_path / "model" / "result.json").unlink()

    def altered(rng):
        as_json = name.endswith(".json") and rng.random() < 0.7
        return forge_text(rng, json.loads(whole)) if as_json else rng.choice(BYTES)(rng, whole)

    for data in mutants(name, CASES, altered, whole):
        path.write_bytes(data)
        outcome = run(*READERS[name])
        if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        assert outcome.exit_code in (0, 2)
        if outcome.exit_code == 2:
            errors = [line for line in outcome.stderr.splitlines() if not line.startswith("Warning: ")]
            assert len(errors) == 1
            assert errors[0].startswith("Error: ")
        count += outcome.exit_code == 2
        if name == "model/run.json":  # where it could go on, it has finished now
            (quick_path / "model" / "result.json").unlink(missing_ok=True)
    assert count > CASES / 10
