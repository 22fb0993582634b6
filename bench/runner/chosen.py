"""Landmarks that a super-net chooses: the pipeline of landmark regularization in rounds [Yu2021].

An arm may take the landmarks of an earlier arm and add to them those candidates that the earlier arm's guided
super-net of the same seed scores best. A chain of such arms spends a labelling budget round by round, and a study sees
whether labels so chosen are worth more than as many random ones. Candidates are drawn at random outside the pool.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "Landmark Regularization: Ranking Guided Super-Net Training in NAS", CVPR 2021.
"""

from __future__ import annotations

from dataclasses import replace

from nasrank.bench.runner.design import Architectures, Design
from nasrank.bench.runner.earlier import by_position
from nasrank.bench.runner.identities import identities
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.tasks import Trial


def with_chosen_landmarks(design: Design, store: Store) -> Design:
    """The design with the landmarks of every arm whose choosing super-nets are trained.

    Where such a super-net failed there are none, and the trial that lacks them fails for that reason.

    Raises:
        ValueError: too few candidates differ from the landmarks that there are, and from each other.
    """
    for name in design.waiting:
        after = design.rows[name].study.landmarks.after
        if after in design.waiting:
            continue
        trials = [_chooser(design, after, seed) for seed in design.study.every_seed]
        if all(store.has(trial, design) for trial in trials):
            sets = {seed: _chosen(design, store, name, after, seed) for seed in design.study.every_seed}
            design = replace(design, own_landmarks={**design.own_landmarks, name: sets})
    return design


def _chooser(design: Design, row: str, seed: int) -> Trial:
    """The trial whose super-net chooses, that of the row's arm with landmarks."""
    return Trial(design.rows[row].after.name, seed)


def _chosen(design: Design, store: Store, name: str, after: str, seed: int) -> Architectures:
    trial = _chooser(design, after, seed)
    result = store.get(trial, design)
    if result["failure"] is not None:
        return ()
    space, count = design.space, design.rows[name].study.landmarks.count
    landmarks = list(design.landmarks_of(after, seed))
    known = {key for landmark in landmarks for key in identities(space, landmark)}
    scored = design.scored_landmarks(trial)
    score = design.rows[after].score
    if score not in result["landmark_scores"]:
        raise ValueError(f"{trial.name} has no score {score!r} of the candidates among which {name} chooses")
    score_of = dict(zip(scored, result["landmark_scores"][score], strict=True))
    for architecture in sorted(by_position(scored, design), key=lambda one: -score_of[one]):
        if len(landmarks) == count:
            break
        own = identities(space, architecture)
        if not own & known:
            landmarks.append(architecture)
            known |= own
    if len(landmarks) < count:
        raise ValueError(f"{name}: only {len(landmarks)} of {count} landmarks differ from each other")
    return by_position(tuple(landmarks), design)  # as stored results have them, which are continued
