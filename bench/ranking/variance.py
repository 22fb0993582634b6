"""Where the variance of repeated measurements comes from: groups, their members, and repetitions of each.

The groups are generators and their members graphs, or the groups are architectures alone; repetitions are training
seeds. By the analysis of variance of a nested random-effects design [Searle1992]: mean squares are set equal to what is
expected of them, and a component below zero is taken for none. The share of the groups is the intraclass correlation
of a single measurement.

References
----------
[Searle1992] S. R. Searle, G. Casella and C. E. McCulloch. Variance Components. Wiley, 1992.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasrank.bench.ranking.arrays import FloatArray, as_floats


@dataclass(frozen=True)
class Components:
    """Variances, in the square of the unit of what was measured.

    Attributes:
        groups: between groups; NaN where every group has one member, or there is one group.
        members: between members of one group; between all members where there are no groups.
        repetitions: between repetitions of one member.
    """

    groups: float
    members: float
    repetitions: float

    @property
    def total(self) -> float:
        """Of a single measurement."""
        return float(np.nansum([self.groups, self.members, self.repetitions]))

    @property
    def shares(self) -> tuple[float, float, float]:
        """Of groups, members and repetitions in the total; NaN where nothing varies."""
        total = self.total or np.nan
        return self.groups / total, self.members / total, self.repetitions / total


def components(values: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Components:
    """Of values `(repetitions, members)`, at least two of each, without gaps.

    Args:
        groups: of each member `(members,)`, in any labels that sort; none for members that are in no groups.

    Raises:
        ValueError: another shape, too few, or what is not finite.
    """
    rows = as_floats("values", values)
    if rows.ndim != 2 or min(rows.shape) < 2:
        raise ValueError(f"values must be (repetitions, members), at least two of each, not {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError("values must be finite")
    repetitions, members = rows.shape
    means = rows.mean(axis=0)
    within = float(np.square(rows - means).sum() / (members * (repetitions - 1)))
    labels = np.zeros(members, dtype=np.int64) if groups is None else np.unique(groups, return_inverse=True)[1].ravel()
    if labels.shape != (members,):
        raise ValueError(f"there are {members} members, and groups of {labels.shape}")
    sizes = np.bincount(labels).astype(np.float64)
    centres = np.bincount(labels, weights=means) / sizes
    inside = members - len(sizes)
    if len(sizes) == 1:
        between = repetitions * float(np.square(means - centres[0]).sum()) / inside
        return Components(np.nan, max(0.0, (between - within) / repetitions), within)
    outside = repetitions * float((sizes * np.square(centres - means.mean())).sum()) / (len(sizes) - 1)
    alike = (members - float(np.square(sizes).sum()) / members) / (len(sizes) - 1)
    if not inside:  # one member each: nothing tells a group from its member
        return Components(np.nan, max(0.0, (outside - within) / repetitions), within)
    between = repetitions * float(np.square(means - centres[labels]).sum()) / inside
    return Components(
        max(0.0, (outside - between) / (repetitions * alike)), max(0.0, (between - within) / repetitions), within
    )


def resampled_shares(
    values: FloatArray, groups: npt.ArrayLike | None, generator: np.random.Generator, draws: int
) -> npt.NDArray[np.float64]:
    """Shares of `draws` bootstrap samples of whole groups, `(draws, 3)`, or of members where there are no groups."""
    members = values.shape[1]
    labels = np.arange(members) if groups is None else np.unique(groups, return_inverse=True)[1].ravel()
    places = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    found = []
    for _ in range(draws):
        drawn = generator.integers(len(places), size=len(places))
        kept = np.concatenate([places[number] for number in drawn])
        own = None if groups is None else np.repeat(np.arange(len(drawn)), [len(places[number]) for number in drawn])
        found.append(components(values[:, kept], own).shares)
    return np.array(found)
