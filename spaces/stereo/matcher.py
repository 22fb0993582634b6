"""An architecture of LEAStereo: a net that makes features of both views, and one that compares them.

Both are layers on a trellis with one cell. Architectures are printed as the feature net and the matching net, such as
`0-1-0|conv3,skip,conv3,conv3/1-1-2-1|conv3,conv3,skip,conv3`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nasrank.spaces.trellis.net import Net
from nasrank.spaces.trellis.paths import Trellis

OPERATIONS = ("skip", "conv3")
SKIP, CONV = range(len(OPERATIONS))


class FeatureNet(Net):
    """What makes features of a view: level 0 has a third of the resolution of images, and level 1 half of that."""

    trellis = Trellis(layers=3, levels=2, starts=(0, 1), prefix="feature ", about="feature")
    names = OPERATIONS
    example = "0-1-0|conv3,skip,conv3,conv3"
    cell_level = "feature"


class MatchingNet(Net):
    """What compares features at all disparities: level 0 has their resolution, and each further one half of that."""

    trellis = Trellis(layers=4, levels=3, starts=(0, 1), prefix="matching ", about="matching")
    names = OPERATIONS
    example = "1-1-2-1|conv3,conv3,skip,conv3"
    cell_level = "matching"


@dataclass(frozen=True, order=True)
class Matcher:
    """One architecture.

    Attributes:
        feature: on images.
        matching: on volumes, which have the disparity for a third axis.
    """

    feature: FeatureNet
    matching: MatchingNet

    def __str__(self) -> str:
        return f"{self.feature}/{self.matching}"

    @property
    def choices(self) -> tuple[int, ...]:
        """One a decision: those of the feature net, then those of the matching net."""
        return (*self.feature.choices, *self.matching.choices)

    @property
    def convolutions(self) -> int:
        """In the cells of both nets."""
        return self.feature.operations.count(CONV) + self.matching.operations.count(CONV)


DECISIONS = (*FeatureNet.decisions(), *MatchingNet.decisions())


def from_choices(choices: Sequence[int]) -> Matcher:
    """The architecture with these options; choices at places that a path does not come by are ignored.

    Raises:
        ValueError: not one a decision, or one that is no integer in its range.
    """
    if len(choices) != len(DECISIONS):
        raise ValueError(f"stereo has {len(DECISIONS)} decisions, not {len(choices)}")
    of_features = len(FeatureNet.decisions())
    return Matcher(FeatureNet.from_choices(choices[:of_features]), MatchingNet.from_choices(choices[of_features:]))


def parse(text: str) -> Matcher:
    """Read the printed form; ValueError says what is malformed and where."""
    nets = text.split("/")
    if len(nets) != 2:
        raise ValueError(f"{text!r} is no architecture such as {FeatureNet.example}/{MatchingNet.example}")
    return Matcher(FeatureNet.parse(nets[0]), MatchingNet.parse(nets[1]))
