"""Thousands of damaged and forged model folders."""

from __future__ import annotations

import json

import pytest

from chainrule.errors import ChainruleError
from chainrule.io import load, save
from chainrule.io.folder import MANIFEST, TENSORS
from chainrule.io.kinds import CLASSES
from chainrule.io.manifest import Manifest, Part, decode_manifest, encode_manifest
from chainrule.io.tensors import decode_tensors, encode_arrays

from ..mutations import BYTES, forge_tensors, forge_text, mutants
from ..small_models import small_models

CASES = 700


def altered(rng, whole):
    """The two files, one of them damaged or forged."""
    files = dict(whole)
    name = rng.choice([MANIFEST, MANIFEST, TENSORS])
    if rng.random() < 0.3:
        files[name] = rng.choice(BYTES)(rng, files[name])
    elif name == MANIFEST:
        files[name] = forge_text(rng, json.loads(files[name]))
    else:
        files[name] = forge_tensors(rng, files[name])
    return tuple((signed(files) if rng.random() < 0.7 else files).items())


def signed(files):
    """With the checksums that whoever forges a folder would compute; as they are, where none fits."""
    import msgspec

    try:
        manifest = msgspec.json.decode(files[MANIFEST], type=Manifest)
        arrays, _ = decode_tensors(files[TENSORS], TENSORS)
        tensors, entry = encode_arrays(arrays)
        return {MANIFEST: encode_manifest(manifest.model, {}, entry), TENSORS: tensors}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ChainruleError):
        return files


@pytest.fixture(scope="module")
def models():
    return small_models()


@pytest.mark.slow
@pytest.mark.parametrize("kind", CLASSES)
def test_folders(quick_path, models, refused, kind):
    save(models[kind], quick_path)
    whole = {name: (quick_path / name).read_bytes() for name in (MANIFEST, TENSORS)}
    count = 0
    for files in mutants(kind, CASES, lambda rng: altered(rng, whole), tuple(whole.items())):
        for name, data in files:
            (quick_path / name).write_bytes(data)
        count += refused(load, quick_path)
    assert count > CASES / 2


def test_the_parts_of_a_forged_manifest_are_checked():
    """The forger's tools are those of the library: a folder that it signs is read."""
    manifest = decode_manifest(encode_manifest(Part("network", {}, {}), {}, encode_arrays({})[1]))
    assert manifest.model.kind == "network"
