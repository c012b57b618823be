"""``chainrule predict``."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule.data import Table, read_table
from chainrule.io import read_manifest


@pytest.fixture
def trained(run, once):
    """Trains on a table, and gives the model's folder."""

    def call(table, target, folder):
        once(folder, lambda: run("train", table, "--target", target, "-o", folder, "--epochs", 30))
        return folder

    return call


@pytest.fixture
def classifier(trained, shapes):
    return trained(shapes, "large", "classifier")


@pytest.fixture
def regressor(trained, line):
    return trained(line, "y", "regressor")


def test_classes_and_their_probabilities(run, folder, classifier, shapes) -> None:
    outcome = run("predict", classifier, shapes, "-o", "out.csv")
    table = read_table("out.csv", kinds={"prediction": "category"})
    assert (outcome.status, outcome.stdout) == (0, "")
    assert table.names == ("prediction", "p(no)", "p(yes)")
    probabilities = table.select(("p(no)", "p(yes)")).matrix()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    assert table["prediction"].tolist() == np.array(["no", "yes"])[probabilities.argmax(axis=1)].tolist()
    # Every digit is written: what is read back is what the model says.
    np.testing.assert_array_equal(probabilities, cr.load(classifier).probabilities(read_table(shapes)))


def test_numbers(run, folder, regressor, line) -> None:
    run("predict", regressor, line, "-o", "out.csv")
    np.testing.assert_array_equal(
        read_table("out.csv")["prediction"], cr.load(regressor).predict(read_table(line))
    )


def test_standard_output_is_the_same_csv(run, folder, classifier, shapes) -> None:
    run("predict", classifier, shapes, "-o", "out.csv")
    assert run("predict", classifier, shapes).stdout == (folder / "out.csv").read_text()


def test_an_older_file_is_replaced(run, folder, classifier, shapes) -> None:
    (folder / "out.csv").write_text("old")
    assert run("predict", classifier, shapes, "-o", "out.csv").status == 0
    assert (folder / "out.csv").read_text().startswith("prediction,")


def test_scores_where_the_table_has_the_target(run, classifier, shapes) -> None:
    outcome = run("predict", classifier, shapes, "--json")
    predicted, true = np.array(outcome.facts["columns"]["prediction"]), read_table(shapes)["large"]
    assert outcome.facts["rows"] == 80
    assert outcome.facts["scores"]["accuracy"] == np.mean(predicted == true)
    assert f"accuracy {np.mean(predicted == true):.1%}" in run("predict", classifier, shapes).stderr


@pytest.mark.parametrize(("kind", "names"), [("classifier", "accuracy"), ("regressor", "R²")])
def test_the_table_of_training_is_known_again(run, folder, request, kind, names) -> None:
    model, table = request.getfixturevalue(kind), "shapes.csv" if kind == "classifier" else "line.csv"
    trained = read_manifest(folder / model).training
    outcome = run("predict", model, table, "-o", "out.csv")
    said = outcome.stderr.splitlines()[-1]
    rows, test = trained["rows"], trained["test"]
    shown = f"{names} {test['accuracy']:.1%}" if names == "accuracy" else f"{names} {test['r_squared']:.4f}"
    assert f"trained on {rows['train']} rows of this very table" in said
    assert f"of the {rows['test']} test rows alone: {shown}" in said
    told = run("predict", model, table, "--json").facts["trained_on"]
    assert (told["rows"], told["test"]) == (rows, test)
    (folder / table).write_text((folder / table).read_text() + "\n")
    assert "this very table" not in run("predict", model, table).stderr


def test_no_scores_without_the_target(run, folder, regressor) -> None:
    (folder / "new.csv").write_text("b,a\n1,2\n3,4\n")
    outcome = run("predict", regressor, "new.csv", "--json")
    assert outcome.facts["scores"] is None
    expected = cr.load(regressor).predict(Table.from_columns({"a": [2.0, 4.0], "b": [1.0, 3.0]}))
    assert outcome.facts["columns"]["prediction"] == expected.tolist()


def test_rows_without_a_target_are_predicted_and_the_others_scored(run, folder, classifier, shapes) -> None:
    header, *rows = (folder / shapes).read_text().splitlines()
    without = [row.rpartition(",")[0] + "," if k in (2, 5) else row for k, row in enumerate(rows)]
    kept = [row for k, row in enumerate(rows) if k not in (2, 5)]
    (folder / "some.csv").write_text("\n".join([header, *without]) + "\n")
    (folder / "kept.csv").write_text("\n".join([header, *kept]) + "\n")
    some = run("predict", classifier, "some.csv", "--json")
    assert (some.facts["rows"], some.facts["scored_rows"]) == (80, 78)
    assert some.facts["scores"] == run("predict", classifier, "kept.csv", "--json").facts["scores"]
    assert "scores: 2 rows without a target left out, the first is data row 3\n" in some.stderr
    assert "80 rows predicted; of 78 rows: accuracy" in run("predict", classifier, "some.csv").stderr


@pytest.mark.parametrize(("model", "options"), [("classifier", ["--stream"]), ("regressor", [])])
def test_predictions_stay_beside_their_rows(run, folder, model, options, request, shapes, line) -> None:
    request.getfixturevalue(model)
    source = folder / (shapes if model == "classifier" else line)
    header, *rows = source.read_text().splitlines()
    blank = "," * header.count(",")
    (folder / "gaps.csv").write_text("\n".join([header, blank, *rows[:3], "", *rows[3:], blank]) + "\n")
    whole = run("predict", model, source).stdout.splitlines()[1:]
    outcome = run("predict", model, "gaps.csv", "-o", "out.csv", *options)
    nothing = '""' if model == "regressor" else ",,"
    found = (folder / "out.csv").read_text().splitlines()[1:]
    assert found == [nothing, *whole[:3], nothing, *whole[3:], nothing]
    said = "3 rows without any value, without a prediction; the first is data row 1\n"
    assert outcome.stderr.startswith(said)
    facts, last = run("predict", model, "gaps.csv", "--json", *options).facts, len(rows) + 3
    assert facts["blank_rows"] == [1, 5, last]
    predictions = facts["columns"]["prediction"]
    assert [row for row, value in enumerate(predictions, 1) if value is None] == [1, 5, last]
    assert facts["scored_rows"] == facts["rows"] == len(rows)


def test_errors_count_blank_rows_too(refused, folder, classifier) -> None:
    (folder / "new.csv").write_text("size,colour,round\n5,red,true\n,,\nbig,red,true\n")
    assert "'big' in data row 3" in refused("predict", classifier, "new.csv")


@pytest.mark.parametrize("target", ["", "perhaps"])
def test_a_target_that_cannot_be_scored_is_predicted_all_the_same(run, folder, classifier, target) -> None:
    other = "perhaps" if target else ""
    (folder / "new.csv").write_text(f"size,colour,round,large\n9,red,true,{target}\n1,blue,false,{other}\n")
    outcome = run("predict", classifier, "new.csv")
    assert outcome.status == 0
    assert [row.split(",")[0] for row in outcome.stdout.splitlines()] == ["prediction", "yes", "no"]
    what = (
        "column 'large' holds 'perhaps' in data row 1, and nowhere a class of training"
        if target
        else "target 'large' has no value in any row"
    )
    assert outcome.stderr.startswith(f"not scored: {what}")


def test_rows_of_a_class_that_training_did_not_see_are_left_out_of_the_scores(
    run, folder, classifier, shapes
) -> None:
    header, *rows = (folder / shapes).read_text().splitlines()
    new = [row.rpartition(",")[0] + ",perhaps" if k in (3, 9) else row for k, row in enumerate(rows)]
    (folder / "new.csv").write_text("\n".join([header, *new]) + "\n")
    (folder / "kept.csv").write_text(
        "\n".join([header, *(row for row in new if "perhaps" not in row)]) + "\n"
    )
    outcome = run("predict", classifier, "new.csv", "--json")
    assert (outcome.facts["rows"], outcome.facts["scored_rows"]) == (80, 78)
    assert outcome.facts["scores"] == run("predict", classifier, "kept.csv", "--json").facts["scores"]
    said = (
        "scores: 2 rows of a class that training did not see left out, the first is 'perhaps' in data row 4"
    )
    assert said in outcome.stderr


def test_json_says_where_the_file_is(run, classifier, shapes) -> None:
    facts = run("predict", classifier, shapes, "-o", "out.csv", "--json").facts
    assert (facts["rows"], facts["output"]) == (80, "out.csv")
    assert "columns" not in facts


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("size,colour,round\nbig,red,true\n", "column 'size' holds 'big' in data row 1; expected: a number"),
        ("size,colour,round\nbig,red,true\n", "instead: correct it, or remove the row"),
        ("size,colour,round\n5,red,maybe\n", "column 'round' holds 'maybe'"),
        ("size,colour\n5,red\n", "the table has no column 'round'"),
        ("a,b\n5,6\n", "the table lacks 3 of the columns that are needed"),
        ("size,colour,round\n", "has column names but no rows"),
        ("", "is empty"),
    ],
)
def test_a_table_that_does_not_fit(content, said, refused, folder, classifier) -> None:
    (folder / "new.csv").write_text(content)
    assert said in refused("predict", classifier, "new.csv", "-o", "out.csv")


def test_a_missing_table(refused, classifier) -> None:
    assert "there is no file nothing.csv" in refused("predict", classifier, "nothing.csv")


def test_a_missing_model(refused, shapes) -> None:
    assert "there is no model folder nothing" in refused("predict", "nothing", shapes)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
@pytest.mark.parametrize("size", [0, 1, 100, 500])
def test_a_truncated_model(name, size, refused, folder, classifier, shapes) -> None:
    path = folder / classifier / name
    path.write_bytes(path.read_bytes()[:size])
    assert name in refused("predict", classifier, shapes)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_an_altered_model(name, refused, folder, classifier, shapes) -> None:
    path = folder / classifier / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert name in refused("predict", classifier, shapes)


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_a_missing_file(name, refused, folder, classifier, shapes) -> None:
    (folder / classifier / name).unlink()
    assert f"{name} is missing" in refused("predict", classifier, shapes)


def test_a_model_of_another_kind(refused, run, cloud, shapes) -> None:
    run("latent", "fit", cloud, "-o", "density")
    said = refused("predict", "density", shapes)
    assert "holds a PPCA" in said
    assert "a model that `chainrule train` made" in said


def test_the_table_is_never_replaced(refused, folder, classifier, shapes) -> None:
    shutil.copy(shapes, "copy.csv")
    (folder / "link.csv").symlink_to(folder / "copy.csv")
    for output in ("copy.csv", "./copy.csv", "link.csv"):
        assert "would replace what is read" in refused("predict", classifier, "copy.csv", "-o", output)


@pytest.mark.parametrize(
    ("output", "said"), [("no/out.csv", "there is no folder no"), ("classifier", "is a folder")]
)
def test_an_output_that_cannot_be_written(output, said, refused, classifier, shapes) -> None:
    assert said in refused("predict", classifier, shapes, "-o", output)


def test_what_training_did_not_see_is_predicted_and_counted(run, folder, classifier) -> None:
    (folder / "new.csv").write_text("size,colour,round\n9,green,true\n,red,true\n")
    outcome = run("predict", classifier, "new.csv", "--json")
    missing, unseen = outcome.facts["remarks"]
    assert outcome.status == 0
    assert "column 'size': 1 without a value, the first in data row 2" in missing
    assert "column 'colour': 1 row with a category that training did not see, such as 'green'" in unseen
    assert outcome.stderr.splitlines()[:2] == [missing, unseen]


def test_words_that_meant_no_value_mean_none_again(run, folder) -> None:
    rows = [f"{-999 if k % 5 == 0 else k % 11},{k % 2},{'yes' if k % 11 > 5 else 'no'}" for k in range(60)]
    (folder / "t.csv").write_text("\n".join(["size,other,large", *rows]) + "\n")
    assert run("train", "t.csv", "--target", "large", "--missing", -999, "--epochs", 2, "-o", "m").status == 0
    (folder / "new.csv").write_text("size,other\n-999,1\n,1\n3,1\n")
    columns = run("predict", "m", "new.csv", "--json").facts["columns"]
    word, empty, other = columns["p(yes)"]
    assert word == empty != other
