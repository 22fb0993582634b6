"""The command: mistakes in one line, the table where it says, and runs that are killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from wide_space import Wide

from nasrank.bench.commands import main as cli
from nasrank.bench.execution import EXECUTORS
from nasrank.bench.execution.here import Here
from nasrank.bench.oracles import Split, Table, open_oracle
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.library import import_table
from nasrank.bench.tabulation.standalone import run_alone
from nasrank.bench.tabulation.store import SETTINGS_FILE
from nasrank.spaces import SPACES

ROOT = Path(__file__).parents[2]

PROGRAM = """
import signal
from nasrank.bench.commands.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell started the tests with &
main()
"""

TINY = ["--epochs", "5", "--train-images", "50", "--test-images", "40", "--noise", "0.5", "--channels", "2"]
TINY += ["--batch-size", "16", "--seeds", "2", "--cells", "12"]


@pytest.fixture
def nasrank(tmp_path, monkeypatch, capsys):
    """The command line in this process and a folder of its own; gives the exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nasrank", "tabulate", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, *capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nb301"], "unknown search space 'nb301'; known are"),
        (["nb201", "--data", "mnist"], "unknown data set 'mnist'; known are "),
        (["nb201", "--cells", "0"], "at least 1 architecture is needed"),
        (["nb201", "--seeds", "13"], "seeds is how many of them, 1 to 12, not 13"),
        (["nb201", "--epochs", "0"], "epochs must be at least 1"),
        (["nb201", "--noise", "-1"], "noise must be a number from 0 on"),
        (["nb201", "--train-images", "1700", "--test-images", "100"], "digits has 1797 images, not 1700 to train and"),
        (["nb201", "--cells", "20000"], "nb201 has 15,625 architectures, not 20,000"),
        (["nb201", "--cells", "2", "--channels", "0"], "channels must be at least 1"),
        (["nb201", "--cells-per-stage", "65"], "cells per stage must be at most 64, not 65"),
        (["nb201", "--optimizer", "lamb"], "unknown optimizer 'lamb'; known are sgd, adam, adamw"),
        (["nb201", "--warm-up", "1"], "warm up must be at least 0 and less than 1, not 1.0"),
        (["nb201", "--weight-decay", "-1"], "weight decay must be a number from 0 on, not -1.0"),
        (["nb201", "--network", "width=3"], "networks of nb201 have no option 'width'"),
        (["nb201", "--network", "channels"], "'channels' is not KEY=VALUE"),
        (["nb201", "--channels", "4", "--network", "channels=8"], "'channels' of the networks is given twice"),
        (["wide"], "networks of wide need width to be chosen"),
        (["wide", "--channels", "4"], "networks of wide have no option 'channels'; known are: width, scale, biased"),
        (["wide", "--network", "width=1"], "width must be at least 2, not 1"),
        (["nb201", "--cells", "2", "--name", "analog-nasbench"], "is the name of a table that nasrank knows by itself"),
        (["nb201", "--cells", "2", "--name", "a/b"], "'a/b' is not a name for a table"),
    ],
)
def test_a_mistake_ends_in_one_line_before_anything_is_trained(nasrank, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.setitem(SPACES, "wide", Wide())
    code, said, complained = nasrank(*arguments)
    assert code == 2
    assert not said
    assert complained.count("\n") == 1
    assert reason in complained
    assert not networks(tmp_path)
    assert not (tmp_path / "tables").exists()


@pytest.mark.slow
def test_finished_networks_become_a_table_without_any_training(nasrank, finished, training, tmp_path):
    shutil.copytree(finished.folder, tmp_path / ".nasrank" / f"nb201-digits-{training.fingerprint}")
    code, said, _ = nasrank("nb201", *TINY)
    assert code == 0
    assert "12 architectures of nb201 on digits, 2 seed(s) each: 0 networks to train" in said
    assert "Noise ceiling (tau-b of 12 architectures)" in said
    table = open_oracle("nb201-digits-12")
    assert len(table.rows) == 12
    assert Table.open(tmp_path / "tables" / "nb201-digits-12.arrow").columns == table.columns
    assert nasrank("nb201", *TINY)[0] == 0, "the same table again is no other one"


@pytest.mark.slow
def test_a_space_is_tabulated_with_the_options_that_its_networks_have(nasrank, monkeypatch, tmp_path):
    monkeypatch.setitem(SPACES, "wide", space := Wide())
    monkeypatch.setitem(EXECUTORS, "local", Here)
    small = [*TINY[: TINY.index("--channels")], "--batch-size", "16", "--seeds", "1", "--cells", "2"]
    for options in (["width=3"], ["width=3", "biased=true"]):
        given = [text for option in options for text in ("--network", option)]
        code, said, complained = nasrank("wide", *small, *given, "--name", f"wide-{len(options)}")
        assert code == 0, complained
        assert "2 networks to train" in said, "networks of other options are other ones"
        table = open_oracle(f"wide-{len(options)}")
        biased = len(options) == 2
        assert f"Network: width 3, scale 1.0, biased {biased}. Images" in table.provenance.protocol
        architectures = [table.rows.architecture(row) for row in range(2)]
        network = space.network(architectures[0], width=3, biased=biased, image_channels=1)
        weights = sum(weight.numel() for weight in network.parameters())
        assert table.values(architectures, metric="parameters", dataset="digits").tolist() == [weights] * 2
    assert networks(tmp_path) == 4


@pytest.mark.slow
def test_networks_are_trained_by_the_optimizer_that_is_asked_for(nasrank, monkeypatch, training, tmp_path):
    monkeypatch.setitem(EXECUTORS, "local", Here)
    small = [*TINY[: TINY.index("--seeds")], "--seeds", "1", "--cells", "2"]
    asked = ["--optimizer", "adamw", "--warm-up", "0.1", "--weight-decay", "0.05", "--momentum", "0.8", "--clip", "1"]
    code, _, complained = nasrank("nb201", *small, *asked, "--name", "mine")
    assert code == 0, complained
    expected = replace(training, optimizer="adamw", warm_up=0.1, weight_decay=0.05, momentum=0.8, clip=1.0)
    folder = tmp_path / ".nasrank" / f"nb201-digits-{expected.fingerprint}"
    assert networks(tmp_path) == len([*folder.glob("*.json")]) - 1 == 2
    table = open_oracle("mine")
    assert "adamw with a momentum of 0.8" in table.provenance.protocol
    for row in range(2):
        run = run_alone(expected, table.rows.architecture(row), 0)
        axes = {"metric": "loss", "dataset": "digits", "split": Split.TEST_TABULATED, "epochs": 5, "seeds": 0}
        assert table.values([table.rows.architecture(row)], **axes).tolist() == [run.curves["loss"][-1]]


@pytest.mark.slow
def test_a_table_of_another_making_does_not_give_way_unasked(nasrank, finished, training, tmp_path):
    shutil.copytree(finished.folder, tmp_path / ".nasrank" / f"nb201-digits-{training.fingerprint}")
    nasrank("nb201", *TINY, "--name", "mine")
    code, _, complained = nasrank("nb201", *TINY, "--cells", "15", "--name", "mine")
    assert code == 2
    assert "there is a table mine already" in complained
    file = tmp_path / "tables" / "mine.arrow"
    before = file.read_bytes()
    code, _, complained = nasrank("nb201", *TINY, "--cells", "9", "--name", "mine")
    assert code == 2
    assert "there is a table mine already" in complained
    assert file.read_bytes() == before, "a table that is refused replaces no file"
    code, said, _ = nasrank("nb201", *TINY, "--cells", "10", "--name", "mine", "--replace")
    assert code == 0
    assert len(open_oracle("mine").rows) == 10
    assert "table of 10 architectures" in said


# --- killed runs, in processes of their own ---


@pytest.fixture
def start(tmp_path):
    """Starts the command in `tmp_path`; whatever is left of it is killed in the end."""
    groups = []

    def begin(*arguments: str):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NASRANK_CACHE": str(tmp_path / "cache")}
        command = [sys.executable, "-c", PROGRAM, "tabulate", *arguments]
        process = subprocess.Popen(
            command, env=environment, cwd=tmp_path, start_new_session=True, stderr=subprocess.PIPE, text=True
        )
        groups.append(process)
        return process

    yield begin
    for process in groups:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def networks(folder: Path) -> int:
    return sum(path.name != SETTINGS_FILE for path in (folder / ".nasrank").rglob("*.json"))


def wait_until(condition, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.mark.slow
def test_a_run_killed_at_any_point_ends_as_an_uninterrupted_one(start, tmp_path, finished, architectures):
    before = 0
    for more in (1, 5):
        process = start("nb201", *TINY, "--jobs", "2")
        wait_until(lambda enough=before + more: networks(tmp_path) >= enough)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        before = networks(tmp_path)
    assert start("nb201", *TINY, "--jobs", "1").wait() == 0
    assert networks(tmp_path) == 24, "no network was trained twice"
    table = Table.open(tmp_path / "tables" / "nb201-digits-12.arrow")
    for metric in ("accuracy", "loss"):
        for column in (one for one in table.columns if one.metric == metric and one.curve is not None):
            expected = [finished.runs[str(one), column.seeds].curves[metric] for one in architectures]
            rows = table.rows.find(architectures)
            np.testing.assert_array_equal(table.whole(column)[rows], expected)


@pytest.mark.slow
def test_ctrl_c_ends_at_once_and_says_how_to_go_on(start, tmp_path):
    process = start("nb201", *TINY, "--cells", "5000", "--jobs", "2")
    wait_until(lambda: networks(tmp_path) >= 2)
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    _, complained = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; give the same command again" in complained
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


@pytest.mark.slow
def test_nas_bench_101_cells_of_few_vertices(nasrank):
    code, said, _ = nasrank("nb101", *TINY, "--cells", "10", "--seeds", "1", "--channels", "4", "--max-nodes", "4")
    assert code == 0
    assert "10 networks to train" in said
    table = open_oracle("nb101-digits-10-up-to-4-nodes")
    assert all(table.rows.architecture(row).vertices <= 4 for row in range(10))


def test_the_table_that_comes_with_nasrank_names_its_own_making():
    table = open_oracle("nb101-digits")
    assert "nb101 with at most 5 nodes" in table.provenance.protocol
    with pytest.raises(ValueError, match="knows by itself"):
        import_table(
            ROOT / "bench" / "oracles" / "imports" / "tabulated" / "nb101-digits.arrow",
            format=own.FORMAT,
        )
