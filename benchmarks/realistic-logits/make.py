"""Makes realistic logits at a vocabulary of 151,936: see docs/reference/reports/codec.md.

Needs numpy, tokenizers and 12 GB of memory.

usage: make.py JARS_FOLDER OUT.bin.gz     (source jars from Maven Central; docs/reference/reports/codec.md lists them)
"""
import glob
import gzip
import random
import struct
import sys
import zipfile

import numpy as np
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

VOCABULARY, ROWS, CONTEXT, KEPT, DRAWS = 151_936, 8, 256, 100, 50
ORDERS = [1, 2, 3, 4, 6]
WORDS = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def token_stream(folder):
    """All sources in a random order, tokenized with a byte-level BPE trained on them, and the sources' lengths."""
    documents = []
    for jar in sorted(glob.glob(folder + "/*.jar")):
        with zipfile.ZipFile(jar) as files:
            names = sorted(n for n in files.namelist() if n.endswith((".java", ".scala")))
            documents += [files.read(n).decode("utf-8", "replace") for n in names]
    random.Random(1).shuffle(documents)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.train_from_iterator(documents, trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    streams = [np.array(e.ids + [0], np.uint64) for e in tokenizer.encode_batch(documents)]
    return np.concatenate(streams), np.array([len(s) for s in streams])


def context_hashes(tokens, n):
    """46 bits of hash of the n tokens before each position from the n-th on."""
    h = np.full(len(tokens) - n, np.uint64(n), np.uint64)
    for j in range(n):
        h = (h ^ tokens[j:len(tokens) - n + j]) * np.uint64(0x9E3779B97F4A7C15)
        h ^= h >> np.uint64(29)
        h *= np.uint64(0xBF58476D1CE4E5B9)
        h ^= h >> np.uint64(32)
    return h >> np.uint64(18)


class Counts:
    """An interpolated n-gram model with absolute discounting."""

    def __init__(self, tokens):
        self.unigram = np.bincount(tokens.astype(np.int64), minlength=VOCABULARY) + 0.3
        self.unigram /= self.unigram.sum()
        self.tables = []
        for n in ORDERS:
            keys = (context_hashes(tokens, n) << np.uint64(18)) | tokens[n:]
            self.tables.append(np.unique(keys, return_counts=True))

    def distribution(self, context, orders):
        p = self.unigram.copy()
        for n, (keys, counts) in list(zip(ORDERS, self.tables))[:orders]:
            if len(context) < n:
                break
            h = context_hashes(np.concatenate([context[-n:], np.zeros(1, np.uint64)]), n)[0]
            low, high = np.searchsorted(keys, [h << np.uint64(18), (h + np.uint64(1)) << np.uint64(18)])
            if high <= low:
                break
            words = (keys[low:high] & np.uint64(0x3FFFF)).astype(np.int64)
            total = counts[low:high].sum() + 2.0
            p *= (0.7 * len(words) + 2.0) / total
            p[words] += (counts[low:high] - 0.7) / total
        return p / p.sum()


def log_softmax(z):
    top = z.max()
    log_sum = top + np.log(np.exp(z - top, dtype=np.float64).sum())
    return z - log_sum, log_sum


def main(folder, out):
    tokens, lengths = token_stream(folder)
    held_out = int(lengths[-(len(lengths) // 50):].sum())
    model = Counts(tokens[:-held_out])
    test = tokens[-held_out:]
    rng = np.random.default_rng(7)
    noise = rng.normal(size=1 << 20).astype(np.float32)

    def noisy(p, scale, deviation):
        start = rng.integers(0, len(noise) - VOCABULARY)
        return scale * np.log(p).astype(np.float32) + deviation * noise[start:start + VOCABULARY]

    rows, columns, drawn = [], [[] for _ in range(8)], [[], [], []]
    for start in rng.choice((len(test) - 300) // 257, ROWS, replace=False) * 257:
        rows.append(test[start:start + CONTEXT + 1].astype("<i4"))
        for i in range(start, start + CONTEXT):
            context = test[max(0, i - 7):i + 1]
            z = noisy(model.distribution(context, 5), 1, 0.35)
            log_p, log_sum = log_softmax(z)
            p = np.exp(log_p.astype(np.float64))
            student, _ = log_softmax(noisy(model.distribution(context, 3), 0.9, 0.5))
            top = np.argpartition(-log_p, KEPT)[:KEPT]
            top = top[np.lexsort((top, -log_p[top]))]
            for column, value in zip(columns, (top, log_p[top], max(0, 1 - p[top].sum()), log_sum + 12, z.std(),
                                               -(p * log_p).sum(), student[top],
                                               (np.exp(student.astype(np.float64)) ** 2).sum())):
                column.append(value)
            ids, counts = np.unique(np.searchsorted(np.cumsum(p), rng.random(DRAWS) * p.sum()), return_counts=True)
            order = np.lexsort((ids, -counts))
            drawn[0].append(len(ids))
            drawn[1] += list(ids[order])
            drawn[2] += list(counts[order])
    data = struct.pack("<iiii", ROWS, CONTEXT + 1, VOCABULARY, KEPT) + np.stack(rows).tobytes()
    for column, kind in zip(columns, ("<i4", "<f4", "<f4", "<f4", "<f4", "<f4", "<f4", "<f4")):
        data += np.array(column).astype(kind).tobytes()
    data += struct.pack("<i", DRAWS) + b"".join(np.array(values).astype("<i4").tobytes() for values in drawn)
    with open(out, "wb") as file:
        file.write(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
