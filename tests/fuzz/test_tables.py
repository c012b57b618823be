"""Thousands of damaged tables: read, and given to a model that knows the whole one."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.data import TableModel, fit_encoder, fit_target, read_table
from chainrule.nn import Network

from ..mutations import BYTES, mutants

CASES = {"csv": 600, "parquet": 300}
CELLS = [
    b"",
    b" ",
    b'"',
    b'""',
    b'"a,b"',
    b"\x00",
    b"\xff\xfe",
    b"nan",
    b"inf",
    b"-inf",
    b"1e400",
    b"1e308",
    b"9" * 400,
    b"0x1F",
    b"TRUE",
    b"2024-02-30",
    b"2024-02-29T25:00",
    b"x" * 5_000,
    "grün".encode(),
    "\u202e".encode(),
    b"=1+1",
    b"1,5",
    b"1;2",
    b"\t",
    b"\r",
    b"'",
    b"1_000",
    b"--1",
    b"NULL",
]


def csv():
    rng = np.random.default_rng(1)
    lines = ["size,colour,round,day,y"]
    for k, size in enumerate(rng.normal(size=30).round(3)):
        colour, is_round = rng.choice(["red", "blue"]), rng.choice(["true", "false"])
        lines.append(f"{size},{colour},{is_round},2024-01-{k % 28 + 1:02},{'yes' if size > 0 else 'no'}")
    return "\n".join(lines).encode() + b"\n"


def change_cell(rng, data):
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    cells = lines[place].split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(CELLS)
    lines[place] = b",".join(cells)
    return b"\n".join(lines)


def swap_columns(rng, data):
    rows = [(line + b",,,,").split(b",")[:5] for line in data.strip().split(b"\n")]
    one, other = rng.randrange(5), rng.randrange(5)
    for row in rows[: rng.choice([1, len(rows)])]:
        row[one], row[other] = row[other], row[one]
    return b"\n".join(map(b",".join, rows))


def drop_column(rng, data):
    gone = rng.randrange(5)
    rows = [line.split(b",") for line in data.strip().split(b"\n")]
    return b"\n".join(b",".join(row[:gone] + row[gone + 1 :]) for row in rows)


def repeat_header(rng, data):
    return data.split(b"\n")[0] * rng.choice([1, 2]) + b"\n" + data


WAYS = (*BYTES, change_cell, change_cell, change_cell, swap_columns, drop_column, repeat_header)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables(quick_path, refused, kind):
    path = quick_path / f"table.{kind}"
    path.write_bytes(csv())
    if kind == "parquet":
        import polars

        polars.read_csv(path).write_parquet(path)
    whole, table = path.read_bytes(), read_table(path)
    inputs = table.drop("y")
    encoder, target = fit_encoder(inputs), fit_target(table.column("y"))
    network = Network([len(encoder.features), 4, target.outputs], output_activation="softmax")
    model = TableModel(encoder, target, network)

    def use():
        found = read_table(path, kinds=model.kinds)
        assert np.isfinite(model.probabilities(found)).all()

    use()
    count = 0

    def altered(rng):
        data = whole
        for _ in range(rng.choice([1, 1, 3])):
            data = rng.choice(WAYS if kind == "csv" else BYTES)(rng, data) if data else data
        return data

    for data in mutants(kind, CASES[kind], altered, whole):
        path.write_bytes(data)
        count += refused(use, reserves=True)
    assert count > CASES[kind] / 10
