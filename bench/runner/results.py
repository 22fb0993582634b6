"""Stored results of a study: its design and one file a trial, as JSON.

They hold architectures and super-net scores, never a stand-alone accuracy: reports read those from the oracle.

All results of a folder are of one kind of device, so that before and after are, and all seeds of an arm. Several models
of that kind may have a part in them, as several processors may; each result names its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nasrank.bench.execution.records import Records
from nasrank.bench.foundation.devices import kind_of
from nasrank.bench.foundation.files import remove_abandoned
from nasrank.bench.foundation.json_files import layout, read_json, write_json
from nasrank.bench.runner import stored
from nasrank.bench.runner.arms import Arm
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.earlier import FIRST_KEYS, LATER_KEYS, trial_of_today
from nasrank.bench.runner.estimates import settings_of
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.stored_design import format_of
from nasrank.bench.runner.tasks import Estimate, Trial

DESIGN_FILE = "design.json"


@dataclass(frozen=True)
class Results:
    """A finished study.

    Attributes:
        trials: the result of every trial by name.
        estimates: the result of every other estimator by the name of the estimate; results of before these were stored
            have none.
    """

    design: Design
    trials: dict[str, dict[str, Any]]
    estimates: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def earlier_revisions(self) -> list[str]:
        """Rows with trials by an earlier revision of their strategy, which `nasrank run` would train anew."""
        return [
            name
            for name, row in self.design.rows.items()
            if any(
                trial["settings"].get("revision", 0) != row.strategy.revision
                for arm in row.arms
                for trial in self.of(arm)
            )
        ]

    def of(self, arm: Arm) -> list[dict[str, Any]]:
        """The results of one arm, in the order of its seeds; a row that shares it may have fewer."""
        return [self.trials[Trial(arm.name, seed).name] for seed in self.design.seeds_of_arm(arm.name)]


class Store(Records):
    """The results of a study: its design, and a file for each trial and for each other estimator."""

    def begin(self, design: Design) -> None:
        """Write the design, unless the same one is there, and remove what a killed run left half written.

        Raises:
            ValueError: the folder holds the results of a design that differs in more than its arms, or trials of
                another kind of device.
        """
        path = self.folder / DESIGN_FILE
        there = read_design(path) if path.exists() else None
        if there and there.common != design.common:
            raise ValueError(f"{self.folder} holds results of another study or environment; choose another folder")
        if there and any(self.path(trial.name).exists() for trial in there.trials):
            _refuse_other_device(self.folder, there, design)
        if there != design:
            write_json(path, design.to_json())
        remove_abandoned(self.folder)

    def adopt(self, folder: Path, design: Design, *, whatever_table: bool = False, estimates: bool = True) -> int:
        """Copy the results of this design's trials that lie in another folder and not yet in this one.

        Args:
            whatever_table: whether the caller knows that the table which the others are compared with says the same.
            estimates: whether those are copied, too.

        Returns:
            How many there were.

        Raises:
            ValueError: the folder holds no design, or one that differs in more than its arms, or trials of another kind
                of device.
        """
        other, there = Store(folder), read_design(folder / DESIGN_FILE)
        _refuse_other_device(folder, there, design)
        if there.common != design.common and not whatever_table:
            raise ValueError(
                f"{folder} differs from this study in {_differences(there, design)}: nothing can be reused"
            )
        trials = [trial for trial in design.trials if not self.has(trial, design) and other.has(trial, design)]
        for trial in trials:
            self.put(trial, other.get(trial, design))
        for estimate in estimates_of(design) if estimates else ():
            if not self.has_estimate(estimate, design) and other.has_estimate(estimate, design):
                self.put(estimate, other.estimate(estimate, design))
        return len(trials)

    def has(self, trial: Trial, design: Design) -> bool:
        """Whether there is a result of this trial, of an arm with the same settings.

        Raises:
            ValueError: what is there is not what was written.
        """
        return self.path(trial.name).exists() and self.get(trial, design)["settings"] == design.settings(trial)

    def has_estimate(self, estimate: Estimate, design: Design) -> bool:
        """Whether there is a result of this estimate, by the same labels and scores.

        Raises:
            ValueError: what is there is not what was written.
        """
        if not self.path(estimate.name).exists() or not self._can_be_made(estimate, design):
            return False
        known = self.supernet_of(estimate, design)
        return bool(self.estimate(estimate, design)["settings"] == settings_of(design, estimate, known))

    def estimate(self, estimate: Estimate, design: Design) -> dict[str, Any]:
        """A stored result; ValueError when it is not what was written."""
        path = self.path(estimate.name)
        result = read_json(path)
        try:
            stored.check_estimate(result, estimate.estimator)
            if result["estimate"] != estimate.name:
                raise ValueError("estimate: another name")
            if result["settings"].get("ranked") == design.settings_of(estimate)["ranked"]:  # else it is not used
                for name, values in result["scores"].items():
                    stored.check_length(f"scores.{name}", values, len(design.ranked))
        except ValueError as error:
            raise ValueError(f"{path} is not the result of {estimate.name}: {error}") from error
        return result  # type: ignore[no-any-return]

    def due(self, design: Design) -> list[Estimate]:
        """The estimates that are not stored yet, and for which all is there that they need."""
        return [
            estimate
            for estimate in estimates_of(design)
            if self._can_be_made(estimate, design) and not self.has_estimate(estimate, design)
        ]

    def supernet_of(self, estimate: Estimate, design: Design) -> dict[str, Any] | None:
        """The result of the trial that an estimate is stacked on; None where it is on none."""
        return self.get(Trial(estimate.stacked_on, estimate.seed), design) if estimate.stacked_on else None

    def _can_be_made(self, estimate: Estimate, design: Design) -> bool:
        """Whether the super-net is there that it is stacked on, perhaps by an earlier revision of its strategy."""
        if not estimate.stacked_on:
            return True
        trial = Trial(estimate.stacked_on, estimate.seed)
        if not self.path(trial.name).exists():
            return False
        return _same_but_for_revision(self.get(trial, design)["settings"], design.settings(trial))

    def get(self, trial: Trial, design: Design) -> dict[str, Any]:
        """A stored result; ValueError when it is not what was written."""
        path = self.path(trial.name)
        result = read_json(path)
        if not isinstance(result, dict) or not result.keys() >= FIRST_KEYS or result["trial"] != trial.name:
            raise ValueError(f"{path} is not the result of {trial.name}")
        try:
            first = format_of(result) == 1
            if first and (others := result.keys() - FIRST_KEYS - LATER_KEYS):
                raise ValueError(f"{min(others)}: unknown key")
            result = trial_of_today(result, trial, design) if first else result
            stored.check_types(result)
            stored.refuse_other_device(result, design.device)
            lengths = {len(values) for values in result["scores"].values()}
            if result["failure"] is None and lengths != {len(design.pool)}:
                raise ValueError(f"scores of {sorted(lengths)} architectures; the pool has {len(design.pool)}")
            if _same_but_for_revision(result["settings"], design.settings(trial)):  # else of another arm, and not used
                stored.check_numbers(
                    result,
                    space=design.study.space,
                    score=design.arms[trial.arm].score,
                    pool=len(design.pool),
                    landmarks=len(design.scored_landmarks(trial)),
                    lookalikes=len(design.lookalikes),
                )
        except ValueError as error:
            raise ValueError(f"{path} is not the result of {trial.name}: {error}") from error
        return result

    def copy(self, design: Design, target: Path) -> None:
        """Write the results of this design, and no others that are here, into a folder that does not exist yet."""
        found = {**self._read_all(design), **self._read_estimates(design)}
        target.mkdir(parents=True)
        for name, content in {DESIGN_FILE: design.to_json(), **{f"{one}.json": found[one] for one in found}}.items():
            (target / name).write_text(layout(content) + "\n", encoding="utf-8", newline="\n")

    def put(self, task: Trial | Estimate, result: dict[str, Any]) -> None:
        """Write a result whole or not at all."""
        self.keep(task.name, result)

    def read(self) -> Results:
        """All results of the folder.

        Raises:
            ValueError: there is no design, a trial is missing, or a file is not what was written.
        """
        design = read_design(self.folder / DESIGN_FILE)
        if design.waiting:
            raise ValueError(f"{self.folder} is unfinished: {', '.join(design.waiting)} wait for their landmarks")
        return Results(design, self._read_all(design), self._read_estimates(design))

    def _read_estimates(self, design: Design) -> dict[str, dict[str, Any]]:
        known = [estimate for estimate in estimates_of(design) if self.has_estimate(estimate, design)]
        return {estimate.name: self.estimate(estimate, design) for estimate in known}

    def _read_all(self, design: Design) -> dict[str, dict[str, Any]]:
        missing = [trial.name for trial in design.trials if not self.path(trial.name).exists()]
        if missing:
            raise ValueError(f"{self.folder} lacks {len(missing)} of {len(design.trials)} trials, first {missing[0]}")
        trials = {trial.name: self.get(trial, design) for trial in design.trials}
        for trial in design.trials:
            if not _same_but_for_revision(trials[trial.name]["settings"], design.settings(trial)):
                raise ValueError(f"{self.path(trial.name)} is of an arm with other settings than the design's")
        return trials


def results_in(folder: Path) -> Path:
    """Where the stored results of a report's folder lie: beside the report, or they are the folder itself."""
    return folder / "results" if (folder / "results").is_dir() else folder


def load_results(folder: Path | str) -> Results:
    """The results of a study that was run, from the folder of its report or from that of the results.

    Raises:
        ValueError: there are none, a trial is missing, or a file is not what was written.
    """
    return Store(results_in(Path(folder))).read()


def _refuse_other_device(folder: Path, there: Design, design: Design) -> None:
    ours, theirs = kind_of(design.device), kind_of(there.device)
    if ours != theirs:
        raise ValueError(
            f"{folder} holds results of {theirs}, and results of different devices are not mixed: "
            f"take --device {theirs}, or another folder"
        )


def _same_but_for_revision(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether settings are the same arm's, perhaps by an earlier revision of its strategy."""
    return {**one, "revision": 0} == {**other, "revision": 0}


def _differences(one: Design, other: Design) -> str:
    """Names of what two designs should share and do not."""
    ones, others = one.common, other.common
    settings = [name for name in ones["study"] if ones["study"][name] != others["study"][name]]
    drawn = [name for name in ones.keys() | others.keys() if ones.get(name) != others.get(name)]
    return ", ".join(dict.fromkeys([*settings, *sorted(set(drawn) - {"study"})]))


def read_design(path: Path) -> Design:
    """The design in a file of ours; ValueError, which names file and key, when it holds something else."""
    content = read_json(path)
    try:
        return Design.from_json(content)
    except ValueError as error:
        raise ValueError(f"{path} is {error}") from error
