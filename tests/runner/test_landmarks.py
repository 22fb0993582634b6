"""Which architectures become landmarks, and the noise in their labels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare, kendalltau, kstest
from toy import stream

from nasrank.bench.runner.landmarks import choose_landmarks, labels, refuse_unordered
from nasrank.spaces import get_space

NO_CHOICES = np.zeros((0, 0), dtype=np.int64)
"""Only the diverse choice looks at them."""


class TestChoice:
    accuracies = np.array([70.0, 50.0, 90.0, 60.0, 80.0, 55.0, 95.0])

    def test_random_is_uniform_and_different(self):
        drawn = [choose_landmarks(self.accuracies, NO_CHOICES, 3, "random", stream(seed)) for seed in range(700)]
        for places in drawn:
            assert len(set(places.tolist())) == 3
            assert (np.diff(places) > 0).all(), "rising"
        assert chisquare(np.bincount(np.concatenate(drawn), minlength=7)).pvalue > 1e-3

    def test_even_takes_evenly_spaced_ranks_from_the_worst_to_the_best(self):
        for count, ranks in {2: [0, 6], 3: [0, 3, 6], 4: [0, 2, 4, 6], 7: range(7)}.items():
            expected = np.sort(np.argsort(self.accuracies)[list(ranks)])
            places = choose_landmarks(self.accuracies, NO_CHOICES, count, "even", stream())
            np.testing.assert_array_equal(places, expected)

    def test_the_seed_decides(self):
        accuracies = np.arange(100.0)
        one, two, other = (choose_landmarks(accuracies, NO_CHOICES, 9, "random", stream(seed)) for seed in (0, 0, 1))
        np.testing.assert_array_equal(one, two)
        assert not np.array_equal(one, other)

    @pytest.mark.parametrize(
        ("count", "choice", "message"),
        [
            (1, "random", "cannot choose 1 landmarks"),
            (8, "even", "from 2 to the 7 candidates"),
            (3, "best", "landmark choice 'best' is not one of random, even, diverse"),
        ],
    )
    def test_bad_requests(self, count, choice, message):
        with pytest.raises(ValueError, match=message):
            choose_landmarks(self.accuracies, NO_CHOICES, count, choice, stream())

    def test_diverse_landmarks_are_farthest_first(self):
        """Each landmark after the first is one of those whose nearest earlier landmark is farthest."""
        choices = get_space("nb201").choices()[::20]
        places = choose_landmarks(np.zeros(len(choices)), choices, 12, "diverse", stream(3))
        assert len(set(places.tolist())) == 12
        apart = (choices[places][:, None] != choices[places][None]).sum(axis=2)
        drawn = choices[stream(4).choice(len(choices), size=(200, 12))]
        random = (drawn[:, :, None] != drawn[:, None]).sum(axis=3)
        off_diagonal = ~np.eye(12, dtype=bool)
        assert apart[off_diagonal].min() > np.median([one[off_diagonal].min() for one in random])
        assert apart[off_diagonal].min() >= max(one[off_diagonal].min() for one in random)

    def test_diverse_landmarks_may_have_the_same_choices_but_not_the_same_place(self):
        places = choose_landmarks(np.zeros(6), np.array([[0], [0], [0], [1], [1], [1]]), 5, "diverse", stream())
        assert len(set(places.tolist())) == 5


class TestLabels:
    def test_without_noise_they_are_the_truth(self):
        truth = np.array([70.0, 50.0])
        assert labels(truth, "truth", 0.0, stream()) is truth

    def test_noise_is_normal_with_the_standard_deviation_asked_for(self):
        found = labels(np.full(2000, 60.0), "truth", 1.5, stream(1))
        assert kstest((found - 60) / 1.5, "norm").pvalue > 1e-3

    def test_in_random_order_they_say_nothing_of_the_truth(self):
        truth = np.linspace(10.0, 95.0, 50)
        one, again, other = (labels(truth, "random", 0.0, stream(seed)) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, again)
        assert len(np.unique(one)) == 50
        taus = [kendalltau(labels(truth, "random", 0.0, stream(seed)), truth).statistic for seed in range(200)]
        assert abs(np.mean(taus)) < 0.03
        assert 0.08 < np.std(taus) < 0.12, "as of permutations, whose tau has a deviation of 0.098"
        assert abs(kendalltau(one, other).statistic) < 0.4

    def test_a_random_order_is_the_noise_that_controls_had_before_it_had_a_name(self):
        truth = np.linspace(10.0, 95.0, 50)
        before = labels(truth, "truth", 1000.0, stream(1))
        np.testing.assert_array_equal(labels(truth, "random", 0.0, stream(1)), before)

    def test_without_an_order_they_are_refused(self):
        with pytest.raises(ValueError, match="spos, seed 3: all 4 landmarks have the label 60, so that no two"):
            refuse_unordered(np.full(4, 60.0), "spos, seed 3")
        with pytest.raises(ValueError, match="spos: labels of landmarks are not finite; label_noise is too large"):
            refuse_unordered(np.array([1.0, np.inf]), "spos")
        refuse_unordered(np.array([60.0, 60.0, 60.1]), "spos")
