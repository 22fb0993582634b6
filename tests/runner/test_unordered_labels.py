"""A study whose landmarks have no order to guide by is refused before anything is trained.

Cases, group 2: of 90 % equal truths, five landmarks of one of six seeds had equal labels; training raised midway.
"""

from __future__ import annotations

import numpy as np
import pytest

from nasrank.bench.runner import resolve as resolving
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

SPACE = get_space("nb201")

CHOSEN = """
[variants.chosen]
strategy = "spos"
label = "one more, chosen"
landmarks = { count = 6, choice = "super_net", after = "spos" }
"""
MANY = """
[variants.many]
strategy = "gdas"
label = "more of them"
landmarks = { count = 300 }
"""
EVEN = """
[variants.even]
strategy = "spos"
label = "even ones"
landmarks = { choice = "even" }
"""
TWO = """
[variants.two]
strategy = "spos"
label = "two random ones"
landmarks = { choice = "random", count = 2 }
"""
NOISY = """
[variants.noisy]
strategy = "spos"
label = "noisy labels"
landmarks = { label_noise = 1.0 }
"""


@pytest.fixture
def study(study_text, tmp_path):
    """The study of six seeds with these variants appended."""

    def load(variants="", **changed):
        path = tmp_path / "study.toml"
        text = study_text.replace("[0, 1]", "[0, 1, 2, 3, 4, 5]")
        for old, new in changed.items():
            text = text.replace(old, new)
        path.write_text(text + variants)
        return load_study(path)

    return load


@pytest.fixture
def truths(monkeypatch):
    """Makes the truth of every study what it is told."""

    def tell(values):
        monkeypatch.setattr(resolving, "truth_of", lambda study, table: Truth(SPACE, values.copy()))

    return tell


def mostly_equal(share=0.9):
    generator = np.random.default_rng(0)
    return np.where(generator.random(15_625) < share, 10.0, generator.uniform(20, 90, 15_625))


def test_equal_labels_of_a_seed_are_refused_by_arm_and_seed(study, truths):
    truths(mostly_equal())
    with pytest.raises(
        ValueError, match=r"spos \(SPOS\), seed [0-5]: all 5 landmarks have the label 10, so that no two"
    ):
        resolve(study())


def test_a_study_that_is_ordered_is_not(study, truths):
    truths(np.linspace(10, 90, 15_625))
    design, truth, _ = resolve(study(CHOSEN + MANY + EVEN + NOISY))
    for row in design.rows:
        for seed in design.study.seeds:
            assert row in design.waiting or len(np.unique(design.labels_of(row, seed, truth))) > 1


def test_own_landmarks_of_a_variant_are_looked_at(study, truths):
    """Even ones reach from the worst to the best and have an order; random ones need not."""
    truths(mostly_equal())
    even = {"count = 5": 'count = 5\nchoice = "even"'}
    resolve(study(**even))
    with pytest.raises(ValueError, match=r"two \(two random ones\), seed [0-5]: all 2 landmarks have the label 10"):
        resolve(study(TWO, **even))


@pytest.mark.parametrize("noise", ["1.0", "1e-20"])
def test_noise_counts(study, truths, noise):
    """What noise tells apart has an order, what it is too small for has none."""
    truths(np.full(15_625, 10.0))
    noisy = study(**{"count = 5": f"count = 5\nlabel_noise = {noise}"})
    if noise == "1.0":
        design, truth, _ = resolve(noisy)
        assert len(np.unique(design.labels_of("spos", 0, truth))) == 5
    else:
        with pytest.raises(ValueError, match=r"spos \(SPOS\), seed 0: all 5 landmarks have the label 10"):
            resolve(noisy)


def test_an_arm_that_lets_a_super_net_choose_starts_with_an_order(study, truths):
    """Noise tells the first arm's labels apart; those that the second has of the same landmarks are equal."""
    truths(np.full(15_625, 10.0))
    chosen = CHOSEN.replace("count = 6,", "count = 6, label_noise = 0.0,")
    with pytest.raises(ValueError, match=r"chosen \(one more, chosen\), seed 0: all 5 landmarks have the label 10"):
        resolve(study(chosen, **{"count = 5": "count = 5\nlabel_noise = 1.0"}))
