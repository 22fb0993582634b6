"""What docs/how-to/extend.md says of adding things, done: one file each, named as plugins of one study."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nasrank.bench.analysis.frame import Frame
from nasrank.bench.analysis.label_uses import USES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "extend.md").read_text(encoding="utf-8")
TERMS, ESTIMATORS = re.findall(r"^```toml\n(\[\[?(?:terms|estimators)\]\]?\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = dict(re.findall(r"^```python\n# (\w+\.py)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))

STUDY = f"""\
title = "tiny"
space = "nb201"
strategies = ["two_paths"]
seeds = [0, 1]

[truth]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"

[images]
dataset = "negatives"
task = "top_three"
weights = 64
held_out = 32
scoring = 40

[supernet]
channels = 2
cells_per_stage = 1

[training]
passes = 12
batch_size = 16

[landmarks]
count = 8

{TERMS}
[pool]
size = 40
curve = 3
checkpoints = 2

[analysis]
draws = 300

{ESTIMATORS}
[variants.fewer]
strategy = "two_paths"
label = "4 landmarks"
landmarks = {{count = 4}}
"""


def python(folder: Path, *words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With every example of the page as a file of its name, and a study that uses them."""
    folder = tmp_path_factory.mktemp("mine")
    for name, text in EXAMPLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "tiny.toml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def report(folder: Path) -> Path:
    """Of the study, trained by worker processes, which are told of the plugins, too.

    By the command `nasrank`, no import looks into the working folder: a term of a file could not be unpickled in
    workers, of which it was said that the system had killed them.
    """
    plugins = [word for name in EXAMPLES for word in ("--plugin", name)]
    said = python(folder, "-P", "-m", "nasrank", "run", "tiny.toml", "--jobs", "2", "--out", "report", *plugins)
    assert "6 trials to run" in said
    return folder / "report"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name: str) -> None:
    assert len(EXAMPLES[name].splitlines()) <= 30


def test_a_strategy_is_a_row(report: Path) -> None:
    lines = list(csv.DictReader((report / "table.csv").read_text(encoding="utf-8").splitlines()))
    assert {line["arm"] for line in lines} >= {"two_paths-plain", "fewer-landmark-lasso"}
    assert "two random paths" in (report / "table.md").read_text(encoding="utf-8")


def test_a_metric_is_in_every_table(report: Path) -> None:
    assert "share in the right half" in (report / "table.md").read_text(encoding="utf-8")
    lines = list(csv.DictReader((report / "table.csv").read_text(encoding="utf-8").splitlines()))
    values = [float(line["value"]) for line in lines if line["metric"] == "same_half" and not line["base"]]
    assert values
    assert all(0 <= value <= 1 for value in values)
    assert "share in the right half" in (report / "index.html").read_text(encoding="utf-8")


def test_a_term_is_trained_with(report: Path) -> None:
    """Beside landmarks, with the coefficient that the page gives it."""
    design = json.loads((report / "results" / "design.json").read_text(encoding="utf-8"))
    assert design["study"]["terms"][1] == {"name": "lasso", "coefficient": 1e-4}
    trial = json.loads((report / "results" / "two_paths-landmark-lasso-seed0.json").read_text(encoding="utf-8"))
    assert trial["settings"]["terms"] == design["study"]["terms"]
    assert trial["failure"] is None
    assert "lasso on shared weights, coefficient 0.0001" in (report / "table.md").read_text(encoding="utf-8")


def test_a_proxy_is_a_baseline(report: Path) -> None:
    assert "norm of the gradients of a batch" in (report / "table.md").read_text(encoding="utf-8")
    stored = [
        json.loads((report / "results" / f"estimate.gradient_norm.seed{seed}.json").read_text()) for seed in (0, 1)
    ]
    assert [one["failure"] for one in stored] == [None, None]
    assert stored[0]["scores"] != stored[1]["scores"]
    table = Frame.from_csv((report / "table.csv").read_text(encoding="utf-8"))
    assert -1 <= table.find(estimator="gradient_norm").value <= 1


def test_a_predictor_is_among_the_uses_of_labels(report: Path) -> None:
    table = Frame.from_csv((report / "table.csv").read_text(encoding="utf-8"))
    found = {(line.estimator, line.arm) for line in table.select(part=USES.format(4), base="")}
    arms = ("fewer", "two_paths-plain", "fewer-landmark-lasso")
    assert {*(("neighbours", arm) for arm in arms), ("label_matched", "fewer")} <= found
    assert "nearest neighbours" in (report / "README.md").read_text(encoding="utf-8")


def test_a_predictor_is_among_those_that_reports_point_to_which_do_not_compare_it(report: Path) -> None:
    header = json.loads((report / "summary.json").read_text(encoding="utf-8"))["header"]
    assert header["other_predictors"] == ["Gaussian process", "random forest", "nearest neighbours"]


def test_a_data_set_is_trained_on(report: Path) -> None:
    assert "scikit-learn's digits, grey levels turned round" in (report / "table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("label", ["size of weights", "right among three"], ids=["of a plugin", "of a task"])
def test_a_score_is_a_column(report: Path, label: str) -> None:
    text = (report / "table.md").read_text(encoding="utf-8")
    assert f"## The same super-nets, ranked by {label}\n" in text


@pytest.mark.parametrize("suite", ["SpaceConformance", "EstimatorConformance", "SearcherConformance"])
def test_laws_are_run_as_the_page_says(suite: str, folder: Path) -> None:
    blocks = re.findall(r"^```python\n(?!#)(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (laws,) = (block for block in blocks if suite in block)
    (folder / f"test_{suite}.py").write_text(laws, encoding="utf-8")
    assert " passed" in python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"test_{suite}.py")


def test_scores_of_ones_own_are_judged_by_a_metric_of_ones_own(folder: Path) -> None:
    options = ("none", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")
    rows = [f"|{one}~0|+|{one}~0|{one}~1|+|{one}~0|{one}~1|{one}~2|,{place}" for place, one in enumerate(options)]
    (folder / "scores.csv").write_text("\n".join(["arch,score", *rows]), encoding="utf-8")
    truth = "analog-nasbench:accuracy/cifar10/test_50k_augmented/200/one_run"
    words = ("rank", "scores.csv", "--truth", truth, "--plugin", "my_metric.py", "--csv", "ranked.csv")
    python(folder, "-m", "nasrank", *words)
    assert "same_half" in (folder / "ranked.csv").read_text(encoding="utf-8")


def test_a_table_is_made_of_a_data_set_of_ones_own(folder: Path) -> None:
    sizes = ("--cells", "2", "--seeds", "1", "--epochs", "1", "--train-images", "64", "--test-images", "32")
    words = ("tabulate", "nb201", "--data", "negatives", "--channels", "2", "--jobs", "1", *sizes)
    said = python(folder, "-m", "nasrank", *words, "--plugin", "my_data.py", NASRANK_CACHE="cache")
    assert "table of 2 architectures" in said


def test_an_executor_runs_what_is_left(folder: Path, report: Path) -> None:
    (next((folder / ".nasrank").glob("tiny-*")) / "two_paths-plain-seed1.json").unlink()
    plugins = [word for name in EXAMPLES for word in ("--plugin", name)]
    words = ("-m", "nasrank", "run", "tiny.toml", "--executor", "spoken", "--out", str(report))
    assert "two_paths-plain-seed1 is done" in python(folder, *words, *plugins)


def test_a_searcher_finds_what_it_looks_for(folder: Path) -> None:
    blocks = re.findall(r"^```python\n(?!#)(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (use,) = (block for block in blocks if '"climbing"' in block)
    assert python(folder, "-c", use, NASRANK_PLUGINS="my_searcher.py").count("nor_conv_3x3") == 6


def test_a_term_is_added_to_training(folder: Path) -> None:
    blocks = re.findall(r"^```python\n(?!#)(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (use,) = (block for block in blocks if '"lasso"' in block)
    without, with_it = map(float, python(folder, "-c", use, NASRANK_PLUGINS="my_term.py").split())
    assert with_it < without


def test_without_its_plugin_a_report_says_what_is_missing(folder: Path, report: Path) -> None:
    words = [sys.executable, "-m", "nasrank", "report", str(report)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "two_paths" in done.stderr
    assert "--plugin" in done.stderr


def test_a_file_in_its_folder_is_all_that_a_contribution_needs(folder: Path, tmp_path: Path) -> None:
    """In a copy of the sources: the conformance tests find what is there."""
    clone = tmp_path / "clone"
    for name in ("bench", "predictors", "spaces"):
        shutil.copytree(ROOT / name, clone / "nasrank" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "nasrank", clone / "nasrank", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    homes = {
        "my_strategy.py": "bench/training/strategies",
        "my_term.py": "bench/training/terms",
        "my_metric.py": "bench/ranking",
        "my_predictor.py": "predictors/labelled",
        "my_proxy.py": "predictors",
        "my_data.py": "bench/data/images",
        "my_searcher.py": "bench/search",
        "my_executor.py": "bench/execution",
        "my_score.py": "bench/scores",
        "my_task.py": "bench/tasks",
    }
    assert homes.keys() == EXAMPLES.keys()
    for name, home in homes.items():
        shutil.copy(folder / name, clone / "nasrank" / home)
    files = [
        "conformance/test_every_strategy.py",
        "conformance/test_every_term.py",
        "conformance/test_every_predictor.py",
        "ranking/test_properties.py",
        "search/test_every_searcher.py",
        "execution/test_every_executor.py",
        "conformance/test_every_task.py",
    ]
    tests = [str(ROOT / "tests" / file) for file in files]
    names = "two_paths or lasso or neighbours or gradient_norm or same_half or climbing or spoken or top_three"
    words = ("-q", "-p", "no:cacheprovider", "-k", names)
    out = python(tmp_path, "-m", "pytest", *words, *tests, PYTHONPATH=str(clone))
    assert "passed" in out
    assert "failed" not in out
