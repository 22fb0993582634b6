"""`nasrank score` writes what `nasrank rank` reads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nasrank.bench.judging import rank
from nasrank.bench.scoring.cells import chosen
from nasrank.bench.scoring.sheet import read_scores
from nasrank.spaces import get_enumerated

NB201 = get_enumerated("nb201")
SMALL = ("nb201", "--data", "digits", "--channels", 2, "--batch", 8, "--executor", "here")


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _truth(count):
    return {one: float(NB201.position(one)) for one in chosen("nb201", str(count))}


def _tau(report, name):
    return next(one.value for one in report.values if (one.name, one.metric) == (name, "tau"))


@pytest.mark.slow
def test_scores_are_written_continued_and_ranked(command, in_folder):
    names = "test_weights,test_first,test_never"
    code, out, err = command("score", *SMALL, "--cells", 30, "--proxies", names, "--out", "s.parquet")
    assert code == 0, err
    assert "30 architectures of nb201" in out
    assert "s each; about" in out
    code, out, _ = command("score", *SMALL, "--cells", 20, "--proxies", names, "--out", "t.parquet")
    assert code == 0
    assert " 0 to measure" in out
    whole, part = read_scores(in_folder / "s.parquet"), read_scores(in_folder / "t.parquet")
    assert part.architectures == whole.architectures[:20]
    np.testing.assert_array_equal(part.scores["test_first"], whole.scores["test_first"][:, :20])

    report = rank(in_folder / "s.parquet", truth=_truth(30), space="nb201")
    assert [one.name for one in report.columns if not one.baseline] == ["test_weights", "test_first"]
    assert report.column("test_first").direction == "lower is better (as its file says)"
    assert any("test_never" in note for note in report.notes)


@pytest.mark.slow
def test_a_direction_that_is_given_goes_before_that_of_the_file(command, in_folder):
    command("score", *SMALL, "--cells", 30, "--proxies", "test_first", "--out", "s.parquet")
    told = rank(in_folder / "s.parquet", truth=_truth(30), space="nb201")
    given = rank(in_folder / "s.parquet", truth=_truth(30), space="nb201", higher_is_better=["test_first"])
    assert _tau(told, "test_first") == pytest.approx(-_tau(given, "test_first"))


@pytest.mark.parametrize("suffix", ["txt", "csv", "parquet"])
def test_architectures_of_a_file_are_scored(command, in_folder, suffix):
    texts = [str(one) for one in chosen("nb201", "5", draw_seed=3)]
    path = in_folder / f"cells.{suffix}"
    if suffix == "txt":
        path.write_text("# mine\n" + "\n".join(texts) + "\n")
    else:
        frame = pd.DataFrame({"architecture": texts, "score": range(5)})
        frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    code, _, err = command("score", *SMALL, "--cells", path, "--proxies", "test_weights", "--out", "s.parquet")
    assert code == 0, err
    assert list(read_scores(in_folder / "s.parquet").architectures) == texts


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "s.csv"), "ends in .parquet"),
        (("--out", "s.parquet", "--cells", "nowhere.txt"), "neither a number"),
        (("--out", "s.parquet", "--cells", "15626"), "15,625"),
        (("--out", "s.parquet", "--proxies", "nothing"), "there is no proxy"),
        (("--out", "s.parquet", "--batch", "9999"), "2 to 4,096"),
    ],
)
@pytest.mark.usefixtures("in_folder")
def test_mistakes_end_in_a_sentence(command, words, message):
    code, _, err = command("score", *SMALL, *words)
    assert code == 2
    assert message in err
