"""Training a network on rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import ArrayLike

from ..arguments import Seed, as_count, as_float_dtype, as_generator
from ..errors import NonFiniteError, RunError
from ..nn import Network, objective, training_objective
from ..nn.losses import as_loss
from ..nn.network import require_network
from ..runs import Run, RunFolder
from .checkpoint_file import Form
from .configuration import configuration, fingerprints
from .diagnosis import diagnose
from .evaluation import validator
from .full_batch import full_batch_runner
from .history import History
from .lbfgs import LBFGS, as_lbfgs
from .loop import Loop
from .native import runner_named
from .optimisers import Optimiser, Tree
from .prepare import Rows, as_rows, hold_out, weight_of
from .progress import progress_bar
from .rates import learning_rates
from .recording import Recording, conclude, newly_opened, opened
from .runner import EpochRunner
from .schedules import ReduceOnPlateau, Schedule
from .settings import as_callbacks, as_early_stopping, as_optimiser, require_runner
from .step import Stateful, Step, stream_of
from .stopping import Best, EarlyStopping
from .watch import Callback, Watch

Objective = Callable[..., Any] | Stateful
#: Makes the runner: ``(objective, parameters, data, optimiser, batch_size)``; to go on, ``state`` too.
MakeRunner = Callable[..., EpochRunner]


def fit(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any = "mse",
    sample_weight: ArrayLike | None = None,
    optimizer: str | Optimiser | LBFGS = "sgd",
    batch_size: int = 32,
    epochs: int = 100,
    seed: Seed = 0,
    validation: float | tuple[ArrayLike, ArrayLike] | None = None,
    early_stopping: EarlyStopping | None = None,
    schedule: str | Schedule | ReduceOnPlateau | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    callbacks: Sequence[Callback] = (),
    progress: bool | None = None,
    dtype: Any = None,
    compile: str = "auto",
    runner: MakeRunner | None = None,
    run: str | os.PathLike[str] | Run | RunFolder | None = None,
) -> History:
    """Train a network in place by gradient descent on shuffled minibatches.

    Each minibatch takes ``p ← p - ε ∇f`` (or the optimiser's step), f the mean loss over its rows, or
    Σ wᵢ lᵢ / Σ wᵢ over them. The network has the new parameters afterwards: those of the lowest validation
    loss with early stopping, else the last. Ctrl-C ends training and keeps what was learnt. The same seed
    gives the same bits on the same machine.

    Args:
        network: what to train; its parameters are replaced.
        X: inputs, shape (n, inputs).
        y: targets, shape (n, outputs), or (n,) for one output; for cross-entropy with several outputs integer
            labels of shape (n,) or one-hot rows.
        loss: a name, a :class:`~chainrule.nn.Loss`, or a plain NumPy function of (output, y); see
            :func:`~chainrule.nn.objective`.
        sample_weight: w, the weight of each row, zero or more, shape (n,); by default all are 1. Rows of
            weight 0 are left out. Only their ratios matter.
        optimizer: :class:`SGD`, :class:`Adam`, :class:`AdamW`, :class:`RMSprop`, one of them in a
            :class:`Clip`, or a name with default settings, ``"sgd"``, ``"adam"``, ``"adamw"``, ``"rmsprop"``.
            :class:`LBFGS`, or ``"lbfgs"``, takes all rows at once; an epoch is then an iteration, and the
            history has the loss after it.
        batch_size: rows in a minibatch; the last one of an epoch may be smaller. n or more: all rows.
        epochs: how many times to go through the rows.
        seed: an integer, or the generator that draws validation rows and shuffles.
        validation: a fraction of the rows to hold out at random, or other rows, (X, y) or
            (X, y, sample_weight).
        early_stopping: when to give up; needs ``validation``.
        schedule: from the epochs done to a factor of the optimiser's learning rate, or a name, ``"cosine"``,
            ``"step"``, ``"exponential"``; by default 1. In a :class:`ByMinibatch` it changes with every
            minibatch. A :class:`ReduceOnPlateau`, or ``"plateau"``, lowers the rate when the validation loss
            no longer falls.
        l1: adds l1 · Σ |W| over all weights W to what is minimised; biases, scales and shifts are free.
        l2: adds ½ · l2 · Σ W².
        callbacks: called after each epoch with its :class:`EpochRecord` and the network; a true answer
            stops training.
        progress: show a progress bar; ``None``: on a terminal only.
        dtype: train in float32 or float64, and leave the network so; by default the network's own.
        compile: ``"native"`` trains in machine code, ``"reference"`` in NumPy, ``"auto"`` natively where the
            work outweighs compiling. Results differ by rounding only.
        runner: makes what runs the minibatches, in place of those.
        run: a folder to keep the run in: settings, history, checkpoints and the network. With
            :class:`Run(folder, resume=True) <chainrule.runs.Run>` a run that was interrupted, or killed, goes
            on from its last checkpoint, and ends with the same bits as if nothing had happened.

    Returns:
        The epochs' losses, learning rates and times, and why training stopped.

    Raises:
        ShapeError, DtypeError, DataError: data that fit neither each other, the network nor the loss, or are
            not finite.
        ArgumentError: any other argument that makes no sense.
        NonFiniteError: a loss or parameter became NaN or infinite; the message names the first value that
            did. The network then has the parameters of the lowest validation loss with early stopping, else
            those it came with.

        RunError: the run's folder is in use, holds something else, cannot be written, or is to go on with
            other settings or data.

    Source: the lecture, "Gradient descent (any 3-layer NN)".

    >>> import numpy as np
    >>> from chainrule.train import SGD
    >>> net = Network([2, 8, 1], seed=1)
    >>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    >>> history = fit(net, X, y, optimizer=SGD(0.2, momentum=0.9), batch_size=4, epochs=300)
    >>> (net.predict(X).ravel() > 0.5).astype(int)
    array([0, 1, 1, 0])
    """
    arguments = dict(locals())
    require_network(network)
    chosen, rng = as_loss(loss), as_generator(seed)
    batch_size, epochs = as_count(batch_size, "batch_size"), as_count(epochs, "epochs")
    require_runner(runner)
    whole = as_lbfgs(optimizer, network, {"schedule": schedule, "runner": runner})
    optimiser: Any = as_optimiser(optimizer) if whole is None else whole
    rates = learning_rates(optimiser, schedule, epochs, validated=validation is not None)
    rule, called = as_early_stopping(early_stopping, validation), as_callbacks(callbacks)
    dtype = network.dtype if dtype is None else as_float_dtype(dtype)
    settings = {} if run is None else configuration(arguments)
    predicting, minimised = objective(network, chosen), training_objective(network, chosen, l1=l1, l2=l2)
    rows = as_rows(network, X, y, chosen, dtype, sample_weight)
    data, validation_data = hold_out(network, rows, validation, chosen, rng)

    network.dtype = dtype
    batch_size = len(data[0]) if whole else min(batch_size, len(data[0]))
    make = runner or (full_batch_runner if whole else runner_named)(compile, epochs)
    descent = Stateful(minimised, network.untrained, stream_of(network, rng), network.statistics)
    best = None if rule is None else Best(rule)
    validate = _validator(predicting, validation_data)
    watch = Watch(network, validate, best, called)
    parameters, state, recording, start = network.parameters, {}, None, None

    def explain(what: str) -> NonFiniteError:
        parameters, suspects = running.suspect
        return diagnose(what, descent.loss, parameters, tuple(array[suspects] for array in data))

    with opened(run) as folder, progress_bar(epochs, progress) as report:
        if folder is not None:
            folder.begin(settings, fingerprints(rates.sample(), data, validation_data))
            own = runner is not None  # its state has a form that only it knows
            like = (
                make(descent, parameters, data, optimiser, batch_size).optimiser_state
                if own
                else Step(descent, optimiser).start(parameters)["state"]
            )
            recording = Recording(folder, validated=validate is not None)
            form = Form(parameters, like, rng, epochs, -(-len(data[0]) // batch_size), rule)
            start = recording.resume(form)
        if start is not None:
            parameters, state = start.parameters, {"state": start.optimiser_state}
        running = make(descent, parameters, data, optimiser, batch_size, **state)
        size, weight = len(data[0]), weight_of(data)
        loop = Loop(running, size, batch_size, rates, rng, watch, report, explain, weight, recording, start)
        try:
            stopped_by = _run(loop, recording)
        except NonFiniteError:
            network.parameters = _kept(best, parameters)
            raise
        except RunError:  # a disk that is full takes nothing away
            network.parameters = _kept(best, running.parameters)
            raise
        network.parameters = _kept(best, running.parameters)
        history = loop.ledger.history(stopped_by, validated=validation_data is not None)
        own_folder = newly_opened(folder, run)
        if own_folder is not None:
            conclude(own_folder, network, history)
    return history


def _run(loop: Loop, recording: Recording | None) -> str:
    """Why training ended: Ctrl-C ends it too, where it then stands."""
    try:
        return loop.run()
    except KeyboardInterrupt:
        if recording is not None:
            recording.write()
        return "interrupt"


def _validator(predicting: Callable[..., Any], rows: Rows | None) -> Callable[[Tree], float] | None:
    return None if rows is None else validator(predicting, rows, weight_of(rows))


def _kept(best: Best | None, otherwise: Tree) -> Tree:
    """The best parameters that early stopping has seen, if it has seen any."""
    return otherwise if best is None or best.parameters is None else best.parameters
