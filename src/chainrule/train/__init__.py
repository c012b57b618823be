"""Training by gradient descent: optimisers, schedules, early stopping and the loop over minibatches."""

from __future__ import annotations

from ..runs import Run
from .adaptive import Adam, AdamW, RMSprop
from .clipping import Clip
from .evaluation import evaluate
from .fitting import fit
from .history import EpochRecord, History
from .lbfgs import LBFGS
from .optimisers import SGD, Optimiser
from .runner import EpochRunner, ReferenceRunner
from .schedules import SCHEDULES, Constant, Cosine, Exponential, Schedule, Step, WarmUp, scheduled
from .settings import OPTIMISERS
from .stopping import EarlyStopping

__all__ = [
    "LBFGS",
    "OPTIMISERS",
    "SCHEDULES",
    "SGD",
    "Adam",
    "AdamW",
    "Clip",
    "Constant",
    "Cosine",
    "EarlyStopping",
    "EpochRecord",
    "EpochRunner",
    "Exponential",
    "History",
    "Optimiser",
    "RMSprop",
    "ReferenceRunner",
    "Run",
    "Schedule",
    "Step",
    "WarmUp",
    "evaluate",
    "fit",
    "scheduled",
]
