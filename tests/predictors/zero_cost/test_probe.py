"""What proxies share: networks, streams, one pass; and which part of an architecture they see."""

from __future__ import annotations

import gc
import math
import weakref
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_networks import Linear, batch, convolutional, measured, probe_of, weights_of

from nasrank.predictors import ESTIMATORS, Context
from nasrank.predictors.zero_cost.probe import Probe
from nasrank.predictors.zero_cost.proxy import Proxy, measure_all, proxies
from nasrank.spaces import get_space
from nasrank.testing.estimator_conformance import fresh_network, small

NB201, NB101 = get_space("nb201"), get_space("nb101")
NOTHING = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
DEAD = "|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
ALIVE = "|none~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
OF_NOTHING = {"nwot", "jacov", "epe_nas", "synflow", "zen", "zico"}


def context(space, images=8):
    network = partial(fresh_network, space, **small(space))
    return Context(space, samples=batch(images, classes=4), network=network, loss=F.cross_entropy)


def scores(space, architectures, **attributes):
    found = {}
    for name, kind in CORE.items():
        proxy = kind().prepared(context(space))
        for key, value in attributes.items():
            setattr(proxy, key, value)
        found[name] = proxy.score(architectures)
    return found


NAMES = "epe_nas fisher flops grad_norm grasp jacov l2_norm nwot params plain snip synflow trainable_layers zen zico"
CORE = {name: proxies()[name] for name in NAMES.split()}


@pytest.mark.slow
def test_a_cell_has_the_scores_of_what_is_alive_in_it():
    for name, (dead, alive) in scores(NB201, [DEAD, ALIVE]).items():
        assert dead == alive, name


@pytest.mark.slow
def test_dead_branches_can_be_kept():
    found = scores(NB201, [DEAD, ALIVE], keeps_dead_branches=True)
    costs = [NB201.cost(NB201.parse(one), **small(NB201), resolution=4) for one in (DEAD, ALIVE)]
    np.testing.assert_array_equal(found["params"], [one.parameters for one in costs])
    np.testing.assert_array_equal(found["flops"], [one.multiply_adds for one in costs])
    assert costs[0].parameters > costs[1].parameters
    assert found["nwot"][0] != found["nwot"][1]


OF_NB101 = "conv3x3(0)+conv1x1(1)+maxpool3x3(1,2)+conv1x1(0,2)+output(0,3,4)"


@pytest.mark.parametrize(("space", "text"), [(NB201, ALIVE), (NB101, OF_NB101)], ids=["nb201", "nb101"])
def test_counts_are_those_of_the_space(space, text):
    probe = Probe.of(context(space), text)
    cost = space.cost(text, **small(space), resolution=4)
    assert CORE["params"]().measure(probe) == cost.parameters
    assert CORE["flops"]().measure(probe) == cost.multiply_adds


def test_every_proxy_has_a_score_on_nb101():
    found = measure_all([kind() for kind in CORE.values()], Probe.of(context(NB101), OF_NB101))
    assert not any(one.reason for one in found.values()), found


def test_a_cell_that_passes_nothing_has_numbers_or_reasons():
    """Its network is a constant: counts and sums are numbers, correlations and logarithms are not defined."""
    probe = Probe.of(context(NB201), NOTHING)
    found = measure_all([kind() for kind in CORE.values()], probe)
    assert {name for name, one in found.items() if one.reason} == OF_NOTHING
    for name, one in found.items():
        assert math.isnan(one.value) == (name in OF_NOTHING)
    assert found["snip"].value == found["grad_norm"].value == 0
    estimator = CORE["jacov"]().prepared(context(NB201))
    assert np.isnan(estimator.score([NOTHING, ALIVE])).tolist() == [True, False]
    assert estimator.failures == {NOTHING: found["jacov"].reason}


def test_they_find_together_what_they_find_alone():
    """To the bit, in whatever order they ask."""
    samples = batch(8)
    together = measure_all([kind() for kind in CORE.values()], probe_of(convolutional, samples))
    backwards = measure_all([kind() for kind in reversed(CORE.values())], probe_of(convolutional, samples))
    for name, one in together.items():
        alone = measured(name, probe_of(convolutional, samples)).value
        assert one.value == backwards[name].value == alone
        assert one.seconds > 0


def test_what_is_shared_is_computed_once():
    passes = []

    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = convolutional()

        def forward(self, images):
            passes.append(len(images))
            return self.inner(images)

    shared = {name: CORE[name]() for name in ("grad_norm", "snip", "plain", "fisher", "jacov", "epe_nas", "nwot")}
    measure_all(shared.values(), probe_of(Counting, batch(8)))
    assert passes == [8]
    passes.clear()
    measure_all([CORE["zico"](), CORE["grad_norm"]()], probe_of(Counting, batch(128)))
    assert passes == [64, 64], "the first of both batches is the one that the others look at"


def test_global_random_numbers_make_no_difference():
    class Drawing(Proxy):
        name, label, reference = "drawing", "draws", ""

        def measure(self, probe):
            return float(torch.rand(1, generator=probe.generator(self.name)))

    one, same, other = (measured_by(Drawing(), seed) for seed in (0, 0, 1))
    assert one == same != other


def measured_by(proxy, seed):
    torch.rand(seed + 1)
    return proxy.measured(probe_of(convolutional, batch(), seed=seed)).value


def test_networks_are_copies_with_the_same_weights():
    probe = probe_of(convolutional)
    one = probe.network()
    with torch.no_grad():
        one.stem.weight.zero_()
    again = probe.network()
    assert again.training
    for own, expected in zip(weights_of(again), weights_of(convolutional()), strict=True):
        assert torch.equal(own, expected)


def test_lower_may_be_better():
    class Fewer(Proxy):
        name, label, reference = "fewer", "fewer parameters", ""
        higher_is_better = False

        def measure(self, probe):
            del probe
            return 3.0

    assert Fewer().measured(probe_of(convolutional)).value == -3


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_no_sentinel_stands_for_what_is_not_finite(number):
    class Broken(Proxy):
        name, label, reference = "broken", "broken", ""

        def measure(self, probe):
            del probe
            return number

    found = Broken().measured(probe_of(convolutional))
    assert math.isnan(found.value)
    assert found.reason == f"it is {number}"


def test_without_samples_it_is_said_what_is_missing():
    with pytest.raises(ValueError, match="no samples"):
        measured("grad_norm", probe_of(lambda: Linear([[1.0, 2.0]])))


def test_nothing_is_kept_when_a_probe_is_thrown_away():
    probe = probe_of(convolutional, batch())
    measure_all([kind() for kind in CORE.values()], probe)
    kept = [weakref.ref(probe), weakref.ref(probe.descent.outputs), weakref.ref(probe.descent.trace.rectified[0])]
    gc.disable()
    try:
        del probe
        assert [one() for one in kept] == [None] * 3
    finally:
        gc.enable()


def test_every_proxy_says_whose_it_is():
    for name, kind in proxies().items():
        assert ESTIMATORS[name] is kind
        assert isinstance(kind.reference, str)
        assert kind.images >= 0
        assert kind.images == 0 or "samples" in kind.needs  # some look at random images of their shape
