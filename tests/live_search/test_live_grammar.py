"""Study files of live searches: mistakes are one line with their key, and what decides a search has a fingerprint."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_live import TEXT, small_study

MISTAKES = {
    "an unknown searcher": ('searcher = "random"', 'searcher = "rnadom"', r"unknown searcher 'rnadom'; known are"),
    "unknown data": ('data = "digits"', 'data = "digts"', r"training: unknown .*digts"),
    "data of another kind": ('data = "digits"', 'data = "ptb-characters"', r"training: .*nb201"),
    "no room for a batch": ("batch_size = 16", "batch_size = 201", r"200 training images do not make a batch of 201"),
    "an option of no network": ("channels = 4", "chanels = 4", r"networks of nb201 have no option 'chanels'"),
    "an unknown metric": (
        "runs = 2",
        'runs = 2\nmetric = "perplexity"',
        r"metric = .perplexity. is not measured of digits: acc",
    ),
    "a setting of another": ("sample = 2", "samples = 2", r"searchers.evolution: settings.samples: .*rea has"),
    "parts of the schedule": ('searcher = "random"', 'searcher = "bohb"', r"searchers.random: .*part of the schedule"),
    "a claim about nobody": (
        'against = "random"',
        'against = "rea"',
        r"claims.evolution: .*'rea'; there are random, evo",
    ),
    "two of one name": (
        'searcher = "rea"',
        'searcher = "rea"\nlabel = "random search"',
        r"two searchers are called 'ran",
    ),
    "a claim about itself": ('against = "random"', 'against = "evolution"', r"it compares evolution with itself"),
    "an unknown space": ('space = "nb201"', 'space = "nb2001"', r"nb2001"),
}


@pytest.mark.parametrize(("right", "wrong", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in TEXT
    with pytest.raises(ValueError, match=said):
        small_study(tmp_path, TEXT.replace(right, wrong, 1))


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("evaluations = 4", "evaluations = 5", False),
        ("again = 2", "again = 3", False),
        ("epochs = 1", "epochs = 2", False),
        ("sample = 2", "sample = 1", False),
        ('title = "Cells for digits"', 'title = "Others"', True),
        ("runs = 2", "runs = 5", True),
        ("at_least = -90.0", "at_least = 1.0", True),
    ],
)
def test_a_fingerprint_is_of_what_decides_a_search(tmp_path: Path, before: str, after: str, same: bool) -> None:
    one, other = small_study(tmp_path), small_study(tmp_path, TEXT.replace(before, after))
    assert (one.fingerprint("evolution") == other.fingerprint("evolution")) == same


def test_a_quick_one_is_short(tmp_path: Path) -> None:
    study = small_study(
        tmp_path, TEXT.replace("evaluations = 4", "evaluations = 400").replace("epochs = 1", "epochs = 9")
    )
    quick = study.quick()
    assert (quick.runs, quick.evaluations, quick.again, quick.training.epochs) == (2, 6, 1, 1)
