"""Tokens per second of encode_batch of the tokenizers library: tokenize_batch.py TEXTS.jsonl TOKENIZER THREADS SECONDS"""

import json
import os
import sys
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = sys.argv[3]
os.environ["TOKENIZERS_PARALLELISM"] = "true"

from tokenizers import Tokenizer  # noqa: E402

path = Path(sys.argv[2])
tokenizer = Tokenizer.from_file(str(path / "tokenizer.json" if path.is_dir() else path))
seconds = float(sys.argv[4])
tokens = 0
began = time.monotonic()
while time.monotonic() - began < seconds:
    batch = []
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            batch.append(json.loads(line)["text"])
            if len(batch) == 1000:
                tokens += sum(len(encoding.ids) for encoding in tokenizer.encode_batch(batch, add_special_tokens=False))
                batch = []
                if time.monotonic() - began >= seconds:
                    break
    tokens += sum(len(encoding.ids) for encoding in tokenizer.encode_batch(batch, add_special_tokens=False))
print(round(tokens / (time.monotonic() - began)))
