"""Runs an example on a topic in memory: run_example.py EXAMPLE PAUSE ARGUMENTS; pause in seconds after a batch."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("src", "tests", "examples")]

import topics
import torch


class SlowSource(topics.MemorySource):
    def take(self, partition, stop):
        time.sleep(float(sys.argv[2]))
        return super().take(partition, stop)


def main():
    torch.set_num_threads(1)
    records = topics.topic(94, 4, rows=2, length=9)
    importlib.import_module(sys.argv[1]).main(sys.argv[3:], source=lambda: SlowSource(records))


main()
