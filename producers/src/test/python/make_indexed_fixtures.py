"""Writes Megatron's indexed files of the tests: python make_indexed_fixtures.py TEXTS.jsonl TOKENIZER.json FOLDER

The layout is that of IndexedDatasetBuilder in megatron/core/datasets/indexed_dataset.py (MMIDIDX) and of the older
IndexedDatasetBuilder of Megatron-LM and fairseq (TNTIDX). The ids are those of the tokenizers library (0.23.2).
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

CODES = {"uint8": 1, "int8": 2, "int16": 3, "int32": 4, "int64": 5, "uint16": 8}


def write(prefix, documents, dtype, modes=False):
    """Writes documents, each a list of sequences of ids."""
    sequences = [np.array(s, dtype=dtype) for d in documents for s in d]
    sizes = np.array([len(s) for s in sequences], dtype=np.int32)
    places = np.zeros(len(sizes), dtype=np.int64)
    np.cumsum(sizes[:-1] * np.dtype(dtype).itemsize, out=places[1:])
    ends = np.cumsum([0] + [len(d) for d in documents]).astype(np.int64)
    with open(f"{prefix}.bin", "wb") as out:
        for sequence in sequences:
            out.write(sequence.tobytes())
    with open(f"{prefix}.idx", "wb") as out:
        out.write(b"MMIDIDX\x00\x00" + struct.pack("<QBQQ", 1, CODES[dtype], len(sizes), len(ends)))
        out.write(sizes.tobytes() + places.tobytes() + ends.tobytes())
        if modes:
            out.write(np.zeros(len(sizes), dtype=np.int8).tobytes())


def write_old(prefix, documents, dtype):
    sequences = [np.array(s, dtype=dtype) for d in documents for s in d]
    sizes = np.array([len(s) for s in sequences], dtype=np.int64)
    data = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    shapes = np.arange(len(sizes) + 1, dtype=np.int64)
    ends = np.cumsum([0] + [len(d) for d in documents]).astype(np.int64)
    with open(f"{prefix}.bin", "wb") as out:
        for sequence in sequences:
            out.write(sequence.tobytes())
    with open(f"{prefix}.idx", "wb") as out:
        out.write(b"TNTIDX\x00\x00" + struct.pack("<QQ", 1, CODES[dtype]))
        out.write(struct.pack("<QQQQ", np.dtype(dtype).itemsize, len(sizes), len(sizes), len(ends)))
        out.write(shapes.tobytes() + data.tobytes() + sizes.tobytes() + ends.tobytes())


texts, tokenizer_file, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
tokenizer = Tokenizer.from_file(tokenizer_file)
end = json.load(open(Path(tokenizer_file).parent / "tokenizer_config.json"))["eos_token"]
end = tokenizer.token_to_id(end["content"] if isinstance(end, dict) else end)
ids = [tokenizer.encode(json.loads(line)["text"], add_special_tokens=False).ids for line in open(texts, encoding="utf-8")]
ids = [each for each in ids if each]
write(folder / "with-ends", [[each + [end]] for each in ids], "uint16")
write(folder / "without-ends", [[each] for each in ids], "uint16")
write(folder / "in-parts", [[each[: len(each) // 2], each[len(each) // 2 :] + [end]] for each in ids], "int32", modes=True)
write(folder / "one-document", [[[i for each in ids for i in each + [end]]]], "uint16")
write(folder / "int64", [[each + [end]] for each in ids], "int64")
for name, dtype in [("old", "uint16"), ("old-int32", "int32")]:
    write_old(folder / name, [[each + [end]] for each in ids], dtype)
