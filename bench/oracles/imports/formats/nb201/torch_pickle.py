"""NAS-Bench-201 as published, v1.0 (`NAS-Bench-201-v1_0-e61699.pth`) and v1.1 (`NAS-Bench-201-v1_1-096897.pth`).

Both were saved by torch in its old container, which has no checksum: a byte altered within a number reads as another
number, and nothing in the file can tell. Whatever breaks the pickle, a key, a name or a range is refused. Files saved
in torch's zip container, which has checksums, are read as well.
"""

from __future__ import annotations

from pathlib import Path

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.foreign import torch_file
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.bench.oracles.imports.formats.nb201.origins import NAS_BENCH_201
from nasrank.bench.oracles.imports.formats.nb201.whole_pickle import draft_of_pickle


def read(source: Path, workshop: Workshop) -> Draft:
    """All records; v1.0 has no times, and 12 epochs only of networks trained on 25,000 images."""
    with torch_file.open_object(source) as stream:
        try:
            return draft_of_pickle(stream, NAS_BENCH_201, workshop)
        except DataError as reason:
            raise DataError(f"{source}: {reason}") from None


FORMAT = FORMATS.register(
    Format(
        name="nas-bench-201",
        version=1,
        words="the file of NAS-Bench-201 (v1.0 or v1.1, .pth)",
        recognises=torch_file.is_torch_file,
        read=read,
    )
)
