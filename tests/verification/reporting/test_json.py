"""A report as JSON says all that it holds."""

from __future__ import annotations

import json
import math

from .conftest import report, row


def test_everything_is_there(wrong):
    found = json.loads(wrong.to_json())
    assert found["verdict"] == "FAIL"
    assert found["evaluations"] == wrong.evaluations
    assert found["smallest_detectable_error"] == wrong.detectable
    assert [tensor["name"] for tensor in found["tensors"]] == ["w", "b"]
    assert [tensor["verdict"] for tensor in found["tensors"]] == ["FAIL", "PASS"]
    rows = [one for tensor in found["tensors"] for one in tensor["rows"]]
    assert [one["numeric"] for one in rows] == [one.numeric for one in wrong.rows]
    assert [one["ratio"] for one in rows] == [one.ratio for one in wrong.rows]
    assert found["tensors"][0]["diagnoses"][0]["kind"] == wrong.tensors[0].diagnoses[0].kind
    assert found["curves"][0]["steps"] == list(wrong.curves[0].steps)


def test_what_is_not_a_number_is_null():
    found = json.loads(report(row("FAIL", math.nan, bound=math.inf)).to_json())
    one = found["tensors"][0]["rows"][0]
    assert (one["analytic"], one["bound"], one["index"]) == (None, None, [0, 1])
    assert found["smallest_detectable_error"] is None


def test_a_refusal(refused):
    found = json.loads(refused.to_json())
    assert (found["verdict"], found["refusal"]) == ("UNDECIDED", refused.refusal)
    assert found["findings"][0]["kind"] == "random"
