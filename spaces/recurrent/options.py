"""What can be chosen of the networks of recurrent cells, and of their super-net."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nasrank.spaces.options import MOST_CHANNELS, BatchFreeOptions, NetworkOptions
from nasrank.spaces.recurrent.costs import WIDTH


class RecurrentNetworkOptions(NetworkOptions):
    """How wide a state is."""

    width: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] = WIDTH
    """Numbers of a state, and of the embedding of a token."""


class RecurrentOptions(BatchFreeOptions, RecurrentNetworkOptions):
    """How wide a state is, and what the cells share."""

    recurrent_weights: Literal["node", "edge"] = "node"
    """Whether a `node` has one matrix, whatever feeds it and whatever its activation, as in DARTS, or each `edge` and
    activation into it a matrix of its own, as in NAO."""
