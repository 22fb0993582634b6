"""The two large toys: as large as they say, the best by dynamic programming, and draws that are uniform."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import prod

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from toy import stream

from nasrank.spaces.decisions import active_decisions, conditions, with_placeholders
from nasrank.testing import ParallelBranches, Trellis

BRANCHES, TRELLIS, SMALL = ParallelBranches(), Trellis(), Trellis(layers=3, levels=3)


@cache
def small():
    """Choices of all architectures of the small trellis."""
    options = [range(len(decision.options)) for decision in SMALL.decisions]
    moves = product(*options[:3])
    layers = list(product(*options[3:]))
    depends = conditions(SMALL.decisions)
    return {with_placeholders(depends, (*move, *layer)) for move in moves for layer in layers}


def test_they_are_as_large_as_they_say():
    """The paths are those of Auto-DeepLab's trellis from one level, a Fibonacci number."""
    assert TRELLIS.size == 28_657 * 13**12
    assert 1e17 < TRELLIS.size < 1e18
    assert prod(len(decision.options) for decision in BRANCHES.decisions) == 320**10
    assert 1e25 < 320**10 < 2e25
    assert len(small()) == SMALL.size == 5 * 13**3


def test_the_best_of_a_trellis_is_that_of_exhaustive_search():
    every, depends = np.array(sorted(small())), conditions(SMALL.decisions)
    active = np.array([active_decisions(depends, choices) for choices in every.tolist()])
    generator, paths = stream(), set()
    for _ in range(60):
        scores = [generator.normal(size=len(decision.options)) for decision in SMALL.decisions]
        totals = sum(vector[every[:, place]] * active[:, place] for place, vector in enumerate(scores))
        best = SMALL.best(scores)
        assert SMALL.to_choices(best) == tuple(every[totals.argmax()])
        paths.add(best.levels)
    assert len(paths) == 5, "each path is the best of some scores"


def test_the_best_options_of_a_trellis_need_not_go_together():
    """Going down is worth most at once, but only from the finest level can one go on to what is worth more."""
    scores = {decision.name: np.zeros(len(decision.options)) for decision in SMALL.decisions}
    scores["move from 0.0"][1] = 1.0
    scores["move from 1.0"][1] = 3.0
    assert SMALL.best(list(scores.values())).levels == (0, 0, 1)


def test_architectures_of_a_trellis_are_drawn_uniformly():
    """Not move by move: of five paths, two go through the finest level and three through the next."""
    generator = stream()
    drawn = [SMALL.from_choices(SMALL.random_choices(generator)) for _ in range(3000)]
    paths = [one.levels for one in drawn]
    assert chisquare([paths.count(path) for path in sorted(set(paths))]).pvalue > 1e-3
    assert len(set(paths)) == 5
    kinds = [(one.operations[1], one.widths[1]) for one in drawn]
    assert chisquare([kinds.count(kind) for kind in sorted(set(kinds))]).pvalue > 1e-3
    assert len(set(kinds)) == 13


def test_branches_in_another_order_are_isomorphic_and_no_others():
    (branches,) = BRANCHES.sample(stream(), 1)
    turned = type(branches)(branches.layers[::-1])
    assert turned != branches
    assert BRANCHES.key(turned) == BRANCHES.key(branches)
    assert turned not in BRANCHES.sample(stream(), 1, exclude=[branches])
    for neighbour in BRANCHES.neighbours(branches):
        assert BRANCHES.key(neighbour) != BRANCHES.key(branches)


def test_branches_in_another_order_compute_the_same():
    (branches,) = BRANCHES.sample(stream(), 1)
    turned = type(branches)(branches.layers[::-1])
    one, other = BRANCHES.network(branches), BRANCHES.network(turned)
    for own, same in ((one.inward, other.inward), (one.outward, other.outward)):
        for layer, like in zip(own, reversed(same), strict=True):
            like.load_state_dict(layer.state_dict())
    images = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(one(images), other(images))


@pytest.mark.parametrize("space", [BRANCHES, TRELLIS], ids=["branches", "trellis"])
def test_networks_score_images(space):
    for architecture in space.sample(stream(), 3):
        scores = space.network(architecture)(torch.randn(5, 3, 2, 2))
        assert scores.shape == (5, 4)
        assert torch.isfinite(scores).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("|0relu*2|0relu*2|", "is not 3 layers between bars"),
        ("|0relu*2|0relu*2|0sine*2|", "layer 2: '0sine\\*2' is not a level and one of"),
        ("|0relu*2|0relu*2|0relu*3|", "layer 2: '0relu\\*3' has not the width of a relu"),
        ("|0relu*2|0identity*2|0relu*2|", "layer 1: '0identity\\*2' has not the width of a identity"),
        ("|0relu*2|0relu|0relu*2|", "layer 1: '0relu' has not the width"),
        ("|1relu*2|1relu*2|1relu*2|", "layer 0: no path gets to level 1"),
        ("|0relu*2|1relu*2|3relu*2|", "layer 2: no path gets to level 3"),
    ],
)
def test_texts_of_no_path_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        SMALL.parse(text)


def test_texts_of_no_branches_are_refused():
    good = str(BRANCHES.sample(stream(), 1)[0])
    first = good.partition("+")[0]
    for wrong, message in (("(7 relu 0.1)", "'7' is not one of"), ("(8 relu)", "is not"), ("(8 sine 0.1)", "'sine'")):
        with pytest.raises(ValueError, match=f"branch 0: .*{message}"):
            BRANCHES.parse(good.replace(first, wrong, 1))


def test_a_trellis_of_one_layer_is_none():
    with pytest.raises(ValueError, match="1 layers and 4 levels: a trellis has 2 or more of each"):
        Trellis(layers=1)
