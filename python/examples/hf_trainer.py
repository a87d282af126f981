"""Pre-trains a Hugging Face causal model on a logits topic with transformers' Trainer:

    python examples/hf_trainer.py --bootstrap-server localhost:9092 --topic logits --config student/config.json \
        --out run --steps 1000 --batches-per-step 8

Or with torchrun, on many devices with DDP. Run again, the command continues from its last checkpoint, with any number of
processes that divides the batches of a step.

A resumed run has the batches, weights, moments, learning rate and alpha of one that was never stopped: on a CPU bit for
bit, with another number of processes up to rounding. What the Trainer does not give, and train_torchrun.py does:

- A checkpoint that was cut off is passed over and stays in the folder.
- The loss that is logged after a resumption is the mean of the steps since then.
- FSDP: the Trainer's own takes the loss for a part of the model, and was not tried.

Shape letters: B rows, T positions, D hidden size, V vocabulary.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    import torch
    from torch import Tensor, nn
    from torch.utils.data import DataLoader
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        PreTrainedModel,
        Trainer,
        TrainerCallback,
        TrainingArguments,
        set_seed,
    )

    from logitstream.dataset import LogitsDataset, Step
    from logitstream.documents import document_positions_of, isolates_documents
    from logitstream.losses import DistillationLoss, LossParts, Targets
    from logitstream.schedules import Schedule, alpha_at
    from logitstream.settings import settings_of
    from logitstream.source import RecordSource
except ImportError as missing:
    raise SystemExit(f"hf_trainer.py: {missing}; install 'python[fast,kafka,examples]' of logitstream") from None

STREAM = "logits_stream.json"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--bootstrap-server", default="localhost:9092", help="Kafka brokers")
    add("--topic", default="logits", help="logits topic")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="setting of the Kafka client, as security.protocol; KEY=@FILE reads a secret from a file",
    )
    add("--archive", help="folder that 'logitstream archive' has written, in place of a topic")
    add(
        "--schema-registry", help="address of the registry with the records' schemas; without it, those of this version"
    )
    add(
        "--set-registry",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="setting of the registry's client, as ssl.ca.location; KEY=@FILE as above",
    )
    add("--model", help="folder of a model to start from")
    add("--config", help="config.json of a model to start from noise")
    add("--out", type=Path, required=True, help="folder of checkpoints and the finished model")
    add("--steps", type=int, required=True, help="optimizer steps")
    add("--batches-per-step", type=int, default=1, help="batches of a step over all processes")
    add("--learning-rate", type=float, default=3e-3)
    add("--alpha", type=float, default=0.9, help="weight of the distillation loss")
    add("--alpha-schedule", default="constant", help="factor of alpha over the run")
    add("--loss", default="kld", help="nll, kld, mse, reverse-kl, jsd or skew-kl")
    add("--tail", default="renormalise", help="renormalise, bucket, none, counts or decoupled")
    add("--temperature", type=float, help="of the teacher; 2, or 1 with the tails none and counts, and samples")
    add("--bf16", action="store_true", help="matrix products in bfloat16")
    add("--save-steps", type=int, default=100)
    add("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        options.set, options.set_registry = settings_of(options.set), settings_of(options.set_registry)
    except ValueError as e:
        parser.error(str(e))
    if options.set_registry and not options.schema_registry:
        parser.error("--set-registry needs --schema-registry")
    return options


def give_distillation_loss(model: PreTrainedModel, loss: DistillationLoss) -> None:
    """Lets the forward pass of a model end with the loss where it gets targets, so that DDP sees the use of all weights."""
    plain = model.forward

    def forward(*, targets: Targets | None = None, alpha: float = 0.0, **inputs: Any) -> Any:
        if targets is None:
            return plain(**inputs)
        hidden_BTD = model.base_model(**inputs, use_cache=False).last_hidden_state
        head_VD = model.get_output_embeddings().weight
        return loss(hidden_BTD.to(head_VD.dtype), head_VD, targets, alpha)

    model.forward = forward


class DistillationTrainer(Trainer):
    """A Trainer whose batches are the steps of a LogitsDataset: all batches of a process that belong to one update."""

    def __init__(self, *, loss: DistillationLoss, alpha_schedule: Schedule, **others: Any) -> None:
        self._isolates_documents = isolates_documents(others["model"])
        give_distillation_loss(others["model"], loss)
        super().__init__(**others)
        self._distillation = loss
        self._alpha_schedule = alpha_schedule

    def get_train_dataloader(self) -> DataLoader:
        # The dataset shares the batches among processes itself, and reads ahead in a thread.
        return DataLoader(self.train_dataset, batch_size=None)

    def get_batch_samples(self, epoch_iterator: Any, num_batches: int, device: Any) -> tuple[list[Step], None]:
        # A step counts its tokens itself, those of all processes.
        return list(itertools.islice(epoch_iterator, num_batches)), None

    def training_step(self, model: nn.Module, inputs: Step, num_items_in_batch: Any = None) -> Tensor:
        model.train()
        alpha = alpha_at(self._distillation.alpha, self._alpha_schedule, self.state.global_step / self.args.max_steps)
        total = torch.zeros((), device=self.args.device)
        for index, record in enumerate(inputs.records):
            is_last = index == len(inputs.records) - 1
            if record.vocabulary_size > self.model.config.vocab_size:
                raise SystemExit(
                    f"hf_trainer.py: the topic's tokenizer has {record.vocabulary_size} ids, but the model has "
                    f"{self.model.config.vocab_size} (vocab_size); use a model of the topic's tokenizer"
                )
            targets = Targets.of(record, self._distillation).to(self.args.device)
            tokens_BT = torch.from_numpy(record.tokens[:, :-1]).long().to(self.args.device)
            positions_BT = document_positions_of(record, self._isolates_documents)
            if positions_BT is not None:
                positions_BT = positions_BT.to(self.args.device)
            share = targets.following_N.numel() / inputs.tokens
            with contextlib.nullcontext() if is_last else self.accelerator.no_sync(model):
                with self.compute_loss_context_manager():
                    parts: LossParts = model(
                        input_ids=tokens_BT, position_ids=positions_BT, targets=targets, alpha=alpha
                    )
                # The mean over the processes follows.
                self.accelerator.backward(parts.loss * share * self.args.world_size)
            total += parts.loss.detach() * share * self.args.world_size
        if not inputs.records:
            # The last step of a pass has fewer batches than there are processes: this one adds nothing.
            tokens_BT = torch.zeros(1, 2, dtype=torch.long, device=self.args.device)
            self.accelerator.backward(0.0 * model(input_ids=tokens_BT).logits.float().sum())
        return total

    def floating_point_ops(self, inputs: Any) -> int:
        return 0


class StreamState(TrainerCallback):
    """Keeps the position of the dataset in each checkpoint. It is written last: a checkpoint that has it is whole.

    settings: settings of the loss, which a resumed run must have again
    """

    def __init__(self, dataset: LogitsDataset, settings: dict[str, Any]) -> None:
        self._dataset = dataset
        self._settings = settings

    def on_save(self, args: TrainingArguments, state: Any, control: Any, **others: Any) -> None:
        if not args.should_save:
            return
        file = args.output_dir / Path(f"checkpoint-{state.global_step}") / STREAM
        beside = file.with_suffix(".new")
        with beside.open("w") as stream:
            json.dump({**self._dataset.state_dict(), "settings": self._settings}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.rename(file)


def last_checkpoint(out: Path) -> Path | None:
    """The newest whole checkpoint."""
    whole = [file.parent for file in out.glob(f"checkpoint-*/{STREAM}")]
    return max(whole, key=lambda folder: int(folder.name.removeprefix("checkpoint-")), default=None)


def require_same(checkpoint: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    for name, value in before.items():
        if value != now[name]:
            raise SystemExit(
                f"hf_trainer.py: {checkpoint} was made with {name} {value}, not {now[name]}; "
                f"give --{name.replace('_', '-')} {value} again, or another --out"
            )


def main(arguments: Sequence[str] | None = None, source: Callable[[], RecordSource] | None = None) -> None:
    options = parse(arguments)
    settings = TrainingArguments(
        output_dir=str(options.out),
        max_steps=options.steps,
        learning_rate=options.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=options.steps // 10,
        weight_decay=0.1,
        adam_beta2=0.95,
        max_grad_norm=1.0,
        bf16=options.bf16,
        logging_steps=10,
        save_steps=options.save_steps,
        # While one is written, the one before it is there.
        save_total_limit=2,
        seed=options.seed,
        # The dataset continues by its own state.
        ignore_data_skip=True,
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
        use_cpu=not torch.cuda.is_available(),
        ddp_backend="gloo" if "RANK" in os.environ and not torch.cuda.is_available() else None,
    )
    set_seed(options.seed)
    if options.model:
        model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    elif options.config:
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(options.config), dtype=torch.float32)
    else:
        raise SystemExit("hf_trainer.py: --model or --config is needed")
    dataset = LogitsDataset(
        options.bootstrap_server,
        options.topic,
        options.set,
        registry={"url": options.schema_registry, **options.set_registry} if options.schema_registry else None,
        batches_per_step=options.batches_per_step,
        rank=settings.process_index,
        world_size=settings.world_size,
        archive=options.archive,
        source=source,
    )
    loss = DistillationLoss(options.loss, options.alpha, options.tail, temperature=options.temperature)
    loss_settings = {name: getattr(options, name) for name in ("loss", "alpha", "alpha_schedule", "tail")}
    loss_settings["temperature"] = loss.teacher_temperature
    checkpoint = last_checkpoint(options.out)
    if checkpoint is not None:
        state = json.loads((checkpoint / STREAM).read_text())
        # Checkpoints of earlier versions have no settings; the temperature was 1.
        require_same(checkpoint.name, state.pop("settings", {"temperature": 1.0}), loss_settings)
        dataset.load_state_dict(state)
    trainer = DistillationTrainer(
        model=model,
        args=settings,
        train_dataset=dataset,
        callbacks=[StreamState(dataset, loss_settings)],
        loss=loss,
        alpha_schedule=Schedule.of_alpha(options.alpha_schedule),
    )
    if trainer.is_world_process_zero() and checkpoint is not None:
        print(f"continues after {checkpoint.name}", flush=True)
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    trainer.save_model(str(options.out / "model"))
    if trainer.is_world_process_zero():
        print(f"{trainer.state.global_step} of {options.steps} steps; model in {options.out / 'model'}", flush=True)


if __name__ == "__main__":
    main()
