"""Decoders of compact-1 and compact-1-supports that numba compiles to machine code.

The results and the refusals are those of `logits.py`, which says what each part means; the format is described in
schemas/README.md. This module exists for speed alone and is used where numba is installed.

Every index into a payload is checked before it is used: numba does not check array bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from logitstream import logits as reference

FINE_BASE, FINE_EXTRA = reference.FINE.base, reference.FINE.extra
FINER_BASE, FINER_EXTRA = reference.FINER.base, reference.FINER.extra
FINE_COUNT, FINER_COUNT = reference.FINE.count, reference.FINER.count
COLUMN_BITS, COUNT_BITS, LEVEL_BITS = reference.COLUMN_BITS, reference.COUNT_BITS, reference.LEVEL_BITS
KIND_BITS, ID_BITS = reference.KIND_BITS, reference.ID_BITS
LEVEL_CONTEXTS, LEVEL_CLASSES = reference.LEVEL_CONTEXTS, reference.LEVEL_CLASSES
COUNT_CONTEXTS, KIND_CONTEXTS, KINDS = reference.COUNT_CONTEXTS, reference.KIND_CONTEXTS, reference.KINDS
COLUMN_CONTEXTS = np.array(reference.COLUMN_CONTEXTS)
COLUMNS, COLUMN_TABLES = len(COLUMN_CONTEXTS), int(COLUMN_CONTEXTS.sum())
SUPPORTS_COLUMN_TABLES = sum(reference.SUPPORTS_COLUMN_CONTEXTS)
STARTS, SUPPORTS_STARTS = reference.STARTS, reference.SUPPORTS_STARTS
SQUARES, TAIL_STEPS = reference.SQUARES, reference.TAIL_STEPS
MOST_DICTIONARY, MOST_LEVEL, LEAST_COUNT = reference.MOST_DICTIONARY, reference.MOST_LEVEL, reference.LEAST_COUNT
LABEL, OTHER, EARLIER = reference.LABEL, reference.OTHER, reference.EARLIER
LANES = reference.LANES
# Two fields of a table's entry: the symbol, and below it the length of its code.
LENGTH_BITS = 4

(
    ENDS_EARLY,
    TOO_LARGE,
    TOO_MANY_SYMBOLS,
    TOO_LONG,
    NOT_FULL,
    LEFT_OVER,
    DICTIONARY,
    TOTAL,
    LABEL_PLACE,
    LEVEL,
    PLACE,
    OTHERS,
    LANE_END,
    COUNT,
    DRAWS,
    DRAWS_LEFT,
    TAIL,
) = range(1, 18)
REFUSALS = {
    ENDS_EARLY: "its codes end too early",
    TOO_LARGE: "a number that is too large",
    TOO_MANY_SYMBOLS: "codes of more symbols than there are",
    TOO_LONG: "a code that is too long",
    NOT_FULL: "codes that do not fill their table",
    LEFT_OVER: "bytes are left over after its tables",
    DICTIONARY: "a dictionary that is too large, or has an id above 2^31",
    TOTAL: "the counts do not add up to the kept entries",
    LABEL_PLACE: "a label outside its support",
    LEVEL: "a log-probability below the smallest",
    PLACE: "an id of an earlier support that has it not",
    OTHERS: "more or fewer ids of their own than its header says",
    LANE_END: "its codes do not end where they must",
    COUNT: "a count above what is possible",
    DRAWS: "more ids than draws",
    DRAWS_LEFT: "counts that do not add up to the draws",
    TAIL: "a tail mass outside [0, 1]",
}


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function at its first call and caches the result on disk where a folder is writable."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@_compiled
def _window(windows: np.ndarray, at: int) -> int:
    """Returns at least 57 bits from a position."""
    return windows[at >> 3] >> np.uint64(at & 7)


@_compiled
def _field(window: int, size: int) -> int:
    return np.int64(window & ((np.uint64(1) << np.uint64(size)) - np.uint64(1)))


@_compiled
def _gamma(windows: np.ndarray, at: int, end: int) -> tuple[int, int]:
    """Returns a number and the position after it; on an error its negated code and an undefined position."""
    if at >= end:
        return -TOO_LARGE, at
    window = _window(windows, at)
    zeros = 0
    while zeros <= 30 and not (window >> np.uint64(zeros)) & np.uint64(1):
        zeros += 1
    after = at + 2 * zeros + 1
    if zeros > 30 or after > end:
        return -TOO_LARGE, at
    # Up to 61 bits: the field may begin where the window ends.
    return (1 << zeros) - 1 + _field(_window(windows, at + zeros + 1), zeros), after


@_compiled
def _table(
    windows: np.ndarray, at: int, end: int, alphabet: int, bits: int, out: np.ndarray, lengths: np.ndarray
) -> int:
    """Reads a table into `out` and returns the position after it, or a negated error code."""
    used, at = _gamma(windows, at, end)
    if used < 0:
        return used
    if used > alphabet:
        return -TOO_MANY_SYMBOLS
    length, symbols, space, last = 0, 0, 0, 0
    for symbol in range(used):
        folded, at = _gamma(windows, at, end)
        if folded < 0:
            return folded
        length += (folded >> 1) ^ -(folded & 1)
        if length < 0 or length > bits:
            return -TOO_LONG
        lengths[symbol] = length
        if length > 0:
            symbols += 1
            space += 1 << (bits - length)
            last = symbol
    if symbols == 0 or (symbols == 1 and lengths[last] == 1):
        out[:] = last << LENGTH_BITS
        return at
    if space != 1 << bits:
        return -NOT_FULL
    slot = 0
    for length in range(1, bits + 1):
        for symbol in range(used):
            if lengths[symbol] == length:
                # A code's first bit is its highest in canonical order, and the lowest of the bits that are read.
                code, reversed_code = slot >> (bits - length), 0
                for _ in range(length):
                    reversed_code = reversed_code << 1 | code & 1
                    code >>= 1
                out[reversed_code :: 1 << length] = symbol << LENGTH_BITS | length
                slot += 1 << (bits - length)
    return at


@_compiled
def _dictionary(windows: np.ndarray, at: int, end: int, base: np.ndarray) -> tuple[int, int]:
    """Appends the dictionary to the classes of `base`; returns its size (or a negated error code) and the next position."""
    words, at = _gamma(windows, at, end)
    if words < 0:
        return words, at
    if words > MOST_DICTIONARY:
        return -DICTIONARY, at
    if at + 5 > end:
        return -ENDS_EARLY, at
    gap_bits = _field(_window(windows, at), 5)
    at += 5
    word = -1
    for i in range(words):
        high, at = _gamma(windows, at, end)
        if high < 0:
            return high, at
        if at + gap_bits > end:
            return -ENDS_EARLY, at
        word += 1 + (high << gap_bits) + _field(_window(windows, at), gap_bits)
        at += gap_bits
        if word >= 1 << 31:
            return -DICTIONARY, at
        base[FINER_COUNT + i] = word
    return words, at


@_compiled
def _tables(
    windows: np.ndarray,
    end: int,
    draws: int,
    columns: np.ndarray,
    levels: np.ndarray,
    kinds: np.ndarray,
    counts: np.ndarray,
    ids: np.ndarray,
    id_base: np.ndarray,
) -> int:
    """Reads all tables; returns 0 or an error code."""
    lengths = np.empty(FINER_COUNT + MOST_DICTIONARY, np.int64)
    at = 0
    for context in range(len(columns)):
        at = _table(windows, at, end, FINER_COUNT, COLUMN_BITS, columns[context], lengths)
        if at < 0:
            return -at
    if draws:
        for context in range(COUNT_CONTEXTS):
            at = _table(windows, at, end, FINE_COUNT, COUNT_BITS, counts[context], lengths)
            if at < 0:
                return -at
    else:
        for context in range(len(levels)):
            at = _table(windows, at, end, LEVEL_CLASSES, LEVEL_BITS, levels[context], lengths)
            if at < 0:
                return -at
    for context in range(KIND_CONTEXTS):
        at = _table(windows, at, end, KINDS, KIND_BITS, kinds[context], lengths)
        if at < 0:
            return -at
    words, at = _dictionary(windows, at, end, id_base)
    if words < 0:
        return -words
    at = _table(windows, at, end, FINER_COUNT + words, ID_BITS, ids, lengths)
    if at < 0:
        return -at
    return 0 if at > end - 8 else LEFT_OVER


@_compiled
def _number(
    windows: np.ndarray, begin: int, table: np.ndarray, bits: int, base: np.ndarray, extra: np.ndarray
) -> tuple[int, int]:
    """Returns a number of a lane and its length in bits."""
    window = _window(windows, begin)
    entry = table[_field(window, bits)]
    symbol, length = entry >> LENGTH_BITS, entry & (1 << LENGTH_BITS) - 1
    size = extra[symbol]
    return base[symbol] + _field(window >> np.uint64(length), size), length + size


@_compiled
def _earlier(inputs: np.ndarray, earlier: np.ndarray) -> None:
    """Returns for each position the last one before it with the same input token, or -1."""
    mask = 1
    while mask < 2 * len(inputs):
        mask *= 2
    mask -= 1
    newest = np.full(mask + 1, -1, np.int64)
    for position in range(len(inputs)):
        slot = (np.int64(inputs[position]) * 2654435761 >> 7) & mask
        while newest[slot] >= 0 and inputs[newest[slot]] != inputs[position]:
            slot = (slot + 1) & mask
        earlier[position] = newest[slot]
        newest[slot] = position


@_compiled
def _counts(
    windows: np.ndarray,
    begins: np.ndarray,
    ats: np.ndarray,
    ends: np.ndarray,
    tables: np.ndarray,
    offsets: np.ndarray,
    draws: int,
    counts: np.ndarray,
) -> int:
    """Reads the counts of a sample, whose tables depend on the counts before them."""
    coded = 0
    for position in range(len(offsets) - 1):
        size = offsets[position + 1] - offsets[position]
        limit = left = draws
        if size > left:
            return DRAWS
        for entry in range(offsets[position], offsets[position + 1]):
            remaining = offsets[position + 1] - entry
            limit = min(limit, left - remaining + 1)
            count = 1 if left == remaining else limit
            if left > remaining and limit > LEAST_COUNT:
                context = 4 * (min(8, _bit_length(limit) - 1) - 1) + min(3, _bit_length(left) - _bit_length(remaining))
                lane = coded % LANES
                if ats[lane] > ends[lane]:
                    return ENDS_EARLY
                number, bits = _number(
                    windows, begins[lane] + ats[lane], tables[context], COUNT_BITS, FINE_BASE, FINE_EXTRA
                )
                ats[lane] += bits
                count = LEAST_COUNT + number
                coded += 1
                if count > limit:
                    return COUNT
            counts[entry] = count
            left -= count
            limit = count
        if left != 0:
            return DRAWS_LEFT
    return 0


@_compiled
def _bit_length(number: int) -> int:
    bits = 0
    while number:
        number >>= 1
        bits += 1
    return bits


@_compiled
def _columns(
    windows: np.ndarray, begins: np.ndarray, ats: np.ndarray, ends: np.ndarray, tables: np.ndarray, values: np.ndarray
) -> int:
    """Reads the columns of all positions."""
    first_table = 0
    for column in range(COLUMNS):
        for position in range(values.shape[1]):
            lane = position % LANES
            if ats[lane] > ends[lane]:
                return ENDS_EARLY
            context = first_table
            if COLUMN_CONTEXTS[column] > 1:
                context += min(7, values[0, position] >> 6)
            values[column, position], bits = _number(
                windows, begins[lane] + ats[lane], tables[context], COLUMN_BITS, FINER_BASE, FINER_EXTRA
            )
            ats[lane] += bits
        first_table += COLUMN_CONTEXTS[column]
    return 0


@_compiled
def _support_columns(
    windows: np.ndarray,
    begins: np.ndarray,
    ats: np.ndarray,
    ends: np.ndarray,
    tables: np.ndarray,
    kept: np.ndarray,
    labels: np.ndarray,
) -> int:
    """Reads the numbers of kept entries - 1 and the places of the labels."""
    for column in range(2):
        values = kept if column == 0 else labels
        for position in range(len(values)):
            lane = position % LANES
            if ats[lane] > ends[lane]:
                return ENDS_EARLY
            table = 0 if column == 0 else 1 + min(7, _bit_length(kept[position] + 1) - 1)
            values[position], bits = _number(
                windows, begins[lane] + ats[lane], tables[table], COLUMN_BITS, FINER_BASE, FINER_EXTRA
            )
            ats[lane] += bits
    return 0


@_compiled
def _tails(
    windows: np.ndarray,
    begins: np.ndarray,
    ats: np.ndarray,
    ends: np.ndarray,
    table: np.ndarray,
    offsets: np.ndarray,
    levels: np.ndarray,
    tails: np.ndarray,
) -> int:
    """Reads the tail masses as differences from what the levels leave."""
    for position in range(len(tails)):
        lane = position % LANES
        if ats[lane] > ends[lane]:
            return ENDS_EARLY
        folded, bits = _number(windows, begins[lane] + ats[lane], table, COLUMN_BITS, FINER_BASE, FINER_EXTRA)
        ats[lane] += bits
        squares = 0
        for entry in range(offsets[position], offsets[position + 1]):
            squares += SQUARES[levels[entry]]
        tail = max(0, ((1 << 24) - squares + (1 << 12)) >> 13) + ((folded >> 1) ^ -(folded & 1))
        if tail < 0 or tail > TAIL_STEPS:
            return TAIL
        tails[position] = tail
    return 0


@_compiled
def _entries(
    windows: np.ndarray,
    begins: np.ndarray,
    ats: np.ndarray,
    ends: np.ndarray,
    level_tables: np.ndarray,
    kind_tables: np.ndarray,
    sampled: bool,
    starts: int,
    offsets: np.ndarray,
    labels: np.ndarray,
    earlier: np.ndarray,
    levels: np.ndarray,
    kinds: np.ndarray,
) -> int:
    """Reads level and kind of all entries."""
    for position in range(len(offsets) - 1):
        level = MOST_LEVEL
        start = offsets[position]
        size = offsets[position + 1] - start
        for rank in range(size):
            entry = start + rank
            lane = entry % LANES
            at = ats[lane]
            if at > ends[lane]:
                return ENDS_EARLY
            window = _window(windows, begins[lane] + at)
            if not sampled:
                if rank == 0:
                    table = min(starts, _bit_length(size)) - 1
                else:
                    table = starts - 1 + (rank if rank < 4 else min(LEVEL_CONTEXTS - 1, 1 + _bit_length(rank)))
                found = level_tables[table, _field(window, LEVEL_BITS)]
                symbol, length = found >> LENGTH_BITS, found & (1 << LENGTH_BITS) - 1
                extra = FINE_EXTRA[symbol]
                level -= FINE_BASE[symbol] + _field(window >> np.uint64(length), extra)
                at += length + extra
                if level < 0:
                    return LEVEL
                levels[entry] = level
                window >>= np.uint64(length + extra)
            if rank + 1 == labels[position]:
                kinds[entry] = LABEL
            elif earlier[position] < 0:
                kinds[entry] = OTHER
            else:
                table = 0 if rank < 1 else 1 if rank < 3 else 2 if rank < 8 else 3
                found = kind_tables[table, _field(window, KIND_BITS)]
                kinds[entry] = found >> LENGTH_BITS
                at += found & (1 << LENGTH_BITS) - 1
            ats[lane] = at
    return 0


@_compiled
def _ids(
    windows: np.ndarray,
    begins: np.ndarray,
    ats: np.ndarray,
    ends: np.ndarray,
    table: np.ndarray,
    base: np.ndarray,
    extra: np.ndarray,
    kinds: np.ndarray,
    others: int,
    offsets: np.ndarray,
    earlier: np.ndarray,
    following: np.ndarray,
    ids: np.ndarray,
) -> int:
    """Reads the coded ids and sets all ids in the order of positions, so that the source of a copy is always set."""
    other = 0
    for position in range(len(offsets) - 1):
        for entry in range(offsets[position], offsets[position + 1]):
            kind = kinds[entry]
            if kind == LABEL:
                ids[entry] = following[position]
            elif kind == OTHER:
                lane = other % LANES
                if ats[lane] > ends[lane]:
                    return ENDS_EARLY
                number, bits = _number(windows, begins[lane] + ats[lane], table, ID_BITS, base, extra)
                ids[entry] = number
                ats[lane] += bits
                other += 1
            else:
                source, place = earlier[position], kind - EARLIER
                if source < 0 or place >= offsets[source + 1] - offsets[source]:
                    return PLACE
                ids[entry] = ids[offsets[source] + place]
    if other != others:
        return OTHERS
    for lane in range(LANES):
        if ats[lane] > ends[lane] or (lane < LANES - 1 and ats[lane] <= ends[lane] - 8):
            return LANE_END
    return 0


@_compiled
def has_duplicates(ids: np.ndarray, offsets: np.ndarray) -> bool:
    """Tells whether a support contains an id twice. Memory is bounded by the largest support."""
    largest = 1
    for position in range(len(offsets) - 1):
        largest = max(largest, offsets[position + 1] - offsets[position])
    mask = 1
    while mask < 2 * largest:
        mask *= 2
    mask -= 1
    # A slot is in use if its stamp equals that of the position.
    stamps = np.full(mask + 1, -1, np.int64)
    found = np.empty(mask + 1, np.int64)
    for position in range(len(offsets) - 1):
        for entry in range(offsets[position], offsets[position + 1]):
            id = np.int64(ids[entry])
            slot = (id * 2654435761 >> 7) & mask
            while stamps[slot] == position:
                if found[slot] == id:
                    return True
                slot = (slot + 1) & mask
            stamps[slot] = position
            found[slot] = id
    return False


def decode_compact(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> reference.Logits:
    """Decodes a payload of compact-1; the same as the function of `logits.py` that needs no numba."""
    header = reference.compact_header(payload, tokens, most_entries)
    lanes = _Lanes(payload, tokens, header, _read_tables(payload, header, draws, COLUMN_TABLES, STARTS))
    values = np.empty((COLUMNS, lanes.positions), np.int64)
    _require(_columns(*lanes.places, lanes.tables.columns, values))
    entropy, kept, label, tail, log_sum, deviation = values
    levels = lanes.read_entries(kept, label, draws > 0, STARTS)
    counts = None
    if draws:
        counts = np.empty(header.total, np.int32)
        _require(_counts(*lanes.places, lanes.tables.counts, lanes.offsets, draws, counts))
        log_probs = reference.sample_log_probs(counts, draws)
    else:
        log_probs = reference.LOG_PROBS[levels]
    return reference.compact_logits(
        lanes.offsets,
        lanes.read_ids(),
        log_probs,
        counts,
        tail,
        header.smallest_log_sum + log_sum,
        deviation,
        entropy,
    )


def decode_compact_supports(payload: bytes, tokens: np.ndarray, draws: int, most_entries: int) -> reference.Logits:
    """Decodes a payload of compact-1-supports; the same as the function of `logits.py` that needs no numba."""
    reference.require_no_sample(draws)
    header = reference.compact_header(payload, tokens, most_entries, statistics=False)
    lanes = _Lanes(payload, tokens, header, _read_tables(payload, header, 0, SUPPORTS_COLUMN_TABLES, SUPPORTS_STARTS))
    kept, label = np.empty(lanes.positions, np.int64), np.empty(lanes.positions, np.int64)
    _require(_support_columns(*lanes.places, lanes.tables.columns, kept, label))
    levels = lanes.read_entries(kept, label, False, SUPPORTS_STARTS)
    tails = np.empty(lanes.positions, np.int64)
    _require(_tails(*lanes.places, lanes.tables.columns[-1], lanes.offsets, levels, tails))
    return reference.supports_logits(lanes.offsets, lanes.read_ids(), reference.LOG_PROBS[levels], tails)


class _Lanes:
    """The lanes of a payload, and the passes over them that both codecs have.

    places: bits of the payload; begin, position and end of each lane, in bits. A read goes beyond the end of a lane by
            one number at most; the check after it refuses the payload.
    """

    def __init__(self, payload: bytes, tokens: np.ndarray, header: reference.CompactHeader, tables: _Tables) -> None:
        self.tables = tables
        self.positions = tokens.shape[0] * (tokens.shape[1] - 1)
        begins = np.array(header.ends[1:-1], np.int64) * 8
        ends = np.diff(np.array(header.ends[1:], np.int64)) * 8
        self.places = _windows(payload), begins, np.zeros(LANES, np.int64), ends
        self._header = header
        self._following = tokens[:, 1:].ravel()
        self._earlier = np.empty(self.positions, np.int64)
        _earlier(tokens[:, :-1].ravel(), self._earlier)

    def read_entries(self, kept: np.ndarray, label: np.ndarray, sampled: bool, starts: int) -> np.ndarray:
        """Reads the kinds of all entries, and returns their levels; none in a sample."""
        total = self._header.total
        self.offsets = np.concatenate(([0], np.cumsum(kept + 1)))
        _require(TOTAL if self.offsets[-1] != total else LABEL_PLACE if (label > kept + 1).any() else 0)
        levels = np.zeros(0 if sampled else total, np.int64)
        self._kinds = np.empty(total, np.int64)
        _require(
            _entries(
                *self.places,
                self.tables.levels,
                self.tables.kinds,
                sampled,
                starts,
                self.offsets,
                label,
                self._earlier,
                levels,
                self._kinds,
            )
        )
        return levels

    def read_ids(self) -> np.ndarray:
        """Reads the last pass, and returns the ids of all entries."""
        ids = np.empty(self._header.total, np.int64)
        _require(
            _ids(
                *self.places,
                self.tables.ids,
                self.tables.id_base,
                self.tables.id_extra,
                self._kinds,
                self._header.others,
                self.offsets,
                self._earlier,
                self._following,
                ids,
            )
        )
        return ids


class _Tables(NamedTuple):
    columns: np.ndarray  # [tables of the columns, 2^COLUMN_BITS]
    levels: np.ndarray  # [tables of the levels, 2^LEVEL_BITS]
    kinds: np.ndarray  # [KIND_CONTEXTS, 2^KIND_BITS]
    counts: np.ndarray  # [COUNT_CONTEXTS, 2^COUNT_BITS]
    ids: np.ndarray  # [2^ID_BITS]
    id_base: np.ndarray  # the smallest number of each symbol of an id
    id_extra: np.ndarray  # the extra bits of each symbol of an id


def _read_tables(
    payload: bytes, header: reference.CompactHeader, draws: int, column_tables: int, starts: int
) -> _Tables:
    data = payload[header.ends[0] : header.ends[1]]
    classes = np.zeros(MOST_DICTIONARY, np.int64)
    tables = _Tables(
        np.empty((column_tables, 1 << COLUMN_BITS), np.int32),
        np.empty((starts + LEVEL_CONTEXTS - STARTS, 1 << LEVEL_BITS), np.int32),
        np.empty((KIND_CONTEXTS, 1 << KIND_BITS), np.int32),
        np.empty((COUNT_CONTEXTS, 1 << COUNT_BITS), np.int32),
        np.empty(1 << ID_BITS, np.int32),
        np.concatenate((FINER_BASE, classes)),
        np.concatenate((FINER_EXTRA, classes)),
    )
    _require(
        _tables(
            _windows(data),
            8 * len(data),
            draws,
            tables.columns,
            tables.levels,
            tables.kinds,
            tables.counts,
            tables.ids,
            tables.id_base,
        )
    )
    return tables


def _windows(data: bytes) -> np.ndarray:
    """Returns the 64 bits from each byte, as an array that shares memory; zeros after the end.

    A place is checked to be no further than the end before it is read, and takes at most 61 bits with those before it.
    """
    return np.ndarray(len(data) + 9, "<u8", data + bytes(16), strides=(1,))


def _require(refusal: int) -> None:
    if refusal:
        raise ValueError(reference.REFUSED + REFUSALS[refusal])
