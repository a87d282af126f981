"""Tokens per second of transformers' forward pass, logits included: FOLDER ROWS LENGTH THREADS SECONDS."""

import statistics
import sys
import time

import torch
from transformers import AutoModelForCausalLM

folder, rows, length, threads, seconds = sys.argv[1], *map(int, sys.argv[2:5]), float(sys.argv[5])
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()
ids_BT = (torch.arange(rows * length) * 7919 % model.config.vocab_size).reshape(rows, length)
times = []
with torch.no_grad():
    model(ids_BT, use_cache=False)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds or len(times) < 3:
        begin = time.perf_counter()
        model(ids_BT, use_cache=False)
        times.append(time.perf_counter() - begin)
print(f"{rows * length / statistics.median(times):.1f}")
