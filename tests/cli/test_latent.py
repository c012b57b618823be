"""``chainrule latent``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import chainrule as cr
from chainrule.data import read_table


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
        (["cloud.csv", "--model", "gaussian", "--components", "1"], "a Gaussian has none"),
        (["cloud.csv", "--drop", "x"], "the table has no column 'x'"),
        (["cloud.csv", "--test", "1"], "1.0 is not in the range"),
        (["cloud.csv", "-o", "cloud.csv"], "cloud.csv exists"),
        (
            ["words.csv"],
            "'word': a column of words has no density; expected: numbers only; instead: --drop word",
        ),
        (["gap.csv", "--components", "1"], "column 'a' has no value in data row 2"),
    ],
)
def test_fit_refuses(arguments, said, refused, folder, cloud) -> None:
    (folder / "words.csv").write_text("a,word\n1,x\n2,y\n3,x\n")
    (folder / "gap.csv").write_text("a,b\n1,2\n,3\n4,5\n")
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
