"""Tables: reading, encoding for a network, splitting, and how good predictions are."""

from __future__ import annotations

from .calibration import Calibration, calibration
from .column import Column, make_column
from .encoder import TableEncoder, fit_encoder
from .example_tables import example_table
from .folding import fold_table
from .importance import Importance, permutation_importance
from .intervals import bootstrap_interval, wilson_interval
from .kinds import Kind, KindName
from .metrics import (
    ClassScores,
    NumberScores,
    Scores,
    ScoresByTarget,
    accuracy,
    by_target,
    confusion_matrix,
    log_loss,
    majority_baseline,
    mean_baseline,
    r_squared,
    root_mean_squared_error,
)
from .model import TableModel
from .preparing import Preparation, PreparedTable, prepare_table
from .profile import ColumnProfile, profile_table
from .reading import read_table
from .scanning import scan_table
from .several import SeveralTargets, Target, fit_targets, target_names
from .split import Split, split_table
from .splitting import split_rows, split_rows_by_class, split_rows_by_group, split_rows_by_time
from .summary import ColumnSummary, summarise
from .table import Table
from .target import ClassTarget, NumberTarget, SingleTarget, Task, fit_target, infer_task

__all__ = [
    "Calibration",
    "ClassScores",
    "ClassTarget",
    "Column",
    "ColumnProfile",
    "ColumnSummary",
    "Importance",
    "Kind",
    "KindName",
    "NumberScores",
    "NumberTarget",
    "Preparation",
    "PreparedTable",
    "Scores",
    "ScoresByTarget",
    "SeveralTargets",
    "SingleTarget",
    "Split",
    "Table",
    "TableEncoder",
    "TableModel",
    "Target",
    "Task",
    "accuracy",
    "bootstrap_interval",
    "by_target",
    "calibration",
    "confusion_matrix",
    "example_table",
    "fit_encoder",
    "fit_target",
    "fit_targets",
    "fold_table",
    "infer_task",
    "log_loss",
    "majority_baseline",
    "make_column",
    "mean_baseline",
    "permutation_importance",
    "prepare_table",
    "profile_table",
    "r_squared",
    "read_table",
    "root_mean_squared_error",
    "scan_table",
    "split_rows",
    "split_rows_by_class",
    "split_rows_by_group",
    "split_rows_by_time",
    "split_table",
    "summarise",
    "target_names",
    "wilson_interval",
]
