"""What gradient studies say: norms by group, depth and layer, what they do with depth, and what became of each claim.

Norms are compared by their logarithms, so that means over seeds are geometric, and ratios are differences. Intervals
are Student's, over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nasrank.bench.analysis.claims import outcome
from nasrank.bench.analysis.compared_rows import Estimate, estimate
from nasrank.bench.analysis.frame import NOTHING, Finding
from nasrank.bench.analysis.json_values import as_json, from_json, head_of, of_this_version
from nasrank.bench.foundation.json_files import is_of_kind, layout, parse
from nasrank.bench.gradient_studies.grammar import ClaimSection, GradientStudy
from nasrank.bench.gradient_studies.measured import Measured
from nasrank.bench.ranking.arrays import FloatArray

KIND = "gradients"
"""Of the summary.json of such a report."""

NO_LOGARITHM = "a gradient is zero or not finite"


@dataclass(frozen=True)
class Profile:
    """The layers of a group's networks at one depth.

    Attributes:
        log_norms, lows, highs: natural logarithms of the norm of each layer's gradient, means over seeds with their
            intervals `(layers,)`; NaN where a seed's is zero or not finite.
    """

    group: str
    depth: int
    log_norms: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]


@dataclass(frozen=True)
class GroupRow:
    """What a group's norms do; NaN where a norm is zero or not finite.

    Attributes:
        slope, low, high: of log norm on log depth, by least squares, the mean over seeds with its interval.
        log_growth, growth_low, growth_high: logarithm of the last layer's norm over the first's, where every layer is
            shown; of networks with one layer, 0.
    """

    name: str
    slope: float
    low: float
    high: float
    log_growth: float
    growth_low: float
    growth_high: float


@dataclass(frozen=True)
class ClaimRow:
    """What became of a claim.

    Attributes:
        value, low, high: the slope, or the ratio.
        status: whether the claim holds, does not hold or is open, or why there is no value.
    """

    name: str
    value: float
    low: float
    high: float
    status: str


@dataclass(frozen=True)
class GradientSummary:
    """Everything that a report shows.

    Attributes:
        networks: by group, the options of its networks but for the depth, in words.
        data: what batches were drawn from.
        versions: of what norms were measured with.
    """

    study: GradientStudy
    rows: tuple[GroupRow, ...]
    claims: tuple[ClaimRow, ...]
    profiles: tuple[Profile, ...]
    networks: dict[str, str]
    data: str
    versions: dict[str, str]

    @classmethod
    def of(cls, study: GradientStudy, measured: Measured, versions: Mapping[str, str]) -> GradientSummary:
        """From the norms of every network; numbers are as summary.json has them."""
        with np.errstate(divide="ignore"):
            logs = {
                name: {depth: np.log(norms) for depth, norms in depths.items()}
                for name, depths in measured.norms.items()
            }
        profiles = tuple(
            _profile(name, depth, layers, study.confidence)
            for name, depths in logs.items()
            for depth, layers in depths.items()
        )
        rows = tuple(_row(name, depths, study) for name, depths in logs.items())
        claims = tuple(_claim(name, claim, logs, study) for name, claim in study.claims.items())
        about = (dict(measured.networks), measured.data, dict(versions))
        return cls.from_text(cls(study, rows, claims, profiles, *about).to_text())

    def row(self, name: str) -> GroupRow:
        """Of a group."""
        return next(row for row in self.rows if row.name == name)

    def claim(self, name: str) -> ClaimRow:
        """What became of one."""
        return next(one for one in self.claims if one.name == name)

    def profile(self, name: str, depth: int) -> Profile:
        """Of a group at a depth."""
        return next(one for one in self.profiles if (one.group, one.depth) == (name, depth))

    def followed(self, name: str, depth: int) -> tuple[float, float, float]:
        """Logarithm of the norm of the layer that is followed over depths, with its interval."""
        profile, place = self.profile(name, depth), place_of(self.study)
        return profile.log_norms[place], profile.lows[place], profile.highs[place]

    def to_text(self) -> str:
        """The content of summary.json."""
        content = {
            **head_of(KIND, self.study.title, self.study),
            "networks": self.networks,
            "data": self.data,
            "versions": self.versions,
            "rows": [asdict(row) for row in self.rows],
            "claims": [asdict(claim) for claim in self.claims],
            "profiles": [asdict(profile) for profile in self.profiles],
        }
        return layout(as_json(content)) + "\n"

    @classmethod
    def from_text(cls, text: str) -> GradientSummary:
        """What `to_text` gives; DataError for another thing."""
        with of_this_version():
            content = parse(text)
            return cls(
                GradientStudy.model_validate(content["study"]),
                tuple(from_json(GroupRow, one) for one in content["rows"]),
                tuple(from_json(ClaimRow, one) for one in content["claims"]),
                tuple(_profile_of(one) for one in content["profiles"]),
                content["networks"],
                content["data"],
                content["versions"],
            )

    @staticmethod
    def is_report(text: str) -> bool:
        """Whether this is the summary.json of a gradient study."""
        return is_of_kind(text, KIND)


def place_of(study: GradientStudy) -> int:
    """Of the layer that is followed, among all layers."""
    return 0 if study.layer == "first" else -1


def slopes(depths: FloatArray, norms: FloatArray) -> FloatArray:
    """Of log norm on log depth by least squares, one a seed `(seeds,)`.

    Args:
        depths: logarithms `(depths,)`, at least two different ones.
        norms: logarithms `(seeds, depths)`.
    """
    centred = depths - depths.mean()
    found: FloatArray = norms @ centred / (centred @ centred)
    return found


def _profile(name: str, depth: int, layers: FloatArray, confidence: float) -> Profile:
    found = [_over_seeds(layer, confidence) for layer in layers.T]
    mean, low, high = (tuple(getattr(one, end) for one in found) for end in ("mean", "low", "high"))
    return Profile(name, depth, mean, low, high)


def _profile_of(content: dict[str, Any]) -> Profile:
    numbers: dict[str, Any] = {
        name: tuple(NOTHING if value is None else value for value in content[name])
        for name in ("log_norms", "lows", "highs")
    }
    return Profile(**{**content, **numbers})


def _row(name: str, depths: Mapping[int, FloatArray], study: GradientStudy) -> GroupRow:
    slope = _slope(depths, study)
    layers = depths[study.shown_depth]
    with np.errstate(invalid="ignore"):
        growth = _over_seeds(layers[:, -1] - layers[:, 0], study.confidence)
    return GroupRow(name, slope.mean, slope.low, slope.high, growth.mean, growth.low, growth.high)


def _slope(depths: Mapping[int, FloatArray], study: GradientStudy) -> Estimate:
    norms = np.stack([layers[:, place_of(study)] for layers in depths.values()], axis=1)
    with np.errstate(invalid="ignore"):
        return _over_seeds(slopes(np.log(list(depths)), norms), study.confidence)


def _claim(
    name: str, claim: ClaimSection, logs: Mapping[str, Mapping[int, FloatArray]], study: GradientStudy
) -> ClaimRow:
    if claim.of == "slope":
        found = _slope(logs[claim.group], study)
        value, low, high = found.mean, found.low, found.high
    else:
        assert claim.depth is not None
        first, second = (logs[group][claim.depth][:, place_of(study)] for group in (claim.group, claim.against))
        with np.errstate(invalid="ignore"):
            found = _over_seeds(first - second, study.confidence)
        value, low, high = (float(np.exp(one)) for one in (found.mean, found.low, found.high))
    return ClaimRow(name, value, low, high, _status(value, low, high, claim))


def _status(value: float, low: float, high: float, claim: ClaimSection) -> str:
    sign = 1 if claim.below is None else -1
    low, high = sorted((sign * low, sign * high))
    return outcome(Finding(value=sign * value, low=low, high=high, status=NO_LOGARITHM), sign * claim.bound)


def _over_seeds(values: FloatArray, confidence: float) -> Estimate:
    return estimate(values.tolist(), range(len(values)), confidence)
