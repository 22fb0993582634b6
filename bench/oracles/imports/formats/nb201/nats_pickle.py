"""NATS-Bench's full file of the topology space, `NATS-tss-v1_0-3ffb9.pickle.pbz2`: one bz2 pickle."""

from __future__ import annotations

import bz2
from pathlib import Path
from typing import BinaryIO, cast

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.formats.nb201.nats_members import BENCHMARK, META, RECORD
from nasrank.bench.oracles.imports.formats.nb201.origins import NATS_BENCH
from nasrank.bench.oracles.imports.formats.nb201.whole_pickle import draft_of_pickle
from nasrank.bench.oracles.imports.unfolding import Bounded, most_bytes


def recognises(source: Path) -> bool:
    """A bz2 pickle that is not one file of the folder."""
    if not source.is_file() or not source.name.endswith(".pickle.pbz2"):
        return False
    if source.name == META or RECORD.fullmatch(source.name):
        return False
    with source.open("rb") as file:
        return file.read(3) == b"BZh"


def read(source: Path, workshop: Workshop) -> Draft:
    """All records; bz2 verifies the checksums of the whole stream."""
    try:
        with bz2.open(source) as stream:
            bounded = Bounded(stream, most_bytes(source.stat().st_size))
            return draft_of_pickle(cast(BinaryIO, bounded), NATS_BENCH, workshop)
    except (DataError, OSError, EOFError) as reason:
        raise DataError(f"{source}: {reason}") from None


FORMAT = FORMATS.register(
    Format(
        name=f"{BENCHMARK}-full",
        version=1,
        words="NATS-Bench's topology space as NATS-tss-v1_0-3ffb9.pickle.pbz2",
        recognises=recognises,
        read=read,
        benchmark=BENCHMARK,
    )
)
