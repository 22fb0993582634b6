"""The embedded default, read from the installed package analog-nasbench."""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES, Column, Split, Table, open_oracle
from nasrank.bench.oracles.ask.draft import workshop
from nasrank.bench.oracles.imports.recipes import analog
from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import NONE, from_naslib

ASKED = {"dataset": "cifar10", "split": Split.TEST_50K_AUGMENTED, "epochs": 200, "seeds": "one_run"}
EVERY = np.arange(15_625)


@pytest.fixture(scope="module")
def embedded(embedded_cache: Path) -> Table:
    return open_oracle("analog-nasbench", cache=embedded_cache)


@pytest.mark.slow
def test_every_cell_has_one_accuracy_in_percent(embedded: Table):
    accuracy = embedded.accuracy(EVERY, **ASKED)
    assert accuracy.shape == (15_625,)
    assert accuracy.min() == 10.0
    assert 90 < accuracy.max() < 100


@pytest.mark.slow
def test_the_edge_order_is_right(embedded: Table):
    """Cells through which no signal passes are at chance, and only they; in another edge order others would be."""
    space = get_space("nb201")
    silent = {
        space.position(cell) for cell in space if set(space.functional(cell, silence_is_zero=True).operations) == {NONE}
    }
    assert len(silent) == 341
    assert set(np.flatnonzero(embedded.accuracy(EVERY, **ASKED) == 10.0)) == silent


def test_the_values_have_the_grain_of_25_passes_over_10000_images(embedded: Table):
    """What `Split.TEST_50K_AUGMENTED` claims: 100 / 10,000 / 25 points."""
    steps = embedded.accuracy(EVERY, **ASKED) / 0.0004
    assert np.mean(np.abs(steps - np.round(steps)) < 1e-6) > 0.999


@pytest.mark.usefixtures("embedded")
def test_reading_never_imports_the_package():
    assert not [name for name in sys.modules if name.startswith("analognasbench")]


def test_the_table_says_where_it_comes_from(embedded: Table):
    provenance = embedded.provenance
    assert provenance.sha256 == RECIPES["analog-nasbench"].sha256
    assert "states no protocol" in provenance.protocol
    assert "none stated" in provenance.licence


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def absent(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", absent)
    with pytest.raises(DataError, match=r"analog-nasbench.* is not installed\. .*pip install 'nasrank\[embedded\]'"):
        open_oracle("analog-nasbench", cache=tmp_path)


def test_another_version_of_the_file_is_refused(tmp_path: Path):
    altered = tmp_path / "data.anb"
    altered.write_bytes(analog.locate(None).read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match=r"altered or another version: its sha256 is .*nasrank\[embedded\]"):
        analog.RECIPE.compile(altered, tmp_path / "table.arrow")


@pytest.fixture
def architecture(monkeypatch: pytest.MonkeyPatch) -> type:
    """A class that pickles under the package's name, to write files like the package's."""
    module = types.ModuleType("analognasbench.data")
    written = type("Architecture", (), {"__module__": "analognasbench.data"})
    module.Architecture = written  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "analognasbench", types.ModuleType("analognasbench"))
    monkeypatch.setitem(sys.modules, "analognasbench.data", module)
    return written


def entries(architecture: type) -> dict[tuple[int, ...], object]:
    made = {}
    for number, operations in enumerate(np.ndindex(5, 5, 5, 5, 5, 5)):
        made[operations] = architecture()
        made[operations].__dict__.update(architecture=operations, baseline_accuracy=number / 1000)
    return made


def read(path: Path) -> Mapping[Column, np.ndarray]:
    with workshop() as here:
        return analog.read(path, here).columns


@pytest.mark.slow
def test_entries_are_placed_by_naslibs_edge_order(architecture: type, tmp_path: Path):
    """NASLib#144 and #171: the tuple's edges are not in the order of the official string."""
    path = tmp_path / "data.anb"
    path.write_bytes(pickle.dumps(entries(architecture), protocol=4))
    values = read(path)[analog.ACCURACY]
    space = get_space("nb201")
    cell = space.parse("|avg_pool_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|none~0|nor_conv_1x1~1|nor_conv_3x3~2|")
    by_source = (4, 2, 1, 0, 3, 2)  # edges (0,1) (0,2) (0,3) (1,2) (1,3) (2,3)
    assert from_naslib(by_source, edge_order="by_source") == cell
    assert values[space.position(cell)] == np.ravel_multi_index(by_source, (5,) * 6) / 1000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda made: made.pop((0,) * 6), "1 of 15625 cells have no accuracy"),
        (lambda made: made[(1,) * 6].__dict__.update(architecture=(2,) * 6), "names another architecture"),
        (lambda made: made[(1,) * 6].__dict__.update(baseline_accuracy="93 %"), "or has no accuracy"),
        (lambda made: made.update({(1,) * 6: 93.0}), "is not an architecture's"),
        (lambda made: made.update({(0,) * 7: made[(0,) * 6]}), "names another architecture"),
    ],
)
def test_malformed_entries_are_refused(architecture: type, tmp_path: Path, spoil, message: str):
    made = entries(architecture)
    spoil(made)
    path = tmp_path / "data.anb"
    path.write_bytes(pickle.dumps(made, protocol=4))
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    path = tmp_path / "data.anb"
    path.write_bytes(pickle.dumps("a text", protocol=4))
    with pytest.raises(DataError, match="expected a dictionary of architectures, found a str"):
        read(path)


@pytest.mark.data
def test_it_agrees_with_nats_bench_as_recorded(embedded: Table, nasrank_data: Path, tmp_path: Path):
    """The embedded study's ceiling: two honest measurements of the same cells, tau-b 0.926, 0.39 points apart."""
    nats = open_oracle("nats-bench-extract", data_root=nasrank_data, cache=tmp_path)
    ours = embedded.accuracy(EVERY, **ASKED)
    theirs = nats.accuracy(EVERY, dataset="cifar10", split=Split.TEST_50K, epochs=200, seeds="mean")
    assert kendalltau(ours, theirs).statistic == pytest.approx(0.926, abs=5e-4)
    assert np.abs(ours - theirs).mean() == pytest.approx(0.39, abs=5e-3)
