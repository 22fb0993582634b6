"""What can be chosen of the networks of chains, and of their super-net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.options import MOST_CHANNELS, NetworkOptions, SuperNetOptions


class ChainNetworkOptions(NetworkOptions):
    """How wide networks are; see `nasrank.spaces.mobilenet.costs.shapes`."""

    width: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] = 8
    """Channels that the first inverted residual leaves, to which all others are in proportion."""


class ChainOptions(SuperNetOptions, ChainNetworkOptions):
    """How wide the super-net is, and what every super-net has."""
