"""Factors over a run, for the learning rate and for alpha; formulas in docs/reference/losses.md."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

KINDS = ("constant", "linear-up", "linear-down", "cosine", "periodic", "wsd")


@dataclass(frozen=True)
class Schedule:
    """A factor in [0, 1] as a function of the progress of a run.

    kind:    constant, linear-up, linear-down, cosine, periodic or wsd (warmup, stable, decay)
    warmup:  first part of the run, over which the factor rises linearly from 0 to where the course begins
    decay:   wsd: last part of the run, over which the factor falls along half a cosine
    floor:   where linear-down, cosine and wsd end, and where linear-up and periodic begin
    periods: periodic: periods over the run
    """

    kind: str = "constant"
    warmup: float = 0.0
    decay: float = 0.0
    floor: float = 0.0
    periods: int = 4

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"schedule '{self.kind}' is unknown; use one of {', '.join(KINDS)}")
        if self.warmup < 0 or self.decay < 0 or self.warmup + self.decay > 1:
            raise ValueError(f"warmup {self.warmup} and decay {self.decay} are not parts of one run")
        if self.decay > 0 and self.kind != "wsd":
            raise ValueError("decay is for the schedule wsd only")
        if not 0 <= self.floor <= 1 or self.periods < 1:
            raise ValueError(f"floor {self.floor} is not in [0, 1], or periods {self.periods} is not positive")

    @staticmethod
    def of_learning_rate(kind: str = "wsd", **others: Any) -> Schedule:
        """The defaults of training.schedule: warmup 0.1, decay 0.2 of wsd, floor 0.1 of cosine."""
        return Schedule(kind, **{"warmup": 0.1, **_defaults(kind, 0.2), **others})

    @staticmethod
    def of_alpha(kind: str = "constant", **others: Any) -> Schedule:
        """The defaults of loss.alphaSchedule: for wsd the paper's warmup 0.1 and decay 0.01; floor 0.1 of cosine."""
        warmup = 0.1 if kind == "wsd" else 0.0
        return Schedule(kind, **{"warmup": warmup, **_defaults(kind, 0.01), **others})

    def at(self, progress: float) -> float:
        """The factor at a progress in [0, 1], tokens done by tokens in all."""
        begin = self.floor if self.kind in ("linear-up", "periodic") else 1.0
        if progress < self.warmup:
            return begin * progress / self.warmup
        x = min(1.0, (progress - self.warmup) / (1 - self.warmup)) if self.warmup < 1 else 0.0
        return self.floor + (1 - self.floor) * self._course(progress, x)

    def _course(self, progress: float, x: float) -> float:
        if self.kind == "linear-up":
            return x
        if self.kind == "linear-down":
            return 1 - x
        if self.kind == "cosine":
            return _fall(x)
        if self.kind == "periodic":
            return 0.5 * (1 - math.cos(2 * math.pi * self.periods * x))
        if self.kind == "wsd" and self.decay > 0:
            return _fall(min(1.0, max(0.0, (progress - (1 - self.decay)) / self.decay)))
        return 1.0


def alpha_at(alpha: float, schedule: Schedule, progress: float, of: str = "kd") -> float:
    """Alpha at a point of a run. of: kd takes the schedule as a factor of alpha, lm as one of 1 - alpha."""
    if of not in ("kd", "lm"):
        raise ValueError(f"a schedule of '{of}' is unknown; use kd or lm")
    factor = schedule.at(progress)
    return alpha * factor if of == "kd" else 1 - (1 - alpha) * factor


def _defaults(kind: str, decay: float) -> dict[str, float]:
    return {"decay": decay if kind == "wsd" else 0.0, "floor": 0.1 if kind == "cosine" else 0.0}


def _fall(x: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * x))
