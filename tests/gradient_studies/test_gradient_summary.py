"""What gradient studies say, by independent definitions."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from small_gradients import TEXT, summary_of

from nasrank.bench.analysis.gradient_summary import NO_LOGARITHM, GradientSummary
from nasrank.bench.foundation.files import DataError

DEPTHS = (1, 2, 3)
CLAIM = TEXT.index("[claims.smaller]")


def invented(seed: int, power: float = -0.5) -> dict[int, np.ndarray]:
    """Four seeds, two layers; the last one's norm goes with the depth to this power, but for noise."""
    generator = np.random.default_rng(seed)
    return {depth: np.exp(0.1 * generator.normal(size=(4, 2))) * [1, depth**power] for depth in DEPTHS}


def student(values: np.ndarray) -> tuple[float, float, float]:
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return float(values.mean()), float(low), float(high)


@pytest.fixture
def norms() -> dict[str, dict[int, np.ndarray]]:
    return {"plain": invented(0), "skip": invented(1, 0.2)}


def test_a_slope_is_the_mean_of_least_squares_with_students_interval(tmp_path: Path, norms) -> None:
    summary = summary_of(tmp_path, norms)
    for name, one in norms.items():
        found = [np.polyfit(np.log(DEPTHS), [math.log(one[d][seed, -1]) for d in DEPTHS], 1)[0] for seed in range(4)]
        row = summary.row(name)
        assert (row.slope, row.low, row.high) == pytest.approx(student(np.array(found)), abs=2e-6)
    assert summary.row("plain").slope < 0 < summary.row("skip").slope


def test_the_first_layer_is_followed_where_it_is_asked_for(tmp_path: Path, norms) -> None:
    summary = summary_of(tmp_path, norms, TEXT.replace("seeds = 4", 'seeds = 4\nlayer = "first"'))
    firsts = np.log([norms["skip"][depth][:, 0] for depth in DEPTHS])
    assert summary.row("skip").slope == pytest.approx(np.polyfit(np.log(DEPTHS), firsts.mean(axis=1), 1)[0], abs=2e-6)
    assert summary.followed("skip", 2) == pytest.approx(student(firsts[1]), abs=2e-6)


def test_layers_have_geometric_means(tmp_path: Path, norms) -> None:
    summary = summary_of(tmp_path, norms)
    profile = summary.profile("plain", 2)
    for layer in range(2):
        expected = student(np.log(norms["plain"][2][:, layer]))
        found = (profile.log_norms[layer], profile.lows[layer], profile.highs[layer])
        assert found == pytest.approx(expected, abs=2e-6)
    row = summary.row("plain")
    growth = student(np.log(norms["plain"][3][:, 1] / norms["plain"][3][:, 0]))
    assert (row.log_growth, row.growth_low, row.growth_high) == pytest.approx(growth, abs=2e-6)


def test_a_ratio_is_paired_by_seed(tmp_path: Path, norms) -> None:
    claim = summary_of(tmp_path, norms).claim("smaller")
    expected = stats.ttest_rel(np.log(norms["plain"][3][:, -1]), np.log(norms["skip"][3][:, -1]))
    interval = np.exp(expected.confidence_interval(0.95))
    assert claim.value == pytest.approx(stats.gmean(norms["plain"][3][:, -1] / norms["skip"][3][:, -1]), abs=2e-6)
    assert (claim.low, claim.high) == pytest.approx(tuple(interval), abs=2e-6)


@pytest.mark.parametrize(
    ("of", "side", "offset", "status"),
    [
        ("low", "above", -0.01, "holds"),
        ("low", "above", 0.01, "open"),
        ("high", "above", -0.01, "open"),
        ("high", "above", 0.01, "does not hold"),
        ("high", "below", 0.01, "holds"),
        ("high", "below", -0.01, "open"),
        ("low", "below", 0.01, "open"),
        ("low", "below", -0.01, "does not hold"),
    ],
)
@pytest.mark.parametrize("name", ["smaller", "explodes"])
def test_a_claim_is_judged_by_its_whole_interval(
    tmp_path: Path, norms, name: str, of: str, side: str, offset: float, status: str
) -> None:
    found = summary_of(tmp_path, norms).claim(name)
    old = {"smaller": "above = 0.01", "explodes": "above = 50.0"}[name]
    text = TEXT.replace(old, f"{side} = {getattr(found, of) + offset:.6f}")
    assert summary_of(tmp_path, norms, text).claim(name).status == status


@pytest.mark.parametrize("broken", [0.0, math.nan, math.inf])
def test_a_norm_without_a_logarithm_leaves_no_value(tmp_path: Path, norms, broken: float) -> None:
    norms["plain"][3][1, -1] = broken
    summary = summary_of(tmp_path, norms)
    for claim in summary.claims:
        assert (claim.status, math.isnan(claim.value)) == (NO_LOGARITHM, True)
    assert math.isnan(summary.row("plain").slope)
    assert math.isnan(summary.profile("plain", 3).log_norms[1])
    assert math.isfinite(summary.profile("plain", 3).log_norms[0])
    assert math.isfinite(summary.row("skip").slope)


def test_a_summary_is_read_as_it_was_written(tmp_path: Path, norms) -> None:
    norms["skip"][1][0, 0] = 0.0
    summary = summary_of(tmp_path, norms)
    text = summary.to_text()
    assert GradientSummary.from_text(text).to_text() == text
    assert GradientSummary.is_report(text)
    with pytest.raises(DataError, match=r"summary\.json is not as this version writes it"):
        GradientSummary.from_text(text.replace('"profiles"', '"profile"'))


def test_norms_far_below_six_decimals_keep_their_digits(tmp_path: Path, norms) -> None:
    small = {name: {depth: 1e-12 * one for depth, one in depths.items()} for name, depths in norms.items()}
    usual, tiny = summary_of(tmp_path, norms), summary_of(tmp_path, small)
    assert tiny.row("plain").slope == pytest.approx(usual.row("plain").slope, abs=2e-6)
    assert tiny.claim("smaller").value == pytest.approx(usual.claim("smaller").value, abs=2e-6)
    difference = usual.followed("skip", 2)[0] - tiny.followed("skip", 2)[0]
    assert difference == pytest.approx(12 * math.log(10), abs=2e-6)
