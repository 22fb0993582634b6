"""Chains of inverted residuals: counts, texts, keys and costs, each against brute force."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from multiply_adds import counted
from scipy.stats import chisquare

from nasrank.spaces import get_space
from nasrank.spaces.mobilenet.chain import IDENTITY, OPTIONS, REPEATS, STAGES, Chain
from nasrank.spaces.mobilenet.costs import Shape, cost_table, shapes

SPACE = get_space("mobilenet")
TEXT = "k3e6 k5e3 | k7e3 identity k3e3 | k5e6 k5e6 identity"

chains = st.tuples(*(st.integers(0, len(decision.options) - 1) for decision in SPACE.decisions)).map(Chain)


def of_stage(number):
    """All operations of one stage, while the other stages stay what they are."""
    first = sum(STAGES[:number])
    base = SPACE.parse(TEXT).operations
    options = (range(len(one.options)) for one in SPACE.decisions[first : first + STAGES[number]])
    for operations in product(*options):
        yield Chain((*base[:first], *operations, *base[first + STAGES[number] :]))


# --- what there is ---


def test_there_are_as_many_as_the_specification_says():
    assert len(SPACE) == 6**3 * 7**5 == 3_630_312
    assert [number for number, one in enumerate(SPACE.decisions, start=1) if "identity" in one.options] == [
        2,
        4,
        5,
        7,
        8,
    ]
    assert OPTIONS == ("k3e3", "k3e6", "k5e3", "k5e6", "k7e3", "k7e6", "identity")


def test_shapes_are_those_of_the_specification():
    found = shapes(8)
    assert (found.stem, found.first, found.head) == (16, 8, 96)
    assert [shape.outputs for shape in found.layers] == [12, 12, 16, 16, 16, 24, 24, 24]
    assert [shape.stride for shape in found.layers] == [1, 1, 2, 1, 1, 2, 1, 1]
    assert found.layers[0] == Shape(8, 12, 1)


@given(st.integers(1, 200))
def test_layers_that_can_be_left_out_keep_the_shape_at_any_width(width):
    for before, shape, repeats in zip(
        (Shape(0, width, 1), *shapes(width).layers), shapes(width).layers, REPEATS, strict=False
    ):
        assert shape.inputs == before.outputs
        assert (shape.inputs == shape.outputs and shape.stride == 1) == repeats


# --- texts ---


def test_a_printed_chain_is_what_it_says():
    chain = SPACE.parse(TEXT)
    assert str(chain) == TEXT
    assert SPACE.to_choices(chain) == (1, 2, 4, 6, 0, 3, 3, 6)
    assert SPACE.graph(chain).labels == ("input", *TEXT.replace("|", "").split(), "output")
    assert SPACE.traits(chain) == {"inverted residuals": 6}


@given(chains)
def test_every_chain_is_read_back(chain):
    assert SPACE.parse(str(chain)) == chain
    assert SPACE.parse(str(chain).replace(" | ", "|")) == chain


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("k3e6 k5e3 | k7e3 identity k3e3", "expected 3 stages between bars, found 2"),
        (TEXT.replace("k7e3 ", ""), "stage 2 has 3 layers, but 2 are written"),
        (TEXT.replace("k7e3", "k9e3"), "layer 3 cannot be 'k9e3'; it is k3e3, k3e6, k5e3, k5e6, k7e3, k7e6$"),
        (TEXT.replace("k7e3", "identity"), "layer 3 cannot be 'identity'"),
        (TEXT.replace("k5e3", "none"), "layer 2 cannot be 'none'; it is .*, identity$"),
    ],
)
def test_a_malformed_text_is_told_what_is_wrong(wrong, why):
    with pytest.raises(ValueError, match=why) as refusal:
        SPACE.parse(wrong)
    assert "\n" not in str(refusal.value)


# --- isomorphism ---


@pytest.mark.slow
def test_keys_are_equal_exactly_where_stand_alone_networks_are():
    """Of all 294 chains with the same other stages, by what torch prints of their layers."""
    keys = [SPACE.key(chain) for chain in of_stage(1)]
    networks = [str(SPACE.network(chain)) for chain in of_stage(1)]
    assert len(keys) == 294
    assert len(set(keys)) == len(set(networks)) == len(set(zip(keys, networks, strict=True))) == 258


def test_there_are_as_many_classes_as_keys():
    """Stages are keyed one by one, so that their keys multiply."""
    keys = [{SPACE.key(chain) for chain in of_stage(number)} for number in range(3)]
    assert SPACE.classes == len(keys[0]) * len(keys[1]) * len(keys[2]) == 2_795_688


def test_classes_of_positions_are_those_of_keys():
    positions = np.concatenate([np.arange(2 * 7**3 * 6, 3 * 7**3 * 6), np.arange(20_000, 21_000)])
    keys = [SPACE.key(SPACE.at(int(position))) for position in positions]
    classes = SPACE.classes_of(positions).tolist()
    assert len(set(keys)) == len(set(classes)) == len(set(zip(keys, classes, strict=True))) < len(positions)


@pytest.mark.slow
def test_a_member_of_a_random_class_is_uniform_over_classes_then_over_members():
    generator = np.random.default_rng(0)
    drawn = [SPACE.from_choices(SPACE.random_class_choices(generator)) for _ in range(20_000)]
    for number, classes in enumerate((42, 258, 258)):
        stages = [chain.stages[number] for chain in drawn]
        keys = [tuple(one for one in stage if one != IDENTITY) for stage in stages]
        _, counts = np.unique([str(key) for key in keys], return_counts=True)
        assert len(counts) == classes
        assert chisquare(counts).pvalue > 1e-4
        if classes == 258:
            first_left_out = np.array([stage[1] == IDENTITY for stage in stages if stage.count(IDENTITY) == 1])
            assert abs(first_left_out.mean() - 0.5) < 4 * 0.5 / len(first_left_out) ** 0.5


# --- costs ---


@pytest.mark.parametrize("sizes", [{}, {"width": 3, "classes": 7, "image_channels": 1}])
@pytest.mark.parametrize("resolution", [1, 2, 5, 16, 23])
def test_a_network_costs_what_it_has_and_computes(sizes, resolution):
    for chain in SPACE.sample(np.random.default_rng(resolution), 3):
        network = SPACE.network(chain, **sizes).eval()
        cost = SPACE.cost(chain, **sizes, resolution=resolution)
        images = torch.zeros(1, sizes.get("image_channels", 3), resolution, resolution)
        assert sum(weights.numel() for weights in network.parameters()) == cost.parameters
        assert counted(network, images) == cost.multiply_adds - sizes.get("classes", 10), "biases are not counted"


@pytest.mark.slow
def test_costs_of_all_are_those_of_each_and_a_limit_can_be_kept():
    positions = np.random.default_rng(0).integers(len(SPACE), size=300)
    expected = [SPACE.cost(SPACE.at(int(position))) for position in positions]
    parameters, multiply_adds = SPACE.costs(np.arange(len(SPACE)))
    assert parameters[positions].tolist() == [cost.parameters for cost in expected]
    assert multiply_adds[positions].tolist() == [cost.multiply_adds for cost in expected]
    leanest = SPACE.at(int(multiply_adds.argmin()))
    assert str(leanest) == "k3e3 identity | k3e3 identity identity | k3e3 identity identity"
    assert str(SPACE.at(int(parameters.argmax()))) == "k7e6 k7e6 | k7e6 k7e6 k7e6 | k7e6 k7e6 k7e6"


@pytest.mark.slow
def test_a_mixture_is_charged_what_it_computes():
    supernet, image = SPACE.supernet().eval(), torch.zeros(1, 3, 16, 16)
    mixture = [torch.full((len(one.options),), 1 / len(one.options)) for one in SPACE.decisions]
    _, multiply_adds = SPACE.costs(np.arange(len(SPACE)))
    ratio = counted(supernet, image, mixture) / multiply_adds.mean()
    assert ratio == pytest.approx(cost_table().passes_per_mixture, rel=1e-4)
    assert ratio <= SPACE.passes_per_mixture < ratio + 1


# --- strata ---


def test_strata_are_the_layers_that_are_left_out_and_their_samples_uniform():
    generator = np.random.default_rng(0)
    assert SPACE.strata == 6
    assert str(SPACE.sample_of_stratum(generator, 5)).count("identity") == 5
    drawn = np.array([SPACE.sample_of_stratum(generator, 2).operations for _ in range(2000)])
    left_out = drawn == IDENTITY
    assert set(left_out.sum(1)) == {2}
    assert not left_out[:, np.logical_not(REPEATS)].any()
    assert chisquare(left_out.sum(0)[list(REPEATS)]).pvalue > 1e-4
    assert chisquare(np.bincount(drawn[~left_out])).pvalue > 1e-4
