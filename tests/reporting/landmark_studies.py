"""Invented studies of landmark guidance, for tests of what is made of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from scipy.stats import rankdata
from synthetic import apart, invented_results, is_after, with_estimates

from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

LABEL_USES = ["label_matched", "gaussian_process", "random_forest"]
COUNTS = {"landmarks-40": 40, "landmarks-5": 5}


def variants(**likeness: dict[str, float]) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {
        **{name: {"landmarks": {"count": count}} for name, count in COUNTS.items()},
        "softplus": {"terms": {"landmark": {"loss": "softplus"}}},
        "soft-5": {"terms": {"landmark": {"loss": "softplus"}}, "landmarks": {"count": 5}},
        "noisy": {"landmarks": {"label_noise": 2.0}},
    }
    return {
        name: {"strategy": "spos", "label": f"with {name}", **change, **likeness.get(name, {})}
        for name, change in changes.items()
    }


def landmark_results(truth: Truth, likeness: dict[str, dict[str, float]] | None = None, **options: Any) -> Results:
    """A study of landmarks: `invented_results` with arms that have landmarks of their own where their number differs.

    Every super-net orders its landmarks as well as the pool, but for the guided ones, which know their order.
    """
    content = variants(**(likeness or {}))
    uses = {"label_uses": LABEL_USES}
    options = {"strategies": ("spos",), "variants": content, "pool": 80, "estimators": uses, **options}
    results = invented_results(truth, estimated=False, **options)
    design = results.design
    free = truth.places(islice(apart(truth.at(np.random.default_rng(8).permutation(len(truth))), design.pool), 400))
    own = {
        name: {
            seed: truth.at(np.sort(np.random.default_rng([place, seed]).choice(free, count, replace=False)))
            for seed in design.study.seeds
        }
        for place, (name, count) in enumerate({**COUNTS, "soft-5": 5}.items())
    }
    design = replace(design, own_landmarks=own)
    trials = {}
    for trial in design.trials:
        stored = results.trials[trial.name]
        marks = design.scored_landmarks(trial)
        blind = np.random.default_rng([9, trial.seed]).normal(size=len(marks))
        scores = truth.of(marks) if is_after(design, trial) else blind
        shares = rankdata(scores) / len(marks)
        marked = {"accuracy": shares.tolist(), "negative_loss": (shares - 1).tolist()}
        stored = {**stored, "settings": design.settings(trial)}
        trials[trial.name] = stored if stored["failure"] else {**stored, "landmark_scores": marked}
    return with_estimates(Results(design, trials), truth)
