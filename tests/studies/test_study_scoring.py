"""How a study says that its super-nets are scored, and in which further ways."""

from __future__ import annotations

import re

import pytest

from nasrank.bench.studies.study_file import load_study
from nasrank.bench.training.averaging import Average


def load(study_text, tmp_path, more="", *, change=("", "")):
    path = tmp_path / "mine.toml"
    path.write_text(study_text.replace(*change) + "\n" + more)
    return load_study(path)


def test_a_further_way_has_the_keys_of_the_section_and_images(study_text, tmp_path):
    words = "[scoring]\nviews = 2\n[scoring.also.ten-thousand]\nimages = 1_000\nweights = 'ema'\nhorizon = 0.05\n"
    study = load(study_text, tmp_path, words + "[scoring.also.last]\ncheckpoints = 3\nweights = 'last_third'")
    assert list(study.scoring.ways) == ["", "ten-thousand", "last"]
    assert [study.scoring.images_of(name, study.images) for name in study.scoring.ways] == [40, 1000, 40]
    assert study.scoring.averages == (Average("ema", 0.05), Average("last_third"))
    assert study.scoring.most_images(study.images) == 1000
    assert study.model_dump(mode="json")["scoring"] == {
        "views": 2,
        "also": {
            "ten-thousand": {"weights": "ema", "horizon": 0.05, "images": 1000},
            "last": {"weights": "last_third", "checkpoints": 3},
        },
    }


def test_what_is_at_its_default_leaves_no_trace(study_text, tmp_path):
    words = '[scoring]\nviews = 1\nweights = "last"\nhorizon = 0.1\ncheckpoints = 1\n'
    study, plain = load(study_text, tmp_path, words), load(study_text, tmp_path)
    assert study == plain
    assert "scoring" not in study.model_dump(mode="json")
    stated = load(study_text, tmp_path, change=("batch_size = 16", "batch_size = 16\nlabel_smoothing = 0.0"))
    assert "label_smoothing" not in stated.model_dump(mode="json")["training"]


def test_rows_are_ranked_by_a_way_that_there_is(study_text, tmp_path):
    words = "[scoring.also.more]\nimages = 90\n[analysis]\nscore = 'negative_loss@{}'"
    assert load(study_text, tmp_path, words.format("more")).analysis.score == "negative_loss@more"
    known = "accuracy, negative_loss, accuracy@more, negative_loss@more"
    with pytest.raises(ValueError, match=rf"unknown score 'negative_loss@less'; known are {known}"):
        load(study_text, tmp_path, words.format("less"))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("[scoring.also.Bad]", "scoring.also.Bad: a name is of a-z, 0-9 and '-', 100 characters at most"),
        (
            "[scoring.also.more]\nimages = 1_800",
            "images: images = 1800, but beside 64 for weights and 32 held out digits has 1701 for scoring",
        ),
        ("[scoring.also.more]\nimages = 0", "images: Input should be greater than or equal to 1"),
        ("[scoring]\nimages = 50", "scoring.images: unknown key"),
        ("[scoring]\nweights = 'swa'", "scoring.weights: Input should be 'last', 'ema' or 'last_third'"),
        ("[scoring]\nviews = 11", "scoring.views: Input should be less than or equal to 10"),
        ("[scoring]\nhorizon = 0.0", "scoring.horizon: Input should be greater than 0"),
    ],
)
def test_what_cannot_be_is_refused_at_its_key(study_text, tmp_path, words, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        load(study_text, tmp_path, words)


def test_averages_have_no_running_statistics(study_text, tmp_path):
    tracked = ("cells_per_stage = 1", 'cells_per_stage = 1\nstatistics = "tracked"')
    words = "[scoring.also.mean]\nweights = 'last_third'"
    with pytest.raises(ValueError, match=r"scoring.also.mean.weights: weights = 'last_third' have no running stat"):
        load(study_text, tmp_path, words, change=tracked)
    recalibrated = (tracked[0], tracked[1].replace("tracked", "recalibrated"))
    assert load(study_text, tmp_path, words, change=recalibrated).scoring.averages
