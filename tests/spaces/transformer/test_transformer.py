"""Transformers of text: notation, layers against torch's own, paths, and what is known of gradients at the start."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from nasrank.spaces import get_space
from nasrank.spaces.transformer.stack import LAYERS, PLACEMENTS, Layer, Transformer, places

SPACE = get_space("transformer")
MIXED = SPACE.parse("post:h4,r2|pre:h1,r4|sandwich:h2,r1|pre:h1,r1|sandwich:h4,r4|post:h2,r2")
SIZES = {"width": 8, "tokens": 11, "length": 6}


def all_alike(placement, heads=4, ratio=4):
    return SPACE.parse("|".join([f"{placement}:h{heads},r{ratio}"] * LAYERS))


def windows(count=3, length=6, tokens=11):
    return torch.randint(tokens, (count, length), generator=torch.Generator().manual_seed(0))


def test_there_are_as_many_as_the_reference_counts():
    assert len(SPACE) == 27**6 == 387_420_489
    assert len(SPACE.decisions) == 18


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("post:h4,r2", "it has 1 layers, not 6"),
        (
            "|".join(["post:h3,r2"] * 6),
            "layer 0 is 'post:h3,r2', and not like pre:h2,r4, with post, pre",
        ),
        ("|".join(["post:h4,r2"] * 5 + ["both:h4,r2"]), "layer 5 is 'both:h4,r2'"),
        ("|".join(["post:h04,r2"] * 6), "layer 0 is 'post:h04,r2'"),
        ("|".join(["post:h4, r2"] * 6), "layer 0 is"),
    ],
)
def test_a_malformed_text_says_where(text, words):
    with pytest.raises(ValueError, match=words):
        SPACE.parse(text)


def test_it_has_six_layers_of_known_options():
    with pytest.raises(ValueError, match="has 6 layers, not 1"):
        Transformer((Layer((0, 0, 0)),))
    with pytest.raises(ValueError, match="heads: 3 is not an option from 0 to 2"):
        Layer((0, 3, 0))
    with pytest.raises(ValueError, match="18 choices, 3 of each of 6 layers, not 2"):
        SPACE.from_choices([0, 0])


@pytest.mark.parametrize("depth", [6, 7, 8, 10, 12, 13])
def test_each_layer_that_is_chosen_is_some_of_the_network_in_order(depth):
    made = places(depth)
    assert [number for some in made for number in some] == list(range(depth))
    assert {len(some) for some in made} <= {depth // LAYERS, depth // LAYERS + 1}
    network = SPACE.network(MIXED, depth=depth, **SIZES)
    assert [layer.layer for layer in network.layers] == [
        layer for layer, some in zip(MIXED.layers, made, strict=True) for _ in some
    ]


@pytest.mark.parametrize("wrong", [5, 1])
def test_a_network_is_no_less_deep_than_what_is_chosen(wrong):
    for build in (SPACE.network, SPACE.cost):
        with pytest.raises(ValueError, match=f"depth is {wrong}; an architecture chooses 6 layers"):
            build(MIXED, depth=wrong)


@pytest.mark.parametrize("width", [6, 10])
def test_heads_are_whole(width):
    for build in (SPACE.network, SPACE.cost):
        with pytest.raises(ValueError, match=f"width is {width}; 4 heads need a multiple of 4"):
            build(MIXED, width=width)
    with pytest.raises(ValueError, match="multiple of 4"):
        SPACE.network_options.model_validate({"width": width})


def test_longer_windows_have_no_positions():
    with pytest.raises(ValueError, match="windows of 7 tokens, and positions for 6"):
        SPACE.network(MIXED, **SIZES)(windows(length=7))


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("placement", ["post", "pre"])
def test_a_layer_is_that_of_torch(placement, activation):
    """`nn.TransformerEncoderLayer` with a causal mask, which knows these two placements."""
    torch.manual_seed(0)
    network = SPACE.network(all_alike(placement, heads=2), activation=activation, **SIZES)
    which = "inner" if placement == "pre" else "outer"
    for ours in network.layers:
        theirs = nn.TransformerEncoderLayer(8, 2, 32, 0.0, activation, norm_first=placement == "pre", batch_first=True)
        pairs = {
            "self_attn.in_proj_": ours.queries,
            "self_attn.out_proj.": ours.results,
            "linear1.": ours.hidden,
            "linear2.": ours.visible,
            "norm1.": getattr(ours, f"attention_{which}"),
            "norm2.": getattr(ours, f"perceptron_{which}"),
        }
        for values in ours.parameters():
            values.data.add_(0.1 * torch.randn_like(values))
        theirs.load_state_dict(
            {f"{name}{kind}": v for name, one in pairs.items() for kind, v in one.state_dict().items()}
        )
        tokens = torch.randn(2, 6, 8)
        mask = nn.Transformer.generate_square_subsequent_mask(6)
        torch.testing.assert_close(ours(tokens), theirs(tokens, src_mask=mask, is_causal=True), atol=1e-5, rtol=1e-4)


def test_a_sandwich_is_normalized_before_and_after():
    torch.manual_seed(0)
    layer = SPACE.network(all_alike("sandwich"), **SIZES).layers[0]
    for norm in (layer.perceptron_inner, layer.perceptron_outer):
        norm.weight.data.uniform_(0.5, 2)
    tokens = torch.randn(2, 6, 8)

    def normalized(values, norm):
        return F.layer_norm(values, (8,), norm.weight, norm.bias)

    after = tokens + normalized(layer._attend(normalized(tokens, layer.attention_inner)), layer.attention_outer)
    hidden = F.relu(layer.hidden(normalized(after, layer.perceptron_inner)))
    expected = after + normalized(layer.visible(hidden), layer.perceptron_outer)
    torch.testing.assert_close(layer(tokens), expected)


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_what_leaves_the_last_layer_is_normalized_once(norm):
    """By the layer itself, or where it is not normalized after its sum, by one more."""
    for placement in PLACEMENTS:
        network = SPACE.network(all_alike(placement), norm=norm, **SIZES)
        assert (network.last_norm is None) == (placement == "post")
        left = []
        network.decoder.register_forward_pre_hook(lambda _, inputs, left=left: left.append(inputs[0]))
        network(windows())
        size = left[0].pow(2).mean(-1)
        torch.testing.assert_close(size, torch.ones_like(size), atol=1e-3, rtol=0)


@pytest.mark.parametrize("depth", [6, 8])
def test_a_path_is_the_network_of_its_architecture(depth):
    torch.manual_seed(0)
    supernet = SPACE.supernet(depth=depth, **SIZES)
    for values in supernet.parameters():
        values.data.add_(0.1 * torch.randn_like(values))
    shared = dict(supernet.named_parameters())
    for one in [MIXED, *SPACE.sample(np.random.default_rng(0), 5)]:
        network = SPACE.network(one, depth=depth, **SIZES)
        for name, values in network.named_parameters():
            values.data = shared[name].data[tuple(slice(size) for size in values.shape)].clone()
        torch.testing.assert_close(supernet(windows(), one.choices), network(windows()))
