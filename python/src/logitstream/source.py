"""Records of a topic, partition by partition: from Kafka, by confluent-kafka."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from logitstream.avro import Schema

LOG = logging.getLogger("logitstream")
POLL_SECONDS = 0.2
WAIT_NOTED_SECONDS = 30.0
# Records of a partition held in memory before it is paused. Pausing throws away what was fetched: it is for partitions
# far ahead of the one whose turn it is.
MOST_BUFFERED = 64


class StoredRecord(NamedTuple):
    """A record and where it stands."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    vocabulary: str | None = None  # SHA-256 over ids and merges of the tokenizer, where the record names it
    schema: Schema | None = None  # that of the value, where the source knows it


VOCABULARY_HEADER = "logitstream-vocabulary"


def vocabulary(headers: Iterable[tuple[str, bytes | None]] | None) -> str | None:
    """Reads the identity of the tokenizer's ids and merges from a record's headers."""
    for name, value in headers or []:
        if name == VOCABULARY_HEADER and value is not None and len(value) == 64:
            return value.decode("ascii", "replace")
    return None


class RecordSource(Protocol):
    """Partitions of a topic that are read from given offsets on."""

    topic: str
    partitions: list[int]

    def beginning(self) -> dict[int, int]:
        """The first offset of each partition."""

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Goes to these offsets."""

    def take(self, partition: int, stop: threading.Event) -> StoredRecord | None:
        """The next record of a partition, waiting for it; None where `stop` was set meanwhile."""

    def close(self) -> None:
        """Lets go of connections."""


class KafkaSource:
    """A topic in Kafka, read without a group's rebalancing and only what is committed.

    settings: further settings of librdkafka, as for security, passed through as they are
    """

    def __init__(self, bootstrap_servers: str, topic: str, settings: Mapping[str, Any] | None = None) -> None:
        try:
            from confluent_kafka import Consumer
        except ImportError:
            raise ImportError("topics in Kafka need confluent-kafka: pip install 'logitstream[kafka]'") from None

        self.topic = topic
        # A group's name is required by the client; with assigned partitions and no commits the group is never made.
        self._consumer = Consumer(
            {
                "group.id": "logitstream-python",
                **(settings or {}),
                "bootstrap.servers": bootstrap_servers,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
            }
        )
        metadata = self._consumer.list_topics(topic, timeout=30).topics[topic]
        if metadata.error is not None or not metadata.partitions:
            self._consumer.close()
            raise ValueError(f"topic {topic} does not exist on {bootstrap_servers}")
        self.partitions = sorted(metadata.partitions)
        self._buffers: dict[int, deque[StoredRecord]] = {}
        self._paused: set[int] = set()

    def beginning(self) -> dict[int, int]:
        from confluent_kafka import TopicPartition

        return {
            partition: self._consumer.get_watermark_offsets(TopicPartition(self.topic, partition), timeout=30)[0]
            for partition in self.partitions
        }

    def seek(self, offsets: Mapping[int, int]) -> None:
        from confluent_kafka import TopicPartition

        self._buffers = {partition: deque() for partition in self.partitions}
        self._paused = set()
        self._consumer.assign([TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()])

    def take(self, partition: int, stop: threading.Event) -> StoredRecord | None:
        buffer = self._buffers[partition]
        begun = noted = time.monotonic()
        while not buffer:
            if stop.is_set():
                return None
            self._poll()
            if time.monotonic() - noted > WAIT_NOTED_SECONDS:
                noted = time.monotonic()
                LOG.info("topic %s, partition %d: no record for %.0f s, waiting", self.topic, partition, noted - begun)
        record = buffer.popleft()
        if partition in self._paused and len(buffer) < MOST_BUFFERED // 2:
            self._resume(partition)
        return record

    def _poll(self) -> None:
        for message in self._consumer.consume(MOST_BUFFERED, POLL_SECONDS):
            if message.error() is not None:
                self._raise_if_fatal(message)
                continue
            buffer = self._buffers[message.partition()]
            buffer.append(
                StoredRecord(
                    message.partition(), message.offset(), message.key(), message.value(), vocabulary(message.headers())
                )
            )
            if len(buffer) >= MOST_BUFFERED and message.partition() not in self._paused:
                self._pause(message.partition())

    def _raise_if_fatal(self, message: Any) -> None:
        from confluent_kafka import KafkaError

        error = message.error()
        if error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            raise ValueError(
                f"topic {self.topic}, partition {message.partition()}: the records at its position are no longer there "
                "(deleted by retention, or the topic was made anew); start again from the beginning"
            )
        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
            raise ValueError(f"topic {self.topic} was deleted while it was read")
        if error.fatal() or not error.retriable() and error.code() != KafkaError._ALL_BROKERS_DOWN:
            raise ValueError(f"topic {self.topic}, partition {message.partition()}: {error.str()}")
        LOG.warning("topic %s: %s", self.topic, error.str())

    def _pause(self, partition: int) -> None:
        from confluent_kafka import TopicPartition

        self._consumer.pause([TopicPartition(self.topic, partition)])
        self._paused.add(partition)

    def _resume(self, partition: int) -> None:
        from confluent_kafka import TopicPartition

        self._consumer.resume([TopicPartition(self.topic, partition)])
        self._paused.discard(partition)

    def close(self) -> None:
        self._consumer.close()
