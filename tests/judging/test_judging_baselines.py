"""What scores are read against: our estimators that train nothing, and those of plugins."""

from __future__ import annotations

import numpy as np
import pytest
from judged import TRUTH
from scipy.stats import kendalltau

from nasrank import rank
from nasrank.bench.judging import baselines
from nasrank.predictors import ESTIMATORS

PLUGIN = """
import numpy as np
from nasrank.predictors import ESTIMATORS, Estimator
from nasrank.predictors.costs import CostEstimator

@ESTIMATORS.register
class Convolutions(Estimator):
    name, label = "convolutions", "number of convolutions"
    def score(self, architectures):
        return np.array([float(str(one).count("conv")) for one in architectures])

@ESTIMATORS.register
class SmallFirst(CostEstimator):
    name, label = "small_first", "few FLOPs"
    @staticmethod
    def number(cost):
        return -cost.multiply_adds

@ESTIMATORS.register
class Nearest(Estimator):
    name, label, needs = "nearest", "nearest label", frozenset({"labels"})
    def score(self, architectures):
        known = [str(one).count("conv") for one in self.context.labels.architectures]
        far = np.abs(np.subtract.outer([str(one).count("conv") for one in architectures], known))
        return self.context.labels.accuracies[far.argmin(axis=1)]

@ESTIMATORS.register
class Trained(Estimator):
    name, label, needs = "trained", "something that is trained", frozenset({"network", "samples"})
    def score(self, architectures):
        raise AssertionError

@ESTIMATORS.register
class Refusing(Estimator):
    name, label = "refusing", "of another space"
    def score(self, architectures):
        raise ValueError("knows transformers alone")

@ESTIMATORS.register
class Broken(Estimator):
    name, label = "broken", "of no number"
    def score(self, architectures):
        return np.full(len(architectures), np.nan)
"""
NAMES = ("convolutions", "small_first", "nearest", "trained", "refusing", "broken")


@pytest.fixture(scope="module")
def _plugin():
    exec(compile(PLUGIN, "plugin.py", "exec"), {"__name__": "plugin"})
    yield
    for name in NAMES:
        del ESTIMATORS[name]


@pytest.mark.slow
@pytest.mark.usefixtures("_plugin")
def test_costs_of_plugins_stand_beside_ours(scored):
    report = rank((scored.texts, scored.good), truth=TRUTH)
    names = [one.name for one in report.columns if one.baseline]
    assert names == ["parameters", "multiply_adds", "convolutions", "small_first"]
    assert report.column("convolutions").label == "number of convolutions"
    counts = [text.count("conv") for text in scored.texts]
    assert report.value("convolutions").value == pytest.approx(kendalltau(counts, scored.truth).statistic)
    assert report.value("small_first").value == pytest.approx(-report.value("multiply_adds").value)
    assert "of another space is no baseline here: knows transformers alone" in report.notes
    assert any("of no number is no baseline here" in note for note in report.notes)


@pytest.mark.slow
@pytest.mark.usefixtures("_plugin")
def test_what_needs_labels_has_them(scored):
    marks = np.arange(200) % 8 == 0
    report = rank({"arch": scored.texts, "good": scored.good, "used": marks}, truth=TRUTH, labels="used")
    found = {one.name: one.label for one in report.columns if one.baseline and one.name not in NAMES[:2]}
    assert list(found) == [
        "parameters",
        "multiply_adds",
        "label_matched",
        "gaussian_process",
        "random_forest",
        "nearest",
    ]
    assert found["nearest"] == "nearest label (25)"
    assert all(not report.value(name).reason for name in found)


@pytest.mark.slow
def test_in_a_large_pool_the_ridge_stands_for_all_regressions(scored, monkeypatch):
    monkeypatch.setattr(baselines, "MANY", 100)
    marks = np.arange(200) % 8 == 0
    report = rank({"arch": scored.texts, "good": scored.good, "used": marks}, truth=TRUTH, labels="used")
    names = [one.name for one in report.columns]
    assert "label_matched" in names
    assert not {"gaussian_process", "random_forest"} & set(names)
    assert any("the ridge stands for all regressions" in note for note in report.notes)


@pytest.mark.slow
def test_a_plugin_of_the_command_line(command, scored, tmp_path, monkeypatch):
    monkeypatch.setenv("NASRANK_PLUGINS", "")  # and what it was afterwards
    source = PLUGIN.split("@ESTIMATORS.register")
    (tmp_path / "mine.py").write_text(source[0] + "@ESTIMATORS.register" + source[1].replace('"convol', '"my_convol'))
    rows = "".join(f"{cell},{score}\n" for cell, score in zip(scored.texts[:60], scored.good, strict=False))
    (tmp_path / "scores.csv").write_text(f"arch,proxy\n{rows}")
    words = ("rank", tmp_path / "scores.csv", "--truth", TRUTH, "--plugin", tmp_path / "mine.py")
    try:
        code, out, err = command(*words)
    finally:
        del ESTIMATORS["my_convolutions"]
    assert code == 0, err
    assert "number of convolutions" in out
