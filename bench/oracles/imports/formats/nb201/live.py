"""Objects of the packages nas-bench-201 and nats-bench, which hold the benchmark in memory, as tables.

They are known by the name of their class, so neither package is imported. A fast-mode object of nats-bench loads
records when they are asked for: those it has not loaded yet are read from its folder, by our own reader, and the object
is left as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.nb201.collector import Collector
from nasrank.bench.oracles.imports.formats.nb201.nats_folder import members
from nasrank.bench.oracles.imports.formats.nb201.nats_members import RECORD, Member, read_all
from nasrank.bench.oracles.imports.formats.nb201.origins import NAS_BENCH_201, NATS_BENCH, Origin
from nasrank.bench.oracles.imports.formats.nb201.records import read_record

_CLASSES = {
    ("nas_201_api", "NASBench201API"): NAS_BENCH_201,
    ("nats_bench", "NATStopology"): NATS_BENCH,
}


def origin_of(api: object) -> Origin | None:
    """Which benchmark an object holds, or None when it is none of the known ones."""
    known = (_CLASSES.get((kind.__module__.split(".")[0], kind.__name__)) for kind in type(api).__mro__)
    return next((origin for origin in known if origin is not None), None)


def draft_of(api: Any, workshop: Workshop) -> Draft:
    """Everything an object holds, or would load when asked.

    Raises:
        DataError: it is of another class, or its content is malformed.
    """
    origin = origin_of(api)
    if origin is None:
        names = " nor of ".join(".".join(names) for names in _CLASSES)
        raise DataError(f"{type(api).__name__} is not an object of {names}")
    collector = Collector(workshop)
    for index, record in api.arch2infos_dict.items():
        collector.add(read_record(index, record))
    for architecture in read_all(_not_loaded(api), workshop.jobs):
        collector.add(architecture)
    return collector.draft(api.meta_archs, None, origin)


def _not_loaded(api: Any) -> Iterator[Member]:
    """The files of the records that a fast-mode object has still to load."""
    if not getattr(api, "fast_mode", False):
        return
    for name, data in members(Path(api.archive_dir)):
        number = RECORD.fullmatch(name)
        if number and int(number[1]) not in api.arch2infos_dict:
            yield name, data
