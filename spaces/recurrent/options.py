"""What can be chosen of the networks of recurrent cells, and of their super-net."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nasrank.spaces.options import MOST_CHANNELS, NetworkOptions, SuperNetOptions
from nasrank.spaces.recurrent.costs import WIDTH


class RecurrentNetworkOptions(NetworkOptions):
    """How wide a state is."""

    width: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] = WIDTH
    """Numbers of a state, and of the embedding of a token."""


class RecurrentOptions(SuperNetOptions, RecurrentNetworkOptions):
    """How wide a state is, and what the cells share. There is no normalization, so that nothing is chosen of it."""

    recurrent_weights: Literal["node", "edge"] = "node"
    """Whether a `node` has one matrix, whatever feeds it and whatever its activation, as in DARTS, or each `edge` and
    activation into it a matrix of its own, as in ENAS and NAO."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {"width": self.width, "recurrent_weights": self.recurrent_weights}

    @model_validator(mode="after")
    def _nothing_to_normalize(self) -> Self:
        if self.affine or self.statistics != "batch":
            raise ValueError("networks of recurrent cells have no normalization: affine and statistics are left out")
        return self
