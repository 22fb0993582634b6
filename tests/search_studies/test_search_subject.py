"""The numbers of a part are those of its sources, architecture by architecture, and gaps are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny_search import (
    GAPPY,
    NAME,
    ROWS,
    TEXT,
    WITHOUT_TEST,
    WITHOUT_TIME,
    WITHOUT_VALID,
    changed,
    curves,
    final_accuracies,
    tiny_study,
    tiny_subject,
    training_seconds,
)

from nasrank.bench.oracles import open_oracle
from nasrank.bench.search_studies import numbers
from nasrank.bench.search_studies.play import play
from nasrank.bench.search_studies.run import check
from nasrank.bench.search_studies.subject import Subject
from nasrank.spaces import get_enumerated

SPACE = get_enumerated("nb201")

PLACES = [0, 5, 777, 9_000, 15_624]


def with_objective(folder: Path, lines: str) -> Subject:
    """A part with one more objective, `more`."""
    text = changed(("[parts.cells.price]", f"[parts.cells.objectives.more]\n{lines}\n\n[parts.cells.price]"))
    return tiny_subject(folder, text)[1]


@pytest.mark.slow
def test_columns_prices_and_costs(tmp_path: Path) -> None:
    _, subject = tiny_subject(tmp_path)
    np.testing.assert_array_equal(subject.told("validation"), curves()[:, -1])
    np.testing.assert_array_equal(subject.reported("test"), final_accuracies())
    costs = [SPACE.cost(SPACE.at(at)).multiply_adds for at in PLACES]
    assert subject.reported("flops")[PLACES].tolist() == costs
    assert subject.told("flops")[PLACES].tolist() == [-cost for cost in costs]
    prices = subject.prices(4)
    assert prices is not None
    assert prices == pytest.approx(training_seconds() / 3 + 2)
    assert subject.seconds_an_epoch == pytest.approx(training_seconds().mean() / 12)
    assert subject.checksums == {NAME: "0" * 64}


def test_a_share_of_a_long_schedule_is_charged(tmp_path: Path) -> None:
    text = changed(("evaluation = true", "evaluation = false\ntrained = 3"))
    _, subject = tiny_subject(tmp_path, text)
    assert subject.prices() == pytest.approx(training_seconds() / 4)
    assert subject.seconds_an_epoch == pytest.approx(training_seconds().mean() / 12)


@pytest.mark.parametrize("epochs", [1, 4, 12])
def test_a_curve_is_told_by_the_epoch(tmp_path: Path, epochs: int) -> None:
    _, subject = tiny_subject(tmp_path)
    np.testing.assert_array_equal(subject.told("validation", epochs=epochs), curves()[:, epochs - 1])


def test_what_has_no_schedule_is_not_told_by_the_epoch(tmp_path: Path) -> None:
    _, subject = tiny_subject(tmp_path)
    with pytest.raises(ValueError, match=r"parts\.cells\.objectives\.flops: only tables have schedules"):
        subject.told("flops", epochs=4)


@pytest.mark.slow
def test_ranks_are_in_percent_and_equals_share_the_best_place(tmp_path: Path) -> None:
    text = changed(("[parts.cells.reported.flops]\n", "[parts.cells.reported.flops]\nrank = true\n"))
    _, subject = tiny_subject(tmp_path, text)
    costs = SPACE.costs(np.arange(ROWS))[1]
    found = subject.reported("flops")
    for at in (*PLACES, int(np.argmin(costs)), int(np.argmax(costs))):
        assert found[at] == pytest.approx(100 * (1 + np.sum(costs < costs[at])) / ROWS)
    assert subject.part.reported["flops"].named == "rank by multiply-adds, %"


def test_a_rank_leaves_out_what_is_not_known(tmp_path: Path) -> None:
    text = changed((NAME, GAPPY), ('label = "test accuracy"', "rank = true"))
    _, subject = tiny_subject(tmp_path, text)
    found, values = subject.reported("test"), final_accuracies()
    assert np.flatnonzero(np.isnan(found)).tolist() == [*range(WITHOUT_TEST.start, WITHOUT_TEST.stop)]
    known = np.delete(values, np.arange(ROWS)[WITHOUT_TEST])
    assert found[777] == pytest.approx(100 * (1 + np.sum(known > values[777])) / len(known))
    assert np.nanmax(found) == 100


def test_a_loss_is_reported_as_it_is(tmp_path: Path) -> None:
    loss = 'metric = "loss", dataset = "cifar10", split = "valid_25k", epochs = 12'
    text = changed(('dataset = "cifar10", split = "test_50k", epochs = 200', loss))
    _, subject = tiny_subject(tmp_path, text)
    np.testing.assert_array_equal(subject.reported("test"), 4 - curves()[:, -1] / 30)
    assert not subject.part.reported["test"].higher_is_better


@pytest.mark.parametrize(("lines", "sign"), [("", -1), ("higher_is_better = true", 1)])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_numbers_of_a_file(tmp_path: Path, kind: str, lines: str, sign: int) -> None:
    sheet = pd.DataFrame({"cell": [str(SPACE.at(at)) for at in PLACES], "ms": [1.5, 2.5, -1.0, 4.0, 5.0]})
    path = tmp_path / f"latencies.{kind}"
    sheet.to_csv(path, index=False) if kind == "csv" else sheet.to_parquet(path)
    given = ", ".join(filter(None, [f'file = "{path}", column = "ms", architectures = "cell", missing = -1.0', lines]))
    found = with_objective(tmp_path, f"numbers = {{ {given.replace(' = true', ' = true')} }}").told("more")
    assert found[PLACES][[0, 1, 3, 4]].tolist() == [sign * one for one in (1.5, 2.5, 4.0, 5.0)]
    assert np.isfinite(found).sum() == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("architecture,ms\nnobody,1.0\n", "row 1 names no architecture of nb201"),
        ("architecture,other\nnobody,1.0\n", "ms"),
        (f"architecture,ms\n{SPACE.at(3)},fast\n", "ms is no column of numbers"),
    ],
)
def test_files_that_say_nothing_are_refused(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "mine.csv").write_text(content)
    subject = with_objective(tmp_path, f'numbers = {{ file = "{tmp_path}/mine.csv", column = "ms" }}')
    with pytest.raises(ValueError, match=words) as error:
        subject.told("more")
    assert str(error.value).startswith("parts.cells.objectives.more: ")
    assert len(str(error.value).splitlines()) == 1


def test_an_absent_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path))
    subject = with_objective(tmp_path, 'numbers = { file = "absent.csv", column = "ms" }')
    with pytest.raises(ValueError, match=r"parts\.cells\.objectives\.more: .*absent\.csv"):
        subject.told("more")


@pytest.mark.slow
def test_the_embedded_table_can_be_searched_by_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_cache: str
) -> None:
    monkeypatch.setenv("NASRANK_CACHE", shared_cache)
    truth = (
        'oracle = "analog-nasbench", dataset = "cifar10", split = "test_50k_augmented", epochs = 200, seeds = "one_run"'
    )
    start, end = TEXT.index("[parts.cells.price]"), TEXT.index("[parts.cells.reported.test]")
    text = (TEXT[:start] + TEXT[end:]).replace("seconds = 3000", "queries = 9")
    for old in ("valid_25k", "test_50k"):
        epochs = 12 if old == "valid_25k" else 200
        column = f'oracle = "{NAME}", dataset = "cifar10", split = "{old}", epochs = {epochs}, seeds = 777'
        text = changed((column, truth), text=text)
    study, subject = tiny_subject(tmp_path, text)
    check(study)
    axes = {"dataset": "cifar10", "split": "test_50k_augmented", "epochs": 200, "seeds": "one_run"}
    wanted = open_oracle("analog-nasbench").accuracy([SPACE.at(at) for at in PLACES], **axes)
    assert subject.told("validation")[PLACES] == pytest.approx(np.asarray(wanted))


GAPS = [(NAME, GAPPY), ("seconds = 3000", "queries = 9")]


@pytest.mark.parametrize(
    ("replacements", "words"),
    [
        ([("seconds = 3000", "seconds = 60")], r"parts\.cells\.seconds: 60 s are less than the cheapest query takes"),
        ([("epochs = 12, seeds", "epochs = 90, seeds")], r"parts\.cells\.objectives\.validation: .*90"),
        ([("seeds = 777\nevaluation", "seeds = 888\nevaluation")], r"parts\.cells\.price: .*888"),
        ([("epochs = 200", "epochs = 12")], r"parts\.cells\.reported\.test: .*test_50k"),
        ([('"tiny-search", dataset = "cifar10", split = "valid', '"nothing", dataset = "cifar10", split = "valid')],
         r"parts\.cells\.objectives\.validation: unknown oracle 'nothing'"),
        (GAPS, r"parts\.cells\.reported\.test: 10 of 12,625 architectures have none"),
        ([("[searchers.random]", '[parts.cells.limits.few]\ncost = "multiply_adds"\nmost = 7\n\n[searchers.random]')],
         r"parts\.cells\.limits\.few: no architecture keeps it; multiply-adds is from 7,783,050 to 220,119,690"),
    ],
)  # fmt: skip
def test_what_cannot_be_searched_is_refused_with_its_key(
    tmp_path: Path, replacements: list[tuple[str, str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words) as error:
        check(tiny_study(tmp_path, changed(*replacements)))
    assert len(str(error.value).splitlines()) == 1


def marked(*gaps: slice) -> str:
    """The lines of a file with the first 5,000 positions, and 1 for those in these gaps."""
    return "\n".join(
        str(SPACE.at(at)) + f",{int(any(gap.start <= at < gap.stop for gap in gaps))}" for at in range(5000)
    )


@pytest.mark.slow
def test_gaps_that_no_search_can_come_to_are_none(tmp_path: Path) -> None:
    (tmp_path / "gaps.csv").write_text(f"architecture,gap\n{marked(WITHOUT_TEST, WITHOUT_TIME)}\n")
    limit = f'[parts.cells.limits.known]\nnumbers = {{ file = "{tmp_path}/gaps.csv", column = "gap" }}\nmost = 0'
    text = changed((NAME, GAPPY), ("[searchers.random]", f"{limit}\n\n[searchers.random]"))
    check(tiny_study(tmp_path, text))
    _, subject = tiny_subject(tmp_path, text)
    assert subject.askable(("validation",)).sum() == 5000 - WITHOUT_VALID.stop - 20
    (tmp_path / "gaps.csv").write_text(f"architecture,gap\n{marked(WITHOUT_TEST)}\n")
    again = text.replace("gaps.csv", "./gaps.csv")
    with pytest.raises(ValueError, match=r"parts\.cells\.price: 10 of 1,990 architectures have none"):
        check(tiny_study(tmp_path, again))


class InventedScores:
    """As much of a file of proxies as a search asks for."""

    checksum = "invented"

    @classmethod
    def read(cls, path: Path, space: object) -> InventedScores:
        assert (path, space) == (Path("scores.parquet"), SPACE)
        return cls()

    def feature(self, kind: str, name: str, architectures: list[object]) -> dict[str, np.ndarray]:
        assert (kind, name, len(architectures)) == ("proxy", "synflow", ROWS)
        return {"synflow": np.array([np.nan, 0.0, *(10.0 ** (np.arange(2, ROWS) % 7))])}


@pytest.mark.parametrize("logarithm", [False, True])
def test_proxies_are_told_as_they_are_or_by_their_logarithm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logarithm: bool
) -> None:
    monkeypatch.setattr(numbers, "ScoreFile", InventedScores)
    more = ", logarithm = true" if logarithm else ""
    subject = with_objective(tmp_path, f'proxy = {{ file = "scores.parquet", name = "synflow"{more} }}')
    found = subject.told("more")
    assert np.isnan(found[0])
    assert np.isnan(found[1]) == logarithm
    assert found[2:5].tolist() == ([2.0, 3.0, 4.0] if logarithm else [100.0, 1000.0, 10_000.0])
    assert subject.checksums == {"scores.parquet": "invented"}
    assert subject.askable(("more",)).all(), "what has no proxy is looked at all the same, and is the worst"


IN_PART = 'options = { "edge 0->1" = ["none", "skip_connect"], "edge 0->2" = ["none"] }'


def test_a_part_of_a_space_is_searched_and_nothing_else(tmp_path: Path) -> None:
    text = changed(("seconds = 3000", f"seconds = 3000\n{IN_PART}"))
    study, subject = tiny_subject(tmp_path, text)
    choices = SPACE.choices()
    inside = np.isin(choices[:, 0], (0, 1)) & (choices[:, 1] == 0)
    np.testing.assert_array_equal(subject.allowed, inside)
    np.testing.assert_array_equal(np.isfinite(subject.reported("flops")), inside)
    drawn = [subject.searched.random_choices(np.random.default_rng(seed)) for seed in range(50)]
    assert {(one[0], one[1]) for one in drawn} == {(0, 0), (1, 0)}
    for name in study.searchers:
        run = play(study, subject, name, 0)
        assert run.queries > 3
        assert all(inside[place] for _, _, place, _ in run.steps)


def test_options_that_a_space_has_not_are_a_mistake(tmp_path: Path) -> None:
    text = changed(("seconds = 3000", 'seconds = 3000\noptions = { "edge 0->1" = ["conv"] }'))
    with pytest.raises(ValueError, match="edge 0->1 has no option 'conv'; it has none, skip_connect"):
        tiny_study(tmp_path, text)


def test_a_mean_over_a_decision_is_of_what_is_known_of_its_options(tmp_path: Path) -> None:
    """Of NAS-Bench-201 the mean over what the last edge computes; the table with gaps lacks some."""
    table = 'table = { oracle = "GAPPY", dataset = "cifar10", split = "test_50k", epochs = 200, seeds = 777 }'
    subject = with_objective(tmp_path, table.replace("GAPPY", GAPPY) + '\nmean_over = "edge 2->3"')
    of_five = final_accuracies().copy()
    of_five[WITHOUT_TEST] = np.nan
    groups = of_five.reshape(-1, 5)
    with np.errstate(invalid="ignore"):  # of some groups nothing is known
        expected = np.repeat(np.nansum(groups, axis=1) / np.isfinite(groups).sum(axis=1), 5)
    np.testing.assert_allclose(subject.told("more"), expected)
    with pytest.raises(ValueError, match="more: mean_over = 'edge 9->9' is none of edge 0->1, "):
        with_objective(tmp_path, table.replace("GAPPY", GAPPY) + '\nmean_over = "edge 9->9"')
