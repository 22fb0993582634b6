"""Label studies say where a mistake is, and which rows a draw has."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import TEXT, small_study


def test_the_rows_of_a_draw(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    assert list(study.rows_of("cells", "cifar10", 6, 0)) == ["ridge"]
    assert list(study.rows_of("cells", "cifar10", 12, 2)) == ["ridge", "process"]


def test_a_row_with_fewer_draws_is_not_in_the_later_ones(tmp_path: Path) -> None:
    study = small_study(tmp_path, TEXT.replace("counts = [12]", "draws = 1"))
    assert [list(study.rows_of("cells", "cifar10", 6, draw)) for draw in (0, 1)] == [["ridge", "process"], ["ridge"]]


def test_a_row_needs_a_part_that_has_its_features(tmp_path: Path) -> None:
    proxies = '[rows.proxies]\nlabel = "proxies"\nfeatures = ["proxies"]\n\n[[questions]]'
    study = small_study(tmp_path, TEXT.replace("[[questions]]", proxies))
    assert "proxies" not in study.rows_of("cells", "cifar10", 12, 0)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"gaussian_process"', '"gausian_process"', "predictor", "did you mean|known are|unknown"),
        ('reference = "ridge"', 'reference = "rigde"', "reference|rows", "rigde"),
        ('against = "ridge"', 'against = "rigde"', "", "rigde"),
        ("counts = [6, 12]", "counts = [1, 12]", "counts", "greater than or equal to 2"),
        ('space = "nb201"', 'space = "nb210"', "space", "nb210"),
        ('"regret_at1"', '"regret"', "metrics", "regret"),
        ('"tau", "tau_top10", ', '"tau", ', "metrics", "'tau_top10' is missing"),
        ('label = "ridge"', 'label = "ridge"\nfeatures = ["guided of spos"]', "features", "is no feature"),
        ('label = "ridge"\npredictor = "label_matched"', 'label = "ridge"', "ridge", "without a predictor"),
        ('label = "ridge"', 'label = "ridge"\nfeatures = ["truth:seed0"]', "ridge", "no part has a truth 'seed0'"),
        ("draws = 3", "draws = 3\ndrwas = 4", "drwas", "unknown key"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        small_study(tmp_path, TEXT.replace(old, new, 1))
    assert "small.toml" in str(error.value)
    assert any(key in str(error.value) for key in line.split("|"))


def test_rows_and_labels_may_be_added_without_losing_draws(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    more = small_study(
        tmp_path, TEXT.replace("counts = [6, 12]", "counts = [6, 12, 24]").replace("draws = 3", "draws = 9")
    )
    other = small_study(tmp_path, TEXT.replace("cells = 120", "cells = 121"))
    assert more.fingerprint == study.fingerprint
    assert other.fingerprint != study.fingerprint


def test_all_of_a_space_that_is_too_large_cannot_be_ranked(tmp_path):
    text = TEXT.replace('space = "nb201"', 'space = "darts"')
    assert small_study(tmp_path, text.replace("cells = 120", 'cells = "known"')).parts["cells"].cells == "known"
    with pytest.raises(ValueError, match=r"darts has 1,076,746,950,455,072,400 architectures, .* too many to list"):
        small_study(tmp_path, text.replace("cells = 120", 'cells = "all"'))
