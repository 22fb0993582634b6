"""What can be chosen of dense encoder-decoders, whatever their blocks are, and of their super-net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.dense_unet.costs import LAYERS
from nasrank.spaces.options import NetworkOptions, SuperNetOptions

MOST_LAYERS = 16


class DenseUnetNetworkOptions(NetworkOptions):
    """How deep the blocks are."""

    layers: Annotated[int, Field(ge=1, le=MOST_LAYERS)] = LAYERS
    """Layers of a block, each of which sees all before it."""


class DenseUnetOptions(SuperNetOptions, DenseUnetNetworkOptions):
    """Those of every super-net, and how deep the blocks are."""
