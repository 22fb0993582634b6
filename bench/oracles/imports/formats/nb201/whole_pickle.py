"""What NAS-Bench-201's file and NATS-Bench's full one have in common: one pickle of everything, read entry by entry."""

from __future__ import annotations

from typing import BinaryIO

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.imports.formats.nb201.collector import Collector
from nasrank.bench.oracles.imports.formats.nb201.origins import Origin
from nasrank.bench.oracles.imports.formats.nb201.records import read_record

_KEYS = ("meta_archs", "evaluated_indexes")


def draft_of_pickle(stream: BinaryIO, origin: Origin, workshop: Workshop) -> Draft:
    """All of `{meta_archs, arch2infos, evaluated_indexes}`, of which one record at a time is in memory.

    Raises:
        DataError: truncated, altered, malformed, or another pickle.
    """
    collector = Collector(workshop)
    root = inert_pickle.load_entries(
        stream,
        within="arch2infos",
        harvest=lambda index, record: collector.add(read_record(index, record)),
    )
    for key in _KEYS:
        if not isinstance(root, dict) or key not in root:
            raise DataError(f"it has no {key}, so it is not a file of NAS-Bench-201 or NATS-Bench")
    evaluated = root["evaluated_indexes"]
    if not isinstance(evaluated, list | tuple | set | frozenset):
        raise DataError(f"its evaluated_indexes is a {type(evaluated).__name__}, not a list or a set")
    return collector.draft(root["meta_archs"], evaluated, origin)
