"""Values as JSON can hold them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError
from chainrule.io.plain import exact_config, plain_notes

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_what_json_can_hold_is_kept_exactly(config):
    assert exact_config(config) == config


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), np.zeros(2), np.int64(1), b"bytes", {1, 2}, object()]
)
def test_configurations_that_would_change(value):
    with pytest.raises(ArgumentError, match="JSON cannot hold"):
        exact_config({"x": [value]})


def test_notes_may_hold_numpy_numbers():
    assert plain_notes({"r2": np.float64(0.5), "sizes": (1, 2), "nan": np.nan}) == {
        "r2": 0.5,
        "sizes": [1, 2],
        "nan": None,
    }
    with pytest.raises(ArgumentError, match="a value of type object"):
        plain_notes({"x": object()})
