"""Starts, kills and compares runs of the examples, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 16,
    "tie_word_embeddings": True,
}
# 94 batches of 16 tokens: 24 steps, the last of which has two batches for up to four ranks.
BATCHES, STEPS = 94, 24
TOKENS = BATCHES * 16


def write_config(folder):
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder / "config.json"


def start(example, processes, *arguments, pause=0.0):
    """Starts an example on the topic of run_example.py."""
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command += [str(TESTS / "run_example.py"), example, str(pause), *map(str, arguments)]
    environment = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE")}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
    )


def run(*arguments, **settings):
    process = start(*arguments, **settings)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    return output


def kill(process):
    for pid in [process.pid, *_descendants(process.pid)]:
        os.kill(pid, signal.SIGKILL)
    process.communicate()


def _descendants(pid):
    """Processes started by a process, which torchrun puts into sessions of their own."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
    ]
    return children + [further for child in children for further in _descendants(child)]
