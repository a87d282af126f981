"""The training step of the Java student over its own kernels: the same calls in the same order, from Python.

Each part names the Java class that it follows. Shape letters are those of io.logitstream.model and
io.logitstream.student.loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from kernels import layers as K
from kernels import loss as L
from kernels import transfer
from torch import Tensor

MOST_VALUES = 160 << 20  # Tiling.java


@dataclass(frozen=True)
class Shape:
    hidden: int
    inner: int
    layers: int
    heads: int
    groups: int
    vocabulary: int
    tied: bool
    biases: bool = False
    head_norms: bool = False

    @property
    def head(self) -> int:
        return self.hidden // self.heads


# StudentPreset.java, with GLM-4's vocabulary.
PRESETS = {
    "330M": Shape(1024, 4096, 12, 16, 2, 151_552, True),
    "1.9B": Shape(2048, 6912, 24, 16, 2, 151_552, False),
}


@dataclass
class Layer:
    norm: Tensor
    matrices: list[Tensor]  # query, key, value
    variants: list[Tensor]  # biases of these and norms of queries and keys; [] for a plain layer
    output: Tensor
    feed_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor

    def weights(self) -> list[Tensor]:
        given = [variant for variant in self.variants if len(variant)]
        return [self.norm, *self.matrices, *given, self.output, self.feed_norm, self.gate, self.up, self.down]


@dataclass
class Weights:
    embedding: Tensor
    layers: list[Layer]
    norm: Tensor
    head: Tensor

    def all(self) -> list[Tensor]:
        inside = [weight for layer in self.layers for weight in layer.weights()]
        return [self.embedding, *inside, self.norm] + ([] if self.head is self.embedding else [self.head])


def weights(shape: Shape, device: torch.device, seed: int = 1) -> Weights:
    """Random weights in float32, each with a gradient of zeros."""
    random = torch.Generator(device).manual_seed(seed)

    def matrix(rows: int, columns: int) -> Tensor:
        return torch.randn(rows, columns, generator=random, device=device) * 0.02

    def norm(size: int) -> Tensor:
        return 1 + 0.1 * torch.randn(size, generator=random, device=device)

    def variant(present: bool, size: int, middle: float) -> Tensor:
        return middle + 0.1 * torch.randn(size if present else 0, generator=random, device=device)

    def layer() -> Layer:
        queries, keys = shape.heads * shape.head, shape.groups * shape.head
        variants = []
        if shape.biases or shape.head_norms:
            variants = [variant(shape.biases, size, 0) for size in (queries, keys, keys)]
            variants += [variant(shape.head_norms, shape.head, 1) for _ in range(2)]
        return Layer(
            norm(shape.hidden),
            [matrix(rows, shape.hidden) for rows in (queries, keys, keys)],
            variants,
            matrix(shape.hidden, queries),
            norm(shape.hidden),
            matrix(shape.inner, shape.hidden),
            matrix(shape.inner, shape.hidden),
            matrix(shape.hidden, shape.inner),
        )

    embedding = matrix(shape.vocabulary, shape.hidden)
    made = Weights(
        embedding,
        [layer() for _ in range(shape.layers)],
        norm(shape.hidden),
        embedding if shape.tied else matrix(shape.vocabulary, shape.hidden),
    )
    for weight in made.all():
        weight.requires_grad_().grad = torch.zeros_like(weight)
    return made


@dataclass
class Positions:
    """Angles of the positions, and what attention needs: a window, a bound of the scores, documents."""

    cos: Tensor
    sin: Tensor
    epsilon: Tensor
    window: Tensor | None = None
    cap: Tensor | None = None
    documents: list[Tensor] = field(default_factory=list)

    def pair_angles(self, rows: int, heads: int) -> tuple[Tensor, Tensor]:
        """PairAngles.java, once for each pass."""
        with torch.no_grad():
            angles = K.pair_angles(self.cos, self.sin, heads if rows > 1 and not self.documents else 1)
            return angles, K.opposite(angles)

    def attention(self, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor) -> Tensor:
        """CausalAttention.java."""
        if self.documents:
            none = q_BTHA.new_empty(0, 0)
            window = none if self.window is None else self.window
            cap = none if self.cap is None else self.cap
            return K.isolated_attention(q_BTHA, k_BTGA, v_BTGA, window, cap, self.documents)
        if self.cap is not None and self.window is not None:
            return K.capped_windowed_attention(q_BTHA, k_BTGA, v_BTGA, self.cap, self.window)
        if self.cap is not None:
            return K.capped_attention(q_BTHA, k_BTGA, v_BTGA, self.cap)
        if self.window is not None and q_BTHA.shape[1] > len(self.window):
            return K.windowed_attention(q_BTHA, k_BTGA, v_BTGA, self.window)
        return K.attention(q_BTHA, k_BTGA, v_BTGA)


def positions(shape: Shape, count: int, device: torch.device, **attention: Any) -> Positions:
    """RotaryEmbedding.java, with theta 10,000."""
    half = shape.head // 2
    frequency = 10_000.0 ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.arange(count, dtype=torch.float64)[:, None] * frequency
    table = torch.cat([angle, angle], 1)[:, None]
    epsilon = torch.tensor(1e-5, device=device)
    return Positions(table.cos().float().to(device), table.sin().float().to(device), epsilon, **attention)


class FusedLayer:
    """FusedDecoderLayer.java: float32, with a hand-written backward pass."""

    def __init__(self, layer: Layer, at: Positions, angles: tuple[Tensor, Tensor], x_BTD: Tensor):
        self.layer = layer
        own = layer
        forward, self.back = angles
        with torch.no_grad():
            kernel = K.before_attention_with if own.variants else K.before_attention
            q, k, v, *self.kept = kernel(x_BTD, own.norm, at.epsilon, *own.matrices, *own.variants, forward)
        self.heads = [part.requires_grad_() for part in (q, k, v)]
        with torch.enable_grad():
            self.mixed = at.attention(*self.heads)
        with torch.no_grad():
            self.output, *self.after = K.after_attention(
                x_BTD, self.mixed, own.output, own.feed_norm, at.epsilon, own.gate, own.up, own.down
            )

    def backward(self, gradient_BTD: Tensor) -> Tensor:
        own = self.layer
        with torch.no_grad():
            mixed_gradient = K.after_attention_backward(
                gradient_BTD, self.mixed, *self.after, own.output, own.feed_norm, own.gate, own.up, own.down
            )
        torch.autograd.backward(self.mixed, mixed_gradient)
        with torch.no_grad():
            kernel = K.before_attention_with_backward if own.variants else K.before_attention_backward
            gradients = [part.grad for part in self.heads]
            return kernel(gradient_BTD, *gradients, *self.kept, own.norm, *own.matrices, *own.variants, self.back)


def layer_output(layer: Layer, at: Positions, x_BTD: Tensor, half: bool) -> Tensor:
    """DecoderLayer.java for weights of Llama's form, in float32 or bfloat16."""
    norm = K.rms_norm_bfloat16 if half else K.rms_norm
    linear = K.linear_bfloat16 if half else lambda x, weight: torch.nn.functional.linear(x, weight)
    rows, count = x_BTD.shape[:2]
    normed = norm(x_BTD, layer.norm, at.epsilon)
    q, k, v = (linear(normed, matrix).view(rows, count, -1, at.cos.shape[-1]) for matrix in layer.matrices)
    mixed = at.attention(K.rotate_halves(q, at.cos, at.sin), K.rotate_halves(k, at.cos, at.sin), v)
    attended = x_BTD + linear(mixed, layer.output)
    normed = norm(attended, layer.feed_norm, at.epsilon)
    return attended + linear(K.swiglu(linear(normed, layer.gate), linear(normed, layer.up)), layer.down)


class FinalNorm:
    """FinalNormSegment.java."""

    def __init__(self, weight_D: Tensor, at: Positions, x_BTD: Tensor):
        self.weight = weight_D
        with torch.no_grad():
            self.output, *self.kept = K.final_norm(x_BTD, weight_D, at.epsilon)

    def backward(self, gradient_BTD: Tensor) -> Tensor:
        with torch.no_grad():
            K.final_norm_backward(gradient_BTD, *self.kept, self.weight)
        return gradient_BTD


class AutogradLayer:
    """AutogradSegment.java."""

    def __init__(self, function: Any, x_BTD: Tensor):
        self.input = x_BTD.detach().requires_grad_()
        with torch.enable_grad():
            self.output = function(self.input)

    def backward(self, gradient_BTD: Tensor) -> Tensor:
        torch.autograd.backward(self.output, gradient_BTD)
        assert self.input.grad is not None
        return self.input.grad


@dataclass(frozen=True)
class Loss:
    """What LossKernels.losses takes of a LossConfig."""

    name: str = "kld"
    kind: int = 1
    tail: int = 0
    on_support: bool = False
    temper_student: bool = False
    mix: float = 0.1
    lm_weight: float = 0.1
    kd_weight: float = 0.9

    @property
    def factor_is_one(self) -> bool:
        return self.kind in (0, 1) and self.tail == 0 and not self.on_support and not self.temper_student

    @property
    def tempered_softmax(self) -> bool:
        return self.temper_student and not self.on_support and self.kind != 6 and self.tail not in (1, 3)


@dataclass
class Targets:
    """BatchTensors.java."""

    following_N1: Tensor
    support_NK: Tensor
    log_prob_NK: Tensor
    position_N4: Tensor
    routed_N1: Tensor

    def part(self, begin: int, end: int) -> Targets:
        return Targets(*(part[begin:end] for part in vars(self).values()))


class Head:
    """DistillationHead.java, TiledSoftmax.java and BatchPass.java on a GPU: one tile, always shifted."""

    def __init__(self, vocabulary: int, positions: int, half: bool, tempered: bool, device: torch.device):
        self.half, self.vocabulary = half, vocabulary
        self.rows = min(positions, max(64, MOST_VALUES // vocabulary // 64 * 64))
        self.memory = torch.empty(self.rows * vocabulary * (2 if tempered else 1), device=device)

    def apply(
        self, hidden_ND: Tensor, targets: Targets, weight_VD: Tensor, loss: Loss, scale: float
    ) -> tuple[Tensor, Tensor]:
        """Losses of the chunks [3 c], and the gradient of the hidden states; adds that of the weight."""
        tiles_of = L.split(weight_VD, self.vocabulary, self.half)
        gradients = L.split(weight_VD.grad, self.vocabulary, False)
        hidden_gradient_ND = torch.zeros_like(hidden_ND)
        sums = []
        for begin in range(0, len(hidden_ND), self.rows):
            end = min(begin + self.rows, len(hidden_ND))
            h_CD, of = hidden_ND[begin:end], targets.part(begin, end)
            count = end - begin
            tiles = L.tiles(self.memory, tiles_of, 0, count)
            tempered = []
            if loss.tempered_softmax:
                tempered = L.tiles(self.memory, tiles_of, self.rows * self.vocabulary, count)
            entries_CM = L.entries(of.support_NK, of.following_N1, self.vocabulary, self.vocabulary)
            binary_CD = L.binary(h_CD)
            shift_C1 = L.products(binary_CD, tiles_of, self.half, tiles, True)
            z_CM = L.logits_of(self.memory, entries_CM, False)
            sum_C1, tempered_sum_C1 = L.forward(
                binary_CD, tiles_of, self.half, True, shift_C1, of.position_N4, tiles, tempered
            )
            lm, kd, elsewhere, sum_C1, tempered_sum_C1, sparse_CM, factor_C1, tempered_factor_C1 = L.losses(
                z_CM, [sum_C1], [tempered_sum_C1], shift_C1, self.memory, tiles, entries_CM, of.log_prob_NK,
                of.position_N4, of.routed_N1, loss.kind, loss.tail, loss.on_support, loss.temper_student,
                loss.factor_is_one, loss.mix, loss.lm_weight, loss.kd_weight,
            )  # fmt: skip
            sums += [lm, kd, elsewhere]
            L.gradient(
                self.memory, tiles, sum_C1, factor_C1, tempered, tempered_sum_C1, tempered_factor_C1, entries_CM,
                sparse_CM,
            )  # fmt: skip
            divisor_C1 = sum_C1 if factor_C1.shape[1] == 0 else sum_C1[:, :0]
            L.backward_all(
                tiles, divisor_C1, h_CD, tiles_of, self.half, scale, hidden_gradient_ND[begin:end], gradients
            )
        L.scale_(hidden_gradient_ND, scale)
        return torch.stack(sums), hidden_gradient_ND


class Student:
    """TrainingStep.java and AdamW.java, with steps that the host reads late."""

    def __init__(self, shape: Shape, loss: Loss, count: int, half: bool, device: torch.device):
        self.shape, self.loss, self.half, self.device = shape, loss, half, device
        self.weights = weights(shape, device)
        self.all = self.weights.all()
        self.head = Head(shape.vocabulary, count, half, loss.tempered_softmax, device)
        self.steps = torch.zeros((), device=device)
        self.halted = torch.zeros((), device=device)
        self.moments = [(torch.zeros_like(weight), torch.zeros_like(weight)) for weight in self.all]

    def forward(self, ids_BT: Tensor, at: Positions) -> list[Any]:
        x = torch.nn.functional.embedding(ids_BT, self.weights.embedding.detach())
        passed: list[Any] = []
        angles = at.pair_angles(ids_BT.shape[0], self.shape.heads)
        for layer in self.weights.layers:
            if self.half:
                passed.append(AutogradLayer(lambda x, own=layer: layer_output(own, at, x, True), x))
            else:
                passed.append(FusedLayer(layer, at, angles, x))
            x = passed[-1].output.detach()
        passed.append(FinalNorm(self.weights.norm, at, x))
        return passed

    def hidden(self, ids_BT: Tensor, at: Positions) -> Tensor:
        """Hidden states for inference."""
        with torch.no_grad():
            x = torch.nn.functional.embedding(ids_BT, self.weights.embedding)
            for layer in self.weights.layers:
                x = layer_output(layer, at, x, self.half)
            return K.rms_norm(x, self.weights.norm, at.epsilon).flatten(0, 1)

    def gradients(self, ids_BT: Tensor, targets: Targets, at: Positions) -> Tensor:
        """Losses of the chunks; the gradients add up in the weights."""
        passed = self.forward(ids_BT, at)
        count = ids_BT.numel()
        with torch.no_grad():
            hidden_ND = passed[-1].output.detach().view(count, -1)
            sums, gradient = self.head.apply(hidden_ND, targets, self.weights.head, self.loss, 1 / count)
        gradient = gradient.view(*ids_BT.shape, -1)
        while passed:
            gradient = passed.pop().backward(gradient)
        with torch.no_grad():
            K.embedding_backward(gradient, ids_BT, self.weights.embedding)
        return sums

    def step(self, tokens_BU: Tensor, targets: Targets, at: Positions, learning_rate: float = 1e-3) -> Any:
        """A whole step, from values on the host. Returns losses and norm on their way to the host."""
        tokens_BU = upload(tokens_BU, self.device)
        targets = Targets(*(upload(part, self.device) for part in vars(targets).values()))
        gradients = [weight.grad for weight in self.all]
        with torch.no_grad():
            K.zero(gradients)
        sums = self.gradients(tokens_BU[:, :-1].long(), targets, at)
        with torch.no_grad():
            norm = K.global_norm(gradients)
            values = K.halt([sums], norm, True, self.halted)
            divisor = K.clip_divisor(norm, 1.0)
            K.count(self.steps)
            for decay, dimensions in ((0.1, 2), (0.0, 1)):
                group = [i for i, weight in enumerate(self.all) if weight.dim() == dimensions]
                K.adamw_unless_halted(
                    [self.all[i] for i in group], [gradients[i] for i in group],
                    [self.moments[i][0] for i in group], [self.moments[i][1] for i in group],
                    [self.steps] * len(group), learning_rate, 0.9, 0.95, 1e-8, decay, divisor, self.halted,
                )  # fmt: skip
            return transfer.to_host(values)


def upload(values: Tensor, device: torch.device) -> Tensor:
    """HostTransfer.java."""
    if device.type == "cpu" or values.numel() == 0:
        return values.to(device)
    return transfer.to_device(values, torch.empty(0, device=device))
