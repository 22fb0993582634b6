"""What is found by a trained super-net: the best of what was looked at, under limits and level by level."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from tiny import TINY

from nasrank.bench.oracles import Table
from nasrank.bench.runner.kept_supernets import SuperNetFolder, load_supernet
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.runner.trial import run_trial
from nasrank.bench.scoring.found import find, refuse_levels
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space
from nasrank.spaces.limited import Limit


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Of a super-net of NAS-Bench-201 that was kept."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "tiny.toml").write_text(TINY)
    design, truth = resolve(load_study(folder / "tiny.toml"))[:2]
    supernets, trial = SuperNetFolder(folder / "supernets"), Trial("spos-plain", 0)
    run_trial(design, trial, design.labels_for(trial, truth), supernets=supernets)
    return supernets.path(trial)


@pytest.fixture(scope="module")
def supernet(path):
    return load_supernet(path)


@pytest.mark.slow
def test_it_is_what_the_super_net_scores_best_of_what_was_looked_at(supernet):
    found = find(supernet, "evolution", evaluations=150, seed=0)
    assert len({str(one.architecture) for one in found}) == len(found) == 150
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    again = supernet.score([one.architecture for one in found[:5]])[supernet.ranked_by]
    np.testing.assert_array_equal(again, scores[:5])
    assert all(one.cost == supernet.space.cost(one.architecture) for one in found)
    assert [one.score for one in find(supernet, "evolution", evaluations=150, seed=0)] == scores
    assert [one.score for one in find(supernet, "evolution", evaluations=150, seed=1)] != scores


@pytest.mark.slow
def test_limits_are_kept(supernet):
    found = find(supernet, "rea", evaluations=60, seed=0, limits=[Limit("parameters", most=4e5)])
    assert len(found) >= 50
    assert max(one.cost.parameters for one in found) <= 4e5
    with pytest.raises(ValueError, match="no architecture of nb201 was found with parameters at most 10"):
        find(supernet, "random", evaluations=5, seed=0, limits=[Limit("parameters", most=10)])


def with_levels(space, monkeypatch):
    """The first three decisions of one level, the others of another."""
    named = tuple(
        replace(decision, level="early" if place < 3 else "late") for place, decision in enumerate(space.decisions)
    )
    monkeypatch.setattr(type(space), "decisions", named)


@pytest.mark.slow
def test_levels_are_searched_one_after_the_other(supernet, monkeypatch):
    with_levels(supernet.space, monkeypatch)
    found = find(supernet, "random", evaluations=40, seed=0, levels=["early", "late"])
    choices = [supernet.space.to_choices(one.architecture) for one in found]
    first = [path for path in choices if path[3:] == (0, 0, 0)]
    assert len(first) >= 20, "the later level is at its first options"
    best = next(path for path in choices if path in first)
    assert all(path[:3] == best[:3] for path in choices if path not in first), "and starts from what was found"


def test_levels_that_the_space_does_not_have_are_refused():
    refuse_levels(get_space("glit"), ["details", "heads"])
    with pytest.raises(ValueError, match="levels of glit are heads, details; name each of them once"):
        refuse_levels(get_space("glit"), ["heads"])
    with pytest.raises(ValueError, match="levels of nb201 are none"):
        refuse_levels(get_space("nb201"), ["heads"])


def test_the_commands_find_and_then_train_what_was_found(path, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = command(
        *("find", path, "--out", "found.csv", "--evaluations", 30, "--limit", "parameters <= 1e6", "--top", 3)
    )
    assert code == 0, err
    assert "30 architectures of nb201 looked at; the best by accuracy: |" in out
    with (tmp_path / "found.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    assert all(int(row["parameters"]) <= 1e6 for row in rows)
    options = ("--seeds", 1, "--epochs", 1, "--network", "channels=1", "--train-images", 64, "--test-images", 32)
    code, out, err = command("tabulate", "nb201", "--architectures", "found.csv", *options, "--jobs", 1)
    assert code == 0, err
    table = Table.open(tmp_path / "tables" / "nb201-digits-3-found.arrow")
    space = get_space("nb201")
    assert sorted(table.rows.positions.tolist()) == sorted(space.position(row["architecture"]) for row in rows)
    assert "those named in found.csv of nb201" in table.provenance.protocol


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--limit", "latency<=3"), "'latency' cannot be limited; known are multiply_adds, parameters"),
        (("--limit", "few"), "'few' is no limit: write COST<=NUMBER, such as multiply_adds<=1.5e6"),
        (("--level", "heads"), "levels of nb201 are none; name each of them once, in the order of the search"),
        (("--searcher", "luck"), "unknown searcher 'luck'"),
        (("--out", "found.txt"), "found.txt: what is found is written as CSV"),
    ],
)
def test_mistakes_are_told_in_one_line(path, command, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    given = words if "--out" in words else ("--out", "found.csv", *words)
    code, _, err = command("find", path, *given)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_architectures_are_either_named_or_drawn(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.txt").write_text("|avg_pool_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|\n")
    code, _, err = command("tabulate", "nb201", "--architectures", "some.txt", "--cells", 3)
    assert code == 2
    assert "--cells draws architectures, and --architectures names them: give one of both" in err
    code, _, err = command("tabulate", "nb201", "--architectures", "none.txt")
    assert code == 2
    assert "none.txt is no file that names architectures" in err
