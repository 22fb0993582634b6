"""What every estimator under `predictors/` owes. A new one is found by being registered.

The laws are those of `nasrank.testing.estimator_conformance`. Regressions on labels keep them stacked on known scores,
too, and more: they see ranks alone.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import kendalltau
from turns import EXHAUSTIVE, in_turn

import nasrank.predictors
from nasrank.predictors import ESTIMATORS, Context, Estimator, Labels, nao
from nasrank.predictors.known_coordinates import KnownCoordinate
from nasrank.predictors.known_scores import KnownScores
from nasrank.predictors.labelled import best_on_labels, trees
from nasrank.predictors.labelled.best_on_labels import BestOnLabels
from nasrank.predictors.labelled.label_matched import LabelMatched, regressions
from nasrank.predictors.labelled.regression import Regression
from nasrank.predictors.learned import training
from nasrank.predictors.learned.growing_comparator import GrowingComparator
from nasrank.predictors.transfer.predictor import Transferable
from nasrank.predictors.zero_cost.dextr import Dextr
from nasrank.predictors.zero_cost.linear_regions import LinearRegions
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.swap import Swap
from nasrank.spaces import SPACES
from nasrank.testing.estimator_conformance import EstimatorConformance, scored
from nasrank.testing.regression_conformance import RegressionConformance

CELLS = ("nb101", "nb201", "nb201-activations")
"""Spaces on which estimators are held to every law: with operations on nodes, on edges, and with conditions. Papers of
proxies are about such cells; of other networks some have no value, for a reason that they state."""


@pytest.fixture(params=CELLS)
def space(request):
    return SPACES[request.param]


POOL, LABELLED = 300, 50
LABELS = 15

FITTED = {name: kind for name, kind in ESTIMATORS.items() if "labels" in kind.needs}
EVERY_FITTED = pytest.mark.parametrize("kind", FITTED.values(), ids=FITTED)
EVERY_REGRESSION = pytest.mark.parametrize("kind", regressions().values(), ids=regressions())
OTHERS = {
    name: kind
    for name, kind in FITTED.items()
    if issubclass(kind, Regression | BestOnLabels) and not issubclass(kind, LabelMatched)
}


@pytest.fixture(scope="module", autouse=True)
def _hasty():
    """Fits and repeats of seconds, shortened; that a whole fit predicts well is tested where it stands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nao, "UPDATES", 60)
        patch.setattr(trees, "TREES", 20)
        patch.setattr(best_on_labels, "MOST_REPEATS", 1)
        patch.setattr(best_on_labels, "MOST_FOLDS", 2)
        patch.setattr(Swap, "repeats", 2)
        patch.setattr(LinearRegions, "crops", 100)
        patch.setattr(Dextr, "side", 16)
        patch.setattr(training, "UPDATES", 30)
        yield


BUDGETED = ("nago", "recurrent")
"""Spaces whose networks all cost the same, or are as wide as a number of parameters allows, so that these say nothing
of the graph."""


def depth(space, architecture):
    """Edges on the longest way of a graph, and a little for each operation that is there: a truth without costs."""
    graph = space.graph(architecture)
    longest = [0] * len(graph.labels)
    for source, target in sorted(graph.edges, key=lambda edge: edge[1]):
        longest[target] = max(longest[target], longest[source] + 1)
    return longest[-1] + 0.3 * sum(label == "tanh" for label in graph.labels)


def size(space, architecture):
    """What grows with the parameters, or where these say nothing with the nodes or the depth of the graph."""
    cost = space.cost(architecture)
    if space.name in (
        "deeplab",
        "stereo",
    ):  # of coarse levels, which have the most parameters and the fewest multiply-adds
        return cost.parameters * (cost.multiply_adds / 1e4) ** 2
    if space.name not in BUDGETED:
        return cost.parameters
    return len(space.graph(architecture).labels) if space.name == "nago" else depth(space, architecture)


@cache
def drawn(space):
    """Architectures and their sizes."""
    architectures = space.sample(np.random.default_rng(2), POOL + LABELLED)
    return architectures, np.array([size(space, one) for one in architectures], dtype=float)


def pool(space, count=60):
    return drawn(space)[0][:count]


def labelled(space, count=LABELS):
    """Architectures that are not in the pool, and a truth of them that grows with the parameters."""
    architectures, parameters = drawn(space)
    return Labels(architectures[POOL:][:count], np.sqrt(parameters[POOL:][:count]))


@cache
def known(space):
    """Scores of everything that is drawn: parameters, blurred."""
    architectures, parameters = drawn(space)
    noise = np.random.default_rng(4).normal(scale=parameters.std(), size=len(parameters))
    return KnownScores(architectures, parameters + noise)


def on(space, labels, stacked_on=()):
    return Context(space, generator=np.random.default_rng(0), labels=labels, known=stacked_on)


def test_every_estimator_of_the_package_is_registered():
    """But for scores that somebody has to know before, what is learned before elsewhere, or goes on in a search."""
    found = pkgutil.walk_packages(nasrank.predictors.__path__, "nasrank.predictors.")
    modules = [importlib.import_module(module.name) for module in found]
    classes = {
        cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and issubclass(cls, Estimator) and not inspect.isabstract(cls)
    }
    assert classes - {KnownScores, KnownCoordinate, Transferable, GrowingComparator} == set(ESTIMATORS.values())
    assert {"parameters", "multiply_adds", "label_matched", "nao"} <= ESTIMATORS.keys()
    assert all(kind.name == name for name, kind in ESTIMATORS.items())


def test_regressions_stand_in_the_order_of_figures():
    assert next(iter(regressions())) == "label_matched"
    assert set(regressions().values()) == {kind for kind in ESTIMATORS.values() if issubclass(kind, LabelMatched)}


NOT_MEASURED = {
    (Dextr, "nb201-activations"),
    (ESTIMATORS["parameters"], "recurrent"),
    (ESTIMATORS["multiply_adds"], "recurrent"),
}
"""PyTorch has no second forward derivative of SiLU; tests of the proxy say what it gives instead. All recurrent cells
cost the same."""


def on_cells(kinds):
    """Each kind on one space of cells in turn, on the others before a release."""
    pairs = []
    for place, kind in enumerate(kinds):
        spaces = [one for one in CELLS if (kind, one) not in NOT_MEASURED]
        own = spaces[place % len(spaces)]
        pairs += [
            pytest.param(kind, SPACES[one], id=f"{kind.name}-{one}", marks=() if one == own else EXHAUSTIVE)
            for one in spaces
        ]
    return pairs


@pytest.mark.parametrize(
    ("kind", "space"),
    on_cells(ESTIMATORS.values()),
    scope="class",  # the laws of one after the other, which share what is prepared
)
class TestEvery(EstimatorConformance):
    @pytest.mark.slow
    def test_texts_stand_for_architectures(self, kind, space):
        texts = list(map(str, self.architectures(kind, space)))
        np.testing.assert_array_equal(self.prepared(kind, space).score(texts), self.scores(kind, space))

    @pytest.mark.slow
    def test_architectures_of_another_space_are_refused(self, kind, space):
        for other in SPACES.values():
            if other is not space:
                foreign = other.sample(np.random.default_rng(0), 1)
                with pytest.raises(ValueError, match=r".{10,}"):
                    self.prepared(kind, space).score([*pool(space, 2), *foreign])

    def test_higher_is_better(self, kind, space):
        """On a truth that grows with the parameters, which costs see, and those that are fitted on labels learn."""
        if space.name in BUDGETED and "labels" not in kind.needs:
            return  # costs say nothing of what is learned there
        if kind.needs <= {"labels", "generator"}:
            # networks learn with more labels, and so does whatever has many decisions or random graphs to tell apart
            intricate = space.name in BUDGETED or (space.name not in CELLS and len(space.decisions) > LABELS)
            many = "generator" in kind.needs or intricate
            labels = labelled(space, LABELLED if many else LABELS)
            estimator = kind().prepared(on(space, labels))
            scores = estimator.score(pool(space, POOL))
            hardly = issubclass(kind, nao.NaoPredictor) and space.name not in CELLS
            assert kendalltau(scores, drawn(space)[1][:POOL]).statistic > (0.1 if hardly else 0.3)
            assert len(np.unique(scores[:60])) > 5


LAWS = (
    "scores_are_finite_or_there_is_a_reason",
    "a_score_depends_on_its_architecture_alone",
    "it_agrees_with_its_labels_on_what_is_better",
    "texts_stand_for_architectures",
    "higher_is_better",
)


@pytest.mark.parametrize(
    ("kind", "space", "law"),
    [
        pytest.param(
            kind,
            space,
            law,
            id=f"{kind.name}-{space.name}-{law}",
            marks=in_turn(*places, of=len(LAWS)) or [pytest.mark.slow] * issubclass(kind, Proxy),
        )
        for *places, kind, space, law in (
            (i, j, k, kind, space, law)
            for i, kind in enumerate(ESTIMATORS.values())
            for j, space in enumerate(SPACES.values())
            for k, law in enumerate(LAWS)
        )
        if (kind, space.name) not in NOT_MEASURED and (space.name in CELLS or not issubclass(kind, Proxy))
    ],
)
class TestElsewhere:
    """What depends on the decisions and graphs of a space; the other laws see nothing of them. Proxies see networks
    alone."""

    @pytest.mark.slow
    def test_the_law_holds(self, kind, space, law):
        getattr(TestEvery(), f"test_{law}")(kind, space)


class OnKnownScores(EstimatorConformance):
    """Laws of what is stacked upon others."""

    def context(self, space, seed=0):
        context = super().context(space, seed)
        architectures = [*scored(space), *context.labels.architectures]
        noise = np.random.default_rng(4).normal(size=len(architectures))
        return replace(context, known=(KnownScores(architectures, noise),))

    def test_they_say_on_what(self, kind, space):
        stacked = self.prepared(kind, space)
        assert stacked.name == f"{kind.name}+known_scores"
        assert stacked.label == f"{kind.label} and known scores"

    def test_prepared_anew_they_say_it_once(self, kind, space):
        twice = kind().prepared(on(space, labelled(space), [known(space)])).prepared(self.context(space))
        assert twice.name == f"{kind.name}+known_scores"
        alone = twice.prepared(on(space, labelled(space)))
        assert (alone.name, alone.label) == (kind.name, kind.label)

    def test_a_telling_score_helps(self, kind, space):
        """On a truth of pure noise, which the score alone knows."""
        everything, _ = drawn(space)
        truth = np.random.default_rng(5).normal(size=len(everything))
        labels = Labels(everything[POOL:], truth[POOL:])
        alone, stacked = (
            kind().prepared(on(space, labels, one)).score(everything[:POOL])
            for one in ((), (KnownScores(everything, truth),))
        )
        assert abs(kendalltau(alone, truth[:POOL]).statistic) < 0.15
        assert kendalltau(stacked, truth[:POOL]).statistic > 0.3


@EVERY_REGRESSION
class TestStacked(OnKnownScores):
    pass


@pytest.mark.parametrize("space", [SPACES["nb201"]], ids=["nb201"])
@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
class TestOthersStacked(OnKnownScores):
    """What does not differ from one space to the next in how it stacks."""


@pytest.mark.parametrize("space", [SPACES["nb201"]], ids=["nb201"])
@pytest.mark.parametrize("kind", OTHERS.values(), ids=OTHERS)
class TestOthersAsRegressions(RegressionConformance):
    def test_isomorphic_cells_have_equal_scores_where_that_is_promised(self, kind, space):
        """With nothing between the two inner nodes, these can be swapped."""
        if not (issubclass(kind, BestOnLabels) or kind.isomorphism_invariant()):
            pytest.skip("promises nothing")
        estimator = EstimatorConformance().prepared(kind, space)
        drawn_operations = np.random.default_rng(3).integers(5, size=(30, 6))
        drawn_operations[:, 2] = 0
        swapped = drawn_operations[:, [1, 0, 2, 3, 5, 4]]
        scores, same = (
            estimator.score([space.from_choices(row) for row in rows.tolist()]) for rows in (drawn_operations, swapped)
        )
        np.testing.assert_allclose(same, scores, rtol=1e-12)
        assert len(np.unique(scores)) > 10


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "space"), on_cells(FITTED.values()))
def test_only_the_order_of_the_labels_counts(kind, space):
    labels = labelled(space)
    scores = kind().prepared(on(space, labels)).score(pool(space))
    same_order = kind().prepared(on(space, replace(labels, accuracies=np.log(labels.accuracies) - 50)))
    np.testing.assert_array_equal(same_order.score(pool(space)), scores)


@EVERY_FITTED
def test_what_is_fitted_remembers_no_more_than_scoring_takes(kind):
    """So that what is sent to another process is small."""
    context = kind().prepared(EstimatorConformance().context(SPACES["nb201"])).context
    assert (context.generator, context.labels, context.samples, context.network) == (None, None, None, None)
