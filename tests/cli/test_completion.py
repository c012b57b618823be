"""What the tab key offers."""

from __future__ import annotations

import pytest
from click.shell_completion import ShellComplete

from chainrule.cli import main


def offered(*words: str) -> list[str]:
    """The completions of the last of the words after ``chainrule``."""
    *before, incomplete = words
    shell = ShellComplete(main, {}, "chainrule", "_CHAINRULE_COMPLETE")
    return [each.value for each in shell.get_completions(list(before), incomplete)]


@pytest.fixture
def houses(folder):
    path = folder / "houses.csv"
    path.write_text("total area;town;price\n1;Aachen;2\n")
    return path


@pytest.mark.parametrize("option", ["--target", "--drop", "--category", "--group", "--time", "--weight"])
def test_columns_of_the_table_that_was_typed_before(houses, option) -> None:
    assert offered("train", "houses.csv", option, "") == ["total area", "town", "price"]
    assert offered("train", "houses.csv", "--seed", "1", option, "to") == ["total area", "town"]
    assert offered("train", "houses.csv", "--no-header", option, "x") == ["x1", "x2", "x3"]


def test_columns_for_other_commands(houses) -> None:
    assert offered("inspect", "houses.csv", "--drop", "p") == ["price"]
    assert offered("latent", "fit", "houses.csv", "--drop", "p") == ["price"]


def test_bash_is_given_names_that_it_reads_as_one_word(houses, monkeypatch) -> None:
    monkeypatch.setenv("_CHAINRULE_COMPLETE", "bash_complete")
    assert offered("train", "houses.csv", "--target", "") == [r"total\\ area", "town", "price"]


def test_nothing_where_there_is_no_table(folder) -> None:
    (folder / "picture.csv").write_bytes(b"\x89PNG\0\0")
    for table in (["nosuch.csv"], ["picture.csv"], ["."], []):
        assert offered("train", *table, "--target", "") == []


def test_choices() -> None:
    assert offered("train", "t.csv", "--activation", "s") == ["softplus", "sigmoid"]
    assert offered("train", "t.csv", "--optimizer", "ada") == ["adam", "adamw"]
    assert offered("train", "t.csv", "--schedule", "p") == ["plateau"]
    assert offered("la") == ["latent"]
