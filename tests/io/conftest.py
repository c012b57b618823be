"""Models of every kind that can be saved."""

from __future__ import annotations

import pytest

from chainrule.errors import ModelFileError
from chainrule.io import load

from ..small_models import small_models


@pytest.fixture(scope="session")
def models():
    """One small model of each kind."""
    return small_models()


@pytest.fixture(scope="session")
def assert_same():
    """Asserts that two models have the same kind, configuration and arrays, to the last bit."""

    def check(first, second):
        assert type(first) is type(second)
        (kind, config, arrays), (other_kind, other_config, other_arrays) = first.to_state(), second.to_state()
        assert kind == other_kind
        assert config.keys() == other_config.keys()
        for key, value in config.items():
            if hasattr(value, "to_state"):
                check(value, other_config[key])
            else:
                assert value == other_config[key]
        assert arrays.keys() == other_arrays.keys()
        for name, array in arrays.items():
            assert array.dtype == other_arrays[name].dtype
            assert array.shape == other_arrays[name].shape
            assert array.tobytes() == other_arrays[name].tobytes()

    return check


@pytest.fixture(scope="session")
def attempt():
    """Loads a folder, or gives the error, which is one clear line."""

    def load_or_refuse(path):
        try:
            return load(path)
        except ModelFileError as error:
            refusal = error
        assert "\n" not in refusal.one_line()
        return refusal

    return load_or_refuse
