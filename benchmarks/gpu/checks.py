"""Values and gradients of the kernels against float64, with autograd over plain operations."""

from __future__ import annotations

import math
import sys
from typing import Any

import torch
from kernels import HOME
from student import (
    AutogradLayer,
    FusedLayer,
    Head,
    Loss,
    Positions,
    Shape,
    Targets,
    layer_output,
    positions,
    weights,
)
from torch import Tensor

sys.path.insert(0, str(HOME / "python/src"))
from logitstream import losses as reference

KINDS = {"nll": 0, "kld": 1, "mse": 2, "reverse-kl": 3, "jsd": 4, "skew-kl": 5}
LOSSES = [
    *(Loss(name, kind) for name, kind in KINDS.items()),
    Loss("mse of logits", 6),
    *(Loss(f"{name}, bucket", KINDS[name], tail=1) for name in ("kld", "reverse-kl")),
    *(Loss(f"{name}, decoupled", KINDS[name], tail=3, temper_student=True) for name in ("kld", "jsd")),
    Loss("kld, none", 1, tail=2),
    Loss("kld, support", 1, on_support=True, temper_student=True),
    Loss("kld, tempered", 1, temper_student=True),
]
TAILS = ("renormalise", "bucket", "none", "decoupled")


def sample_targets(count: int, vocabulary: int, kept: int, temperature: float, random: torch.Generator) -> Targets:
    """Targets of a teacher on the host: supports of 1 to `kept` tokens, padded."""
    scores = torch.rand(count, vocabulary, generator=random) if vocabulary <= 4096 else None
    if scores is None:  # a start and a stride give ids that differ
        first = torch.randint(vocabulary, (count, 1), generator=random)
        ids = (first + torch.arange(kept) * (vocabulary // (kept + 1))) % vocabulary
    else:
        ids = scores.topk(kept, 1).indices
    sizes = torch.randint(1, kept + 1, (count, 1), generator=random)
    real = torch.arange(kept) < sizes
    mass = torch.rand(count, kept, generator=random).masked_fill(~real, 0) + 0.05 * real
    tail = 0.05 + 0.4 * torch.rand(count, 1, generator=random)
    log_prob = (mass / mass.sum(1, keepdim=True) * (1 - tail)).log()
    log_sum = 3 * torch.randn(count, 1, generator=random)
    one = torch.ones(count, 1)
    return Targets(
        torch.randint(vocabulary, (count, 1), generator=random),
        torch.where(real, ids, ids[:, :1]).int(),
        log_prob,
        torch.cat([temperature * one, one, tail, log_sum], 1),
        torch.zeros(count, 0),
    )


def difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference, of the largest expected value."""
    return float((found.double() - expected).abs().max() / expected.abs().max().clamp_min(1e-30))


def check_loss(loss: Loss, routed: bool, half: bool, device: torch.device, vocabulary: int = 211) -> dict[str, float]:
    """Differences of a loss: text, distillation, gradients of hidden states and weight."""
    random = torch.Generator().manual_seed(5)
    count, size = 37, 24
    temperature = 1.0 if loss.tail == 2 else 2.0
    host = sample_targets(count, vocabulary, 6, temperature, random)
    if routed:
        host.routed_N1 = (torch.rand(count, 1, generator=random) < 0.6).float()
    hidden = torch.randn(count, size, generator=random).to(device)
    weight = torch.randn(vocabulary, size, generator=random).to(device)
    if half:  # exact in both types, so that products differ by their sums and results alone
        hidden, weight = hidden.bfloat16().float(), weight.bfloat16().float()
    weight.grad = torch.zeros_like(weight)
    targets = Targets(*(part.to(device) for part in vars(host).values()))
    head = Head(vocabulary, count, half, loss.tempered_softmax, device)
    head.rows = 16  # three chunks
    with torch.no_grad():
        sums, gradient = head.apply(hidden, targets, weight, loss, 1 / count)
    lm, kd, _ = sums.view(-1, 3).sum(0).tolist()

    expected = dense_loss(loss, hidden.double(), weight.double(), targets)
    return {
        "lm": abs(lm - expected["lm"]) / abs(expected["lm"]),
        "kd": abs(kd - expected["kd"]) / abs(expected["kd"]),
        "hidden": difference(gradient, expected["hidden"]),
        "weight": difference(weight.grad, expected["weight"]),
    }


def dense_loss(loss: Loss, hidden: Tensor, weight: Tensor, targets: Targets) -> dict[str, Any]:
    """The loss over dense logits, differentiated by autograd; the divergences are those of the Python package."""
    hidden.requires_grad_()
    weight.requires_grad_()
    z = hidden @ weight.T
    if loss.kind == 6:
        name = "mse"
    else:
        name = next(kind for kind, code in KINDS.items() if code == loss.kind)
    settings = reference.DistillationLoss(
        kind=name, tail=TAILS[loss.tail], normalise="support" if loss.on_support else "full",
        temper_student=loss.temper_student, mse_on="logits" if loss.kind == 6 else "probabilities",
        beta=loss.mix, skew=loss.mix,
    )  # fmt: skip
    ids = targets.support_NK.long()
    temperature, kd_weight, tail, log_sum = targets.position_N4.double().T
    log_prob = targets.log_prob_NK.double()
    routed = targets.routed_N1[:, 0] > 0 if targets.routed_N1.shape[1] else None
    of = reference.Targets(
        targets.following_N1[:, 0], ids, log_prob, log_prob > -math.inf, temperature, kd_weight, tail, log_sum, routed
    )
    whole = z.logsumexp(1, keepdim=True)
    outside = z.scatter(1, ids, -math.inf).logsumexp(1, keepdim=True) if settings.has_tail_class else None
    tempered = (z / temperature[:, None]).logsumexp(1, keepdim=True) if loss.tempered_softmax else None
    kd = reference._position_losses(z.gather(1, ids), whole, outside, tempered, of, settings)[:, 0] * kd_weight
    lm = (whole - z.gather(1, targets.following_N1))[:, 0]
    if routed is None:
        total = loss.lm_weight * lm + loss.kd_weight * kd
    else:
        kd = kd * routed
        total = loss.lm_weight * lm + loss.kd_weight * (kd + lm * ~routed)
    hidden_gradient, weight_gradient = torch.autograd.grad(total.mean(), (hidden, weight))
    return {"lm": lm.sum().item(), "kd": kd.sum().item(), "hidden": hidden_gradient, "weight": weight_gradient}


SMALL = Shape(64, 96, 1, 4, 2, 97, True)
QWEN2 = Shape(64, 96, 1, 4, 2, 97, True, biases=True)
QWEN3 = Shape(64, 96, 1, 4, 2, 97, True, head_norms=True)
# Form of the layer, shape, attention.
LAYERS = [
    ("fused", SMALL, ""),
    ("fused", SMALL, "window"),
    ("fused", SMALL, "documents"),
    ("fused", QWEN2, ""),
    ("fused", QWEN3, ""),
    ("autograd", SMALL, ""),
    ("autograd", SMALL, "window"),
    ("autograd", SMALL, "cap"),
    ("autograd", SMALL, "cap and window"),
    ("autograd", SMALL, "documents"),
    ("bfloat16", SMALL, ""),
    ("bfloat16", SMALL, "documents"),
]
WINDOW, CAP = 5, 3.0


def check_layer(form: str, shape: Shape, attention: str, device: torch.device) -> dict[str, float]:
    """Differences of a layer: output, gradient of the input, and the largest of the gradients of the weights."""
    rows, count = 2, 24
    layer = weights(shape, device).layers[0]
    with torch.no_grad():
        for matrix in (*layer.matrices, layer.output, layer.gate, layer.up, layer.down):
            matrix.mul_(8)
    given: dict[str, Any] = {}
    if "window" in attention:
        given["window"] = torch.empty(WINDOW, 0, device=device)
    if "cap" in attention:
        given["cap"] = torch.tensor(CAP, device=device)
    if attention == "documents":  # of 8 positions each
        given["documents"] = [torch.empty(rows * count // 8, 8, 0, device=device)]
    at = positions(shape, count, device, **given)
    random = torch.Generator().manual_seed(3)
    x = torch.randn(rows, count, shape.hidden, generator=random).to(device)
    gradient = torch.randn(rows, count, shape.hidden, generator=random).to(device)

    if form == "fused":
        passed: Any = FusedLayer(layer, at, at.pair_angles(rows, shape.heads), x)
    else:
        passed = AutogradLayer(lambda x: layer_output(layer, at, x, form == "bfloat16"), x)
    output = passed.output.detach().clone()
    x_gradient = passed.backward(gradient.clone())

    doubles = [weight.detach().double().requires_grad_() for weight in layer.weights()]
    x64 = x.double().requires_grad_()
    expected = dense_layer(iter(doubles), shape, at, attention, x64)
    expected_gradients = torch.autograd.grad(expected, [x64, *doubles], gradient.double())
    found = [weight.grad for weight in layer.weights()]
    return {
        "output": difference(output, expected.detach()),
        "input": difference(x_gradient, expected_gradients[0]),
        "weights": max(map(difference, found, expected_gradients[1:])),
    }


def dense_layer(own: Any, shape: Shape, at: Positions, attention: str, x: Tensor) -> Tensor:
    """A decoder layer over plain operations; takes the weights in the order of Layer.weights."""

    def rms_norm(x: Tensor, weight: Tensor) -> Tensor:
        return x * (x.square().mean(-1, keepdim=True) + 1e-5).rsqrt() * weight

    rows, count, head = *x.shape[:2], shape.head
    norm, query, key, value = (next(own) for _ in range(4))
    biases = [next(own) if shape.biases else 0.0 for _ in range(3)]
    head_norms = [next(own) if shape.head_norms else None for _ in range(2)]
    output, feed_norm, gate, up, down = own
    normed = rms_norm(x, norm)
    q, k, v = (
        (normed @ matrix.T + bias).view(rows, count, -1, head)
        for matrix, bias in zip((query, key, value), biases, strict=True)
    )
    if shape.head_norms:
        q, k = rms_norm(q, head_norms[0]), rms_norm(k, head_norms[1])
    cos, sin = at.cos.double(), at.sin.double()
    q, k = (part * cos + torch.cat([-part[..., head // 2 :], part[..., : head // 2]], -1) * sin for part in (q, k))
    k, v = (part.repeat_interleave(shape.heads // shape.groups, 2) for part in (k, v))
    scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / math.sqrt(head)
    if "cap" in attention:
        scores = (scores / CAP).tanh() * CAP
    distance = torch.arange(count, device=x.device)[:, None] - torch.arange(count, device=x.device)
    hidden = distance < 0
    if "window" in attention:
        hidden = hidden | (distance >= WINDOW)
    if attention == "documents":
        document = torch.arange(count, device=x.device) // 8
        hidden = hidden | (document[:, None] != document)
    p = scores.masked_fill(hidden, -math.inf).softmax(-1)
    mixed = torch.einsum("bhqk,bkhd->bqhd", p, v).flatten(2)
    attended = x + mixed @ output.T
    normed = rms_norm(attended, feed_norm)
    return attended + (torch.nn.functional.silu(normed @ gate.T) * (normed @ up.T)) @ down.T


def run(device: torch.device) -> dict[str, dict[str, float]]:
    """All checks by name."""
    found = {}
    for loss in LOSSES:
        for half in (False, True):
            name = f"loss {loss.name}" + (", bfloat16" if half else "")
            found[name] = check_loss(loss, False, half, device)
    found["loss kld, routed"] = check_loss(LOSSES[1], True, False, device)
    for form, shape, attention in LAYERS:
        own = "qwen2" if shape.biases else "qwen3" if shape.head_norms else "llama"
        name = f"layer {form} {own}" + (f", {attention}" if attention else "")
        found[name] = check_layer(form, shape, attention, device)
    return found


def limit(name: str) -> float:
    """Largest difference that rounding explains."""
    return 0.03 if "bfloat16" in name else 2e-4
