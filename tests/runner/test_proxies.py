"""What a proxy is prepared with: a batch of what trains, networks of fresh weights, and the loss of the task."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from estimate_studies import Steepness, made

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.runner.images import prepare_images
from nasrank.bench.runner.tasks import Estimate
from nasrank.predictors import ESTIMATORS
from nasrank.spaces import get_space
from nasrank.spaces.options import StagedNetworkOptions


@pytest.fixture
def contexts(waiting, monkeypatch):
    """Of a proxy on both seeds."""
    design, truth = waiting
    seen = []

    class Looking(Steepness):
        needs = Steepness.needs | {"generator"}

        def prepare(self, context):
            seen.append(context)
            super().prepare(context)

    monkeypatch.setitem(ESTIMATORS, "steepness", Looking)
    results = [made(Estimate("steepness", seed), design, truth) for seed in (0, 0, 1)]
    assert [result["failure"] for result in results] == [None] * 3
    assert results[0]["scores"] == results[1]["scores"] != results[2]["scores"]
    return seen[0], seen[2]


@pytest.mark.slow
def test_it_has_a_batch_of_what_trains(waiting, contexts):
    design, _ = waiting
    for seed, context in enumerate(contexts):
        weights = prepare_images(design, design.rows["spos"].before, seed).weights
        assert len(context.samples[0]) == design.study.training.batch_size == 16
        assert all(torch.equal(one, other[:16]) for one, other in zip(context.samples, weights, strict=True))


@pytest.mark.slow
def test_it_has_the_loss_of_the_task(contexts):
    outputs, targets = torch.randn(4, 10), torch.arange(4)
    expected = torch.nn.functional.cross_entropy(outputs, targets)
    assert torch.allclose(contexts[0].loss(outputs, targets), expected)


@pytest.mark.slow
def test_a_network_has_the_same_weights_whatever_was_asked_before(waiting, contexts):
    design, _ = waiting
    one, other = (context.network(design.pool[0]) for context in contexts)
    contexts[0].network(design.pool[1])
    again = contexts[0].network(design.pool[0])
    assert again is not one
    assert again.training
    state = one.state_dict()
    assert all(torch.equal(values, state[name]) for name, values in again.state_dict().items())
    assert not all(torch.equal(values, state[name]) for name, values in other.state_dict().items())
    stem = next(one.parameters())
    assert len(stem) == design.study.supernet.channels, "of the super-net's size"


@pytest.mark.slow
def test_the_global_random_state_is_left_alone(waiting):
    design, truth = waiting
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    made(Estimate("steepness", 0), design, truth)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.slow
def test_what_it_draws_is_its_own(contexts):
    draws = [context.generator.random() for context in contexts]
    assert len({*draws, generator(0, Purpose.ESTIMATOR, "other").random()}) == 3


@pytest.mark.slow
def test_its_targets_are_true_where_a_strategy_has_random_ones(waiting):
    """A regression test: it had those of the first strategy, and other scores where that was another."""
    design, truth = waiting
    first = replace(design, study=design.study.model_copy(update={"strategies": ("rlnas", "spos")}))
    proxy = Estimate("steepness", 0)
    assert made(proxy, first, truth)["scores"] == made(proxy, design, truth)["scores"]


@pytest.mark.slow
def test_the_result_is_plain(waiting):
    result = made(Estimate("steepness", 1), *waiting)
    assert json.loads(json.dumps(result)) == result


class TestNetworksOfOtherOptions:
    """A space says what its networks have; a proxy looks at those that are as the super-net of the study."""

    @pytest.fixture
    def asked(self, waiting, monkeypatch):
        """The result of a proxy and what its networks were built with, in a space whose networks have these options."""
        design, truth = waiting
        kind, options, build = type(design.space), [], design.space.network

        def network(architecture, *, width=None, **others):
            options.append({"width": width, **others})
            return build(architecture, **others)

        def run(section):
            monkeypatch.setattr(kind, "network_options", section)
            monkeypatch.setattr(design.space, "network", network, raising=False)
            monkeypatch.setitem(ESTIMATORS, "steepness", Steepness)
            return made(Estimate("steepness", 0), design, truth), options

        return run

    @pytest.mark.slow
    def test_what_the_super_net_has_not_has_its_default(self, asked, waiting):
        class Wide(StagedNetworkOptions):
            width: int = 7

        result, options = asked(Wide)
        supernet = waiting[0].study.supernet
        assert result["failure"] is None
        sizes = {"channels": supernet.channels, "cells_per_stage": supernet.cells_per_stage}
        assert all(one == {**one, **sizes, "width": 7} for one in options)

    def test_a_proxy_fails_with_a_reason_where_nothing_says_what_networks_need(self, asked):
        class Wide(StagedNetworkOptions):
            width: int

        result, options = asked(Wide)
        name = get_space("nb201").name
        reason = f"the study's super-net does not say how networks of {name} are built: width: this key is missing"
        assert (result["failure"], options) == (reason, [])
