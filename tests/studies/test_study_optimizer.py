"""The optimizer of a study: what it may be, and which strategies can do with it."""

from __future__ import annotations

import pytest

from nasrank.bench.studies.study_file import load_study
from nasrank.bench.training.optimizers import Sgd


def load(study_text, tmp_path, *lines, strategies='"spos", "gdas"', more=""):
    """The tiny study with these lines after that of the batch size."""
    path = tmp_path / "mine.toml"
    training = "\n".join(["batch_size = 16", *lines])
    text = study_text.replace('"spos", "gdas"', strategies).replace("batch_size = 16", training)
    path.write_text(text + more)
    return load_study(path)


def test_they_reach_training(study_text, tmp_path):
    settings = load(study_text, tmp_path, 'optimizer = "adamw"', "warm_up = 0.1").training.optimization()
    assert (settings.optimizer, settings.warm_up, settings.nesterov) == ("adamw", 0.1, False)
    assert load(study_text, tmp_path, "nesterov = true").training.optimization().nesterov


def test_the_first_ones_leave_no_trace_in_what_is_stored(study_text, tmp_path):
    stated = load(study_text, tmp_path, 'optimizer = "sgd"', "warm_up = 0.0", "nesterov = false").training
    assert stated == load(study_text, tmp_path).training
    assert not {"optimizer", "warm_up", "nesterov"} & stated.model_dump(mode="json").keys()


def test_unknown_ones_are_refused_at_their_line(study_text, tmp_path):
    line = study_text[: study_text.index("batch_size = 16")].count("\n") + 2
    with pytest.raises(ValueError, match=rf"mine.toml, line {line}: training.optimizer: unknown optimizer 'lion'"):
        load(study_text, tmp_path, 'optimizer = "lion"')


def test_a_strategy_that_restates_sgd_refuses_others(study_text, tmp_path):
    line = study_text[: study_text.index("batch_size = 16")].count("\n") + 2
    words = rf"mine.toml, line {line}: training.optimizer: optimizer = 'adam', but darts2 needs sgd$"
    with pytest.raises(ValueError, match=words):
        load(study_text, tmp_path, 'optimizer = "adam"', strategies='"spos", "darts2"')


def test_so_does_a_variant_of_it(study_text, tmp_path):
    more = '\n[variants.mine]\nstrategy = "darts2"\nlabel = "mine"\ntraining = { optimizer = "adam" }\n'
    words = r"variants.mine.training.optimizer: optimizer = 'adam', but darts2 needs sgd$"
    with pytest.raises(ValueError, match=words):
        load(study_text, tmp_path, more=more)


@pytest.mark.parametrize(
    ("line", "reason"), [('optimizer = "adam"', "adam has no Nesterov momentum"), ("momentum = 0.0", "there is none")]
)
def test_nesterovs_momentum_is_refused_where_there_is_none(study_text, tmp_path, line, reason):
    at = study_text[: study_text.index("batch_size = 16")].count("\n") + 2
    with pytest.raises(ValueError, match=rf"mine.toml, line {at}: training.nesterov: {reason}"):
        load(study_text, tmp_path, "nesterov = true", line)


def test_no_optimizer_is_made_to_read_a_study(study_text, tmp_path, monkeypatch):
    """With the first one torch imports its compiler, which takes longer than to read all studies that ship."""
    monkeypatch.setattr(Sgd, "make", None)
    assert load(study_text, tmp_path, "nesterov = true").training.nesterov


@pytest.mark.parametrize("rate", ["0.001", "0.0005"])
def test_a_warm_up_that_would_not_rise_is_refused(study_text, tmp_path, rate):
    """Adam's usual rate is the default at the end: a whole study trained without the warm-up that it asked for."""
    words = rf"warm_up: it rises from final_learning_rate = 0.001, which is no less than learning_rate = {rate}"
    with pytest.raises(ValueError, match=words):
        load(study_text, tmp_path, 'optimizer = "adam"', "warm_up = 0.1", f"learning_rate = {rate}")
    falls = "final_learning_rate = 0.0"
    assert load(study_text, tmp_path, "warm_up = 0.1", f"learning_rate = {rate}", falls).training.warm_up == 0.1
