"""What trials keep besides their results: what they would go on from, and what they trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasrank.bench.runner.design import Design
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Trial

if TYPE_CHECKING:  # they import torch
    from nasrank.bench.runner.checkpoints import Checkpoints
    from nasrank.bench.runner.kept_supernets import SuperNetFolder

CHECKPOINTS = "checkpoints"


@dataclass(frozen=True)
class Keeping:
    """What the trials of a study keep.

    Attributes:
        checkpoint_minutes: of training between two checkpoints of a trial; None for none.
        supernets: where trained super-nets are kept; None where they are not.
    """

    checkpoint_minutes: float | None = 10.0
    supernets: SuperNetFolder | None = None

    def pending(self, design: Design, store: Store) -> list[Trial]:
        """The trials without a result, and those without a super-net where these are kept."""
        return [
            trial
            for trial in design.trials
            if not store.has(trial, design) or (self.supernets and not self.supernets.holds(trial, design))
        ]

    def checkpoints_in(self, folder: Path) -> Checkpoints | None:
        """Where trials keep what they would go on from, in a folder that all of them reach."""
        if self.checkpoint_minutes is None:
            return None
        from nasrank.bench.runner.checkpoints import Checkpoints

        return Checkpoints(folder / CHECKPOINTS, self.checkpoint_minutes)
