"""The same rows as an array, a frame, a file or a stream give the same model and the same answers."""

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, DataError, DtypeError, ModelFileError, ShapeError
from chainrule.latent import PPCA, FactorAnalysis, Gaussian, PPCAMixture

NAMES = ("height", "weight", "age")
X = np.random.default_rng(0).standard_normal((50, 3)) * [1.0, 2.0, 3.0] + 10.0


@pytest.fixture
def files(tmp_path):
    frame = pl.DataFrame(X, schema=list(NAMES))
    frame.write_csv(tmp_path / "rows.csv")
    frame.write_parquet(tmp_path / "rows.parquet")
    np.save(tmp_path / "rows.npy", X)
    return tmp_path


def test_every_source_gives_the_same_model(files):
    frame = pl.DataFrame(X, schema=list(NAMES))
    table = cr.data.Table.from_frame(frame)
    expected = PPCA(1).fit(X)
    sources = [
        X.tolist(),
        frame,
        table,
        frame.lazy(),
        files / "rows.csv",
        str(files / "rows.parquet"),
        files / "rows.npy",
        iter([X[:7], X[7:]]),
        (frame[i : i + 20] for i in range(0, 50, 20)),
        np.asfortranarray(X),
        np.lib.stride_tricks.as_strided(X, X.shape, X.strides),
    ]
    for source in sources:
        model = PPCA(1).fit(source)
        np.testing.assert_allclose(model.W, expected.W, rtol=1e-12)
        np.testing.assert_allclose(model.b, expected.b, rtol=1e-12)
    assert PPCA(1).fit(frame).columns == PPCA(1).fit(files / "rows.csv").columns == NAMES
    assert PPCA(1).fit(X).columns is None


def test_every_source_gets_the_same_answers(files):
    model = PPCA(1).fit(X)
    for source in (files / "rows.csv", files / "rows.npy", iter([X[:1], X[1:]])):
        values = model.log_likelihood(source)
        np.testing.assert_allclose(values, model.log_likelihood(X), rtol=1e-12)
    stream = (X[i : i + 9] for i in range(0, 50, 9))
    assert model.score(stream) == pytest.approx(model.score(X), rel=1e-13)
    np.testing.assert_allclose(model.encode(iter([X])).mean, model.encode(X).mean)


@pytest.mark.parametrize(
    "make", [lambda: PPCA(1), Gaussian, lambda: FactorAnalysis(1), lambda: PPCAMixture(2, 1)]
)
def test_columns_of_a_frame_are_picked_by_name(make, tmp_path):
    frame = pl.DataFrame(X, schema=list(NAMES))
    model = make().fit(frame)
    moved = frame.select(["age", "height", "weight"]).with_columns(other=pl.lit(0.0))
    np.testing.assert_allclose(model.log_likelihood(moved), model.log_likelihood(X), rtol=1e-12)
    with pytest.raises(DataError, match="no column 'age'"):
        model.score(frame.drop("age"))
    drawn = model.sample(3, given={"age": 12.0})
    assert (drawn[:, 2] == 12.0).all()
    model.save(tmp_path / "model")
    again = type(model).load(tmp_path / "model")
    assert again.columns == NAMES
    np.testing.assert_array_equal(again.log_likelihood(moved), model.log_likelihood(moved))
    with pytest.raises(ModelFileError, match=r"expected: a Gaussian|expected: a PPCA"):
        (PPCA if make is Gaussian else Gaussian).load(tmp_path / "model")


def test_columns_can_be_named_later():
    model = Gaussian().fit(X).name_columns(NAMES)
    assert (model.sample(2, given={"age": 1.0})[:, 2] == 1.0).all()
    for wrong in (("a", "b"), ("a", "b", "b"), (1, 2, 3)):
        with pytest.raises(ArgumentError, match="3 different names"):
            model.name_columns(wrong)


def test_a_gaussians_columns_keep_their_names():
    model = Gaussian().fit(pl.DataFrame(X, schema=list(NAMES)))
    assert model.marginal(["age", "height"]).columns == ("age", "height")
    rest = model.conditional({"weight": 11.0})
    assert rest.columns == ("height", "age")


def test_a_missing_value_of_a_frame_is_one_of_the_model():
    gap = X.copy()
    gap[3, 1] = np.nan
    frame = pl.DataFrame(gap, schema=list(NAMES)).with_columns(pl.all().fill_nan(None))
    one, other = PPCA(1).fit(frame), PPCA(1).fit(gap)
    assert one.solver == "em"
    np.testing.assert_array_equal(one.W, other.W)
    np.testing.assert_array_equal(one.impute(frame), other.impute(gap))


def test_what_a_masked_array_hides_is_missing():
    hidden = np.random.default_rng(1).random(X.shape) < 0.1
    gaps = np.where(hidden, np.nan, X)
    masked = np.ma.masked_array(np.where(hidden, 1e9, X), hidden)
    model = PPCA(1).fit(gaps)
    for source in (masked, iter([masked[:20], masked[20:]]), masked.astype(np.float64)):
        np.testing.assert_allclose(PPCA(1).fit(source).mean, model.mean, rtol=1e-5)
    np.testing.assert_array_equal(model.impute(masked), model.impute(gaps))
    whole = np.ma.masked_array([[1, 2], [3, 4], [5, 7]], [[0, 0], [0, 1], [0, 0]])
    assert np.isnan(PPCA(0).fit(whole).impute(whole)).sum() == 0


def test_a_csv_whose_later_rows_have_other_numbers(tmp_path):
    lines = ["a;b", *["1;2"] * 30_000, "2.5;", "3;1e3"]
    (tmp_path / "long.csv").write_text("\n".join(lines))
    values = np.concatenate(
        [table.matrix(missing=True) for table in cr.data.scan_table(tmp_path / "long.csv")]
    )
    assert values.shape == (30_002, 2)
    assert np.isnan(values[30_000, 1])
    assert values[-1].tolist() == [3.0, 1000.0]


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("nothing.csv", DataError, "there is no file"),
        ("nothing.npy", DataError, "nothing.npy cannot be read"),
        (7, ShapeError, r"shape \(\)"),
        (object(), ArgumentError, "X is of type object"),
        (pl.DataFrame({"a": ["x", "y"], "b": [1, 2]}), DataError, "column 'a' holds 'x'"),
        (iter([[1.0]]), ShapeError, r"X has shape \(1,\)"),
        (iter([np.array([["a"]])]), DtypeError, "X has dtype <U1"),
    ],
)
def test_what_is_no_table_is_refused(source, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        PPCA(1).fit(source)


def test_a_file_that_is_no_array(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="cannot be read"):
        PPCA(1).fit(tmp_path / "x.npy")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n1,two\n")
    with pytest.raises(DataError):
        PPCA(1).fit(tmp_path / "x.csv")
