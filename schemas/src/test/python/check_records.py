"""Holds the Python decoders against records and what Java reads from them: check_records.py FOLDER FILE.

FOLDER has the package logitstream. Each record is decoded with numpy and, where numba is installed, by the compiled
decoder as well. FILE has records: what to expect ('=' the values that follow, '!' a refusal, '?' either),
the length of the value, the value, the length of the expected values, these; lengths are int32, big endian.
"""
import resource
import struct
import sys
import warnings

import numpy as np

sys.path.insert(0, sys.argv[1])
from logitstream import logits

# Each decoder as the codecs and the search for duplicates that it has.
DECODERS = [(dict(logits.CODECS), logits.has_duplicates)]
try:
    from logitstream import compiled
except ImportError:
    pass
else:
    by_numba = {"compact-1": compiled.decode_compact, "compact-1-supports": compiled.decode_compact_supports}
    DECODERS.append(({**logits.CODECS, **by_numba}, compiled.has_duplicates))

STATISTICS = ("log_sum_exp", "standard_deviation", "entropy")

# A damaged record that asks for more is a MemoryError, and no ValueError.
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
warnings.simplefilter("error")


def expected_values(data):
    rows, length, vocabulary, total, draws, document_end = struct.unpack_from("<6i", data)
    positions = rows * (length - 1)
    at = 24

    def column(dtype, count):
        nonlocal at
        at += 4 * count
        return np.frombuffer(data, dtype, count, at - 4 * count)

    values = {"tokens": column("<i4", rows * length).reshape(rows, length), "offsets": column("<i4", positions + 1),
              "ids": column("<i4", total), "log_probs": column("<f4", total)}
    if draws:
        values["counts"] = column("<i4", total)
    values["tail_mass"] = column("<f4", positions)
    for name in STATISTICS if at < len(data) else ():
        values[name] = column("<f4", positions)
    assert at == len(data)
    return vocabulary, draws, document_end, values


def require_same(record, data):
    vocabulary, draws, document_end, values = expected_values(data)
    assert (record.vocabulary_size, record.selection.draws) == (vocabulary, draws)
    assert record.document_end == (None if document_end < 0 else document_end), (record.document_end, document_end)
    assert (record.logits.counts is None) == (draws == 0)
    assert record.logits.has_statistics == ("entropy" in values)
    for name in STATISTICS:
        assert (getattr(record.logits, name) is None) == (name not in values), name
    for name, expected in values.items():
        found = record.tokens if name == "tokens" else getattr(record.logits, name)
        assert found.dtype == ("int64" if name == "offsets" else expected.dtype), (name, found.dtype)
        assert found.shape == expected.shape, (name, found.shape, expected.shape)
        # The bits, so that 0 and -0 differ.
        differ = np.flatnonzero(found.astype(expected.dtype).view("<i4") != expected.view("<i4"))
        assert differ.size == 0, (name, differ.size, found.ravel()[differ[:3]], expected.ravel()[differ[:3]])


def require_padded(record):
    largest = int(np.diff(record.logits.offsets).max())
    for k in (None, 1, largest, largest + 3):
        ids, log_probs, kept = logits.top_k_padded(record, k)
        rows, length = record.tokens.shape
        assert ids.shape == log_probs.shape == kept.shape == (rows, length - 1, min(k or largest, largest))
        for position, (start, end) in enumerate(zip(record.logits.offsets, record.logits.offsets[1:])):
            place = divmod(position, length - 1)
            size = min(end - start, ids.shape[2])
            assert kept[place].sum() == size and kept[place][:size].all()
            assert (ids[place][:size] == record.logits.ids[start:start + size]).all()
            assert (log_probs[place][:size] == record.logits.log_probs[start:start + size]).all()
            assert (log_probs[place][size:] == -np.inf).all() and (ids[place][size:] == 0).all()


def main():
    outcomes = {"=": 0, "!": 0, "?": 0, "? refused": 0}
    with open(sys.argv[2], "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        kind = chr(data[at])
        value, at = block(data, at + 1)
        expected, at = block(data, at)
        outcomes[kind] += 1
        refusals = {check(value, kind, expected, *decoder) is None for decoder in DECODERS}
        assert len(refusals) == 1, f"record {outcomes} is refused by one decoder and read by another"
        outcomes["? refused"] += kind == "?" and refusals == {True}
    print(f"{outcomes['=']} read, {outcomes['!']} refused, {outcomes['? refused']} of {outcomes['?']} others refused")


def check(value, kind, expected, codecs, find_duplicates):
    """Decodes a value and holds what comes of it against what is expected: the record, or None for a refusal."""
    logits.CODECS.update(codecs)
    logits.find_duplicates = find_duplicates
    try:
        record = logits.decode(value)
    except ValueError as refusal:
        assert kind != "=", refusal
        assert str(refusal).startswith("unreadable logits record: "), refusal
        return None
    assert kind != "!", "a record that Java refuses is read"
    if kind == "=" and expected:
        require_same(record, expected)
        if record.tokens.size < 100:
            require_padded(record)
    elif kind == "=":
        require_end(record)
    return record


def require_end(record):
    assert record.end_of_corpus == (7, 2000) and record.tokens.size == 0 and record.corpus == "demo"
    assert record.teacher is None and record.selection is None and record.logits is None


def block(data, at):
    size, = struct.unpack_from(">i", data, at)
    return data[at + 4:at + 4 + size], at + 4 + size


main()
