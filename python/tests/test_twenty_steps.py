"""Twenty steps of examples/train_torchrun.py against those of the Java student: same start, same records, same settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")
pytest.importorskip("zstandard")

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))

import train_torchrun

FIXTURE = Path(__file__).parents[2] / "student-consumer/src/test/resources/twenty-steps"
LOSSES = {
    "nll": ["--loss", "nll", "--temperature", "1"],
    "default": [],
    "bucket": ["--tail", "bucket", "--temperature", "1"],
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_weights_are_those_of_the_java_student(loss, tmp_path):
    arguments = [
        *("--archive", str(FIXTURE / "archive"), "--model", str(FIXTURE / "start"), "--out", str(tmp_path)),
        *("--tokenizer", str(FIXTURE / "start"), "--tokens", "320", "--learning-rate", "0.01", *LOSSES[loss]),
    ]

    train_torchrun.main(arguments)

    expected = safetensors.load_file(FIXTURE / f"{loss}.safetensors")
    start = safetensors.load_file(FIXTURE / "start/model.safetensors")
    found = safetensors.load_file(tmp_path / "model/model.safetensors")
    assert found.keys() == expected.keys()
    for name, weight in expected.items():
        torch.testing.assert_close(found[name], weight, rtol=0, atol=1e-4)
        assert (weight - start[name]).abs().max() > 1e-2, name
    assert (tmp_path / "model/tokenizer.json").read_bytes() == (FIXTURE / "start/tokenizer.json").read_bytes()


def test_a_topic_of_another_tokenizer_is_refused(tmp_path):
    content = json.loads((FIXTURE / "start/tokenizer.json").read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps(content, indent=1))
    arguments = [
        *("--archive", str(FIXTURE / "archive"), "--model", str(FIXTURE / "start"), "--out", str(tmp_path / "out")),
        *("--tokenizer", str(tmp_path), "--tokens", "16"),
    ]

    # Records of earlier versions, as these, name the bytes of the file alone.
    with pytest.raises(ValueError, match="made with tokenizer .* but .*tokenizer.json is .*does not name its ids"):
        train_torchrun.main(arguments)
