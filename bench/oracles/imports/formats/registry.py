"""The known kinds of published files. To add one: write its file beside this one and name its `FORMAT` below."""

from __future__ import annotations

from nasrank.bench.oracles.imports.formats import nb101_tfrecord, own
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.formats.nb201 import nats_folder, nats_pickle, nats_tar, torch_pickle

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (
        torch_pickle.FORMAT,
        nats_folder.FORMAT,
        nats_tar.FORMAT,
        nats_pickle.FORMAT,
        nb101_tfrecord.FORMAT,
        own.FORMAT,
    )
}
