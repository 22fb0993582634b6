"""A live object of a benchmark's own package as an oracle, without a file."""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.oracles.ask.draft import Draft, Workshop, workshop
from nasrank.bench.oracles.ask.table import Table
from nasrank.bench.oracles.imports.compiling import compile_table
from nasrank.bench.oracles.imports.formats.format import Format


def wrap_live(api: object, *, jobs: int = 1) -> Table:
    """The table that answers as a `NASBench201API` or NATS-Bench topology object does, some thousand times faster.

    Everything the object holds is copied once, so later changes to it do not show. The table lies in a file that has
    no name any more, and ends with the process. Its provenance names the class; no checksum of a file is known.

    Args:
        api: of the package nas-bench-201 or nats-bench; the latter's fast mode too.

    Raises:
        DataError: an object of another class, or with malformed records.
    """
    from nasrank.bench.oracles.imports.formats.nb201.live import (
        draft_of,  # knows the records of the benchmark, which tables do not
    )

    def read(_source: Path, here: Workshop) -> Draft:
        return draft_of(api, here)

    kind = f"{type(api).__module__}.{type(api).__qualname__}"
    format = Format("live", 1, "an object in memory", lambda _path: False, read)
    with workshop(jobs=jobs) as here:
        # mapped memory outlives the file's name on every POSIX system
        return compile_table(
            format, Path(kind), here.folder / "live.arrow", here, sha256="none: a live object", name=kind
        )
