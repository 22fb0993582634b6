"""Figures of others that a study's own are read beside: printed as what they are, never compared in numbers.

To add one, append it to the list of its space and of the images that its truth was measured on.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.reporting.summary import Published
from bench.runner.study import Study

PUBLISHED: Mapping[tuple[str, str], tuple[Published, ...]] = {
    ("nb101", "cifar10"): (
        Published(
            strategy="spos",
            before=0.215,
            after=0.324,
            what="the whole of NAS-Bench-101 (5 intermediate nodes)",
            protocol=(
                "an early version of the method, with coefficient 100; one seed before and another one after, on "
                "different pools of 200 random architectures; means of three epochs late in training"
            ),
            source=(
                "the authors' notebook, kcyu2014/nas-landmarkreg, visualization/cnn_evaluate/nasbench-new-metrics.ipynb"
            ),
        ),
    ),
}
"""By space and data set."""


def published(study: Study) -> tuple[Published, ...]:
    """Those for the strategies of a study."""
    known = PUBLISHED.get((study.space, study.truth.dataset), ())
    return tuple(one for one in known if one.strategy in study.strategies)
