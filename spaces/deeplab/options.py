"""What can be chosen of Auto-DeepLab's networks, whatever their paths are, and of its super-net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.deeplab.costs import CHANNELS
from nasrank.spaces.options import NetworkOptions, SuperNetOptions

WIDEST = 64
"""At level 3, eight times as many."""


class DeepLabNetworkOptions(NetworkOptions):
    """How wide networks are."""

    channels: Annotated[int, Field(ge=1, le=WIDEST)] = CHANNELS
    """Of a node at the finest level; each further level has twice as many."""

    @property
    def words(self) -> str:
        return f"{self.channels} channels a node at the finest level"


class DeepLabOptions(SuperNetOptions, DeepLabNetworkOptions):
    """Those of the stand-alone networks, and of every super-net."""
