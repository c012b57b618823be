"""What a user may get wrong: each gives one clear error, before anything is trained."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, DtypeError, NonFiniteError, ShapeError, TraceError
from chainrule.nn import Network, mean_absolute_gradients, objective, training_objective
from chainrule.train import (
    SGD,
    EarlyStopping,
    cross_validate,
    evaluate,
    find_learning_rate,
    fit,
    fit_ensemble,
)

X = np.random.default_rng(0).normal(size=(8, 2))
Y = np.arange(8.0)


def with_value(array, index, value):
    changed = np.array(array, dtype=float)
    changed[index] = value
    return changed


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (X[:, :1], Y, ShapeError, r"X has shape \(8, 1\).*layer 1 takes 2 inputs, its W1 has shape \(3, 2\)"),
        (X[0], Y, ShapeError, r"X has shape \(2,\).*X\[None, :\]"),
        (X, Y[:5], ShapeError, r"X has shape \(8, 2\) and y has shape \(5,\)"),
        (X, 3.0, ShapeError, r"y has shape \(\)"),
        (X, np.zeros((8, 2)), ShapeError, r"y has shape \(8, 2\).*the network's outputs"),
        (X[:0], Y[:0], DataError, "no rows"),
        (with_value(X, (3, 1), np.nan), Y, DataError, r"X\[3, 1\] is nan \(1 such of 16\)"),
        (X, with_value(Y, 2, np.inf), DataError, r"y\[2\] is inf"),
        (X.astype(str), Y, DtypeError, "X has dtype"),
        (X, [None] * 8, DataError, r"y\[0\] is nan"),
        (X + 1j, Y, DtypeError, "complex"),
        ([[1, 2], [3]], [1, 2], ShapeError, "X is not a rectangular array"),
    ],
)
def test_data_that_do_not_fit(X, y, error, message):
    with pytest.raises(error, match=f"(?s){message}"):
        fit(Network([2, 3, 1]), X, y)


def test_labels_out_of_range_are_named():
    with pytest.raises(DataError, match=r"(?s)y\[2\] is 4 .*from 0 to 2"):
        fit(Network([2, 3]), X[:4], [0, 1, 4, 2], loss="cross_entropy")


def test_numbers_beyond_float32_are_found_when_training_in_it():
    with pytest.raises(DataError, match=r"X\[0, 0\] is inf"):
        fit(Network([2, 1]), with_value(X, (0, 0), 1e200), Y, dtype=np.float32)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "mee"}, "unknown loss 'mee'.*mse, mae"),
        ({"optimizer": "adan"}, "unknown optimizer 'adan'.*sgd, adam.*'adam'"),
        ({"batch_size": 0}, "batch_size=0.*1 or more"),
        ({"batch_size": 2.5}, "batch_size=2.5"),
        ({"epochs": 0}, "epochs=0"),
        ({"seed": "x"}, "seed='x'"),
        ({"validation": 1.0}, "validation=1.0"),
        ({"validation": -0.1}, "validation=-0.1"),
        ({"validation": 3}, "validation=3.*fraction"),
        ({"validation": True}, "validation=True"),
        ({"validation": X}, "validation=a ndarray"),
        ({"early_stopping": EarlyStopping()}, "early_stopping without validation.*validation=0.2"),
        ({"early_stopping": 5, "validation": 0.2}, r"early_stopping=5.*EarlyStopping\(patience=10\)"),
        ({"optimizer": SGD}, r"optimizer=<class.*SGD\(0.1\)"),
        ({"optimizer": 0.1}, "optimizer=0.1"),
        ({"callbacks": print}, r"callbacks=.*callbacks=\[f\]"),
        ({"callbacks": [3]}, r"callbacks=\[3\]"),
        ({"l1": "a"}, "l1='a'"),
        ({"l2": None}, "l2=None.*zero or more"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin'.*'cosine'"),
        ({"schedule": 3}, "schedule=3"),
        ({"schedule": lambda epoch: -1.0}, "learning rate -0.1 in epoch 1"),
        ({"schedule": lambda epoch: np.nan if epoch == 5 else 1.0}, "learning rate nan in epoch 6"),
    ],
)
def test_senseless_arguments(arguments, message):
    net = Network([2, 3, 1])
    before = net.parameters
    with pytest.raises(ArgumentError, match=f"(?s){message}"):
        fit(net, X, Y, **arguments)
    assert all((net.parameters[name] == before[name]).all() for name in before)


def per_row(yhat, y):
    return np.sum((yhat - y) ** 2, axis=1)


def one_in_an_array(yhat, y):
    return np.sum((yhat - y) ** 2, keepdims=True)[0]


def value_and_more(yhat, y):
    return np.mean((yhat - y) ** 2), yhat


def branching(yhat, y):
    if np.sum(yhat) > np.inf:
        return np.mean(yhat)
    return np.mean((yhat - y) ** 2)


@pytest.mark.parametrize("compile", ["reference", "native"])
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (per_row, r"the loss 'per_row' returns shape \(8,\).*one number.*np.mean"),
        (one_in_an_array, r"the loss 'one_in_an_array' returns shape \(1,\)"),
        (value_and_more, "the loss 'value_and_more' returns a tuple"),
    ],
)
def test_a_loss_that_is_not_one_number_is_named_with_its_place(loss, message, compile):
    with pytest.raises(ShapeError, match=f"(?s){message}.*test_fit_errors.py:{loss.__code__.co_firstlineno}"):
        fit(Network([2, 1]), X, Y, loss=loss, compile=compile)


def test_no_line_of_this_library_is_named_as_a_caller_of_a_loss():
    with pytest.raises(ShapeError, match="matmul") as caught:
        fit(Network([2, 1]), X, Y, loss=lambda yhat, y: np.sum(yhat @ y))
    assert caught.value.where.file == __file__
    assert "called at" not in str(caught.value)


def test_a_loss_that_branches_is_refused_with_the_line_that_does():
    with pytest.raises(TraceError, match=r"if np\.sum") as caught:
        fit(Network([2, 1]), X, Y, loss=branching, compile="native")
    assert caught.value.where.file == __file__


@pytest.mark.parametrize("train", [fit, cross_validate, find_learning_rate, fit_ensemble, evaluate])
@pytest.mark.parametrize("given", [None, Y, Network])
def test_what_is_no_network_is_refused(train, given):
    with pytest.raises(ArgumentError, match="in place of a network"):
        train(given, X, Y)


@pytest.mark.parametrize("given", [None, 3, Network])
def test_nothing_is_made_of_what_is_no_network(given):
    for make in (objective, training_objective, lambda network: mean_absolute_gradients(network, X)):
        with pytest.raises(ArgumentError, match="in place of a network"):
            make(given)


def test_what_makes_no_runner_is_refused():
    with pytest.raises(ArgumentError, match="runner=3"):
        fit(Network([2, 1]), X, Y, runner=3)


def test_other_dtypes():
    with pytest.raises(DtypeError, match="float32 or float64"):
        fit(Network([2, 1]), X, Y, dtype=np.int32)


def test_errors_in_validation_data_say_so():
    with pytest.raises(ShapeError, match="in validation, X has shape"):
        fit(Network([2, 1]), X, Y, validation=(X[:, :1], Y))


def test_a_single_row_leaves_none_to_hold_out():
    with pytest.raises(DataError, match=r"1 rows with validation=0\.5"):
        fit(Network([2, 1]), X[:1], Y[:1], validation=0.5)


def test_divergence_names_the_first_value_that_is_not_finite_and_leaves_the_network_as_it_was():
    net = Network([2, 3, 1], seed=1)
    before = net.parameters
    with pytest.raises(
        NonFiniteError, match=r"(?s)the loss became (inf|nan) in epoch \d+.* in \[.*learning rate"
    ) as info:
        fit(net, X, Y, optimizer=SGD(1e6), epochs=500)
    assert "h1 @ W2.T is the first value that is not finite; h1 in [" in info.value.one_line()
    assert all((net.parameters[name] == before[name]).all() for name in before)


def test_an_infinite_derivative_is_traced_to_its_node():
    """d√u/du is infinite at u = 0, though the loss is finite there."""

    def root(output, y):
        return np.mean(np.sqrt(output - y))

    net = Network([2, 1]).with_parameters({"W1": [[0, 0]], "b1": [0]})
    with pytest.raises(
        NonFiniteError, match="is the first value in the derivative that is not finite"
    ) as info:
        fit(net, X, np.zeros(8), loss=root, epochs=3)
    assert "np.sqrt(output - y)" in str(info.value.where)


def test_a_logarithm_of_zero_is_named():
    def careless(output, y):
        return -np.mean(np.log(output))

    net = Network([2, 1], activation="relu", output_activation="relu").with_parameters(
        {"W1": [[0, 0]], "b1": [0]}
    )
    with pytest.raises(NonFiniteError, match=r"np\.log\(yhat\) is the first value .*; yhat in \[0, 0\]"):
        fit(net, X, Y, loss=careless)


def test_an_infinite_validation_loss_stops_training_too():
    with pytest.raises(NonFiniteError, match="the validation loss became inf"):
        fit(Network([2, 1], seed=1), X, Y, validation=(X * 1e200, Y), epochs=2)
