"""Training by gradient descent: optimisers, schedules, early stopping and the loop over minibatches."""

from __future__ import annotations

from ..runs import Run
from .evaluation import evaluate
from .fitting import fit
from .history import EpochRecord, History
from .optimisers import SGD, Adam, Optimiser
from .runner import EpochRunner, ReferenceRunner
from .schedules import Constant, Cosine, Exponential, Schedule, Step, WarmUp
from .settings import OPTIMISERS
from .stopping import EarlyStopping

__all__ = [
    "OPTIMISERS",
    "SGD",
    "Adam",
    "Constant",
    "Cosine",
    "EarlyStopping",
    "EpochRecord",
    "EpochRunner",
    "Exponential",
    "History",
    "Optimiser",
    "ReferenceRunner",
    "Run",
    "Schedule",
    "Step",
    "WarmUp",
    "evaluate",
    "fit",
]
