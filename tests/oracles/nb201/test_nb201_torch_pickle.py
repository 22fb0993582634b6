"""NAS-Bench-201's own file: what is read equals what the package nas-bench-201 answers for the very same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nats_bench
import nb201_files as files
import numpy as np
import pytest
import torch
from against_package import SCHEDULES, check_costs, check_metrics, check_more_info, check_top5, row_of, value
from nas_201_api import NASBench201API

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.nb201 import torch_pickle

EPOCHS = (0, 1, 57, 198, 199)


def package(path: Path) -> NASBench201API:
    """The official package on a file that the tests wrote; by itself it no longer loads any with today's torch."""
    return NASBench201API(torch.load(path, weights_only=False), verbose=False)


def check_all(draft: Draft, api: NASBench201API, asked: tuple[int, ...] = EPOCHS) -> None:
    assert api.evaluated_indexes
    for index in api.evaluated_indexes:
        for schedule, epochs in SCHEDULES.items():
            results = api.arch2infos_dict[index][schedule]
            if results.all_results:
                assert check_metrics(draft, results, epochs=epochs, asked=[one for one in asked if one < epochs] + [11])
                check_top5(draft, results, epochs=epochs)
        check_more_info(draft, api, index, asked=(None, 5))
        check_costs(draft, api, index)


def records(seed: int, **options: Any) -> dict[int, Any]:
    """Three architectures, trained with one, two and three seeds."""
    generator = np.random.default_rng(seed)
    seeds = {5: (888,), 300: (777, 999), 15624: (777, 888, 999)}
    return {index: files.invented_record(generator, index, seeds=seeds[index], **options) for index in seeds}


class TestReading:
    @pytest.mark.slow
    def test_a_whole_file_in_the_published_container(self, tmp_path: Path, workshop: Workshop):
        path = files.write_torch_file(tmp_path / "v1_1.pth", files.contents(records(1, times="constant")))
        assert torch_pickle.FORMAT.recognises(path)
        check_all(torch_pickle.read(path, workshop), package(path))

    @pytest.mark.slow
    def test_the_container_of_today(self, tmp_path: Path, workshop: Workshop):
        root = files.contents(records(2, names=["cifar10"]))
        path = files.write_torch_file(tmp_path / "new.pth", root, legacy=False)
        check_all(torch_pickle.read(path, workshop), package(path))

    def test_times_that_differ_between_epochs_have_curves(self, tmp_path: Path, workshop: Workshop):
        """Also for the architectures before the first such one, whose epochs took the same."""
        generator = np.random.default_rng(3)
        mixed = {
            index: files.invented_record(generator, index, seeds=[888], times=times, names=["cifar100"])
            for index, times in {7: "constant", 9: "none", 8: "varying", 6: "constant"}.items()
        }
        path = files.write_torch_file(tmp_path / "mixed.pth", files.contents(mixed))
        draft = torch_pickle.read(path, workshop)
        check_all(draft, package(path))
        for column in (
            Column("training_time", "cifar100", Split.TRAIN, 200, 888),
            Column("evaluation_time", "cifar100", Split.TEST, 200, 888),
        ):
            assert value(draft, row_of(draft, files.CELLS[7]), column, 100) is not None
            assert value(draft, row_of(draft, files.CELLS[9]), column, 100) is None

    @pytest.mark.slow
    def test_version_1_0_has_no_times_and_one_data_set_at_12_epochs(self, tmp_path: Path, workshop: Workshop):
        old = records(4, times="none", short_names=["cifar10-valid"], names=["cifar10-valid", "ImageNet16-120"])
        path = files.write_torch_file(tmp_path / "v1_0.pth", files.contents(old))
        draft = torch_pickle.read(path, workshop)
        check_all(draft, package(path))
        assert not {"training_time", "evaluation_time", "latency"} & {column.metric for column in draft.columns}
        assert {column.dataset for column in draft.columns if column.epochs == 12} == {"cifar10"}

    def test_parts_and_keys_in_any_order(self, tmp_path: Path, workshop: Workshop):
        root = files.contents({1: shuffled(files.invented_record(np.random.default_rng(5), 1, names=["cifar100"]))})
        path = files.write_torch_file(tmp_path / "order.pth", dict(reversed(root.items())))
        check_all(torch_pickle.read(path, workshop), package(path))

    @pytest.mark.slow
    def test_a_file_of_many_records_is_the_same_format(self, tmp_path: Path, workshop: Workshop):
        """So that benchmarks on `write_large_torch_file` are about something real."""
        path = files.write_large_torch_file(tmp_path / "large.pth", 3, names=["ImageNet16-120"])
        check_all(torch_pickle.read(path, workshop), package(path), asked=(0, 199))

    @pytest.mark.slow
    @pytest.mark.data
    def test_genuine_numbers(self, tmp_path: Path, workshop: Workshop, nasrank_data: Path):
        """Records of NATS-Bench in the container of NAS-Bench-201."""
        folder = nasrank_data / "NATS-tss-v1_0-3ffb9-simple"
        source = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
        genuine = {}
        for index in (0, 11, 284):
            short, full = (source.query_meta_info_by_index(index, hp).state_dict() for hp in ("12", "200"))
            genuine[index] = {"less": short, "full": full}
        path = files.write_torch_file(tmp_path / "genuine.pth", files.contents(genuine, source.meta_archs))
        check_all(torch_pickle.read(path, workshop), package(path), asked=tuple(range(200)))


def shuffled(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    keys = list(thing)
    order = np.random.default_rng(0).permutation(len(keys))
    return {keys[place]: shuffled(thing[keys[place]]) for place in order}


class TestCosts:
    def test_trainings_that_agree_share_a_column(self, tmp_path: Path, workshop: Workshop):
        """Also between schedules, so that one question fits every table."""
        draft = read_with_counts(tmp_path, workshop, dict.fromkeys((777, 888, 999), 0.802426), short=0.802426)
        kept = [column for column in draft.columns if column.metric == "parameters"]
        assert kept == [Column("parameters", "cifar10")]
        assert kept[0].derivation == ""
        assert value(draft, row_of(draft, files.CELLS[1]), kept[0]) == 802426

    def test_where_they_differ_every_one_is_kept_and_888_is_believed(self, tmp_path: Path, workshop: Workshop):
        """NATS-Bench#36: 777 and 999 hold the counts of another network; the authors say to take 888."""
        counts = {777: 0.559386, 888: 0.802426, 999: 0.559386}
        draft = read_with_counts(tmp_path, workshop, counts, short=0.1)
        row = row_of(draft, files.CELLS[1])
        assert value(draft, row, Column("parameters", "cifar10")) == 802426
        assert value(draft, row, Column("parameters", "cifar10", Split.TRAIN_50K, 12, 111)) == 100_000
        for seed, millions in counts.items():
            assert value(draft, row, Column("parameters", "cifar10", Split.TRAIN_50K, 200, seed)) == millions * 1e6
        (believed,) = (one.derivation for one in draft.columns if one == Column("parameters", "cifar10"))
        assert "seed 888" in believed

    def test_where_only_the_schedules_differ(self, tmp_path: Path, workshop: Workshop):
        draft = read_with_counts(tmp_path, workshop, {777: 0.3, 999: 0.3}, short=0.2)
        row = row_of(draft, files.CELLS[1])
        assert value(draft, row, Column("parameters", "cifar10")) == 300_000
        assert value(draft, row, Column("parameters", "cifar10", Split.TRAIN_50K, 12, 111)) == 200_000

    def test_what_only_the_short_schedule_has(self, tmp_path: Path, workshop: Workshop):
        draft = read_with_counts(tmp_path, workshop, {}, short=0.2)
        assert value(draft, row_of(draft, files.CELLS[1]), Column("parameters", "cifar10")) == 200_000


def read_with_counts(tmp_path: Path, workshop: Workshop, counts: dict[int, float], *, short: float) -> Draft:
    """Of a file with these millions of parameters, by seed of the full schedule, and in the short one."""
    record = files.invented_record(
        np.random.default_rng(6), 1, short_names=["cifar10"], names=["cifar10"], seeds=list(counts)
    )
    for schedule in record.values():
        for (_, seed), result in schedule["all_results"].items():
            result["params"] = np.float64(counts.get(seed, short))
    return torch_pickle.read(files.write_torch_file(tmp_path / "counts.pth", files.contents({1: record})), workshop)


@pytest.fixture(scope="module")
def root() -> dict[str, Any]:
    """A small file: one architecture, 12 epochs."""
    return files.contents({3: files.invented_record(np.random.default_rng(7), 3, names=())})


class TestRefusals:
    @pytest.mark.parametrize("legacy", [True, False])
    def test_truncated_anywhere(self, tmp_path: Path, workshop: Workshop, root: dict[str, Any], legacy: bool):
        path = files.write_torch_file(tmp_path / "file.pth", root, legacy=legacy)
        whole = path.read_bytes()
        for length in (0, 10, 200, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:length])
            with pytest.raises(DataError):
                torch_pickle.read(path, workshop)

    def test_altered_in_the_container_with_checksums(self, tmp_path: Path, workshop: Workshop, root: dict[str, Any]):
        path = files.write_torch_file(tmp_path / "file.pth", root, legacy=False)
        data = bytearray(path.read_bytes())
        middle = len(data) - 20_000
        for place in (middle, middle + 1, middle + 9):
            altered = data.copy()
            altered[place] ^= 1
            path.write_bytes(altered)
            with pytest.raises(DataError):
                torch_pickle.read(path, workshop)

    @pytest.mark.slow
    @pytest.mark.parametrize("legacy", [True, False])
    def test_altered_anywhere_nothing_but_a_refusal_or_another_number(
        self, tmp_path: Path, workshop: Workshop, root: dict[str, Any], legacy: bool
    ):
        """The old container has no checksum; but no damage ends in any other exception."""
        path = files.write_torch_file(tmp_path / "file.pth", root, legacy=legacy)
        data = path.read_bytes()
        generator, refused = np.random.default_rng(8), 0
        for place in generator.integers(len(data) // 10, len(data) * 9 // 10, 15):
            altered = bytearray(data)
            altered[place] ^= int(generator.integers(1, 256))
            path.write_bytes(altered)
            try:
                torch_pickle.read(path, workshop)
            except DataError:
                refused += 1
        assert refused >= (5 if legacy else 15)

    @pytest.mark.parametrize(
        "root", [{"weight": torch.zeros(3)}, {"epoch": 3}, [1, 2], {"arch2infos": {}, "meta_archs": files.CELLS}]
    )
    def test_other_files_of_torch(self, tmp_path: Path, workshop: Workshop, root: Any):
        with pytest.raises(DataError, match=r"other\.pth"):
            torch_pickle.read(files.write_torch_file(tmp_path / "other.pth", root), workshop)

    def test_a_list_of_evaluated_architectures_that_is_not_that_of_the_records(
        self, tmp_path: Path, workshop: Workshop, root: dict[str, Any]
    ):
        path = files.write_torch_file(tmp_path / "file.pth", {**root, "evaluated_indexes": [3, 4]})
        with pytest.raises(DataError, match="evaluated_indexes name 2 architectures"):
            torch_pickle.read(path, workshop)
