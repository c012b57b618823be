"""``chainrule latent``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import chainrule as cr
from chainrule.data import read_table
from chainrule.io import read_manifest
from chainrule.train.loop import Loop


def by_maximum_likelihood(rows: np.ndarray) -> multivariate_normal:
    return multivariate_normal(rows.mean(axis=0), np.cov(rows.T, ddof=0))


def test_a_gaussian_is_the_mean_and_the_covariance(run, cloud) -> None:
    facts = run("latent", "fit", cloud, "--model", "gaussian", "--test", 0, "-o", "g", "--json").facts
    rows = read_table(cloud).matrix()
    assert facts["rows"] == {"train": 200, "test": 0}
    assert facts["columns"] == ["u", "v", "w"]
    likelihood = by_maximum_likelihood(rows).logpdf(rows).mean()
    assert facts["log_likelihood"] == {"train": pytest.approx(likelihood, rel=1e-10), "test": None}


def test_ppca_and_its_held_out_rows(run, cloud) -> None:
    facts = run("latent", "fit", cloud, "--components", 1, "--test", 0.25, "-o", "p", "--json").facts
    model, rows = cr.load("p"), read_table(cloud).matrix()
    assert (facts["kind"], facts["n_components"], facts["rows"]) == ("ppca", 1, {"train": 150, "test": 50})
    density = multivariate_normal(model.mean, model.covariance).logpdf(rows)
    # The mean over all rows is the weighted mean of the two parts.
    parts = 0.75 * facts["log_likelihood"]["train"] + 0.25 * facts["log_likelihood"]["test"]
    assert parts == pytest.approx(density.mean(), rel=1e-10)


def test_the_report(run, cloud) -> None:
    outcome = run("latent", "fit", cloud, "--seed", 3)
    assert outcome.status == 0
    assert "PPCA(n_components=2, n_features=3" in outcome.stdout
    assert "chainrule latent sample cloud-ppca" in outcome.stdout
    assert cr.load("cloud-ppca").n_components == 2


def test_samples_are_of_the_density(run, folder, cloud) -> None:
    run("latent", "fit", cloud, "--model", "gaussian", "-o", "g")
    outcome = run("latent", "sample", "g", "-n", 4000, "--seed", 1, "-o", "new.csv")
    assert outcome.stderr == "4000 rows written to new.csv\n"
    table, model = read_table("new.csv"), cr.load("g")
    assert table.names == ("u", "v", "w")
    standard_error = np.sqrt(np.diag(model.covariance) / 4000)
    assert (np.abs(table.matrix().mean(axis=0) - model.mean) < 5 * standard_error).all()
    np.testing.assert_array_equal(table.matrix(), model.sample(4000, 1))


def test_samples_follow_the_seed(run, cloud) -> None:
    run("latent", "fit", cloud, "-o", "p")
    first, second, other = (run("latent", "sample", "p", "--seed", seed).stdout for seed in (1, 1, 2))
    assert first == second != other
    assert len(first.splitlines()) == 11
    rows = run("latent", "sample", "p", "--seed", 1, "--json").facts["rows"]
    assert [",".join(map(repr, row)) for row in rows] == first.splitlines()[1:]


def test_scores_are_log_densities(run, cloud) -> None:
    run("latent", "fit", cloud, "--model", "gaussian", "-o", "g")
    model, rows = cr.load("g"), read_table(cloud).matrix()
    expected = multivariate_normal(model.mean, model.covariance).logpdf(rows)
    facts = run("latent", "score", "g", cloud, "--json").facts
    np.testing.assert_allclose(facts["log_likelihood"], expected, rtol=1e-9)
    assert facts["mean"] == pytest.approx(expected.mean(), rel=1e-10)
    assert facts["least_likely_row"] == expected.argmin() + 1
    assert f"{expected.mean():.4f}" in run("latent", "score", "g", cloud, "-o", "s.csv").stdout
    np.testing.assert_allclose(read_table("s.csv")["log_likelihood"], expected, rtol=1e-9)


def test_columns_are_known_by_name(run, folder, cloud) -> None:
    run("latent", "fit", cloud, "-o", "p")
    table = read_table(cloud)
    lines = ["w,extra,u,v", *[f"{w!r},x,{u!r},{v!r}" for u, v, w in table.matrix().tolist()]]
    (folder / "moved.csv").write_text("\n".join(lines))
    scores = [run("latent", "score", "p", name, "--json").facts["mean"] for name in (cloud, "moved.csv")]
    assert scores[0] == scores[1]


def test_a_model_that_python_saved_has_numbered_columns(run, folder) -> None:
    cr.save(cr.latent.Gaussian.from_parameters([1.0, 2.0], [[1.0, 0.0], [0.0, 1.0]]), folder / "g")
    assert run("latent", "sample", "g", "-n", 1).stdout.startswith("x1,x2\n")


@pytest.fixture
def flat(folder) -> str:
    """A table whose rows lie in a plane: w = u + v."""
    rows = np.random.default_rng(0).integers(0, 50, (60, 2))
    (folder / "flat.csv").write_text("\n".join(["u,v,w", *[f"{u},{v},{u + v}" for u, v in rows.tolist()]]))
    return "flat.csv"


def test_rows_in_a_plane_have_no_density_but_samples(run, refused, flat) -> None:
    outcome = run("latent", "fit", flat, "--model", "gaussian", "-o", "g")
    assert outcome.status == 0
    assert "no density" in outcome.stdout
    facts = run("latent", "fit", flat, "--model", "gaussian", "-o", "h", "--json").facts
    assert facts["log_likelihood"] == {"train": None, "test": None}
    u, v, w = np.array(run("latent", "sample", "g", "--json").facts["rows"]).T
    np.testing.assert_allclose(u + v, w, atol=1e-6)
    assert "there is no density" in refused("latent", "score", "g", flat)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.csv"], "there is no file nothing.csv"),
        (["cloud.csv", "--components", "3"], "--components 3 for 3 columns; expected: 2 at most"),
        (["cloud.csv", "--drop", "u"], "--components 2 for 2 columns; expected: 1 at most; instead: --model"),
        (
            ["cloud.csv", "--model", "gaussian", "--components", "1"],
            "--components is for --model ppca, factor-analysis, mixture, vae: gaussian has none",
        ),
        (["cloud.csv", "--drop", "x"], "the table has no column 'x'"),
        (["cloud.csv", "--test", "1"], "1.0 is not in the range"),
        (["cloud.csv", "-o", "cloud.csv"], "cloud.csv exists"),
        (
            ["words.csv"],
            "'word': a column of words has no density; expected: numbers only; instead: --drop word",
        ),
        (["gap.csv", "--components", "1", "--drop", "b"], "--components 1 for 1 columns"),
        (["cloud.csv", "--components", "1.5"], "'1.5' is no whole number, no share of the variance"),
        (["cloud.csv", "--components", "many"], "'many' is no whole number"),
        (["cloud.csv", "--model", "mixture", "--components", "0.9"], "--components 0.9 is for --model ppca"),
        (["cloud.csv", "--size", "2"], "--size is for --model mixture: ppca has none"),
        (
            ["cloud.csv", "--model", "flow", "--rotation", "varimax"],
            "--rotation is for --model ppca, factor-",
        ),
        (["cloud.csv", "--model", "mixture", "--stream"], "--stream is for --model ppca, gaussian"),
        (
            ["empty.csv", "--components", "1"],
            "'b': no value in any row; expected: a value in every column; instead: --drop b",
        ),
    ],
)
def test_fit_refuses(arguments, said, refused, folder, cloud) -> None:
    (folder / "words.csv").write_text("a,word\n1,x\n2,y\n3,x\n")
    (folder / "gap.csv").write_text("a,b\n1,2\n,3\n4,5\n")
    (folder / "empty.csv").write_text("a,b\n1,\n2,\n4,\n")
    assert said in refused("latent", "fit", *arguments)


def test_score_refuses_another_table(refused, run, folder, cloud) -> None:
    run("latent", "fit", cloud, "-o", "p")
    (folder / "other.csv").write_text("u,x\n1,2\n")
    assert "lacks 2 of the columns that are needed: 'v', 'w'" in refused("latent", "score", "p", "other.csv")
    (folder / "words.csv").write_text("u,v,w\n1,2,three\n")
    assert "column 'w' holds 'three' in data row 1" in refused("latent", "score", "p", "words.csv")
    assert "would replace what is read" in refused("latent", "score", "p", cloud, "-o", cloud)


def test_a_model_of_another_kind(refused, run, shapes) -> None:
    run("train", shapes, "--target", "large", "-o", "model", "--epochs", 1)
    for arguments in (("sample", "model"), ("score", "model", shapes)):
        assert "a model that `chainrule latent fit` made" in refused("latent", *arguments)


def test_a_damaged_model(refused, run, folder, cloud) -> None:
    run("latent", "fit", cloud, "-o", "p")
    path = folder / "p" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert "model.safetensors" in refused("latent", "sample", "p")


@pytest.fixture
def gaps(folder, cloud) -> str:
    """The cloud with every seventh of its cells empty."""
    lines = [line.split(",") for line in (folder / cloud).read_text().splitlines()]
    for i, line in enumerate(lines[1:]):
        for j in range(3):
            line[j] = "" if (3 * i + j) % 7 == 0 else line[j]
    (folder / "gaps.csv").write_text("\n".join(",".join(line) for line in lines))
    return "gaps.csv"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("ppca", ["--components", "1", "--rotation", "varimax"]),
        ("gaussian", []),
        ("factor-analysis", ["--components", "1"]),
        ("mixture", ["--size", "2", "--components", "1"]),
    ],
)
def test_every_model_fits_and_fills_a_table_with_gaps(kind, options, run, gaps) -> None:
    facts = run("latent", "fit", gaps, "--model", kind, *options, "-o", "m", "--json").facts
    assert np.isfinite(facts["log_likelihood"]["test"])
    model, rows = cr.load("m"), read_table(gaps).matrix(missing=True)
    assert model.columns == ("u", "v", "w")
    filled = run("latent", "impute", "m", gaps, "--std", "--json").facts
    assert filled["missing"] == np.isnan(rows).sum() == 86
    mean, std = model.impute(rows, return_std=True)
    for j, name in enumerate("uvw"):
        np.testing.assert_allclose(filled["columns"][name], mean[:, j])
        np.testing.assert_allclose(filled["columns"][f"std({name})"], std[:, j])
    scores = run("latent", "score", "m", gaps, "--json").facts["log_likelihood"]
    np.testing.assert_allclose(scores, model.log_likelihood(rows))


def test_a_flow_wants_a_filled_table(run, refused, folder, gaps) -> None:
    said = refused("latent", "fit", gaps, "--model", "flow")
    assert "empty cells: 86; expected: none" in said
    assert "`chainrule latent impute`, or a ppca, mixture or vae" in said
    layers = [cr.latent.flows.ActNorm()]
    flow = cr.latent.Flow.from_parameters(
        layers, [{"b": [0.0] * 3, "s": [0.0] * 3}], shift=[0] * 3, scale=[1] * 3
    )
    flow.name_columns(("u", "v", "w")).save(folder / "f")
    assert "empty cells: 86" in refused("latent", "score", "f", gaps)


def test_filled_tables_and_draws_are_csv(run, folder, gaps) -> None:
    run("latent", "fit", gaps, "-o", "m")
    outcome = run("latent", "impute", "m", gaps, "-o", "filled.csv")
    assert outcome.stderr == "86 missing values of 200 rows filled; written to filled.csv\n"
    rows, filled = read_table(gaps).matrix(missing=True), read_table("filled.csv").matrix()
    np.testing.assert_array_equal(filled[~np.isnan(rows)], rows[~np.isnan(rows)])
    run("latent", "impute", "m", gaps, "--draws", 3, "--seed", 4, "-o", "draws.csv")
    draws = read_table("draws.csv")
    assert draws.names == ("draw", "row", "u", "v", "w")
    assert (len(draws), draws["row"].max(), draws["draw"].max()) == (600, 200, 3)
    expected = cr.load("m").impute(rows, draws=3, seed=4)
    np.testing.assert_allclose(draws.select("uvw").matrix().reshape(3, 200, 3), expected, rtol=1e-14)


def test_rows_are_drawn_given_some_columns(run, refused, cloud) -> None:
    run("latent", "fit", cloud, "--model", "gaussian", "-o", "g")
    rows = np.array(run("latent", "sample", "g", "-n", 50, "--given", "v=2.5", "--json").facts["rows"])
    assert (rows[:, 1] == 2.5).all()
    np.testing.assert_array_equal(rows, cr.load("g").sample(50, 0, given={"v": 2.5}))
    assert "no column 'x'" in refused("latent", "sample", "g", "--given", "x=1")
    for given in ("v=tall", "v=nan", "v=inf", "v", "=2", "v="):
        assert "not of the form COLUMN=NUMBER" in refused("latent", "sample", "g", "--given", given)


def test_orders_are_chosen(run, cloud) -> None:
    for order in ("bic", "minka", "cv", "0.5"):
        facts = run("latent", "fit", cloud, "--components", order, "-o", "p", "--force", "--json").facts
        assert facts["n_components"] in (1, 2)


def test_a_stream_is_the_fit_of_all_rows(run, cloud) -> None:
    streamed = run("latent", "fit", cloud, "--stream", "-o", "s", "--json").facts
    whole = run("latent", "fit", cloud, "--test", 0, "-o", "w", "--json").facts
    assert streamed["rows"] == whole["rows"]
    assert streamed["log_likelihood"]["train"] == pytest.approx(whole["log_likelihood"]["train"], rel=1e-12)


def test_tables_are_read_as_they_are_laid_out(run, refused, folder, cloud) -> None:
    """No names, a decimal comma, semicolons, a word for what is missing, and a column of words."""
    lines = [
        ";".join([*(f"{x:.17g}".replace(".", ",") for x in row), "word"])
        for row in read_table(cloud).matrix()
    ]
    (folder / "laid.csv").write_text("\n".join(["%", *lines, "-999;0,5;0,25;word"]))
    layout = ["--delimiter", ";", "--no-header", "--comment", "%", "--missing", "-999"]
    columns = [
        "--drop",
        "x4",
        *(word for name in ("x1", "x2", "x3") for word in ("--type", f"{name}=number:1.234,5")),
    ]
    facts = [
        run("latent", "fit", "laid.csv", *layout, *columns, "--test", 0, *more, "-o", f"p{k}", "--json").facts
        for k, more in enumerate(([], ["--stream"]))
    ]
    assert [each["rows"]["train"] for each in facts] == [201, 201]
    assert facts[1]["log_likelihood"]["train"] == pytest.approx(facts[0]["log_likelihood"]["train"], rel=1e-5)
    only = run("latent", "compare", "laid.csv", *layout, *columns, "--only", "gaussian", "--json").facts
    assert only["models"][0]["mean"] is not None
    (folder / "new.csv").write_text("\n".join(["1;2;3", "-999;0.5;0.25"]))
    scored = run("latent", "score", "p0", "new.csv", *layout, "--json").facts
    gaps = [[1.0, 2.0, 3.0], [np.nan, 0.5, 0.25]]
    np.testing.assert_allclose(scored["log_likelihood"], cr.load("p0").log_likelihood(gaps), rtol=1e-12)
    assert run("latent", "impute", "p0", "new.csv", *layout, "--json").facts["missing"] == 1
    assert "is not of the form COLUMN=TYPE" in refused("latent", "fit", "laid.csv", "--type", "x1")
    assert "delimiter 'ab'" in refused("latent", "score", "p0", "new.csv", "--delimiter", "ab")


def test_impute_refuses(run, refused, cloud) -> None:
    run("latent", "fit", cloud, "-o", "p")
    assert "exclude each other" in refused("latent", "impute", "p", cloud, "--std", "--draws", 2)
    assert "would replace what is read" in refused("latent", "impute", "p", cloud, "-o", cloud)


def test_models_are_compared_best_first(run, refused, cloud) -> None:
    only = [word for name in ("gaussian", "ppca", "factor analysis") for word in ("--only", name)]
    facts = run("latent", "compare", cloud, "--folds", 2, *only, "--json").facts
    means = [each["mean"] for each in facts["models"]]
    assert means == sorted(means, reverse=True)
    assert {each["name"] for each in facts["models"]} == {"gaussian", "ppca", "factor analysis"}
    text = run("latent", "compare", cloud, "--folds", 2, *only).stdout
    assert f"{means[0]:.3f}" in text
    hasty = run("latent", "compare", cloud, "--folds", 2, "--only", "ppca", "--seconds", 1e-9).stdout
    assert "ppca: 2 fits would take longer than 1e-09 seconds" in hasty
    assert "unknown model 'gausian'" in refused("latent", "compare", cloud, "--only", "gausian")
    assert "folds=300 for 200 rows" in refused("latent", "compare", cloud, "--folds", 300, "--only", "ppca")


@pytest.mark.parametrize("epochs", [0, 2])
def test_a_fit_that_is_interrupted_says_so(run, folder, cloud, monkeypatch, epochs) -> None:
    whole, done = Loop._look, []

    def interrupted(loop, *arguments):
        if len(done) == epochs:
            raise KeyboardInterrupt
        done.append(loop)
        return whole(loop, *arguments)

    monkeypatch.setattr(Loop, "_look", interrupted)
    outcome = run("latent", "fit", cloud, "--model", "vae", "-o", "v")
    assert outcome.status == 130
    if epochs:
        assert "interrupted after 2 epochs: what was learnt until then is in v" in outcome.stderr
        assert read_manifest(folder / "v").training["stopped_by"] == "interrupt"
    else:
        assert "nothing is saved" in outcome.stderr
        assert not (folder / "v").exists()
