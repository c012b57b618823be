"""Graphs are kept, but never longer than what the function reads beside its arguments stays the same."""

from __future__ import annotations

import functools
import gc
import itertools
import logging
import random
import types
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.core import specialise, surroundings

SCALE = 1.0
sum = 1.0  # a name that Python has too


class Namespace:
    scale = 1.0


def helper(x: Any) -> Any:
    return SCALE * x


def by_global(x: Any) -> Any:
    return SCALE * x


def by_helper(x: Any) -> Any:
    return helper(x) * 1.0


def by_shadowing_name(x: Any) -> Any:
    return sum * x


def by_class(x: Any) -> Any:
    return Namespace.scale * x


def by_builtin_alone(x: Any) -> Any:
    return abs(x)


@pytest.fixture(autouse=True)
def _globals_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SCALE", 1.0)
    monkeypatch.setitem(globals(), "sum", 1.0)
    monkeypatch.setattr(Namespace, "scale", 1.0)


def test_a_global_bound_anew() -> None:
    global SCALE
    gradient, nested = cr.grad(by_global), cr.grad(by_helper)
    assert gradient(2.0) == nested(2.0) == 1
    SCALE = 3.0
    assert gradient(2.0) == nested(2.0) == 3


def test_a_global_that_shadows_a_builtin() -> None:
    global sum
    gradient = cr.grad(by_shadowing_name)
    assert gradient(2.0) == 1
    sum = 3.0
    assert gradient(2.0) == 3


def test_a_helper_bound_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = cr.grad(by_helper)
    assert gradient(2.0) == 1
    monkeypatch.setitem(globals(), "helper", lambda x: 5 * x)
    assert gradient(2.0) == 5


def test_a_class_attribute_set_anew() -> None:
    gradient = cr.grad(by_class)
    assert gradient(2.0) == 1
    Namespace.scale = 3.0
    assert gradient(2.0) == 3


def test_a_module_attribute_set_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = types.ModuleType("settings")
    settings.scale = 1.0
    monkeypatch.setitem(globals(), "settings", settings)
    gradient = cr.grad(by_module)
    assert gradient(2.0) == 1
    settings.scale = 3.0
    assert gradient(2.0) == 3


def by_module(x: Any) -> Any:
    return settings.scale * x  # type: ignore[name-defined] # noqa: F821


def test_a_closure_variable_bound_anew() -> None:
    scale = 1.0

    def f(x: Any) -> Any:
        return scale * x

    gradient = cr.grad(f)
    assert gradient(2.0) == 1
    scale = 3.0
    assert gradient(2.0) == 3


def test_a_closure_variable_bound_late_or_no_longer() -> None:
    def f(x: Any, early: bool) -> Any:
        return x if early else scale * x

    gradient = cr.grad(f)
    assert gradient(2.0, True) == 1
    scale = 3.0
    assert gradient(2.0, False) == 3
    (cell,) = f.__closure__ or ()
    del cell.cell_contents
    with pytest.raises(NameError):
        gradient(2.0, False)


class Model:
    """An object in whose depths the scale is."""

    def __init__(self, scale: Any) -> None:
        self.layers = [{"scale": types.SimpleNamespace(value=scale)}]

    def __call__(self, x: Any) -> Any:
        return np.sum(self.layers[0]["scale"].value * x)

    def loss(self, x: Any) -> Any:
        return self(x)


@pytest.mark.parametrize("function", [lambda m: m, lambda m: m.loss, lambda m: lambda x: m(x)])
def test_an_attribute_deep_inside_an_object(function: Callable[[Model], Any]) -> None:
    model = Model(1.0)
    gradient = cr.grad(function(model))
    assert gradient(2.0) == 1
    model.layers[0]["scale"].value = 3.0
    assert gradient(2.0) == 3
    model.layers[0] = {"scale": types.SimpleNamespace(value=4.0)}
    assert gradient(2.0) == 4


@dataclass(slots=True)
class Slotted:
    scale: float


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: [1.0], lambda held: held.__setitem__(0, 3.0)),
        (lambda: [1.0], lambda held: held.insert(0, 3.0)),
        (lambda: {0: 1.0}, lambda held: held.update({0: 3.0})),
        (lambda: [[1.0]], lambda held: held.__setitem__(0, [3.0])),
        (lambda: np.array([1.0]), lambda held: held.fill(3.0)),
        (lambda: [np.array([1.0])], lambda held: held[0].fill(3.0)),
        (lambda: np.array([1.0], object), lambda held: held.fill(3.0)),
        (lambda: Slotted(1.0), lambda held: setattr(held, "scale", 3.0)),
    ],
    ids=["list", "longer list", "dict", "nested list", "array", "array in a list", "objects", "slots"],
)
def test_what_is_held_changed_in_place(make: Callable[[], Any], change: Callable[[Any], None]) -> None:
    held = make()

    def f(x: Any) -> Any:
        while not isinstance(value := getattr(held, "scale", held), float):
            value = value[0] if not isinstance(value[0], (list, np.ndarray)) else value[0][0]
            break
        return 1.0 * float(value) * x

    gradient = cr.grad(f)
    assert gradient(2.0) == 1
    change(held)
    assert gradient(2.0) == 3


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("layout", ["rows", "columns", "every second"])
@pytest.mark.parametrize("kind", ["?", "i1", ">i4", "f2", "f4", "f8", "c8", "c16", "g", "M8[s]", "f4,i8"])
def test_arrays_are_compared_bit_by_bit(kind: str, layout: str, large: bool) -> None:
    count = 2 * surroundings.QUICKLY_COPIED if large else 12
    held = np.zeros((2, count), kind)
    held = {"rows": held, "columns": held.T, "every second": held[:, ::2]}[layout]
    floating = held.dtype.kind in "fc"
    if floating:
        held[0, 0] = np.nan
    watched = surroundings.Surroundings(held, most_bytes=2 * held.nbytes)
    assert not watched.changed()
    held[-1, -1] = -0.0 if floating else np.ones((), "i8").astype(held.dtype)
    assert watched.changed()


def test_arrays_of_no_axis_and_of_no_element_are_compared() -> None:
    one, none = np.array(3), np.zeros((0, 4))
    watched = surroundings.Surroundings(one, none)
    assert not watched.changed()
    none.shape = (4, 0)
    assert watched.changed()
    watched = surroundings.Surroundings(one, none)
    one[...] = 4
    assert watched.changed()


def test_an_array_from_which_others_were_computed() -> None:
    """NumPy multiplies plain arrays while tracing, so the graph holds the product, not the array."""
    weights = np.ones(3)
    gradient = cr.grad(lambda x: np.sum((2 * weights + 1) * x))
    np.testing.assert_array_equal(gradient(np.ones(3)), np.full(3, 3.0))
    weights += 1
    np.testing.assert_array_equal(gradient(np.ones(3)), np.full(3, 5.0))


def test_large_arrays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MOST_BYTES", 100)
    weights = np.ones(50)
    gradient = cr.grad(lambda x: np.sum((2 * weights + 1) * x))
    assert gradient(np.ones(50))[0] == 3
    weights += 1
    assert gradient(np.ones(50))[0] == 5


LARGE = 1 + (surroundings.MOST_BYTES >> 3)  # elements


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the functions that are traced."""
    titles: list[str] = []
    trace = specialise.trace_function

    def noting(*args: Any, title: str, **kwargs: Any) -> Any:
        titles.append(title)
        return trace(*args, title=title, **kwargs)

    monkeypatch.setattr(specialise, "trace_function", noting)
    return titles


@pytest.mark.parametrize("differentiate", [cr.grad, cr.jacobian, cr.hessian])
def test_a_function_of_a_large_array_is_traced_no_more_than_twice(
    differentiate: Callable[..., Any], traced: list[str]
) -> None:
    held = [np.ones(LARGE)]
    derivative = differentiate(lambda x: np.sum(held[0] * x**2))

    def total() -> float:
        """The sum of what is held, read off a value that is a multiple of it."""
        found = derivative(np.float64(1.0))
        return float(np.squeeze(found.matrix() if differentiate is cr.jacobian else found)) / 2

    assert [total() for _ in range(4)] == [LARGE] * 4
    assert len(traced) == 2
    held[0][LARGE // 2] = 3.0
    assert [total() for _ in range(2)] == [LARGE + 2] * 2
    held[0] = np.full(LARGE, 2.0)
    assert [total() for _ in range(2)] == [2 * LARGE] * 2
    held[0].resize((LARGE - 1,), refcheck=False)
    assert [total() for _ in range(2)] == [2 * (LARGE - 1)] * 2
    assert len(traced) == 5


def test_the_order_of_a_large_array_counts() -> None:
    held = np.zeros(LARGE)
    held[0] = 1.0
    gradient = cr.grad(lambda x: np.sum(held * x))
    for _ in range(3):
        gradient(np.ones(LARGE))
    held[[0, 7]] = held[[7, 0]]
    assert np.flatnonzero(gradient(np.ones(LARGE))) == [7]


def test_arrays_are_compared_where_that_takes_less_time_than_to_trace_anew(traced: list[str]) -> None:
    count = len(cr.trace(lambda x: x, 1.0).graph.nodes)
    held = np.ones(1 + 3 * count * (specialise.TRACED >> 3))
    short, long = cr.grad(lambda x: held[0] * x), cr.grad(lambda x: held[0] * x**2 + np.sin(x) * np.cos(x))
    traced.clear()
    assert len({float(short(0.0)) for _ in range(4)}) == len({float(long(0.0)) for _ in range(4)}) == 1
    assert len(traced) == 4 + 2


def test_arrays_that_change_in_every_call_are_copied_in_every_second(
    monkeypatch: pytest.MonkeyPatch, traced: list[str]
) -> None:
    held, copied = np.ones(LARGE), []
    same_bits = surroundings._same_bits
    monkeypatch.setattr(surroundings, "_same_bits", lambda array: copied.append(1) or same_bits(array))
    gradient = cr.grad(lambda x: np.sum(held * x))
    for n in range(7):
        held[0] = n
        assert gradient(np.ones(LARGE))[0] == n
    assert len(copied) == 3
    assert len(traced) == 7
    assert [gradient(np.ones(LARGE))[0] for _ in range(4)] == [6] * 4
    assert len(traced) <= 9


def test_arrays_beside_randomness_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    held, rng = np.ones(LARGE), np.random.default_rng(0)
    monkeypatch.setattr(surroundings, "_same_bits", lambda array: pytest.fail("an array was copied"))
    gradient = cr.grad(lambda x: np.sum(held * x) + rng.normal() * x[0])
    assert len({float(gradient(np.ones(LARGE))[0]) for _ in range(3)}) == 3


def test_arrays_are_let_go_with_the_derivative_or_at_the_next_call() -> None:
    held = [np.ones(LARGE)]
    gradient = cr.grad(lambda x: np.sum(held[0] * x))
    for _ in range(3):
        gradient(2.0)
    first = weakref.ref(held[0])
    held[0] = np.ones(LARGE)
    gradient(2.0)
    gc.collect()
    assert first() is None
    second = weakref.ref(held.pop())
    del gradient
    gc.collect()
    assert second() is None


def test_more_things_than_can_be_watched() -> None:
    held = [[float(i)] for i in range(2 * surroundings.MOST_THINGS)]
    gradient = cr.grad(lambda x: held[-1][0] * x)
    assert gradient(2.0) == 2 * surroundings.MOST_THINGS - 1
    held[-1][0] = 3.0
    assert gradient(2.0) == 3


def test_partial_functions_and_decorated_ones() -> None:
    def scaled(scale: Any, x: Any) -> Any:
        return scale[0] * x

    held = [1.0]

    @functools.wraps(scaled)
    def decorated(x: Any) -> Any:
        return scaled(held, x)

    gradients = [cr.grad(functools.partial(scaled, held)), cr.grad(decorated, wrt=0)]
    assert [gradients[0](2.0), cr.grad(lambda x: decorated(x))(2.0)] == [1, 1]
    held[0] = 3.0
    assert gradients[0](2.0) == 3


def test_a_derivative_of_a_derivative_notices_what_the_function_reads() -> None:
    scale = 1.0
    second = cr.grad(cr.grad(lambda x: scale * x**2))
    assert second(1.0) == 2
    scale = 3.0
    assert second(1.0) == 6


def test_default_arguments_bound_anew() -> None:
    def f(x: Any, scale: float = 1.0, *, power: int = 1) -> Any:
        return scale * x**power

    gradient = cr.grad(f)
    assert gradient(2.0) == 1
    f.__defaults__ = (3.0,)
    assert gradient(2.0) == 3
    f.__kwdefaults__ = {"power": 2}
    assert gradient(2.0) == 12


@pytest.mark.parametrize(
    "draw",
    [
        np.random.default_rng(0).normal,
        functools.partial(np.random.Generator.normal, np.random.default_rng(0)),
        lambda rng=np.random.default_rng(0): rng.normal(),  # noqa: B008
        random.Random(0).random,
        lambda source=itertools.count(): float(next(source)),  # noqa: B008
    ],
    ids=["bound method", "partial", "default", "random.Random", "iterator"],
)
def test_randomness_is_drawn_anew_each_time(draw: Callable[[], float]) -> None:
    gradient = cr.grad(lambda x: draw() * x)
    assert len({float(gradient(1.0)) for _ in range(4)}) == 4


def test_the_global_generators_are_noticed() -> None:
    legacy, standard = cr.grad(by_legacy_generator), cr.grad(by_standard_generator)
    assert legacy(1.0) != legacy(1.0)
    assert standard(1.0) != standard(1.0)


def by_legacy_generator(x: Any) -> Any:
    return np.random.random() * x  # noqa: NPY002


def by_standard_generator(x: Any) -> Any:
    return random.random() * x


def test_an_argument_that_is_kept_as_it_is_may_change() -> None:
    def f(x: Any, settings: Any) -> Any:
        return settings.scale * x

    def g(x: Any, rng: Any) -> Any:
        return rng.normal() * x

    gradient, settings = cr.grad(f), types.SimpleNamespace(scale=1.0)
    assert gradient(2.0, settings) == 1
    settings.scale = 3.0
    assert gradient(2.0, settings) == 3
    drawn, rng = cr.grad(g), np.random.default_rng(0)
    assert drawn(1.0, rng) != drawn(1.0, rng)
    np.testing.assert_array_equal(drawn(1.0, np.random.default_rng(0)), np.random.default_rng(0).normal())


def test_a_function_given_as_argument_may_read_what_changes() -> None:
    scale = 1.0
    gradient = cr.grad(lambda x, activation: activation(x))

    def activation(x: Any) -> Any:
        return scale * x

    assert gradient(2.0, activation) == 1
    scale = 3.0
    assert gradient(2.0, activation) == 3


def test_the_attributes_of_an_object_replaced_as_a_whole() -> None:
    holder = Model(1.0)
    gradient = cr.grad(holder)
    assert gradient(2.0) == 1
    holder.__dict__ = {"layers": [{"scale": types.SimpleNamespace(value=3.0)}]}
    assert gradient(2.0) == 3


def test_a_network_that_predicts_is_traced_no_more(traced: list[str]) -> None:
    net, x = cr.nn.Network([2, 3, 1], seed=0), np.ones(2)
    gradient = cr.grad(lambda x: np.sum(net.apply(net.parameters, x)))
    for _ in range(3):
        gradient(x)
        net.predict(x)
    assert len(traced) == 1
    net.parameters = {name: 2 * value for name, value in net.parameters.items()}
    gradient(x)
    assert len(traced) == 2


LOGGER = logging.getLogger("chainrule.test")


def with_a_logger(x: Any) -> Any:
    LOGGER.debug("traced")
    return x


@pytest.mark.parametrize(
    "function",
    [by_global, by_helper, by_builtin_alone, by_class, Model(2.0), Model(2.0).loss, np.sin, with_a_logger],
    ids=["global", "helper", "builtin", "class", "object", "method", "ufunc", "logger"],
)
def test_what_stays_the_same_is_traced_once(function: Callable[[Any], Any]) -> None:
    reader = surroundings.Surroundings(function)
    assert not reader.changed()
    cr.grad(function)(1.0)
    assert not reader.changed()


def test_of_so_many_types_each_is_traced_once(traced: list[str]) -> None:
    gradient = cr.grad(lambda x: np.sum(x**2))
    for _ in range(2):
        for n in range(specialise.CACHED_TYPES):
            gradient(np.ones(n))
    assert len(traced) == specialise.CACHED_TYPES


T = np.zeros(LARGE)  # more than is compared at first


def test_an_attribute_is_no_global_of_its_name() -> None:
    """One function reads x.T and an inner one's axes; another the array T beside them."""
    attributes = lambda x: (lambda y: np.sum(y.T**2))(x)  # noqa: E731
    assert not surroundings.Surroundings(attributes).changed()
    assert surroundings.Surroundings(lambda x: np.sum(x * T)).changed()
