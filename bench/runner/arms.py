"""The arms of a study: what is trained, and which two of them are compared.

Every strategy of the study is a row, and so is every variant. A row compares two arms: one trained without the terms of
the study, such as landmark guidance, and one with them. Rows that differ in the terms and the landmarks alone have the
arm without them in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nasrank.bench.foundation.devices import CPU
from nasrank.bench.studies.compared import PLAIN
from nasrank.bench.studies.study import Study
from nasrank.bench.training.strategies import STRATEGIES, Strategy
from nasrank.bench.training.strategies.alike import behave_alike
from nasrank.spaces import get_space
from nasrank.spaces.subspace import Choosable


@dataclass(frozen=True)
class Arm:
    """One way to train a super-net: a strategy with settings and terms. It has a trial for each seed.

    Attributes:
        label: how messages call it.
        study: the study with this arm's settings and terms, and no other arm.
        switches: the strategy's.
    """

    name: str
    label: str
    study: Study
    switches: Mapping[str, str | int]

    @property
    def strategy(self) -> type[Strategy]:
        return STRATEGIES[self.study.strategies[0]]

    @property
    def score(self) -> str:
        """Name of the score that it ranks by."""
        return self.strategy.score or self.study.analysis.score

    @property
    def has_labels(self) -> bool:
        """Whether one of its terms is told the labels of landmarks."""
        return any(term.needs_labels for term in self.study.terms)

    def build(self, space: Choosable, generator: np.random.Generator) -> Strategy:
        """Its strategy on a space."""
        return self.strategy(space, generator, **self.switches)

    def refuse_too_short(self) -> None:
        """ValueError when the training compute does not give every super-net a step."""
        passes = self.study.training.passes
        least = self.build(get_space(self.study.space), np.random.default_rng(0)).least_passes
        if passes < least:
            raise ValueError(f"{self.label} needs at least {least} training passes on {self.study.space}, not {passes}")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What its trials depend on apart from what all arms share, as plain values; the device is left out."""
        sections = {"images", "supernet", "training"}
        sections |= {"terms"} if self.study.terms else set()
        sections |= {"landmarks"} if self.has_labels else set()
        content = self.study.model_dump(mode="json", include=sections)
        content["training"]["device"] = CPU  # whichever it is, see `Design`
        return {"strategy": self.strategy.name, "switches": dict(self.switches), **content}


@dataclass(frozen=True)
class Row:
    """Two arms that differ in the terms of the study alone.

    Attributes:
        label: how tables and figures call it.
        before: the arm without the terms, and `after` the one with them.
        changed: sections in which the settings differ from the study's.
        base: name of the row that it is compared with; its own where that is no other.
    """

    name: str
    label: str
    before: Arm
    after: Arm
    changed: frozenset[str]
    base: str

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Before and after."""
        return self.before, self.after

    @property
    def study(self) -> Study:
        """The study with the settings and terms of this row, and no other."""
        return self.after.study

    @property
    def strategy(self) -> type[Strategy]:
        return self.after.strategy

    @property
    def score(self) -> str:
        """Name of the score that both arms rank by."""
        return self.after.score

    @property
    def settings(self) -> dict[str, Any]:
        """Those of the arm with the terms, as plain values."""
        return self.after.settings


def alike(rows: Mapping[str, Row]) -> list[tuple[str, ...]]:
    """Groups of two rows or more, by name, whose trials come out identical: the same settings, and strategies that do
    the same on this space.

    They are one result that stands there several times.
    """
    groups: list[list[str]] = []
    for name, row in rows.items():
        group = next((group for group in groups if _same(rows[group[0]].after, row.after)), None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    return [tuple(group) for group in groups if len(group) > 1]


def _same(one: Arm, other: Arm) -> bool:
    strategy = {"strategy", "switches"}
    settings = [{name: value for name, value in arm.settings.items() if name not in strategy} for arm in (one, other)]
    if settings[0] != settings[1]:
        return False
    space, stream = get_space(one.study.space), np.random.default_rng
    return behave_alike(lambda: one.build(space, stream(0)), lambda: other.build(space, stream(0)))


def rows_of(study: Study) -> dict[str, Row]:
    """By name, in the order of the study: strategies, then variants."""
    rows = {}
    for name in study.strategies:
        alone = study.model_copy(update={"strategies": (name,), "variants": {}, "claims": {}})
        rows[name] = _row(name, STRATEGIES[name].label, alone, {}, frozenset(), base=name)
    for name, variant in study.variants.items():
        row = _row(
            name,
            variant.label,
            study.varied(variant),
            variant.switches,
            variant.changed,
            base=variant.base or (variant.strategy if variant.strategy in study.strategies else study.strategies[0]),
        )
        if variant.changed <= {"landmarks", "terms"} and variant.strategy in study.strategies:
            row = replace(row, before=rows[variant.strategy].before)
        rows[name] = row
    return rows


def _row(
    name: str, label: str, study: Study, switches: Mapping[str, str | int], changed: frozenset[str], *, base: str
) -> Row:
    terms = "-".join(term.name for term in study.terms)
    without = study.model_copy(update={"terms": ()})
    before = Arm(f"{name}-{PLAIN}", label, without, switches)
    return Row(name, label, before, Arm(f"{name}-{terms}", label, study, switches), changed, base)
