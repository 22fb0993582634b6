"""Results that are continued under a table that has grown since, or under another file of the same measurement."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.foundation.json_files import write_json
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.pool import passed_over
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Store
from nasrank.bench.runner.reuse import adopt, continued
from nasrank.bench.runner.truth import Truth, open_truth, truth_of
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

EVERY = 20
COLUMN = Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")
VALUES = np.random.default_rng(3).uniform(10, 95, len(get_space("nb201")))


def keep(cache: Path, name: str, values: np.ndarray, positions: np.ndarray | None = None) -> None:
    """A table among the imported ones."""
    provenance = Provenance("nb201", f"{name}.csv", f"{name:0<64}", "invented", "us", "MIT", "invented", 1)
    folder = cache / "oracles" / "imported"
    folder.mkdir(parents=True, exist_ok=True)
    Table.from_arrays({COLUMN: values}, provenance, positions).write(folder / f"{name}.arrow")


@dataclass(frozen=True)
class Earlier:
    """Finished results of a study whose table knew a part of the space, and the same study with the whole."""

    cache: Path
    store: Store
    design: Design

    def study(self, oracle: str, **truth: str):
        study = self.design.study
        return study.model_copy(update={"truth": study.truth.model_copy(update={"oracle": oracle, **truth})})

    def today(self, oracle: str = "whole") -> tuple[Design, Truth]:
        return resolve(self.study(oracle))[:2]


@pytest.fixture
def earlier(study_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Earlier:
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    positions = np.arange(0, len(VALUES), EVERY)
    noise = 1e-12 * np.random.default_rng(4).uniform(-1, 1, len(positions))
    keep(tmp_path / "cache", "part", VALUES[positions] + noise, positions)
    keep(tmp_path / "cache", "whole", VALUES)
    for theirs, ours in (("analog-nasbench", "part"), ("test_50k_augmented", "test_50k"), ("one_run", "mean")):
        study_text = study_text.replace(theirs, ours)
    study_text = study_text.replace('seeds = "mean"', 'seeds = "mean"\ncoverage = "one in twenty"')
    (tmp_path / "tiny.toml").write_text(study_text)
    design = resolve(load_study(tmp_path / "tiny.toml"))[0]
    store = Store(tmp_path / "out" / "results")
    store.begin(design)
    for trial in design.trials:
        store.put(trial, result_of(trial, design))
    return Earlier(tmp_path / "cache", store, design)


def result_of(trial, design: Design):
    rest = {"format": 2, "steps": 1, "record": [], "curve": [], "settings": design.settings(trial), "derived": None}
    rest |= {"landmark_scores": {}, "lookalike_scores": {}, "parts": None, "seconds": {}, "versions": {}}
    scores = {"accuracy": [0.5] * len(design.pool)}
    return {"trial": trial.name, "processor": "abacus", "failure": None, "scores": scores, **rest}


def mine(tmp_path: Path, design: Design) -> Store:
    store = Store(tmp_path / "mine")
    store.begin(design)
    return store


def test_a_table_that_has_grown_keeps_what_was_drawn_and_trained(earlier: Earlier, tmp_path: Path):
    fresh, truth = earlier.today()
    assert fresh.pool != earlier.design.pool
    design = continued(fresh, truth, earlier.store.folder.parent)
    for drawn in ("pool", "landmarks", "own_landmarks", "candidates", "lookalikes"):
        assert getattr(design, drawn) == getattr(earlier.design, drawn)
    assert design.truth == fresh.truth
    assert design.drawn_from == "the 782 architectures that part holds this truth of (one in twenty)"
    assert adopt(mine(tmp_path, design), earlier.store.folder.parent, design, truth) == len(design.trials)
    assert Store(tmp_path / "mine").read().design == design
    theirs = passed_over(earlier.design, truth_of(earlier.design.study, open_truth(earlier.design.study)))
    assert theirs
    assert passed_over(design, truth) == theirs


def test_from_then_on_the_smaller_table_is_not_needed(earlier: Earlier, tmp_path: Path):
    fresh, truth = earlier.today()
    design = continued(fresh, truth, earlier.store.folder)
    store = mine(tmp_path, design)
    adopt(store, earlier.store.folder, design, truth)
    (earlier.cache / "oracles" / "imported" / "part.arrow").unlink()
    again = continued(fresh, truth, store.folder)
    assert again == design
    other = Store(tmp_path / "other")
    other.begin(again)
    assert adopt(other, store.folder, again, truth) == len(design.trials)


def test_the_smaller_table_has_to_be_at_hand_once(earlier: Earlier):
    fresh, truth = earlier.today()
    (earlier.cache / "oracles" / "imported" / "part.arrow").unlink()
    with pytest.raises(ValueError, match=r"compared with the table part alone, which is not at hand"):
        continued(fresh, truth, earlier.store.folder)


def changed(earlier: Earlier, architecture: object, value: float) -> tuple[Design, Truth]:
    """The design of today, and a truth with another value of this architecture."""
    values = VALUES.copy()
    values[get_space("nb201").position(architecture)] = value
    keep(earlier.cache, "whole", values)
    return earlier.today()


def test_labels_in_another_order_are_refused(earlier: Earlier, tmp_path: Path):
    """Values may differ by what rounding explains, but no pair of landmarks may change its order."""
    first, second = earlier.design.landmarks[1][:2]
    space = get_space("nb201")
    close = VALUES.copy()
    close[space.position(second)] = close[space.position(first)] + 1e-6
    positions = np.arange(0, len(VALUES), EVERY)
    keep(earlier.cache, "part", close[positions], positions)
    truth = truth_of(earlier.study("part"), open_truth(earlier.study("part")))
    keep(earlier.cache, "whole", np.where(close == close[space.position(second)], close - 2e-6, close))
    fresh, truth = earlier.today()
    design = continued(fresh, truth, earlier.store.folder)
    reason = r"part and whole differ in how they order the landmarks of \w+, seed 1"
    with pytest.raises(ValueError, match=reason):
        adopt(mine(tmp_path, design), earlier.store.folder, design, truth)


def test_another_value_of_what_was_scored_is_refused_by_name(earlier: Earlier, tmp_path: Path):
    one = earlier.design.pool[7]
    design, truth = changed(earlier, one, 5.0)
    design = continued(design, truth, earlier.store.folder)
    with pytest.raises(ValueError, match=re.escape(f"part and whole differ in {one}, by ")):
        adopt(mine(tmp_path, design), earlier.store.folder, design, truth)


def test_a_table_that_lacks_what_was_drawn_draws_anew(earlier: Earlier, tmp_path: Path):
    fresh, truth = changed(earlier, earlier.design.pool[7], np.nan)
    assert continued(fresh, truth, earlier.store.folder) == fresh
    with pytest.raises(ValueError, match=r"differs from this study in .*pool.*: nothing can be reused"):
        adopt(mine(tmp_path, fresh), earlier.store.folder, fresh, truth)


@pytest.mark.parametrize("section", ["training", "truth"])
def test_another_study_is_refused_as_ever(earlier: Earlier, tmp_path: Path, section: str):
    fresh, truth = earlier.today()
    changes = {"training": {"passes": 13}, "truth": {"epochs": 12}}[section]
    own = getattr(fresh.study, section).model_copy(update=changes)
    other = replace(fresh, study=fresh.study.model_copy(update={section: own}))
    assert continued(other, truth, earlier.store.folder) == other
    with pytest.raises(ValueError, match=f"differs from this study in .*{section}.*: nothing can be reused"):
        adopt(mine(tmp_path, other), earlier.store.folder, other, truth)


def test_a_row_that_draws_landmarks_of_its_own_draws_all_anew(earlier: Earlier):
    """Those may be in the pool that was drawn before."""
    fresh, truth = earlier.today()
    more = replace(fresh, own_landmarks={"spos": fresh.landmarks})
    assert continued(more, truth, earlier.store.folder) == more


def test_a_design_of_the_same_draw_is_returned_as_it_is(earlier: Earlier):
    """Also where another nasrank has drawn another pool from the very same table."""
    design, truth = earlier.today("part")
    assert continued(design, truth, earlier.store.folder) == design
    pool = (*earlier.design.pool[1:], earlier.design.pool[0])
    write_json(earlier.store.folder / "design.json", replace(earlier.design, pool=pool).to_json())
    assert continued(design, truth, earlier.store.folder) == design


@pytest.mark.parametrize("equal", [True, False])
def test_estimates_are_taken_over_where_all_labels_are_equal(earlier: Earlier, tmp_path: Path, equal: bool):
    if equal:
        positions = np.arange(0, len(VALUES), EVERY)
        keep(earlier.cache, "part", VALUES[positions], positions)
    fresh, truth = earlier.today()
    design = continued(fresh, truth, earlier.store.folder)
    store = mine(tmp_path, design)
    copied: list[str] = []
    every = [estimate.name for estimate in estimates_of(design)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "has_estimate", lambda self, _estimate, _design: self.folder != store.folder)
        patch.setattr(Store, "estimate", lambda _self, estimate, _design: {"estimate": estimate.name})
        patch.setattr(Store, "put", lambda _self, task, _result: copied.append(task.name))
        adopt(store, earlier.store.folder, design, truth)
    assert [name for name in copied if name in every] == (every if equal else [])


def test_the_words_about_the_draw_are_stored_and_are_no_part_of_what_trials_share(design: Design):
    worded = replace(design, drawn_from="a part", passed_over=design.landmarks[0])
    assert Design.from_json(worded.to_json()) == worded
    assert worded.common == design.common
    assert "drawn_from" not in design.to_json()


@pytest.mark.slow
def test_a_run_continues_a_report_of_the_smaller_table(study_text, tmp_path, command, monkeypatch):
    """By the commands: nothing is trained, and the report says what its pool was drawn from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    positions = np.arange(0, len(VALUES), EVERY)
    keep(tmp_path / "cache", "part", VALUES[positions], positions)
    keep(tmp_path / "cache", "whole", VALUES)
    for theirs, ours in (("analog-nasbench", "part"), ("test_50k_augmented", "test_50k"), ("one_run", "mean")):
        study_text = study_text.replace(theirs, ours)
    Path("tiny.toml").write_text(study_text)
    assert command("run", "tiny.toml", "--executor", "here", "--out", "out")[0] == 0
    words = ("run", "tiny.toml", "--oracle", "whole", "--reuse", "out", "--executor", "here", "--out", "again")
    code, out, err = command(*words)
    assert code == 0, err
    assert "8 trials taken over from out" in out
    assert "trials to run" not in out
    table = " ".join(Path("again/table.md").read_text().split())
    assert "drawn at random from the 782 architectures that part holds this truth of" in table
