"""What ``chainrule train`` refuses: one line, status 2, nothing written."""

from __future__ import annotations

import polars
import pytest

NUMBERS = [f"{k + 5},{k % 2}" for k in range(20)]


@pytest.mark.parametrize(
    ("lines", "arguments", "said"),
    [
        (["a,b", *NUMBERS], ["--target", "c"], "no column 'c'; instead: one of its columns: 'a', 'b'"),
        (["alpha,b", *NUMBERS], ["--target", "b", "--drop", "alpa"], "no column 'alpa'; instead: one of"),
        (["a,b", *NUMBERS], ["--target", "b", "--drop", "b"], "the table has no column 'b'"),
        (["a,b", *NUMBERS], ["--target", "b", "--drop", "a"], "no column besides the target 'b'"),
        (["a,b"], ["--target", "b"], "has column names but no rows"),
        ([], ["--target", "b"], "is empty"),
        (["a,b", *NUMBERS, "four,1"], ["--target", "b"], "column 'a' holds 'four' in data row 21"),
        (
            ["a,b", *NUMBERS, "four,1"],
            ["--target", "b"],
            "correct it, or add --missing four, --drop a or --type a=category",
        ),
        (["a,b", *NUMBERS, "inf,1"], ["--target", "b"], "correct it, or add --missing inf or --drop a"),
        (["a,b", *[f"{k},{k % 2}" for k in range(20)]], ["--target", "b"], "'a', for one: row numbers"),
        (["a,b", *[f"{k},{k % 2}" for k in range(20)]], ["--target", "b"], "such as a=number"),
        (["a,b", *NUMBERS], ["--target", "b", "--type", "a"], "'a' is not of the form COLUMN=TYPE"),
        (["a,b", *NUMBERS], ["--target", "b", "--type", "a=zip"], "one of number, boolean, category, date"),
        (["a,b", *NUMBERS], ["--target", "b", "--type", "a=date:%K"], "date format '%K'"),
        (["a,b", *NUMBERS], ["--target", "b", "--type", "a=date:%d/%m/%Y"], "written as %d/%m/%Y"),
        (["a,b", *NUMBERS], ["--target", "b", "--group", "g"], "the table has no column 'g'"),
        (["a,b", *NUMBERS], ["--target", "b", "--weight", "b"], "target 'b' is also the weight"),
        (["a,b", *NUMBERS], ["--target", "b", "--class-weight", "2=3"], "a weight for class '2'"),
        (["a,b", *NUMBERS], ["--target", "b", "--class-weight", "half"], "of the form CLASS=WEIGHT"),
        (["a,b", *NUMBERS, "inf,1"], ["--target", "b"], "column 'a' holds inf in data row 21"),
        (["a,b", *[f"{k + 5},same" for k in range(20)]], ["--target", "b"], "has one class only, 'same'"),
        (
            ["a,b", *[f"{k + 5},5" for k in range(20)]],
            ["--target", "b", "--task", "regression"],
            "target 'b' is 5 in every row",
        ),
        (["a,b", "1,x", "2,y"], ["--target", "b"], "2 rows leave none to hold out"),
        (["a,a", *NUMBERS], ["--target", "a"], "two columns have the same name: 'a'"),
        (
            ["a,b", *[f"word {k},{k % 2}" for k in range(40)]],
            ["--target", "b"],
            "identifiers: no word returns",
        ),
        (["a,b", *NUMBERS], ["--target", "b", "--hidden", "32,x"], "(or none). See chainrule train"),
        (["a,b", *NUMBERS], ["--target", "b", "--hidden", "0"], "'0' is no list of layer sizes"),
        (["a,b", *NUMBERS], ["--target", "b", "--activation", "relo"], "instead: 'relu'"),
        (["a,b", *NUMBERS], ["--target", "b", "--learning-rate", "nan"], "learning_rate=nan"),
        (["a,b", *NUMBERS], ["--target", "b", "--epochs", "0"], "0 is not in the range"),
        (["a,b", *NUMBERS], ["--target", "b", "--task", "clustering"], "'clustering' is not one of"),
        (["a,b", *NUMBERS], ["--target", "b", "-o", "t.csv/model"], "is not a folder"),
        (["a,b", *NUMBERS], ["--target", "b", "-o", "t.csv"], "t.csv exists; instead: --force"),
        (["a,b", *NUMBERS], ["--target", "b", "-o", "t.csv", "--force"], "is no chainrule model"),
    ],
)
def test_a_table_or_an_option_that_does_not_fit(lines, arguments, said, refused, folder) -> None:
    (folder / "t.csv").write_text("\n".join(lines))
    assert said in refused("train", "t.csv", *arguments)


@pytest.mark.parametrize("word", ["1e309", "-1E+400", "Infinity", " inf"])
def test_the_advice_for_an_infinite_number_works(word, refused, run, folder) -> None:
    (folder / "t.csv").write_text("\n".join(["a,b", *NUMBERS, f"{word},1"]))
    said, cell = refused("train", "t.csv", "--target", "b"), word.strip()
    assert cell in said.partition("; ")[0]
    assert f"correct it, or add --missing {cell} or --drop a" in said
    of_target = refused("train", "t.csv", "--target", "a")
    assert of_target.endswith(f"correct it, or add --missing {cell}\n")
    advice = ("--missing", cell)
    assert run("train", "t.csv", "--target", "b", "--epochs", 1, "-o", "m", *advice).status == 0


def test_an_infinite_number_of_a_parquet_file(refused, folder) -> None:
    column = [float("inf"), *range(5, 25)]
    polars.DataFrame({"a": column, "b": [k % 2 for k in range(21)]}).write_parquet(folder / "t.parquet")
    said = refused("train", "t.parquet", "--target", "b")
    assert (
        "column 'a' holds inf in data row 1; expected: finite numbers; instead: correct it, or add --drop a"
        in said
    )


def test_a_missing_file(refused) -> None:
    assert "there is no file nothing.csv" in refused("train", "nothing.csv", "--target", "b")


def test_a_folder_in_place_of_a_file(refused) -> None:
    assert "is not a file" in refused("train", ".", "--target", "b")


def test_a_file_of_other_bytes(refused, folder) -> None:
    (folder / "t.csv").write_bytes(bytes(range(256)))
    assert "binary file" in refused("train", "t.csv", "--target", "b")


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_folder_that_is_no_model(force, refused, folder, shapes) -> None:
    (folder / "thesis").mkdir()
    (folder / "thesis" / "chapter1.tex").write_text("the only copy")
    assert "thesis" in refused("train", shapes, "--target", "large", "-o", "thesis", *force)


def test_training_that_diverges(run, folder, shapes) -> None:
    before = set(folder.iterdir())
    arguments = ("--learning-rate", 1e200, "--optimizer", "sgd", "--target", "large")
    outcome = run("train", shapes, *arguments)
    assert outcome.status == 2
    assert outcome.stderr.count("\n") == 1
    assert "instead: a --learning-rate below 1e+200" in outcome.stderr
    assert set(folder.iterdir()) == before
