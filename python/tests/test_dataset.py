"""Order, ranks and resuming, on topics in memory."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading

import numpy as np
import pytest
import topics

pytest.importorskip("torch")

from logitstream.dataset import LogitsDataset
from logitstream.tokenizer import tokenizer_identity


def dataset(records, **settings):
    return LogitsDataset(source=lambda: topics.MemorySource(records), **{"rank": 0, "world_size": 1, **settings})


def keys(steps):
    return [f"{r.corpus}/{r.shard:05d}/{r.batch:07d}" for step in steps for r in step.records]


def in_order(records):
    turns = itertools.zip_longest(*[[key for _, key, _ in partition] for partition in records])
    return [key.decode() for turn in turns for key in turn if key is not None and not key.endswith(b"/end")]


@pytest.mark.parametrize("batches", [1, 10, 11, 24])
@pytest.mark.parametrize("partitions", [1, 3, 4])
def test_batches_come_once_and_in_the_topics_order(batches, partitions):
    records = topics.topic(batches, partitions)

    assert keys(dataset(records)) == in_order(records)


@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 6])
def test_ranks_share_each_step_and_keep_in_step(world_size):
    records = topics.topic(26, 4)

    ranks = [
        list(dataset(records, rank=rank, world_size=world_size, batches_per_step=12)) for rank in range(world_size)
    ]

    assert [len(steps) for steps in ranks] == [3] * world_size
    for n, step in enumerate(zip(*ranks)):
        shared = [keys([part]) for part in step]
        woven = [key for turn in itertools.zip_longest(*shared) for key in turn if key is not None]
        assert woven == in_order(records)[12 * n : 12 * n + 12]
        assert {part.tokens for part in step} == {sum(part.own_tokens for part in step)}
        assert {part.batches for part in step} == {min(26, 12 * n + 12)}


def test_a_run_that_is_resumed_at_other_world_sizes_trains_on_each_batch_once():
    records = topics.topic(48, 4)
    state, trained = {}, []
    for world_size, steps in ((1, 2), (2, 3), (4, 1), (2, 6)):
        ranks = [dataset(records, rank=rank, world_size=world_size, batches_per_step=4) for rank in range(world_size)]
        for rank in ranks:
            rank.load_state_dict(json.loads(json.dumps(state)))
        taken = [list(itertools.islice(iter(rank), steps)) for rank in ranks]
        for step in zip(*taken):
            trained += [key for turn in itertools.zip_longest(*map(keys, ([p] for p in step))) for key in turn if key]
        states = [rank.state_dict() for rank in ranks]
        assert all(other == states[0] for other in states)
        state = states[0]

    assert trained == in_order(records)


def test_epochs_give_the_topic_again():
    records = topics.topic(5, 2)
    whole = keys(dataset(records, epochs=3))
    resumed = dataset(records, epochs=3)
    first = list(itertools.islice(iter(resumed), 7))

    assert whole == in_order(records) * 3
    assert keys(first) + keys(resumed) == whole


def test_weights_leave_corpora_out_and_give_them_twice():
    ours, others = topics.topic(6, 2), topics.topic(4, 2, corpus="other")
    records = [[(i, *record[1:]) for i, record in enumerate(a + b)] for a, b in zip(ours, others)]

    given = keys(dataset(records, corpora={"demo": 2, "other": 0}))
    resumed = dataset(records, corpora={"demo": 2, "other": 0})
    first = list(itertools.islice(iter(resumed), 5))

    assert given == [key for key in in_order(ours) for _ in range(2)]
    assert keys(first) + keys(resumed) == given


@pytest.mark.parametrize(
    ("steps", "taken"),
    [((3, 6), range(3, 7)), ((None, 4), range(5)), ((8, None), range(8, 10)), ((None, None), range(10))],
)
def test_records_of_other_steps_of_the_teacher_are_left_out(steps, taken):
    records = topics.topic(10, 2)
    for n in range(10):
        records[n % 2][n // 2] = (n, *topics.batch("demo", n // 7, n % 7, training_step=n))
    for part in records:
        part[-1] = (100, *part[-1][1:])

    given = [record.teacher.training_step for step in dataset(records, teacher_steps=steps) for record in step.records]

    assert given == list(taken)


def test_steps_of_a_finished_teacher_and_an_empty_range_are_refused():
    with pytest.raises(ValueError, match="partition 0, offset 1: was not made by a teacher in training"):
        list(dataset(topics.topic(4, 2), teacher_steps=(1, None)))
    with pytest.raises(ValueError, match="5 is after 3"):
        list(dataset(topics.topic(4, 2), teacher_steps=(5, 3)))


def test_live_it_waits_for_records_until_the_end_marker():
    records = topics.topic(6, 2)
    late = [partition[1:] for partition in records]
    growing = [partition[:1] for partition in records]
    steps = iter(dataset(growing))
    first = [next(steps), next(steps)]

    threading.Timer(0.3, lambda: [old.extend(new) for old, new in zip(growing, late)]).start()

    assert keys(first) + keys(steps) == in_order(records)


def test_a_reader_that_is_dropped_ends_its_thread():
    records = topics.topic(50, 2)
    steps = iter(dataset(records))
    next(steps)

    steps.close()

    assert not [thread for thread in threading.enumerate() if thread.name == "logitstream-prefetch"]


def changed(records, partition, place, key=None, value=None):
    copy = [list(part) for part in records]
    offset, old_key, old_value = copy[partition][place]
    copy[partition][place] = offset, key or old_key, value or old_value
    return copy


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda r: changed(r, 1, 1, value=b"\0\0\0\0\1garbage"), "partition 1, offset 4: unreadable"),
        (lambda r: changed(r, 1, 1, key=b"demo/00000/0000099"), "partition 1, offset 4: its key is"),
        (lambda r: changed(r, 0, 2, *topics.batch("demo", 0, 0)), "twice or out of order"),
        (lambda r: changed(r, 0, 2, *topics.batch("demo", 0, 4, teacher="another")), "made by teacher another"),
        (lambda r: changed(r, 0, 2, *topics.batch("demo", 0, 4, tokenizer="f" * 64)), "made with tokenizer ffff"),
        (lambda r: changed(r, 0, 2, *topics.batch("demo", 0, 4, document_end=3)), "isolated .token 3 .* are joined"),
    ],
)
def test_a_record_that_cannot_be_used_is_named(damage, words):
    with pytest.raises(ValueError, match=words):
        list(dataset(damage(topics.topic(10, 2))))


def test_a_topic_made_anew_under_a_state_is_noticed():
    run = dataset(topics.topic(10, 2))
    list(itertools.islice(iter(run), 4))
    anew = dataset(
        [[(offset, *topics.batch("demo", 1, offset)) for offset, _, _ in part] for part in topics.topic(10, 2)]
    )
    anew.load_state_dict(run.state_dict())

    with pytest.raises(ValueError, match="made anew"):
        list(anew)


@pytest.mark.parametrize(
    "others, words", [({"teachers": ["toy"]}, "made with"), ({"tokenizer_hash": "f" * 64}, "tokenizer")]
)
def test_a_state_of_other_settings_is_refused(others, words):
    records = topics.topic(10, 2)
    run = dataset(records)
    list(itertools.islice(iter(run), 4))
    other = dataset(records, **others)
    other.load_state_dict(run.state_dict())

    with pytest.raises(ValueError, match=words):
        list(other)


def of_two_files(ids):
    """A topic, and the same with another tokenizer.json after two batches of a partition, whose records name its ids."""
    first, second = topics.topic(10, 2), topics.topic(10, 2, tokenizer="e" * 64)
    mixed = [
        [(*old, ids) if i < 2 else (*new, ids) for i, (old, new) in enumerate(zip(*both))]
        for both in zip(first, second)
    ]
    return first, mixed


def test_another_tokenizer_file_with_the_same_ids_is_the_same_tokenizer():
    ids = "a" * 64
    first, mixed = of_two_files(ids)

    assert len(list(dataset(mixed))) == len(list(dataset(first)))
    assert len(list(dataset(mixed, tokenizer_hash=ids))) == len(list(dataset(first)))
    unnamed = [[record[:3] for record in part] for part in mixed]
    with pytest.raises(ValueError, match="tokenizer"):
        list(dataset(unnamed))


def test_a_tokenizer_is_compared_by_the_ids_that_records_name(tmp_path):
    def folder(name, **more):
        (tmp_path / name).mkdir()
        ids = {f"token{id}": id for id in range(50)} | more
        content = {"model": {"type": "BPE", "vocab": ids, "merges": []}}
        (tmp_path / name / "tokenizer.json").write_text(json.dumps(content))
        return tmp_path / name

    same, other = folder("same"), folder("other", token0=1, token1=0)
    ids = tokenizer_identity(same).vocabulary
    named = [[(*record, ids) for record in part] for part in topics.topic(4, 2)]

    assert len(list(dataset(named, tokenizer=same))) == 4
    with pytest.raises(ValueError, match="other/tokenizer.json is .*ids or merges differ"):
        list(dataset(named, tokenizer=other))


def test_a_resumed_reader_knows_the_ids_of_the_tokenizer_before_it():
    ids = "a" * 64
    first, mixed = of_two_files(ids)
    begun = dataset(mixed)
    taken = list(itertools.islice(iter(begun), 4))
    resumed = dataset(mixed)
    resumed.load_state_dict(begun.state_dict())

    assert keys(taken) + keys(resumed) == in_order(first)


def test_a_state_of_other_partitions_is_refused():
    run = dataset(topics.topic(10, 2))
    list(itertools.islice(iter(run), 4))
    other = dataset(topics.topic(10, 3))
    other.load_state_dict(run.state_dict())

    with pytest.raises(ValueError, match="has 3 partitions"):
        list(other)


def test_batches_that_ranks_cannot_share_alike_are_refused():
    with pytest.raises(ValueError, match="cannot be shared by 3 ranks"):
        dataset([[]], world_size=3, batches_per_step=4)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_stateful_data_loader_goes_on_where_it_stood(workers):
    loaders = pytest.importorskip("torchdata.stateful_dataloader")
    records = topics.topic(20, 4)

    def loader():
        return loaders.StatefulDataLoader(dataset(records, batches_per_step=2), batch_size=None, num_workers=workers)

    first = loader()
    begun = list(itertools.islice(iter(first), 4))
    second = loader()
    second.load_state_dict(first.state_dict())

    rest = list(second)
    assert keys(begun) + keys(rest) == in_order(records)
    # As from the dataset alone: the loader makes no tensors of a record's arrays.
    assert all(isinstance(record.tokens, np.ndarray) for step in rest for record in step.records)


def test_a_checkpoint_of_dcp_holds_the_position(tmp_path):
    dcp = pytest.importorskip("torch.distributed.checkpoint")
    records = topics.topic(20, 4)
    first = dataset(records, batches_per_step=2)
    begun = list(itertools.islice(iter(first), 4))
    dcp.save({"stream": first}, checkpoint_id=tmp_path, no_dist=True)
    second = dataset(records, batches_per_step=2)

    dcp.load({"stream": second}, checkpoint_id=tmp_path, no_dist=True)

    assert keys(begun) + keys(second) == in_order(records)


def test_a_state_of_the_first_version_is_continued():
    """Its values stand by themselves, and its digests include the id of the schema."""
    records = topics.topic(20, 4)
    first = dataset(records)
    begun = list(itertools.islice(iter(first), 7))
    state = json.loads(first.state_dict()["position"])
    for partition, (offset, _) in state["last"].items():
        value = next(record[2] for record in records[int(partition)] if record[0] == offset)
        state["last"][partition] = [offset, hashlib.sha256(value).hexdigest()]
    second = dataset(records)

    second.load_state_dict(state)

    assert keys(begun) + keys(second) == in_order(records)


def test_a_state_of_a_topic_is_continued_where_the_schema_has_another_id():
    records = topics.topic(20, 4)
    first = dataset(records)
    begun = list(itertools.islice(iter(first), 7))
    elsewhere = [[(offset, key, b"\0\0\0\0\7" + value[5:]) for offset, key, value in part] for part in records]
    second = dataset(elsewhere)
    second.load_state_dict(first.state_dict())

    assert keys(begun) + keys(second) == in_order(records)
