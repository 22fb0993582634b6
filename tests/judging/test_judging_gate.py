"""The gate on rank reports, from the command line and as a function."""

from __future__ import annotations

import json

import numpy as np
import pytest
from judged import TRUTH

from nasrank import rank
from nasrank.bench.judging.gate import compare, load


@pytest.fixture
def reports(scored, tmp_path):
    """Writes a report of these columns and gives its path."""

    def write(name, rows=slice(None), **columns):
        path = tmp_path / f"{name}.json"
        rank((scored.texts[rows], {key: column[rows] for key, column in columns.items()}), truth=TRUTH).to_json(path)
        return path

    return write


@pytest.mark.slow
def test_the_same_scores_pass_and_a_collapse_is_named(command, scored, reports, tmp_path):
    first = reports("first", proxy=scored.good, other=scored.poor)
    assert command("gate", first, "--baseline", tmp_path / "base.json", "--update")[0] == 0
    code, out, err = command("gate", first, "--baseline", tmp_path / "base.json")
    assert code == 0, err
    assert "the ranking gate passes" in out
    worse = reports("worse", proxy=scored.poor, other=scored.poor)
    code, out, _ = command("gate", worse, "--baseline", tmp_path / "base.json")
    assert code == 1
    assert "the ranking gate fails for proxy" in out
    assert command("gate", worse, "--baseline", worse)[0] == 0


@pytest.mark.slow
def test_chance_and_the_margin_pass(scored, reports):
    generator = np.random.default_rng(0)
    first = load(reports("first", proxy=scored.good))
    near = load(reports("near", proxy=scored.good + 0.03 * generator.normal(size=200)))
    assert [check.passed for check in compare(near, first)] == [True]
    better = load(reports("better", proxy=scored.truth))
    assert compare(better, first)[0].passed
    assert not compare(first, better)[0].passed


@pytest.mark.slow
def test_a_paired_change_is_surer_than_one_of_other_architectures(scored, reports):
    first = load(reports("first", slice(0, 190), proxy=scored.good))
    same = load(reports("same", slice(0, 190), proxy=scored.poor))
    other = load(reports("other", slice(10, 200), proxy=scored.poor))

    def width(current):
        low, high = compare(current, first)[0].text.split("interval ")[1].split(")")[0].split(",")[0].split(" to ")
        return float(high) - float(low)

    assert width(same) < width(other)
    assert "of other architectures" in compare(other, first)[0].text


@pytest.mark.slow
def test_a_lost_column_fails_and_another_truth_is_refused(scored, reports):
    first = load(reports("first", proxy=scored.good, other=scored.poor))
    one = load(reports("one", other=scored.poor))
    assert {check.column: check.passed for check in compare(one, first)} == {"proxy": False, "other": True}
    truth = dict(zip(scored.texts, scored.truth, strict=True))
    own = reports("own", proxy=scored.good)
    rank((scored.texts, {"proxy": scored.good}), truth=truth, space="nb201").to_json(own)
    with pytest.raises(ValueError, match="judged by another truth"):
        compare(load(own), first)


@pytest.mark.slow
def test_seeds_of_both_count(scored, reports):
    generator = np.random.default_rng(1)
    noise = np.concatenate([scored.good + 0.1 * generator.normal(size=200) for _ in range(3)])
    path = reports("seeds", proxy=scored.good)
    rank({"arch": scored.texts * 3, "seed": np.repeat([0, 1, 2], 200), "proxy": noise}, truth=TRUTH).to_json(path)
    kept = load(path)
    assert len(kept.scores["proxy"].observed) == 3
    assert compare(kept, kept)[0].passed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.update(format=99), "its format is 99"),
        (lambda content: content.update(gate=3), "no rank report that can be compared"),
        (lambda content: content["gate"].update(scores={}), "no column of it has a tau-b"),
        (lambda content: content["gate"]["scores"]["proxy"].update(by_seed=[7.0]), "no numbers from -1 to 1"),
        (lambda content: content["gate"]["scores"]["proxy"].update(resampled=["x"] * 30), "no rank report"),
        (lambda content: content["gate"]["scores"]["proxy"].update(resampled=[0.5]), "too few"),
        (lambda content: content["gate"]["scores"]["proxy"].update(resampled=[[0.5]] * 30), "no rank report"),
    ],
)
def test_what_is_no_reference_is_one_line(command, scored, reports, tmp_path, change, words):
    path = reports("first", proxy=scored.good)
    content = json.loads(path.read_text())
    change(content)
    (tmp_path / "base.json").write_text(json.dumps(content))
    code, _, err = command("gate", path, "--baseline", tmp_path / "base.json")
    assert code == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_reference_of_a_study_is_not_replaced(command, scored, reports, tmp_path):
    (tmp_path / "base.json").write_text('{"design": {}, "scores": {}}')
    code, _, err = command(
        "gate", reports("first", proxy=scored.good), "--baseline", tmp_path / "base.json", "--update"
    )
    assert code == 2
    assert "no rank report" in err
