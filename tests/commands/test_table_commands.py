"""The commands `nasrank tables ...`, as a user meets them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import nb101_files
import nb201_files
import numpy as np
import pytest
from samples import SAMPLES

from nasrank.bench.oracles import Split, open_oracle

Outcome = tuple[int, str, str]
RESNET = "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|"
MAPPING = """
[[columns]]
column = "accuracy"
metric = "accuracy"
dataset = "cifar10"
split = "test_50k"
epochs = 200
seeds = {column = "seed"}
unit = "percent"

[table]
name = "mine"
space = "nb201"
protocol = "our own runs"
citation = "us"
licence = "none"
[rows]
column = "cell"
notation = "string"
"""


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch, command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Runs `nasrank tables`: exit code, output, errors. For questions, which share what other tests have compiled."""
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    return partial(command, "tables")


@pytest.fixture
def nasrank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asking: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """The same with a cache of its own, for commands that write there."""
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    return asking


def test_import_then_every_question(nasrank, tmp_path: Path):
    source = SAMPLES["nats-bench-topology"](tmp_path)
    code, out, err = nasrank("import", source, "--jobs", 1)
    assert (code, err) == (0, "")
    assert "is NATS-Bench's topology space as a folder" in out
    assert "2 of the 15,625 architectures of nb201" in out
    assert "cifar10, 200 epochs, test_25k test_50k train_25k train_50k valid_25k: seeds 777 888 999" in out
    assert "this very source was imported before" in nasrank("import", source)[1]
    assert "nats-bench-topology" in nasrank("list")[1]

    code, out, _ = nasrank("info", "nats-bench-topology")
    assert code == 0
    for words in ("sha256", "NATS-simple", "cifar10-valid", "accuracy/cifar10/test_50k/200 ", "777 888 999", "percent"):
        assert words in out

    table = open_oracle("nats-bench-topology")
    cell = table.rows.parse(nb201_files.CELLS[77])
    value = table.accuracy([cell], dataset="cifar100", split=Split.TEST, epochs=200, seeds=888)[0]
    for architecture in (str(cell), 77):  # NATS-Bench#5: by string or by official index
        code, out, _ = nasrank("query", architecture, "--oracle", "nats-bench-topology", "--dataset", "cifar100")
        assert code == 0
        assert str(cell) in out
        assert f"{value:.7g}" in out
        assert "ImageNet" not in out
        assert "curve" not in out
    out = nasrank("query", 77, "--oracle", "nats-bench-topology", "--dataset", "cifar100", "--curves")[1]
    assert "train/200/curve 1 to 200: 57" in out

    code, out, _ = nasrank("compare", "nats-bench-topology", "nats-bench-topology")
    assert code == 0
    assert "accuracy/cifar10/test_50k/200/777" in out


@pytest.mark.slow
def test_tables_are_compared_by_named_columns(nasrank, tmp_path: Path):
    nasrank("import", SAMPLES["nas-bench-201"](tmp_path))
    one, other = "accuracy/cifar10/test_50k/200/777", "accuracy/cifar10/test_25k/200/mean"
    code, out, _ = nasrank(
        "compare", "nas-bench-201", "nas-bench-201", "--column", one, "--against", other, "--largest", 1
    )
    assert code == 0
    assert "2 in both, 0 and 1 in one alone" in out
    assert "largest differences" in out
    code, _, err = nasrank("compare", "nas-bench-201", "nas-bench-201", "--column", "accuracy/cifar10")
    assert code == 2
    assert "has no column 'accuracy/cifar10': write metric/data set/split/epochs/seeds" in err


def test_cells_of_nas_bench_101_go_by_hash(nasrank, tmp_path: Path):
    nasrank("import", SAMPLES["nas-bench-101"](tmp_path), "--name", "small")
    name = nb101_files.invented_cells(20)[3].module_hash
    code, out, _ = nasrank("query", name, "--oracle", "small")
    assert code == 0
    assert name in out
    assert "accuracy/cifar10/test_40k/108" in out
    code, _, err = nasrank("query", "00", "--oracle", "small")
    assert (code, "does not record official indices" in err) == (2, True)


def test_a_mapping_says_what_a_file_of_ones_own_holds(nasrank, tmp_path: Path):
    (tmp_path / "mine.toml").write_text(MAPPING)
    (tmp_path / "runs.csv").write_text(f"cell,seed,accuracy\n{RESNET},1,93.5\n{RESNET},2,93.7\n")
    code, out, _ = nasrank("import", tmp_path / "runs.csv", "--mapping", tmp_path / "mine.toml")
    assert code == 0, out
    table = open_oracle("mine")
    asked = {"dataset": "cifar10", "split": Split.TEST_50K, "epochs": 200}
    cell = table.rows.parse(RESNET)
    assert table.accuracy([cell], **asked, seeds="mean") == pytest.approx([93.6])
    code, out, _ = nasrank("query", RESNET, "--oracle", "mine")
    assert "93.7" in out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["import", "nowhere.pth"], "there is no file or folder nowhere.pth"),
        (["info", "nb301"], "unknown oracle 'nb301'"),
        (["query", "|conv~0|"], "expected 3 groups"),
        (["query", "6111"], "does not record official indices"),
        (["query", RESNET, "--dataset", "mnist"], "has nothing about mnist; it has cifar10"),
        (["compare", "analog-nasbench", "nb301"], "unknown oracle 'nb301'"),
        (["fetch", "nb301"], "known are nas-bench-201-means"),
        (["fetch", "nas-bench-201-v1.1"], "open https://drive.google.com"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(asking, words, reason):
    code, _, err = asking(*words)
    assert code == 2
    assert reason in err
    assert len(err.strip().splitlines()) == 1


def test_a_truncated_file_is_refused_and_leaves_nothing(nasrank, tmp_path: Path):
    source = SAMPLES["nas-bench-101"](tmp_path)
    source.write_bytes(source.read_bytes()[:-5])
    code, _, err = nasrank("import", source)
    assert code == 2
    assert "truncated" in err
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_damaged_table_does_not_hide_the_others(nasrank, tmp_path: Path):
    nasrank("import", SAMPLES["nas-bench-101"](tmp_path))
    path = next((tmp_path / "cache").rglob("nas-bench-101.arrow"))
    path.write_bytes(path.read_bytes()[:-100])
    code, out, _ = nasrank("list")
    assert code == 0
    assert "analog-nasbench" in out
    assert "import its source once more" in " ".join(out.split())


def test_brackets_of_a_file_are_text(nasrank, tmp_path: Path):
    (tmp_path / "[mine].toml").write_text(MAPPING.replace("our own runs", "see [/foo] and [bold][arXiv:2506]"))
    (tmp_path / "[b].csv").write_text(f"cell,seed,accuracy\n{RESNET},1,93.5\n")
    code, out, err = nasrank("import", tmp_path / "[b].csv", "--mapping", tmp_path / "[mine].toml")
    assert (code, err) == (0, "")
    assert "[b].csv is" in out
    assert "see [/foo] and [bold][arXiv:2506]" in nasrank("info", "mine")[1]


@pytest.mark.slow
def test_computed_columns_are_marked_and_explained(nasrank, tmp_path: Path):
    nasrank("import", SAMPLES["nas-bench-201"](tmp_path))
    out = nasrank("info", "nas-bench-201")[1]
    assert "* 200 times an epoch: all epochs of an architecture took the same: training_time/" in out


def test_fetch_lists_what_there_is(asking):
    code, out, _ = asking("fetch")
    assert code == 0
    assert "nas-bench-101-full" in out
    assert "by hand" in out


def test_isomorphic_cells_are_named(asking):
    """NATS-Bench#13, NATS-Bench#43."""
    code, out, _ = asking("query", "|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|")
    assert code == 0
    assert "other cells, trained separately" in out
    assert np.char.count(out, "|none~0|+") > 1


def test_means_by_a_trait_or_a_decision(asking):
    table = open_oracle("nb101-digits")
    cells = [table.rows.architecture(row) for row in range(len(table.rows))]
    columns = [one for one in table.columns if one.metric == "accuracy" and one.curve is None and one.seeds in (0, 1)]
    means = np.mean([table.whole(one) for one in columns], axis=0)
    code, out, _ = asking("info", "nb101-digits", "--by", "vertex 1")
    assert code == 0
    first = np.array([str(cell).startswith("conv3x3(0)") for cell in cells])
    mean, error = means[first].mean(), means[first].std(ddof=1) / np.sqrt(first.sum())
    (line,) = (one for one in out.splitlines() if "conv3x3-bn-relu" in one)
    assert f"{first.sum()} " in line
    assert f"{mean:.5g} ± {error:.2g}" in line
    assert "without effect" in out, "of the cell without a vertex between"
    assert "± is the standard error over architectures" in out
    code, _, err = asking("info", "nb101-digits", "--by", "vertices")
    assert code == 2
    assert "nb101 has no trait or decision 'vertices'; it has interior vertices that feed the output, edge 0->1" in err
