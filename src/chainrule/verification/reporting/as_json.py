"""A report for other programs."""

from __future__ import annotations

from typing import Any

from ..report import Report, Row, TensorResult


def as_json(report: Report) -> str:
    """The whole report as one JSON object; what is not a finite number is null."""
    import msgspec

    return msgspec.json.encode(facts(report)).decode()


def facts(report: Report) -> dict[str, Any]:
    """The whole report as nested dicts and lists, of what it holds and what follows from that."""
    from ... import __version__

    found: dict[str, Any] = _plain(report)
    return {
        "chainrule": __version__,
        "verdict": str(report.verdict),
        "smallest_detectable_error": report.detectable,
        **{name: value for name, value in found.items() if name != "tensors"},
        "tensors": [_tensor(tensor) for tensor in report.tensors],
    }


def _tensor(tensor: TensorResult) -> dict[str, Any]:
    found = {**_plain(tensor), "rows": [_row(row) for row in tensor.rows]}
    return {**found, "verdict": str(tensor.verdict), "smallest_detectable_error": tensor.detectable}


def _row(row: Row) -> dict[str, Any]:
    derived = {"name": row.name, "difference": row.difference, "ratio": row.ratio}
    return {**derived, **_plain(row), "smallest_detectable_error": row.detectable}


def _plain(record: Any) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(record, enc_hook=_own_number)
    return found


def _own_number(value: Any) -> Any:
    """Python's number for one of NumPy's."""
    return value.item()
