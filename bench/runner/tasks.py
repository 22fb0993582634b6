"""What a study has done: trials of super-nets, and estimates by what shares no weights. Each has a name and a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One super-net to train and score: an arm, by name, with a seed."""

    arm: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.arm}-seed{self.seed}"


@dataclass(frozen=True)
class Estimate:
    """An estimator that shares no weights, prepared once.

    Attributes:
        estimator: its name.
        seed: of what is drawn, and of the labels.
        row: the row whose labels it has; empty for one without labels.
        stacked_on: name of the arm whose scores are one more feature of it; empty for none.
    """

    estimator: str
    seed: int
    row: str = ""
    stacked_on: str = ""

    @property
    def name(self) -> str:
        return ".".join(filter(None, ["estimate", self.estimator, self.stacked_on, self.row, f"seed{self.seed}"]))

    @property
    def supernet(self) -> str:
        """Name of the trial that it is stacked on."""
        return Trial(self.stacked_on, self.seed).name if self.stacked_on else ""
