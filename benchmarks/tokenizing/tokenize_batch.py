"""Tokens per second of encode_batch of the tokenizers library: tokenize_batch.py TEXTS.jsonl TOKENIZER THREADS SECONDS

Whole passes over the texts until SECONDS have passed, after two seconds to warm up.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = sys.argv[3]
os.environ["TOKENIZERS_PARALLELISM"] = "true"

from tokenizers import Tokenizer  # noqa: E402

WARM_UP = 2.0
path = Path(sys.argv[2])
tokenizer = Tokenizer.from_file(str(path / "tokenizer.json" if path.is_dir() else path))


def count(batch: list[str]) -> int:
    return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(batch, add_special_tokens=False))


def run_pass(limit: float) -> int:
    tokens = 0
    began = time.monotonic()
    batch = []
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            batch.append(json.loads(line)["text"])
            if len(batch) == 1000:
                tokens += count(batch)
                batch = []
                if time.monotonic() - began >= limit:
                    break
    return tokens + count(batch)


run_pass(WARM_UP)
tokens = 0
began = time.monotonic()
while time.monotonic() - began < float(sys.argv[4]):
    tokens += run_pass(float("inf"))
print(round(tokens / (time.monotonic() - began)))
