"""What can be chosen of LEAStereo's networks, whatever their paths are, and of its super-net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.options import NetworkOptions, SuperNetOptions
from nasrank.spaces.stereo.costs import CHANNELS, DISPARITIES

WIDEST = 32
"""At level 2 of volumes, four times as many."""

MOST_DISPARITIES = 64
"""Of features: 192 pixels, as in the paper."""


class StereoNetworkOptions(NetworkOptions):
    """How wide networks are, and how far they look."""

    channels: Annotated[int, Field(ge=1, le=WIDEST)] = CHANNELS
    """Of a node at the finest level of either net; each further level has twice as many."""

    disparities: Annotated[int, Field(ge=2, le=MOST_DISPARITIES)] = DISPARITIES
    """At which features are compared; three pixels of a view apart, from zero on."""

    @property
    def words(self) -> str:
        return f"{self.channels} channels a node at the finest levels, {self.disparities} disparities of features"


class StereoOptions(SuperNetOptions, StereoNetworkOptions):
    """Those of the stand-alone networks, and of every super-net."""
