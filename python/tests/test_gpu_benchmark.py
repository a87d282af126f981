"""benchmarks/gpu at small sizes on the CPU: the Java student's kernels run under PyTorch and are those of float64."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

HOME = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    file = tmp_path_factory.mktemp("gpu") / "figures.json"
    environment = {**os.environ, "PYTHON": sys.executable}
    done = subprocess.run(
        [HOME / "benchmarks/gpu/run", "--small", "--out", file],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "41 checks against float64" in done.stdout
    return json.loads(file.read_text())


def test_values_and_gradients_are_those_of_float64(figures):
    assert figures["faults"] == []
    for name, differences in figures["checks"].items():
        largest = 0.03 if "bfloat16" in name else 1e-5
        for part, difference in differences.items():
            assert difference < largest, f"{name}, {part}"


def test_steps_learn_and_wait_for_no_operation(figures):
    assert set(figures["steps"]) == {"small", "small untied"}
    for steps in figures["steps"].values():
        own = steps["logitstream"]
        assert own["waits"] == 0
        assert own["copies_arrive"] and not own["halted"]
        assert own["loss_after"] < own["loss_before"]
        assert own["tokens_per_second"] > 0


def test_a_loss_that_is_not_finite_stops_all_updates():
    sys.path.insert(0, str(HOME / "benchmarks/gpu"))
    import checks
    from student import Loss, Shape, Student, positions

    shape, device = Shape(32, 64, 1, 2, 1, 97, True), torch.device("cpu")
    student = Student(shape, Loss(), 16, False, device)
    at = positions(shape, 8, device)
    random = torch.Generator().manual_seed(1)
    tokens = torch.randint(97, (2, 9), generator=random, dtype=torch.int32)
    targets = checks.sample_targets(16, 97, 4, 1.0, random)
    student.step(tokens, targets, at)
    targets.position_N4[3, 0] = float("nan")
    before = [weight.detach().clone() for weight in student.all]

    values, _ = student.step(tokens, targets, at)
    targets.position_N4[3, 0] = 1.0
    later, _ = student.step(tokens, targets, at)

    assert not values.isfinite().all() and later.isfinite().all()
    assert student.halted == 1
    assert all(torch.equal(weight, kept) for weight, kept in zip(student.all, before, strict=True))
