"""Records of a topic at rest: the folder that `logitstream archive` writes, read without Kafka.

The format is described in docs/reference/archive.md. Files may come from elsewhere: lengths are held against what remains
of the file, or of the block, before memory is taken.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from logitstream.avro import Reader, Schema
from logitstream.source import StoredRecord, vocabulary

FORMAT = "logitstream-archive-1"
LARGEST_BLOCK = 256 << 20
LARGEST_HEADER = 1 << 20
_FILE = re.compile(r"partition-\d{5}/\d{20}\.avro")


class _File(NamedTuple):
    name: str
    first: int
    last: int
    records: int


class ArchiveSource:
    """An archive in the place of a topic.

    folder: the folder with manifest.json; ValueError where it holds no archive that can be used
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        manifest = self._folder / "manifest.json"
        if not manifest.is_file():
            raise ValueError(f"{self._folder} is not an archive: it has no manifest.json")
        try:
            content = json.loads(manifest.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']} is not {FORMAT}")
            self.topic = str(content["topic"]["name"])
            self.partitions = list(range(int(content["topic"]["partitions"])))
            self._files = {partition: _files(content["files"], partition) for partition in self.partitions}
        except (KeyError, TypeError, ValueError) as e:
            raise ValueError(f"{manifest} cannot be used: {e}") from None
        self._readers: dict[int, Iterator[StoredRecord]] = {}

    def beginning(self) -> dict[int, int]:
        """The first offset of each partition; 0 where the archive holds nothing of it."""
        return {partition: files[0].first if files else 0 for partition, files in self._files.items()}

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Goes to these offsets."""
        self._readers = {partition: self._read(partition, offset) for partition, offset in offsets.items()}

    def take(self, partition: int, stop: threading.Event) -> StoredRecord | None:
        """The next record of a partition; ValueError behind the last one, since nothing will come."""
        record = next(self._readers[partition], None)
        if record is None and not stop.is_set():
            raise ValueError(
                f"the archive in {self._folder} ends in partition {partition} before an end-of-corpus marker: it holds a "
                "part of a topic; archive the whole topic, or stop the training before its end"
            )
        return record

    def close(self) -> None:
        """Closes the files."""
        self._readers = {}

    def _read(self, partition: int, offset: int) -> Iterator[StoredRecord]:
        for file in self._files[partition]:
            if file.last < offset:
                continue
            count = 0
            path = self._folder / file.name
            try:
                with path.open("rb") as stream:
                    for record in _records(stream, path.stat().st_size, partition):
                        if not file.first <= record.offset <= file.last:
                            raise ValueError(f"offset {record.offset} is not one of those that the manifest names")
                        count += 1
                        if record.offset >= offset:
                            yield record
                if count != file.records:
                    raise ValueError(f"it holds {count} records instead of {file.records}")
            except (OSError, ValueError) as e:
                raise ValueError(f"{path} is damaged: {e}") from None
            except (AttributeError, KeyError, RecursionError, TypeError):
                # A schema that is damaged in a way that leaves it JSON.
                raise ValueError(f"{path} is damaged: its schema cannot be used") from None


def _files(entries: list[dict[str, Any]], partition: int) -> list[_File]:
    files = [
        _File(str(entry["file"]), int(entry["firstOffset"]), int(entry["lastOffset"]), int(entry["records"]))
        for entry in entries
        if entry["partition"] == partition
    ]
    files.sort(key=lambda file: file.first)
    for number, file in enumerate(files):
        if not _FILE.fullmatch(file.name) or number > 0 and file.first <= files[number - 1].last:
            raise ValueError(f"the entry of file {file.name} contradicts the others")
    return files


def _records(stream: BinaryIO, size: int, partition: int) -> Iterator[StoredRecord]:
    source = _Blocks(stream, size)
    last = -1
    for count, data in source:
        reader = Reader(data)
        for _ in range(count):
            offset = reader.long()
            reader.long()
            key = reader.blob()
            headers = []
            for _ in reader.items():
                name = reader.blob()
                headers.append((name.decode("utf-8", "replace"), reader.blob() if reader.long() == 1 else None))
            begin = reader.at
            reader.value(source.value_schema)
            if offset <= last:
                raise ValueError(f"offset {offset} does not follow {last}")
            last = offset
            # Confluent's wire format, with an id that stands for the schema of the file.
            value = b"\0\0\0\0\0" + data[begin : reader.at]
            yield StoredRecord(partition, offset, key, value, vocabulary(headers), source.value_schema)
        if reader.at != len(data):
            raise ValueError("bytes are left over in a block")


class _Blocks:
    """Blocks of an Avro object container file, unpacked."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._remaining = size
        if self._bytes(4) != b"Obj\x01":
            raise ValueError("it does not begin as an Avro object container file")
        header: dict[str, bytes] = {}
        while count := self._long():
            if count < 0:
                self._long()
            for _ in range(abs(count)):
                name = self._header_blob().decode("utf-8", "replace")
                header[name] = self._header_blob()
        schema = json.loads(header.get("avro.schema", b"null"))
        if not isinstance(schema, dict) or schema.get("name") != "ArchivedRecord":
            raise ValueError("it is not a file of an archive")
        fields = schema["fields"]
        if [field["name"] for field in fields] != ["offset", "timestamp", "key", "headers", "value"]:
            raise ValueError("its schema is not that of an archive's file")
        self.value_schema = Schema(fields[4]["type"])
        self._codec = header.get("avro.codec", b"null")
        if self._codec not in (b"null", b"zstandard"):
            raise ValueError(f"its codec is {self._codec!r} instead of zstandard or null")
        self._sync = self._bytes(16)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while self._remaining:
            count, size = self._long(), self._long()
            if count < 0 or not 0 <= size <= min(self._remaining, LARGEST_BLOCK):
                raise ValueError(f"a block of {count} records and {size} bytes is impossible")
            data = self._bytes(size)
            if self._bytes(16) != self._sync:
                raise ValueError("a block does not end where it should")
            if self._codec == b"zstandard":
                data = _unpacked(data)
            if count > len(data):
                raise ValueError(f"a block of {len(data)} bytes cannot hold {count} records")
            yield count, data

    def _header_blob(self) -> bytes:
        length = self._long()
        if not 0 <= length <= LARGEST_HEADER:
            raise ValueError(f"its header has a field of {length} bytes")
        return self._bytes(length)

    def _bytes(self, count: int) -> bytes:
        if count > self._remaining:
            raise ValueError("it ends too early")
        data = self._stream.read(count)
        if len(data) != count:
            raise ValueError("it ends too early")
        self._remaining -= count
        return data

    def _long(self) -> int:
        value = shift = 0
        while True:
            if shift > 63:
                raise ValueError("a number is longer than 10 bytes")
            byte = self._bytes(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)


def _unpacked(packed: bytes) -> bytes:
    """The content of zstd frames, which do not tell their size."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]

        error: type[Exception] = zstd.ZstdError
        stream: Any = zstd.ZstdFile(io.BytesIO(packed))
    except ImportError:
        try:
            import zstandard
        except ImportError:
            raise ImportError("archives need zstd: pip install 'logitstream[archive]'") from None
        error = zstandard.ZstdError
        stream = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True)
    data = bytearray()
    try:
        with stream:
            while part := stream.read(1 << 20):
                data += part
                if len(data) > LARGEST_BLOCK:
                    raise ValueError(f"a block unpacks to more than {LARGEST_BLOCK} bytes")
    except (error, EOFError) as e:
        raise ValueError(f"a block cannot be unpacked: {e}") from None
    return bytes(data)
