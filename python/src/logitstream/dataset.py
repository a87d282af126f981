"""The batches of a logits topic as a dataset for PyTorch, split over ranks and resumable."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

try:
    import torch
except ImportError:
    raise ImportError("logitstream.dataset needs PyTorch: pip install 'logitstream[torch]'") from None
import torch.distributed
import torch.utils.data

from logitstream import logits
from logitstream.archive import ArchiveSource
from logitstream.logits import Record
from logitstream.order import BatchOrder, Given
from logitstream.registry import SchemaRegistry
from logitstream.source import KafkaSource, RecordSource
from logitstream.tokenizer import tokenizer_identity

STATE = "position"


@dataclass(frozen=True)
class Step:
    """A rank's part of an optimizer step. Not a tuple: a DataLoader would turn its parts into tensors.

    records:     the rank's batches; none where the last step of a pass has fewer batches than there are ranks
    tokens:      predicted tokens of all ranks in the step: a mean over the step weighs each rank by its share of them
    batches:     batches given to all ranks up to and with this step
    """

    records: list[Record]
    tokens: int
    batches: int

    @property
    def own_tokens(self) -> int:
        """Predicted tokens of this rank in the step."""
        return sum(record.tokens.shape[0] * (record.tokens.shape[1] - 1) for record in self.records)


class LogitsDataset(torch.utils.data.IterableDataset):
    """Steps of batches, read live while the topic is written or by replay: it waits at the end of a partition until the
    end-of-corpus marker.

    Each step has `batches_per_step` consecutive batches of the topic's order, which the ranks share: batch i of a step is
    rank i mod world_size's. All ranks get the same number of steps. A rank reads all records and decodes its own, so that
    its state holds for any rank and any number of ranks.

    bootstrap_servers, topic, settings: the topic, and librdkafka's further settings (security)
    registry:         Schema Registry that has the schemas of the records: its address, or the settings of
                      confluent-kafka's SchemaRegistryClient; None reads records of this version and of earlier ones
    batches_per_step: batches of a step over all ranks, a multiple of world_size
    epochs:           passes over the topic
    corpora, teachers, teacher_steps, tokenizer_hash, seed: see BatchOrder
    tokenizer:        folder of the tokenizer that made the topic, or its tokenizer.json: a topic of another one is refused
    rank, world_size: of torch.distributed where it is initialised, else of RANK and WORLD_SIZE, else 0 of 1
    prefetch:         steps decoded ahead, in a thread of its own
    archive:          folder of an archive of the topic, read in the place of Kafka
    source:           makes the source of records in the place of Kafka, in the process that reads

    ValueError, with the address, for a record that cannot be used; RegistryError where the registry cannot be asked. With workers of a DataLoader each decodes every n-th
    step; use batch_size=None. `state_dict` is that of the last step taken, for StatefulDataLoader or a checkpoint.
    """

    def __init__(
        self,
        bootstrap_servers: str = "localhost:9092",
        topic: str = "logits",
        settings: Mapping[str, Any] | None = None,
        *,
        registry: str | Mapping[str, Any] | None = None,
        batches_per_step: int = 1,
        epochs: int = 1,
        corpora: Mapping[str, float] | None = None,
        teachers: Sequence[str] | None = None,
        teacher_steps: tuple[int | None, int | None] | None = None,
        tokenizer_hash: str | None = None,
        tokenizer: str | os.PathLike[str] | None = None,
        seed: int = 1,
        rank: int | None = None,
        world_size: int | None = None,
        prefetch: int = 4,
        archive: str | os.PathLike[str] | None = None,
        source: Callable[[], RecordSource] | None = None,
    ) -> None:
        self._rank = _of_ranks(rank, "RANK", torch.distributed.get_rank, 0)
        self._world_size = _of_ranks(world_size, "WORLD_SIZE", torch.distributed.get_world_size, 1)
        if not 0 <= self._rank < self._world_size:
            raise ValueError(f"rank {self._rank} is not one of {self._world_size}")
        if batches_per_step < 1 or batches_per_step % self._world_size:
            raise ValueError(f"{batches_per_step} batches per step cannot be shared by {self._world_size} ranks alike")
        if epochs < 1 or prefetch < 1:
            raise ValueError(f"epochs {epochs} and prefetch {prefetch} must be at least 1")
        self._batches_per_step = batches_per_step
        self._epochs = epochs
        self._prefetch = prefetch
        if archive is not None and source is not None:
            raise ValueError("give archive or source, not both")
        if tokenizer is not None and tokenizer_hash is not None:
            raise ValueError("give tokenizer or tokenizer_hash, not both")
        if archive is not None:
            source = partial(ArchiveSource, os.fspath(archive))
        self._open = source or partial(KafkaSource, bootstrap_servers, topic, settings)
        self._registry = registry
        if registry is not None:
            # Settings that cannot be are told here, and not by the thread that reads.
            SchemaRegistry(registry)
        self._order = {
            "corpora": corpora,
            "teachers": teachers,
            "teacher_steps": teacher_steps,
            "tokenizer_hash": tokenizer_hash,
            "tokenizer": None if tokenizer is None else tokenizer_identity(tokenizer),
            "seed": seed,
        }
        self._documents: tuple[int | None, str] | None = None
        self._state: dict[str, Any] | None = None

    def state_dict(self) -> dict[str, Any]:
        """Returns the position after the last step taken, as JSON under one key.

        The key is there before the first step too, because torch's DCP restores the keys that it finds in a new object.
        """
        return {STATE: json.dumps(self._state)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues after that step at the next iteration."""
        # States of earlier versions have the position itself.
        self._state = json.loads(state[STATE]) if STATE in state else dict(state) or None

    def __iter__(self) -> Iterator[Step]:
        worker = torch.utils.data.get_worker_info()
        steps: queue.Queue[Any] = queue.Queue(self._prefetch)
        stop = threading.Event()
        reader = threading.Thread(
            target=self._fill,
            args=(steps, stop, worker.id if worker else 0, worker.num_workers if worker else 1),
            name="logitstream-prefetch",
            daemon=True,
        )
        reader.start()
        try:
            while True:
                item = steps.get()
                if item is None:
                    return
                if isinstance(item, BaseException):
                    raise item
                step, self._state = item
                yield step
        finally:
            stop.set()
            while not steps.empty():
                steps.get_nowait()
            reader.join()

    def _fill(self, steps: queue.Queue[Any], stop: threading.Event, worker: int, workers: int) -> None:
        try:
            for item in self._read(stop, worker, workers):
                if not _put(steps, item, stop):
                    return
            _put(steps, None, stop)
        except BaseException as e:  # noqa: BLE001
            # Raised in the thread that iterates.
            _put(steps, e, stop)

    def _read(self, stop: threading.Event, worker: int, workers: int) -> Iterator[tuple[Step, dict[str, Any]]]:
        source = self._open()
        try:
            registry = None if self._registry is None else SchemaRegistry(self._registry)
            order = BatchOrder(source, **self._order, registry=registry)  # type: ignore[arg-type]
            number = 0
            if self._state is not None:
                order.restore(self._state, stop)
                number = self._state.get("steps", 0)
            while not stop.is_set():
                step = self._step(order, stop, decoded=number % workers == worker)
                if stop.is_set():
                    return
                if step is None:
                    if order.position.epoch + 1 >= self._epochs:
                        return
                    order.next_epoch()
                    continue
                number += 1
                if (number - 1) % workers == worker:
                    yield step, {**order.state(), "steps": number}
        finally:
            source.close()

    def _require_same_documents(self, given: Given) -> None:
        """All batches of a topic have joined documents, or isolated ones that the same token ends."""
        document_end = given.envelope.document_end
        if self._documents is None:
            self._documents = (document_end, given.envelope.key)
        elif self._documents[0] != document_end:
            before, key = self._documents
            raise ValueError(
                f"partition {given.record.partition}, offset {given.record.offset}: the topic mixes documents: those of "
                f"batch {given.envelope.key} are {_described(document_end)}, but those of batch {key} are "
                f"{_described(before)}; publish each corpus into a topic of its own"
            )

    def _step(self, order: BatchOrder, stop: threading.Event, decoded: bool) -> Step | None:
        records: list[Record] = []
        tokens = 0
        for index in range(self._batches_per_step):
            given = order.next(stop)
            if given is None:
                if index == 0:
                    return None
                break
            envelope = given.envelope
            self._require_same_documents(given)
            tokens += envelope.rows * (envelope.length - 1)
            if decoded and index % self._world_size == self._rank:
                try:
                    records.append(logits.decode_envelope(envelope))
                except ValueError as e:
                    raise ValueError(f"partition {given.record.partition}, offset {given.record.offset}: {e}") from None
        return Step(records, tokens, order.position.batches)


def _described(document_end: int | None) -> str:
    return "joined" if document_end is None else f"isolated (token {document_end} ends them)"


def _put(steps: queue.Queue[Any], item: Any, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            steps.put(item, timeout=0.2)
            return True
        except queue.Full:
            continue
    return False


def _of_ranks(given: int | None, variable: str, of_torch: Callable[[], int], alone: int) -> int:
    if given is not None:
        return given
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return of_torch()
    return int(os.environ.get(variable, alone))
