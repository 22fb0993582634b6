"""The transferable predictor: it learns, keeps what it has learned, and owes what every estimator owes."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from nasrank.predictors import Context, Labels
from nasrank.predictors.transfer import pretrained
from nasrank.predictors.transfer.augmentation import HIDDEN_SHARE, augmented
from nasrank.predictors.transfer.computation_graph import CHANNELS, OPERATIONS
from nasrank.predictors.transfer.heads import WIDTH, Heads
from nasrank.predictors.transfer.predictor import Transferable
from nasrank.predictors.transfer.pretrained import SAMPLE_SEED, Pretrained
from nasrank.predictors.transfer.pretraining import Recipe, normal_scores, pretrain
from nasrank.predictors.transfer.sources import graph_set
from nasrank.spaces import SPACES, get_space
from nasrank.testing.estimator_conformance import EstimatorConformance

SOURCE = get_space("nb201")
SAMPLED = 30
SHORT = Recipe(encoder=True, updates=40, batch_size=16, hidden=8, layers=3, clusters=2)
TINY = Recipe(encoder=True, updates=3, batch_size=8, hidden=4, layers=2, clusters=1)


@pytest.fixture(scope="module", autouse=True)
def _hasty():
    """Spaces are standardized by a smaller sample: tracing that of NAS-Bench-101 takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "STANDARDIZED_BY", SAMPLED)
        yield


def cells(count, seed=0):
    return SOURCE.sample(np.random.default_rng(seed), count)


def parameters(architectures, space=SOURCE):
    functional = (space.functional(one, silence_is_zero=True) for one in architectures)
    return np.log([space.cost(one).parameters for one in functional])


@cache
def learned(seed=0):
    known = cells(60)
    return pretrain(SOURCE, Labels(known, parameters(known)), seed, SHORT)


class FromParameters(Transferable):
    def __init__(self):
        super().__init__(learned())


OF_IMAGES = {name: space for name, space in SPACES.items() if space.inputs == "images"}


@pytest.mark.slow
def test_networks_of_text_are_refused():
    with pytest.raises(ValueError, match="those of recurrent take text"):
        FromParameters().prepared(Context(get_space("recurrent")))


@pytest.mark.parametrize("space", OF_IMAGES.values(), ids=OF_IMAGES)
@pytest.mark.parametrize("kind", [FromParameters])
class TestTransferable(EstimatorConformance):
    @pytest.mark.slow
    def test_it_can_be_sent_to_another_process(self, kind, space):
        """A copy has forgotten its embeddings and makes them in other batches, which processors round differently."""
        estimator, architectures = self.prepared(kind, space), self.architectures(kind, space)
        sent = pickle.loads(pickle.dumps(estimator))
        found = sent.score(architectures)
        np.testing.assert_allclose(found, self.scores(kind, space), rtol=self.tolerance, atol=self.tolerance)
        assert (sent.name, sent.label) == (estimator.name, estimator.label)


@pytest.mark.slow
@pytest.mark.parametrize("further", ["process", "heads"])
def test_it_sees_what_it_was_taught_and_learns_more_from_labels(further):
    others = cells(60, seed=1)
    zero_shot = Transferable(learned()).prepared(Context(SOURCE))
    assert kendalltau(zero_shot.score(others), parameters(others)).statistic > 0.5
    known = cells(40, seed=2)
    reversed_ = Transferable(learned(), further).prepared(Context(SOURCE, labels=Labels(known, -parameters(known))))
    assert kendalltau(reversed_.score(others), parameters(others)).statistic < -0.3
    again = zero_shot.prepared(Context(SOURCE)).score(others)
    np.testing.assert_array_equal(again, Transferable(learned()).prepared(Context(SOURCE)).score(others))


@pytest.mark.slow
def test_the_seed_decides():
    known = cells(20)
    labels = Labels(known, parameters(known))
    before = torch.get_rng_state()
    first, same, other = (pretrain(SOURCE, labels, seed, TINY).embeddings(SOURCE, known[:3]) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.slow
@pytest.mark.parametrize(
    "left_out",
    [{"contrastive": 0.0}, {"labelled": False}, {"augmented": False}, {"amounts": False}, {"encoder": False}],
)
def test_parts_can_be_left_out(left_out):
    labels = Labels(cells(20), parameters(cells(20)))
    found, whole = (pretrain(SOURCE, labels, 0, recipe) for recipe in (replace(TINY, **left_out), TINY))
    some = cells(5)
    assert not np.array_equal(found.embeddings(SOURCE, some), whole.embeddings(SOURCE, some))


def test_something_has_to_be_left():
    with pytest.raises(ValueError, match="neither amounts nor an encoder"):
        pretrain(SOURCE, Labels(cells(20), parameters(cells(20))), 0, replace(TINY, amounts=False, encoder=False))


@pytest.mark.slow
def test_an_encoder_without_labels_does_not_see_them():
    known = cells(20)
    two = [
        pretrain(SOURCE, Labels(known, sign * parameters(known)), 0, replace(TINY, labelled=False)) for sign in (1, -1)
    ]
    np.testing.assert_array_equal(*[one.embeddings(SOURCE, known) for one in two])


def test_embeddings_are_standardized_within_a_space():
    """Over the sample that says what is usual there, wherever it was learned."""
    for space in (SOURCE, get_space("nb201-activations")):
        sample = space.sample(np.random.default_rng(SAMPLE_SEED), SAMPLED)
        found = learned().embeddings(space, sample)
        np.testing.assert_allclose(found.mean(0), 0, atol=1e-9)
        deviations = found.std(0)
        assert ((abs(deviations - 1) < 1e-9) | (deviations == 0)).all()
        assert (deviations > 0).sum() > 15


@pytest.mark.parametrize("recipe", [SHORT, replace(TINY, encoder=False)])
def test_what_was_learned_can_be_kept(tmp_path, recipe):
    some, context = cells(10, seed=3), Context(SOURCE)
    one = learned() if recipe is SHORT else pretrain(SOURCE, Labels(cells(20), parameters(cells(20))), 0, recipe)
    one.save(tmp_path / "kept.npz")
    kept = Pretrained.load(tmp_path / "kept.npz")
    assert kept.source == SOURCE.name
    for name, values in one.heads.state_dict().items():
        assert torch.equal(kept.heads.state_dict()[name], values)
    expected = Transferable(one).prepared(context).score(some)
    for again in (kept, pickle.loads(pickle.dumps(kept))):  # which embed in other batches than the first one has
        found = Transferable(again).prepared(context).score(some)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_other_files_are_refused(tmp_path):
    np.savez(tmp_path / "other.npz", mean=np.zeros(3))
    with pytest.raises(ValueError, match="holds no pre-trained predictor"):
        Pretrained.load(tmp_path / "other.npz")


def test_texts_stand_for_architectures():
    some = cells(3)
    np.testing.assert_array_equal(learned().embeddings(SOURCE, some), learned().embeddings(SOURCE, [*map(str, some)]))


def test_heads_are_weighted_by_membership():
    """Each head by itself, then the mean by the definition of memberships."""
    generator = np.random.default_rng(0)
    points, centres = generator.normal(size=(6, 3)), generator.normal(size=(2, 3))
    heads = Heads(centres, generator)
    expected = np.zeros(6)
    for row, point in enumerate(points):
        squares = [((point - centre) ** 2).sum() for centre in centres]
        for cluster in range(2):
            share = (1 / squares[cluster]) / sum(1 / square for square in squares)
            first, last = heads.first[cluster].detach().numpy(), heads.last[cluster].detach().numpy()
            assert first.shape == (3, WIDTH)
            expected[row] += share * (np.tanh(point @ first) @ last)[0]
    np.testing.assert_allclose(heads.predict(points), expected)


def test_normal_scores_are_standard_normal_and_keep_ties():
    scores = normal_scores(np.random.default_rng(0).exponential(size=2001))
    assert abs(scores.mean()) < 1e-12
    assert scores.std() == pytest.approx(1, abs=0.01)
    tied = normal_scores(np.array([1.0, 2.0, 2.0, 9.0]))
    assert tied[1] == tied[2]
    assert tied[0] == pytest.approx(-tied[3])


def test_augmenting_shifts_widths_and_hides_features_graph_by_graph():
    graphs = graph_set(SOURCE, cells(30))
    batch = graphs.batch(range(30), graphs.table(torch.float64))
    changed = augmented(batch, np.random.default_rng(0))
    starts = batch.whole.indptr
    hidden = 0
    for start, stop in pairwise(starts):
        before, after = batch.features[start:stop].numpy(), changed.features[start:stop].numpy()
        gone = ~after.any(0) & before.any(0)
        hidden += gone.sum() / before.any(0).sum()
        for column in np.flatnonzero(~gone):
            step = after[:, column] - before[:, column]
            assert np.ptp(step) < 1e-12
            assert column in CHANNELS or abs(step[0]) < 1e-12
    assert hidden / 30 == pytest.approx(HIDDEN_SHARE, abs=0.05)
    assert max(CHANNELS) < len(OPERATIONS) + 6
