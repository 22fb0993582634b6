"""What can be chosen of the networks and of the super-net of the DARTS space."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.darts.costs import FEWEST_CELLS
from nasrank.spaces.options import MOST_CHANNELS, NetworkOptions, SuperNetOptions

MOST_CELLS = 64
"""The paper searches with 8 and evaluates with 20."""


class DartsNetworkOptions(NetworkOptions):
    """Width and depth."""

    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] = 8
    """Width of the first cells; every reduction doubles it."""

    cells: Annotated[int, Field(ge=FEWEST_CELLS, le=MOST_CELLS)] = FEWEST_CELLS
    """Depth. Cells at a third and at two thirds of it reduce, but never the last one."""

    @property
    def words(self) -> str:
        return f"{self.channels} channels in the first cells, {self.cells} cells"


class DartsSuperNetOptions(SuperNetOptions, DartsNetworkOptions):
    """Those of the stand-alone networks, and of every super-net."""

    def refuse_channels(self, needed: int, whose: str) -> None:
        if self.channels < needed:
            raise ValueError(f"channels = {self.channels}, but {whose} needs at least {needed}")
