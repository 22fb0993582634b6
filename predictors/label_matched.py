"""The label-matched baseline: what the landmarks' labels are worth without any super-net.

A landmark super-net has seen the stand-alone accuracies of its landmarks. So has this ridge regression, and nothing
else; a ranking that does not beat it has not used its labels better than thirty numbers in a linear model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.linear_model import Ridge

from spaces.space import SearchSpace

PENALTY = 10.0
"""On NAS-Bench-201 with 30 random labels, a little better than choosing by leave-one-out error among the labels."""


class LabelMatchedRidge:
    """Ridge regression on how often each option is chosen, and on which decision chooses which option.

    It is fitted to the ranks of the labels, which is what the landmark term uses of them; accuracies themselves have
    a long lower tail that costs a linear model a fifth of its Kendall's tau here.

    Args:
        architectures: the labelled ones, such as the landmarks of a seed.
        accuracies: their stand-alone accuracies `(labelled,)`, in any one unit.

    Raises:
        ValueError: fewer than two labels, not as many as architectures, or some that are not finite.
    """

    name = "label_matched"
    label = "ridge on the same labels"

    def __init__(
        self, space: SearchSpace[Any], architectures: Sequence[Any], accuracies: npt.NDArray[np.float64]
    ) -> None:
        if len(architectures) != len(accuracies) or len(accuracies) < 2:
            raise ValueError(f"{len(architectures)} architectures and {len(accuracies)} labels: give 2 or more of each")
        if not np.isfinite(accuracies).all():
            raise ValueError(f"{np.sum(~np.isfinite(accuracies))} of {len(accuracies)} labels are not finite")
        self.space = space
        self._model = Ridge(alpha=PENALTY).fit(encode(space, architectures), rankdata(accuracies))

    def score(self, architectures: Sequence[Any]) -> npt.NDArray[np.float64]:
        return np.asarray(self._model.predict(encode(self.space, architectures)), dtype=np.float64)


def encode(space: SearchSpace[Any], architectures: Sequence[Any]) -> npt.NDArray[np.float64]:
    """Counts of each option, then one-hot choices of each decision: `(n, distinct options + all options)`.

    Options of different decisions count together when they have the same name. A decision that an architecture does
    not depend on is as if it had chosen none.
    """
    choices = np.array([space.to_choices(architecture) for architecture in architectures], dtype=np.int64)
    names = sorted({option for decision in space.decisions for option in decision.options})
    active = np.array([space.active(architecture) for architecture in architectures])
    one_hot = np.concatenate(
        [
            np.eye(len(decision.options))[choices[:, place]] * active[:, [place]]
            for place, decision in enumerate(space.decisions)
        ],
        axis=1,
    )
    columns = [option for decision in space.decisions for option in decision.options]
    counts = one_hot @ np.array([[float(column == name) for name in names] for column in columns])
    return np.concatenate([counts, one_hot], axis=1)
