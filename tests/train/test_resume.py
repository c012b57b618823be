"""Training that is cut off anywhere and goes on ends with the bits of one that was not."""

import errno
import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import NonFiniteError, RunError
from chainrule.io import read_history
from chainrule.nn import Network
from chainrule.runs.checkpoints import Checkpoints
from chainrule.runs.reading import read_result
from chainrule.train import (
    LBFGS,
    SGD,
    Adam,
    ByMinibatch,
    Cosine,
    EarlyStopping,
    ReduceOnPlateau,
    Run,
    WarmUp,
    fit,
)
from chainrule.train.loop import Pace
from chainrule.train.recording import Recording

rng = np.random.default_rng(3)
X = rng.normal(size=(53, 3))
y = np.sin(X @ [1.0, 2.0, 3.0])


class Killed(BaseException):
    """What nothing catches, as if the process had ended."""


@pytest.fixture
def kill_after(monkeypatch):
    """Lets training die once the loop has told its standing so many times."""
    told = Recording.standing

    def arrange(times):
        count = itertools.count(1)

        def standing(self, moment):
            told(self, moment)
            if next(count) == times:
                raise Killed

        monkeypatch.setattr(Recording, "standing", standing)

    return arrange


@pytest.fixture
def any_pace(monkeypatch):
    """Pieces of random lengths: what a slow or a busy machine would ask for."""
    lengths = np.random.default_rng(8)
    monkeypatch.setattr(
        Pace, "measured", lambda self, *_: setattr(self, "minibatches", int(lengths.integers(1, 30)))
    )


def train(run=None, **settings):
    net = Network([3, 5, 1], activation="tanh", seed=4)
    given = {"batch_size": 4, "epochs": 9, "seed": 6, **settings}
    return net, fit(net, X, y, run=run, **given)


def assert_same_bits(first, second):
    for ours, theirs in zip(first[0].parameters.values(), second[0].parameters.values(), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    for name in ("loss", "validation_loss", "learning_rate"):
        ours, theirs = getattr(first[1], name), getattr(second[1], name)
        assert (ours is None and theirs is None) or ours.tobytes() == theirs.tobytes()
    assert first[1].stopped_by == second[1].stopped_by


@pytest.mark.parametrize("compile", ["reference", "native"])
@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": SGD(0.05, momentum=0.9)},
        {"optimizer": Adam(0.01), "validation": 0.25, "schedule": Cosine(9)},
        {"optimizer": Adam(0.3), "validation": 0.25, "schedule": ReduceOnPlateau(0.3, 1, schedule=WarmUp(3))},
        {"optimizer": Adam(0.3), "validation": 0.25, "early_stopping": EarlyStopping(2), "epochs": 40},
        {"optimizer": SGD(0.1), "schedule": ByMinibatch(WarmUp(2.5, Cosine(6), start=0.0))},
        {"optimizer": SGD(0.1), "batch_size": 1000, "dtype": "float32"},
        {"optimizer": Adam(0.01), "callbacks": [lambda record, _: record.epoch == 7]},
        {"optimizer": LBFGS(memory=3), "validation": 0.25},
        {"optimizer": LBFGS(), "l2": 0.3, "epochs": 200, "dtype": "float32"},
    ],
    ids=[
        "momentum",
        "adam",
        "plateau",
        "stopped",
        "by minibatch",
        "one minibatch",
        "callback",
        "lbfgs",
        "converged",
    ],
)
def test_whenever_it_is_killed(tmp_path, kill_after, any_pace, settings, compile):
    expected = train(compile=compile, **settings)
    for attempt, times in enumerate((1, 3, 8, 40)):
        run = tmp_path / str(attempt)
        kill_after(times)
        try:
            found = train(Run(run, every=0), compile=compile, **settings)
        except Killed:
            kill_after(-1)
            found = train(Run(run, resume=True, every=0), compile=compile, **settings)
        assert_same_bits(found, expected)
        assert_same_bits((cr.load(run), found[1]), expected)
        assert [record["loss"] for record in read_history(run / "history.jsonl")] == expected[1].loss.tolist()


@pytest.mark.parametrize("optimizer", [Adam(0.01), LBFGS()])
def test_killed_again_and_again(tmp_path, kill_after, any_pace, optimizer):
    settings = {"optimizer": optimizer, "validation": 0.25, "epochs": 6}
    expected = train(**settings)
    for _ in range(1000):
        kill_after(2)
        try:
            found = train(Run(tmp_path / "run", resume=True, every=0), **settings)
        except Killed:
            continue
        break
    assert_same_bits(found, expected)


def test_ctrl_c_leaves_a_folder_to_go_on_from(tmp_path):
    def interrupt(record, network):
        if record.epoch == 3:
            raise KeyboardInterrupt

    run = tmp_path / "run"
    _, history = train(run, callbacks=[interrupt])
    assert history.stopped_by == "interrupt"
    assert cr.load(run).sizes == (3, 5, 1)
    assert read_result(run) is None
    assert_same_bits(train(Run(run, resume=True)), train())


def test_a_generator_as_seed_ends_in_the_same_state(tmp_path, kill_after, any_pace):
    for kind in (np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64, np.random.PCG64DXSM):
        through, first, second = (np.random.Generator(kind(5)) for _ in range(3))
        expected = train(seed=through, validation=0.2)
        kill_after(7)
        run = tmp_path / kind.__name__
        with pytest.raises(Killed):
            train(Run(run, every=0), seed=first, validation=0.2)
        kill_after(-1)
        assert_same_bits(train(Run(run, resume=True), seed=second, validation=0.2), expected)
        assert second.integers(1 << 60) == through.integers(1 << 60)


def test_a_run_that_has_finished_is_not_trained_again(tmp_path):
    expected = train(tmp_path / "run")
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with pytest.warns(RuntimeWarning, match=r"had finished \(epochs\): nothing was trained"):
        assert_same_bits(train(Run(tmp_path / "run", resume=True)), expected)
    assert before.keys() == {path for path in (tmp_path / "run").rglob("*") if path.is_file()}


def test_no_checkpoint_yet_begins_anew(tmp_path, monkeypatch):
    def die(self, moment):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Recording, "standing", die)
        with pytest.raises(Killed):
            train(tmp_path / "run")
    assert_same_bits(train(Run(tmp_path / "run", resume=True)), train())


def test_resume_where_there_is_nothing_begins(tmp_path):
    assert_same_bits(train(Run(tmp_path / "run", resume=True)), train())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch_size": 5}, "batch_size was 4, is 5"),
        ({"optimizer": SGD(0.2)}, r"optimizer was sgd"),
        ({"seed": 7}, "seed was 6, is 7"),
        ({"validation": 0.5}, r"validation was —|validation was None, is 0.5"),
        ({"schedule": Cosine(9)}, "schedule"),
        ({"dtype": "float32"}, "dtype was None, is float32"),
    ],
)
def test_other_settings_are_named(tmp_path, settings, said):
    train(tmp_path / "run")
    with pytest.raises(RunError, match=said):
        train(Run(tmp_path / "run", resume=True), **settings)


def test_other_data_are_named(tmp_path):
    train(tmp_path / "run")
    for inputs, targets, said in (
        (X + 1, y, r"X is not what the run in .* began with: \(53, 3\) float64 as before, but other values"),
        (X[:50], y[:50], r"X is not what .*: it was \(53, 3\) float64, is \(50, 3\) float64"),
        (X, y + 1, r"y is not what"),
    ):
        with pytest.raises(RunError, match=said):
            fit(
                Network([3, 5, 1], activation="tanh", seed=4),
                inputs,
                targets,
                batch_size=4,
                epochs=9,
                seed=6,
                run=Run(tmp_path / "run", resume=True),
            )


def test_another_network_is_named(tmp_path):
    train(tmp_path / "run")
    with pytest.raises(RunError, match=r"network\.sizes was \[3, 5, 1\], is \[3, 4, 1\]"):
        fit(
            Network([3, 4, 1], activation="tanh"),
            X,
            y,
            batch_size=4,
            epochs=9,
            seed=6,
            run=Run(tmp_path / "run", resume=True),
        )


def test_another_version_is_named_and_training_goes_on(tmp_path, monkeypatch):
    train(tmp_path / "run", callbacks=[lambda record, _: (_ for _ in ()).throw(KeyboardInterrupt)])
    monkeypatch.setattr("chainrule.runs.environment.__version__", "99.0")
    with pytest.warns(RuntimeWarning, match="its last bits may differ: chainrule was .*, is 99.0"):
        assert_same_bits(train(Run(tmp_path / "run", resume=True)), train())


def test_a_damaged_checkpoint_is_passed_over(tmp_path, kill_after):
    kill_after(3)
    with pytest.raises(Killed):
        train(Run(tmp_path / "run", every=0))
    kill_after(-1)
    newest = max((tmp_path / "run" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-1] + b"x")
    with pytest.warns(RuntimeWarning, match="passed over: .* is damaged: its checksum does not fit"):
        assert_same_bits(train(Run(tmp_path / "run", resume=True)), train())


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("the only copy")
    for run in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(RunError, match="holds something else"):
            train(run)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_second_run_in_one_folder_is_refused(tmp_path):
    train(tmp_path / "run")
    with pytest.raises(RunError, match="has a run already"):
        train(tmp_path / "run")


def test_a_run_in_use_is_refused(tmp_path):
    def intrude(record, network):
        with pytest.raises(RunError, match="is in use by this very process"):
            train(Run(tmp_path / "run", resume=True))

    train(tmp_path / "run", epochs=1, callbacks=[intrude])


def test_training_that_diverges_at_once_leaves_nothing(tmp_path):
    with pytest.raises(NonFiniteError):
        train(tmp_path / "runs" / "first", optimizer=SGD(1e300))
    assert not (tmp_path / "runs" / "first").exists()


@pytest.mark.parametrize(("written", "left"), [(0, False), (1, False), (2, True), (5, True)])
@pytest.mark.parametrize("keep", [1, 2])
def test_a_disk_that_becomes_full(tmp_path, monkeypatch, any_pace, written, left, keep):
    done, write = [], Checkpoints.write

    def full(self, *arguments):
        if len(done) == written:
            raise OSError(errno.ENOSPC, "No space left on device")
        done.append(write(self, *arguments))

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "write", full)
        with pytest.raises(RunError, match="No space left on device") as caught:
            train(Run(tmp_path / "run", every=0, keep=keep))
    assert bool(caught.value.instead) == (tmp_path / "run").exists() == left
    assert_same_bits(train(Run(tmp_path / "run", resume=True)), train())


def test_few_checkpoints_are_kept(tmp_path):
    train(Run(tmp_path / "run", every=0, keep=3))
    assert len(list(Path(tmp_path, "run", "checkpoints").iterdir())) == 3


def test_no_warning_without_a_reason(tmp_path, kill_after):
    kill_after(3)
    with pytest.raises(Killed):
        train(Run(tmp_path / "run", every=0))
    kill_after(-1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(Run(tmp_path / "run", resume=True))


def test_dropout_and_running_statistics_go_on_where_they_were(tmp_path: Path) -> None:
    def interrupt(record, network):
        if record.epoch == 3:
            raise KeyboardInterrupt

    def net() -> Network:
        return Network([3, 6, 6, 1], normalisation="batch", dropout=0.4, residual=True, seed=1)

    rows, values = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30.0)
    options = {"batch_size": 8, "epochs": 7, "seed": 5, "optimizer": Adam(0.01)}
    whole, resumed = net(), net()
    history = fit(whole, rows, values, **options)
    fit(net(), rows, values, callbacks=[interrupt], run=Run(tmp_path / "run", every=0), **options)
    again = fit(resumed, rows, values, run=Run(tmp_path / "run", resume=True), **options)
    np.testing.assert_array_equal(again.loss, history.loss)
    for name, array in whole.parameters.items():
        np.testing.assert_array_equal(resumed.parameters[name], array, err_msg=name)
