"""Python's side of benchmarks/decoding/compare.

decode.py decode FOLDER SECONDS    prints the tokens per second at which the records of an archive are decoded
decode.py wait FOLDER              prints how long a student of 10,000 tokens per second waits for LogitsDataset
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python/src"))

from logitstream import logits
from logitstream.archive import ArchiveSource

STUDENT, STUDENT_SECONDS = 10_000, 20


def values(folder: str) -> list[bytes]:
    source = ArchiveSource(folder)
    source.seek(source.beginning())
    records = iter(lambda: source.take(0, threading.Event()), None)
    return [record.value for record in itertools.takewhile(lambda record: not record.key.endswith(b"/end"), records)]


def decode(records: list[bytes], seconds: float) -> float:
    began = time.perf_counter()
    tokens = 0
    for value in itertools.cycle(records):
        tokens += len(logits.decode(value).logits.tail_mass)
        passed = time.perf_counter() - began
        if passed > seconds:
            break
    return tokens / passed


def wait(folder: str) -> None:
    """A student that computes in one thread, as long for each batch as at 10,000 tokens per second."""
    import torch
    from logitstream.dataset import LogitsDataset
    from logitstream.losses import DistillationLoss, Targets

    torch.set_num_threads(1)
    matrix = torch.randn(512, 512)
    steps = iter(LogitsDataset(archive=folder, epochs=1000))
    next(steps)
    waited, tokens, began = 0.0, 0, time.perf_counter()
    while time.perf_counter() - began < STUDENT_SECONDS:
        asked = time.perf_counter()
        step = next(steps)
        begins = time.perf_counter()
        waited += begins - asked
        for record in step.records:
            Targets.of(record, DistillationLoss())
        while time.perf_counter() - begins < step.tokens / STUDENT:
            matrix = torch.tanh(matrix @ matrix)
        tokens += step.tokens
    passed = time.perf_counter() - began
    print(
        f"a student of {STUDENT:,} tokens/s over {passed:.0f} s: {tokens / passed:,.0f} tokens/s, "
        f"share of waiting {100 * waited / passed:.2f} %"
    )


if sys.argv[1] == "decode":
    made = values(sys.argv[2])
    decode(made, float(sys.argv[3]))
    print(f"{decode(made, float(sys.argv[3])):.0f}")
else:
    wait(sys.argv[2])
