"""Proxies of a line each, and a set-up so small that one is measured in a hundredth of a second."""

from __future__ import annotations

import pytest

from nasrank.bench.scoring.setup import SetUp
from nasrank.predictors import ESTIMATORS
from nasrank.predictors.zero_cost.probe import NotMeasurable
from nasrank.predictors.zero_cost.proxy import Proxy


class Weights(Proxy):
    name = "test_weights"
    label = "weights"
    reference = "Nobody2026"

    def measure(self, probe):
        return float(sum(weights.numel() for weights in probe.network().parameters()))


class FirstWeight(Proxy):
    name = "test_first"
    label = "first weight"
    reference = "Nobody2026"
    higher_is_better = False

    def measure(self, probe):
        first = float(next(probe.network().parameters()).detach().flatten()[0])
        if first < -0.1:
            raise NotMeasurable("below -0.1")
        return first


class Batch(Proxy):
    name = "test_batch"
    label = "images"
    reference = ""

    def measure(self, probe):
        return float(len(probe.images()) + probe.images()[0].double().sum().sigmoid())


class Never(Proxy):
    name = "test_never"
    label = "never"
    reference = ""

    def measure(self, probe):
        raise NotMeasurable(f"there is {'nothing' if probe else None}")


FAKES = (Weights, FirstWeight, Batch, Never)


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    for kind in FAKES:
        monkeypatch.setitem(ESTIMATORS, kind.name, kind)


@pytest.fixture
def setup() -> SetUp:
    return SetUp.of(space="nb201", data="digits", network={"channels": 2, "cells_per_stage": 1}, batch=16)
