"""The arms of a study: what is compared, each a strategy with the settings that its trials run under.

Every strategy of the study is one, and so is every variant. An arm that changes nothing but the landmarks is, without
landmarks, the strategy as it is: both share those trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nasrank.bench.studies.study import Study
from nasrank.bench.training.strategies import STRATEGIES, Strategy
from nasrank.bench.training.strategies.alike import behave_alike
from nasrank.spaces import get_space
from nasrank.spaces.subspace import Choosable


@dataclass(frozen=True)
class Arm:
    """One row of the comparison.

    Attributes:
        label: how tables and figures call it.
        study: the study with this arm's settings, and no other arm.
        changed: sections in which these differ from the study's.
        plain: name of the arm whose trials without landmarks are this one's, too.
        base: name of the arm that it is compared with; its own where that is no other.
    """

    name: str
    label: str
    study: Study
    switches: Mapping[str, str | int]
    changed: frozenset[str]
    plain: str
    base: str

    @property
    def strategy(self) -> type[Strategy]:
        return STRATEGIES[self.study.strategies[0]]

    @property
    def score(self) -> str:
        """Name of the score that it ranks by."""
        return self.strategy.score or self.study.analysis.score

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
        """What its trials depend on apart from what all arms share, as plain values."""
        content = self.study.model_dump(mode="json", include={"images", "supernet", "training", "landmarks"})
        return {"strategy": self.strategy.name, "switches": dict(self.switches), **content}


def alike(arms: Mapping[str, Arm]) -> list[tuple[str, ...]]:
    """Groups of two arms or more, by name, whose trials come out identical: the same settings, and strategies that do
    the same on this space.

    Their rows are one result that stands there several times.
    """
    groups: list[list[str]] = []
    for name, arm in arms.items():
        group = next((group for group in groups if _same(arms[group[0]], arm)), None)
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


def arms_of(study: Study) -> dict[str, Arm]:
    """By name, in the order of the study: strategies, then variants."""
    arms = {}
    for name in study.strategies:
        alone = study.model_copy(update={"strategies": (name,), "variants": {}})
        arms[name] = Arm(name, STRATEGIES[name].label, alone, {}, frozenset(), plain=name, base=name)
    for name, variant in study.variants.items():
        shared = variant.changed <= {"landmarks"} and variant.strategy in study.strategies
        plain = variant.strategy if shared else name
        base = variant.base or (variant.strategy if variant.strategy in study.strategies else study.strategies[0])
        arms[name] = Arm(name, variant.label, study.varied(variant), variant.switches, variant.changed, plain, base)
    return arms
