"""What can be chosen of NAGO's networks, and of their super-net."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nasrank.spaces.nago.costs import LEAF_PARAMETERS, MOST_AT_WIDTH_ONE
from nasrank.spaces.nago.wiring import HIERARCHICAL
from nasrank.spaces.options import MOST_CHANNELS, NetworkOptions, SuperNetOptions


class NagoNetworkOptions(NetworkOptions):
    """How large networks are; see `nasrank.spaces.nago.costs.width_within`."""

    leaf_parameters: Annotated[int, Field(ge=MOST_AT_WIDTH_ONE, le=10**9)] = LEAF_PARAMETERS
    """Weights of all 3x3 convolutions together, at most: a network is as wide as these allow."""

    wiring: Annotated[Literal["hierarchical", "flat"], Field(exclude_if=lambda wiring: wiring == HIERARCHICAL)] = (
        HIERARCHICAL
    )
    """An architecture's own graph, or that of its control; see `nasrank.spaces.nago.wiring.control`."""


class NagoOptions(SuperNetOptions):
    """How wide the super-net is, and what every super-net has."""

    width: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] = 6
    """Channels of the first stage; the second has twice and the third four times as many."""
