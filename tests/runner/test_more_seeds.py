"""Seeds that are added look by look: rows that are decided have no more, and a resumed run decides the same."""

from __future__ import annotations

from dataclasses import replace
from zlib import crc32

import numpy as np
import pytest
from estimate_studies import result_of

import nasrank
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.frame import BETTER, UNDECIDED, Finding
from nasrank.bench.analysis.scores import Scored, pool_truth, without_twins
from nasrank.bench.execution import Watch
from nasrank.bench.execution.here import Here
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.more_seeds import Looking, most_trials
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results, Store, read_design
from nasrank.bench.runner.run import train_all
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.studies.study_file import load_study

RULE = "seeds = { at_least = 5, at_most = 12 }"
"""Looks at 5, 10 and 12."""

ROWS = """
[variants.half]
strategy = "spos"
label = "half as strong"
terms = { landmark = { coefficient = 5.0 } }
"""
"""It shares the unguided super-nets of SPOS."""


def study_with(seeds, text, folder, variants=ROWS):
    path = folder / "ruled.toml"
    path.write_text(text.replace("seeds = [0, 1]", seeds) + variants)
    return load_study(path)


@pytest.fixture(scope="module")
def drawn(study_text, tmp_path_factory):
    """The design and the truth."""
    return resolve(study_with(RULE, study_text, tmp_path_factory.mktemp("ruled")))[:2]


@pytest.fixture
def store(drawn, tmp_path):
    store = Store(tmp_path / "store")
    store.begin(drawn[0])
    return store


def put(store, design, truth, *, clear=("spos-landmark",), failed=()):
    """Results of the trials that the store lacks: those of clear arms rank nearly as the truth does, others at random.

    What is guided half as strongly ranks as nothing does, whatever the seed.
    """
    for trial in design.trials:
        if store.has(trial, design):
            continue
        result = result_of(trial, design, failure="it diverged" if trial.name in failed else None)
        if trial.arm in clear and trial.name not in failed:
            noise = np.random.default_rng(crc32(trial.name.encode())).normal(0, 0.02, len(design.pool))
            result["scores"]["accuracy"] = ((truth.of(design.pool) + noise) / 200).tolist()
        store.put(trial, result)


def rounds(design, truth, store, **options):
    """The designs of all looks, each with its results stored; it looks anew each time, as another process would."""
    found = [design]
    while True:
        put(store, found[-1], truth, **options)
        store.begin(found[-1])
        later = Looking(truth).with_more_seeds(found[-1], store)
        if later == found[-1]:
            return found
        found.append(later)
        assert len(found) < 5, "there are three looks"


def test_what_is_drawn_is_drawn_for_all_seeds_that_there_may_be(drawn, study_text, tmp_path):
    """Else the pool would depend on how many of them were needed."""
    design, _ = drawn
    listed, _, _ = resolve(study_with("seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]", study_text, tmp_path))
    assert (design.pool, design.lookalikes, design.landmarks) == (listed.pool, listed.lookalikes, listed.landmarks)
    assert design.seed_counts == {"spos": 5, "gdas": 5, "half": 5}
    assert {trial.seed for trial in design.trials} == {0, 1, 2, 3, 4}
    assert [trial for trial in listed.trials if trial.seed < 5] == design.trials
    for trial in design.trials:
        assert design.settings(trial) == listed.settings(trial)


def test_nobody_goes_on_before_all_trials_of_a_look_are_there(drawn, store):
    design, truth = drawn
    put(store, design, truth)
    store.path(design.trials[-1].name).unlink()
    assert Looking(truth).with_more_seeds(design, store) == design


@pytest.mark.slow
def test_a_row_that_is_decided_has_no_further_seed(drawn, store):
    design, truth = drawn
    found = rounds(design, truth, store)
    assert [one.seed_counts for one in found] == [
        {"spos": 5, "gdas": 5, "half": 5},
        {"spos": 5, "gdas": 10, "half": 10},
        {"spos": 5, "gdas": 12, "half": 12},
    ]
    last = found[-1]
    names = {path.stem for path in store.folder.glob("*seed*.json")}
    assert names == {trial.name for trial in last.trials}
    assert Trial("spos-landmark", 5).name not in names
    assert Trial("spos-plain", 11).name in names, "it is trained for the row that shares it"
    assert last.seeds_of("spos") == (0, 1, 2, 3, 4)
    assert last.seeds_of_arm("spos-plain") == last.seeds == tuple(range(12))


@pytest.mark.slow
def test_a_run_that_begins_again_comes_to_the_same(drawn, store):
    """From the first look, with a new look at everything, and whatever the stored design says."""
    design, truth = drawn
    last = rounds(design, truth, store)[-1]
    again, looking = design, Looking(truth)
    while (later := looking.with_more_seeds(again, store)) != again:
        again = later
    assert again == last
    assert (again.fingerprint, again.common) == (last.fingerprint, design.common)


@pytest.mark.slow
def test_a_row_whose_trial_failed_ends_there(drawn, store):
    """More seeds would not give a mean to it."""
    design, truth = drawn
    last = rounds(design, truth, store, failed=("gdas-plain-seed1",))[-1]
    assert last.seed_counts == {"spos": 5, "gdas": 5, "half": 12}


@pytest.mark.slow
def test_a_failure_of_a_shared_arm_ends_no_row_that_had_ended(drawn, store):
    design, truth = drawn
    found = rounds(design, truth, store, failed=("spos-plain-seed7",))
    assert found[-1].seed_counts == {"spos": 5, "gdas": 12, "half": 10}
    results = without_twins(Results(found[-1], {one.name: store.get(one, found[-1]) for one in found[-1].trials}))
    gain = gains(results, truth)
    assert gain["spos"].status == BETTER
    assert gain["half"].status == "a trial failed"


@pytest.mark.slow
def test_reports_decide_as_the_run_did(drawn, store):
    design, truth = drawn
    last = rounds(design, truth, store)[-1]
    results = without_twins(Results(last, {trial.name: store.get(trial, last) for trial in last.trials}))
    gain = gains(results, truth)
    assert {name: one.status for name, one in gain.items()} == {"spos": BETTER, "gdas": UNDECIDED, "half": UNDECIDED}
    assert gain["spos"].low > 0


def gains(results, truth):
    """What guidance gains, by row."""
    compare, scored = Comparison(results.design.study, pool_truth(results.design, truth)), Scored(results)
    rows = results.design.rows
    differences = [
        compare.difference(scored.side(row.before), scored.side(row.after), METRICS["tau"], Finding(name))
        for name, row in rows.items()
    ]
    return {one.arm: one for one in compare.decided(differences)}


def test_estimators_know_the_labels_of_the_seeds_that_are_trained(drawn):
    """GDAS and SPOS have the same labels, so that theirs are of as many seeds as GDAS has."""
    design, _ = drawn
    design = replace(design, seed_counts={"spos": 5, "gdas": 10, "half": 5})
    ridges = [one.seed for one in estimates_of(design) if one.estimator == "label_matched"]
    assert ridges == list(range(10))
    assert [one.seed for one in estimates_of(design) if one.estimator == "parameters"] == [0]


def test_how_many_trials_it_may_come_to(drawn):
    """Two rows of two arms with 12 seeds, and a third that shares one arm."""
    design, _ = drawn
    assert most_trials(design) == 5 * 12
    assert most_trials(replace(design, seed_counts={"spos": 5, "gdas": 10, "half": 10})) == 4 * 12 + 5
    assert most_trials(replace(design, seed_counts={"spos": 12, "gdas": 5, "half": 5})) == 2 * 12 + 3 * 5


def test_a_stored_design_says_how_many_seeds_rows_have(drawn):
    design, _ = drawn
    later = replace(design, seed_counts={"spos": 5, "gdas": 10, "half": 12})
    assert Design.from_json(later.to_json()) == later
    assert later.common_fingerprint == design.common_fingerprint


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "seed_counts: they are of the rows whose seeds are not listed"),
        ({"spos": 5, "gdas": 5}, "seed_counts: they are of the rows"),
        ({"spos": 5, "gdas": 4, "half": 5}, "seed_counts: there is no look at 4 seeds"),
        ({"spos": 5, "gdas": "10", "half": 5}, "seed_counts.gdas: Input should be a valid integer"),
    ],
)
def test_a_stored_design_with_other_counts_is_refused(drawn, counts, words):
    with pytest.raises(ValueError, match=words):
        Design.from_json({**drawn[0].to_json(), "seed_counts": counts})


def test_listed_seeds_have_no_counts(design):
    assert "seed_counts" not in design.to_json()
    assert design.seeds == design.seeds_of("spos") == design.seeds_of_arm("spos-plain") == (0, 1)
    with pytest.raises(ValueError, match="seed_counts: they are of the rows whose seeds are not listed"):
        Design.from_json({**design.to_json(), "seed_counts": {"spos": 2, "gdas": 2}})


class Interrupting(Watch):
    """Interrupts after so many trials, and keeps what it is told."""

    def __init__(self, after=1000):
        self.left, self.notes, self.begun = after, [], []

    def note(self, text):
        self.notes.append(text)

    def begin(self, what, total, finished):
        self.begun.append((what, total, finished))

    def done(self, task, text="", units=1):
        del text, units
        self.left -= not task.startswith("estimate.")
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_a_run_may_stop_after_a_look_and_go_on_another_time(drawn, store):
    design, truth = drawn
    put(store, design, truth)
    heard = Interrupting()
    with store.writing():
        train_all(design, truth, store, Here(), watch=heard, most_looks=1)
    kept = read_design(store.folder / "design.json")
    assert kept.seed_counts == {"spos": 5, "gdas": 5, "half": 5}
    assert store.read().design == kept, "it can be reported"
    assert sum("more seeds would be added" in note for note in heard.notes) == 1
    assert Looking(truth).with_more_seeds(kept, store).seed_counts == {"spos": 5, "gdas": 10, "half": 10}


def test_listed_seeds_are_not_looked_at(design, truth, tmp_path):
    with pytest.raises(ValueError, match="this study lists its seeds"):
        train_all(design, truth, Store(tmp_path / "store"), Here(), most_looks=1)


STILL = """
[variants.still]
strategy = "spos"
label = "guided at no step"
terms = { landmark = { warm_up = 0.99 } }
"""


@pytest.mark.slow
def test_a_whole_study_ends_one_row_early_and_resumes_to_the_same(study_text, tmp_path):
    """A row that nothing is done to has a gain of exactly 0, which is as narrow as can be."""
    text = study_text.replace('["spos", "gdas"]', '["spos"]')
    study = study_with("seeds = { at_least = 2, at_most = 4, width = 0.01 }", text, tmp_path, STILL)
    heard = Interrupting()
    whole = nasrank.run_study(study, executor=Here(), store=Store(tmp_path / "whole"), watch=heard)
    assert whole.design.seed_counts == {"spos": 4, "still": 2}
    assert sorted(whole.trials) == sorted(
        [f"spos-{arm}-seed{seed}" for arm in ("plain", "landmark") for seed in range(4)]
        + [f"still-landmark-seed{seed}" for seed in range(2)]
    )
    assert "then more seeds, 12 trials at most" in heard.notes
    assert "4 seeds of SPOS; 1 of 2 row(s) need no more" in heard.notes
    assert heard.begun[0] == ("trials (12 at most)", 6, 0)
    assert ("all trials", 10, 6) in heard.begun

    for after in (3, 2, 3):  # within the first look, between both, and within the second
        with pytest.raises(KeyboardInterrupt):
            nasrank.run_study(study, executor=Here(), store=Store(tmp_path / "cut"), watch=Interrupting(after))
    again = nasrank.run_study(study, executor=Here(), store=Store(tmp_path / "cut"))
    assert again.design == whole.design
    assert {name: one["scores"] for name, one in again.trials.items()} == {
        name: one["scores"] for name, one in whole.trials.items()
    }
    design = (tmp_path / "cut" / "design.json").read_bytes()
    assert design == (tmp_path / "whole" / "design.json").read_bytes()
