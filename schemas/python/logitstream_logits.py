"""Reads records of a logitstream logits topic. Needs Python 3.9 and numpy, and no other file.

    record = logitstream_logits.decode(message.value())
    record.tokens            # int32 [rows, length]
    record.logits.ids        # the supports of all positions, one after the other
    ids, log_probs, kept = logitstream_logits.top_k_padded(record)   # [rows, length - 1, K]

The format is described in schemas/README.md. The Avro schema is the one beside that page and is not looked up in a
registry: a record that was written with another schema is refused if it does not parse to its last byte, or if its values
cannot be. Whatever the bytes are, the outcome is a record or a ValueError; time and memory are bounded by a multiple of
their number.
"""
import itertools
import math
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

REFUSED = "unreadable logits record: "
MOST_DRAWS = 1 << 16
ROUNDING = np.float32(1e-4)
LANES, SMALLEST_STATE = 4, 1 << 31
BITS, ID_BITS = 10, 15
HEADER_BYTES, STATES_BYTES = 12, 8 * LANES
MOST_DICTIONARY = 3864
MOST_ENTRIES_PER_BYTE = 16
LEVEL_CONTEXTS, COUNT_CONTEXTS, KIND_CONTEXTS, KINDS = 16, 16, 8, 66
LABEL, OTHER, EARLIER = 0, 1, 2
LINEAR, MOST_LEVEL = 231, 4311


class Teacher(NamedTuple):
    id: str
    weights_hash: str
    training_step: Optional[int]  # None for a finished teacher


class Selection(NamedTuple):
    method: str
    top_p: float
    top_k: int
    draws: int                    # above 0 where the supports were sampled
    seed: int


class Logits(NamedTuple):
    """The teacher's logits of N positions: row after row, length - 1 to a row; position i of a row predicts token i + 1.

    The support of position n is entries offsets[n] to offsets[n + 1] of ids and log_probs, most likely first. Natural
    logarithms, temperature 1, full vocabulary; in a sample log_probs are log(count / draws), and counts is not None.
    """
    offsets: np.ndarray             # int64 [N + 1]
    ids: np.ndarray                 # int32 [total]
    log_probs: np.ndarray           # float32 [total], nats
    counts: Optional[np.ndarray]    # int32 [total], how often each id was drawn
    tail_mass: np.ndarray           # float32 [N], probability outside the support
    log_sum_exp: np.ndarray         # float32 [N]; log-probability + log_sum_exp is the logit
    standard_deviation: np.ndarray  # float32 [N], of the logits over the vocabulary
    entropy: np.ndarray             # float32 [N], nats


class Record(NamedTuple):
    """A token batch and its logits. The end marker of a corpus has no rows, and None for teacher, selection, logits."""
    schema_id: int
    corpus: str
    shard: int
    batch: int
    tokens: np.ndarray                           # int32 [rows, length]
    tokenizer_hash: str
    vocabulary_size: int
    end_of_corpus: Optional[Tuple[int, int]]     # batches and predicted tokens of the corpus, in its end marker
    teacher: Optional[Teacher]
    selection: Optional[Selection]
    codec: str
    logits: Optional[Logits]


def decode(value: bytes, most_entries: int = 1 << 23) -> Record:
    """Decodes and checks the value of a record. ValueError says what is wrong with it.

    most_entries: refuse a payload with more kept entries over all its positions, since compact-1 can hold 16 in a byte.
    """
    avro = _Avro(value)
    _require(avro.take(1) == b"\0", "the first byte is not 0: not Confluent's wire format")
    schema_id = int.from_bytes(avro.take(4), "big")
    corpus, shard, batch, rows, length = avro.string(), avro.int32(), avro.int32(), avro.int32(), avro.int32()
    token_bytes, tokenizer_hash, vocabulary = avro.blob(), avro.string(), avro.int32()
    end = (avro.long(), avro.long()) if avro.present() else None
    teacher = Teacher(avro.string(), avro.string(), avro.long() if avro.present() else None) if avro.present() else None
    selection = Selection(avro.string(), float(np.frombuffer(avro.take(8), "<f8")[0]), avro.int32(), avro.int32(),
                          avro.long()) if avro.present() else None
    codec, payload = avro.string(), avro.blob()
    _require(avro.at == len(value), "bytes are left over after the LogitsBatch")

    _require(1 <= len(corpus) <= 200 and "/" not in corpus, "the corpus has an impossible name")
    _require(shard >= 0 and batch >= 0 and vocabulary >= 1, "shard, batch or vocabulary size is out of range")
    if end is not None:
        _require(not (shard or batch or rows or length or token_bytes or payload or teacher or selection)
                 and min(end) >= 0, "an end-of-corpus marker must be empty")
        return Record(schema_id, corpus, 0, 0, np.zeros((0, 0), np.int32), tokenizer_hash, vocabulary, end, None, None,
                      codec, None)
    _require(rows >= 1 and length >= 2 and 4 * rows * length == len(token_bytes),
             f"{rows} rows of {length} tokens are not {len(token_bytes)} bytes")
    _require(teacher is not None and selection is not None, "teacher or selection is missing")
    _require(0 <= selection.draws <= MOST_DRAWS, f"{selection.draws} draws")
    tokens = np.frombuffer(token_bytes, "<i4").astype(np.int32).reshape(rows, length)
    _require(tokens.min() >= 0 and tokens.max() < vocabulary, "a token outside the vocabulary")
    _require(codec in CODECS, f"codec '{codec}' is unknown: use a newer version of this file")
    logits = CODECS[codec](payload, tokens, selection.draws, most_entries)
    _check(logits, vocabulary, selection.draws)
    return Record(schema_id, corpus, shard, batch, tokens, tokenizer_hash, vocabulary, None, teacher, selection, codec,
                  logits)


def top_k_padded(record: Record, k: Optional[int] = None) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The supports as rectangles [rows, length - 1, K]: ids (int64), log_probs (float32) and whether there is an entry.

    k: keep at most so many entries of a position, the most likely; None keeps all, so that K is the largest support.
    Where there is no entry the id is 0 and the log-probability -inf. Of a sample only k = None is unbiased.
    """
    logits = record.logits
    _require(logits is not None, "an end-of-corpus marker has no logits")
    _require(k is None or k >= 1, "k must be at least 1")
    sizes = np.diff(logits.offsets)
    width = int(sizes.max()) if k is None else min(k, int(sizes.max()))
    kept = np.arange(width) < sizes[:, None]
    entries = (logits.offsets[:-1, None] + np.arange(width))[kept]
    ids = np.zeros(kept.shape, np.int64)
    log_probs = np.full(kept.shape, -np.inf, np.float32)
    ids[kept] = logits.ids[entries]
    log_probs[kept] = logits.log_probs[entries]
    shape = (record.tokens.shape[0], record.tokens.shape[1] - 1, width)
    return ids.reshape(shape), log_probs.reshape(shape), kept.reshape(shape)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(REFUSED + otherwise)


class _Avro:
    """Avro's binary encoding of the types that occur in the schema."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = bytes(data), 0

    def take(self, count: int) -> bytes:
        _require(0 <= count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def long(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                _require(number < 1 << 64, "a number of more than 64 bits")
                return number >> 1 ^ -(number & 1)
        raise ValueError(REFUSED + "a number of more than 64 bits")

    def int32(self) -> int:
        number = self.long()
        _require(-1 << 31 <= number < 1 << 31, "a number of more than 32 bits")
        return number

    def blob(self) -> bytes:
        return self.take(self.long())

    def string(self) -> str:
        try:
            return self.blob().decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError(REFUSED + "a text that is not UTF-8") from None

    def present(self) -> bool:
        branch = self.long()
        _require(branch in (0, 1), "a union without this branch")
        return branch == 1


def _offsets(counts: np.ndarray, total: int) -> np.ndarray:
    offsets = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    _require(counts.min() >= 1 and offsets[-1] == total, "the counts do not add up to the kept entries")
    return offsets


def _sample_log_probs(counts: np.ndarray, draws: int) -> np.ndarray:
    different, places = np.unique(counts, return_inverse=True)
    _require(different[0] >= 1, "an id with no draws")
    return np.array([math.log(count) - math.log(draws) for count in different.tolist()], np.float32)[places.ravel()]


def _check(logits: Logits, vocabulary: int, draws: int) -> None:
    starts, positions = logits.offsets[:-1], len(logits.offsets) - 1
    ids, log_probs = logits.ids, logits.log_probs
    _require(ids.min() >= 0 and ids.max() < vocabulary, "an id outside the vocabulary")
    places = np.sort(ids + (np.repeat(np.arange(positions), np.diff(logits.offsets)) << 31))
    _require(not (places[1:] == places[:-1]).any(), "an id twice in a support")
    rises = log_probs[1:] > log_probs[:-1]
    rises[starts[1:] - 1] = False
    _require(np.isfinite(log_probs).all() and not rises.any() and log_probs.max() <= ROUNDING,
             "log-probabilities that rise, or are no numbers up to 0")
    _require(draws == 0 or bool((np.add.reduceat(logits.counts, starts, dtype=np.int64) == draws).all()),
             "counts that do not add up to the draws")
    statistics = np.stack([logits.tail_mass, logits.log_sum_exp, logits.standard_deviation, logits.entropy])
    _require(np.isfinite(statistics).all() and statistics[0].min() >= 0 and statistics[0].max() <= 1
             and statistics[2].min() >= 0 and statistics[3].min() >= -ROUNDING, "an impossible statistic")


def _decode_plain(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> Logits:
    positions = tokens.shape[0] * (tokens.shape[1] - 1)
    total = (len(payload) - 20 * positions) // 8
    _require(positions <= total <= most_entries and len(payload) == 20 * positions + 8 * total,
             f"{len(payload)} bytes cannot hold {positions} positions, or hold more entries than most_entries")
    ints = np.frombuffer(payload, "<i4").astype(np.int32)
    entries_end = positions + 2 * total
    floats = np.frombuffer(payload, "<f4").astype(np.float32)
    counts = ints[positions + total:entries_end] if draws else None
    log_probs = _sample_log_probs(counts, draws) if draws else floats[positions + total:entries_end]
    return Logits(_offsets(ints[:positions], total), ints[positions:positions + total], log_probs, counts,
                  *floats[entries_end:].reshape(4, positions))


class _Classes:
    """Numbers as a class and extra bits: for each class its smallest number and how many extra bits it has."""

    def __init__(self, mantissa_bits: int) -> None:
        self.count = 16 + (27 << mantissa_bits)
        places = np.arange(self.count - 16)
        self.extra = np.concatenate((np.zeros(16, np.int64), 4 - mantissa_bits + (places >> mantissa_bits)))
        leading = np.concatenate((np.arange(16), (1 << mantissa_bits) + (places & (1 << mantissa_bits) - 1)))
        self.base = leading << self.extra


FINE, FINER = _Classes(2), _Classes(3)
_FLOOR_LOG = 2 * math.log(16 / 4096)
LOG_PROBS = np.array([_FLOOR_LOG + (level - LINEAR) / 8 for level in range(LINEAR)]
                     + [2 * math.log(root / 4096) for root in range(16, 4097)], np.float32)


class _Bits:
    """The bits of a payload, the first in the lowest bit of the first byte."""

    def __init__(self, data: bytes) -> None:
        self.at, self.end = 0, 8 * len(data)
        self.data = data + bytes(8)
        # The 64 bits from each byte on.
        self.windows = np.ndarray(len(data) + 1, "<u8", self.data, strides=(1,))

    def read(self, count: int) -> int:
        _require(self.at + count <= self.end, "its bits end too early")
        window = int.from_bytes(self.data[self.at >> 3:(self.at >> 3) + 8], "little") >> (self.at & 7)
        self.at += count
        return window & (1 << count) - 1

    def gamma(self) -> int:
        at = self.at
        window = int.from_bytes(self.data[at >> 3:(at >> 3) + 8], "little") >> (at & 7)
        zeros = (window & -window).bit_length() - 1
        _require(0 <= zeros <= 30 and at + 2 * zeros + 1 <= self.end, "a number that is too large")
        self.at = at + zeros + 1
        return (1 << zeros) - 1 + self.read(zeros) if zeros else 0

    def numbers(self, classes: _Classes, symbols: np.ndarray) -> np.ndarray:
        """Completes classes to numbers by their extra bits, one after the other."""
        sizes = classes.extra[symbols]
        values = classes.base[symbols]
        long = np.flatnonzero(sizes)
        ends = self.at + np.cumsum(sizes[long])
        if len(long):
            _require(ends[-1] <= self.end, "its bits end too early")
            starts = ends - sizes[long]
            found = self.windows[starts >> 3] >> (starts & 7).astype(np.uint64)
            values[long] += found.astype(np.int64) & (1 << sizes[long]) - 1
            self.at = int(ends[-1])
        return values

    def frequencies(self, alphabet: int, bits: int) -> np.ndarray:
        """Reads the weights of an alphabet and works out frequencies that add up to 2^bits."""
        used = self.gamma()
        _require(used <= alphabet, "frequencies of more symbols than there are")
        folded = np.array([self.gamma() for _ in range(used)], np.int64)
        classes = np.cumsum(folded >> 1 ^ -(folded & 1))
        _require(used == 0 or (classes.min() >= 0 and classes.max() <= 60), "a frequency out of range")
        weights = np.where(classes < 2, classes, (2 + (classes & 1)) << np.maximum(0, (classes >> 1) - 1))
        if not weights.any():
            return np.array([1 << bits], np.int64)
        _require(np.count_nonzero(weights) <= 1 << bits, "frequencies of more symbols than a table has")
        shares = (weights * float(1 << bits) / float(weights.sum())).astype(np.int64)
        frequencies = np.where(weights > 0, np.maximum(1, shares), 0)
        left = (1 << bits) - int(frequencies.sum())
        if left > 0:
            frequencies[np.argmax(classes)] += left
        while left < 0:
            largest = np.argmax(frequencies)
            taken = min(-left, max(1, int(frequencies[largest]) // 2))
            frequencies[largest] -= taken
            left += taken
        return frequencies


class _Table:
    """Slots of one or more contexts: the symbol of each, and how a state goes on from it."""

    def __init__(self, bits: int, frequencies: List[np.ndarray]) -> None:
        symbols = np.concatenate([np.arange(len(each)) for each in frequencies])
        sizes = np.concatenate(frequencies)
        starts = np.cumsum(sizes) - sizes
        self.bits = bits
        self.symbols = np.repeat(symbols, sizes)
        self.sizes = np.repeat(sizes, sizes).tolist()
        self.places = (np.arange(len(self.symbols)) - np.repeat(starts, sizes)).tolist()


class _Rans:
    """Four states that take turns: symbol i of a pass is that of state i mod 4."""

    def __init__(self, data: bytes) -> None:
        _require(len(data) % 4 == 0, "half a word at its end")
        self.states = [int(state) for state in np.frombuffer(data, "<i8", LANES)]
        _require(min(self.states) >= SMALLEST_STATE, "an impossible state")
        self.words = iter(np.frombuffer(data, "<u4", offset=STATES_BYTES).tolist())

    def decode(self, table: _Table, contexts: np.ndarray) -> np.ndarray:
        """The symbols of a pass with these contexts."""
        slots = np.empty(len(contexts), np.int64)
        # In blocks, so that Python's numbers take little memory.
        for start in range(0, len(contexts), 1 << 16):
            block = (contexts[start:start + (1 << 16)] << table.bits).tolist()
            slots[start:start + len(block)] = self.slots(table, block)
        self.end_pass(len(contexts))
        return table.symbols[slots]

    def slots(self, table: _Table, firsts: List[int]) -> List[int]:
        """The slots of the next symbols, whose contexts have these first slots. All the time goes here."""
        sizes, places, bits, word = table.sizes, table.places, table.bits, self.words.__next__
        mask = (1 << bits) - 1
        slots: List[int] = []
        a, b, c, d = self.states
        try:
            for first in firsts:
                slot = first + (a & mask)
                slots.append(slot)
                state = sizes[slot] * (a >> bits) + places[slot]
                if state < SMALLEST_STATE:
                    state = state << 32 | word()
                a = b
                b = c
                c = d
                d = state
        except StopIteration:
            raise ValueError(REFUSED + "its words end too early") from None
        self.states = [a, b, c, d]
        return slots

    def end_pass(self, symbols: int) -> None:
        """The next symbol is the first state's again."""
        turns = -symbols & 3
        self.states = self.states[turns:] + self.states[:turns]


def _decode_compact(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> Logits:
    _require(len(payload) >= HEADER_BYTES + STATES_BYTES, f"{len(payload)} bytes are too few for compact-1")
    positions = tokens.shape[0] * (tokens.shape[1] - 1)
    total, bit_bytes, smallest_log_sum = (int(number) for number in np.frombuffer(payload, "<i4", 3))
    _require(positions <= total <= min(most_entries, positions + MOST_ENTRIES_PER_BYTE * len(payload)),
             f"{total} kept entries in {positions} positions and {len(payload)} bytes, of at most {most_entries}")
    _require(0 <= bit_bytes <= len(payload) - HEADER_BYTES - STATES_BYTES, f"{bit_bytes} bytes of bits")
    bits = _Bits(payload[HEADER_BYTES:HEADER_BYTES + bit_bytes])
    columns = [_Table(BITS, [bits.frequencies(FINER.count, BITS)]) for _ in range(4 if draws else 5)]
    levels = _Table(BITS, [bits.frequencies(FINE.count, BITS) for _ in range(LEVEL_CONTEXTS)])
    kinds = _Table(BITS, [bits.frequencies(KINDS, BITS) for _ in range(KIND_CONTEXTS)])
    dictionary = _dictionary(bits)
    id_table = _Table(ID_BITS, [bits.frequencies(FINER.count + len(dictionary), ID_BITS)])

    rans = _Rans(payload[HEADER_BYTES + bit_bytes:])
    values = [bits.numbers(FINER, rans.decode(table, np.zeros(positions, np.int64))) for table in columns]
    counts = None
    if draws:
        counts, offsets = _counts(bits, rans, levels, positions, total, draws)
    else:
        offsets = _offsets(values.pop(0) + 1, total)
    sizes = np.diff(offsets)
    position = np.repeat(np.arange(positions), sizes)
    rank = np.arange(total) - offsets[position]
    if draws:
        log_probs = _sample_log_probs(counts, draws)
    else:
        contexts = np.where(rank < 8, rank, np.minimum(LEVEL_CONTEXTS - 1, 4 + np.frexp(rank)[1]))
        fallen = np.cumsum(bits.numbers(FINE, rans.decode(levels, contexts)))
        before = np.concatenate(([0], fallen))[offsets[:-1]]
        level = MOST_LEVEL - fallen + before[position]
        _require(level.min() >= 0, "a log-probability below the smallest")
        log_probs = LOG_PROBS[level]

    earlier = _earlier(tokens)[position]
    contexts = 4 * (earlier >= 0) + np.searchsorted((1, 3, 8), rank, side="right")
    kind = rans.decode(kinds, contexts)
    other = np.flatnonzero(kind == OTHER)
    symbols = rans.decode(id_table, np.zeros(len(other), np.int64))
    known = symbols >= FINER.count
    other_ids = np.empty(len(other), np.int64)
    other_ids[known] = dictionary[symbols[known] - FINER.count]
    other_ids[~known] = bits.numbers(FINER, symbols[~known])
    _require(next(rans.words, None) is None and set(rans.states) == {SMALLEST_STATE},
             "its symbols do not end where they must")

    ids = tokens[:, 1:].ravel().astype(np.int64)[position]
    ids[other] = other_ids
    place = kind - EARLIER
    from_earlier = place >= 0
    _require(not (from_earlier & ((earlier < 0) | (place >= sizes[earlier]))).any(),
             "an id of an earlier support that has it not")
    # The entry that each id is a copy of; that one may be a copy too: twice as far back each time.
    source = np.where(from_earlier, offsets[earlier] + place, np.arange(total))
    while True:
        further = source[source]
        if (further == source).all():
            break
        source = further

    tail, log_sum, deviation, entropy = values
    return Logits(offsets, ids[source].astype(np.int32), log_probs, counts,
                  np.minimum(np.float32(1), tail.astype(np.float32) / np.float32(2048)),
                  ((smallest_log_sum + log_sum) / 16).astype(np.float32),
                  deviation.astype(np.float32) / np.float32(64), entropy.astype(np.float32) / np.float32(64))


def _dictionary(bits: _Bits) -> np.ndarray:
    words = bits.gamma()
    _require(words <= MOST_DICTIONARY, f"a dictionary of {words} ids")
    gap_bits = bits.read(5)
    gaps = [1 + (bits.gamma() << gap_bits) + bits.read(gap_bits) for _ in range(words)]
    ids = list(itertools.accumulate(gaps, initial=-1))[1:]
    _require(not ids or ids[-1] < 1 << 31, "an id above 2^31 in the dictionary")
    return np.array(ids, np.int64)


def _counts(bits: _Bits, rans: _Rans, table: _Table, positions: int, total: int,
            draws: int) -> Tuple[np.ndarray, np.ndarray]:
    """Counts of a sample, whose tables depend on the counts before, so that they are read one by one."""
    counts: List[int] = []
    offsets = [0]
    symbols, base, extra = table.symbols.tolist(), FINE.base.tolist(), FINE.extra.tolist()
    coded = 0
    for _ in range(positions):
        limit = left = draws
        while left:
            _require(len(counts) < total, "more kept entries than its header says")
            limit = min(limit, left)
            count = 1
            if limit > 1:
                symbol = symbols[rans.slots(table, [min(limit, COUNT_CONTEXTS - 1) << BITS])[0]]
                count += base[symbol] + (bits.read(extra[symbol]) if extra[symbol] else 0)
                coded += 1
                _require(count <= limit, f"count {count}, where at most {limit} is possible")
            counts.append(count)
            left -= count
            limit = count
        offsets.append(len(counts))
    rans.end_pass(coded)
    _require(len(counts) == total, "fewer kept entries than its header says")
    return np.array(counts, np.int32), np.array(offsets, np.int64)


def _earlier(tokens: np.ndarray) -> np.ndarray:
    """For each position the last one before it with the same input token, or -1."""
    inputs = tokens[:, :-1].ravel()
    order = np.argsort(inputs, kind="stable")
    same = np.flatnonzero(inputs[order[1:]] == inputs[order[:-1]])
    earlier = np.full(len(inputs), -1, np.int64)
    earlier[order[same + 1]] = order[same]
    return earlier


CODECS = {"plain": _decode_plain, "compact-1": _decode_compact}
