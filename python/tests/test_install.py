"""What the package needs, and what it says where something is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1]
ARCHIVE = PYTHON / "tests/data/archive"


def run(code: str, *missing: str) -> subprocess.CompletedProcess:
    """Runs code in a Python where some modules cannot be imported."""
    hidden = "".join(f"sys.modules[{name!r}] = None; " for name in missing)
    program = f"import sys; sys.path.insert(0, {str(PYTHON / 'src')!r}); {hidden}{code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_without_torch_numba_and_kafka_records_of_an_archive_are_decoded():
    pytest.importorskip("zstandard")
    code = f"""
import threading
import logitstream
from logitstream import order, registry, schedules, source
from logitstream.archive import ArchiveSource
batches = order.BatchOrder(ArchiveSource({str(ARCHIVE)!r}))
given = batches.next(threading.Event())
record = logitstream.decode(given.record.value)
print(record.tokens.shape, "torch" in sys.modules and sys.modules["torch"] is not None)
"""
    done = run(code, "torch", "numba", "confluent_kafka")

    assert done.stdout == "(2, 17) False\n", done.stderr


@pytest.mark.parametrize(
    ("code", "missing", "message"),
    [
        ("import logitstream.dataset", "torch", "logitstream.dataset needs PyTorch: pip install 'logitstream[torch]'"),
        ("import logitstream.losses", "torch", "logitstream.losses needs PyTorch: pip install 'logitstream[torch]'"),
        (
            "from logitstream.source import KafkaSource; KafkaSource('localhost:1', 'logits')",
            "confluent_kafka",
            "topics in Kafka need confluent-kafka: pip install 'logitstream[kafka]'",
        ),
        (
            "from logitstream.dataset import LogitsDataset; next(iter(LogitsDataset('localhost:1')))",
            "confluent_kafka",
            "topics in Kafka need confluent-kafka: pip install 'logitstream[kafka]'",
        ),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(code, missing, message):
    pytest.importorskip("torch")
    done = run(code, missing)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ImportError: {message}"
    assert "During handling" not in done.stderr


@pytest.mark.parametrize("example", ["train_torchrun", "hf_trainer"])
def test_an_example_says_in_one_line_what_is_missing(example):
    for module in ("torch", "transformers"):
        done = run(f"sys.path.insert(0, {str(PYTHON / 'examples')!r}); import {example}", module)

        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(f"{example}.py: ") and module in done.stderr
        assert "python[fast,kafka,examples]" in done.stderr
