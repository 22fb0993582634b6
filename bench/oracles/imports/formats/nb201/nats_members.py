"""What NATS-Bench's folder and its tar have in common: one bz2 pickle an architecture, and one that lists the cells."""

from __future__ import annotations

import bz2
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.imports.formats.nb201.collector import Collector
from nasrank.bench.oracles.imports.formats.nb201.origins import NATS_BENCH
from nasrank.bench.oracles.imports.formats.nb201.records import Architecture, read_record
from nasrank.bench.oracles.imports.formats.workers import workers
from nasrank.bench.oracles.imports.unfolding import most_bytes

if TYPE_CHECKING:
    from concurrent.futures import Future

BENCHMARK = "nats-bench-topology"
META = "meta.pickle.pbz2"
RECORD = re.compile(r"(\d{1,6})\.pickle\.pbz2")
LARGEST = 16 << 20
"""Bytes of a member, and of what it decompresses to; the published ones have 0.1 and 0.3 MiB."""

Member = tuple[str, bytes]
"""Name of a file, `META` or such as `RECORD`, and its content."""


def draft_of_members(members: Iterable[Member], workshop: Workshop) -> Draft:
    """All of a folder, given its files in any order.

    Raises:
        DataError: one is truncated, altered, malformed or contradicts the others, or there is no list of cells.
    """
    collector = Collector(workshop)
    metas: list[bytes] = []
    for architecture in read_all(_without_meta(members, metas), workshop.jobs):
        collector.add(architecture)
    if not metas:
        raise DataError(f"{META} is missing, the list of all cells, without which the records are not to be trusted")
    meta = inert_pickle.load(_decompress(META, metas[0]))
    if not isinstance(meta, dict) or "meta_archs" not in meta:
        raise DataError(f"{META} has no meta_archs")
    return collector.draft(meta["meta_archs"], None, NATS_BENCH)


def _without_meta(members: Iterable[Member], metas: list[bytes]) -> Iterator[Member]:
    for name, data in members:
        if name == META:
            metas.append(data)
        else:
            yield name, data


def read_all(members: Iterable[Member], jobs: int) -> Iterator[Architecture]:
    """Records, in their order, read in this many processes, of which each is given only a few ahead of time.

    Raises:
        DataError: a record is malformed, or a process died.
    """
    if jobs == 1:
        yield from (_read(*member) for member in members)
        return
    with workers(jobs) as pool:
        under_way: deque[Future[Architecture]] = deque()
        for member in members:
            under_way.append(pool.submit(_read, *member))
            if len(under_way) > 4 * jobs:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _read(name: str, data: bytes) -> Architecture:
    number = RECORD.fullmatch(name)
    if number is None:
        raise DataError(f"{name} is not the name of a record, such as 000000.pickle.pbz2")
    try:
        return read_record(int(number[1]), inert_pickle.load(_decompress(name, data)))
    except DataError as reason:
        raise DataError(f"{name}: {reason}") from None


def _decompress(name: str, data: bytes) -> bytes:
    """One whole bz2 stream, whose checksums bz2 verifies."""
    stream = bz2.BZ2Decompressor()
    most = min(LARGEST, most_bytes(len(data)))
    try:
        content = stream.decompress(data, most)
    except OSError as reason:
        raise DataError(f"{name} is altered: {reason}") from None
    if not stream.eof:
        why = "truncated" if stream.needs_input else f"larger than {most:,} bytes, of {len(data):,} compressed ones"
        raise DataError(f"{name} is {why}")
    if stream.unused_data:
        raise DataError(f"{name} has {len(stream.unused_data):,} bytes after its end")
    return content
