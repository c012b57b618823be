"""Every layer's determinant is that of its Jacobian, and its inverse undoes it."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import ArgumentError, ShapeError
from chainrule.latent.flows import Affine, Autoregressive, Conditioner, Coupling, Permutation, Spline
from chainrule.latent.flows.layer import forward, initial, inverse

SIZES = [1, 2, 3, 6]


def rows_and_context(d, c, rng):
    """Ordinary rows, rows at a spline's bounds, and rows fifty standard deviations out."""
    x = rng.standard_normal((24, d))
    x[8:12], x[12:16], x[16:] = 3.0, -3.0, 50.0 * x[16:]
    return x, rng.standard_normal((24, c)) if c else None


@pytest.mark.parametrize("c", [0, 2])
@pytest.mark.parametrize("d", SIZES)
def test_the_determinant_is_that_of_the_jacobian(layer, shaken, d, c):
    rng = np.random.default_rng(d)
    x, context = rows_and_context(d, c, rng)
    parameters = shaken(layer, x, context, rng)
    log_det = np.broadcast_to(layer.forward(parameters, x, context)[1], len(x))
    jacobian = cr.jacobian(lambda row, *given: layer.forward(parameters, row[None], *(given or [None]))[0][0])
    for i in range(0, len(x), 3):
        given = () if context is None else (context[i : i + 1],)
        sign, expected = np.linalg.slogdet(jacobian(x[i], *given).matrix())
        assert abs(log_det[i] - expected) < 1e-10
        assert abs(sign) == 1.0


@pytest.mark.parametrize("c", [0, 2])
@pytest.mark.parametrize("d", SIZES)
def test_the_inverse_undoes_it(layer, shaken, d, c):
    rng = np.random.default_rng(10 + d)
    x, context = rows_and_context(d, c, rng)
    parameters = shaken(layer, x, context, rng)
    z, _ = layer.forward(parameters, x, context)
    np.testing.assert_allclose(layer.inverse(parameters, z, context), x, rtol=1e-9, atol=1e-9)
    back = layer.inverse(parameters, x, context)
    np.testing.assert_allclose(layer.forward(parameters, back, context)[0], x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("c", [0, 2])
@pytest.mark.parametrize("d", SIZES)
def test_shapes_are_those_of_first_parameters(layer, d, c):
    context = np.zeros((3, c)) if c else None
    first = layer.initial(np.zeros((3, d)), context, np.random.default_rng(0))
    assert {name: array.shape for name, array in first.items()} == layer.shapes(d, c)


def test_a_bending_layer_starts_as_the_identity(layer):
    if not isinstance(layer, Coupling | Autoregressive):
        return
    x = np.random.default_rng(0).standard_normal((9, 5))
    z, log_det = layer.forward(layer.initial(x, None, np.random.default_rng(1)), x, None)
    np.testing.assert_allclose(z, x, atol=1e-14)
    np.testing.assert_allclose(log_det, 0.0, atol=1e-14)


def test_units_that_see_one_number_bend_at_different_places():
    conditioner = Conditioner((50,))
    first = conditioner.initial(1, 3, np.random.default_rng(0))
    W, b = (first[name] for name in (conditioner.layers(1, 3)[0].W, conditioner.layers(1, 3)[0].b))
    bends = -b / W[:, 0]
    assert (bends < -0.5).sum() > 5
    assert (bends > 0.5).sum() > 5


def test_float32_stays_float32(layer, shaken):
    rng = np.random.default_rng(0)
    x, context = (array.astype(np.float32) for array in rows_and_context(3, 2, rng))
    parameters = {k: v.astype(np.float32) for k, v in shaken(layer, x, context, rng).items()}
    z, log_det = layer.forward(parameters, x, context)
    assert z.dtype == np.float32
    assert np.asarray(log_det).dtype == np.float32


@pytest.mark.parametrize("transform", [Affine(), Spline()])
def test_autoregressive_outputs_depend_on_earlier_features_only(transform, shaken):
    layer, rng = Autoregressive(transform, Conditioner((7, 5), "tanh")), np.random.default_rng(3)
    x = rng.standard_normal((1, 5))
    parameters = shaken(layer, x, None, rng)
    J = cr.jacobian(lambda row: layer.forward(parameters, row[None], None)[0][0])(x[0]).matrix()
    assert np.array_equal(np.triu(J, 1), np.zeros((5, 5)))
    assert (np.abs(np.tril(J)[np.tril_indices(5)]) > 0).all()


def test_a_coupling_keeps_the_first_half():
    layer, x = Coupling(), np.arange(10.0).reshape(2, 5)
    parameters = {k: v + 0.3 for k, v in layer.initial(x, None, np.random.default_rng(0)).items()}
    z, _ = layer.forward(parameters, x, None)
    assert np.array_equal(z[:, :2], x[:, :2])
    assert (z[:, 2:] != x[:, 2:]).all()


def test_a_stack_is_the_product_of_its_jacobians(shaken):
    rng = np.random.default_rng(5)
    layers = [Coupling(Spline()), Permutation(), Autoregressive(Affine())]
    x = rng.standard_normal((4, 3))
    parameters = [shaken(each, x, None, rng) for each in layers]
    z, log_det = forward(layers, parameters, x)
    J = cr.jacobian(lambda row: forward(layers, parameters, row[None])[0][0])(x[2]).matrix()
    assert abs(log_det[2] - np.linalg.slogdet(J)[1]) < 1e-12
    np.testing.assert_allclose(inverse(layers, parameters, z), x, atol=1e-12)


def test_actnorm_normalises_what_reaches_it():
    x = 5.0 + 3.0 * np.random.default_rng(0).standard_normal((500, 2))
    layers = [Permutation(), *[layer() for layer in (cr.latent.flows.ActNorm,)]]
    z, _ = forward(layers, initial(layers, x, None, np.random.default_rng(0)), x)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-12)


@pytest.mark.parametrize("order", [(0, 2), (0, 0), (1.0, 0.0), (-1, 0)])
def test_a_permutation_is_one(order):
    with pytest.raises(ArgumentError):
        Permutation(order)


def test_a_permutation_has_as_many_features():
    with pytest.raises(ShapeError, match="a permutation of 2 features for 3"):
        Permutation((1, 0)).initial(np.zeros((1, 3)), None, np.random.default_rng(0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Affine(limit=0.0),
        lambda: Affine(limit=np.nan),
        lambda: Spline(bins=0),
        lambda: Spline(bins=1.5),
        lambda: Spline(bins=10**6),
        lambda: Spline(bound=np.inf),
        lambda: Spline(bound=-1.0),
        lambda: Conditioner((0,)),
        lambda: Conditioner((3,), "nothing"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make):
    with pytest.raises(ArgumentError):
        make()
