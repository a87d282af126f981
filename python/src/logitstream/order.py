"""The order of batches: a function of the topic and the settings, never of timing.

One record of each partition in turn, as the Java student reads them; batches have running numbers over all partitions.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from logitstream import logits
from logitstream.avro import Reader, Schema
from logitstream.logits import Envelope, Teacher
from logitstream.registry import SchemaRegistry
from logitstream.source import RecordSource, StoredRecord
from logitstream.tokenizer import TokenizerIdentity

LOG = logging.getLogger("logitstream")
ANY_TEACHER = "any"
SHORTEST_HASH = 8
FORMAT = 1
# Confluent's wire format: a zero byte and the id of the schema, then the value.
ID_END = 5


class Given(NamedTuple):
    """A batch whose turn it is, not yet decoded."""

    record: StoredRecord
    envelope: Envelope


@dataclass
class Position:
    """Position of reading, after the batches that were returned."""

    offsets: dict[int, int]
    turn: int
    epoch: int = 0
    batches: int = 0
    copies_given: int = 0
    # For each partition the corpora seen there, and whether their end markers were seen.
    corpora: dict[int, dict[str, bool]] = field(default_factory=dict)
    # Batches of each corpus: found in this pass, and according to its end marker.
    counted: dict[str, int] = field(default_factory=dict)
    announced: dict[str, int] = field(default_factory=dict)
    teacher: str | None = None
    tokenizer_hash: str | None = None
    # The last record read of each partition, to detect a topic that was created again.
    last: dict[int, tuple[int, str]] = field(default_factory=dict)


class BatchOrder:
    """Returns batches in order.

    corpora:  weight of each corpus: how often its batches come in an epoch; 1 where a corpus is not named, 0 leaves it out
    teachers: names, or beginnings of weights hashes, of the teachers to learn from; "any" takes all; None takes the
              first one that comes, and refuses another
    seed:     of what is taken of a corpus whose weight is no whole number, as in the Java student
    teacher_steps: first and last of the teacher's own training steps, each None for no limit; other records are left out
    tokenizer_hash: of the tokenizer.json that made the topic, or the value of the record header logitstream-vocabulary
    tokenizer: that made the topic; another file with the same ids and merges is the same tokenizer
    registry: has the schemas of the records; None takes them for records of this version or an earlier one
    """

    def __init__(
        self,
        source: RecordSource,
        corpora: Mapping[str, float] | None = None,
        teachers: Sequence[str] | None = None,
        tokenizer_hash: str | None = None,
        seed: int = 1,
        registry: SchemaRegistry | None = None,
        teacher_steps: tuple[int | None, int | None] | None = None,
        tokenizer: TokenizerIdentity | None = None,
    ) -> None:
        first, last = teacher_steps or (None, None)
        if first is not None and last is not None and first > last:
            raise ValueError(f"teacher_steps: {first} is after {last}")
        self._teacher_steps = None if teacher_steps is None else (first, last)
        self._source = source
        self._registry = registry
        self._weights = dict(corpora or {})
        self._teachers = teachers
        self._tokenizer_hash = tokenizer_hash
        self._tokenizer = tokenizer
        self._vocabulary: str | None = None
        self._seed = seed
        self._current: StoredRecord | None = None
        self._last_keys: dict[tuple[int, str], tuple[int, int]] = {}
        self.position = Position(source.beginning(), source.partitions[0])
        source.seek(self.position.offsets)

    def next_epoch(self) -> None:
        """Begins the next pass over the topic."""
        old = self.position
        self.position = Position(
            self._source.beginning(),
            self._source.partitions[0],
            old.epoch + 1,
            old.batches,
            teacher=old.teacher,
            tokenizer_hash=old.tokenizer_hash,
        )
        self._last_keys.clear()
        self._source.seek(self.position.offsets)

    def next(self, stop: threading.Event) -> Given | None:
        """Returns the next batch; None at the end of the corpora, or if `stop` was set."""
        position = self.position
        while not all(self._is_ended(partition) for partition in self._source.partitions):
            partition = position.turn
            if not self._is_ended(partition):
                record = self._current or self._source.take(partition, stop)
                if record is None:
                    return None
                given = self._look(record)
                if given is not None:
                    return given
            position.turn = self._following(partition)
        self._note_missing()
        return None

    def _look(self, record: StoredRecord) -> Given | None:
        envelope = self._envelope(record)
        position, partition = self.position, record.partition
        position.offsets[partition] = record.offset + 1
        if record.value is not None:
            position.last[partition] = record.offset, _digest(record.value)
        corpus = envelope.corpus
        if envelope.end_of_corpus is not None:
            if self._weight(corpus) > 0:
                position.announced[corpus] = envelope.end_of_corpus[0]
                position.corpora.setdefault(partition, {})[corpus] = True
            return None
        if position.copies_given == 0:
            self._require_in_order(record, envelope)
            position.counted[corpus] = position.counted.get(corpus, 0) + 1
            if self._weight(corpus) > 0:
                position.corpora.setdefault(partition, {}).setdefault(corpus, False)
        copies = self._copies(envelope) if self._accepts(record, envelope) else 0
        if position.copies_given >= copies:
            self._leave()
            return None
        position.copies_given += 1
        position.batches += 1
        if position.copies_given == copies:
            self._leave()
            position.turn = self._following(partition)
        else:
            # Returned again next time, also after a restart.
            self._current = record
            position.offsets[partition] = record.offset
        return Given(record, envelope)

    def _leave(self) -> None:
        self._current = None
        self.position.copies_given = 0

    def _following(self, partition: int) -> int:
        partitions = self._source.partitions
        return partitions[(partitions.index(partition) + 1) % len(partitions)]

    def _is_ended(self, partition: int) -> bool:
        corpora = self.position.corpora.get(partition, {})
        named = [corpus for corpus, weight in self._weights.items() if weight > 0]
        return bool(corpora) and all(corpora.values()) and all(corpora.get(corpus, False) for corpus in named)

    def _weight(self, corpus: str) -> float:
        return self._weights.get(corpus, 1.0)

    def _copies(self, envelope: Envelope) -> int:
        weight = self._weight(envelope.corpus)
        whole = int(weight)
        if weight == whole:
            return whole
        text = f"{self._seed}/{self.position.epoch}/{envelope.key}"
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 11
        return whole + (number * 2.0**-53 < weight - whole)

    def _envelope(self, record: StoredRecord) -> Envelope:
        if record.value is None:
            raise ValueError(f"{self._address(record)}: a record without a value")
        try:
            envelope = self._read(record.value, record.schema)
        except ValueError as e:
            raise ValueError(f"{self._address(record)}: {e}") from None
        key = (record.key or b"").decode("utf-8", "replace")
        if key != envelope.key:
            raise ValueError(f"{self._address(record)}: its key is '{key[:200]}', but it holds {envelope.key}")
        self._require_same_tokenizer(record, envelope)
        return envelope

    def _require_same_tokenizer(self, record: StoredRecord, envelope: Envelope) -> None:
        """Another tokenizer.json with the same ids and merges is the same tokenizer."""
        if self._tokenizer is not None:
            file, hash, vocabulary, size = self._tokenizer
            if not self._tokenizer.made(envelope.tokenizer_hash, record.vocabulary, envelope.vocabulary_size):
                reason = (
                    "the record does not name its ids and merges, and a Unigram file is recognised by its bytes alone"
                    if record.vocabulary is None and vocabulary is None
                    else "the record does not name its ids and merges"
                    if record.vocabulary is None
                    else "a Unigram file is recognised by its bytes alone"
                    if vocabulary is None
                    else "ids or merges differ"
                )
                raise ValueError(
                    f"{self._address(record)}: made with tokenizer {envelope.tokenizer_hash} of "
                    f"{envelope.vocabulary_size} ids, but {file} is {hash} of {size} ids; {reason}"
                )
            self.position.tokenizer_hash = hash
            return
        expected = self._tokenizer_hash or self.position.tokenizer_hash
        same_ids = record.vocabulary is not None and record.vocabulary in (self._vocabulary, expected)
        if expected is not None and envelope.tokenizer_hash != expected and not same_ids:
            raise ValueError(
                f"{self._address(record)}: made with tokenizer {envelope.tokenizer_hash}, but {expected} is expected"
            )
        if not same_ids:
            self.position.tokenizer_hash = envelope.tokenizer_hash
            self._vocabulary = record.vocabulary

    def _read(self, value: bytes, schema: Schema | None) -> Envelope:
        if schema is None and self._registry is not None and len(value) >= ID_END and value[0] == 0:
            schema = self._registry.schema(int.from_bytes(value[1:ID_END], "big"))
        if schema is None:
            return logits.envelope(value)
        if schema.name != "LogitsBatch":
            raise ValueError(f"{logits.REFUSED}its schema is {schema.name}, not LogitsBatch; is this a logits topic?")
        reader = Reader(value, ID_END)
        try:
            fields = reader.value(schema)
        except ValueError as e:
            raise ValueError(f"{logits.REFUSED}{e}") from None
        if reader.at != len(value):
            raise ValueError(f"{logits.REFUSED}bytes are left over after the LogitsBatch")
        return logits.envelope_of(int.from_bytes(value[1:ID_END], "big"), fields)

    def _accepts(self, record: StoredRecord, envelope: Envelope) -> bool:
        teacher = envelope.teacher
        if teacher is None:
            raise ValueError(f"{self._address(record)}: a batch without a teacher; is this the tokens topic?")
        if self._teacher_steps is not None:
            step = teacher.training_step
            if step is None:
                raise ValueError(
                    f"{self._address(record)}: was not made by a teacher in training; leave teacher_steps out"
                )
            first, last = self._teacher_steps
            if first is not None and step < first or last is not None and step > last:
                return False
        if self._teachers is not None:
            return any(
                name in (ANY_TEACHER, teacher.id)
                or (len(name) >= SHORTEST_HASH and teacher.weights_hash.startswith(name))
                for name in self._teachers
            )
        identity = _identity(teacher)
        if self.position.teacher not in (None, identity):
            raise ValueError(
                f"{self._address(record)}: was made by teacher {identity}, but the earlier records were made by "
                f"teacher {self.position.teacher}; name the teachers to learn from, or take them all: teachers=['any']"
            )
        self.position.teacher = identity
        return True

    def _require_in_order(self, record: StoredRecord, envelope: Envelope) -> None:
        place = envelope.shard, envelope.batch
        last = self._last_keys.get((record.partition, envelope.corpus))
        if last is not None and place <= last:
            raise ValueError(f"{self._address(record)}: the topic holds batch {envelope.key} twice or out of order")
        self._last_keys[record.partition, envelope.corpus] = place

    def _note_missing(self) -> None:
        for corpus, batches in self.position.announced.items():
            counted = self.position.counted.get(corpus, 0)
            if counted < batches:
                LOG.warning(
                    "topic %s holds %d of the %d batches of corpus %s; the others are in the teacher's dead-letter topic",
                    self._source.topic,
                    counted,
                    batches,
                    corpus,
                )

    def _address(self, record: StoredRecord) -> str:
        return f"topic {self._source.topic}, partition {record.partition}, offset {record.offset}"

    def state(self) -> dict[str, Any]:
        """Returns the position as plain values for JSON, pickle and torch.save."""
        position = self.position
        return {
            "format": FORMAT,
            "topic": self._source.topic,
            "offsets": {str(partition): offset for partition, offset in position.offsets.items()},
            "last": {str(partition): list(last) for partition, last in position.last.items()},
            "turn": position.turn,
            "epoch": position.epoch,
            "batches": position.batches,
            "copiesGiven": position.copies_given,
            "corpora": {str(partition): dict(corpora) for partition, corpora in position.corpora.items()},
            "counted": dict(position.counted),
            "announced": dict(position.announced),
            "teacher": position.teacher,
            "tokenizerHash": position.tokenizer_hash,
            "vocabulary": self._vocabulary if self._tokenizer is None else self._tokenizer.vocabulary,
            "settings": self._settings(),
        }

    def restore(self, state: Mapping[str, Any], stop: threading.Event) -> None:
        """Continues from a state; raises ValueError if it was made with another topic or other settings."""
        source = self._source
        if state.get("format") != FORMAT:
            raise ValueError(f"a state of format {state.get('format')}; this version reads {FORMAT}")
        if state["topic"] != source.topic:
            raise ValueError(f"the state was made from topic {state['topic']}, not from {source.topic}")
        offsets = {int(partition): offset for partition, offset in state["offsets"].items()}
        if sorted(offsets) != source.partitions:
            raise ValueError(
                f"topic {source.topic} has {len(source.partitions)} partitions, but the state was made from {len(offsets)}"
            )
        if state["settings"] != self._settings():
            raise ValueError(f"the state was made with {state['settings']}, not with {self._settings()}")
        if self._tokenizer_hash is not None and state["tokenizerHash"] not in (None, self._tokenizer_hash):
            raise ValueError(f"the state was made with tokenizer {state['tokenizerHash']}, not {self._tokenizer_hash}")
        last = {int(partition): (offset, digest) for partition, (offset, digest) in state["last"].items()}
        self._require_same_records(last, stop)
        self.position = Position(
            offsets,
            state["turn"],
            state["epoch"],
            state["batches"],
            state["copiesGiven"],
            {int(partition): dict(corpora) for partition, corpora in state["corpora"].items()},
            dict(state["counted"]),
            dict(state["announced"]),
            state["teacher"],
            state["tokenizerHash"],
            last,
        )
        # States of earlier versions have none.
        self._vocabulary = state.get("vocabulary")
        self._current = None
        self._last_keys.clear()
        source.seek(offsets)

    def _require_same_records(self, last: Mapping[int, tuple[int, str]], stop: threading.Event) -> None:
        self._source.seek({partition: offset for partition, (offset, _) in last.items()})
        for partition, (offset, digest) in last.items():
            record = self._source.take(partition, stop)
            if record is None:
                return
            value = record.value or b""
            # States of the first version hold a digest with the schema id, which is another one in an archive.
            if record.offset != offset or digest not in (_digest(value), hashlib.sha256(value).hexdigest()):
                raise ValueError(
                    f"topic {self._source.topic}, partition {partition}: the record at offset {offset} is not the one "
                    "that the state was made with; the topic was made anew, or its retention has passed the position"
                )

    def _settings(self) -> dict[str, Any]:
        return {
            "corpora": dict(sorted(self._weights.items())),
            "teachers": None if self._teachers is None else list(self._teachers),
            "seed": self._seed,
            # Left out where there are none, so that states of earlier versions are those of the same settings.
            **({} if self._teacher_steps is None else {"teacherSteps": list(self._teacher_steps)}),
        }


def _digest(value: bytes) -> str:
    """SHA-256 without the id of the schema, which differs between registries, and between a topic and its archive."""
    return hashlib.sha256(value[ID_END:]).hexdigest()


def _identity(teacher: Teacher) -> str:
    return f"{teacher.id} (weights {teacher.weights_hash})"
