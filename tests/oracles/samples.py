"""One small invented source of every registered format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import darts_files
import nb101_files
import nb201_files
import numpy as np

from nasrank.bench.oracles import Column, Provenance, Split, Table


def _records() -> dict[int, object]:
    """Three architectures with one, two and three seeds."""
    generator = np.random.default_rng(0)
    seeds = {5: (888,), 300: (777, 999), 15624: (777, 888, 999)}
    return {index: nb201_files.invented_record(generator, index, seeds=seeds[index]) for index in seeds}


def _nats_records() -> dict[int, object]:
    generator = np.random.default_rng(1)
    return {index: nb201_files.invented_record(generator, index, schedules=("12", "200")) for index in (0, 77)}


def _torch(folder: Path) -> Path:
    return nb201_files.write_torch_file(folder / "NAS-Bench-201.pth", nb201_files.contents(_records()))


def _nats_folder(folder: Path) -> Path:
    return nb201_files.write_nats_folder(folder / "NATS-simple", _nats_records())


def _nats_tar(folder: Path) -> Path:
    return nb201_files.write_tar(folder / "NATS-simple.tar", _nats_folder(folder))


def _nats_pickle(folder: Path) -> Path:
    path = folder / "NATS.pickle.pbz2"
    path.write_bytes(nb201_files.compressed(nb201_files.contents(_nats_records())))
    return path


def _tfrecord(folder: Path) -> Path:
    runs = nb101_files.invented_runs(nb101_files.invented_cells(20), nb101_files.FULL)
    nb101_files.write(folder / "nasbench.tfrecord", runs)
    return folder / "nasbench.tfrecord"


def _own(folder: Path) -> Path:
    column = Column("accuracy", "digits", Split.TEST_TABULATED, 3, 0)
    provenance = Provenance("nb201", "invented", "0" * 64, "invented", "none", "none", "invented", 1)
    table = Table.from_arrays({column: np.array([50.0, 60.0])}, provenance, np.array([7, 300]))
    table.write(folder / "table.arrow", compressed=True)
    return folder / "table.arrow"


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "nas-bench-201": _torch,
    "nats-bench-topology": _nats_folder,
    "nats-bench-topology-tar": _nats_tar,
    "nats-bench-topology-full": _nats_pickle,
    "nas-bench-101": _tfrecord,
    "nds-darts": lambda folder: darts_files.write_nds(folder / "DARTS.json"),
    "nas-bench-301": lambda folder: darts_files.write_nb301(folder / "nb_301"),
    "nasrank-table": _own,
}
