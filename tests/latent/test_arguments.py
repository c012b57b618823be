"""What is not a table of finite real numbers is refused in words that say what to do."""

import numpy as np
import polars as pl
import pytest

from chainrule.errors import ArgumentError, ChainruleError, DataError, DtypeError, ShapeError
from chainrule.latent import (
    PPCA,
    VAE,
    FactorAnalysis,
    Flow,
    Gaussian,
    PPCAMixture,
    Training,
    compare,
    flows,
)

GOOD = np.arange(12.0).reshape(4, 3) ** 2
MODELS = [Gaussian(), PPCA(1), PPCA(0)]

BAD_TABLES = [
    (GOOD[0], ShapeError, "X has shape (3,)"),
    (GOOD[None], ShapeError, "X has shape (1, 4, 3)"),
    (3.0, ShapeError, "X has shape ()"),
    ([[1.0, 2.0], [3.0]], ShapeError, "not a rectangular array"),
    (np.zeros((4, 0)), ShapeError, "X has no columns"),
    (np.zeros((0, 3)), DataError, "X is empty, shape (0, 3)"),
    (np.where(GOOD > 60.0, np.inf, GOOD), DataError, "X[2, 2] is inf (4 such of 12)"),
    (-np.where(GOOD > 60.0, np.inf, GOOD), DataError, "X[2, 2] is -inf (4 such of 12)"),
    (np.where(GOOD == 1.0, 1e200, GOOD), DataError, "column 1 of X holds a number of size 1e+200"),
    (GOOD * 1e-150, DataError, "the rows differ by at most"),
    (GOOD + 1j, DtypeError, "X has dtype complex128"),
    (np.array([["a", "b", "c"]]), DtypeError, "X has dtype <U1"),
    (np.array([[1.0, "a", 2.0]], dtype=object), DtypeError, "X holds values that are not numbers"),
    ([[1.0, None, 2.0]], DataError, "column 1 of X has no value in any row"),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize(("X", "error", "message"), BAD_TABLES, ids=[message for _, _, message in BAD_TABLES])
def test_fit_refuses(model, X, error, message):
    with pytest.raises(error) as caught:
        model.fit(X)
    assert message in caught.value.one_line()


@pytest.mark.parametrize(
    "model", [Gaussian(), PPCA(1), FactorAnalysis(1), PPCAMixture(2, 1)], ids=lambda model: model.kind
)
@pytest.mark.parametrize("rows", [4, 600_000])
def test_likelihoods_look_at_the_numbers(model, rows):
    """Also where they are multiplied first, in threads: infinity, and squares in and out of range."""
    model.fit(np.random.default_rng(0).standard_normal((40, 3)))
    X = np.zeros((rows, 3))
    for wrong, message in (
        (np.inf, r"X\[3, 1\] is inf"),
        (1e200, "size 1e\\+200"),
        (-1e150, "size 1e\\+150"),
    ):
        X[3, 1] = wrong
        with pytest.raises(DataError, match=message):
            model.log_likelihood(X)
    X[3, 1] = np.nan
    assert np.isfinite(model.log_likelihood(X[:4])).all()


@pytest.mark.parametrize("name", ["log_likelihood", "score", "encode"])
def test_columns_must_be_the_fitted_ones(name):
    with pytest.raises(ShapeError, match="X has 2 columns"):
        getattr(PPCA(1).fit(GOOD), name)(GOOD[:, :2])


def test_no_rows_have_no_likelihoods_and_no_score():
    for model in (Gaussian(), PPCA(1)):
        model.fit(np.random.default_rng(0).standard_normal((9, 3)))
        assert model.log_likelihood(np.zeros((0, 3))).shape == (0,)
        with pytest.raises(DataError, match="X has no rows"):
            model.score(np.zeros((0, 3)))


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("use", [lambda m: m.score(GOOD), lambda m: m.sample(1), lambda m: m.to_state()])
def test_an_unfitted_model_says_so(model, use):
    with pytest.raises(ArgumentError, match=r"is not fitted\n.*call \.fit\(X\) first"):
        use(model)


@pytest.mark.parametrize("k", [-1, 1.5, "2", None, True, np.float64(2)])
def test_n_components_is_a_whole_number(k):
    with pytest.raises(ArgumentError, match=r"n_components=.*\n.*whole number"):
        PPCA(k)


@pytest.mark.parametrize("k", [3, 4])
def test_as_many_components_as_columns_are_refused(k):
    with pytest.raises(ArgumentError, match=f"n_components={k} for 3 columns\n  expected: at most 2"):
        PPCA(k).fit(GOOD)


@pytest.mark.parametrize("arguments", [{"n": -1}, {"n": 1.0}, {"n": 1, "seed": -1}, {"n": 1, "seed": "x"}])
def test_sample_takes_whole_numbers(arguments):
    for model in (Gaussian().fit(GOOD), PPCA(1).fit(GOOD)):
        with pytest.raises(ArgumentError, match="whole number"):
            model.sample(**arguments)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VAE(1, beta="x"), "beta='x'"),
        (lambda: VAE(1, hidden=5), "hidden=5"),
        (lambda: VAE(1, training=3), "training=3"),
        (lambda: Flow(hidden=5), "hidden=5"),
        (lambda: Flow(training="long"), "training='long'"),
        (lambda: Flow(layers=["x"]), "layers holds 'x'"),
        (lambda: Flow(layers=[flows.ActNorm]), "layers holds <class"),
        (lambda: Training(validation="x"), "validation='x'"),
        (lambda: compare([[1.0], [2.0]], {"p": PPCA(0)}, folds=2), "candidate 'p' is PPCA"),
    ],
)
def test_settings_of_the_wrong_kind(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_refused_fit_leaves_the_model_as_it_was():
    model = PPCA(1).fit(GOOD)
    before = model.state
    with pytest.raises(ChainruleError):
        model.fit(GOOD[0])
    assert model.state is before


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.float32, np.longdouble, object])
def test_every_real_dtype_is_taken_as_its_float64(dtype):
    X = np.array([[0, 1, 1], [1, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]]).astype(dtype)
    same = X.astype(np.float64)
    for make in (Gaussian, lambda: PPCA(1)):
        model, expected = make().fit(X), make().fit(same)
        assert model.mean.dtype == np.float64
        assert np.array_equal(model.covariance, expected.covariance)
        assert np.array_equal(model.log_likelihood(X), expected.log_likelihood(same))


def test_lists_and_other_layouts_give_the_same_model():
    X = np.random.default_rng(0).standard_normal((8, 6))
    expected = PPCA(2).fit(X).W
    for same in (X.tolist(), np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], X[::-1][::-1]):
        np.testing.assert_allclose(PPCA(2).fit(same).W, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (Gaussian(), {"age": 3.0}, "column 'age' was constant"),
        (FactorAnalysis(1), {"age": 3.0}, "column 'age' was constant"),
        (PPCA(1), {"weight": None}, "column 'weight' of X has no value in any row"),
        (PPCA(1), {"age": 1e200}, "column 'age' of X holds a number of size 1e+200"),
        (VAE(1), {"weight": None}, "column 'weight' of X has no value in any row"),
        (VAE(1), {"age": 3.0}, "column 'age' is constant"),
        (VAE(1, decoder=["gaussian", "gaussian", "bernoulli"]), {}, "Bernoulli column 'age' holds"),
        (Flow(), {"age": 3.0}, "column 'age' is constant"),
        (Flow(), {"weight": None}, "column 'weight' has no value in row 0"),
    ],
)
def test_columns_of_a_frame_are_called_by_their_names(model, change, message):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.standard_normal(20) for name in ("height", "weight", "age")})
    frame = frame.with_columns(**{name: pl.lit(value, pl.Float64) for name, value in change.items()})
    with pytest.raises(DataError) as caught:
        model.fit(frame).score(frame)
    assert message in caught.value.one_line()


def test_a_fit_that_is_put_off_knows_the_names_too():
    frame = pl.DataFrame({"height": [1.0, 2.0], "weight": [float("nan")] * 2})
    with pytest.raises(DataError, match="column 'weight' of X has no value"):
        PPCA(1).partial_fit(frame).score(frame)


@pytest.mark.parametrize(
    ("X", "where"),
    [(np.zeros((3, 3)), "are all the same"), (GOOD[:2], "lie on a line"), (GOOD[:3], "span 2 dimensions")],
)
def test_where_rows_without_a_density_lie(X, where):
    with pytest.raises(DataError, match=f"the rows {where}"):
        PPCA(2).fit(X).score(X)
