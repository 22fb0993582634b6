"""Each mistake is one line and exit code 2, and nothing is written."""

from __future__ import annotations

import json
import re
import tracemalloc

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from judged import TRUTH

from nasrank import rank

CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|{}~1|+|skip_connect~0|none~1|avg_pool_3x3~2|"
CELLS = [CELL.format(one) for one in ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")]
GOOD = "arch,score\n" + "".join(f"{cell},{number}\n" for number, cell in enumerate(CELLS))

CASES = {
    "unknown architecture": (GOOD + "|x~0|,3\n", [], "row 6 names no architecture of nb201: cell '|x~0|': expected 3"),
    "all equal": ("arch,score\n" + "".join(f"{cell},1\n" for cell in CELLS), [], "all scores of the 5 architectures"),
    "nothing finite": ("arch,score\n" + f"{CELLS[0]},inf\n{CELLS[1]},\n{CELLS[2]},inf\n", [], "score lacks 3 of 3"),
    "unknown column": (GOOD, ["--scores", "proxy"], "there is no column proxy; there are arch, score"),
    "unknown architectures": (GOOD, ["--architectures", "cells"], "there is no column cells"),
    "unknown seed": (GOOD, ["--seed", "run"], "there is no column run"),
    "no architectures": (GOOD.replace("arch", "name"), [], "(--architectures COLUMN)"),
    "no scores": ("arch,words\n" + f"{CELLS[0]},a\n{CELLS[1]},b\n", [], "there is no column of scores"),
    "words as scores": (
        "arch,w\n" + f"{CELLS[0]},a\n{CELLS[1]},b\n",
        ["--scores", "w"],
        "column w does not hold numbers",
    ),
    "two directions": (
        GOOD,
        ["--lower-is-better", "score", "--higher-is-better", "score"],
        "of score both lower and higher are said to be better",
    ),
    "direction of nothing": (GOOD, ["--lower-is-better", "loss"], "there is no score 'loss'"),
    "contradiction": (GOOD + f"{CELLS[0]},7\n", [], "rows 1 and 6 are of the same architecture, but have 0.0 and 7.0"),
    "one row": (
        GOOD[: GOOD.index("\n") + 1] + f"{CELLS[0]},1\n",
        [],
        "1 architectures with a truth and without a label are left",
    ),
    "no label": (
        GOOD.replace("\n", ",0\n").replace("score,0", "score,used"),
        ["--labels", "used"],
        "marked as labelled",
    ),
    "all labelled": (
        GOOD.replace("\n", ",1\n").replace("score,1", "score,used"),
        ["--labels", "used"],
        "0 architectures with a truth",
    ),
    "the same column twice": (
        GOOD.replace("\n", ",1\n").replace("score,1", "score,score"),
        [],
        "several columns score",
    ),
    "empty": ("", [], "has no rows"),
    "only a header": ("arch,score\n", [], "has no rows"),
    "rows of other lengths": (GOOD + "a,b,c\n", [], "is truncated, altered or malformed"),
    "position outside": ("index,score\n0,1\n15625,2\n", [], "row 2 names no architecture of nb201: 15625"),
    "fractions": ("index,score\n0.5,1\n1,2\n", [], "it holds fractions"),
    "another space": (GOOD, ["--space", "nb101"], "analog-nasbench is about nb201, not about nb101"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_one_line_and_exit_code_2(command, tmp_path, case):
    content, options, words = CASES[case]
    path = tmp_path / "scores.csv"
    path.write_text(content)
    code, _, err = command("rank", path, "--truth", TRUTH, *options, "--out", tmp_path / "out")
    assert code == 2, err
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ("analog-nasbench", "names no column"),
        ("nasbench999:accuracy", "unknown oracle 'nasbench999'"),
        ("analog-nasbench:accuracy/cifar10/test_50k/200/mean", "has no column 'accuracy/cifar10/test_50k/200/mean'"),
        ("nowhere/x.arrow:accuracy", "nowhere/x.arrow"),
    ],
)
def test_a_truth_that_is_none(command, tmp_path, truth, words):
    path = tmp_path / "scores.csv"
    path.write_text(GOOD)
    code, _, err = command("rank", path, "--truth", truth)
    assert (code, len(err.strip().splitlines())) == (2, 1)
    assert words in err


def test_a_truth_without_a_direction_ranks_nothing():
    from nasrank import open_oracle
    from nasrank.bench.oracles import Column, Table

    whole = open_oracle("analog-nasbench")
    column = Column("official_index", None)
    table = Table.from_arrays({column: np.arange(15625)}, whole.provenance)
    with pytest.raises(ValueError, match="it ranks nothing"):
        rank((CELLS, range(5)), truth=(table, column))


@pytest.mark.slow
def test_files_of_other_kinds_and_sizes(command, tmp_path):
    np.save(tmp_path / "short.npy", np.zeros(5))
    np.save(tmp_path / "square.npy", np.zeros((5, 5)))
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    (tmp_path / "no.npy").write_bytes(b"\x93NUMPY" + bytes(20))
    np.savez(tmp_path / "many.npz", np.zeros(5))
    (tmp_path / "many.npz").rename(tmp_path / "many.npy")
    (tmp_path / "scores.txt").write_text(GOOD)
    (tmp_path / "deep.json").write_text("[" * 10**5)
    (tmp_path / "other.json").write_text("3")
    (tmp_path / "twice.json").write_text('{"arch": ["a"], "arch": ["b"]}')
    (tmp_path / "no.parquet").write_bytes(b"PAR1" + bytes(50) + b"PAR1")
    pq.write_table(pa.table({"arch": [["a"], ["b"]], "score": [1, 2]}), tmp_path / "lists.parquet")
    for name, words in (
        ("short.npy", "has 5 scores without architectures, and nb201 has 15,625"),
        ("square.npy", "not one number an architecture"),
        ("objects.npy", "is no NumPy array of scores"),
        ("no.npy", "is no NumPy array of scores"),
        ("many.npy", "is no NumPy array of scores"),
        ("missing.npy", "does not exist"),
        ("missing.csv", "missing.csv"),
        ("scores.txt", "its name ends in none of"),
        ("deep.json", "malformed"),
        ("other.json", "architectures"),
        ("twice.json", "the name arch twice"),
        ("no.parquet", "malformed"),
        ("lists.parquet", "neither texts nor numbers"),
    ):
        code, _, err = command("rank", tmp_path / name, "--truth", TRUTH)
        assert code == 2, name
        assert words in err, (name, err)
        assert len(err.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_long_text_in_every_row_is_read_once(command, tmp_path):
    """Two hundred kilobytes of Parquet that are a terabyte of texts."""
    place = pa.array(np.zeros(2**20, dtype=np.int32))
    texts = pa.DictionaryArray.from_arrays(place, pa.array(["x" * 2**20]))
    scores = pa.array(np.arange(2**20, dtype=np.float64))
    pq.write_table(pa.table({"arch": texts, "score": scores}), tmp_path / "bomb.parquet")
    tracemalloc.start()
    code, _, err = command("rank", tmp_path / "bomb.parquet", "--truth", TRUTH)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == 2
    assert "row 1 names no architecture" in err
    assert len(err) < 1000
    assert peak < 2**28


@pytest.mark.parametrize("index", ["1e300", "inf", "-1", "9223372036854775807", "18446744073709551615"])
def test_integers_that_are_no_positions(command, tmp_path, index):
    (tmp_path / "scores.csv").write_text(f"index,score\n3,1\n{index},2\n")
    code, _, err = command("rank", tmp_path / "scores.csv", "--truth", TRUTH)
    assert code == 2
    assert "row 2 names no architecture of nb201" in err


def test_unknown_rows_are_left_out_and_counted_when_told_to(command, tmp_path):
    (tmp_path / "scores.csv").write_text(GOOD + "\x1b[31m,3\n")
    code, out, err = command("rank", tmp_path / "scores.csv", "--truth", TRUTH, "--skip-unknown")
    assert code == 0, err
    assert "1 row names no architecture of the space and is left out" in out


@pytest.mark.slow
def test_what_a_report_would_replace_is_named(command, tmp_path):
    (tmp_path / "scores.csv").write_text(GOOD)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "table.md").write_text("mine")
    words = ("rank", tmp_path / "scores.csv", "--truth", TRUTH, "--out", tmp_path / "out")
    code, _, err = command(*words)
    assert code == 2
    assert "holds the report of something else" in err
    assert (tmp_path / "out" / "table.md").read_text() == "mine"
    (tmp_path / "out" / "table.md").unlink()
    assert command(*words)[0] == 0
    assert command(*words)[0] == 0, "its own report is replaced"
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["counts"]["ranked"] == 5


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"name": CELLS, "score": range(5)}, 'with architectures="COLUMN" (--architectures COLUMN), of name, score'),
        ({"arch": [*CELLS, "x"], "score": range(6)}, "skip_unknown=True (--skip-unknown) leaves them out"),
        ({"arch": CELLS * 2, "score": range(10)}, 'say which column tells them apart with seed="COLUMN" (--seed'),
        ({"arch": CELLS, **{f"s{n}": range(5) for n in range(201)}}, "with columns=[...] (--scores A,B)"),
    ],
)
def test_what_to_say_otherwise_is_named_for_python_and_the_command_line(scores, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        rank(scores, truth=TRUTH)


def test_an_unknown_column_or_metric_is_said_with_those_that_there_are():
    """`report.value("mine", "regret")` said that nothing was found, and no page had the names of metrics."""
    report = rank({"arch": CELLS, "score": range(5)}, truth=TRUTH)
    with pytest.raises(ValueError, match="no column 'mine' in the report; there are score, parameters, multiply_adds"):
        report.value("mine", "regret")
    with pytest.raises(ValueError, match=r"no metric 'regret' in the report; there are tau, spearman, .*, regret_at10"):
        report.value("score", "regret")
    with pytest.raises(ValueError, match="no column 'mine' in the report"):
        report.column("mine")
