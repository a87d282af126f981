"""The decoders against what Java reads from the same records, and against damage.

LOGITSTREAM_DAMAGED=1000000 damages that many payloads; 20,000 by default.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from logitstream import logits

TESTS = Path(__file__).parent
RECORDS = TESTS / "data/records.bin"
CHECK = TESTS.parents[1] / "schemas/src/test/python/check_records.py"
DAMAGED = int(os.environ.get("LOGITSTREAM_DAMAGED", "20000"))
COPIES = 100


def test_records_give_what_java_reads_bit_for_bit():
    """With numpy, and with numba where it is installed; damaged ones are refused where Java refuses them."""
    checked = subprocess.run(
        [sys.executable, str(CHECK), str(TESTS.parent / "src"), str(RECORDS)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr
    read, refused = (int(part.split()[0]) for part in checked.stdout.split(", ")[:2])
    assert read >= 44 and refused >= 25


def envelopes():
    """The undamaged records of the compact codecs."""
    data, at = RECORDS.read_bytes(), 0
    while at < len(data):
        kind = data[at : at + 1]
        (size,) = struct.unpack_from(">i", data, at + 1)
        value = data[at + 5 : at + 5 + size]
        (expected,) = struct.unpack_from(">i", data, at + 5 + size)
        at += 9 + size + expected
        if kind == b"=":
            envelope = logits.envelope(value)
            if envelope.codec.startswith("compact"):
                yield envelope


def damage(chance: random.Random, payload: bytes) -> bytes:
    changed = bytearray(payload)
    kind = chance.randrange(5)
    if kind == 0:
        return payload[: chance.randrange(len(payload))]
    if kind == 1:
        return payload + chance.randbytes(1 + chance.randrange(100))
    if kind == 2 and len(payload) >= 28:
        number = chance.choice([chance.randrange(-(1 << 31), 1 << 31), chance.randrange(-5, 400)])
        struct.pack_into("<i", changed, 4 * chance.randrange(7), number)
    elif kind == 3 and len(payload) > 60:
        changed[28:] = chance.randbytes(len(payload) - 28)
    else:
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def outcome(function, envelope, payload):
    tokens = np.frombuffer(envelope.token_bytes, "<i4").astype(np.int32).reshape(envelope.rows, envelope.length)
    try:
        return function(payload, tokens, envelope.selection.draws, 1 << 23)
    except ValueError as refusal:
        assert str(refusal).startswith(logits.REFUSED)
        return None


def test_damaged_payloads_are_refused_or_read_and_nothing_else():
    compiled = pytest.importorskip("logitstream.compiled")
    fast = {"compact-1": compiled.decode_compact, "compact-1-supports": compiled.decode_compact_supports}
    slow = {"compact-1": logits._decode_compact, "compact-1-supports": logits._decode_compact_supports}
    chance = random.Random(6)
    whole = list(envelopes())
    for envelope in whole:
        assert outcome(fast[envelope.codec], envelope, envelope.payload) is not None
    refused = 0
    tracemalloc.start()
    try:
        for number in range(DAMAGED):
            envelope = whole[number // COPIES % len(whole)]
            payload = damage(chance, envelope.payload)
            found = outcome(fast[envelope.codec], envelope, payload)
            refused += found is None
            if number % COPIES == 0:
                _, peak = tracemalloc.get_traced_memory()
                # Tables and arrays of an entry for each of at most 16 entries a byte; not what a header pretends.
                assert peak < 32 << 20
                tracemalloc.reset_peak()
                expected = outcome(slow[envelope.codec], envelope, payload)
                assert (found is None) == (expected is None), (envelope.key, number)
                for ours, theirs in zip(found or (), expected or ()):
                    assert (ours is None) == (theirs is None)
                    assert ours is None or ours.tobytes() == theirs.tobytes()
    finally:
        tracemalloc.stop()
    print(f"{refused} of {DAMAGED} damaged payloads refused")
    assert DAMAGED / 4 < refused < DAMAGED
