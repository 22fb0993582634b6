"""What can be chosen of the networks of GLiT's space, and of its super-net."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nasrank.spaces.glit.costs import PATCH, WIDTH
from nasrank.spaces.options import NetworkOptions, SuperNetOptions

WIDEST_HEAD, LARGEST_PATCH = 256, 64


class GlitNetworkOptions(NetworkOptions):
    """How wide the heads are, and how many pixels make a token."""

    width: Annotated[int, Field(ge=2, le=WIDEST_HEAD, multiple_of=2)] = WIDTH
    """Channels of a head, of which a token has three. Even, as global heads may have half of them."""

    patch: Annotated[int, Field(ge=1, le=LARGEST_PATCH)] = PATCH
    """Side of the square of pixels that becomes a token. An image of 16x16 pixels makes 64 tokens of 2x2."""


class GlitOptions(SuperNetOptions, GlitNetworkOptions):
    """Those of every super-net, and how wide the heads are and how many pixels make a token.

    `affine` and `statistics` are about the batch normalization in local branches; the layer normalizations have a scale
    and a shift in any case.
    """
