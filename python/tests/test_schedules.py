"""Schedules against the fixture that the Java student is held to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logitstream.schedules import Schedule, alpha_at

CASES = json.loads((Path(__file__).parents[2] / "student-consumer/src/test/resources/schedules.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: json.dumps(case["schedule"]))
def test_learning_rates_and_alphas_are_those_of_the_formulas(case):
    rate, alpha = Schedule.of_learning_rate(**case["schedule"]), Schedule.of_alpha(**case["schedule"])

    assert [rate.at(progress) for progress in case["progress"]] == pytest.approx(case["learningRate"], abs=1e-12)
    for of, expected in case["alpha"].items():
        found = [alpha_at(0.9, alpha, progress, of) for progress in case["progress"]]
        assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "linear"}, "use one of constant"),
        ({"kind": "cosine", "decay": 0.1}, "wsd only"),
        ({"kind": "wsd", "warmup": 0.7, "decay": 0.5}, "not parts of one run"),
        ({"floor": 2.0}, "floor"),
        ({"periods": 0}, "periods"),
    ],
)
def test_impossible_schedules_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        Schedule(**settings)


def test_a_schedule_is_of_alpha_or_of_the_text():
    with pytest.raises(ValueError, match="use kd or lm"):
        alpha_at(0.9, Schedule(), 0.5, "text")
