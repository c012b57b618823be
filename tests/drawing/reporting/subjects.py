"""Small trained models to tell of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.data import Table, TableModel, fit_encoder, fit_target, split_rows
from chainrule.nn import Network, objective
from chainrule.train import Adam, EarlyStopping, fit

HOSTILE = "</title><b>&amp;\"'\x00\u202e"
LONG = "a very long name of a column " * 4 + "x" * 120


@dataclass(frozen=True, eq=False)
class Trained:
    """What ``cr.report`` is given."""

    model: TableModel
    table: Table
    options: dict[str, Any] = field(default_factory=dict)

    def page(self, **others: Any) -> str:
        return cr.report(self.model, self.table, **(self.options | others))


def trained(columns: dict[str, Any], target: str, hidden: tuple[int, ...] = (6,), epochs: int = 8) -> Trained:
    """A network trained for a few epochs, with everything that a report can tell of it."""
    table = Table.from_columns(columns)
    parts = dict(
        zip(("train", "validation", "test"), split_rows(len(table), (0.6, 0.2, 0.2), 0), strict=True)
    )
    encoder = fit_encoder(table.drop(target), parts["train"])
    goal = fit_target(table.column(target))
    classifies = goal.task == "classification"
    network = Network(
        [len(encoder.features), *hidden, goal.outputs],
        activation="tanh",
        output_activation="softmax" if classifies else "identity",
        seed=1,
    )
    loss = "cross_entropy" if classifies else "mse"
    X, y = encoder.transform(table), goal.encode(table.column(target))
    train, validation = parts["train"], parts["validation"]
    some = (network.parameters, X[train[:8]], y[train[:8]])
    check = cr.check(objective(network, loss), at=some, wrt="parameters", progress=False)
    history = fit(
        network,
        X[train],
        y[train],
        loss=loss,
        optimizer=Adam(0.03),
        epochs=epochs,
        validation=(X[validation], y[validation]),
        early_stopping=EarlyStopping(5),
        progress=False,
    )
    notes = {"Settings": {"optimiser": "Adam(0.03)"}, "Timings": {"training": "0.10 s"}}
    options = {"split": parts, "history": history, "check": check, "notes": notes, "source": "rows.csv"}
    return Trained(TableModel(encoder, goal, network), table, options)


@cache
def classification(classes: int = 3, rows: int = 150) -> Trained:
    """Classes by the angle of two numbers, and columns of other kinds that tell nothing."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(rows, 2))
    sector = ((np.arctan2(x[:, 1], x[:, 0]) / np.pi + 1) / 2 * classes).astype(int) % classes
    when = np.datetime64("2024-01-01") + rng.integers(0, 400, rows).astype("timedelta64[D]")
    return trained(
        {
            "a": x[:, 0],
            "b": np.where(rng.random(rows) < 0.1, np.nan, x[:, 1]),
            "colour": rng.choice(["red", "blue", "green"], rows),
            "flag": rng.random(rows) < 0.3,
            "when": when,
            "sector": [f"sector {k:02d}" for k in sector],
        },
        "sector",
        (8, 8),
    )


@cache
def regression(rows: int = 150) -> Trained:
    """A number that two others tell, with noise."""
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=rows), rng.exponential(size=rows)
    return trained({"a": a, "b": b, "y": 100 + 3 * a - 2 * b + 0.3 * rng.normal(size=rows)}, "y", epochs=30)


@cache
def hostile() -> Trained:
    """Names and values full of what means something to HTML."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=60)
    words = np.where(x > 0, f"{HOSTILE}yes", f"{HOSTILE}no {LONG}").astype(object)
    return trained({HOSTILE: x, LONG: rng.choice([HOSTILE, "<i>"], 60), f"{HOSTILE}y": words}, f"{HOSTILE}y")
