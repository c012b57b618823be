"""Model folders that were cut, altered or forged."""

import random
import tracemalloc

import pytest

from chainrule.errors import ModelFileError
from chainrule.io import load, save
from chainrule.io.folder import MANIFEST, TENSORS
from chainrule.io.kinds import CLASSES
from chainrule.io.manifest import Part, decode_manifest, encode_manifest
from chainrule.io.tensors import decode_arrays, encode_arrays

from ..mutations import BYTES, forge

KINDS = sorted(CLASSES)
MUTATIONS = 150


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_folder_gives_an_error_or_the_same_model(tmp_path, models, assert_same, attempt, kind):
    save(models[kind], tmp_path)
    rng = random.Random(f"damage to {kind}")
    whole = {name: (tmp_path / name).read_bytes() for name in (MANIFEST, TENSORS)}
    refused = 0
    for _ in range(MUTATIONS):
        name = rng.choice(list(whole))
        mutate = rng.choice(BYTES)
        (tmp_path / name).write_bytes(mutate(rng, whole[name]))
        found = attempt(tmp_path)
        if isinstance(found, ModelFileError):
            refused += 1
        else:
            assert_same(found, models[kind])
        (tmp_path / name).write_bytes(whole[name])
    assert refused > MUTATIONS * 0.8
    assert_same(load(tmp_path), models[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_two_models_do_not_mix(tmp_path, models, kind):
    for other in KINDS:
        save(models[other], tmp_path / other)
    for other in set(KINDS) - {kind}:
        tensors = (tmp_path / other / TENSORS).read_bytes()
        (tmp_path / kind / TENSORS).write_bytes(tensors)
        with pytest.raises(ModelFileError):
            load(tmp_path / kind)


def part_of(content):
    """The forged content as a part, as far as it still is one."""
    return Part(
        content["kind"], content["config"], {key: part_of(part) for key, part in content["parts"].items()}
    )


def content_of(part):
    return {
        "kind": part.kind,
        "config": part.config,
        "parts": {key: content_of(inner) for key, inner in part.parts.items()},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_folder_with_right_checksums_gives_an_error_or_a_model(tmp_path, models, attempt, kind):
    """Whoever forges a folder can compute its checksums, so no other check may rely on them."""
    save(models[kind], tmp_path)
    manifest = decode_manifest((tmp_path / MANIFEST).read_bytes())
    rng = random.Random(f"forgery of {kind}")
    size = sum(entry.stat().st_size for entry in tmp_path.iterdir())
    refused = 0
    for _ in range(MUTATIONS):
        content = forge(rng, content_of(manifest.model))
        try:
            part = part_of(content)
        except (TypeError, KeyError, AttributeError):
            continue  # not even the form of a manifest
        (tmp_path / MANIFEST).write_bytes(encode_manifest(part, {}, manifest.tensors))
        tracemalloc.start()
        refused += isinstance(attempt(tmp_path), ModelFileError)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000 + 20 * size
    assert refused > 20


@pytest.mark.parametrize("kind", KINDS)
def test_forged_arrays_with_right_checksums_give_an_error_or_a_model(tmp_path, models, attempt, kind):
    save(models[kind], tmp_path)
    manifest = decode_manifest((tmp_path / MANIFEST).read_bytes())
    original = decode_arrays((tmp_path / TENSORS).read_bytes(), manifest.tensors)
    rng = random.Random(f"arrays of {kind}")
    refused = 0
    for _ in range(MUTATIONS):
        arrays = dict(original)
        name = rng.choice(list(arrays))
        array = arrays.pop(name)
        change = rng.randrange(6)
        if change == 1:
            arrays[name] = array[..., None]
        elif change == 2:
            arrays[name] = array.astype(rng.choice(["int64", "float16", "bool", "uint8"]))
        elif change == 3:
            arrays[name] = array * float("nan")
        elif change == 4:
            arrays[rng.choice(["../x", "", "W9", "network/"])] = array
        elif change == 5:
            arrays[name] = array.ravel()[:0]
        data, entry = encode_arrays(arrays)
        (tmp_path / TENSORS).write_bytes(data)
        (tmp_path / MANIFEST).write_bytes(encode_manifest(manifest.model, {}, entry))
        refused += isinstance(attempt(tmp_path), ModelFileError)
    assert refused > MUTATIONS // 3
