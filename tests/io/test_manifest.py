"""model.json: what it says, and what it refuses."""

import json

import pytest

from chainrule import __version__
from chainrule.errors import ModelFileError
from chainrule.io.manifest import (
    ArrayEntry,
    Part,
    TensorsEntry,
    decode_manifest,
    encode_manifest,
    is_manifest,
)

PART = Part("network", {"sizes": [2, 1], "offset": -0.0}, {"inner": Part("gaussian", {}, {})})
TENSORS = TensorsEntry(80, "0" * 64, {"W": ArrayEntry("float64", (1, 2)), "b": ArrayEntry("float64", ())})


@pytest.fixture
def data():
    return encode_manifest(PART, {"epochs": 3, "note": "ä"}, TENSORS)


def test_it_comes_back(data):
    manifest = decode_manifest(data)
    assert (manifest.model, manifest.tensors) == (PART, TENSORS)
    assert manifest.training == {"epochs": 3, "note": "ä"}
    assert manifest.chainrule == __version__


def test_it_can_be_read_by_people_and_other_programs(data):
    content = json.loads(data)
    assert list(content) == ["format", "version", "chainrule", "model", "training", "tensors", "checksum"]
    assert content["model"]["kind"] == "network"
    assert data.count(b"\n") > 10


def test_another_layout_of_the_same_content_is_the_same(data):
    content = json.loads(data)
    shuffled = dict(sorted(content.items(), reverse=True))
    assert decode_manifest(json.dumps(shuffled).encode()) == decode_manifest(data)


def test_every_changed_value_is_noticed(data):
    def variants(value):
        """The value with one thing in it changed, in every way that there is a thing."""
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from ({**value, key: changed} for changed in variants(inner))
                yield {other: each for other, each in value.items() if other != key}
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                yield from ([*value[:place], changed, *value[place + 1 :]] for changed in variants(inner))
                yield value[:place] + value[place + 1 :]
        else:
            yield value + "x" if isinstance(value, str) else value + 1
            yield None

    changed = list(variants(json.loads(data)))
    assert len(changed) > 50
    for content in changed:
        with pytest.raises(ModelFileError) as error:
            decode_manifest(json.dumps(content).encode())
        assert "\n" not in error.value.one_line()


def test_a_later_version_says_so(data):
    later = data.replace(b'"version": 1', b'"version": 2')
    with pytest.raises(ModelFileError, match=r"(?s)format 2.*pip install --upgrade chainrule"):
        decode_manifest(later)
    assert is_manifest(later)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"format": "other", "version": 1}',
        b'{"format": 1}',
        b"[" * 10**6,
        b'{"format": "chainrule model", "model": ' + b'{"parts": {"a": ' * 10**5,
    ],
)
def test_what_is_no_manifest(content):
    with pytest.raises(ModelFileError):
        decode_manifest(content)
    assert not is_manifest(content)
