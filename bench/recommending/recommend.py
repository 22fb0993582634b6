"""Ranks a space by a few labels, and says how sure that is: by labels that a fit has not seen, and by fits to fewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.ranking import METRICS, Interval, bootstrap
from nasrank.predictors import ESTIMATORS, Context, Labels
from nasrank.predictors.encodings.computed_once import EncodedOnce
from nasrank.predictors.known_scores import KnownScores
from nasrank.spaces.space import SearchSpace

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FOLDS = 5
REFITS = 10
"""Fits to a random `SHARE` of the labels, of which ranks are said to lie between the lowest and the highest."""

SHARE = 0.8
RESAMPLES = 1_000
FEWEST = 4
"""Labels, of which two are left when a fold is held out."""

CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Recommendation:
    """A ranked space.

    Attributes:
        table: a line an architecture, the best first: its `architecture` as text, `rank`, predicted `score`,
            `best_rank` and `worst_rank` of fits to fewer labels, and its `label`, NaN for none.
        predictor: what the fitted predictor is called, with what it has chosen.
        agreement: Kendall's tau-b of labels with predictions of fits that have not seen them, with its interval over
            labels: what the order of other architectures may be expected to have, had they been drawn like the labels.
    """

    table: pd.DataFrame
    predictor: str
    agreement: Interval


def recommend(
    space: SearchSpace[Any],
    architectures: Sequence[Any],
    labels: Mapping[Any, float],
    features: Mapping[str, FloatArray],
    *,
    predictor: str = "best_on_labels",
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> Recommendation:
    """Rank architectures by a predictor that is fitted to labels.

    Args:
        architectures: all that are to be ranked, and all that are labelled.
        labels: by architecture, in any one unit, higher is better.
        features: what is known of each architecture besides `(n,)`, by name, higher is better; NaN ranks below all.
        predictor: name of the estimator.
        seed: decides folds, resamples and whatever the predictor draws.
        progress: told the share of the fits that is done.

    Raises:
        ValueError: fewer than `FEWEST` labels, one of an architecture that is not given, all of them equal, or a
            feature that is known of none.
    """
    places = {architecture: place for place, architecture in enumerate(architectures)}
    if len(labels) < FEWEST:
        raise ValueError(f"{len(labels)} labels: give {FEWEST} or more")
    if missing := [one for one in labels if one not in places]:
        raise ValueError(f"{len(missing)} labelled architectures are not among those to be ranked, first {missing[0]}")
    labelled = np.array([places[one] for one in labels], dtype=np.int64)
    values = np.array(list(labels.values()), dtype=np.float64)
    if np.ptp(values) == 0:
        raise ValueError(f"all {len(values)} labels are {values[0]:g}: they rank nothing")
    fit = _Fit(space, architectures, features, predictor, seed)
    fits, done = FOLDS + REFITS + 1, 0

    def told(result: FloatArray) -> FloatArray:
        nonlocal done
        done += 1
        progress(done / fits)
        return result

    stream = generator(seed, Purpose.LABELS, "recommend")
    held_out = np.empty(len(values))
    order = stream.permutation(len(values))
    for part in np.array_split(order, min(FOLDS, len(values) // 2)):
        kept = np.setdiff1d(order, part)
        held_out[part] = told(fit.scores(labelled[kept], values[kept], labelled[part]))
    every = np.arange(len(architectures))
    scores = told(fit.scores(labelled, values, every))
    chosen = fit.chosen
    fewer = []
    for _ in range(REFITS):
        kept = np.sort(stream.permutation(len(values))[: max(FEWEST - 1, round(SHARE * len(values)))])
        fewer.append(_ranks(told(fit.scores(labelled[kept], values[kept], every))))
    return Recommendation(
        _table(architectures, scores, np.array(fewer), labels),
        chosen,
        bootstrap(held_out[None], values, METRICS["tau"], draws=RESAMPLES, confidence=CONFIDENCE, generator=stream),
    )


class _Fit:
    """Fits a predictor to some of the labels, as often as is asked."""

    def __init__(
        self,
        space: SearchSpace[Any],
        architectures: Sequence[Any],
        features: Mapping[str, FloatArray],
        predictor: str,
        seed: int,
    ) -> None:
        self._kind, self._seed = ESTIMATORS.named(predictor), seed
        self._space, self._architectures = space, architectures
        self._known = tuple(
            KnownScores(architectures, values, name, name, nan_is_worst=True) for name, values in features.items()
        )
        self._encodings = EncodedOnce(space, architectures)
        self.chosen = ""

    def scores(self, labelled: IntArray, values: FloatArray, wanted: IntArray) -> FloatArray:
        """Of the architectures at these places `(wanted,)`, by a fit to the labels of others."""
        context = Context(
            self._space,
            generator=generator(self._seed, Purpose.ESTIMATOR, self._kind.name),
            labels=Labels([self._architectures[place] for place in labelled], values),
            known=self._known,
            encodings=self._encodings,
        )
        fitted = self._kind().prepared(context)
        self.chosen = getattr(fitted, "chosen", "") or fitted.label
        return fitted.score([self._architectures[place] for place in wanted])


def _ranks(scores: FloatArray) -> FloatArray:
    """1 is the best; of equal scores the mean."""
    return np.asarray(rankdata(-scores), dtype=np.float64)


def _table(
    architectures: Sequence[Any], scores: FloatArray, fewer: FloatArray, labels: Mapping[Any, float]
) -> pd.DataFrame:
    order = np.lexsort((np.arange(len(scores)), -scores))
    table = pd.DataFrame(
        {
            "architecture": [str(one) for one in architectures],
            "rank": _ranks(scores),
            "score": scores,
            "best_rank": fewer.min(axis=0),
            "worst_rank": fewer.max(axis=0),
            "label": [labels.get(one, np.nan) for one in architectures],
        }
    )
    return table.iloc[order].reset_index(drop=True)
