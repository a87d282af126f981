"""examples/hf_trainer.py in processes of its own: ranks against one process, and a kill."""

from __future__ import annotations

import time

import pytest

import examples
from examples import STEPS, kill

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")
safetensors = pytest.importorskip("safetensors.torch")


@pytest.fixture
def config(tmp_path):
    return examples.write_config(tmp_path)


def arguments(config, out, *others):
    return ["--config", config, "--out", out, "--steps", STEPS, "--batches-per-step", 4, "--save-steps", 5, *others]


def weights(out):
    return safetensors.load_file(out / "model/model.safetensors")


def test_two_processes_train_as_one_and_a_killed_run_ends_with_the_same_weights(config, tmp_path):
    alone, two, killed = (tmp_path / name for name in ("alone", "two", "killed"))
    examples.run("hf_trainer", 1, *arguments(config, alone))
    output = examples.run("hf_trainer", 2, *arguments(config, two))
    assert f"{STEPS} of {STEPS} steps" in output
    for name, weight in weights(alone).items():
        torch.testing.assert_close(weights(two)[name], weight, rtol=0, atol=1e-5)

    process = examples.start("hf_trainer", 1, *arguments(config, killed), pause=0.05)
    while not (killed / "checkpoint-10/logits_stream.json").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    kill(process)
    # What a kill in the middle of a save leaves behind.
    (killed / "checkpoint-11").mkdir()
    output = examples.run("hf_trainer", 1, *arguments(config, killed))

    assert "continues after checkpoint-1" in output
    for name, weight in weights(alone).items():
        assert torch.equal(weights(killed)[name], weight), name
    # A run of its own learns, and the order of its batches is that of the topic.
    assert not torch.equal(weights(alone)["model.embed_tokens.weight"], torch.zeros(50, 16))


def test_secrets_are_read_from_files(config, tmp_path, monkeypatch):
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import hf_trainer

    class Connected(Exception):
        pass

    def connect(_server, _topic, settings, *, registry, **_others):
        raise Connected(settings, registry)

    monkeypatch.setattr(hf_trainer, "LogitsDataset", connect)
    (tmp_path / "secret").write_text("a=b\n")
    given = ["--set", "security.protocol=SASL_SSL", "--set", f"sasl.password=@{tmp_path / 'secret'}"]
    given += ["--schema-registry", "http://registry:1", "--set-registry", f"bearer.auth.token=@{tmp_path / 'secret'}"]

    with pytest.raises(Connected) as connected:
        hf_trainer.main([str(each) for each in arguments(config, tmp_path / "out", *given)])

    assert connected.value.args == (
        {"security.protocol": "SASL_SSL", "sasl.password": "a=b"},
        {"url": "http://registry:1", "bearer.auth.token": "a=b"},
    )


def test_a_checkpoint_of_other_settings_of_the_loss_is_refused(config, tmp_path):
    import json
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import hf_trainer

    checkpoint = tmp_path / "checkpoint-10"
    checkpoint.mkdir()
    # As earlier versions wrote it: without settings. The temperature was 1.
    (checkpoint / "logits_stream.json").write_text(json.dumps({"json": json.dumps({"offsets": {"0": 3}})}))
    given = [str(each) for each in arguments(config, tmp_path)]
    with pytest.raises(
        SystemExit, match="checkpoint-10 was made with temperature 1.0, not 2.0; give --temperature 1.0 "
    ):
        hf_trainer.main(given, source=lambda: None)

    settings = {"loss": "kld", "alpha": 0.5, "alpha_schedule": "constant", "tail": "renormalise", "temperature": 2.0}
    (checkpoint / "logits_stream.json").write_text(json.dumps({"json": "{}", "settings": settings}))
    with pytest.raises(SystemExit, match="made with alpha 0.5, not 0.9; give --alpha 0.5 again, or another --out"):
        hf_trainer.main(given, source=lambda: None)


def test_the_trainer_takes_the_steps_of_the_torchrun_example(config, tmp_path):
    """Same start, batches, loss and AdamW: with the same learning rates the weights are the same."""
    import sys

    sys.path.insert(0, str(examples.TESTS.parent / "examples"))
    import hf_trainer
    import topics
    import train_torchrun
    from transformers import AutoConfig, AutoModelForCausalLM, TrainingArguments

    from logitstream.dataset import LogitsDataset
    from logitstream.losses import DistillationLoss
    from logitstream.schedules import Schedule

    def new():
        torch.manual_seed(3)
        return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(config), dtype=torch.float32)

    def dataset():
        records = topics.topic(20, 2, rows=2, length=9)
        return LogitsDataset(source=lambda: topics.MemorySource(records), batches_per_step=2, rank=0, world_size=1)

    loss = DistillationLoss()
    trainer = hf_trainer.DistillationTrainer(
        model=new(),
        args=TrainingArguments(
            output_dir=str(tmp_path / "out"),
            max_steps=10,
            learning_rate=0.01,
            lr_scheduler_type="constant",
            weight_decay=0.1,
            adam_beta2=0.95,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        ),
        train_dataset=dataset(),
        loss=loss,
        alpha_schedule=Schedule(),
    )
    trainer.train()

    options = train_torchrun.parse(["--out", "unused", "--tokens", "1", "--learning-rate", "0.01"])
    student = train_torchrun.Student(new(), loss).train()
    optimizer = train_torchrun.new_optimizer(options, student)
    for step in dataset():
        train_torchrun.backward(options, student, step, loss.alpha, torch.device("cpu"))
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    for (name, weight), expected in zip(trainer.model.named_parameters(), student.model.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, rtol=0, atol=1e-5, msg=lambda text, name=name: name + text)
