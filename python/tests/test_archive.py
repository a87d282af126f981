"""An archive that the Java command wrote, read in the place of a topic."""

from __future__ import annotations

import random
import shutil
import threading
from pathlib import Path

import pytest

from logitstream import logits
from logitstream.archive import ArchiveSource
from logitstream.dataset import LogitsDataset
from logitstream.source import StoredRecord

ARCHIVE = Path(__file__).parent / "data" / "archive"
STOP = threading.Event()


def _zstd() -> bool:
    try:
        import compression.zstd  # noqa: F401
    except ImportError:
        try:
            import zstandard  # noqa: F401
        except ImportError:
            return False
    return True


pytestmark = pytest.mark.skipif(not _zstd(), reason="no zstd: pip install 'logitstream[archive]'")


def _take_all(source: ArchiveSource, partition: int) -> list[StoredRecord]:
    records = []
    while not records or not records[-1].key.endswith(b"/end"):  # type: ignore[union-attr]
        record = source.take(partition, STOP)
        assert record is not None
        records.append(record)
    return records


def test_all_records_of_both_partitions_are_read_and_decoded() -> None:
    source = ArchiveSource(ARCHIVE)
    source.seek(source.beginning())

    assert (source.topic, source.partitions) == ("logits", [0, 1])
    for partition in source.partitions:
        records = _take_all(source, partition)
        assert len(records) == 9
        assert [record.offset for record in records] == sorted({record.offset for record in records})
        for record in records[:-1]:
            batch = logits.decode(record.value or b"")
            assert batch.tokens.shape == (2, 17)
            assert batch.teacher is not None and batch.teacher.id == "java-4m"


def test_reading_goes_on_at_an_offset() -> None:
    source = ArchiveSource(ARCHIVE)
    source.seek(source.beginning())
    records = _take_all(source, 1)

    source.seek({1: records[4].offset})
    assert source.take(1, STOP) == records[4]


def test_behind_the_last_record_nothing_is_waited_for() -> None:
    source = ArchiveSource(ARCHIVE)
    source.seek(source.beginning())
    _take_all(source, 0)

    with pytest.raises(ValueError, match="ends in partition 0"):
        source.take(0, STOP)


def test_the_dataset_gives_the_topics_order_and_goes_on_from_its_state() -> None:
    whole = list(LogitsDataset(archive=ARCHIVE, batches_per_step=2))
    assert [step.batches for step in whole] == [2, 4, 6, 8, 10, 12, 14, 16]
    assert [record.batch for step in whole for record in step.records] == list(range(16))

    first = LogitsDataset(archive=ARCHIVE, batches_per_step=2)
    steps = iter(first)
    for _ in range(3):
        next(steps)
    state = first.state_dict()
    steps.close()  # type: ignore[attr-defined]
    second = LogitsDataset(archive=ARCHIVE, batches_per_step=2)
    second.load_state_dict(state)
    assert [record.batch for step in second for record in step.records] == list(range(6, 16))


def test_damage_is_a_value_error(tmp_path: Path) -> None:
    shutil.copytree(ARCHIVE, tmp_path / "archive")
    file = next((tmp_path / "archive" / "partition-00000").glob("*.avro"))
    sound = file.read_bytes()
    chance = random.Random(5)
    refused = 0
    for _ in range(300):
        damaged = bytearray(sound)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.choice([chance.randrange(200), chance.randrange(len(damaged))])] = chance.randrange(256)
        file.write_bytes(damaged[: chance.choice([len(damaged), len(damaged), chance.randrange(len(damaged))])])
        source = ArchiveSource(tmp_path / "archive")
        source.seek(source.beginning())
        try:
            _take_all(source, 0)
        except ValueError as e:
            refused += 1
            assert str(file) in str(e)
    assert refused > 150


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not an archive"):
        ArchiveSource(tmp_path)
