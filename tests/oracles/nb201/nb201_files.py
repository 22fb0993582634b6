"""Files in the official formats, with invented numbers: written with the package nas-bench-201's own classes.

`write_torch_file` saves what it is given. `write_large_torch_file` makes a file of any number of records without ever
holding more than one, by patching one pickled record: for benchmarks.
"""

from __future__ import annotations

import bz2
import pickle
import pickletools
import struct
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import torch
from nas_201_api import ArchResults, ResultsCount

from nasrank.bench.oracles.imports.formats.nb201.records import EVALUATION_SPLITS, positions

Times = Literal["none", "constant", "varying"]

CELLS = [str(cell) for cell in np.random.default_rng(201).permutation(list(positions()))]
"""All cells, in an order that is nobody's: what files made here have as `meta_archs`."""

CLASSES = {"cifar10-valid": 10, "cifar10": 10, "cifar100": 100, "ImageNet16-120": 120}
WHOLE_CURVE = {"cifar10-valid": "x-valid", "cifar10": "ori-test", "cifar100": "ori-test", "ImageNet16-120": "ori-test"}
"""The set measured after every one of 200 epochs; the others only after the last."""


def invented_results(
    generator: np.random.Generator, cell: str, name: str, seed: int, epochs: int, *, times: Times
) -> ResultsCount:
    """One training, with everything in the places where the published files have it."""

    def curve(high: float) -> dict[int, float]:
        return dict(enumerate(generator.uniform(0, high, epochs).tolist()))

    config = {"channel": 16, "num_cells": 5, "arch_str": cell, "class_num": CLASSES[name]}
    counts = np.random.default_rng([positions()[cell], CLASSES[name]])  # the same for every seed and schedule
    parameters, flop = np.float64(counts.integers(10**5, 10**6) / 1e6), float(counts.integers(10**7, 10**8) / 1e6)
    latency = None if times == "none" else [np.float64(generator.uniform(0.01, 0.02))]
    count = ResultsCount(name, None, curve(100), curve(5), parameters, flop, config, seed, epochs, latency)
    count.seed = f"{seed:04d}"  # as the published files have it
    if epochs == 12:
        count.train_acc5es = curve(100)
    for official in EVALUATION_SPLITS[name]:
        measured = [*range(epochs)] if epochs == 12 or official == WHOLE_CURVE[name] else [epochs - 1]
        count.update_OLD_eval(
            official,
            dict(zip(measured, generator.uniform(0, 100, len(measured)).tolist(), strict=True)),
            dict(zip(measured, generator.uniform(0, 5, len(measured)).tolist(), strict=True)),
        )
    if times != "none":
        count.reset_pseudo_train_times(generator.uniform(5, 50))
        for official in count.get_eval_set():
            count.reset_pseudo_eval_times(official, generator.uniform(0.1, 3))
    if times == "varying":
        count.train_times = curve(50)
        count.eval_times = {key: generator.uniform(0.1, 3) for key in count.eval_times}
    return count


def invented_record(
    generator: np.random.Generator,
    index: int,
    *,
    seeds: Sequence[int] = (777, 888, 999),
    times: Times = "constant",
    short_names: Sequence[str] = tuple(CLASSES),
    names: Sequence[str] = tuple(CLASSES),
    schedules: tuple[str, str] = ("less", "full"),
) -> dict[str, dict[str, Any]]:
    """States of the short and the full schedule of the cell `CELLS[index]`.

    Args:
        seeds: of the full schedule; the short one has 111, and 777 for CIFAR-10's 25k-trained networks.
        short_names: what the short schedule was trained on.
        names: what the full schedule was trained on.
    """
    short, full = ArchResults(index, CELLS[index]), ArchResults(index, CELLS[index])
    for name in short_names:
        for seed in (111, 777) if name == "cifar10-valid" else (111,):
            short.update(name, seed, invented_results(generator, CELLS[index], name, seed, 12, times=times))
    for name in names:
        for seed in seeds:
            full.update(name, seed, invented_results(generator, CELLS[index], name, seed, 200, times=times))
    for results in (short, full):
        results.clear_params()
    return dict(zip(schedules, (short.state_dict(), full.state_dict()), strict=True))


def contents(records: Mapping[int, Any], cells: Sequence[str] = CELLS) -> dict[str, Any]:
    """What a file of everything holds."""
    return {"meta_archs": list(cells), "arch2infos": dict(records), "evaluated_indexes": set(records)}


def write_torch_file(path: Path, root: object, *, legacy: bool = True) -> Path:
    """In the container of torch before 1.6, as published, or in the zip of today."""
    torch.save(root, path, _use_new_zipfile_serialization=not legacy)
    return path


def compressed(thing: object) -> bytes:
    """A bz2 pickle as NATS-Bench writes it."""
    return bz2.compress(pickle.dumps(thing, protocol=4), 1)


def write_nats_folder(folder: Path, records: Mapping[int, Any], cells: Sequence[str] = CELLS) -> Path:
    folder.mkdir(parents=True)
    meta = {"meta_archs": list(cells), "total_archs": len(cells), "arch2infos": None, "evaluated_indexes": set()}
    (folder / "meta.pickle.pbz2").write_bytes(compressed(meta))
    for index, record in records.items():
        (folder / f"{index:06d}.pickle.pbz2").write_bytes(compressed(record))
    return folder


def write_tar(path: Path, folder: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        archive.add(folder, folder.name)
    return path


def write_large_torch_file(
    path: Path, count: int, *, times: Times = "varying", names: Sequence[str] = tuple(CLASSES)
) -> Path:
    """`count` full records of v1.1, three seeds each; every number of a curve is another one, the costs are the same.

    Objects are remembered as torch's pickler does, under ever higher numbers, and none is shared between records.
    """
    template = _Template(times, names)
    generator = np.random.default_rng(0)
    with path.open("wb") as file:
        for part in (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION, _SYSTEM):
            pickle.dump(part, file, protocol=2)
        file.write(pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.MARK)
        file.write(_program(["meta_archs", CELLS, "arch2infos"]) + pickle.EMPTY_DICT)
        for start in range(0, count, 1000):  # dictionaries are pickled a thousand entries at a time
            file.write(pickle.MARK)
            for index in range(start, min(start + 1000, count)):
                template.write(file, index, generator)
            file.write(pickle.SETITEMS)
        file.write(_program(["evaluated_indexes", set(range(count))]) + pickle.SETITEMS + pickle.STOP)
        pickle.dump([], file, protocol=2)  # the keys of the tensors' storages: there are none
    return path


_SYSTEM = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
_STAND_IN = 300  # an index that takes two bytes


def _program(things: Iterable[object]) -> bytes:
    """What puts these on the stack, one after another, remembering nothing."""
    return b"".join(pickletools.optimize(pickle.dumps(thing, protocol=2))[2:-1] for thing in things)


class _Template:
    """A pickled record with the places at which one record differs from another."""

    def __init__(self, times: Times, names: Sequence[str]) -> None:
        record = invented_record(np.random.default_rng(1), _STAND_IN, times=times, names=names)
        program = pickle.dumps(record, protocol=2).replace(b"numpy._core", b"numpy.core")
        pieces = []
        opcodes = list(pickletools.genops(program))
        ends = [place for _, _, place in opcodes[1:]] + [len(program)]
        self._numbers: list[int] = []
        self._remembered: list[int] = []
        self._indices: list[int] = []
        length = 0
        for (opcode, argument, start), end in zip(opcodes[1:-1], ends[1:-1], strict=True):  # without PROTO and STOP
            piece = program[start:end]
            if opcode.name == "BINFLOAT" and not (argument * 1e6).is_integer():  # whole ones are counts in millions
                self._numbers.append(length + 1)
            elif opcode.name in ("BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"):
                code = pickle.LONG_BINPUT if "PUT" in opcode.name else pickle.LONG_BINGET
                piece = code + struct.pack("<I", int(argument))
                self._remembered.append(length + 1)
            elif opcode.name == "BININT2" and argument == _STAND_IN:
                self._indices.append(length + 1)
            pieces.append(piece)
            length += len(piece)
        self._program = np.frombuffer(b"".join(pieces), dtype=np.uint8)
        self._memo_size = sum("PUT" in opcode.name for opcode, _, _ in opcodes)

    def write(self, file: BinaryIO, index: int, generator: np.random.Generator) -> None:
        """What puts the index and the record of one architecture on the stack."""
        program = self._program.copy()
        _patch(program, self._numbers, generator.uniform(0.1, 5, len(self._numbers)), ">f8")
        _patch(program, self._indices, np.full(len(self._indices), index), "<u2")
        remembered = np.asarray(self._remembered)[:, None] + np.arange(4)
        numbers = np.ascontiguousarray(program[remembered]).view("<u4").ravel()
        _patch(program, self._remembered, numbers + index * self._memo_size, "<u4")
        text = program.tobytes().replace(_text(CELLS[_STAND_IN]), _text(CELLS[index]))
        file.write(pickle.BININT2 + struct.pack("<H", index) + text)


def _patch(program: np.ndarray, places: Sequence[int], values: np.ndarray, kind: str) -> None:
    raw = values.astype(kind).view(np.uint8).reshape(len(places), -1)
    program[np.asarray(places)[:, None] + np.arange(raw.shape[1])] = raw


def _text(text: str) -> bytes:
    return pickle.BINUNICODE + struct.pack("<I", len(text)) + text.encode()
