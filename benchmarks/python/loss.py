"""Time and memory of the chunked loss beside a dense log-softmax, both with gradients, in turn.

    python benchmarks/python/loss.py [ROUNDS]     (torch; the package of python/ need not be installed)

Each measurement is a process of its own, which takes two steps and counts the second. The last lines are the largest
differences of value and gradients, and the ratios of the medians.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VOCABULARY, TOKENS, HIDDEN, KEPT = 151_936, 4_096, 256, 50


def measure(kind: str, folder: str) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "python/src"))
    import torch
    from logitstream.losses import DistillationLoss, Targets

    torch.manual_seed(0)
    hidden = torch.randn(TOKENS, HIDDEN, requires_grad=True)
    weight = (torch.randn(VOCABULARY, HIDDEN) * 0.05).requires_grad_()
    ids = torch.stack([torch.randperm(VOCABULARY)[:KEPT] for _ in range(16)]).repeat(TOKENS // 16, 1)
    log_probs = torch.log_softmax(torch.randn(TOKENS, KEPT), 1) - 0.05
    following = torch.randint(VOCABULARY, (TOKENS,))
    ones = torch.ones(TOKENS)
    targets = Targets(
        following, ids, log_probs, torch.ones_like(ids, dtype=torch.bool), ones, ones, ones * 0.05, ones * 0
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(2):
        hidden.grad = weight.grad = None
        began = time.perf_counter()
        if kind == "chunked":
            loss = DistillationLoss()(hidden, weight, targets).loss
        else:
            log_r = torch.log_softmax(hidden @ weight.T, 1)
            q = torch.softmax(log_probs, 1)
            kd = (q * (q.log() - log_r.gather(1, ids))).sum(1).mean()
            loss = 0.9 * kd - 0.1 * log_r.gather(1, following[:, None]).mean()
        loss.backward()
        seconds = time.perf_counter() - began
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e6
    torch.save([hidden.grad, weight.grad], f"{folder}/{kind}.pt")
    print(json.dumps({"seconds": seconds, "gigabytes": memory, "loss": loss.item(), "norm": weight.grad.norm().item()}))


def gradients_differ_by(folder: str) -> float:
    """Largest difference of an element of either gradient, of the largest element of that gradient."""
    import torch

    pairs = zip(*(torch.load(f"{folder}/{kind}.pt") for kind in ("chunked", "dense")), strict=True)
    return max(float((chunked - dense).abs().max() / dense.abs().max()) for chunked, dense in pairs)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        compare(folder)


def compare(folder: str) -> None:
    found: dict[str, list[dict[str, float]]] = {"chunked": [], "dense": []}
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        for kind, results in found.items():
            output = subprocess.run(
                [sys.executable, __file__, "--measure", kind, folder], check=True, capture_output=True
            ).stdout
            results.append(json.loads(output.splitlines()[-1]))
            print(kind, results[-1], flush=True)
    chunked, dense = (
        {key: statistics.median(result[key] for result in results) for key in results[0]} for results in found.values()
    )
    print(
        f"value differs by {abs(chunked['loss'] - dense['loss']):.1e}, gradients by {gradients_differ_by(folder):.1e} of "
        "their largest element"
    )
    print(
        f"time {chunked['seconds'] / dense['seconds']:.2f}, memory {chunked['gigabytes'] / dense['gigabytes']:.3f} "
        "of the dense loss"
    )


if sys.argv[1:2] == ["--measure"]:
    measure(*sys.argv[2:])
else:
    main()
