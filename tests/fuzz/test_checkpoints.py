"""Thousands of damaged and forged checkpoints, and the small files of a run."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from chainrule.io import read_history
from chainrule.io.tensors import decode_tensors, encode_tensors, sha256
from chainrule.nn import Network, objective
from chainrule.runs import list_runs
from chainrule.runs.checkpoints import Checkpoints
from chainrule.runs.reading import HISTORY, RECORD, RESULT, read_record, read_result
from chainrule.train import Adam, EarlyStopping, Run, fit
from chainrule.train.checkpoint_file import Form
from chainrule.train.runner import ReferenceRunner

from ..mutations import BYTES, forge_tensors, forge_text, mutants

CHECKPOINTS, RECORDS = 900, 700
GENERATORS = (np.random.PCG64, np.random.MT19937, np.random.Philox)

X = np.random.default_rng(0).normal(size=(24, 2))
y = X[:, 0]


def train(run, kind, epochs=6):
    net, seed = Network([2, 3, 1]), np.random.Generator(kind(3))
    rule = EarlyStopping(3)
    fit(
        net,
        X,
        y,
        epochs=epochs,
        batch_size=4,
        seed=seed,
        validation=0.25,
        early_stopping=rule,
        optimizer=Adam(),
        run=run,
    )
    return net


def altered(rng, data):
    """A checkpoint damaged, or forged in its arrays, or in what it says beside them."""
    choice = rng.random()
    if choice < 0.2:
        return rng.choice(BYTES)(rng, data)
    if choice < 0.5:
        return forge_tensors(rng, data)
    arrays, metadata = decode_tensors(data, "whole")
    metadata["state"] = forge_text(rng, json.loads(metadata["state"])).decode()
    if choice > 0.9:
        arrays[rng.choice(list(arrays))] = rng.choice(
            [np.zeros(3), np.full((2, 2), np.nan), np.zeros((0, 5), "int8")]
        )
    return encode_tensors(arrays, metadata)


@pytest.mark.slow
@pytest.mark.parametrize("kind", GENERATORS)
def test_checkpoints(quick_path, refused, kind):
    train(quick_path / "run", kind)
    whole = max((quick_path / "run" / "checkpoints").iterdir())
    data, run = whole.read_bytes(), read_record(quick_path / "run").id
    checkpoints = Checkpoints(quick_path / "forged", run)
    (quick_path / "forged").mkdir()
    net, rng_like = Network([2, 3, 1]), np.random.Generator(kind(0))
    rows = (X[:18], y[:18, None])
    like = ReferenceRunner(objective(net), net.parameters, rows, Adam(), 4).optimiser_state
    form = Form(net.parameters, like, rng_like, 6, 5, EarlyStopping(3))
    assert form.read(*checkpoints._decode(data, whole)).stopped_by is not None
    count = 0

    def go_on(forged, path):
        start = form.read(*checkpoints._decode(forged, path))
        rng_like.bit_generator.state = start.generator
        rng_like.permutation(700)
        assert all(np.isfinite(leaf).all() for leaf in start.parameters.values())

    for forged in mutants(kind.__name__, CHECKPOINTS, lambda rng: altered(rng, data), data):
        count += refused(go_on, forged, whole)
    assert count > CHECKPOINTS / 2


@pytest.mark.slow
def test_a_run_goes_on_from_what_is_whole(quick_path, refused):
    """A forged checkpoint beside a whole one: training ends with the same bits, or in a clear refusal."""
    expected = train(None, np.random.PCG64)
    train(quick_path / "run", np.random.PCG64)
    first = min((quick_path / "run" / "checkpoints").iterdir())
    data = first.read_bytes()
    for seed in range(5):
        rng = random.Random(seed)
        for path in (quick_path / "run" / "checkpoints").iterdir():
            if path != first:
                path.unlink()
        forged = rng.choice(BYTES)(rng, data)
        (quick_path / "run" / "checkpoints" / f"{99999990:08}-{sha256(data)}.safetensors").write_bytes(forged)
        (quick_path / "run" / RESULT).unlink(missing_ok=True)
        net = train(Run(quick_path / "run", resume=True), np.random.PCG64)
        for name, array in expected.parameters.items():
            assert net.parameters[name].tobytes() == array.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", [RECORD, RESULT, HISTORY])
def test_the_small_files(quick_path, refused, name):
    run = quick_path / "run"
    train(run, np.random.PCG64)
    whole = (run / name).read_bytes()
    readers = {
        RECORD: lambda: read_record(run),
        RESULT: lambda: read_result(run),
        HISTORY: lambda: read_history(run / HISTORY),
    }
    count = 0

    def small(rng):
        if rng.random() < 0.4:
            return rng.choice(BYTES)(rng, whole)
        if name != HISTORY:
            return forge_text(rng, json.loads(whole))
        lines = whole.splitlines()
        place = rng.randrange(len(lines))
        lines[place] = forge_text(rng, json.loads(lines[place]))
        return b"\n".join(lines) + b"\n"

    for data in mutants(name, RECORDS, small, whole):
        (run / name).write_bytes(data)
        count += refused(readers[name])
        assert len(list_runs(quick_path)) == 1  # whatever is in it, it is listed
    assert count > RECORDS / 10
