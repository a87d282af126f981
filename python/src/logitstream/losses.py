"""The distillation losses of docs/reference/losses.md, for a student in PyTorch.

    loss = DistillationLoss(kind="kld", alpha=0.9)
    result = loss(hidden_ND, lm_head.weight, Targets.of(record, loss))
    result.loss.backward()

The loss takes hidden states and the head's weight instead of logits, and never holds [tokens, vocabulary]: it computes
chunks of rows, and both gradients with them, in the forward pass.

Shape letters: N tokens, C tokens of a chunk, D hidden size, V vocabulary, K entries of the widest support.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

try:
    import torch
except ImportError:
    raise ImportError("logitstream.losses needs PyTorch: pip install 'logitstream[torch]'") from None
from torch import Tensor

from logitstream.logits import Logits, Record, Selection

LOSS_KINDS = ("nll", "kld", "mse", "reverse-kl", "jsd", "skew-kl")
TAILS = ("renormalise", "bucket", "none", "counts", "decoupled")
# Tail rules with the tail as a class of its own.
TAIL_CLASS = ("bucket", "decoupled")
# Tail rules that leave the probabilities as they are.
UNTEMPERED_TAILS = ("none", "counts")
ADAPTIVE_TEMPERATURES = ("none", "normkd", "adakd-sd", "adakd-entropy", "wttm")
ROUTED_BY = ("entropy", "tail-mass", "top-probability", "text-log-probability", "support-size", "position")
ADAPTIVE_BY_STATISTICS = ("normkd", "adakd-sd", "adakd-entropy")
# Lower limit of the temperature of a position, for flat logits whose deviation is 0.
LEAST_TEMPERATURE = 1e-3


@dataclass(frozen=True)
class Routing:
    """Positions where KD applies; elsewhere alpha is 0. Names and defaults: docs/reference/losses.md."""

    by: str = "entropy"
    above: float | None = None
    below: float | None = None
    above_quantile: float | None = None
    below_quantile: float | None = None

    def __post_init__(self) -> None:
        _require(self.by in ROUTED_BY, f"routing by '{self.by}' is unknown; use one of {', '.join(ROUTED_BY)}")
        for side in ("above", "below"):
            value, quantile = getattr(self, side), getattr(self, f"{side}_quantile")
            _require(value is None or quantile is None, f"routing {side} and {side}_quantile are both set; keep one")
            _require(value is None or math.isfinite(value), f"routing {side} {value} is not a finite number")
        bounds = (self.above, self.below, self.above_quantile, self.below_quantile)
        _require(any(bound is not None for bound in bounds), "routing has no bound; set above or below")
        low, high = self.above_quantile, self.below_quantile
        _require(low is None or 0 <= low < 1, f"routing above_quantile {low} is not in [0, 1)")
        _require(high is None or 0 < high <= 1, f"routing below_quantile {high} is not in (0, 1]")
        for name, lower, upper in (("", self.above, self.below), ("_quantile", low, high)):
            _require(
                lower is None or upper is None or lower < upper,
                f"routing above{name} {lower} is not below below{name} {upper}: no position is between them",
            )

    def chosen(self, values_N: np.ndarray) -> np.ndarray:
        """Tells for each position whether KD applies, from the values of a batch."""
        ascending_N = np.sort(values_N)
        chosen_N = np.ones(len(values_N), bool)
        lower = _bound(self.above, self.above_quantile, ascending_N)
        upper = _bound(self.below, self.below_quantile, ascending_N)
        if lower is not None:
            chosen_N &= values_N > lower
        if upper is not None:
            chosen_N &= values_N <= upper
        return chosen_N


def _bound(value: float | None, quantile: float | None, ascending_N: np.ndarray) -> float | None:
    if quantile is None:
        return value
    rank = math.ceil(quantile * len(ascending_N))
    return None if rank == 0 else float(ascending_N[rank - 1])


@dataclass(frozen=True)
class DistillationLoss:
    """The loss (1 - alpha) * LM + alpha * KD, both means over the tokens. Names and defaults: docs/reference/losses.md.

    temperature: None is 1 for the tails none and counts, samples and adaptive temperatures, else 2
    temper_student: None is True for the tail decoupled, else False
    routing:     positions where alpha holds; None for all
    chunk_bytes: memory that the logits of a chunk may take; a student's temperature of its own takes it twice
    """

    kind: str = "kld"
    alpha: float = 0.9
    tail: str = "renormalise"
    normalise: str = "full"
    temperature: float | None = None
    adaptive_temperature: str = "none"
    temper_student: bool | None = None
    temperature_squared: bool = False
    beta: float = 0.5
    skew: float = 0.1
    mse_on: str = "probabilities"
    top_p: float | None = None
    top_k: int | None = None
    routing: Routing | None = None
    chunk_bytes: int = 128 << 20

    def __post_init__(self) -> None:
        _require(self.kind in LOSS_KINDS, f"kind '{self.kind}' is unknown; use one of {', '.join(LOSS_KINDS)}")
        _require(self.tail in TAILS, f"tail '{self.tail}' is unknown; use one of {', '.join(TAILS)}")
        _require(self.normalise in ("full", "support"), f"normalise '{self.normalise}' is neither full nor support")
        _require(
            self.adaptive_temperature in ADAPTIVE_TEMPERATURES,
            f"adaptive_temperature '{self.adaptive_temperature}' is unknown; "
            f"use one of {', '.join(ADAPTIVE_TEMPERATURES)}",
        )
        _require(
            self.mse_on in ("probabilities", "logits"), f"mse_on '{self.mse_on}' is neither probabilities nor logits"
        )
        _require(0 <= self.alpha <= 1, f"alpha {self.alpha} is not in [0, 1]")
        _require(0 < self.teacher_temperature <= 1000, f"temperature {self.temperature} is not in (0, 1000]")
        _require(0 < self.beta < 1, f"beta {self.beta} is not in (0, 1)")
        _require(0 <= self.skew < 1, f"skew {self.skew} is not in [0, 1)")
        _require(self.top_p is None or 0 < self.top_p <= 1, f"top_p {self.top_p} is not in (0, 1]")
        _require(self.top_k is None or self.top_k >= 1, f"top_k {self.top_k} is not positive")
        tempered = self.teacher_temperature != 1 or self.adaptive_temperature != "none"
        _require(
            self.tail not in UNTEMPERED_TAILS or not tempered,
            "tail none and counts leave the probabilities as they are: temperature must be 1 and adaptive_temperature "
            "none, or use tail renormalise",
        )
        _require(
            not self.has_tail_class or self.normalise == "full",
            "tail bucket and decoupled have the whole vocabulary as their classes: normalise must be full",
        )
        _require(
            self.tail != "decoupled" or not self.on_logits,
            "tail decoupled compares probabilities: mse_on must be probabilities",
        )
        _require(
            self.tail != "decoupled" or not self.temperature_squared and self.adaptive_temperature != "wttm",
            "tail decoupled tempers a part of the loss alone: temperature_squared must be False and "
            "adaptive_temperature not wttm, which weight all of it",
        )
        _require(
            self.tail != "counts" or not self.on_logits,
            "mse_on logits: a sampled support (tail counts) holds no logits of the teacher",
        )

    @property
    def has_tail_class(self) -> bool:
        """Tells whether the tail is a class that teacher and student are compared on."""
        return self.tail in TAIL_CLASS

    @property
    def teacher_temperature(self) -> float:
        """The teacher's temperature, or the factor of an adaptive one."""
        if self.temperature is not None:
            return self.temperature
        return 1.0 if self.tail in UNTEMPERED_TAILS or self.adaptive_temperature != "none" else 2.0

    @property
    def tempers_student(self) -> bool:
        """Tells whether the student's logits are divided by the temperature."""
        return self.tail == "decoupled" if self.temper_student is None else self.temper_student

    @property
    def on_logits(self) -> bool:
        """Tells whether logits are compared instead of probabilities."""
        return self.kind == "mse" and self.mse_on == "logits"

    def require_possible(self, selection: Selection) -> None:
        """Raises ValueError if this loss cannot be computed from records of this selection."""
        if selection.draws == 0:
            _require(self.tail != "counts", "its support is not a sample: tail counts needs a sampled selection")
            _require(
                self.top_p is None or self.top_p == 1 or self.top_p <= selection.top_p,
                f"top_p {self.top_p} asks for more than the topic holds, {selection.top_p}",
            )
            _require(
                self.top_k is None or self.top_k <= selection.top_k,
                f"top_k {self.top_k} asks for more than the topic holds, {selection.top_k}",
            )
            return
        tempered = self.teacher_temperature != 1 or self.adaptive_temperature != "none"
        _require(
            not tempered and not self.has_tail_class and not self.on_logits,
            "its support is a sample, whose counts are the target as they are: temperature must be 1, "
            "adaptive_temperature none, tail counts, and mse_on cannot be logits",
        )
        _require(self.top_p is None and self.top_k is None, "its support is a sample, which cannot be truncated")
        _require(
            self.routing is None or self.routing.by != "tail-mass",
            "its support is a sample, which has no tail: routing by tail-mass is impossible; use entropy",
        )

    def require_statistics(self, logits: Logits) -> None:
        """Raises ValueError if this loss needs statistics over the vocabulary that the logits do not have."""
        needs = (
            f"adaptive_temperature {self.adaptive_temperature}"
            if self.adaptive_temperature in ADAPTIVE_BY_STATISTICS
            else "mse_on logits"
            if self.on_logits
            else None
        )
        _require(
            logits.has_statistics or needs is None,
            f"its logits have no statistics over the vocabulary (served teacher), which {needs} needs",
        )

    def __call__(self, hidden_ND: Tensor, weight_VD: Tensor, targets: Targets, alpha: float | None = None) -> LossParts:
        """The loss and its parts.

        hidden_ND: last hidden states of the N predicted positions, any leading shape
        weight_VD: weight of the output head
        alpha:     weight of KD at this step, where a schedule gives another than `self.alpha`
        """
        hidden_ND = hidden_ND.reshape(-1, hidden_ND.shape[-1])
        _require(
            len(hidden_ND) == len(targets.following_N),
            f"{len(hidden_ND)} hidden states for {len(targets.following_N)} positions",
        )
        loss, lm, kd, routed = _ChunkedLoss.apply(
            hidden_ND, weight_VD, targets, self, self.alpha if alpha is None else alpha
        )
        return LossParts(loss, lm, kd, routed)


class LossParts(NamedTuple):
    """Scalars in nats per token; only `loss` has a gradient."""

    loss: Tensor
    lm: Tensor
    kd: Tensor  # mean over the positions where it applies
    routed: Tensor | None = None  # their share of all positions


class Targets(NamedTuple):
    """Targets of a batch. Shorter supports are padded with entries that are not `kept`."""

    following_N: Tensor  # int64: the token that follows
    ids_NK: Tensor  # int64
    log_probs_NK: Tensor  # float32, temperature 1, full vocabulary; -inf where not kept
    kept_NK: Tensor  # bool
    temperature_N: Tensor  # float32, the teacher's
    weight_N: Tensor  # float32, of the position's KD
    tail_mass_N: Tensor  # float32
    log_sum_exp_N: Tensor  # float32; not a number where the record has no statistics
    routed_N: Tensor | None = None  # bool: where KD applies; None for everywhere

    def to(self, device: Any, non_blocking: bool = False) -> Targets:
        """Returns the targets on another device."""
        return self._each(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def part(self, positions: slice) -> Targets:
        """Returns the targets of consecutive positions."""
        return self._each(lambda tensor: tensor[positions])

    def _each(self, change: Callable[[Tensor], Tensor]) -> Targets:
        changed: list[Any] = [None if tensor is None else change(tensor) for tensor in self]
        return Targets(*changed)

    @staticmethod
    def of(record: Record, loss: DistillationLoss) -> Targets:
        """Returns the targets of a record; raises ValueError if the loss cannot be computed from it."""
        logits, selection = record.logits, record.selection
        if logits is None or selection is None:
            raise ValueError("an end-of-corpus marker has no logits")
        if selection.draws > 0 and loss.temperature is None:
            loss = replace(loss, temperature=1.0)
        loss.require_possible(selection)
        loss.require_statistics(logits)
        sizes = np.diff(logits.offsets)
        width = int(sizes.max())
        kept_NK = np.arange(width) < sizes[:, None]
        ids_NK = np.zeros(kept_NK.shape, np.int64)
        log_probs_NK = np.full(kept_NK.shape, -np.inf, np.float32)
        ids_NK[kept_NK] = logits.ids
        log_probs_NK[kept_NK] = logits.log_probs
        tail_mass_N = logits.tail_mass
        if loss.top_p is not None or loss.top_k is not None:
            kept_NK, tail_mass_N = _truncated(log_probs_NK, kept_NK, tail_mass_N, loss)
            log_probs_NK = np.where(kept_NK, log_probs_NK, np.float32(-np.inf))
        ids_NK = np.where(kept_NK, ids_NK, ids_NK[:, :1])
        temperature_N = _temperatures(record, loss)
        weight_N = np.ones(len(sizes))
        if loss.adaptive_temperature == "wttm":
            weight_N = np.exp(log_probs_NK.astype(np.float64) / loss.teacher_temperature).sum(1)
            if loss.has_tail_class:
                weight_N += tail_mass_N.astype(np.float64) ** (1 / loss.teacher_temperature)
        if loss.temperature_squared:
            weight_N = weight_N * temperature_N**2
        following_N = record.tokens[:, 1:].ravel()
        routed_N = None
        if loss.routing is not None:
            values_N = _routing_values(record, loss.routing.by, ids_NK, log_probs_NK, kept_NK, tail_mass_N)
            routed_N = torch.from_numpy(loss.routing.chosen(values_N))
        tensors: list[Any] = [
            torch.from_numpy(np.ascontiguousarray(array))
            for array in (
                following_N.astype(np.int64),
                ids_NK,
                log_probs_NK,
                kept_NK,
                temperature_N.astype(np.float32),
                weight_N.astype(np.float32),
                tail_mass_N.astype(np.float32),
                logits.log_sum_exp if logits.log_sum_exp is not None else np.full(len(sizes), np.nan, np.float32),
            )
        ]
        tensors.append(routed_N)
        return Targets(*tensors)


def _truncated(
    log_probs_NK: np.ndarray, kept_NK: np.ndarray, tail_mass_N: np.ndarray, loss: DistillationLoss
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts supports to a smaller top-p and top-k; the removed mass goes to the tail."""
    mass_NK = np.exp(log_probs_NK.astype(np.float64))
    fewer_NK = kept_NK.copy()
    if loss.top_k is not None:
        fewer_NK[:, loss.top_k :] = False
    if loss.top_p is not None and loss.top_p < 1:
        # The entry that crosses top-p is kept.
        fewer_NK &= np.cumsum(mass_NK, 1) - mass_NK < loss.top_p
    left_N = np.where(kept_NK & ~fewer_NK, mass_NK, 0).sum(1)
    return fewer_NK, np.minimum(1, tail_mass_N + left_N).astype(np.float32)


def _routing_values(
    record: Record,
    by: str,
    ids_NK: np.ndarray,
    log_probs_NK: np.ndarray,
    kept_NK: np.ndarray,
    tail_mass_N: np.ndarray,
) -> np.ndarray:
    """Returns the values that positions are routed by."""
    assert record.logits is not None
    if by == "entropy":
        values_N = record.logits.entropy
        if values_N is None:
            raise ValueError("its logits have no statistics (served teacher): route by top-probability or tail-mass")
    elif by == "tail-mass":
        values_N = tail_mass_N
    elif by == "top-probability":
        values_N = np.exp(log_probs_NK[:, 0].astype(np.float64))
    elif by == "text-log-probability":
        is_text_NK = kept_NK & (ids_NK == record.tokens[:, 1:].reshape(-1, 1))
        values_N = np.where(is_text_NK, log_probs_NK, -np.inf).max(1)
    elif by == "support-size":
        values_N = kept_NK.sum(1)
    else:
        values_N = np.arange(len(ids_NK)) % (record.tokens.shape[1] - 1)
    return values_N.astype(np.float64)


def _temperatures(record: Record, loss: DistillationLoss) -> np.ndarray:
    assert record.logits is not None
    factor, adaptive = loss.teacher_temperature, loss.adaptive_temperature
    if adaptive not in ADAPTIVE_BY_STATISTICS:
        return np.full(len(record.logits.tail_mass), factor)
    assert record.logits.standard_deviation is not None and record.logits.entropy is not None
    deviation_N = record.logits.standard_deviation.astype(np.float64)
    if adaptive == "normkd":
        temperature_N = factor * deviation_N
    elif adaptive == "adakd-sd":
        temperature_N = factor * (1 + deviation_N / (1 + deviation_N))
    else:
        entropy_N = record.logits.entropy.astype(np.float64)
        temperature_N = factor * (2 - np.minimum(1, entropy_N / math.log(record.vocabulary_size)))
    return np.maximum(LEAST_TEMPERATURE, temperature_N)


class _ChunkedLoss(torch.autograd.Function):
    """Loss and gradients of all chunks, in the forward pass."""

    @staticmethod
    def forward(
        context: Any, hidden_ND: Tensor, weight_VD: Tensor, targets: Targets, loss: DistillationLoss, alpha: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        vocabulary = weight_VD.shape[0]
        for_hidden, for_weight = context.needs_input_grad[:2]
        hidden_grad_ND = torch.empty_like(hidden_ND) if for_hidden else None
        # In bfloat16 the contribution of one chunk would be lost in the sum of all chunks before it.
        weight_grad_VD = torch.zeros_like(weight_VD, dtype=torch.float32) if for_weight else None
        sums = torch.zeros(3, dtype=torch.float64, device=hidden_ND.device)
        positions = len(hidden_ND)
        rows = max(1, min(positions, loss.chunk_bytes // (4 * vocabulary)))
        for start in range(0, positions, rows):
            chunk = slice(start, start + rows)
            hidden_CD = hidden_ND[chunk]
            logits_CV = (hidden_CD @ weight_VD.T).float()
            sums += _chunk_gradient(logits_CV, targets.part(chunk), loss, alpha)
            gradient_CV = logits_CV.div_(positions).to(weight_VD.dtype)
            if hidden_grad_ND is not None:
                torch.mm(gradient_CV, weight_VD, out=hidden_grad_ND[chunk])
            if weight_grad_VD is not None:
                if weight_VD.dtype == torch.float32:
                    weight_grad_VD.addmm_(gradient_CV.T, hidden_CD)
                else:
                    weight_grad_VD += gradient_CV.T @ hidden_CD
        context.save_for_backward(hidden_grad_ND, weight_grad_VD)
        context.weight_dtype = weight_VD.dtype
        lm, kd, lm_elsewhere = (sums / positions).float()
        # Where KD does not apply the text has both weights.
        total = ((1 - alpha) * lm + alpha * (kd + lm_elsewhere)).clone()
        routed = torch.ones_like(kd) if targets.routed_N is None else targets.routed_N.float().mean()
        kd = torch.where(routed > 0, kd / routed, 0.0)
        context.mark_non_differentiable(lm, kd, routed)
        return total, lm, kd, routed

    @staticmethod
    def backward(context: Any, *gradients: Any) -> tuple[Tensor | None, ...]:
        hidden_grad_ND, weight_grad_VD = context.saved_tensors
        factor = gradients[0]
        return (
            None if hidden_grad_ND is None else hidden_grad_ND * factor,
            None if weight_grad_VD is None else (weight_grad_VD * factor).to(context.weight_dtype),
            None,
            None,
            None,
        )


def _chunk_gradient(logits_CV: Tensor, targets: Targets, loss: DistillationLoss, alpha: float) -> Tensor:
    """Returns the sums over a chunk of LM, of KD, and of LM where KD does not apply.

    The gradient of (1 - alpha) LM + alpha KD overwrites the logits; alpha is 0 where KD does not apply.

    What depends on the logits of single entries and on sums over the vocabulary is small, and autograd differentiates
    it; the gradients of the sums are softmaxes, which are written over the logits.
    """
    entries_CM = torch.cat([targets.ids_NK, targets.following_N[:, None]], 1)
    z_CM = logits_CV.gather(1, entries_CM)
    tempered = loss.tempers_student and not loss.has_tail_class and loss.normalise == "full" and not loss.on_logits
    temperature_C1 = targets.temperature_N[:, None]
    tempered_CV = logits_CV / temperature_C1 if tempered else None
    tempered_sum_C1 = tempered_CV.logsumexp(1, keepdim=True) if tempered_CV is not None else None
    largest_C1 = logits_CV.amax(1, keepdim=True)
    powers_CV = logits_CV.sub_(largest_C1).exp_()
    log_sum_C1 = powers_CV.sum(1, keepdim=True).log_() + largest_C1
    # Padding repeats a position's first entry, so that setting an entry twice sets the same value.
    rest_C1 = None
    if loss.has_tail_class:
        rest_C1 = powers_CV.scatter_(1, targets.ids_NK, 0.0).sum(1, keepdim=True).log_() + largest_C1

    with torch.enable_grad():
        leaves = [z_CM.detach().requires_grad_(), log_sum_C1.detach().requires_grad_()]
        rest = rest_C1.detach().requires_grad_() if rest_C1 is not None else None
        tempered_sum = tempered_sum_C1.detach().requires_grad_() if tempered_sum_C1 is not None else None
        lm_C1 = leaves[1] - leaves[0][:, -1:]
        kd_C1 = (
            _position_losses(leaves[0][:, :-1], leaves[1], rest, tempered_sum, targets, loss)
            * targets.weight_N[:, None]
        )
        lm, elsewhere = lm_C1.sum(), torch.zeros_like(lm_C1[0, 0])
        if targets.routed_N is not None:
            kd_C1 = kd_C1.masked_fill(~targets.routed_N[:, None], 0.0)
            elsewhere = lm_C1.masked_fill(targets.routed_N[:, None], 0.0).sum()
        kd = kd_C1.sum()
        inputs = leaves + [leaf for leaf in (rest, tempered_sum) if leaf is not None]
        gradients = list(torch.autograd.grad((1 - alpha) * lm + alpha * (kd + elsewhere), inputs, allow_unused=True))
    z_grad_CM, sum_grad_C1 = gradients[:2]
    dense_C1 = sum_grad_C1 * (largest_C1 - log_sum_C1).exp()
    if rest_C1 is not None:
        # The gradient of the rest is that of the sum, on all ids but the support; those are set again.
        rest_grad_C1 = gradients[2] if gradients[2] is not None else torch.zeros_like(rest_C1)
        p_CK = (z_CM[:, :-1] - log_sum_C1).exp()
        powers_CV.mul_(dense_C1 + rest_grad_C1 * torch.nan_to_num((largest_C1 - rest_C1).exp(), posinf=0.0))
        powers_CV.scatter_(1, targets.ids_NK, p_CK * sum_grad_C1)
    else:
        powers_CV.mul_(dense_C1)
    if tempered_CV is not None and tempered_sum_C1 is not None:
        tempered_grad_C1 = gradients[-1]
        powers_CV.add_(tempered_CV.sub_(tempered_sum_C1).exp_().mul_(tempered_grad_C1 / temperature_C1))
    powers_CV.scatter_add_(1, entries_CM, z_grad_CM)
    return torch.stack([lm, kd, elsewhere]).detach()


def _position_losses(
    z_CK: Tensor,
    log_sum_C1: Tensor,
    rest_C1: Tensor | None,
    tempered_sum_C1: Tensor | None,
    targets: Targets,
    loss: DistillationLoss,
) -> Tensor:
    """KD of each position [C, 1], from the logits of its entries and sums over the vocabulary."""
    kept_CK = targets.kept_NK
    temperature_C1 = targets.temperature_N[:, None]
    own_C1 = temperature_C1 if loss.tempers_student else torch.ones_like(temperature_C1)
    classes = targets.log_probs_NK
    if loss.has_tail_class:
        assert rest_C1 is not None
        classes = torch.cat([classes, targets.tail_mass_N[:, None].clamp_min(1e-8).log()], 1)
        kept_CK = torch.cat([kept_CK, torch.ones_like(kept_CK[:, :1])], 1)
    if loss.on_logits:
        student = z_CK if rest_C1 is None else torch.cat([z_CK, rest_C1.clamp_min(-1e30)], 1)
        teacher = (classes + targets.log_sum_exp_N[:, None]) / temperature_C1
        difference = (student / own_C1 - teacher.masked_fill(~kept_CK, 0.0)).masked_fill(~kept_CK, 0.0)
        return difference.square().sum(1, keepdim=True) / kept_CK.sum(1, keepdim=True)

    if loss.tail == "decoupled":
        log_q = _decoupled(classes, temperature_C1)
    else:
        log_q = classes if loss.tail in UNTEMPERED_TAILS else torch.log_softmax(classes / temperature_C1, 1)
    log_q = log_q.masked_fill(~kept_CK, 0.0)
    if rest_C1 is not None:
        # 1e-30 instead of 0 for the rest of a student that has put all mass on the support.
        u = torch.cat([z_CK - log_sum_C1, (rest_C1 - log_sum_C1).clamp_min(math.log(1e-30))], 1)
        u = u.masked_fill(~kept_CK, -math.inf)
        log_r = _decoupled(u, own_C1) if loss.tail == "decoupled" else torch.log_softmax(u / own_C1, 1)
    elif loss.normalise == "support":
        log_r = torch.log_softmax((z_CK / own_C1).masked_fill(~kept_CK, -math.inf), 1)
    else:
        log_r = z_CK / own_C1 - (log_sum_C1 if tempered_sum_C1 is None else tempered_sum_C1)
    log_r = log_r.masked_fill(~kept_CK, 0.0)
    q, r = log_q.exp().masked_fill(~kept_CK, 0.0), log_r.exp().masked_fill(~kept_CK, 0.0)
    return _divergence(loss, q, log_q, r, log_r, kept_CK).masked_fill(~kept_CK, 0.0).sum(1, keepdim=True)


def _decoupled(classes: Tensor, temperature_C1: Tensor) -> Tensor:
    """Log-probabilities of the classes with the temperature inside the support alone; the masses stay."""
    support = classes[:, :-1]
    masses = torch.log_softmax(torch.cat([support.logsumexp(1, keepdim=True), classes[:, -1:]], 1), 1)
    inside = torch.log_softmax(support / temperature_C1, 1)
    return torch.cat([inside + masses[:, :1], masses[:, 1:]], 1)


def _divergence(loss: DistillationLoss, q: Tensor, log_q: Tensor, r: Tensor, log_r: Tensor, kept_CK: Tensor) -> Tensor:
    """Terms of the loss; their sum over the classes is the loss of a position."""
    if loss.kind == "nll":
        return -q * log_r
    if loss.kind == "kld":
        return q * (log_q - log_r)
    if loss.kind == "mse":
        return (r - q).square() / kept_CK.sum(1, keepdim=True)
    if loss.kind == "reverse-kl":
        return r * (log_r - log_q)
    mix = loss.beta if loss.kind == "jsd" else loss.skew
    log_mixture = (mix * q + (1 - mix) * r).clamp_min(1e-37).log()
    teacher_terms = q * (log_q - log_mixture)
    if loss.kind == "skew-kl":
        return teacher_terms
    return mix * teacher_terms + (1 - mix) * r * (log_r - log_mixture)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
