"""The known kinds of published files. To add one: write its file here and name its `FORMAT` below."""

from __future__ import annotations

from bench.oracles.formats.format import Format

_ALL: tuple[Format, ...] = ()

FORMATS: dict[str, Format] = {format.name: format for format in _ALL}
