"""The program itself: help, version, how errors and interrupts look."""

from __future__ import annotations

import shlex
import subprocess
import sys
import warnings

import click
import pytest

import chainrule
from chainrule.cli import main
from chainrule.cli.group import OneLineErrors
from chainrule.errors import DataError


def commands(command: click.Command, name: str = "chainrule") -> dict[str, click.Command]:
    """Every command by what one types to get it, groups left out."""
    if not isinstance(command, click.Group):
        return {name: command}
    found: dict[str, click.Command] = {}
    for part, inner in command.commands.items():
        found |= commands(inner, f"{name} {part}")
    return found


def test_all_commands_are_there() -> None:
    latent = ["compare", "fit", "impute", "sample", "score"]
    names = ["check", "demo", "derive", "graph", "inspect", "jacobian", "predict", "report", "train"]
    expected = [*names, *[f"latent {name}" for name in latent], "runs list", "runs compare"]
    assert set(commands(main)) == {f"chainrule {name}" for name in expected}


def test_the_help_lists_each_command_once_in_sections(run) -> None:
    said = run("--help").stdout
    lists = said[said.index("Options:") :]
    order = [line.split()[0] for line in lists.splitlines() if line.startswith("  ") and line[2] != "-"]
    assert order == list(main.commands)
    assert sorted(order) == sorted({name.split()[1] for name in commands(main)})


@pytest.mark.parametrize("name", commands(main))
def test_every_command_has_json_and_an_example_that_it_can_read(name: str, run) -> None:
    command = commands(main)[name]
    assert any("--json" in parameter.opts for parameter in command.params)
    outcome = run(*name.split()[1:], "--help")
    assert outcome.status == 0
    examples = outcome.stdout.split("Example:\n")[1].split("\n\n")[0].strip().splitlines()
    for example in map(str.strip, examples):
        assert example.startswith(name)
        context = command.make_context(name, shlex.split(example.removeprefix(name)))
        assert not context.args


def test_what_is_said_to_a_closed_stream_is_lost_and_nothing_else(tmp_path, monkeypatch) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main.main(["inspect", str(tmp_path / "t.csv")], standalone_mode=False) is None
    with pytest.raises(click.ClickException):
        main.main(["inspect", str(tmp_path / "nothing.csv")], standalone_mode=False)
    for stream in (sys.stdout, sys.stderr):
        stream.close()


def test_version(run) -> None:
    assert run("--version").stdout == f"chainrule, version {chainrule.__version__}\n"


def test_the_options_of_training_stand_in_sections_each_once(run) -> None:
    text = run("train", "--help").stdout.split("--folds 5\n\n")[1]
    options = [each for each in commands(main)["chainrule train"].params if isinstance(each, click.Option)]
    for option in options:
        assert text.count(f"  {option.opts[-1]} ") + text.count(f", {option.opts[-1]} ") == 1, option.name
    titles = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles[0] == "What to predict:"
    assert titles[-1] == "Options:"
    assert text.index("The network:") < text.index("--hidden") < text.index("How it learns:")


def test_it_is_a_module_as_well() -> None:
    command = [sys.executable, "-m", "chainrule", "predict", "--modle", "m"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    said = "Error: No such option '--modle'. See chainrule predict --help\n"
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (2, "", said)


def test_help_loads_nothing_heavy() -> None:
    """What makes ``chainrule --help`` quick."""
    code = "import sys, chainrule.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "click" in loaded
    heavy = {
        "rich",
        "polars",
        "narwhals",
        "msgspec",
        "safetensors",
        "scipy",
        "chainrule.nn",
        "chainrule.data",
    }
    assert not heavy & set(loaded)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bogus"], "No such command 'bogus'. See chainrule --help"),
        (["--bogus"], "No such option '--bogus'. See chainrule --help"),
        (["train"], "Missing argument 'TABLE'. See chainrule train --help"),
        (["train", "t.csv"], "Missing option '--target'. See chainrule train --help"),
        (["predict", "model"], "Missing argument 'TABLE'. See chainrule predict --help"),
        (["latent", "fit", "t.csv", "--model", "pca"], "'pca' is not one of 'ppca', 'gaussian'"),
        (["latent", "sample", "m", "-n", "0"], "0 is not in the range 1 or more"),
        (["latent", "sample", "m", "--seed", "x"], "'x' is not a valid whole number"),
    ],
)
def test_bad_usage_is_one_line(arguments: list[str], said: str, refused) -> None:
    assert said in refused(*arguments)


def test_every_option_is_described_in_words_that_are_not_the_librarys() -> None:
    for name, command in commands(main).items():
        for option in command.params:
            if isinstance(option, click.Option):
                said = " ".join(option.get_help_record(click.Context(command)))
                assert option.help, (name, option)
                assert not any(word in said for word in ("INTEGER", "FLOAT", "TEXT", "x>", "<x")), said


def test_a_group_alone_shows_its_help(run) -> None:
    for arguments, title in (([], "For a table:"), (["latent"], "Commands:")):
        outcome = run(*arguments)
        assert outcome.status == 2
        assert title in outcome.stdout + outcome.stderr


def failing(error: BaseException) -> click.Group:
    """A program with one command, which fails."""
    program = OneLineErrors("program")

    @program.command()
    def fail() -> None:
        raise error

    return program


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (DataError("a\nb", expected="c", instead="d"), 2, "Error: a b; expected: c; instead: d\n"),
        (PermissionError(13, "Permission denied", "x.csv"), 2, "Error: x.csv: Permission denied\n"),
        (MemoryError("8 TiB"), 2, "Error: out of memory: 8 TiB\n"),
        (KeyboardInterrupt(), 130, "Error: interrupted\n"),
    ],
)
def test_what_a_user_can_cause_is_one_line(error: BaseException, status: int, said: str) -> None:
    result = click.testing.CliRunner().invoke(failing(error), ["fail"])
    assert (result.exit_code, result.stderr, result.stdout) == (status, said, "")


def test_a_fault_of_this_software_is_not_hidden() -> None:
    result = click.testing.CliRunner().invoke(failing(ZeroDivisionError()), ["fail"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_a_warning_is_one_line() -> None:
    program = OneLineErrors("program")

    @program.command()
    def warn() -> None:
        warnings.warn("this\nis slow", RuntimeWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = click.testing.CliRunner().invoke(program, ["warn"])
    assert (result.exit_code, result.stderr) == (0, "Warning: this is slow\n")
