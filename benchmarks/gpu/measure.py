"""Measures the Java student's own kernels under PyTorch on a GPU; see benchmarks/gpu/run.

Prints the figures and writes them as one JSON file. The exit code is 1 if a value or gradient is not that of float64,
or if a step waits for the device between its operations.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from typing import Any

import checks
import torch
from kernels import selection
from student import PRESETS, Loss, Shape, Student, Targets, positions
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

try:
    import transformers
except ImportError:
    transformers = None

SMALL = {"small": Shape(64, 128, 2, 4, 2, 300, True), "small untied": Shape(64, 128, 2, 4, 2, 300, False)}
# Operations of which the host needs the result; on a GPU, torch.cuda.set_sync_debug_mode finds all others as well.
WAITING = {"_local_scalar_dense", "item", "nonzero", "masked_select", "is_nonzero", "equal", "unique"}
VIEWS = {
    "_reshape_alias", "_unsafe_view", "alias", "as_strided", "detach", "empty", "empty_like", "empty_strided", "expand",
    "permute", "select", "slice", "split", "split_with_sizes", "squeeze", "t", "transpose", "unsqueeze", "view",
    "view_as", "view_as_complex", "view_as_real", "new_empty_strided", "new_empty",
}  # fmt: skip


class Operations(TorchDispatchMode):
    """Counts operations that start work on a device, and those that wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.launches = self.waits = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        self.waits += name in WAITING
        self.launches += name not in VIEWS and name not in WAITING
        return func(*args, **(kwargs or {}))


class Machine:
    def __init__(self, device: torch.device):
        self.device, self.cuda = device, device.type == "cuda"

    def wait(self) -> None:
        if self.cuda:
            torch.cuda.synchronize()

    def start_memory(self) -> None:
        if self.cuda:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def memory(self) -> float | None:
        """Peak memory of the device in GB since start_memory."""
        return torch.cuda.max_memory_allocated() / 1e9 if self.cuda else None

    def seconds(self, work: Callable[[], Any], least: int, at_most: float) -> tuple[float, float]:
        """Median seconds of a call until the device is done, and until the host is."""
        whole, host = [], []
        begin = time.perf_counter()
        while len(whole) < least or (len(whole) < 20 and time.perf_counter() - begin < at_most):
            self.wait()
            start = time.perf_counter()
            work()
            host.append(time.perf_counter() - start)
            self.wait()
            whole.append(time.perf_counter() - start)
        return sorted(whole)[len(whole) // 2], sorted(host)[len(host) // 2]


def matrix_rate(machine: Machine, size: int) -> float:
    """Operations per second of a product of square matrices in bfloat16, the best of some."""
    a = torch.randn(size, size, device=machine.device, dtype=torch.bfloat16)
    b = torch.randn(size, size, device=machine.device, dtype=torch.bfloat16)
    best = math.inf
    for _ in range(3):
        repeats = 10 if machine.cuda else 2

        def products(repeats: int = repeats) -> None:
            for _ in range(repeats):
                a @ b

        best = min(best, machine.seconds(products, 3, 1)[0] / repeats)
    return 2 * size**3 / best


def operations_per_token(shape: Shape, context: int) -> float:
    """TrainingPlan.operationsPerToken: 6 for each value of a matrix, and attention to all positions."""
    layer = shape.hidden * shape.head * (2 * shape.heads + 2 * shape.groups) + 3 * shape.hidden * shape.inner
    attention = 12 * shape.layers * shape.heads * shape.head * context
    return 6 * (shape.layers * layer + shape.vocabulary * shape.hidden) + attention


def batch(shape: Shape, rows: int, context: int, kept: int) -> tuple[Tensor, Targets]:
    random = torch.Generator().manual_seed(7)
    tokens = torch.randint(shape.vocabulary, (rows, context + 1), generator=random, dtype=torch.int32)
    targets = checks.sample_targets(rows * context, shape.vocabulary, kept, 1.0, random)
    targets.following_N1 = tokens[:, 1:].reshape(-1, 1).long()
    return tokens, targets


def own_step(machine: Machine, shape: Shape, rows: int, context: int, half: bool, rate: float, limit: float) -> dict:
    """The step of the Java student."""
    machine.start_memory()
    student = Student(shape, Loss(), rows * context, half, machine.device)
    at = positions(shape, context, machine.device)
    tokens, targets = batch(shape, rows, context, 50)
    first, _ = student.step(tokens, targets, at)
    machine.wait()
    waited = ""
    if machine.cuda:
        torch.cuda.set_sync_debug_mode("error")
    try:
        student.step(tokens, targets, at)
    except RuntimeError as e:
        if "synchroniz" not in str(e):
            raise
        waited = str(e).splitlines()[0]
    finally:
        if machine.cuda:
            torch.cuda.set_sync_debug_mode("default")
    with Operations() as found:
        student.step(tokens, targets, at)
    machine.wait()
    seconds, host = machine.seconds(lambda: student.step(tokens, targets, at), 3, limit)
    values, arrived = student.step(tokens, targets, at)
    machine.wait()
    count = rows * context
    return {
        "tokens_per_second": count / seconds,
        "share_of_matrix_rate": operations_per_token(shape, context) * count / seconds / rate,
        "host_share": host / seconds,
        "peak_gb": machine.memory(),
        "operations": found.launches,
        "waits": found.waits,
        "waited": waited,
        "copies_arrive": bool(arrived.item() == 1),
        "loss_before": float(first.view(-1)[:-1].view(-1, 3)[:, 0].sum() / count),
        "loss_after": float(values.view(-1)[:-1].view(-1, 3)[:, 0].sum() / count),
        "halted": bool(student.halted.item()),
    }


def peer_step(
    machine: Machine, shape: Shape, rows: int, context: int, half: bool, sparse: bool, rate: float, limit: float
) -> dict:
    """The step of transformers: its own loss of the text, or a sparse distillation loss on a dense log-softmax."""
    machine.start_memory()
    config = transformers.LlamaConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.hidden, intermediate_size=shape.inner,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, num_key_value_heads=shape.groups,
        tie_word_embeddings=shape.tied, max_position_embeddings=context,
    )  # fmt: skip
    with machine.device:
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True if machine.cuda else None
    )
    tokens, targets = batch(shape, rows, context, 50)
    ids, following = tokens[:, :-1].long().to(machine.device), targets.following_N1[:, 0].to(machine.device)
    support = targets.support_NK.long().to(machine.device)
    q = targets.log_prob_NK.softmax(-1).to(machine.device)

    def step() -> None:
        with torch.autocast(machine.device.type, torch.bfloat16, enabled=half):
            z = model(input_ids=ids, use_cache=False).logits.flatten(0, 1)
        if sparse:
            log_p = z.float().log_softmax(-1)
            kd = -(q * log_p.gather(-1, support)).sum(-1).mean()
            loss = 0.9 * kd + 0.1 * torch.nn.functional.nll_loss(log_p, following)
        else:
            loss = torch.nn.functional.cross_entropy(z.float(), following)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    step()
    seconds, _ = machine.seconds(step, 3, limit)
    count = rows * context
    return {
        "tokens_per_second": count / seconds,
        "share_of_matrix_rate": operations_per_token(shape, context) * count / seconds / rate,
        "peak_gb": machine.memory(),
    }


def selection_beside_forward(machine: Machine, shape: Shape, context: int, half: bool, limit: float) -> dict:
    """Selection of top-p 0.95 cut to 50 entries, as a share of the forward pass of a teacher of this shape."""
    machine.start_memory()
    teacher = Student(shape, Loss(), 64, half, machine.device)
    at = positions(shape, context, machine.device)
    ids = torch.randint(shape.vocabulary, (1, context), device=machine.device)
    forward, _ = machine.seconds(lambda: teacher.hidden(ids, at), 3, limit)
    hidden_ND = teacher.hidden(ids, at) * 6  # scores with the entropy of a trained model
    head = [teacher.weights.head.detach()]
    block = min(shape.vocabulary, 128)
    found = {"forward_tokens_per_second": context / forward}
    # LogitsSelector.java: the rows of a chunk on a GPU, and on a CPU.
    for name, values in (("", 160 << 20), ("_in_chunks_of_a_cpu", 2 << 20)):
        chunk = max(16, values // shape.vocabulary)
        with torch.no_grad(), Operations() as counted:
            selection.top(hidden_ND, head, 0.95, 50, 16, block, chunk)

        def select(chunk: int = chunk) -> None:
            with torch.no_grad():
                selection.top(hidden_ND, head, 0.95, 50, 16, block, chunk)

        seconds, _ = machine.seconds(select, 2, limit)
        found[f"selection_by_forward{name}"] = seconds / forward
        found[f"waits{name}"] = counted.waits
    return found


def show(name: str, figures: dict[str, Any]) -> None:
    texts = []
    for key, value in figures.items():
        if value is None or value == "":
            continue
        number = f"{value:.3g}" if isinstance(value, float) and value < 1000 else value
        texts.append(
            f"{key.replace('_', ' ')} {number:,.0f}"
            if isinstance(number, float)
            else f"{key.replace('_', ' ')} {number}"
        )
    print(f"{name}: {', '.join(texts)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="small sizes, for a CPU")
    parser.add_argument("--out", default="gpu.json", help="file for the figures")
    given = parser.parse_args()
    if not given.small and not torch.cuda.is_available():
        print("benchmarks/gpu/run: PyTorch sees no GPU; --small runs small sizes on the CPU", file=sys.stderr)
        return 2
    device = torch.device("cpu" if given.small else "cuda")
    machine = Machine(device)
    if given.small:
        torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    result: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": torch.cuda.get_device_name() if machine.cuda else platform.machine(),
        "torch": torch.__version__,
        "transformers": transformers.__version__ if transformers else None,
        "checks": checks.run(device),
        "steps": {},
    }
    faults = []
    for name, differences in result["checks"].items():
        wrong = {part: value for part, value in differences.items() if not value <= checks.limit(name)}
        faults += [f"{name}: {part} differs by {value:.2g}" for part, value in wrong.items()]
    worst = {kind: max(max(d.values()) for n, d in result["checks"].items() if ("bfloat16" in n) == half)
             for kind, half in (("float32", False), ("bfloat16", True))}  # fmt: skip
    show(f"{len(result['checks'])} checks against float64, largest difference", worst)

    result["matrix_rate"] = rate = matrix_rate(machine, 256 if given.small else 8192)
    print(f"matrix products in bfloat16: {rate / 1e12:.3g} TFLOP/s", flush=True)
    shapes, rows, context, limit = (SMALL, 2, 32, 0.3) if given.small else (PRESETS, 1, 4096, 8.0)
    for name, shape in shapes.items():
        own = own_step(machine, shape, rows, context, True, rate, limit)
        result["steps"][name] = {"logitstream": own}
        show(f"{name}, logitstream", own)
        faults += [f"{name}: {own['waited']}"] if own["waited"] else []
        faults += [f"{name}: {own['waits']} operations wait"] if own["waits"] else []
        faults += [f"{name}: the step was halted"] if own["halted"] else []
        for sparse in (False, True) if transformers else ():
            key = "transformers, " + ("sparse" if sparse else "text alone")
            try:
                result["steps"][name][key] = peer_step(machine, shape, rows, context, True, sparse, rate, limit)
                show(f"{name}, {key}", result["steps"][name][key])
            except torch.cuda.OutOfMemoryError:
                result["steps"][name][key] = {"out_of_memory": True}
                print(f"{name}, {key}: out of memory", flush=True)
    name = list(shapes)[-1]
    result["selection"] = selection_beside_forward(machine, shapes[name], context, True, limit)
    show(f"{name}, selection", result["selection"])
    result["faults"] = faults
    with open(given.out, "w") as file:
        json.dump(result, file, indent=1)
    for fault in faults:
        print(f"fault: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
