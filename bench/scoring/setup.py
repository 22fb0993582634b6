"""What decides the value that a proxy measures, apart from the architecture, the seed and the proxy itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from nasrank.bench.data import DATASETS, load_images
from nasrank.bench.tabulation.network import USUAL, network_of
from nasrank.spaces import get_space
from nasrank.spaces.options import NetworkOptions

FORMAT = 1
"""Of a store of measurements."""

MOST_IMAGES = 4_096
"""In a batch."""


@dataclass(frozen=True)
class SetUp:
    """The networks and images that proxies look at.

    Attributes:
        data: name of the images, a key of `nasrank.bench.data.DATASETS`.
        network: what the networks of the space are built with.
        batch: images in the batch that is drawn for a seed.
        dead_branches: whether operations are kept that no signal crosses; else an architecture is measured as
            `space.functional` reduces it.

    Raises:
        ValueError: options of networks of another space, or a batch out of range.
    """

    space: str
    data: str
    network: NetworkOptions
    batch: int = 64
    dead_branches: bool = False

    def __post_init__(self) -> None:
        if type(self.network) is not get_space(self.space).network_options:
            raise ValueError(f"{type(self.network).__name__} are not the options of networks of {self.space}")
        DATASETS.named(self.data).refuse_kind(get_space(self.space).inputs, self.space)
        if not 2 <= self.batch <= MOST_IMAGES:
            raise ValueError(f"a batch has 2 to {MOST_IMAGES:,} images, not {self.batch:,}")

    @classmethod
    def of(
        cls,
        *,
        space: str,
        data: str,
        network: dict[str, Any] | None = None,
        batch: int = 64,
        dead_branches: bool = False,
    ) -> SetUp:
        """With options of networks by name, which may be texts; what is needed and not there is as tables have it."""
        return cls(space, data, network_of(space, network or {}), batch, dead_branches)

    def to_json(self) -> dict[str, Any]:
        """With the checksum of the images and the version of what computes: all that equal values share."""
        return {
            "format": FORMAT,
            **self.described(),
            "images": load_images(self.data).sha256,
            "torch": version("torch"),
        }

    def described(self) -> dict[str, Any]:
        """The settings themselves, as plain values."""
        return {
            "space": self.space,
            "data": self.data,
            "network": self.network.model_dump(mode="json"),
            "batch": self.batch,
            "dead_branches": self.dead_branches,
        }

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    @property
    def words(self) -> str:
        """A phrase for messages."""
        branches = "dead branches kept" if self.dead_branches else "dead branches removed"
        return f"networks of {self.network.words} on batches of {self.batch} images of {self.data}, {branches}"


__all__ = ["USUAL", "SetUp"]
