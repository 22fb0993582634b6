"""What the README says of adding a metric or a predictor, done: one file, its line in a registry, and a study with it.

In a copy of the sources, as somebody would who has cloned them; so nothing has to be unregistered.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

METRIC = """\
    Metric(name="shared_top", label="share in the right half", function=metrics.shared_top, bounds=SHARE),
)

METRICS"""

METRIC_FUNCTION = '''

def shared_top(scores: FloatArray, truth: FloatArray) -> float:
    """How many are in the better half by scores and truth alike, or in neither, in [0, 1]."""
    return float(np.mean((scores >= np.median(scores)) == (truth >= np.median(truth))))
'''

PREDICTOR = '''\
"""The nearest labelled architectures, by what they choose."""

from __future__ import annotations

from sklearn.neighbors import KNeighborsRegressor

from nasrank.predictors.labelled.label_matched import Fitted, FloatArray, LabelMatched


class LabelMatchedNeighbours(LabelMatched):
    """The mean of the three nearest, or of all there are."""

    name = "neighbours"
    label = "nearest neighbours on the same labels"

    def fit(self, features: FloatArray, targets: FloatArray) -> Fitted:
        fitted: Fitted = KNeighborsRegressor(min(3, len(targets)), weights="distance").fit(features, targets)
        return fitted
'''

STUDY = """\
title = "tiny"
space = "nb201"
strategies = ["spos"]
seeds = [0, 1]

[truth]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"

[images]
dataset = "digits"
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
warm_up = 0.2

[pool]
size = 40
curve = 3
checkpoints = 2

[analysis]
draws = 300

[variants.fewer]
strategy = "spos"
label = "4 landmarks"
landmarks = {count = 4}
"""


def insert(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{path.name} has {text.count(before)} times {before!r}"
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with a metric and a predictor more."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("bench", "predictors", "spaces"):
        shutil.copytree(ROOT / name, folder / "nasrank" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(
        ROOT / "nasrank", folder / "nasrank", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    insert(folder / "nasrank/bench/ranking/registry.py", ")\n\nMETRICS", METRIC)
    with (folder / "nasrank/bench/ranking/metrics.py").open("a", encoding="utf-8") as file:
        file.write(METRIC_FUNCTION)
    (folder / "nasrank/predictors/nearest_neighbours.py").write_text(PREDICTOR, encoding="utf-8")
    registry = folder / "nasrank/predictors/registry.py"
    insert(registry, "LabelMatchedForest)", "LabelMatchedForest, LabelMatchedNeighbours)")
    line = "from nasrank.predictors.labelled.random_forest import LabelMatchedForest\n"
    insert(registry, line, f"from nasrank.predictors.nearest_neighbours import LabelMatchedNeighbours\n{line}")
    (folder / "tiny.toml").write_text(STUDY, encoding="utf-8")
    return folder


def run(clone: Path, *words: str) -> str:
    """Runs a module in the clone, whose packages stand before installed ones; what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(clone), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def report(clone: Path) -> Path:
    """Of a study run in the clone."""
    run(clone, "nasrank", "run", "tiny.toml", "--jobs", "1", "--out", "report")
    return clone / "report"


def test_a_metric_is_in_every_table_of_the_report(report: Path) -> None:
    table = (report / "table.md").read_text(encoding="utf-8")
    assert "share in the right half" in table
    lines = list(csv.DictReader((report / "table.csv").read_text(encoding="utf-8").splitlines()))
    values = [float(line["value"]) for line in lines if line["metric"] == "shared_top" and line["side"] == "after"]
    assert values
    assert all(0 <= value <= 1 for value in values)
    assert "share in the right half" in (report / "index.html").read_text(encoding="utf-8")


def test_a_predictor_is_among_the_uses_of_labels(report: Path) -> None:
    uses = {line["use"] for line in csv.DictReader((report / "labels.csv").read_text(encoding="utf-8").splitlines())}
    assert {"neighbours", "neighbours+plain", "neighbours+guided", "label_matched"} <= uses
    assert "nearest neighbours" in (report / "README.md").read_text(encoding="utf-8")


def test_a_report_that_does_not_compare_a_predictor_says_where_it_is_compared(report: Path) -> None:
    note = "Other predictors fitted on labels (Gaussian process, random forest, nearest neighbours) are compared with"
    assert note in (report / "table.md").read_text(encoding="utf-8")


def test_the_conformance_tests_pick_them_up(clone: Path) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-k", "Neighbours or neighbours or shared_top")
    out = run(
        clone, "pytest", *options, "tests/conformance/test_every_predictor.py", "tests/ranking/test_properties.py"
    )
    assert "passed" in out
    collected = run(clone, "pytest", *options, "--collect-only", "tests/conformance", "tests/ranking")
    assert "shared_top" in collected
    assert "LabelMatchedNeighbours-stacked" in collected
