"""A space is ranked by a few labels, and how sure that is comes from labels that no fit has seen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.bench.oracles import open_oracle
from nasrank.bench.oracles.imports.recipes.analog import ACCURACY
from nasrank.bench.recommending import recommend
from nasrank.bench.recommending.inputs import gathered, read_labels
from nasrank.spaces import get_enumerated

Command = Callable[..., tuple[int, str, str]]
SPACE = get_enumerated("nb201")


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return open_oracle("analog-nasbench").over(SPACE, ACCURACY).values


def labels_of(truth: np.ndarray, count: int, seed: int = 0) -> dict[object, float]:
    places = np.random.default_rng(seed).choice(len(SPACE), count, replace=False)
    return {SPACE.at(int(place)): float(truth[place]) for place in places}


def test_the_ranking_agrees_with_the_truth_about_as_much_as_it_says(truth: np.ndarray) -> None:
    pool = [SPACE.at(int(place)) for place in np.random.default_rng(5).choice(len(SPACE), 600, replace=False)]
    labels = labels_of(truth, 40)
    every = [*dict.fromkeys([*labels, *pool])]
    found = recommend(SPACE, every, labels, {}, predictor="gaussian_process")
    known = {str(one): float(truth[SPACE.position(one)]) for one in every if one not in labels}
    table = found.table[found.table["label"].isna()]
    tau = kendalltau(table["score"], [known[text] for text in table["architecture"]]).statistic
    assert tau > 0.45
    assert found.agreement.low - 0.1 < tau < found.agreement.high + 0.1
    assert (table["best_rank"] <= table["worst_rank"]).all()
    assert list(found.table["rank"]) == sorted(found.table["rank"])


@pytest.mark.slow
def test_a_feature_that_knows_the_truth_is_used(truth: np.ndarray) -> None:
    architectures = list(labels_of(truth, 300, seed=2))
    values = np.array([truth[SPACE.position(one)] for one in architectures])
    labels = dict(zip(architectures[:12], values[:12].tolist(), strict=True))
    taus = []
    for features in ({}, {"oracle": values}):
        table = recommend(SPACE, architectures, labels, features, predictor="gaussian_process").table
        by_text = dict(zip(map(str, architectures), values, strict=True))
        taus.append(kendalltau(table["score"], [by_text[text] for text in table["architecture"]]).statistic)
    assert taus[1] > taus[0] + 0.05


def test_the_same_labels_give_the_same_ranking(truth: np.ndarray) -> None:
    labels = labels_of(truth, 12)
    ones, others = (recommend(SPACE, list(labels), labels, {}, predictor="label_matched") for _ in range(2))
    assert ones.table.equals(others.table)
    assert ones.agreement == others.agreement


@pytest.mark.parametrize(
    ("labels", "words"),
    [({}, "0 labels: give 4 or more"), ({0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, "they rank nothing")],
)
def test_labels_that_say_nothing_are_refused(labels: dict[int, float], words: str) -> None:
    known = {SPACE.at(place): value for place, value in labels.items()}
    with pytest.raises(ValueError, match=words):
        recommend(SPACE, list(known), known, {})


def test_a_label_of_what_is_not_ranked_is_refused(truth: np.ndarray) -> None:
    labels = labels_of(truth, 6)
    with pytest.raises(ValueError, match="1 labelled architectures are not among those to be ranked"):
        recommend(SPACE, list(labels)[1:], labels, {})


def write_labels(path: Path, labels: dict[object, float], **more: list[object]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["architecture", "accuracy", *more])
        for place, (architecture, value) in enumerate(labels.items()):
            writer.writerow([architecture, value, *(column[place] for column in more.values())])
    return path


def test_labels_are_read_by_name_and_seeds_are_averaged(tmp_path: Path) -> None:
    cell = SPACE.at(77)
    path = write_labels(tmp_path / "labels.csv", {cell: 90.0, SPACE.at(78): 80.0})
    with path.open("a") as file:
        file.write(f"{cell},94.0\n")
    assert read_labels(path, SPACE) == {cell: 92.0, SPACE.at(78): 80.0}


def test_two_columns_of_numbers_have_to_be_told_apart(tmp_path: Path) -> None:
    path = write_labels(tmp_path / "labels.csv", {SPACE.at(1): 1.0, SPACE.at(2): 2.0}, loss=[0.1, 0.2])
    with pytest.raises(ValueError, match="--column"):
        read_labels(path, SPACE)


@pytest.mark.slow
def test_without_features_the_whole_space_is_ranked() -> None:
    assert len(gathered(SPACE, {SPACE.at(3): 1.0}).architectures) == len(SPACE)


@pytest.fixture
def files(tmp_path: Path, truth: np.ndarray) -> Path:
    write_labels(tmp_path / "labels.csv", labels_of(truth, 20))
    return tmp_path


@pytest.mark.slow
def test_the_command_ranks_the_space_and_says_how_sure(files: Path, command: Command) -> None:
    out = files / "ranking.csv"
    code, printed, errors = command(
        "recommend", "nb201", "--labels", files / "labels.csv", "--predictor", "label_matched", "--out", out
    )
    assert code == 0, errors
    assert "15,625 architectures of nb201 ranked by 20 labels" in printed
    assert "How sure" in printed
    with out.open() as file:
        lines = list(csv.DictReader(file))
    assert all(line["architecture"] in printed for line in lines[:10]), "none is cut by a narrow terminal"
    assert len(lines) == 15_625
    assert SPACE.parse(lines[0]["architecture"])
    assert sum(line["label"] != "" for line in lines) == 20


@pytest.mark.slow
def test_the_command_turns_losses_round(files: Path, command: Command) -> None:
    out = [files / "one.csv", files / "other.csv"]
    for path, option in zip(out, ([], ["--lower-is-better"]), strict=True):
        words = ["--labels", files / "labels.csv", "--predictor", "label_matched", "--out", path]
        assert command("recommend", "nb201", *words, *option)[0] == 0
    scores = [{line["architecture"]: float(line["score"]) for line in csv.DictReader(path.open())} for path in out]
    assert kendalltau(list(scores[0].values()), [scores[1][text] for text in scores[0]]).statistic < -0.99


def test_the_command_names_a_row_that_is_no_architecture(files: Path, command: Command) -> None:
    (files / "labels.csv").write_text("architecture,accuracy\nnonsense,3\n")
    code, _, errors = command("recommend", "nb201", "--labels", files / "labels.csv")
    assert code == 2
    assert "row 1 names no architecture" in errors
