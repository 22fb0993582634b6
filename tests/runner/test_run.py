"""A whole study in one call, as from a notebook."""

from __future__ import annotations

import pytest

import nasrank
from nasrank.bench.execution import Watch
from nasrank.bench.execution.here import Here
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.results import Store

pytestmark = pytest.mark.slow


class Heard(Watch):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.ended: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def done(self, task: str, text: str = "", units: int = 1) -> None:
        assert text.endswith(" s") or (task.startswith("estimate.") and not text)
        assert units == 1 or task.startswith("estimate.")
        self.ended.append(task)


def test_a_study_is_run_once_and_found_again(study_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = Heard(), Heard()
    results = nasrank.run_study(study_file, executor=Here(), watch=first)
    estimates = [estimate.name for estimate in estimates_of(results.design)]
    assert first.ended == [*(trial.name for trial in results.design.trials), *estimates]
    assert list(results.estimates) == estimates
    (folder,) = (tmp_path / ".nasrank").iterdir()
    assert folder.name == f"{study_file.stem}-{results.design.common_fingerprint}"
    again = nasrank.run_study(str(study_file), executor=Here(), watch=second)
    assert second.ended == []
    assert second.notes == [f"all {len(results.design.trials)} trials are finished"]
    assert again.trials == results.trials == nasrank.load_results(folder).trials
    assert again.estimates == results.estimates
    assert again == results == nasrank.load_results(folder)


def test_by_default_it_is_printed_how_it_goes_and_the_numbers_are_frames(study_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    results = nasrank.run_study(study_file, executor=Here())
    said = capsys.readouterr().out
    assert "tau before" in said
    assert "all trials" not in said, "no bars where output is no terminal"
    frame, table = results.to_frame(), results.table()
    whole = frame[(frame["metric"] == "tau") & (frame["part"] == "") & (frame["score"] == "accuracy")]
    means = whole[whole["seed"].isna() & (whole["base"] == "")].set_index("arm")
    for row in results.design.rows.values():
        assert means.loc[row.before.name, "value"] == pytest.approx(table.loc[row.label, "before"])
        assert means.loc[row.after.name, "value"] == pytest.approx(table.loc[row.label, "after"])
        assert means.loc[row.after.name, "low"] <= means.loc[row.after.name, "value"]
    seeds = whole[whole["seed"].notna()]
    assert len(seeds) == len(results.trials)


def test_a_study_made_in_a_notebook_takes_over_what_another_run_has(design, study_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    whole = nasrank.run_study(study_file, executor=Here(), store=Store(tmp_path / "whole"))
    heard = Heard()
    fewer = design.study.model_copy(update={"strategies": design.study.strategies[:1]})
    results = nasrank.run_study(fewer, executor=Here(), reuse=tmp_path / "whole", watch=heard)
    assert heard.ended == []
    assert results.trials.items() <= whole.trials.items()
    assert results.estimates.items() <= whole.estimates.items()
    assert heard.notes[0] == f"{len(results.trials)} trials taken over from {tmp_path / 'whole'}"


def test_estimates_follow_the_super_nets_round_by_round(waiting, tmp_path):
    """Those that need a super-net come after it, and those of chosen landmarks after their choice."""
    design, _ = waiting
    heard = Heard()
    results = nasrank.run_study(design.study, executor=Here(), store=Store(tmp_path / "rounds"), watch=heard)
    assert results.design.waiting == []
    assert results.estimates.keys() == {estimate.name for estimate in estimates_of(results.design)}
    assert [name for name, one in {**results.trials, **results.estimates}.items() if one["failure"]] == []
    order = heard.ended.index
    assert order("estimate.random_forest.spos-plain.few.seed1") > order("spos-plain-seed1")
    assert order("estimate.label_matched.chosen.seed0") > order("spos-landmark-seed1")
    assert len(heard.ended) == len(set(heard.ended)), "nothing is done twice"
