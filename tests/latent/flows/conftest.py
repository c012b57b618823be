"""Layers with parameters that are not the identity's, and flows that have been trained."""

import numpy as np
import pytest

from chainrule.latent import Flow, Training
from chainrule.latent.flows import (
    ActNorm,
    Affine,
    Autoregressive,
    Conditioner,
    Coupling,
    LULinear,
    Permutation,
    Spline,
)

SMALL = Conditioner((8, 8))
LAYERS = [
    Coupling(Affine(), SMALL),
    Coupling(Spline(bins=5, bound=3.0), SMALL),
    Autoregressive(Affine(), SMALL),
    Autoregressive(Spline(bins=5, bound=3.0), SMALL),
    LULinear(),
    ActNorm(),
    Permutation(),
]


def named(layer):
    return f"{layer.kind}-{layer.transform.kind}" if hasattr(layer, "transform") else layer.kind


@pytest.fixture(params=LAYERS, ids=named)
def layer(request):
    return request.param


@pytest.fixture(scope="session")
def shaken():
    """First parameters with noise upon them."""

    def shake(layer, x, context, rng):
        return {
            name: array + 0.5 * rng.standard_normal(array.shape)
            for name, array in layer.initial(x, context, rng).items()
        }

    return shake


def bent_rows(n, d, rng):
    """Rows whose columns depend on each other in a curved way, d of them, at scales from 1 to 100."""
    z = rng.standard_normal((n, d))
    z[:, 1:] += 0.5 * z[:, :1] ** 2
    return (z + 3.0) * np.logspace(0, 2, d)


@pytest.fixture(scope="session", params=["affine", "spline", "autoregressive"])
def trained(request):
    """A flow of three columns after some training, and rows like those it has seen."""
    rng = np.random.default_rng(7)
    settings = {"transform": "spline", "structure": "autoregressive"}
    if request.param != "autoregressive":
        settings = {"transform": request.param}
    flow = Flow(depth=2, hidden=(16,), training=Training(epochs=20, batch_size=64), **settings)
    return flow.fit(bent_rows(600, 3, rng)), bent_rows(40, 3, rng)
