"""What the check promises, measured on a slice of what the benchmark draws from a seed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SEED = 20


def measured(counts):
    worker = subprocess.run(
        [sys.executable, "-m", "benchmarks.checker.worker", str(SEED), json.dumps(counts)],
        cwd=PROJECT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(worker.stdout)["figures"]


@pytest.mark.slow
def test_no_false_alarm_no_missed_error_and_bounds_that_hold():
    found = measured({"smooth functions": 280})["smooth functions"]
    assert found["functions"] >= 60
    assert found["pairs"] > 270
    assert found["floor below 1e-7"] > 240
    wrong = (
        "false alarms",
        "bound does not hold",
        "error of 1e-6 missed there",
        "smooth points flagged as kinks",
    )
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)


@pytest.mark.slow
def test_kinks_are_flagged_and_smooth_points_are_not():
    found = measured({"kinks": 200})["kinks"]
    assert found["kinks within 0 to 10 steps"] == 120
    assert found["not flagged"] <= 1
    assert found["flagged"] == 0


@pytest.mark.slow
def test_wrong_entries_are_located_mistakes_named_and_clean_gradients_cheap():
    found = measured({"location": 1, "diagnosis": 1, "speed": 1})
    assert (
        found["location"]["one wrong entry located"] == found["location"]["five wrong entries located"] == 1
    )
    assert found["location"]["most evaluations for one"] <= 500
    assert found["location"]["most evaluations for five"] <= 2500
    assert sum(found["diagnosis"].values()) >= 16  # of 16 mistakes, with the count of trials
    assert all(value <= 120 for name, value in found["speed"].items() if name.endswith("evaluations"))
