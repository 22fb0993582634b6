"""What a study of one's own starts from: one that comes with nasrank, made small."""

from __future__ import annotations

from nasrank.bench.studies.kinds import STUDIES
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import load_study

MOST_STRATEGIES, MOST_SEEDS, MOST_PASSES, MOST_SCORED, MOST_IN_CURVE = 2, 3, 1000, 400, 100
"""Of a small study: minutes on 2 cores where the images are digits."""


def small_study(space: str) -> Study:
    """A study of this space that takes minutes where its images are digits, made from the one of the same name.

    Raises:
        ValueError: no study of this space comes with nasrank.
    """
    path = STUDIES / f"{space}.toml"
    if not path.is_file():
        raise ValueError(
            f"no study of {space!r} comes with nasrank to start from: write one --from another study, and change its "
            "space and its truth"
        )
    study = load_study(path)
    pool = study.pool
    sizes = {"size": min(pool.size, MOST_SCORED), "curve": min(pool.curve, MOST_IN_CURVE)}
    passes = {"passes": min(study.training.passes, MOST_PASSES)}
    return study.model_copy(
        update={
            "strategies": study.strategies[:MOST_STRATEGIES],
            "seeds": study.every_seed[:MOST_SEEDS],
            "training": study.training.model_copy(update=passes),
            "pool": pool.model_copy(update=sizes),
            "variants": {},
            "claims": {},  # of the whole study
        }
    )
