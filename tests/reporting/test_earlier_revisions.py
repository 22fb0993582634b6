"""Results by an earlier revision of a strategy are reported as they are, and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from haste import in_haste
from synthetic import invented_results, store, store_first, tau_alone

from nasrank.bench.reporting import analyse
from nasrank.bench.reporting.prose import paragraphs
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.run import completed
from nasrank.bench.runner.truth import Truth
from nasrank.bench.training.strategies import STRATEGIES

WORDS = "trained before the strategy was last changed"


@pytest.mark.slow
def test_the_rows_that_they_concern_are_named(truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tau_alone(monkeypatch)
    folder = store(invented_results(truth), tmp_path / "results")
    before = analyse(Store(folder).read(), truth)
    assert before.header["earlier_revisions"] == []
    assert "Earlier revisions" not in dict(paragraphs("notes.j2", before))
    monkeypatch.setattr(STRATEGIES["gdas"], "revision", STRATEGIES["gdas"].revision + 1)
    after = analyse(Store(folder).read(), truth)
    assert dict(paragraphs("notes.j2", after))["Earlier revisions"].startswith(f"GDAS: {WORDS}")
    assert after.frame == before.frame, "their numbers are what they were"


@pytest.mark.slow
def test_results_of_the_first_format_give_the_report_that_those_of_today_give(
    truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    variants = {
        "soft": {"strategy": "spos", "label": "softplus", "terms": {"landmark": {"loss": "softplus"}}},
        "few": {"strategy": "spos", "label": "4 landmarks", "landmarks": {"count": 4}},
    }
    results = invented_results(truth, variants=variants)
    first, today = (Store(write(results, tmp_path / write.__name__)) for write in (store_first, store))
    assert (first.read().design, first.read().trials) == (today.read().design, today.read().trials)
    assert first.read().estimates == {}, "there were none"
    with in_haste(), completed(first, truth) as whole, completed(today, truth) as same:
        assert whole is not first
        assert same is today
        then, now = analyse(whole.read(), truth), analyse(today.read(), truth)
        assert (then.to_text(), then.frame.to_csv()) == (now.to_text(), now.frame.to_csv())
    assert first.read().estimates == {}, "it is left as it is"


@pytest.mark.slow
def test_what_was_ranked_by_the_one_angle_there_was_still_is(
    truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tau_alone(monkeypatch)
    results = invented_results(truth, strategies=("spos", "rlnas"))
    for trial in results.trials.values():
        for group in ("scores", "landmark_scores"):
            del trial[group]["kernel_angle"]
        trial["settings"] = {name: value for name, value in trial["settings"].items() if name != "revision"}
    with completed(Store(store_first(results, tmp_path / "results")), truth) as whole:
        summary = analyse(whole.read(), truth)
    assert summary.header["earlier_revisions"] == ["rlnas"]
    spos, rlnas = summary.pairs
    assert summary.level(spos, False, score="angle").status == "not measured"
    angle, kernel = (summary.level(rlnas, False, score=score) for score in ("angle", "kernel_angle"))
    assert angle.known
    assert angle[-6:] == kernel[-6:]
