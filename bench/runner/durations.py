"""How long trials will take, by those of the same arm that are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from nasrank.bench.execution import Watch
from nasrank.bench.foundation.environment import processor
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.estimate import estimate_seconds
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.truth import Truth


@dataclass(frozen=True)
class Durations:
    """What is known of how long trials take.

    Attributes:
        seconds: of each trial, by its name.
        trials: so many finished ones tell it; 0 where all was measured by a few steps.
    """

    seconds: Mapping[str, float]
    trials: int

    @property
    def in_words(self) -> str:
        """Where they are from; empty where all were measured by a few steps."""
        if not self.trials:
            return ""
        return f", by {self.trials} trials that are finished" if self.trials > 1 else ", by 1 trial that is finished"


def expected_durations(
    design: Design,
    truth: Truth,
    pending: Sequence[Trial],
    store: Store,
    watch: Watch,
    data_root: Path | None = None,
    on: str | None = None,
) -> Durations:
    """What these trials will take each: as long as others of their arm took here, else as a few steps of them tell.

    Args:
        store: of this design, perhaps with finished trials.
        watch: told before steps are measured, which takes a while.
        on: what trials are trained on; by default the processor of this machine.
    """
    took = _took(design, {trial.arm for trial in pending}, store, on or processor())
    known = {trial.name: fmean(took[trial.arm]) for trial in pending if trial.arm in took}
    unknown = [trial for trial in pending if trial.name not in known]
    if unknown:
        watch.note("measuring a few steps")
    probed = estimate_seconds(design, truth, unknown, data_root) if unknown else {}
    seconds = {trial.name: {**known, **probed}[trial.name] for trial in pending}
    return Durations(seconds, sum(map(len, took.values())))


def _took(design: Design, arms: set[str], store: Store, on: str) -> dict[str, list[float]]:
    """Seconds of every trial of these arms that was finished on this processor or device, by arm."""
    found: dict[str, list[float]] = {}
    for trial in design.trials:
        if trial.arm in arms and store.has(trial, design):
            result = store.get(trial, design)
            if result["failure"] is None and result["seconds"] and _trained_on(result) == {on}:
                found.setdefault(trial.arm, []).append(sum(result["seconds"].values()))
    return found


def _trained_on(result: Mapping[str, Any]) -> set[str]:
    """Whatever its phases were on, preparing aside; results that do not tell it were computed on a processor alone."""
    phases = [one for one in result.get("phases") or () if one["phase"] != "preparing"]
    return {one["on"] for one in phases} or {result["processor"]}
