"""Topics in memory, with records as schemas/README.md describes them."""

from __future__ import annotations

import struct
import threading
from collections.abc import Mapping

import numpy as np

from logitstream.source import StoredRecord

HASH = "0123456789abcdef" * 4


def number(value: int) -> bytes:
    folded = (value << 1) ^ (value >> 63)
    out = bytearray()
    while folded > 127:
        out.append(folded & 127 | 128)
        folded >>= 7
    return bytes([*out, folded])


def text(value: str) -> bytes:
    return number(len(value.encode())) + value.encode()


def blob(value: bytes) -> bytes:
    return number(len(value)) + value


def batch(
    corpus: str,
    shard: int,
    index: int,
    rows: int = 2,
    length: int = 5,
    teacher: str = "toy",
    vocabulary: int = 50,
    tokenizer: str = HASH,
    document_end: int | None = None,
    training_step: int | None = None,
) -> tuple[bytes, bytes]:
    """Key and value of a batch, in codec plain with two entries at a position; a function of its key.

    Without a document end the layout is that of version 0.1.0, which has no such field.
    """
    random = np.random.default_rng([shard, index, len(corpus)])
    tokens = random.integers(0, vocabulary, rows * length).astype("<i4").tobytes()
    positions = rows * (length - 1)
    ids = np.stack([random.permutation(vocabulary)[:2] for _ in range(positions)]).astype("<i4")
    log_probs = np.tile(np.log(np.array([0.6, 0.3])), (positions, 1)).astype("<f4")
    statistics = np.tile(np.array([[0.1], [3.0], [1.0], [0.9]]), (1, positions)).astype("<f4")
    payload = b"".join(array.tobytes() for array in (np.full(positions, 2, "<i4"), ids, log_probs, statistics))
    value = (
        b"\0\0\0\0\1"
        + text(corpus)
        + number(shard)
        + number(index)
        + number(rows)
        + number(length)
        + blob(tokens)
        + text(tokenizer)
        + number(vocabulary)
        + number(0)
        + (b"" if document_end is None else number(1) + number(document_end))
        + number(1)
        + text(teacher)
        + text(HASH)
        + (number(0) if training_step is None else number(1) + number(training_step))
        + number(1)
        + text("top-k")
        + struct.pack("<d", 1.0)
        + number(2)
        + number(0)
        + number(0)
        + text("plain")
        + blob(payload)
    )
    return f"{corpus}/{shard:05d}/{index:07d}".encode(), value


def end(corpus: str, batches: int, tokens: int = 0, tokenizer: str = HASH) -> tuple[bytes, bytes]:
    """Key and value of an end marker."""
    value = (
        b"\0\0\0\0\1"
        + text(corpus)
        + number(0) * 4
        + blob(b"")
        + text(tokenizer)
        + number(50)
        + number(1)
        + number(batches)
        + number(tokens)
        + number(0)
        + number(0)
        + text("plain")
        + blob(b"")
    )
    return f"{corpus}/end".encode(), value


def topic(batches: int, partitions: int, corpus: str = "demo", shard: int = 7, **settings: object) -> list[list]:
    """Batches in turn, shards of `shard` batches, each partition closed by an end marker; offsets have gaps."""
    records: list[list] = [[] for _ in range(partitions)]
    for n in range(batches):
        records[n % partitions].append(batch(corpus, n // shard, n % shard, **settings))
    for partition in records:
        partition.append(end(corpus, batches))
    return [[(3 * i + 1, *record) for i, record in enumerate(partition)] for partition in records]


class MemorySource:
    """A topic in memory, as a source of records."""

    def __init__(self, records: list[list], topic: str = "logits") -> None:
        self.topic = topic
        self.partitions = list(range(len(records)))
        self.records = records
        self._next: dict[int, int] = {}
        self.closed = False

    def beginning(self) -> dict[int, int]:
        return dict.fromkeys(self.partitions, 0)

    def seek(self, offsets: Mapping[int, int]) -> None:
        self._next = dict(offsets)

    def take(self, partition: int, stop: threading.Event) -> StoredRecord | None:
        while not stop.is_set():
            for offset, key, value, *vocabulary in self.records[partition]:
                if offset >= self._next[partition]:
                    self._next[partition] = offset + 1
                    return StoredRecord(partition, offset, key, value, *vocabulary)
            stop.wait(0.01)
        return None

    def close(self) -> None:
        self.closed = True
