"""Objects of the official packages as tables, without a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nats_bench
import nb201_files as files
import numpy as np
import pytest
from nas_201_api import NASBench201API

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Split, wrap_live
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.nb201 import live, nats_folder, torch_pickle


def same(one: Draft, other: Draft) -> bool:
    return one.columns.keys() == other.columns.keys() and all(
        np.array_equal(values, other.columns[column], equal_nan=True) for column, values in one.columns.items()
    )


def test_an_object_of_nas_bench_201_is_the_table_of_its_file(tmp_path: Path, workshop: Workshop):
    generator = np.random.default_rng(0)
    root = files.contents({index: files.invented_record(generator, index, names=["cifar10"]) for index in (4, 44)})
    path = files.write_torch_file(tmp_path / "file.pth", root)
    read = live.draft_of(NASBench201API(root, verbose=False), workshop)
    assert same(read, torch_pickle.read(path, workshop))
    assert read.protocol.startswith("NAS-Bench-201")


@pytest.mark.slow
def test_a_fast_object_of_nats_bench_is_that_of_its_folder_and_stays_as_it_was(tmp_path: Path, workshop: Workshop):
    """NATS-Bench#25 and #45: sweeps over it take hours, and keep all that they have seen in memory."""
    generator = np.random.default_rng(1)
    options = {"names": ["cifar10"], "schedules": ("12", "200")}
    records = {index: files.invented_record(generator, index, **options) for index in (4, 44, 444)}
    folder = files.write_nats_folder(tmp_path / "NATS-tss-v1_0-3ffb9-simple", records)
    api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
    api.get_more_info(44, "cifar10", hp="12", is_random=False)
    read = live.draft_of(api, workshop)
    assert list(api.arch2infos_dict) == [44]
    assert same(read, nats_folder.read(folder, workshop))
    assert read.protocol.startswith("NATS-Bench")


def test_subclasses_are_known_by_their_parents(workshop: Workshop):
    class Own(NASBench201API):  # type: ignore[misc]
        pass

    api = Own(files.contents({3: files.invented_record(np.random.default_rng(2), 3, names=())}), verbose=False)
    assert live.draft_of(api, workshop).columns


@pytest.mark.parametrize("thing", [3, object(), {"meta_archs": []}])
def test_other_objects(thing: object, workshop: Workshop):
    assert live.origin_of(thing) is None
    with pytest.raises(DataError, match=r"not an object of nas_201_api\.NASBench201API"):
        live.draft_of(thing, workshop)


def test_no_official_package_is_imported():
    code = (
        "import sys, nasrank.bench.oracles.imports.formats.nb201.live;"
        "print({'nas_201_api', 'nats_bench', 'torch'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


@pytest.mark.slow
def test_a_wrapped_object_answers_like_any_table():
    records = {index: files.invented_record(np.random.default_rng(3), index) for index in (4, 44)}
    api = NASBench201API(files.contents(records), verbose=False)
    table = wrap_live(api)
    cells = [table.rows.parse(files.CELLS[index]) for index in (4, 44)]
    found = table.accuracy(cells, dataset="cifar100", split=Split.TEST, epochs=200, seeds=777)
    expected = [api.get_more_info(index, "cifar100", hp="200", is_random=777)["test-accuracy"] for index in (4, 44)]
    assert found.tolist() == expected
    table.verify()
    assert table.provenance.source == "nas_201_api.api_201.NASBench201API"
    with pytest.raises(DataError, match=r"not an object of"):
        wrap_live(42)


def test_a_training_that_diverged_is_not_one_that_is_missing():
    """Its loss is infinite, and so is a mean over seeds with it; without the run, the mean would be of the others."""
    record = files.invented_record(np.random.default_rng(4), 4, short_names=(), names=["cifar100"], seeds=[777, 888])
    diverged = record["full"]["all_results"]["cifar100", 777]
    diverged["train_losses"][199] = diverged["eval_losses"]["x-valid@199"] = float("nan")
    diverged["eval_losses"]["ori-test@57"] = float("inf")
    del diverged["eval_losses"]["ori-test@58"]
    table = wrap_live(NASBench201API(files.contents({4: record}), verbose=False))
    cell = [table.rows.parse(files.CELLS[4])]

    def loss(split: Split, seeds: int | str) -> float:
        asked = {"metric": "loss", "dataset": "cifar100", "split": split, "epochs": 200, "seeds": seeds}
        return float(table.values(cell, **asked)[0])

    for split in (Split.TRAIN, Split.VALID):
        assert loss(split, 777) == loss(split, "mean") == np.inf
        assert np.isfinite(loss(split, 888))
    assert np.isfinite(loss(Split.VALTEST, 777))
    curve = table.curve(cell, metric="loss", dataset="cifar100", split=Split.VALTEST, epochs=200, seeds=777)[0]
    assert (np.flatnonzero(np.isinf(curve)).tolist(), np.flatnonzero(np.isnan(curve)).tolist()) == ([57], [58])
