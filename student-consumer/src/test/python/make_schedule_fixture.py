"""Writes src/test/resources/schedules.json: factors of all schedules and alphas, from the formulas of docs/reference/losses.md
in rational numbers and 50 digits. The Java student and the Python package are held to it.

    python src/test/python/make_schedule_fixture.py     (mpmath; from the module's folder)
"""
import json
from fractions import Fraction as F
from pathlib import Path

from mpmath import cos, mp, mpf, pi

mp.dps = 50
PROGRESS = ["0", "0.03", "0.1", "0.125", "0.25", "0.5", "0.6", "0.75", "0.85", "0.95", "0.995", "1"]
SCHEDULES = [
    {"kind": "constant"},
    {"kind": "constant", "warmup": "0.3"},
    {"kind": "linear-up", "floor": "0.2"},
    {"kind": "linear-down", "warmup": "0.25"},
    {"kind": "cosine"},
    {"kind": "cosine", "warmup": "0.2", "floor": "0"},
    {"kind": "periodic"},
    {"kind": "periodic", "floor": "0.3", "periods": 2, "warmup": "0.1"},
    {"kind": "wsd"},
    {"kind": "wsd", "warmup": "0", "decay": "0.5", "floor": "0.1"},
]


def real(fraction):
    return mpf(fraction.numerator) / fraction.denominator


def fall(x):
    return (1 + cos(pi * real(x))) / 2


def factor(schedule, of, progress):
    kind = schedule["kind"]
    warm = of == "learningRate" or kind == "wsd"
    warmup = F(schedule.get("warmup", "0.1" if warm else "0"))
    decay = F(schedule.get("decay", ("0.2" if of == "learningRate" else "0.01") if kind == "wsd" else "0"))
    floor = F(schedule.get("floor", "0.1" if kind == "cosine" else "0"))
    p = F(progress)
    begin = floor if kind in ("linear-up", "periodic") else F(1)
    if p < warmup:
        return real(begin * p / warmup)
    x = min(F(1), (p - warmup) / (1 - warmup))
    course = {
        "constant": lambda: mpf(1),
        "linear-up": lambda: real(x),
        "linear-down": lambda: real(1 - x),
        "cosine": lambda: fall(x),
        "periodic": lambda: (1 - cos(2 * pi * schedule.get("periods", 4) * real(x))) / 2,
        "wsd": lambda: fall(min(F(1), max(F(0), (p - (1 - decay)) / decay))) if decay else mpf(1),
    }[kind]()
    return real(floor) + (1 - real(floor)) * course


cases = []
for schedule in SCHEDULES:
    numbers = {key: value if key in ("kind", "periods") else float(value) for key, value in schedule.items()}
    alphas = {of: [] for of in ("kd", "lm")}
    for progress in PROGRESS:
        at = factor(schedule, "alpha", progress)
        alphas["kd"].append(float(mpf("0.9") * at))
        alphas["lm"].append(float(1 - mpf("0.1") * at))
    cases.append({
        "schedule": numbers,
        "progress": [float(progress) for progress in PROGRESS],
        "learningRate": [float(factor(schedule, "learningRate", progress)) for progress in PROGRESS],
        "alpha": alphas,
    })
text = "[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n"
Path("src/test/resources/schedules.json").write_text(text)
