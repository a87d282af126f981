"""examples/train_torchrun.py in processes of its own: ranks against one process, and kills."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")

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


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path / "config.json"


def start(config, out, processes, *options, pause=0.0):
    command = [sys.executable, str(TESTS / "run_example.py"), str(pause)]
    if processes > 1:
        command = [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            str(processes),
            str(TESTS / "run_example.py"),
            str(pause),
        ]
    command += [
        "--config",
        str(config),
        "--out",
        str(out),
        "--tokens",
        str(TOKENS),
        "--batches-per-step",
        "4",
        "--checkpoint-steps",
        "2",
        "--learning-rate",
        "0.01",
        *options,
    ]
    environment = {key: value for key, value in os.environ.items() if key not in ("RANK", "WORLD_SIZE")}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, start_new_session=True
    )


def run(*arguments, **settings):
    process = start(*arguments, **settings)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    return output


def weights(out):
    return safetensors.load_file(out / "model/model.safetensors")


def metrics(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def require_close(out, alone):
    for name, weight in weights(alone).items():
        torch.testing.assert_close(
            weights(out)[name], weight, rtol=0, atol=1e-5, msg=lambda text, name=name: name + text
        )
    assert [line["tokens"] for line in metrics(out)] == [line["tokens"] for line in metrics(alone)]


@pytest.mark.parametrize("options", [[], ["--fsdp"]], ids=["ddp", "fsdp2"])
def test_two_processes_train_as_one(config, tmp_path, options):
    run(config, tmp_path / "alone", 1)
    run(config, tmp_path / "two", 2, *options)

    require_close(tmp_path / "two", tmp_path / "alone")
    assert metrics(tmp_path / "two")[-1]["tokens"] == TOKENS


def test_killed_and_resumed_with_other_numbers_of_processes_it_trains_on_each_batch_once(config, tmp_path):
    run(config, tmp_path / "alone", 1)
    out = tmp_path / "killed"
    for processes in (1, 2, 4):
        process = start(config, out, processes, pause=0.05)
        before = steps_done(out)
        while steps_done(out) < before + 3 and process.poll() is None:
            time.sleep(0.05)
        time.sleep(random.random() * 0.2)
        assert process.poll() is None
        for pid in [process.pid, *descendants(process.pid)]:
            os.kill(pid, signal.SIGKILL)
        process.communicate()
    run(config, out, 2)

    require_close(out, tmp_path / "alone")
    assert [line["step"] for line in metrics(out)] == list(range(1, STEPS + 1))


def test_a_run_that_is_asked_to_stop_saves_and_the_same_command_continues(config, tmp_path):
    run(config, tmp_path / "alone", 1)
    out = tmp_path / "stopped"
    process = start(config, out, 1, "--checkpoint-steps", "1000", pause=0.05)
    while steps_done(out) < 3:
        time.sleep(0.05)
    process.terminate()
    output, _ = process.communicate(timeout=60)
    run(config, out, 1, "--checkpoint-steps", "1000")

    assert "run the same command again to continue" in output and process.returncode == 0
    for name, weight in weights(tmp_path / "alone").items():
        assert torch.equal(weights(out)[name], weight), name


def descendants(pid):
    """Processes started by a process, which torchrun puts into sessions of their own."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()
    ]
    return children + [further for child in children for further in descendants(child)]


def steps_done(out):
    file = out / "metrics.jsonl"
    return file.read_text().count("\n") if file.exists() else 0
