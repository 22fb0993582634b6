"""NATS-Bench's folder and its full file, against the package nats-bench on the very same files."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import nats_bench
import nb201_files as files
import numpy as np
import pytest
from against_package import SCHEDULES, check_costs, check_metrics, check_more_info, check_top5, row_of

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.nb201 import nats_folder, nats_members, nats_pickle
from nasrank.bench.oracles.imports.formats.nb201.nats_members import META

INDICES = (2, 700, 9999)


@pytest.fixture(scope="module")
def records() -> dict[int, Any]:
    generator = np.random.default_rng(0)
    return {
        index: files.invented_record(
            generator, index, seeds=[888, 777, 999][:count], names=["cifar100"], schedules=("12", "200")
        )
        for count, index in enumerate(INDICES, start=1)
    }


@pytest.fixture(scope="module")
def folder(records: dict[int, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.write_nats_folder(tmp_path_factory.mktemp("nats") / "NATS-tss-v1_0-3ffb9-simple", records)


def check_all(draft: Draft, api: Any) -> None:
    for index in INDICES:
        api.get_more_info(index, "cifar10", hp="12", is_random=False)  # a fast-mode object loads the record
        for schedule, epochs in SCHEDULES.items():
            results = api.arch2infos_dict[index][schedule]
            assert check_metrics(draft, results, epochs=epochs, asked=(0, 3, 11, 199)[: 3 if epochs == 12 else 4])
            check_top5(draft, results, epochs=epochs)
        check_more_info(draft, api, index, asked=(None, 7))
        check_costs(draft, api, index)


class TestFolder:
    @pytest.mark.slow
    def test_equals_the_package(self, folder: Path, workshop: Workshop):
        api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
        check_all(nats_folder.read(folder, workshop), api)

    @pytest.mark.slow
    def test_in_several_processes(self, own_folder: Path, workshop: Workshop):
        alone, together = (nats_folder.read(own_folder, replace(workshop, jobs=jobs)) for jobs in (1, 2))
        assert alone.columns.keys() == together.columns.keys()
        assert all(
            np.array_equal(values, together.columns[one], equal_nan=True) for one, values in alone.columns.items()
        )

    def test_a_process_that_dies_is_no_riddle(self):
        """As one does that is killed for lack of memory."""

        class Deadly:
            def __reduce__(self) -> Any:
                return os._exit, (1,)

        member: Any = ("000002.pickle.pbz2", Deadly())
        with pytest.raises(DataError, match=r"a worker process died.*--jobs 1"):
            list(nats_members.read_all([member], 2))

    def test_recognised_by_its_files(self, folder: Path, tmp_path: Path):
        assert nats_folder.recognises(folder)
        assert not nats_folder.recognises(tmp_path)
        assert not nats_folder.recognises(folder / "meta.pickle.pbz2")

    def test_progress_is_reported(self, own_folder: Path, workshop: Workshop):
        told: list[tuple[int, int]] = []
        nats_folder.read(own_folder, replace(workshop, report=lambda done, total: told.append((done, total))))
        assert told == [(1, 15625), (2, 15625), (3, 15625)]

    def test_without_the_list_of_cells(self, own_folder: Path, workshop: Workshop):
        (own_folder / "meta.pickle.pbz2").unlink()
        assert nats_folder.recognises(own_folder)
        with pytest.raises(DataError, match=r"meta\.pickle\.pbz2 is missing"):
            nats_folder.read(own_folder, workshop)

    def test_without_a_record(self, own_folder: Path, workshop: Workshop):
        for index in INDICES:
            (own_folder / f"{index:06d}.pickle.pbz2").unlink()
        with pytest.raises(DataError, match="no record"):
            nats_folder.read(own_folder, workshop)

    @pytest.mark.parametrize("name", ["000001.pickle.pbz2", "meta.pickle.pbz2"])
    @pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("nowhere")])
    def test_a_record_that_is_no_file(self, own_folder: Path, workshop: Workshop, make: Any, name: str):
        (own_folder / name).unlink(missing_ok=True)
        make(own_folder / name)
        assert nats_folder.recognises(own_folder)
        for attempt in (nats_folder.FORMAT.files, lambda folder: nats_folder.read(folder, workshop)):
            with pytest.raises(DataError, match=rf"{name} is not a file"):
                attempt(own_folder)

    def test_other_files_do_not_matter(self, own_folder: Path):
        """A folder seen by a Mac has a .DS_Store; its table is the same, and known again."""
        before = nats_folder.FORMAT.files(own_folder)
        assert [path.name for path in before] == [*(f"{index:06d}.pickle.pbz2" for index in INDICES), META]
        (own_folder / ".DS_Store").write_bytes(b"Bud1")
        (own_folder / "older").mkdir()
        (own_folder / "older" / "000003.pickle.pbz2").touch()
        assert nats_folder.FORMAT.files(own_folder) == before

    def test_a_record_under_another_name(self, own_folder: Path, workshop: Workshop):
        (own_folder / "000002.pickle.pbz2").rename(own_folder / "000003.pickle.pbz2")
        with pytest.raises(DataError, match=r"000003.* is that of architecture 2"):
            nats_folder.read(own_folder, workshop)

    def test_one_architecture_under_two_names(self, own_folder: Path, workshop: Workshop):
        shutil.copy(own_folder / "000002.pickle.pbz2", own_folder / "2.pickle.pbz2")
        with pytest.raises(DataError, match="two records of architecture 2"):
            nats_folder.read(own_folder, workshop)

    def test_a_list_of_cells_in_another_order(self, own_folder: Path, workshop: Workshop):
        swapped = [files.CELLS[1], files.CELLS[2], files.CELLS[0], *files.CELLS[3:]]
        (own_folder / "meta.pickle.pbz2").write_bytes(files.compressed({"meta_archs": swapped}))
        with pytest.raises(DataError, match=r"architecture 2 is .* in meta_archs, its record is about another cell"):
            nats_folder.read(own_folder, workshop)

    @pytest.mark.parametrize("cells", [files.CELLS[:-1], [*files.CELLS[:-1], files.CELLS[0]], ["8:8:8:8:8"] * 15625, 3])
    def test_another_list_of_cells(self, own_folder: Path, workshop: Workshop, cells: Any):
        (own_folder / "meta.pickle.pbz2").write_bytes(files.compressed({"meta_archs": cells}))
        with pytest.raises(DataError, match="size space"):
            nats_folder.read(own_folder, workshop)

    @pytest.mark.parametrize("name", ["000700.pickle.pbz2", "meta.pickle.pbz2"])
    def test_truncated_altered_and_lengthened_files(self, own_folder: Path, workshop: Workshop, name: str):
        whole = (own_folder / name).read_bytes()
        altered = bytearray(whole)
        altered[len(whole) // 2] ^= 16
        for data in (whole[:-1], whole[:1000], b"", bytes(altered), whole + b"more"):
            (own_folder / name).write_bytes(data)
            with pytest.raises(DataError, match=name):
                nats_folder.read(own_folder, workshop)

    def test_a_record_that_decompresses_to_more_than_any(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(nats_members, "LARGEST", 100_000)
        with pytest.raises(DataError, match=r"000700.* larger than 100,000 bytes"):
            list(nats_members.read_all([("000700.pickle.pbz2", files.compressed("x" * 200_000))], 1))


class TestCosts:
    @pytest.mark.slow
    def test_where_trainings_differ_the_table_says_what_the_package_says(self, tmp_path: Path, workshop: Workshop):
        """NATS-Bench#36: at 200 epochs, users found other counts than at 12."""
        record = files.invented_record(np.random.default_rng(1), 8, names=["cifar10"], schedules=("12", "200"))
        record["200"]["all_results"]["cifar10", 777]["params"] = np.float64(0.123)
        folder = files.write_nats_folder(tmp_path / "NATS-tss-v1_0-3ffb9-simple", {8: record})
        api = nats_bench.create(str(folder), "tss", fast_mode=True, verbose=False)
        draft = nats_folder.read(folder, workshop)
        parameters = draft.columns[Column("parameters", "cifar10")]
        assert parameters[row_of(draft, files.CELLS[8])] == api.get_cost_info(8, "cifar10", hp="200")["params"] * 1e6


@pytest.fixture(scope="module")
def path(records: dict[int, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "NATS-tss-v1_0-3ffb9.pickle.pbz2"
    path.write_bytes(files.compressed(files.contents(records)))
    return path


class TestFullFile:
    @pytest.mark.slow
    def test_equals_the_package(self, path: Path, workshop: Workshop):
        api = nats_bench.create(str(path), "tss", fast_mode=False, verbose=False)
        assert nats_pickle.recognises(path)
        check_all(nats_pickle.read(path, workshop), api)

    def test_is_not_taken_for_a_file_of_the_folder(self, folder: Path):
        assert not nats_pickle.recognises(folder / "meta.pickle.pbz2")
        assert not nats_pickle.recognises(folder / "000002.pickle.pbz2")

    def test_truncated_or_altered(self, path: Path, tmp_path: Path, workshop: Workshop):
        whole = path.read_bytes()
        altered = bytearray(whole)
        altered[len(whole) // 2] ^= 16
        for data in (whole[:-1], whole[: len(whole) // 2], bytes(altered)):
            (tmp_path / "bad.pickle.pbz2").write_bytes(data)
            with pytest.raises(DataError, match="bad"):
                nats_pickle.read(tmp_path / "bad.pickle.pbz2", workshop)

    def test_code_in_it_is_not_run(self, tmp_path: Path, workshop: Workshop):
        class Hostile:
            def __reduce__(self) -> Any:
                return (Path.touch, (tmp_path / "was run",))

        (tmp_path / "bad.pickle.pbz2").write_bytes(files.compressed(files.contents({0: Hostile()})))
        with pytest.raises(DataError):
            nats_pickle.read(tmp_path / "bad.pickle.pbz2", workshop)
        assert not (tmp_path / "was run").exists()
