"""examples/train_torchrun.py in processes of its own: ranks against one process, and kills."""

from __future__ import annotations

import json
import random
import time

import pytest

import examples
from examples import STEPS, TOKENS, kill

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
safetensors = pytest.importorskip("safetensors.torch")


@pytest.fixture
def config(tmp_path):
    return examples.write_config(tmp_path)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run of one process that nothing disturbs."""
    folder = tmp_path_factory.mktemp("alone")
    run(examples.write_config(folder), folder / "run", 1)
    return folder / "run"


def arguments(config, out, options):
    return [
        *("--config", config, "--out", out, "--tokens", TOKENS, "--batches-per-step", 4),
        *("--checkpoint-steps", 2, "--learning-rate", 0.01),
        *options,
    ]


def start(config, out, processes, *options, pause=0.0):
    return examples.start("train_torchrun", processes, *arguments(config, out, options), pause=pause)


def run(config, out, processes, *options):
    return examples.run("train_torchrun", processes, *arguments(config, out, options))


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
def test_two_processes_train_as_one(config, tmp_path, alone, options):
    run(config, tmp_path / "two", 2, *options)

    require_close(tmp_path / "two", alone)
    assert metrics(tmp_path / "two")[-1]["tokens"] == TOKENS


def test_killed_and_resumed_with_other_numbers_of_processes_it_trains_on_each_batch_once(config, tmp_path, alone):
    out = tmp_path / "killed"
    for processes in (1, 2, 4):
        process = start(config, out, processes, pause=0.05)
        before = steps_done(out)
        while steps_done(out) < before + 3 and process.poll() is None:
            time.sleep(0.05)
        time.sleep(random.random() * 0.2)
        assert process.poll() is None
        kill(process)
    output = run(config, out, 2)

    require_close(out, alone)
    assert "continues after step" in output
    assert [line["step"] for line in metrics(out)] == list(range(1, STEPS + 1))
    assert [line["batches"] for line in metrics(out)] == [*range(4, examples.BATCHES, 4), examples.BATCHES]


def test_a_run_that_is_asked_to_stop_saves_and_the_same_command_continues(config, tmp_path, alone):
    out = tmp_path / "stopped"
    process = start(config, out, 1, "--checkpoint-steps", "1000", pause=0.05)
    while steps_done(out) < 3:
        time.sleep(0.05)
    process.terminate()
    output, _ = process.communicate(timeout=60)
    run(config, out, 1, "--checkpoint-steps", "1000")

    assert "run the same command again to continue" in output and process.returncode == 0
    for name, weight in weights(alone).items():
        assert torch.equal(weights(out)[name], weight), name


def test_secrets_are_read_from_files(tmp_path):
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import train_torchrun

    (tmp_path / "secret").write_text("a=b\n")
    given = ["security.protocol=SASL_SSL", f"sasl.password=@{tmp_path / 'secret'}"]

    assert train_torchrun.settings_of(given) == {"security.protocol": "SASL_SSL", "sasl.password": "a=b"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("do-not-print", "a setting must be KEY=VALUE or KEY=@FILE"),
        ("=do-not-print", "a setting must be KEY=VALUE or KEY=@FILE"),
        ("sasl.password=@missing", "the file of sasl.password cannot be read: No such file or directory"),
    ],
)
def test_settings_that_cannot_be_read_are_told_in_one_line_without_their_value(given, words, capsys):
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import hf_trainer
    import train_torchrun

    for parse, option in (
        (train_torchrun.parse, "--set"),
        (train_torchrun.parse, "--set-registry"),
        (hf_trainer.parse, "--set"),
        (hf_trainer.parse, "--set-registry"),
    ):
        with pytest.raises(SystemExit):
            parse(["--out", "unused", "--steps" if parse is hf_trainer.parse else "--tokens", "1", option, given])
        told = capsys.readouterr().err
        assert words in told and "do-not-print" not in told


def test_settings_of_a_registry_that_is_not_named_are_refused(capsys):
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import hf_trainer
    import train_torchrun

    for parse, length in ((train_torchrun.parse, "--tokens"), (hf_trainer.parse, "--steps")):
        with pytest.raises(SystemExit):
            parse(["--out", "unused", length, "1", "--set-registry", "bearer.auth.token=do-not-print"])
        told = capsys.readouterr().err
        assert "--set-registry needs --schema-registry" in told and "do-not-print" not in told


def test_a_checkpoint_of_other_settings_is_refused(config, tmp_path, alone):
    process = start(config, alone, 1, "--alpha", "0.5")
    output, _ = process.communicate(timeout=120)

    assert process.returncode == 1
    assert output.splitlines()[-1].endswith("made with alpha 0.9, not 0.5; give --alpha 0.9 again, or another --out")


def test_a_checkpoint_of_earlier_versions_keeps_its_temperature():
    """Their default was 1, and their checkpoints say so."""
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import train_torchrun

    stream = {"json": json.dumps({"offsets": {"0": 3}})}
    state = {"step": 4, "tokens": 64, "stream": stream, "settings": {"alpha": 0.9, "temperature": 1.0}}
    dataset = train_torchrun.LogitsDataset("unused", "logits", source=lambda: None)

    with pytest.raises(SystemExit, match="made with temperature 1.0, not 2.0; give --temperature 1.0 again"):
        train_torchrun.Progress(dataset, {"alpha": 0.9, "temperature": 2.0}).load_state_dict(
            {"json": json.dumps(state)}
        )

    progress = train_torchrun.Progress(dataset, {"alpha": 0.9, "temperature": 1.0})
    progress.load_state_dict({"json": json.dumps(state)})
    assert (progress.step, progress.tokens) == (4, 64)


def steps_done(out):
    file = out / "metrics.jsonl"
    return file.read_text().count("\n") if file.exists() else 0
