"""Laws that every estimator keeps, as a class of pytest that a user runs over an estimator of his own.

    @pytest.mark.parametrize("space", [get_space("nb201")])
    @pytest.mark.parametrize("kind", [Mine])
    class TestMine(EstimatorConformance):
        pass

It is prepared with everything that a context can have, scores known before aside: labels that grow with the size of
networks, and a batch of eight images of twelve numbers in four classes, which networks of all spaces here take. Another
task overrides `EstimatorConformance.context`.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, get_args
from zlib import crc32

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau
from torch import nn

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import Context, Estimator, Labels, Need
from nasrank.spaces.space import SearchSpace
from nasrank.spaces.ways import ways_along
from nasrank.testing.space_conformance import some

Space = SearchSpace[Any]
Kind = type[Estimator]

SCORED, LABELLED = 16, 20
"""Architectures that are scored, and others that have labels."""

LEAST_CHANNELS = 8

FEW = 4
"""Architectures that are scored by estimators that build a network for each."""


def scored(space: Space, count: int = SCORED) -> list[Any]:
    """Architectures to score, at most `SCORED`."""
    return some(space, SCORED + LABELLED)[:SCORED][:count]


def labels(space: Space, count: int = LABELLED) -> Labels:
    """Of architectures that are not among the scored: logarithms of parameters times squared vertices of their graphs.

    Either alone says nothing in some space: networks may be as wide as a number of parameters allows, and all graphs of
    the same size. Where both are, it is the edges on all ways from input to output.
    """
    architectures = some(space, SCORED + LABELLED)[SCORED:][:count]
    sizes = [space.cost(one).parameters * len(space.graph(one).labels) ** 2 for one in architectures]
    if len(set(sizes)) == 1:
        graphs = map(space.graph, architectures)
        sizes = [sum(ways_along(graph.edges, len(graph.labels) - 1).values()) for graph in graphs]
    return Labels(architectures, np.log(sizes))


def fresh_network(space: Space, architecture: Any, seed: int = 0, **options: Any) -> nn.Module:
    """The stand-alone network with weights that seed and architecture decide; the global random state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(crc32(f"{seed} {architecture}".encode()))
        return space.network(architecture, **options)


def small(space: Space) -> dict[str, Any]:
    """Options of small networks, though with channels enough for their units not to be all off."""
    options = space.network_options.smallest().arguments
    return {name: max(value, LEAST_CHANNELS) if name == "channels" else value for name, value in options.items()}


class EstimatorConformance:
    """Laws of an `Estimator`; `kind`, its class, and `space` come from fixtures or parametrizations of the class.

    Attributes:
        tolerance: how much, as a part of itself, a score may depend on what is scored with it: rounding in float64.
    """

    tolerance = 1e-12

    def context(self, space: Space, seed: int = 0) -> Context:
        """What estimators are prepared with; the seed decides all that is random in it, and nothing else does."""
        generator = torch.Generator().manual_seed(seed)
        inputs = torch.randn(8, 3, 2, 2, generator=generator)
        return Context(
            space,
            generator=np.random.default_rng(seed),
            labels=labels(space),
            samples=(inputs, torch.randint(4, (8,), generator=generator)),
            network=partial(fresh_network, space, seed=seed, **small(space)),
            loss=nn.functional.cross_entropy,
        )

    def prepared(self, kind: Kind, space: Space) -> Estimator:
        """The estimator that is shared by laws that do not change it."""
        suite: Any = type(self)  # mypy has a class whose instances are hashed for one that is not hashable
        return _prepared(suite, kind, space)

    def architectures(self, kind: Kind, space: Space) -> list[Any]:
        """What is scored by most laws: fewer where each takes a network."""
        return scored(space, FEW if "network" in kind.needs else SCORED)

    def scores(self, kind: Kind, space: Space) -> FloatArray:
        """Of these architectures by the shared estimator."""
        suite: Any = type(self)
        return _scores(suite, kind, space)

    def with_labels(self, kind: Kind, space: Space, some_labels: Labels) -> Estimator:
        return kind().prepared(replace(self.context(space), labels=some_labels))

    # --- what it says of itself ---

    def test_it_names_itself(self, kind: Kind, space: Space) -> None:
        for one in (kind, self.prepared(kind, space)):
            assert one.name
            assert one.label
            assert one.name != one.label, "one is a key, the other is for readers"

    def test_it_says_what_it_needs_and_its_revision(self, kind: Kind, space: Space) -> None:
        del space
        assert isinstance(kind.needs, frozenset)
        assert kind.needs <= set(get_args(Need))
        assert isinstance(kind.revision, int)
        assert kind.revision >= 0

    # --- preparing ---

    def test_what_is_missing_is_named(self, kind: Kind, space: Space) -> None:
        for need in kind.needs:
            nothing: dict[str, Any] = {need: () if need == "known" else None}
            with pytest.raises(ValueError, match=rf"needs .*\b{need}\b"):
                kind().prepared(replace(self.context(space), **nothing))

    def test_without_preparing_there_are_no_scores(self, kind: Kind, space: Space) -> None:
        with pytest.raises(ValueError, match="has not been prepared"):
            kind().score(scored(space))

    def test_the_same_context_gives_the_same_bits(self, kind: Kind, space: Space) -> None:
        """Whatever state the global random numbers are in, and again when it is prepared anew."""
        scores = self.scores(kind, space)
        torch.rand(1)
        np.random.random()  # noqa: NPY002  (what is not to be depended on)
        again = kind().prepared(self.context(space, seed=1)).prepared(self.context(space))
        np.testing.assert_array_equal(again.score(self.architectures(kind, space)), scores)

    def test_global_random_states_are_left_alone(self, kind: Kind, space: Space) -> None:
        torchs, numpys = torch.get_rng_state(), repr(np.random.get_state(legacy=False))  # noqa: NPY002
        kind().prepared(self.context(space)).score(scored(space, 3))
        assert torch.equal(torch.get_rng_state(), torchs)
        assert repr(np.random.get_state(legacy=False)) == numpys  # noqa: NPY002

    def test_samples_are_left_alone(self, kind: Kind, space: Space) -> None:
        context, expected = self.context(space), self.context(space).samples
        kind().prepared(context).score(scored(space, 3))
        if context.samples is not None and expected is not None:
            assert all(torch.equal(own, one) for own, one in zip(context.samples, expected, strict=True))
            assert not any(one.requires_grad for one in context.samples)

    def test_it_can_be_sent_to_another_process(self, kind: Kind, space: Space) -> None:
        estimator, architectures = self.prepared(kind, space), self.architectures(kind, space)
        sent: Estimator = pickle.loads(pickle.dumps(estimator))
        np.testing.assert_array_equal(sent.score(architectures), self.scores(kind, space))
        assert (sent.name, sent.label) == (estimator.name, estimator.label)

    # --- scoring ---

    def test_scores_are_finite_or_there_is_a_reason(self, kind: Kind, space: Space) -> None:
        architectures, estimator = self.architectures(kind, space), self.prepared(kind, space)
        scores = self.scores(kind, space)
        assert scores.shape == (len(architectures),)
        assert scores.dtype == np.float64
        assert not np.isinf(scores).any()
        for architecture, score in zip(architectures, scores, strict=True):
            assert bool(estimator.failures.get(str(architecture))) == bool(np.isnan(score))
        assert len(np.unique(scores[np.isfinite(scores)])) > 1, "it tells nothing apart"

    def test_no_architectures_have_no_scores(self, kind: Kind, space: Space) -> None:
        scores = self.prepared(kind, space).score([])
        assert scores.shape == (0,)
        assert scores.dtype == np.float64

    def test_a_score_depends_on_its_architecture_alone(self, kind: Kind, space: Space) -> None:
        estimator, architectures = self.prepared(kind, space), self.architectures(kind, space)
        scores = self.scores(kind, space)
        order = np.random.default_rng(3).permutation(len(architectures))
        self._close(estimator.score([architectures[place] for place in order]), scores[order])
        self._close(estimator.score(architectures[-1:]), scores[-1:])
        self._close(estimator.score([architectures[-1]] * 3), scores[[-1, -1, -1]])

    def _close(self, found: FloatArray, expected: FloatArray) -> None:
        np.testing.assert_allclose(found, expected, rtol=self.tolerance)

    @pytest.mark.parametrize("foreign", ["nonsense", 3, None], ids=repr)
    def test_what_is_no_architecture_is_refused(self, kind: Kind, space: Space, foreign: Any) -> None:
        with pytest.raises(ValueError, match=r".{10,}"):
            self.prepared(kind, space).score([*scored(space, 2), foreign])

    # --- those that need labels ---

    def test_it_agrees_with_its_labels_on_what_is_better(self, kind: Kind, space: Space) -> None:
        for known in _labels_for(kind, space, [LABELLED]):
            scores = self.with_labels(kind, space, known).score(known.architectures)
            assert kendalltau(scores, known.accuracies).statistic > 0.3

    def test_few_labels_neither_fail_nor_warn(self, kind: Kind, space: Space) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for few in _labels_for(kind, space, [2, 5]):
                assert np.isfinite(self.with_labels(kind, space, few).score(scored(space))).all()

    def test_equal_labels_score_all_alike(self, kind: Kind, space: Space) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for few in _labels_for(kind, space, [2, 5]):
                equal = Labels(few.architectures, np.full(len(few.architectures), 90.0))
                assert np.ptp(self.with_labels(kind, space, equal).score(scored(space))) < 1e-9


@lru_cache(maxsize=64)
def _prepared(suite: type[EstimatorConformance], kind: Kind, space: Space) -> Estimator:
    return kind().prepared(suite().context(space))


@lru_cache(maxsize=64)
def _scores(suite: Any, kind: Kind, space: Space) -> FloatArray:
    return _prepared(suite, kind, space).score(suite().architectures(kind, space))


def _labels_for(kind: Kind, space: Space, counts: Sequence[int]) -> list[Labels]:
    """So many labels each, for a kind that needs some."""
    return [labels(space, count) for count in counts if "labels" in kind.needs]
