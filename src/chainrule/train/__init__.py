"""Training by gradient descent: optimisers, schedules, early stopping and the loop over minibatches."""

from __future__ import annotations

from ..runs import Run
from .adaptive import Adam, AdamW, RMSprop
from .clipping import Clip
from .cross_validation import CrossValidation, cross_validate
from .ensembles import fit_ensemble
from .evaluation import evaluate
from .fitting import fit
from .history import EpochRecord, History
from .lbfgs import LBFGS
from .optimisers import SGD, Optimiser
from .rate_test import RateTest, find_learning_rate
from .runner import EpochRunner, ReferenceRunner
from .schedules import (
    SCHEDULES,
    ByMinibatch,
    Constant,
    Cosine,
    Exponential,
    ReduceOnPlateau,
    Schedule,
    Step,
    WarmUp,
    scheduled,
)
from .search import Search, Trial, search
from .settings import OPTIMISERS
from .stopping import EarlyStopping

__all__ = [
    "LBFGS",
    "OPTIMISERS",
    "SCHEDULES",
    "SGD",
    "Adam",
    "AdamW",
    "ByMinibatch",
    "Clip",
    "Constant",
    "Cosine",
    "CrossValidation",
    "EarlyStopping",
    "EpochRecord",
    "EpochRunner",
    "Exponential",
    "History",
    "Optimiser",
    "RMSprop",
    "RateTest",
    "ReduceOnPlateau",
    "ReferenceRunner",
    "Run",
    "Schedule",
    "Search",
    "Step",
    "Trial",
    "WarmUp",
    "cross_validate",
    "evaluate",
    "find_learning_rate",
    "fit",
    "fit_ensemble",
    "scheduled",
    "search",
]
