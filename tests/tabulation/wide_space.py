"""A toy of nine architectures whose networks are as wide as they are told, and have no stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from torch import nn

from nasrank.spaces.decisions import Decision
from nasrank.spaces.options import NetworkOptions
from nasrank.spaces.product import ProductSpace
from nasrank.spaces.space import Cost, OpGraph

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "silu": nn.SiLU}


@dataclass(frozen=True)
class Pair:
    """Two activations, by the place of each among `ACTIVATIONS`."""

    choices: tuple[int, ...]

    def __str__(self) -> str:
        return "({} {})".format(*(list(ACTIVATIONS)[choice] for choice in self.choices))


class WideOptions(NetworkOptions):
    width: Annotated[int, Field(ge=2, le=2_000)]
    scale: Annotated[float, Field(ge=0.5, le=1_000)] = 1.0
    biased: bool = False


class Wide(ProductSpace[Pair]):
    name = "wide"
    value_type = Pair
    decisions = tuple(Decision(name, tuple(ACTIVATIONS)) for name in ("first", "second"))
    network_options = WideOptions

    def from_choices(self, choices):
        return Pair(self.checked(choices))

    def to_choices(self, architecture):
        return architecture.choices

    def parse(self, text):
        for pair in self:
            if str(pair) == text:
                return pair
        raise ValueError(f"{text!r:.80} is no pair of activations")

    def key(self, architecture):
        return str(architecture)

    def graph(self, architecture):
        names = [list(ACTIVATIONS)[choice] for choice in architecture.choices]
        return OpGraph(("input", *names, "output"), ((0, 1), (1, 2), (2, 3)))

    def cost(self, _architecture, *, width=8, biased=False, classes=10, image_channels=3, resolution=32, **_scale):
        weights = width * (image_channels * 9 + width + classes)
        return Cost(weights + biased * (2 * width + classes), weights * resolution**2)

    def network(self, architecture, *, width=8, scale=1.0, biased=False, classes=10, image_channels=3):
        first, second = (list(ACTIVATIONS.values())[choice] for choice in architecture.choices)
        head = nn.Linear(width, classes, bias=biased)
        head.weight.data *= scale
        return nn.Sequential(
            nn.Conv2d(image_channels, width, 3, padding=1, bias=biased),
            first(),
            nn.Conv2d(width, width, 1, bias=biased),
            second(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            head,
        )
