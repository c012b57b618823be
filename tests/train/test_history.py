"""History as columns, as records, and as JSON."""

import json

import numpy as np
import pytest

from chainrule.errors import ArgumentError
from chainrule.train import EpochRecord, History
from chainrule.train.history import Ledger

LOSS, VALIDATION = np.array([3.0, 2.0, 1.0]), np.array([2.0, 1.0, 4.0])


def history(validation=None):
    return History(LOSS, validation, np.full(3, 0.1), np.zeros(3), "epochs")


def test_records_are_numbered_from_one_and_behave_as_a_sequence():
    records = list(history(VALIDATION))
    assert records[1] == EpochRecord(2, 2.0, 1.0, 0.1, 0.0)
    assert history(VALIDATION)[-1] == records[2]
    assert history(VALIDATION)[1:] == records[1:]
    with pytest.raises(IndexError):
        history()[3]


def test_best_follows_validation_where_there_is_any():
    assert history(VALIDATION).best.epoch == 2
    assert history().best.epoch == 3


def test_best_of_nothing_is_refused():
    with pytest.raises(ArgumentError, match="no complete epoch"):
        Ledger().history("interrupt", validated=False).best  # noqa: B018


def test_dicts_go_through_json():
    assert json.loads(json.dumps(history().to_dicts()))[2] == {
        "epoch": 3,
        "loss": 1.0,
        "validation_loss": None,
        "learning_rate": 0.1,
        "seconds": 0.0,
    }


def test_a_ledger_shares_a_blocks_time_out_over_its_epochs():
    ledger = Ledger()
    ledger.add(np.array([4.0, 3.0]), None, np.array([0.2, 0.1]), 6.0)
    ledger.add(np.array([2.0]), None, np.array([0.05]), 1.0)
    written = ledger.history("epochs", validated=False)
    assert written.loss.tolist() == [4.0, 3.0, 2.0]
    assert written.learning_rate.tolist() == [0.2, 0.1, 0.05]
    assert written.seconds.tolist() == [3.0, 3.0, 1.0]
    assert written.validation_loss is None
