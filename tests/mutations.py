"""Ways to damage or forge a file."""

from __future__ import annotations

import json
import random
from itertools import count


def mutants(name, number, make, whole):
    """So many mutants, all different from one another and from the whole.

    Args:
        name: seeds the generators.
        number: how many.
        make: from a generator to a mutant, which can be hashed.
        whole: what is mutated.
    """
    seen = {whole}
    for seed in count():
        if len(seen) > number:
            return
        mutant = make(random.Random(f"{name} {seed}"))
        if mutant not in seen:
            seen.add(mutant)
            yield mutant


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def flip_bit(rng, data):
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def drop(rng, data):
    start = rng.randrange(len(data))
    return data[:start] + data[start + rng.randint(1, 16) :]


def insert(rng, data):
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.randint(1, 16)) + data[place:]


def repeat(rng, data):
    start = rng.randrange(len(data))
    return data[:start] + data[start : start + 32] * 2 + data[start + 32 :]


def change_digit(rng, data):
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    place = rng.choice(digits or range(len(data)))
    return data[:place] + str(rng.randrange(10)).encode() + data[place + 1 :]


BYTES = (cut, flip_bit, drop, insert, repeat, change_digit)

JUNK = [
    None,
    True,
    -1,
    0,
    2**63 - 1,
    10**15,
    1e308,
    "",
    "os:system",
    "../../x",
    [],
    {},
    [10**12] * 3,
    ["relu"] * 1000,
    [[]],
]


def forge(rng, value):
    """The value with something in it replaced by junk, left out, or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {other: each for other, each in value.items() if other != key}
        return {**value, key: forge(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return value[:place] + [forge(rng, value[place])] * rng.choice([1, 1, 0, 2]) + value[place + 1 :]
    return rng.choice(JUNK)


#: What json.dumps cannot write: a marker of each is written, and then replaced.
RAW = {
    "@deep": "[" * 2_000 + "]" * 2_000,
    "@deeper": '{"a":' * 2_000 + "1" + "}" * 2_000,
    "@digits": "9" * 5_000,
    "@infinite": "1e400",
    "@tiny": "1e-400",
    "@nan": "NaN",
    "@long": '"' + "x" * 2_000 + '"',
    "@surrogate": '"\\ud800"',
    "@nul": '"\\u0000"',
    "@comma": "1,",
}


def forge_text(rng, value):
    """JSON, of which something was replaced by what JSON allows, or nearly allows, and nobody expects."""
    if rng.random() < 0.6:
        return json.dumps(forge(rng, value)).encode()
    marker = rng.choice(list(RAW))
    text = json.dumps(put(rng, value, marker))
    return text.replace(f'"{marker}"', RAW[marker]).encode()


def put(rng, value, marker):
    """The value with a marker somewhere in it."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = rng.choice(list(value))
        return {**value, key: put(rng, value[key], marker)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        return [*value[:place], put(rng, value[place], marker), *value[place + 1 :]]
    return marker


def forge_tensors(rng, data):
    """A safetensors file with another header, or with another length of its header, or other values."""
    size = int.from_bytes(data[:8], "little")
    header, body = data[8 : 8 + size], data[8 + size :]
    kind = rng.randrange(4)
    if kind == 0:  # a length that is no length
        lengths = [0, 1, size - 1, size + 1, len(data), 2**31, 2**63 - 1, 2**64 - 1, 100_000_001]
        return rng.choice(lengths).to_bytes(8, "little") + header + body
    if kind == 1:
        header = forge_text(rng, json.loads(header))
    elif kind == 2:  # offsets, shapes and dtypes of other sizes
        entries = json.loads(header)
        names = [name for name in entries if name != "__metadata__"]
        entry = dict(entries[rng.choice(names)])
        entry[rng.choice(["shape", "data_offsets", "dtype"])] = rng.choice(
            [
                [],
                [0],
                [2**40],
                [2**63, 2**63],
                [-1, 1],
                [0, 2**62],
                [5, 1],
                "F64",
                "F8_E5M2",
                "BF16",
                "I64",
                "x",
            ]
        )
        entries[rng.choice(names)] = entry
        header = json.dumps(entries).encode()
    elif len(body) >= 8:  # values that are not finite, or huge
        place = 8 * rng.randrange(len(body) // 8)
        bits = rng.choice([0x7FF0000000000000, 0xFFF8000000000001, 0x7FEFFFFFFFFFFFFF, 0x7F8000007F800000, 1])
        body = body[:place] + bits.to_bytes(8, "little") + body[place + 8 :]
    return len(header).to_bytes(8, "little") + header + body
