"""What can be chosen of transformers, whatever their layers are, and of their super-net."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nasrank.spaces.options import BatchFreeOptions, NetworkOptions
from nasrank.spaces.transformer.costs import WIDTH
from nasrank.spaces.transformer.stack import LAYERS

WIDEST, DEEPEST = 1_024, 96


class TransformerNetworkOptions(NetworkOptions):
    """How wide and deep networks are, and what they normalize and activate by."""

    width: Annotated[int, Field(ge=4, le=WIDEST, multiple_of=4)] = WIDTH
    """Channels of a token; a multiple of four, the most heads."""

    depth: Annotated[int, Field(ge=LAYERS, le=DEEPEST, exclude_if=lambda depth: depth == LAYERS)] = LAYERS
    """Layers of a network, each with weights of its own. Each that an architecture chooses is as many of them, or one
    more than others."""

    norm: Annotated[Literal["layer", "rms"], Field(exclude_if=lambda norm: norm == "layer")] = "layer"
    """What normalizes a token: `layer` takes away its mean and scales, `rms` only scales."""

    activation: Annotated[Literal["relu", "gelu"], Field(exclude_if=lambda name: name == "relu")] = "relu"
    """Of the hidden layers of perceptrons."""


class TransformerOptions(BatchFreeOptions, TransformerNetworkOptions):
    """Those of its stand-alone networks."""
