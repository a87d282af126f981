"""Pre-trains a Hugging Face causal model on a logits topic, on one device or on many:

    torchrun --nproc-per-node 2 examples/train_torchrun.py --bootstrap-server localhost:9092 --topic logits \
        --config student/config.json --out run --tokens 400000000 --batches-per-step 8

Killed at any point, the same command goes on from the last checkpoint, also with another number of processes.

Shape letters: B rows, T positions, N = B * T, D hidden size.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

try:
    import torch
    import torch.distributed as dist
    import torch.distributed.checkpoint as dcp
    from torch import Tensor, nn
    from torch.distributed.checkpoint.state_dict import (
        StateDictOptions,
        get_model_state_dict,
        get_optimizer_state_dict,
        set_model_state_dict,
        set_optimizer_state_dict,
    )
    from torch.distributed.checkpoint.stateful import Stateful
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
    from torch.nn.parallel import DistributedDataParallel
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

    from logitstream.dataset import LogitsDataset, Step
    from logitstream.documents import document_positions_of, isolates_documents
    from logitstream.logits import Record
    from logitstream.losses import DistillationLoss, LossParts, Routing, Targets
    from logitstream.schedules import Schedule, alpha_at
    from logitstream.settings import settings_of
    from logitstream.source import RecordSource
except ImportError as missing:
    raise SystemExit(f"train_torchrun.py: {missing}; install 'python[fast,kafka,examples]' of logitstream") from None


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--bootstrap-server", default="localhost:9092", help="Kafka brokers")
    add("--topic", default="logits", help="logits topic")
    add("--archive", help="folder that 'logitstream archive' has written, in place of a topic")
    add(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="setting of the Kafka client, as security.protocol; KEY=@FILE reads a secret from a file",
    )
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
    add("--tokenizer", type=Path, help="folder of the tokenizer that made the topic: checked, and copied to the model")
    add("--model", help="folder of a model to start from")
    add("--config", help="config.json of a model to start from noise")
    add("--out", type=Path, required=True, help="folder of checkpoints, metrics and the finished model")
    add("--tokens", type=int, required=True, help="predicted tokens to train on")
    add("--epochs", type=int, default=1, help="passes over the topic")
    add("--batches-per-step", type=int, default=1, help="batches of a step over all processes")
    add("--learning-rate", type=float, default=3e-3)
    add("--schedule", default="wsd", help="of the learning rate: constant, linear-down, cosine, wsd, ...")
    add("--warmup", type=float, default=0.1, help="part of the tokens")
    add("--decay", type=float, default=None, help="part of the tokens, of wsd; 0.2 there")
    add("--weight-decay", type=float, default=0.1)
    add("--max-gradient-norm", type=float, default=1.0)
    add("--alpha", type=float, default=0.9, help="weight of the distillation loss")
    add("--alpha-schedule", default="constant", help="factor of alpha over the run")
    add("--schedule-of", choices=("kd", "lm"), default="kd", help="weight that the schedule is a factor of")
    add("--loss", default="kld", help="nll, kld, mse, reverse-kl, jsd or skew-kl")
    add("--tail", default="renormalise", help="renormalise, bucket, none, counts or decoupled")
    add(
        "--temperature",
        type=float,
        help="of the teacher; 2, or 1 with an adaptive temperature, the tails none and counts, and samples",
    )
    add(
        "--loss-settings",
        type=json.loads,
        default={},
        metavar="JSON",
        help='further settings of DistillationLoss, as {"adaptive_temperature": "normkd"}',
    )
    add("--precision", choices=("float32", "bfloat16"), default="float32", help="of the matrix products")
    add("--fsdp", action="store_true", help="shard weights, gradients and moments (FSDP2) instead of DDP")
    add("--checkpoint-steps", type=int, default=100)
    add("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    try:
        options.set, options.set_registry = settings_of(options.set), settings_of(options.set_registry)
    except ValueError as e:
        parser.error(str(e))
    if options.set_registry and not options.schema_registry:
        parser.error("--set-registry needs --schema-registry")
    return options


class Student(nn.Module):
    """The model with its loss, so that DDP and FSDP see the use of every weight in one forward pass."""

    def __init__(self, model: PreTrainedModel, loss: DistillationLoss) -> None:
        super().__init__()
        self.model = model
        self.loss = loss
        self.isolates_documents = isolates_documents(model)

    def forward(
        self, tokens_BT: Tensor, positions_BT: Tensor | None, targets: Targets | None, alpha: float
    ) -> LossParts:
        # From positions that begin anew, transformers makes a mask that keeps the documents of a row apart.
        hidden_BTD = self.model.base_model(
            input_ids=tokens_BT, position_ids=positions_BT, use_cache=False
        ).last_hidden_state
        head_VD = self.model.get_output_embeddings().weight
        if targets is None:
            nothing = 0.0 * (hidden_BTD.float().sum() + head_VD.float().sum())
            return LossParts(nothing, nothing.detach(), nothing.detach())
        return self.loss(hidden_BTD.to(head_VD.dtype), head_VD, targets, alpha)


def new_loss(options: argparse.Namespace) -> DistillationLoss:
    others = dict(options.loss_settings)
    if "routing" in others:
        others["routing"] = Routing(**others["routing"])
    return DistillationLoss(options.loss, options.alpha, options.tail, temperature=options.temperature, **others)


def new_student(options: argparse.Namespace, device: torch.device) -> tuple[Student, nn.Module]:
    """The student, and what is called in its place: itself, or DDP around it."""
    torch.manual_seed(options.seed)
    if options.model and options.config:
        raise SystemExit("train_torchrun.py: give --model or --config, not both")
    if options.model:
        model = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    elif options.config:
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(options.config), dtype=torch.float32)
    else:
        raise SystemExit("train_torchrun.py: --model or --config is needed")
    loss = new_loss(options)
    student = Student(model, loss).to(device).train()
    if options.fsdp:
        half = options.precision == "bfloat16"
        policy = MixedPrecisionPolicy(torch.bfloat16, torch.float32) if half else MixedPrecisionPolicy()
        for layer in model.base_model.layers:
            fully_shard(layer, mp_policy=policy)
        # Embedding, last norm and head stay whole during a forward pass, which uses the head outside of its module.
        fully_shard(student, mp_policy=policy)
        return student, student
    return student, DistributedDataParallel(student) if dist.is_initialized() else student


def new_optimizer(options: argparse.Namespace, student: Student) -> torch.optim.Optimizer:
    weights = list(student.parameters())
    groups = [
        {"params": [w for w in weights if w.dim() >= 2], "weight_decay": options.weight_decay},
        {"params": [w for w in weights if w.dim() < 2], "weight_decay": 0.0},
    ]
    # As the Java student: torch's defaults for betas are others.
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.95), eps=1e-8)


def backward(options: argparse.Namespace, student: nn.Module, step: Step, alpha: float, device: torch.device) -> Tensor:
    """Adds up the gradients of a step's batches; returns this rank's part of its loss, LM and KD."""
    world_size = dist.get_world_size() if dist.is_initialized() else 1
    sums = torch.zeros(3, device=device)
    records: Sequence[Any] = step.records or [None]
    for index, record in enumerate(records):
        last = index == len(records) - 1
        if isinstance(student, DistributedDataParallel):
            student.require_backward_grad_sync = last
        elif options.fsdp:
            student.set_requires_gradient_sync(last)
        if record is None:
            # The last step of a pass has fewer batches than ranks: this one takes part with a loss of 0.
            tokens_BT, targets, share = torch.zeros(1, 2, dtype=torch.long, device=device), None, 0.0
            positions_BT = None
        else:
            require_vocabulary(record, student)
            tokens_BT = torch.from_numpy(record.tokens[:, :-1]).long().to(device)
            positions_BT = document_positions_of(record, unwrapped(student).isolates_documents)
            positions_BT = None if positions_BT is None else positions_BT.to(device)
            targets = Targets.of(record, student_loss(student)).to(device)
            share = targets.following_N.numel() / step.tokens
        half = options.precision == "bfloat16" and not options.fsdp
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            parts = student(tokens_BT, positions_BT, targets, alpha)
        # The mean over the ranks follows.
        (parts.loss * share * world_size).backward()
        sums += torch.stack([parts.loss.detach(), parts.lm, parts.kd]) * share
    return sums


def require_vocabulary(record: Record, student: nn.Module) -> None:
    rows = unwrapped(student).model.config.vocab_size
    if rows < record.vocabulary_size:
        raise SystemExit(
            f"train_torchrun.py: the topic's tokenizer has {record.vocabulary_size} ids, but the model has {rows} "
            "(vocab_size); use a model of the topic's tokenizer"
        )


def unwrapped(student: nn.Module) -> Student:
    return student.module if isinstance(student, DistributedDataParallel) else student


def student_loss(student: nn.Module) -> DistillationLoss:
    return unwrapped(student).loss


def again(name: str, before: Any) -> str:
    """What gives a setting its value of before, for a message."""
    plain = isinstance(before, str | int | float)
    return f"--{name.replace('_', '-')} {before} again" if plain else "the same again"


class Progress(Stateful):
    """What of a checkpoint is neither weights nor moments: plain values, kept as JSON."""

    def __init__(self, dataset: LogitsDataset, settings: Mapping[str, Any]) -> None:
        self.dataset = dataset
        self.settings = settings
        self.step = 0
        self.tokens = 0

    def state_dict(self) -> dict[str, Any]:
        state = {
            "step": self.step,
            "tokens": self.tokens,
            "stream": self.dataset.state_dict(),
            "settings": self.settings,
        }
        return {"json": json.dumps(state)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        state = json.loads(state_dict["json"])
        for name, before in state["settings"].items():
            now = self.settings.get(name, before)
            if now != before:
                raise SystemExit(
                    f"train_torchrun.py: the checkpoint was made with {name} {before}, not {now}; give "
                    f"{again(name, before)}, or another --out"
                )
        self.step, self.tokens = state["step"], state["tokens"]
        self.dataset.load_state_dict(state["stream"])


def checkpoint_state(student: Student, optimizer: torch.optim.Optimizer, progress: Progress) -> dict[str, Any]:
    return {
        "model": get_model_state_dict(student),
        "optimizer": get_optimizer_state_dict(student, optimizer),
        "progress": progress,
    }


def save(out: Path, student: Student, optimizer: torch.optim.Optimizer, progress: Progress, rank: int) -> None:
    """Writes a checkpoint beside the last one; `latest` names it once it is whole."""
    name = f"step-{progress.step}"
    dcp.save(checkpoint_state(student, optimizer, progress), checkpoint_id=out / "checkpoints" / name)
    if rank == 0:
        beside = out / "checkpoints/latest.new"
        with beside.open("w") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(out / "checkpoints/latest")
        for folder in (out / "checkpoints").glob("step-*"):
            if folder.name != name:
                shutil.rmtree(folder)


def load(out: Path, student: Student, optimizer: torch.optim.Optimizer, progress: Progress) -> None:
    latest = out / "checkpoints/latest"
    if not latest.exists():
        return
    state = checkpoint_state(student, optimizer, progress)
    dcp.load(state, checkpoint_id=out / "checkpoints" / latest.read_text())
    set_model_state_dict(student, state["model"])
    set_optimizer_state_dict(student, optimizer, state["optimizer"])


def export(out: Path, student: Student, rank: int, tokenizer: Path | None) -> None:
    """Writes the model, with its tokenizer, as a Hugging Face folder."""
    state = get_model_state_dict(student, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    if rank == 0:
        weights = {name.removeprefix("model."): weight for name, weight in state.items()}
        student.model.save_pretrained(out / "model", state_dict=weights)
        for file in tokenizer.glob("*token*") if tokenizer else ():
            shutil.copy(file, out / "model")


def tensorboard(out: Path, step: int) -> Any:
    """Curves in the folder of the run, where TensorBoard is installed; those after the last checkpoint are left out."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        print("no TensorBoard curves: pip install tensorboard", flush=True)
        return None
    return SummaryWriter(str(out / "tensorboard"), purge_step=step + 1)


def locked(out: Path) -> IO[str]:
    """Takes the folder for this run: processes that a killed torchrun has left behind may still write there."""
    out.mkdir(parents=True, exist_ok=True)
    file = (out / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(
            f"train_torchrun.py: {out} is in use by another run; end it, or choose another --out"
        ) from None
    return file


def cut_metrics(file: Path, step: int) -> None:
    """Leaves out what a killed run has written after its last checkpoint."""
    if file.exists():
        beside = file.with_suffix(".new")
        with file.open() as old, beside.open("w") as new:
            new.writelines(line for line in old if line.endswith("\n") and json.loads(line)["step"] <= step)
        beside.rename(file)


def train(options: argparse.Namespace, source: Callable[[], RecordSource] | None = None) -> None:
    rank = dist.get_rank() if dist.is_initialized() else 0
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        if torch.cuda.is_available()
        else torch.device("cpu")
    )
    dataset = LogitsDataset(
        options.bootstrap_server,
        options.topic,
        options.set,
        registry={"url": options.schema_registry, **options.set_registry} if options.schema_registry else None,
        batches_per_step=options.batches_per_step,
        epochs=options.epochs,
        tokenizer=options.tokenizer,
        archive=options.archive,
        source=source,
    )
    student, called = new_student(options, device)
    optimizer = new_optimizer(options, student)
    decay = {} if options.decay is None else {"decay": options.decay}
    rate = Schedule.of_learning_rate(options.schedule, warmup=options.warmup, **decay)
    alpha_factor = Schedule.of_alpha(options.alpha_schedule)
    # What the weights depend on; the position in the stream has settings of its own.
    kept = (
        *("topic", "tokens", "epochs", "batches_per_step", "learning_rate", "schedule", "warmup", "decay"),
        *("weight_decay", "max_gradient_norm", "alpha", "alpha_schedule", "schedule_of"),
        *("loss", "tail", "temperature", "loss_settings", "precision", "seed"),
    )
    settings = {name: getattr(options, name) for name in kept}
    progress = Progress(dataset, settings | {"temperature": student_loss(student).teacher_temperature})
    lock = locked(options.out) if rank == 0 else None
    load(options.out, student, optimizer, progress)
    if rank == 0:
        cut_metrics(options.out / "metrics.jsonl", progress.step)
        if progress.step:
            print(f"continues after step {progress.step}", flush=True)
    board = tensorboard(options.out, progress.step) if rank == 0 else None
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))

    begun, begun_at = time.monotonic(), progress.tokens
    steps = iter(dataset)
    # Asked before a step is taken: a step that was taken counts as trained on.
    while progress.tokens < options.tokens and not any_rank(bool(stopped), device):
        step = next(steps, None)
        if step is None:
            break
        done = progress.tokens / options.tokens
        alpha = alpha_at(options.alpha, alpha_factor, done, options.schedule_of)
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * rate.at(done)
        sums = backward(options, called, step, alpha, device)
        norm = nn.utils.clip_grad_norm_(student.parameters(), options.max_gradient_norm)
        optimizer.step()
        optimizer.zero_grad()
        progress.step += 1
        progress.tokens += step.tokens

        if dist.is_initialized():
            dist.all_reduce(sums)
        norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm
        loss, lm, kd = sums.tolist()
        if not torch.isfinite(sums[0]):
            raise SystemExit(
                f"train_torchrun.py: the loss of step {progress.step} is {loss}; the last checkpoint stays"
            )
        if rank == 0:
            tokens_a_second = (progress.tokens - begun_at) / (time.monotonic() - begun)
            line = {
                "step": progress.step,
                "tokens": progress.tokens,
                "batches": step.batches,
                "loss": loss,
                "lm": lm,
                "kd": kd,
                "alpha": alpha,
                "learningRate": optimizer.param_groups[0]["lr"],
                "gradientNorm": norm.item(),
            }
            with (options.out / "metrics.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
            for name in ("loss", "lm", "kd", "alpha", "learningRate", "gradientNorm") if board else ():
                board.add_scalar(name, line[name], progress.step)
            print(
                f"step {progress.step}  loss {loss:.4f}  lm {lm:.4f}  kd {kd:.4f}  {progress.tokens:,} of "
                f"{options.tokens:,} tokens  {tokens_a_second:,.0f} tokens/s",
                flush=True,
            )
        if progress.step % options.checkpoint_steps == 0:
            save(options.out, student, optimizer, progress, rank)

    save(options.out, student, optimizer, progress, rank)
    if board is not None:
        board.close()
    if any_rank(bool(stopped), device):
        if rank == 0:
            print(f"stopped at step {progress.step}; run the same command again to continue", flush=True)
        return
    export(options.out, student, rank, options.tokenizer)
    if rank == 0:
        print(
            f"{progress.step} steps, {progress.tokens:,} of {options.tokens:,} tokens; model in {options.out / 'model'}"
        )
    if lock is not None:
        lock.close()


def any_rank(holds: bool, device: torch.device) -> bool:
    """Whether something holds on any rank, so that all of them stop at the same step."""
    if not dist.is_initialized():
        return holds
    flag = torch.tensor(int(holds), device=device)
    dist.all_reduce(flag, dist.ReduceOp.MAX)
    return bool(flag.item())


def main(arguments: Sequence[str] | None = None, source: Callable[[], RecordSource] | None = None) -> None:
    options = parse(arguments)
    if "RANK" in os.environ:
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    elif options.fsdp:
        raise SystemExit("train_torchrun.py: --fsdp needs torchrun")
    try:
        train(options, source)
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


if __name__ == "__main__":
    main()
