"""Programs called straight from C: the same results, for every kind of argument."""

import copy
import gc
import operator
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.execution.native import compile_direct, program
from chainrule.execution.native.llvm_ir import Module
from chainrule.execution.native.machine_code import loading
from chainrule.nn import prediction

RNG = np.random.default_rng(3)


def direct(f: Any, *args: Any) -> Any:
    def otherwise(*given: Any) -> Any:
        return "otherwise", given

    compiled = compile_direct(cr.trace(f, *args).graph, {}, otherwise)
    assert compiled is not None
    return compiled


def test_results_are_new_arrays_or_numbers() -> None:
    x = RNG.normal(size=(3, 5))
    f = direct(lambda x: (np.sum(x), x * 2, x[:0]), x)
    total, twice, empty = f(x)
    assert isinstance(total, np.float64)
    assert total == pytest.approx(x.sum())
    np.testing.assert_array_equal(twice, x * 2)
    assert empty.shape == (0, 5)
    twice[:] = 0  # belongs to the caller
    np.testing.assert_array_equal(f(x)[1], x * 2)


def test_what_it_was_not_made_for_goes_elsewhere() -> None:
    x = RNG.normal(size=(4, 4))
    f = direct(lambda x: np.exp(x), x)
    others = (
        x.astype(np.float32), x[:3], x[0], x.T, x[:, ::-1], x.tolist(), None, 3.0, x.view(np.matrix), x[None],
        x.astype(">f8"), np.ma.array(x),
    )  # fmt: skip
    for other in others:
        tag, (given,) = f(other)
        assert tag == "otherwise"
        assert given is other
    assert f() == ("otherwise", ())
    assert f(x, x)[0] == "otherwise"
    np.testing.assert_allclose(f(x), np.exp(x), rtol=1e-15)


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "?"])
def test_dtypes_are_the_same_by_what_they_say(dtype: str) -> None:
    """Those of arrays that were pickled are other objects."""
    x = np.array([[1, 0, 1]], dtype)
    f = direct(lambda x: x + x, x)
    other = pickle.loads(pickle.dumps(x))
    assert other.dtype is not x.dtype
    np.testing.assert_array_equal(f(other), x + x)
    np.testing.assert_array_equal(f(x.astype(np.dtype(dtype, metadata={"unit": "m"}))), x + x)
    assert f(x.astype(np.uint8))[0] == "otherwise"


def test_fixed_arrays_are_read_where_they_are() -> None:
    W, x = RNG.normal(size=(3, 2)), RNG.normal(size=2)
    f = compile_direct(cr.trace(lambda W, x: W @ x, W, x).graph, {0: W}, lambda *_: None)
    assert f is not None
    np.testing.assert_allclose(f(x), W @ x, rtol=1e-14)
    W[:] = 1
    np.testing.assert_allclose(f(x), W @ x, rtol=1e-14)


def test_calls_leak_nothing() -> None:
    x = RNG.normal(size=7)
    f = direct(lambda x: (np.sum(x), x + 1, np.pad(x, 1)), x)
    f(x)
    gc.collect()
    before = sys.getrefcount(x), sys.getrefcount(x.dtype), len(gc.get_objects())
    for _ in range(1000):
        f(x)
        f("no array")
    gc.collect()
    assert (sys.getrefcount(x), sys.getrefcount(x.dtype)) == before[:2]
    assert len(gc.get_objects()) < before[2] + 100


def test_large_or_uncompiled_work_has_no_direct_call() -> None:
    x = np.ones((200, 200))
    assert compile_direct(cr.trace(lambda x: x @ x, x).graph, {}, lambda *_: None) is None
    y = np.eye(3)
    assert compile_direct(cr.trace(np.linalg.pinv, y).graph, {}, lambda *_: None) is None


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prediction, "CALLS_WORTH_COMPILING", 2)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_are_the_same_before_and_after_compiling(dtype: Any) -> None:
    net = cr.nn.Network([5, 7, 3], activation="tanh", output_activation="softmax", seed=1, dtype=dtype)
    inputs = [RNG.normal(size=5), RNG.normal(size=(4, 5)), RNG.normal(size=5).tolist(), np.zeros((0, 5))]
    expected = [net.apply(net.parameters, np.asarray(x, dtype)) for x in inputs]
    for _ in range(4):
        for x, y in zip(inputs, expected, strict=True):
            found = net.predict(x)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, y, rtol=1e-5 if dtype == np.float32 else 1e-13)
    with pytest.raises(cr.errors.ShapeError):
        net.predict(np.ones(4))


@pytest.mark.usefixtures("eager")
def test_predictions_of_arrays_that_lie_in_memory_in_any_way() -> None:
    net = cr.nn.Network([5, 3], activation="tanh", seed=1)
    x = RNG.normal(size=(4, 5))
    expected = net.predict(x)
    shifted = np.frombuffer(b"head" + x.tobytes(), "f8", offset=4).reshape(x.shape)
    assert not shifted.flags.aligned
    for other in (
        pickle.loads(pickle.dumps(x)),
        shifted,
        np.asfortranarray(x),
        x.astype(">f8"),
        x[::-1][::-1],
    ):
        for _ in range(3):
            np.testing.assert_allclose(net.predict(other), expected, rtol=1e-13)
            np.testing.assert_allclose(net.predict(other[:1]), expected[:1], rtol=1e-13)


@pytest.mark.usefixtures("eager")
def test_copies_and_new_parameters_predict_by_themselves() -> None:
    net = cr.nn.Network([2, 3], seed=0)
    x = np.ones(2)
    for _ in range(3):
        first = net.predict(x)
    for other in (copy.deepcopy(net), copy.copy(net), pickle.loads(pickle.dumps(net))):
        np.testing.assert_allclose(other.predict(x), first, rtol=1e-14)
        other.parameters = {"W1": np.zeros((3, 2)), "b1": np.arange(3.0)}
        for _ in range(3):
            np.testing.assert_array_equal(other.predict(x), [0, 1, 2])
        np.testing.assert_allclose(net.predict(x), first, rtol=1e-14)


def test_a_failure_to_compile_is_one_warning_and_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Module, "__str__", lambda _: "no code")
    f = cr.compile(lambda x: np.exp(x) * 0.987654321)
    x = RNG.normal(size=11)
    with pytest.warns(RuntimeWarning, match="runs in NumPy: LLVM refused the code: <string>:1:1: error"):
        y = f(x)
    np.testing.assert_array_equal(y, np.exp(x) * 0.987654321)
    np.testing.assert_array_equal(f(x), y)  # and no second warning
    assert "runs in NumPy" in f.explain(x)


def test_what_a_pass_makes_wrong_is_a_failure_to_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "planned", operator.truediv)
    f, x = cr.compile(lambda x: np.exp(x) * 0.12345678), RNG.normal(size=11)
    with pytest.warns(
        RuntimeWarning, match="runs in NumPy: the compiler failed, TypeError: unsupported oper"
    ):
        y = f(x)
    np.testing.assert_array_equal(y, np.exp(x) * 0.12345678)


@pytest.mark.parametrize("step", ["fingerprint", "object_codes", "link"])
def test_what_fails_before_or_after_the_passes_is_one_too(
    step: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAINRULE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(loading, step, operator.truediv)
    f, x = cr.compile(lambda x: np.exp(x) * 0.23456789), RNG.normal(size=11)
    with pytest.warns(RuntimeWarning, match="runs in NumPy: the compiler failed, TypeError: "):
        y = f(x)
    np.testing.assert_array_equal(y, np.exp(x) * 0.23456789)


class TimeIsOverError(Exception):
    pass


def test_what_the_users_own_code_raises_during_a_pass_goes_to_the_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the handler of an alarm does."""

    def interrupted(graph: object, target: object) -> None:
        raise TimeIsOverError

    monkeypatch.setattr(program, "planned", interrupted)
    with pytest.raises(TimeIsOverError):
        cr.compile(lambda x: np.exp(x) * 0.23456789)(RNG.normal(size=11))
