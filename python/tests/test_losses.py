"""Losses against the values and gradients that PyTorch's autograd gives in float64, which Java's are held to as well."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

from logitstream.logits import Logits, Record, Selection, Teacher
from logitstream.losses import DistillationLoss, Routing, Targets

FIXTURES = Path(__file__).parents[2] / "student-consumer/src/test/resources/losses"
CASES = json.loads((FIXTURES / "losses.json").read_text())
NAMES = {
    "temperStudent": "temper_student",
    "temperatureSquared": "temperature_squared",
    "mseOn": "mse_on",
    "adaptiveTemperature": "adaptive_temperature",
}
ALPHA = 0.7


@pytest.fixture(scope="module")
def expected():
    return safetensors.load_file(FIXTURES / "expected.safetensors")


def record_of(expected, draws=0):
    offsets = np.concatenate(([0], np.cumsum(expected["counts"].numpy())))
    logits = Logits(
        offsets,
        expected["ids"].numpy(),
        expected["log_probs"].numpy(),
        None,
        expected["tail"].numpy(),
        expected["log_sum_exp"].numpy(),
        expected["deviation"].numpy(),
        expected["entropy"].numpy(),
    )
    return Record(
        1,
        "demo",
        0,
        0,
        expected["tokens"].numpy(),
        "hash",
        23,
        None,
        Teacher("toy", "hash", None),
        Selection("top-k", 1.0, 7, draws, 0),
        "plain",
        logits,
    )


def loss_of(case, **others):
    settings = {NAMES.get(key, key): value for key, value in case.items()}
    if "routing" in settings:
        settings["routing"] = Routing(**{key.replace("Q", "_q"): value for key, value in settings["routing"].items()})
    return DistillationLoss(**settings, **others)


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: json.dumps(CASES[index]))
@pytest.mark.parametrize("rows", [1, 3, 100])
def test_values_and_gradients_are_those_of_autograd(expected, index, rows):
    loss = loss_of(CASES[index], alpha=ALPHA, chunk_bytes=rows * 4 * 23)
    hidden = expected["hidden"].clone().requires_grad_()
    weight = expected["weight"].clone().requires_grad_()
    positions = len(hidden)

    result = loss(hidden, weight, Targets.of(record_of(expected), loss))
    result.loss.backward()

    *sums, routed = expected[f"{index}.losses"]
    lm, kd, lm_elsewhere = torch.stack(sums) / positions
    share = routed / positions
    torch.testing.assert_close(result.lm, lm, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(result.kd * share, kd, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(result.routed, share)
    torch.testing.assert_close(result.loss, (1 - ALPHA) * lm + ALPHA * (kd + lm_elsewhere), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(hidden.grad * positions, expected[f"{index}.hidden"], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(weight.grad * positions, expected[f"{index}.weight"], rtol=1e-4, atol=1e-5)


def test_a_frozen_head_gets_no_gradient(expected):
    loss = DistillationLoss()
    hidden = expected["hidden"].clone().requires_grad_()

    (3 * loss(hidden, expected["weight"], Targets.of(record_of(expected), loss)).loss).backward()
    threefold = hidden.grad.clone()
    hidden.grad = None
    loss(hidden, expected["weight"], Targets.of(record_of(expected), loss)).loss.backward()

    torch.testing.assert_close(threefold, 3 * hidden.grad)


def test_a_student_that_has_all_its_mass_on_the_support_gets_a_finite_gradient(expected):
    record = record_of(expected)
    loss = DistillationLoss(tail="bucket")
    hidden = torch.zeros(len(expected["hidden"]), 23)
    hidden[torch.arange(len(hidden)), torch.from_numpy(record.logits.ids[record.logits.offsets[:-1]]).long()] = 300.0
    hidden.requires_grad_()
    weight = torch.eye(23, requires_grad=True)

    result = loss(hidden, weight, Targets.of(record, loss))
    result.loss.backward()

    assert torch.isfinite(result.loss) and torch.isfinite(hidden.grad).all() and torch.isfinite(weight.grad).all()


def test_a_smaller_top_k_and_top_p_are_what_the_teacher_would_have_kept(expected):
    record = record_of(expected)
    loss = DistillationLoss(tail="bucket", top_k=3, top_p=0.8)

    targets = Targets.of(record, loss)

    for position, (start, end) in enumerate(zip(record.logits.offsets, record.logits.offsets[1:])):
        p = np.exp(record.logits.log_probs[start:end].astype(np.float64))
        count = min(3, int((np.cumsum(p) - p < 0.8).sum()))
        assert int(targets.kept_NK[position].sum()) == count
        assert targets.tail_mass_N[position].item() == pytest.approx(
            min(1, record.logits.tail_mass[position] + p[count:].sum()), abs=1e-6
        )


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"kind": "kl"}, "use one of nll, kld"),
        ({"alpha": 1.5}, "not in \\[0, 1\\]"),
        ({"tail": "none", "temperature": 2.0}, "temperature must be 1"),
        ({"tail": "bucket", "normalise": "support"}, "normalise must be full"),
        ({"tail": "counts", "kind": "mse", "mse_on": "logits"}, "no logits of the teacher"),
        ({"tail": "decoupled", "normalise": "support"}, "normalise must be full"),
        ({"tail": "decoupled", "temperature_squared": True}, "temperature_squared must be False"),
        ({"tail": "decoupled", "adaptive_temperature": "wttm"}, "not wttm"),
        ({"tail": "decoupled", "kind": "mse", "mse_on": "logits"}, "mse_on must be probabilities"),
        ({"beta": 0.0}, "beta"),
        ({"top_k": 0}, "top_k"),
        ({"temperature": 0.0}, "temperature"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        DistillationLoss(**settings)


@pytest.mark.parametrize(
    "settings, words",
    [
        ({}, "has no bound"),
        ({"by": "mood", "above": 1}, "use one of entropy, tail-mass"),
        ({"above": 1, "above_quantile": 0.5}, "above and above_quantile are both set"),
        ({"below": 2, "above": 2}, "above 2 is not below below 2"),
        ({"below_quantile": 0.2, "above_quantile": 0.5}, "above_quantile 0.5 is not below"),
        ({"above_quantile": 1}, "not in \\[0, 1\\)"),
        ({"below_quantile": 0}, "not in \\(0, 1\\]"),
        ({"above": math.nan}, "not a finite number"),
    ],
)
def test_impossible_routings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Routing(**settings)


def test_a_routing_to_no_position_leaves_the_text_alone(expected):
    loss = DistillationLoss(routing=Routing(by="tail-mass", above=2))
    hidden, weight = expected["hidden"], expected["weight"]

    result = loss(hidden, weight, Targets.of(record_of(expected), loss))

    torch.testing.assert_close(result.loss, result.lm)
    assert result.kd == 0 and result.routed == 0


def test_a_sample_has_no_tail_to_route_by(expected):
    with pytest.raises(ValueError, match="has no tail"):
        Targets.of(record_of(expected, draws=5), DistillationLoss(routing=Routing(by="tail-mass", above=0.1)))


@pytest.mark.parametrize(
    "settings, words", [({"tail": "counts"}, "needs a sampled selection"), ({"top_k": 8}, "asks for more")]
)
def test_a_loss_that_a_record_cannot_give_is_refused(expected, settings, words):
    with pytest.raises(ValueError, match=words):
        Targets.of(record_of(expected), DistillationLoss(**settings))


@pytest.mark.parametrize(
    "settings, temperature",
    [
        ({}, 2.0),
        ({"kind": "jsd", "tail": "bucket"}, 2.0),
        ({"tail": "decoupled"}, 2.0),
        ({"tail": "none"}, 1.0),
        ({"tail": "counts"}, 1.0),
        ({"adaptive_temperature": "adakd-sd"}, 1.0),
        ({"adaptive_temperature": "wttm"}, 1.0),
        ({"temperature": 1.0}, 1.0),
        ({"adaptive_temperature": "normkd", "temperature": 2.0}, 2.0),
    ],
)
def test_the_default_temperature_is_that_of_java(settings, temperature):
    """LossConfig's rule, which DefaultTemperatureTest has in the same rows."""
    assert DistillationLoss(**settings).teacher_temperature == temperature


def test_a_sample_is_not_tempered_by_default(expected):
    targets = Targets.of(record_of(expected, draws=5), DistillationLoss())

    assert torch.equal(targets.temperature_N, torch.ones_like(targets.temperature_N))


def test_of_a_sample_only_counts_at_temperature_1_make_sense(expected):
    with pytest.raises(ValueError, match="counts are the target as they are"):
        Targets.of(record_of(expected, draws=5), DistillationLoss(temperature=2.0))


@pytest.mark.parametrize("kind", ["nll", "kld", "mse", "reverse-kl", "jsd", "skew-kl"])
def test_counts_of_a_sample_are_the_probabilities_as_they_are(expected, kind):
    """log_probs of a sample are log(count / draws), so the tail counts is none."""
    results = []
    for tail, draws in (("none", 0), ("counts", 5)):
        loss = DistillationLoss(kind=kind, tail=tail)
        hidden = expected["hidden"].clone().requires_grad_()
        result = loss(hidden, expected["weight"], Targets.of(record_of(expected, draws=draws), loss))
        result.loss.backward()
        results.append((result.kd, hidden.grad))

    assert torch.equal(results[0][0], results[1][0]) and torch.equal(results[0][1], results[1][1])


def without_statistics(record):
    return record._replace(logits=record.logits._replace(log_sum_exp=None, standard_deviation=None, entropy=None))


@pytest.mark.parametrize(
    "settings",
    [{}, {"kind": "mse"}, {"tail": "bucket", "temperature": 2.0}, {"adaptive_temperature": "wttm", "temperature": 2.0}],
    ids=str,
)
def test_losses_that_need_no_statistics_are_the_same_without_them(expected, settings):
    loss = DistillationLoss(**settings)
    record = record_of(expected)

    results = []
    for given in (record, without_statistics(record)):
        hidden = expected["hidden"].clone().requires_grad_()
        loss(hidden, expected["weight"], Targets.of(given, loss)).loss.backward()
        results.append(hidden.grad)

    assert torch.equal(*results)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"adaptive_temperature": "normkd"}, "adaptive_temperature normkd"),
        ({"adaptive_temperature": "adakd-sd"}, "adaptive_temperature adakd-sd"),
        ({"adaptive_temperature": "adakd-entropy"}, "adaptive_temperature adakd-entropy"),
        ({"kind": "mse", "mse_on": "logits"}, "mse_on logits"),
    ],
    ids=str,
)
def test_losses_that_need_statistics_are_refused_without_them(expected, settings, words):
    loss = DistillationLoss(**settings)
    record = record_of(expected)

    Targets.of(record, loss)
    with pytest.raises(ValueError, match=f"no statistics over the vocabulary .served teacher.*{words}"):
        Targets.of(without_statistics(record), loss)
