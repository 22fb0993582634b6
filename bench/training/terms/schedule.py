"""How the coefficient of a term changes over training [Yu2021].

Every schedule is 0 during warm-up and a factor in [0, 1] afterwards. `progress` runs from 0 at the end of warm-up to
1 at the end of the horizon. With the horizon `after_warmup` that is the end of training. For `cosine_increase` the
official code measures progress against *all* epochs (`all_epochs`), so that it ends below its maximum: a coefficient of
10 with half the training as warm-up ends at 5. Its other schedules go by the epochs after warm-up.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Literal

import numpy as np

ScheduleName = Literal["constant", "linear_step_decrease", "linear_step_increase", "cosine_decrease", "cosine_increase"]
Horizon = Literal["after_warmup", "all_epochs"]


def _quarter(progress: float) -> int:
    return min(int(4 * progress), 3)


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear_step_decrease": lambda progress: (1.0, 0.1, 0.01, 0.001)[_quarter(progress)],
    "linear_step_increase": lambda progress: (0.0, 0.01, 0.1, 1.0)[_quarter(progress)],
    "cosine_decrease": lambda progress: (1 + cos(pi * progress)) / 2,
    "cosine_increase": lambda progress: (1 - cos(pi * progress)) / 2,
}


@dataclass(frozen=True)
class Schedule:
    """The coefficient's factor at every fraction of training.

    Attributes:
        warm_up: fraction of training without the term, in [0, 1).
    """

    name: ScheduleName = "cosine_increase"
    warm_up: float = 0.3
    horizon: Horizon = "after_warmup"

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            raise ValueError(f"unknown schedule {self.name!r}; known are {', '.join(SCHEDULES)}")
        if not 0 <= self.warm_up < 1:
            raise ValueError(f"warm_up is a fraction of training in [0, 1), not {self.warm_up}")
        if self.horizon not in ("after_warmup", "all_epochs"):
            raise ValueError(f"unknown horizon {self.horizon!r}; known are after_warmup, all_epochs")

    def factor(self, fraction: float) -> float:
        """Factor in [0, 1] at this fraction of training."""
        if fraction < self.warm_up:
            return 0.0
        length = 1 - self.warm_up if self.horizon == "after_warmup" else 1.0
        return SCHEDULES[self.name]((fraction - self.warm_up) / length)

    def share_on(self, start: float, end: float) -> float:
        """Share of a stretch of training, in [0, 1], in which the factor is not 0.

        Args:
            start: fraction of training in [0, 1] at which the stretch begins, and `end` where it ends.
        """
        return float(np.mean([self.factor(fraction) > 0 for fraction in np.linspace(start, end, 100, endpoint=False)]))

    @property
    def on(self) -> float:
        """The same of the whole training."""
        return float(np.mean([self.factor(fraction) > 0 for fraction in (np.arange(1000) + 0.5) / 1000]))
