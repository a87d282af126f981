"""Two steps of examples/train_torchrun.py against the fixtures that the Java student's steps are held to."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import train_torchrun

from logitstream.dataset import Step
from logitstream.logits import Logits, Record, Selection, Teacher
from logitstream.losses import DistillationLoss

FIXTURES = Path(__file__).parents[2] / "student-consumer/src/test/resources/training-step"
LOSSES = {
    "tempered-kld-0.0": {"temperature": 2.0, "alpha": 0.0},
    "tempered-kld-0.9": {"temperature": 2.0},
    "kld-0.9": {"temperature": 1.0},
    "nll-0.9": {"kind": "nll", "temperature": 1.0},
    "bucket-0.9": {"tail": "bucket", "temperature": 1.0},
}


def record_of(batches, name):
    counts = batches[f"{name}.counts"].numpy()
    positions = len(counts)
    logits = Logits(
        np.concatenate(([0], np.cumsum(counts))),
        batches[f"{name}.ids"].numpy(),
        batches[f"{name}.log_probs"].numpy(),
        None,
        batches[f"{name}.tail"].numpy(),
        *np.zeros((3, positions), np.float32),
    )
    selection = Selection("top-k", 1.0, 5, 0, 0)
    tokens = batches[f"{name}.tokens"].numpy()
    return Record(1, "demo", 0, 0, tokens, "hash", 31, None, Teacher("toy", "hash", None), selection, "plain", logits)


@pytest.mark.parametrize("head", ["tied", "untied"])
@pytest.mark.parametrize("name", LOSSES)
def test_two_steps_are_those_of_the_java_student(head, name):
    options = train_torchrun.parse(["--out", "unused", "--tokens", "1", "--learning-rate", "0.01"])
    model = transformers.LlamaForCausalLM.from_pretrained(
        FIXTURES / head, dtype=torch.float32, attn_implementation="eager"
    )
    student = train_torchrun.Student(model, DistillationLoss(**LOSSES[name]))
    optimizer = train_torchrun.new_optimizer(options, student)
    batches = safetensors.load_file(FIXTURES / "batches.safetensors")
    expected = safetensors.load_file(FIXTURES / head / f"expected-{name}.safetensors")

    for index, batch in enumerate(("first", "second")):
        record = record_of(batches, batch)
        step = Step([record], record.tokens.shape[0] * (record.tokens.shape[1] - 1), index + 1)
        sums = train_torchrun.backward(options, student, step, student.loss.alpha, torch.device("cpu"))
        norm = torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        torch.testing.assert_close(
            torch.stack([sums[1], sums[2], norm]), expected[f"metrics.{index}"], rtol=1e-5, atol=1e-6
        )

    for key, weight in model.named_parameters():
        torch.testing.assert_close(weight.detach(), expected[f"weight.{key}"], rtol=0, atol=1e-5)
