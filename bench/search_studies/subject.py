"""A part of a search study as it is searched: every number that it names, of every architecture of its space."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from nasrank.bench.label_studies.supernets import SuperNetScores
from nasrank.bench.oracles import Table, open_oracle
from nasrank.bench.oracles.ask.clock import Clock, Question
from nasrank.bench.runner.truth import truth_in
from nasrank.bench.search.searcher import Choices
from nasrank.bench.search_studies.numbers import column_of_file, proxy_of_file
from nasrank.bench.search_studies.places import Places
from nasrank.bench.search_studies.sections import PartSection
from nasrank.bench.search_studies.values import PriceSection, ValueSection
from nasrank.spaces import Enumerated, get_enumerated
from nasrank.spaces.subspace import Choosable, SubSpace, places_of_options

FloatArray = npt.NDArray[np.float64]


@dataclass(eq=False)
class Subject:
    """What searchers of a part move in.

    Numbers are read when they are asked for, and kept. They are of all architectures by their place `(n,)`, which is
    the position in a space that can be listed; of a larger one the part that is searched has all places. Higher is
    better in numbers that searchers are told, and all others are as they are printed.
    """

    name: str
    part: PartSection
    data_root: Path | None = None
    checksums: dict[str, str] = field(default_factory=dict)
    _told: dict[tuple[str, int | None], FloatArray] = field(default_factory=dict)
    _prices: dict[int | None, FloatArray] = field(default_factory=dict)
    _askable: dict[tuple[tuple[str, ...], int | None], npt.NDArray[np.bool_]] = field(default_factory=dict)
    _reported: dict[str, FloatArray] = field(default_factory=dict)
    _known: dict[Choices, int] = field(default_factory=dict)
    _supernets: dict[str, SuperNetScores] = field(default_factory=dict)

    @cached_property
    def space(self) -> Enumerated[Any]:
        """That is searched."""
        return get_enumerated(self.part.space)

    @cached_property
    def searched(self) -> Choosable:
        """The part of the space in which searchers move."""
        options = places_of_options(self.space, self.part.options)
        return SubSpace(self.space, options) if options else self.space

    @cached_property
    def places(self) -> Places:
        """Of the architectures that there are numbers of."""
        return Places(self.space, self.part.options)

    def place(self, choices: Choices) -> int:
        """Of the architecture with these choices, which has one; looked up once, for all runs of a process."""
        place = self._known.get(choices)
        if place is None:
            place = self._known[choices] = self.places.of(self.space.from_choices(choices))
        return place

    def told(self, objective: str, run: int = 0, epochs: int | None = None) -> FloatArray:
        """What a searcher is told of each architecture, higher is better; NaN where it is not known.

        Args:
            run: of the search, which decides whose scores those of super-nets are.
            epochs: of training after which it is asked for, where not after the whole schedule.

        Raises:
            ValueError: a table, file or study is missing or lacks it; names the key.
        """
        section = self.part.objectives[objective]
        if section.supernet:
            return self._of_supernet(objective, run)
        if (objective, epochs) not in self._told:
            with self._at(f"objectives.{objective}"):
                values = self._values(section, epochs)
                self._told[objective, epochs] = values if section.higher_is_better else -values
        return self._told[objective, epochs]

    def supernets(self, objective: str) -> SuperNetScores:
        """Those that an objective is scored by."""
        section = self.part.objectives[objective].supernet
        assert section is not None
        if objective not in self._supernets:
            with self._at(f"objectives.{objective}"):
                self._supernets[objective] = SuperNetScores.read(
                    Path(section.study), space=self.space.name, score=section.score
                )
                self.checksums[section.study] = self._supernets[objective].checksum
        return self._supernets[objective]

    def landmarks(self, objective: str, run: int) -> list[int]:
        """Places of those that the super-nets of a run's seed were told of."""
        known = self.supernets(objective)
        return [self.places.of(one) for one in known.landmarks(known.seeds[run % len(known.seeds)])]

    def _of_supernet(self, objective: str, run: int) -> FloatArray:
        section, known = self.part.objectives[objective].supernet, self.supernets(objective)
        assert section is not None
        seed = known.seeds[run % len(known.seeds)]
        if (objective, seed) not in self._told:
            with self._at(f"objectives.{objective}"):
                (values,) = known.feature(section.row, seed, guided=section.guided).values()
            positions = np.array([self.space.position(one) for one in known.architectures], dtype=np.int64)
            self._told[objective, seed] = self.places.spread(positions, values)
        return self._told[objective, seed]

    def reported(self, name: str) -> FloatArray:
        """A reported figure, as it is printed."""
        if name not in self._reported:
            with self._at(f"reported.{name}"):
                self._reported[name] = self._values(self.part.reported[name])
        return self._reported[name]

    def prices(self, epochs: int | None = None) -> FloatArray | None:
        """Simulated seconds of an answer after so many epochs, NaN where not known; None where none are counted."""
        price = self.part.price
        if price is None:
            return None
        if epochs not in self._prices:
            with self._at("price"):
                self._prices[epochs] = self._seconds(price, epochs)
        return self._prices[epochs]

    @cached_property
    def seconds_an_epoch(self) -> float:
        """Of training, the mean of the space; ValueError where nothing has a price."""
        price = self.part.price
        if price is None:
            raise ValueError(f"parts.{self.name}: what is charged by the epoch needs a price")
        with self._at("price"):
            training = price.model_copy(update={"evaluation": False})
            return float(np.nanmean(self._seconds(training, None))) / (price.trained or price.epochs)

    def refuse_to_charge(self, epochs: float) -> None:
        """Raise ValueError where so many epochs, charged before a search, leave nothing of its budget."""
        charged, most = epochs * self.seconds_an_epoch, self.part.seconds
        if most is not None and charged >= most:
            raise ValueError(
                f"epochs_charged = {epochs:g} are {charged:,.1f} s, and parts.{self.name}.seconds no more than {most:g}"
            )

    def seeds_of(self, objective: str) -> int:
        """How many super-nets there are of an objective; its runs take them in turn."""
        return len(self.supernets(objective).seeds)

    @cached_property
    def allowed(self) -> npt.NDArray[np.bool_]:
        """Which architectures of the part that is searched keep all limits; ValueError where none does."""
        kept = self.places.searched.copy()
        for name, limit in self.part.limits.items():
            with self._at(f"limits.{name}"):
                values = self._values(limit)
                low = -np.inf if limit.least is None else limit.least
                high = np.inf if limit.most is None else limit.most
                kept &= (values >= low) & (values <= high)
                if not kept.any():
                    raise ValueError(f"no architecture keeps it; {limit.named} {_reach(values)}")
        return kept

    def askable(self, told: tuple[str, ...], epochs: int | None = None) -> npt.NDArray[np.bool_]:
        """Which architectures keep all limits and are in the tables that these objectives are from."""
        if (told, epochs) not in self._askable:
            found = self.allowed.copy()
            for name in told:
                if self.part.objectives[name].table:
                    found &= np.isfinite(self.told(name, epochs=epochs))
            self._askable[told, epochs] = found
        return self._askable[told, epochs]

    def refuse_gaps(self, told: tuple[str, ...], epochs: int | None = None) -> None:
        """ValueError where what can be asked for lacks a price or a reported figure, or all is beyond the budget."""
        askable = self.askable(told, epochs)
        if not askable.any():
            raise ValueError(f"parts.{self.name}: no architecture that keeps the limits has {' and '.join(told)}")
        for name in self.part.reported:
            if missing := int(np.isnan(self.reported(name)[askable]).sum()):
                raise ValueError(
                    f"parts.{self.name}.reported.{name}: {missing:,} of {askable.sum():,} architectures have none"
                )
        prices, seconds = self.prices(epochs), self.part.seconds
        if prices is None or not any(self.part.objectives[name].table for name in told):
            return
        if missing := int(np.isnan(prices[askable]).sum()):
            raise ValueError(f"parts.{self.name}.price: {missing:,} of {askable.sum():,} architectures have none")
        if seconds is not None and seconds < (least := float(prices[askable].min())):
            raise ValueError(
                f"parts.{self.name}.seconds: {seconds:g} s are less than the cheapest query takes, {least:,.1f} s"
            )

    def _values(self, section: ValueSection, epochs: int | None = None) -> FloatArray:
        """As they are printed; ranks share the best place of equals."""
        values = self._numbers(section) if epochs is None else self._after(section, epochs)
        if section.mean_over:
            values = self._mean_over(section.mean_over, values)
        if not section.rank:
            return values
        worth = np.where(np.isnan(values), -np.inf, values if section.source_higher_is_better else -values)
        ranks = rankdata(-worth, method="min") * (100 / np.isfinite(values).sum())
        return np.where(np.isnan(values), np.nan, ranks)

    def _mean_over(self, name: str, values: FloatArray) -> FloatArray:
        """Of the options of this decision that are known, for all of them."""
        names = [decision.name for decision in self.space.decisions]
        others = np.delete(self.space.choices(self.places.positions), names.index(name), axis=1)
        group = np.unique(others, axis=0, return_inverse=True)[1].ravel()
        known = np.isfinite(values)
        with np.errstate(invalid="ignore"):  # 0 / 0: none is known
            means = np.bincount(group[known], values[known], group.max() + 1) / np.bincount(
                group[known], minlength=group.max() + 1
            )
        return np.asarray(means[group])

    def _numbers(self, section: ValueSection) -> FloatArray:
        if section.table:
            table = self._table(section.table.oracle)
            truth = truth_in(table, self.space, section.table)
            values = truth.values if self.space.listable else truth.of(self.places.architectures())
            return values if section.source_higher_is_better else -values
        if section.cost:
            parameters, multiply_adds = self.space.costs(self.places.positions[self.places.searched])
            found = np.full(len(self.places), np.nan)
            found[self.places.searched] = parameters if section.cost == "parameters" else multiply_adds
            return found
        if section.proxy:
            values, self.checksums[section.proxy.file] = proxy_of_file(
                section.proxy, self.space, self.places.architectures()
            )
            return values
        if section.numbers:
            positions, values, self.checksums[section.numbers.file] = column_of_file(
                section.numbers, self.space, self.data_root
            )
            return self.places.spread(positions, values)
        raise ValueError("scores of super-nets differ from run to run; they can be objectives only")

    def _table(self, name: str) -> Table:
        table = open_oracle(name, data_root=self.data_root)
        if table.provenance.space not in (self.space.name, self.space.contains):
            raise ValueError(f"{name} is about {table.provenance.space}, not about {self.space.name}")
        self.checksums[name] = table.provenance.sha256
        return table

    def _after(self, section: ValueSection, epochs: int) -> FloatArray:
        """A column of a table after some epochs of its schedule, as it is printed."""
        truth = section.table
        if truth is None:
            raise ValueError(f"only tables have schedules, so that there is nothing after {epochs} epochs")
        if epochs == truth.epochs:
            return self._numbers(section)
        table = self._table(truth.oracle)
        axes: dict[str, Any] = {"metric": truth.metric, "dataset": truth.dataset, "split": truth.split}
        column = table.find_curve(**axes, epochs=truth.epochs, seeds=truth.seeds)
        if column.curve is None or epochs not in column.curve:
            raise ValueError(f"{truth.oracle} has nothing after epoch {epochs} of the schedule of {truth.epochs}")
        return self._of_rows(table, table.whole(column)[:, column.curve.index(epochs)])

    def _seconds(self, price: PriceSection, epochs: int | None) -> FloatArray:
        table = self._table(price.oracle)
        clock = Clock(table, Question(price.dataset, price.split, price.epochs, price.seeds))
        rows, trained = np.arange(len(table.rows)), epochs or price.trained or price.epochs
        seconds = clock.training_seconds_of_rows(rows, trained)
        if price.evaluation:
            seconds = seconds + clock.evaluation_seconds_of_rows(rows, trained)
        return self._of_rows(table, seconds)

    def _of_rows(self, table: Table, values: npt.NDArray[Any]) -> FloatArray:
        """Values of the rows of a table; NaN where there is no row."""
        rows = table.rows.positions.astype(np.int64)
        own = table.provenance.space == self.space.name
        return self.places.spread(rows if own else self.space.positions_of(rows), values)

    def _at(self, key: str) -> _Located:
        return _Located(f"parts.{self.name}.{key}")


def _reach(values: FloatArray) -> str:
    """From where to where they go, in words."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "is not known of any"
    low, high = (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}" for value in (finite.min(), finite.max()))
    return f"is from {low} to {high}"


class _Located:
    """Says at which key of the study a ValueError of its block happened."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ValueError) and not str(error).startswith("parts."):
            raise ValueError(f"{self.key}: {error}") from error
