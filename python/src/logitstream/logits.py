"""Reads records of a logitstream logits topic. Needs Python 3.10 and numpy, and no other file.

    record = logits.decode(message.value())
    record.tokens            # int32 [rows, length]
    record.logits.ids        # the supports of all positions, one after the other
    ids, log_probs, kept = logits.top_k_padded(record)   # [rows, length - 1, K]

The format is described in schemas/README.md. The Avro schema is the one beside that page and is not looked up in a
registry: a record that was written with another schema is refused if it does not parse to its last byte, or if its values
cannot be. Records of version 0.1.0, whose schema has no documentEnd, are recognised. Whatever the bytes are, the outcome
is a record or a ValueError; time and memory are bounded by a multiple of their number.
"""

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

REFUSED = "unreadable logits record: "
MOST_DRAWS = 1 << 16
ROUNDING = np.float32(1e-4)
MASS_ROUNDING = 1e-3
LANES, HEADER_BYTES, SUPPORTS_HEADER_BYTES = 4, 28, 24
COLUMN_BITS, COUNT_BITS, LEVEL_BITS, KIND_BITS, ID_BITS = 10, 8, 8, 8, 14
COLUMN_CONTEXTS = (1, 8, 8, 8, 1, 1)
SUPPORTS_COLUMN_CONTEXTS = (1, 8, 1)
MOST_DICTIONARY = 3864
MOST_ENTRIES_PER_BYTE = 16
LEVEL_CONTEXTS, LEVEL_CLASSES, COUNT_CONTEXTS, KIND_CONTEXTS, KINDS = 9, 49, 32, 4, 66
# Tables of the levels of first entries: by the number of entries in compact-1-supports.
STARTS, SUPPORTS_STARTS = 1, 7
LEAST_COUNT = 2
LABEL, OTHER, EARLIER = 0, 1, 2
LINEAR, MOST_LEVEL, TAIL_STEPS = 231, 4311, 2048


class Teacher(NamedTuple):
    id: str
    weights_hash: str
    training_step: int | None  # None for a finished teacher


class Selection(NamedTuple):
    method: str
    top_p: float
    top_k: int
    draws: int  # above 0 where the supports were sampled
    seed: int


class Logits(NamedTuple):
    """The teacher's logits of N positions: row after row, length - 1 to a row; position i of a row predicts token i + 1.

    The support of position n is entries offsets[n] to offsets[n + 1] of ids and log_probs, most likely first. Natural
    logarithms, temperature 1, full vocabulary; in a sample log_probs are log(count / draws), and counts is not None.
    The last three are None where the codec holds no statistics, as for a teacher behind a server.
    """

    offsets: np.ndarray  # int64 [N + 1]
    ids: np.ndarray  # int32 [total]
    log_probs: np.ndarray  # float32 [total], nats
    counts: np.ndarray | None  # int32 [total], how often each id was drawn
    tail_mass: np.ndarray  # float32 [N], probability outside the support
    log_sum_exp: np.ndarray | None  # float32 [N]; log-probability + log_sum_exp is the logit
    standard_deviation: np.ndarray | None  # float32 [N], of the logits over the vocabulary
    entropy: np.ndarray | None  # float32 [N], nats

    @property
    def has_statistics(self) -> bool:
        """Tells whether the statistics over the full vocabulary are known."""
        return self.entropy is not None


class Record(NamedTuple):
    """A token batch and its logits. The end marker of a corpus has no rows, and None for teacher, selection, logits."""

    schema_id: int
    corpus: str
    shard: int
    batch: int
    tokens: np.ndarray  # int32 [rows, length]
    tokenizer_hash: str
    vocabulary_size: int
    end_of_corpus: tuple[int, int] | None  # batches and predicted tokens of the corpus, in its end marker
    teacher: Teacher | None
    selection: Selection | None
    codec: str
    logits: Logits | None
    document_end: int | None = None  # attention and positions begin anew after this token; None: a row is one text


class Envelope(NamedTuple):
    """Fields of a record with its payload not yet decoded."""

    schema_id: int
    corpus: str
    shard: int
    batch: int
    rows: int
    length: int
    token_bytes: bytes
    tokenizer_hash: str
    vocabulary_size: int
    end_of_corpus: tuple[int, int] | None
    teacher: Teacher | None
    selection: Selection | None
    codec: str
    payload: bytes
    document_end: int | None = None

    @property
    def key(self) -> str:
        """Key that the record must have."""
        return f"{self.corpus}/end" if self.end_of_corpus else f"{self.corpus}/{self.shard:05d}/{self.batch:07d}"


def decode(value: bytes, most_entries: int = 1 << 23) -> Record:
    """Decodes and checks the value of a record; raises ValueError with the reason if it is invalid.

    most_entries: refuse a payload with more kept entries over all its positions, since compact-1 can hold 16 in a byte.
    """
    return decode_envelope(envelope(value), most_entries)


def envelope(value: bytes) -> Envelope:
    """Reads the fields of a record without decoding its payload, at a fraction of the cost."""
    avro = _Avro(value)
    _require(avro.take(1) == b"\0", "the first byte is not 0: not Confluent's wire format")
    schema_id = int.from_bytes(avro.take(4), "big")
    corpus, shard, batch, rows, length = avro.string(), avro.int32(), avro.int32(), avro.int32(), avro.int32()
    token_bytes, tokenizer_hash, vocabulary = avro.blob(), avro.string(), avro.int32()
    end = (avro.long(), avro.long()) if avro.present() else None
    document_end = avro.int32() if _has_document_end(avro, end is not None) and avro.present() else None
    teacher = Teacher(avro.string(), avro.string(), avro.long() if avro.present() else None) if avro.present() else None
    selection = (
        Selection(avro.string(), float(np.frombuffer(avro.take(8), "<f8")[0]), avro.int32(), avro.int32(), avro.long())
        if avro.present()
        else None
    )
    codec, payload = avro.string(), avro.blob()
    _require(avro.at == len(value), "bytes are left over after the LogitsBatch")
    return _checked(
        Envelope(
            schema_id,
            corpus,
            shard,
            batch,
            rows,
            length,
            token_bytes,
            tokenizer_hash,
            vocabulary,
            end,
            teacher,
            selection,
            codec,
            payload,
            document_end,
        )
    )


def envelope_of(schema_id: int, value: object) -> Envelope:
    """Takes the fields of a record that was read with its own schema, as dictionaries by the names of the schema.

    Fields that are not known here are passed over; those that an older schema does not have get their defaults.
    """
    record = _Fields(value)
    batch = _Fields(record.get("batch", dict))
    end, teacher, selection = (
        None if given is None else _Fields(given)
        for given in (
            batch.optional("endOfCorpus", dict),
            record.optional("teacher", dict),
            record.optional("selection", dict),
        )
    )
    return _checked(
        Envelope(
            schema_id,
            batch.get("corpus", str),
            batch.int32("shard"),
            batch.int32("batch"),
            batch.int32("rows"),
            batch.int32("length"),
            batch.get("tokens", bytes),
            batch.get("tokenizerHash", str),
            batch.int32("vocabularySize"),
            None if end is None else (end.get("batches", int), end.get("predictedTokens", int)),
            None
            if teacher is None
            else Teacher(
                teacher.get("id", str), teacher.get("weightsHash", str), teacher.optional("trainingStep", int)
            ),
            None
            if selection is None
            else Selection(
                selection.get("method", str),
                selection.get("topP", float),
                selection.int32("topK"),
                selection.int32("draws", 0),
                selection.get("seed", int, 0),
            ),
            record.get("codec", str),
            record.get("payload", bytes),
            batch.optional("documentEnd", int),
        )
    )


class _Fields:
    """Fields of a record with types that are not known to be right."""

    def __init__(self, value: object) -> None:
        _require(isinstance(value, dict), "its schema is not that of a LogitsBatch")
        self.value: Any = value

    def get(self, name: str, kind: type, default: object = None) -> Any:
        found = self.value.get(name, default)
        _require(type(found) is kind, f"its schema has no field {name} of type {kind.__name__}")
        return found

    def int32(self, name: str, default: object = None) -> int:
        found = self.get(name, int, default)
        _require(-1 << 31 <= found < 1 << 31, "a number of more than 32 bits")
        return found

    def optional(self, name: str, kind: type) -> Any:
        return None if self.value.get(name) is None else self.get(name, kind)


def _checked(fields: Envelope) -> Envelope:
    corpus, shard, batch, rows, length, token_bytes = fields[1:7]
    vocabulary, end, teacher, selection, _, payload, document_end = fields[8:]
    _require(1 <= len(corpus) <= 200 and "/" not in corpus, "the corpus has an impossible name")
    _require(shard >= 0 and batch >= 0 and vocabulary >= 1, "shard, batch or vocabulary size is out of range")
    _require(document_end is None or 0 <= document_end < vocabulary, "a document end outside the vocabulary")
    if end is not None:
        _require(
            not (shard or batch or rows or length or token_bytes or payload or teacher or selection) and min(end) >= 0,
            "an end-of-corpus marker must be empty",
        )
    else:
        _require(
            rows >= 1 and length >= 2 and 4 * rows * length == len(token_bytes),
            f"{rows} rows of {length} tokens are not {len(token_bytes)} bytes",
        )
    return fields


def decode_envelope(fields: Envelope, most_entries: int = 1 << 23) -> Record:
    """Decodes and checks the payload of an envelope."""
    (
        schema_id,
        corpus,
        shard,
        batch,
        rows,
        length,
        token_bytes,
        tokenizer_hash,
        vocabulary,
        end,
        teacher,
        selection,
        codec,
        payload,
        document_end,
    ) = fields
    if end is not None:
        return Record(
            schema_id,
            corpus,
            0,
            0,
            np.zeros((0, 0), np.int32),
            tokenizer_hash,
            vocabulary,
            end,
            None,
            None,
            codec,
            None,
            document_end,
        )
    if teacher is None or selection is None:
        raise ValueError(REFUSED + "teacher or selection is missing")
    _require(0 <= selection.draws <= MOST_DRAWS, f"{selection.draws} draws")
    tokens = np.frombuffer(token_bytes, "<i4").astype(np.int32).reshape(rows, length)
    _require(tokens.min() >= 0 and tokens.max() < vocabulary, "a token outside the vocabulary")
    _require(codec in CODECS, f"codec '{codec}' is unknown: use a newer version of this file")
    logits = CODECS[codec](payload, tokens, selection.draws, most_entries)
    _check(logits, vocabulary, selection.draws, codec)
    return Record(
        schema_id,
        corpus,
        shard,
        batch,
        tokens,
        tokenizer_hash,
        vocabulary,
        None,
        teacher,
        selection,
        codec,
        logits,
        document_end,
    )


def document_positions(record: Record) -> np.ndarray:
    """Position of each input token in its document, int64 [rows, length - 1]: the position_ids of a model.

    They begin anew after each token document_end; where that is None, each row counts from 0 to its end. transformers
    makes a block-diagonal mask from such position_ids when it gets no attention_mask and use_cache is False.
    """
    rows, length = record.tokens.shape
    if not rows:
        raise ValueError(REFUSED + "an end-of-corpus marker has no positions")
    index = np.arange(length - 1)
    begins = np.zeros((rows, length - 1), bool)
    if record.document_end is not None:
        begins[:, 1:] = record.tokens[:, :-2] == record.document_end
    return index - np.maximum.accumulate(np.where(begins, index, 0), axis=1)


def top_k_padded(record: Record, k: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The supports as rectangles [rows, length - 1, K]: ids (int64), log_probs (float32) and whether there is an entry.

    k: keep at most so many entries of a position, the most likely; None keeps all, so that K is the largest support.
    Where there is no entry the id is 0 and the log-probability -inf. Of a sample only k = None is unbiased.
    """
    logits = record.logits
    if logits is None:
        raise ValueError(REFUSED + "an end-of-corpus marker has no logits")
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
    """Reader of Avro's binary encoding for the types of the schema."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = bytes(data), 0

    def take(self, count: int) -> bytes:
        _require(0 <= count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

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


def _has_document_end(avro: _Avro, end_marker: bool) -> bool:
    """Whether the field documentEnd comes next, which records of version 0.1.0 do not have.

    In these the teacher comes next. A batch has one, whose id begins with a printable character; a marker has neither
    teacher nor selection, and a codec whose name has more than one character.
    """
    at = avro.at
    try:
        if end_marker:
            return avro.present() or [avro.long(), avro.long()] == [0, 0]
        return not avro.present() or [avro.long(), avro.long()][1] == 1
    finally:
        avro.at = at


def _offsets(counts: np.ndarray, total: int) -> np.ndarray:
    offsets = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
    _require(counts.min() >= 1 and offsets[-1] == total, "the counts do not add up to the kept entries")
    return offsets


def sample_log_probs(counts: np.ndarray, draws: int) -> np.ndarray:
    """Returns log-probabilities of counts, computed in float64 and rounded to float32."""
    _require(counts.min() >= 1, "an id with no draws")
    _require(counts.max() <= draws, "counts that do not add up to the draws")
    by_count = np.zeros(int(counts.max()) + 1, np.float32)
    for count in np.flatnonzero(np.bincount(counts)).tolist():
        by_count[count] = math.log(count) - math.log(draws)
    return by_count[counts]


def has_duplicates(ids: np.ndarray, offsets: np.ndarray) -> bool:
    """Tells whether a support contains an id twice."""
    places = np.sort(ids + (np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)) << 31))
    return bool((places[1:] == places[:-1]).any())


def _check(logits: Logits, vocabulary: int, draws: int, codec: str) -> None:
    starts = logits.offsets[:-1]
    ids, log_probs = logits.ids, logits.log_probs
    _require(ids.min() >= 0 and ids.max() < vocabulary, "an id outside the vocabulary")
    _require(not find_duplicates(ids, logits.offsets), "an id twice in a support")
    rises = log_probs[1:] > log_probs[:-1]
    rises[starts[1:] - 1] = False
    _require(
        np.isfinite(log_probs).all() and not rises.any() and log_probs.max() <= ROUNDING,
        "log-probabilities that rise, or are no numbers up to 0",
    )
    if logits.counts is not None:
        drawn = np.add.reduceat(logits.counts, starts, dtype=np.int64)
        _require(bool((drawn == draws).all()), "counts that do not add up to the draws")
    tail_mass, deviation = logits.tail_mass, logits.standard_deviation
    possible = np.isfinite(tail_mass).all() and tail_mass.min() >= 0 and tail_mass.max() <= 1
    if logits.log_sum_exp is not None and deviation is not None and logits.entropy is not None:
        finite = np.isfinite(np.stack([logits.log_sum_exp, deviation, logits.entropy])).all()
        possible = possible and finite and deviation.min() >= 0 and logits.entropy.min() >= -ROUNDING
    _require(bool(possible), "an impossible statistic")
    if draws == 0:
        kept = np.diff(logits.offsets)
        compact = codec.startswith("compact-1")
        error = 1 / 4096 + np.sqrt(kept) / 4096 + np.minimum(0.065, kept * 1e-6) if compact else 0
        sums = np.add.reduceat(np.exp(log_probs), starts, dtype=np.float64) + logits.tail_mass
        _require(
            bool((np.abs(sums - 1) <= MASS_ROUNDING + error).all()),
            "probabilities and tail mass that do not add up to 1",
        )


def _decode_plain(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int, columns: int = 4) -> Logits:
    positions = tokens.shape[0] * (tokens.shape[1] - 1)
    fixed = 4 * (1 + columns) * positions
    total = (len(payload) - fixed) // 8
    _require(
        positions <= total <= most_entries and len(payload) == fixed + 8 * total,
        f"{len(payload)} bytes cannot hold {positions} positions, or hold more entries than most_entries",
    )
    ints = np.frombuffer(payload, "<i4").astype(np.int32)
    entries_end = positions + 2 * total
    floats = np.frombuffer(payload, "<f4").astype(np.float32)
    counts = ints[positions + total : entries_end] if draws else None
    log_probs = floats[positions + total : entries_end] if counts is None else sample_log_probs(counts, draws)
    statistics = floats[entries_end:].reshape(columns, positions)
    return Logits(
        _offsets(ints[:positions], total),
        ints[positions : positions + total],
        log_probs,
        counts,
        statistics[0],
        *(statistics[1:] if columns > 1 else (None, None, None)),
    )


def _decode_plain_supports(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> Logits:
    require_no_sample(draws)
    return _decode_plain(payload, tokens, 0, most_entries, columns=1)


def require_no_sample(draws: int) -> None:
    """Refuses a sample in a codec without statistics."""
    _require(draws == 0, "a sample in a codec that holds no statistics")


class _Classes:
    """Classes of numbers: the smallest number and the number of extra bits of each class."""

    def __init__(self, mantissa_bits: int) -> None:
        self.count = 16 + (27 << mantissa_bits)
        places = np.arange(self.count - 16)
        self.extra = np.concatenate((np.zeros(16, np.int64), 4 - mantissa_bits + (places >> mantissa_bits)))
        leading = np.concatenate((np.arange(16), (1 << mantissa_bits) + (places & (1 << mantissa_bits) - 1)))
        self.base = leading << self.extra


FINE, FINER = _Classes(2), _Classes(3)
BASE, EXTRA = FINE.base.tolist(), FINE.extra.tolist()
_FLOOR_LOG = 2 * math.log(16 / 4096)
LOG_PROBS = np.array(
    [_FLOOR_LOG + (level - LINEAR) / 8 for level in range(LINEAR)]
    + [2 * math.log(root / 4096) for root in range(16, 4097)],
    np.float32,
)
# The probability of each level in 2^-24; those of the lowest levels are not counted.
SQUARES = np.array([0] * LINEAR + [root * root for root in range(16, 4097)], np.int64)


class _Bits:
    """The bits of a payload, the first in the lowest bit of the first byte."""

    def __init__(self, data: bytes) -> None:
        self.at, self.end = 0, 8 * len(data)
        self.data = data + bytes(8)
        # The 64 bits from each byte.
        self.windows = np.ndarray(len(data) + 1, "<u8", self.data, strides=(1,))

    def read(self, count: int) -> int:
        _require(self.at + count <= self.end, "its bits end too early")
        window = int.from_bytes(self.data[self.at >> 3 : (self.at >> 3) + 8], "little") >> (self.at & 7)
        self.at += count
        return window & (1 << count) - 1

    def gamma(self) -> int:
        at = self.at
        window = int.from_bytes(self.data[at >> 3 : (at >> 3) + 8], "little") >> (at & 7)
        zeros = (window & -window).bit_length() - 1
        _require(0 <= zeros <= 30 and at + 2 * zeros + 1 <= self.end, "a number that is too large")
        self.at = at + zeros + 1
        return (1 << zeros) - 1 + self.read(zeros) if zeros else 0

    def require_end(self) -> None:
        _require(self.at > self.end - 8, "bytes are left over after its tables")


class _Code:
    """Prefix codes of one alphabet: for each context a table from the next bits, as a number, to the symbol."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.symbols = np.zeros(0, np.int64)
        self.lengths = np.zeros(0, np.int64)

    def read(self, source: _Bits, alphabet: int) -> "_Code":
        """Adds a context, given the lengths of its codes."""
        used = source.gamma()
        _require(used <= alphabet, "codes of more symbols than there are")
        folded = np.array([source.gamma() for _ in range(used)], np.int64)
        lengths = np.cumsum(folded >> 1 ^ -(folded & 1))
        _require(used == 0 or (lengths.min() >= 0 and lengths.max() <= self.bits), "a code that is too long")
        symbols = np.flatnonzero(lengths)
        lengths = lengths[symbols]
        if len(symbols) == 0:
            return self.only(0)
        if len(symbols) == 1 and lengths[0] == 1:
            return self.only(int(symbols[0]))
        _require((1 << self.bits - lengths).sum() == 1 << self.bits, "codes that do not fill their table")
        order = np.argsort(lengths, kind="stable")
        slots = np.repeat(order, 1 << self.bits - lengths[order])
        # A code's first bit is its highest in canonical order, and the lowest of the bits that are read.
        numbers = np.arange(1 << self.bits)
        reversed_bits = sum((numbers >> bit & 1) << self.bits - 1 - bit for bit in range(self.bits))
        return self._add(symbols[slots[reversed_bits]], lengths[slots[reversed_bits]])

    def only(self, symbol: int) -> "_Code":
        """Adds a context with a single symbol, which takes no bits."""
        return self._add(np.full(1 << self.bits, symbol), np.zeros(1 << self.bits, np.int64))

    def _add(self, symbols: np.ndarray, lengths: np.ndarray) -> "_Code":
        self.symbols = np.concatenate((self.symbols, symbols))
        self.lengths = np.concatenate((self.lengths, lengths))
        return self


class _Lane:
    """One of the four bit streams."""

    def __init__(self, data: bytes) -> None:
        self.at, self.end = 0, 8 * len(data)
        # The 64 bits from each byte, and the bits of the next code as Python numbers.
        self.windows = np.ndarray(len(data) + 1, "<u8", data + bytes(8), strides=(1,))
        self.near = (self.windows & np.uint64((1 << ID_BITS + 7) - 1)).tolist()

    def extra(self, places: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Returns the fields that begin at these positions."""
        _require(not len(places) or int((places + sizes).max()) <= self.end, "its codes end too early")
        found = self.windows[places >> 3] >> (places & 7).astype(np.uint64)
        return found.astype(np.int64) & (1 << sizes) - 1

    def numbers(self, code: _Code, contexts: np.ndarray, base: np.ndarray, extra: np.ndarray) -> np.ndarray:
        """Reads numbers as symbols with extra bits, given the smallest number of each symbol."""
        near, mask, steps = self.near, (1 << code.bits) - 1, (code.lengths + extra[code.symbols]).tolist()
        places: list[int] = []
        slots: list[int] = []
        at = self.at
        try:
            for first in (contexts << code.bits).tolist():
                slot = first + (near[at >> 3] >> (at & 7) & mask)
                places.append(at)
                slots.append(slot)
                at += steps[slot]
        except IndexError:
            raise ValueError(REFUSED + "its codes end too early") from None
        self.at = at
        found = np.array(slots, np.int64)
        symbols = code.symbols[found]
        return base[symbols] + self.extra(np.array(places, np.int64) + code.lengths[found], extra[symbols])

    def entries(
        self, levels: _Code, level_contexts: np.ndarray, kinds: _Code, kind_contexts: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Reads level differences and kinds alternately. Most of the time is spent here."""
        near, level_mask, kind_mask = self.near, (1 << LEVEL_BITS) - 1, (1 << KIND_BITS) - 1
        level_steps, kind_steps = (levels.lengths + FINE.extra[levels.symbols]).tolist(), kinds.lengths.tolist()
        places: list[int] = []
        level_slots: list[int] = []
        kind_slots: list[int] = []
        at = self.at
        try:
            for level_first, kind_first in zip(
                (level_contexts << LEVEL_BITS).tolist(), (kind_contexts << KIND_BITS).tolist()
            ):
                slot = level_first + (near[at >> 3] >> (at & 7) & level_mask)
                places.append(at)
                level_slots.append(slot)
                at += level_steps[slot]
                slot = kind_first + (near[at >> 3] >> (at & 7) & kind_mask)
                kind_slots.append(slot)
                at += kind_steps[slot]
        except IndexError:
            raise ValueError(REFUSED + "its codes end too early") from None
        self.at = at
        found = np.array(level_slots, np.int64)
        symbols = levels.symbols[found]
        below = FINE.base[symbols] + self.extra(np.array(places, np.int64) + levels.lengths[found], FINE.extra[symbols])
        return below, kinds.symbols[np.array(kind_slots, np.int64)]

    def one(self, code: _Code, symbols: list[int], lengths: list[int], context: int) -> int:
        """Reads one number."""
        _require(self.at <= self.end, "its codes end too early")
        slot = context << code.bits | self.near[self.at >> 3] >> (self.at & 7) & (1 << code.bits) - 1
        symbol, place = symbols[slot], self.at + lengths[slot]
        size = EXTRA[symbol]
        _require(place + size <= self.end, "its codes end too early")
        self.at = place + size
        value = BASE[symbol]
        return value + (int(self.windows[place >> 3]) >> (place & 7) & (1 << size) - 1) if size else value


def _pass(lanes: list[_Lane], code: _Code, contexts: np.ndarray, base: np.ndarray, extra: np.ndarray) -> np.ndarray:
    """Reads the numbers of a pass with these contexts from the lanes in turn."""
    numbers = np.empty(len(contexts), np.int64)
    for turn, lane in enumerate(lanes):
        numbers[turn::LANES] = lane.numbers(code, contexts[turn::LANES], base, extra)
    return numbers


class CompactHeader(NamedTuple):
    total: int  # kept entries of all positions
    others: int  # entries whose ids are coded
    smallest_log_sum: int  # in 1/16; 0 without statistics
    ends: list[int]  # where the header, the tables and the four lanes end, in bytes


def compact_header(payload: bytes, tokens: np.ndarray, most_entries: int, statistics: bool = True) -> CompactHeader:
    """Reads and checks the header of compact-1, or of compact-1-supports."""
    header_bytes = HEADER_BYTES if statistics else SUPPORTS_HEADER_BYTES
    _require(len(payload) >= header_bytes, f"{len(payload)} bytes are too few for a header")
    positions = tokens.shape[0] * (tokens.shape[1] - 1)
    header = np.frombuffer(payload, "<i4", header_bytes // 4).tolist()
    parts = header[-LANES:]
    total, others = header[:2]
    smallest_log_sum = header[2] if statistics else 0
    _require(
        positions <= total <= min(most_entries, positions + MOST_ENTRIES_PER_BYTE * len(payload)),
        f"{total} kept entries in {positions} positions and {len(payload)} bytes, of at most {most_entries}",
    )
    _require(0 <= others <= total, f"{others} ids of their own among {total} kept entries")
    _require(min(parts) >= 0 and sum(parts) <= len(payload) - header_bytes, "parts of more than its bytes")
    return CompactHeader(
        total, others, smallest_log_sum, list(itertools.accumulate(parts, initial=header_bytes)) + [len(payload)]
    )


def _decode_compact(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> Logits:
    total, others, smallest_log_sum, ends = compact_header(payload, tokens, most_entries)
    positions = tokens.shape[0] * (tokens.shape[1] - 1)

    bits = _Bits(payload[ends[0] : ends[1]])
    columns = [_codes(bits, contexts, FINER.count, COLUMN_BITS) for contexts in COLUMN_CONTEXTS]
    count_code = _codes(bits, COUNT_CONTEXTS, FINE.count, COUNT_BITS) if draws else None
    levels = _codes(bits, 0 if draws else LEVEL_CONTEXTS, LEVEL_CLASSES, LEVEL_BITS).only(0)
    kinds = _codes(bits, KIND_CONTEXTS, KINDS, KIND_BITS).only(OTHER).only(LABEL)
    dictionary = _dictionary(bits)
    id_code = _codes(bits, 1, FINER.count + len(dictionary), ID_BITS)
    bits.require_end()

    lanes = [_Lane(payload[start:end]) for start, end in itertools.pairwise(ends[1:])]
    values: list[np.ndarray] = []
    for code, contexts in zip(columns, COLUMN_CONTEXTS):
        by_entropy = np.minimum(7, values[0] >> 6) if contexts > 1 else np.zeros(positions, np.int64)
        values.append(_pass(lanes, code, by_entropy, FINER.base, FINER.extra))
    entropy, kept, label, tail, log_sum, deviation = values
    offsets = _offsets(kept + 1, total)
    entries = _Entries(tokens, offsets, label)
    # A level context after those of the tables is used where no level is coded.
    level_contexts = np.zeros(total, np.int64) if draws else entries.rank_contexts()
    entries.read(lanes, levels, level_contexts, kinds)
    counts = None
    if count_code is not None:
        counts = _counts(lanes, count_code, entries.sizes.tolist(), draws)
        log_probs = sample_log_probs(counts, draws)
    else:
        log_probs = LOG_PROBS[entries.levels()]
    ids = entries.ids(lanes, id_code, dictionary, others)
    return compact_logits(offsets, ids, log_probs, counts, tail, smallest_log_sum + log_sum, deviation, entropy)


def _decode_compact_supports(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> Logits:
    require_no_sample(draws)
    total, others, _, ends = compact_header(payload, tokens, most_entries, statistics=False)
    positions = tokens.shape[0] * (tokens.shape[1] - 1)

    bits = _Bits(payload[ends[0] : ends[1]])
    kept_code, label_code, tail_code = (
        _codes(bits, contexts, FINER.count, COLUMN_BITS) for contexts in SUPPORTS_COLUMN_CONTEXTS
    )
    levels = _codes(bits, SUPPORTS_STARTS + LEVEL_CONTEXTS - STARTS, LEVEL_CLASSES, LEVEL_BITS)
    kinds = _codes(bits, KIND_CONTEXTS, KINDS, KIND_BITS).only(OTHER).only(LABEL)
    dictionary = _dictionary(bits)
    id_code = _codes(bits, 1, FINER.count + len(dictionary), ID_BITS)
    bits.require_end()

    lanes = [_Lane(payload[start:end]) for start, end in itertools.pairwise(ends[1:])]
    one_table = np.zeros(positions, np.int64)
    offsets = _offsets(_pass(lanes, kept_code, one_table, FINER.base, FINER.extra) + 1, total)
    doublings = np.frexp(np.diff(offsets))[1] - 1
    label = _pass(lanes, label_code, np.minimum(7, doublings).astype(np.int64), FINER.base, FINER.extra)
    entries = _Entries(tokens, offsets, label)
    level_contexts = entries.rank_contexts() + SUPPORTS_STARTS - STARTS
    level_contexts[offsets[:-1]] = np.minimum(SUPPORTS_STARTS - 1, doublings)
    entries.read(lanes, levels, level_contexts, kinds)
    level = entries.levels()
    folded = _pass(lanes, tail_code, one_table, FINER.base, FINER.extra)
    tail = predicted_tails(level, offsets) + (folded >> 1 ^ -(folded & 1))
    _require(tail.min() >= 0 and tail.max() <= TAIL_STEPS, "a tail mass outside [0, 1]")
    ids = entries.ids(lanes, id_code, dictionary, others)
    return supports_logits(offsets, ids, LOG_PROBS[level], tail)


class _Entries:
    """The entries of all positions while they are read."""

    def __init__(self, tokens: np.ndarray, offsets: np.ndarray, label: np.ndarray) -> None:
        self.offsets, self.label, self.sizes = offsets, label, np.diff(offsets)
        _require(bool((label <= self.sizes).all()), "a label outside its support")
        self.position = np.repeat(np.arange(len(label)), self.sizes)
        self.rank = np.arange(offsets[-1]) - offsets[self.position]
        self.earlier = _earlier(tokens)[self.position]
        self.following = tokens[:, 1:].ravel()
        self.below = self.kind = np.zeros(0, np.int64)

    def rank_contexts(self) -> np.ndarray:
        """Returns the table of each entry's level by its rank."""
        rank = self.rank
        return np.where(rank < 4, rank, np.minimum(LEVEL_CONTEXTS - 1, 1 + np.frexp(rank)[1])).astype(np.int64)

    def read(self, lanes: list[_Lane], levels: _Code, level_contexts: np.ndarray, kinds: _Code) -> None:
        """Reads differences of levels, and kinds."""
        # Where no kind is coded, contexts after those of the tables are used: only others; only the label.
        kind_contexts = np.where(
            self.earlier < 0, KIND_CONTEXTS, np.searchsorted((1, 3, 8), self.rank, side="right")
        ).astype(np.int64)
        kind_contexts[(self.offsets[:-1] + self.label - 1)[self.label > 0]] = KIND_CONTEXTS + 1
        total = len(self.rank)
        self.below, self.kind = np.empty(total, np.int64), np.empty(total, np.int64)
        for turn, lane in enumerate(lanes):
            self.below[turn::LANES], self.kind[turn::LANES] = lane.entries(
                levels, level_contexts[turn::LANES], kinds, kind_contexts[turn::LANES]
            )

    def levels(self) -> np.ndarray:
        """Returns the level of each entry."""
        fallen = np.cumsum(self.below)
        before = np.concatenate(([0], fallen))[self.offsets[:-1]]
        level = MOST_LEVEL - fallen + before[self.position]
        _require(level.min() >= 0, "a log-probability below the smallest")
        return level

    def ids(self, lanes: list[_Lane], code: _Code, dictionary: np.ndarray, others: int) -> np.ndarray:
        """Reads the last pass and returns the ids of all entries."""
        other = np.flatnonzero(self.kind == OTHER)
        _require(len(other) == others, "more or fewer ids of their own than its header says")
        size = FINER.count + len(dictionary)
        base, extra = np.zeros(size, np.int64), np.zeros(size, np.int64)
        base[: FINER.count], base[FINER.count :], extra[: FINER.count] = FINER.base, dictionary, FINER.extra
        other_ids = _pass(lanes, code, np.zeros(others, np.int64), base, extra)
        for turn, lane in enumerate(lanes):
            _require(
                lane.at <= lane.end and (turn == LANES - 1 or lane.at > lane.end - 8),
                "its codes do not end where they must",
            )

        ids = self.following.astype(np.int64)[self.position]
        ids[other] = other_ids
        place = self.kind - EARLIER
        from_earlier = place >= 0
        _require(
            not (from_earlier & ((self.earlier < 0) | (place >= self.sizes[self.earlier]))).any(),
            "an id of an earlier support that has it not",
        )
        # The source of each copied id may be a copy itself: each round follows twice as many steps.
        source = np.where(from_earlier, self.offsets[self.earlier] + place, np.arange(len(ids)))
        while True:
            further = source[source]
            if (further == source).all():
                return ids[source]
            source = further


def predicted_tails(level: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Returns the tail mass that the levels of each position leave, in 1/2048, as compact-1-supports predicts it."""
    squares = np.add.reduceat(SQUARES[level], offsets[:-1])
    return np.maximum(0, ((1 << 24) - squares + (1 << 12)) >> 13)


def supports_logits(offsets: np.ndarray, ids: np.ndarray, log_probs: np.ndarray, tail: np.ndarray) -> Logits:
    """Returns logits without statistics; the tail mass is in 1/2048."""
    return Logits(
        offsets,
        ids.astype(np.int32),
        log_probs,
        None,
        tail.astype(np.float32) / np.float32(TAIL_STEPS),
        None,
        None,
        None,
    )


def compact_logits(
    offsets: np.ndarray,
    ids: np.ndarray,
    log_probs: np.ndarray,
    counts: np.ndarray | None,
    tail: np.ndarray,
    log_sum: np.ndarray,
    deviation: np.ndarray,
    entropy: np.ndarray,
) -> Logits:
    """Returns the logits from the last four columns, which are still integers of the codec."""
    return Logits(
        offsets,
        ids.astype(np.int32),
        log_probs,
        counts,
        np.minimum(np.float32(1), tail.astype(np.float32) / np.float32(2048)),
        (log_sum / 16).astype(np.float32),
        deviation.astype(np.float32) / np.float32(64),
        entropy.astype(np.float32) / np.float32(64),
    )


def _codes(source: _Bits, contexts: int, alphabet: int, bits: int) -> _Code:
    code = _Code(bits)
    for _ in range(contexts):
        code.read(source, alphabet)
    return code


def _dictionary(bits: _Bits) -> np.ndarray:
    words = bits.gamma()
    _require(words <= MOST_DICTIONARY, f"a dictionary of {words} ids")
    gap_bits = bits.read(5)
    gaps = [1 + (bits.gamma() << gap_bits) + bits.read(gap_bits) for _ in range(words)]
    ids = list(itertools.accumulate(gaps, initial=-1))[1:]
    _require(not ids or ids[-1] < 1 << 31, "an id above 2^31 in the dictionary")
    return np.array(ids, np.int64)


def _counts(lanes: list[_Lane], code: _Code, kept: list[int], draws: int) -> np.ndarray:
    """Reads the counts of a sample one by one, because their tables depend on the counts before."""
    counts: list[int] = []
    symbols, lengths = code.symbols.tolist(), code.lengths.tolist()
    coded = 0
    for ids in kept:
        limit = left = draws
        _require(ids <= left, "more ids than draws")
        for remaining in range(ids, 0, -1):
            limit = min(limit, left - remaining + 1)
            count = 1 if left == remaining else limit
            if left > remaining and limit > LEAST_COUNT:
                mean = left.bit_length() - remaining.bit_length()
                context = 4 * (min(8, limit.bit_length() - 1) - 1) + min(3, mean)
                count = LEAST_COUNT + lanes[coded % LANES].one(code, symbols, lengths, context)
                coded += 1
                _require(count <= limit, f"count {count}, where at most {limit} is possible")
            counts.append(count)
            left -= count
            limit = count
        _require(left == 0, "counts that do not add up to the draws")
    return np.array(counts, np.int32)


def _earlier(tokens: np.ndarray) -> np.ndarray:
    """Returns for each position the last one before it with the same input token, or -1."""
    inputs = tokens[:, :-1].ravel()
    order = np.argsort(inputs, kind="stable")
    same = np.flatnonzero(inputs[order[1:]] == inputs[order[:-1]])
    earlier = np.full(len(inputs), -1, np.int64)
    earlier[order[same + 1]] = order[same]
    return earlier


CODECS = {
    "plain": _decode_plain,
    "plain-supports": _decode_plain_supports,
    "compact-1": _decode_compact,
    "compact-1-supports": _decode_compact_supports,
}
# The package replaces the compact codecs and the next function by compiled ones where numba is installed.
find_duplicates = has_duplicates
