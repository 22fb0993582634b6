"""What the description inside an Arrow table says, checked: whoever can write a file can give it any checksum."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.provenance import Provenance

_TEXT, _NUMBER, _NOTHING = frozenset({str}), frozenset({int}), frozenset({type(None)})
_ENTRY = {
    "metric": _TEXT,
    "dataset": _TEXT | _NOTHING,
    "split": _TEXT | _NOTHING,
    "epochs": _NUMBER | _NOTHING,
    "seeds": _TEXT | _NUMBER | _NOTHING,
    "curve": frozenset({list}) | _NOTHING,
    "derivation": _TEXT,
    "crc32": _NUMBER,
}
_PROVENANCE = {field.name: _NUMBER if field.name == "recipe_version" else _TEXT for field in fields(Provenance)}
_MOST_EPOCHS = 2**20
_HIGHEST_SEED = 2**63 - 1

Description = tuple[tuple[Column, ...], tuple[int, ...], Provenance, bool]
"""The columns, the checksum of each and of the keys, the provenance, and whether the rows have keys."""


def described(text: bytes, version: int) -> Description:
    """Read a description of this version.

    Raises:
        DataError: it is malformed, of another version, or describes what cannot be.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as reason:
        raise DataError(f"its description is malformed: {printable(reason)}") from None
    if not isinstance(content, dict) or content.get("format") != version:
        stated = describe(content.get("format") if isinstance(content, dict) else content)
        raise DataError(f"it has format {stated}, this program reads format {version}")
    entries = content.get("columns")
    if not isinstance(entries, list) or not entries:
        raise DataError("its description names no columns")
    found = [_entry(entry, f"column {number}") for number, entry in enumerate(entries, start=1)]
    checksums = [checksum for _, checksum in found]
    if "keys" in content:
        checksums.append(_typed(content["keys"], {"crc32": _NUMBER}, "the keys")["crc32"])
    provenance = Provenance(**_typed(content.get("provenance"), _PROVENANCE, "the provenance"))
    return tuple(column for column, _ in found), tuple(checksums), provenance, "keys" in content


def _entry(entry: object, what: str) -> tuple[Column, int]:
    """A column and the checksum of its values."""
    stated = _typed(entry, _ENTRY, what)
    epochs, seeds = stated["epochs"], stated["seeds"]
    if (epochs or 0) > _MOST_EPOCHS or (isinstance(seeds, int) and seeds > _HIGHEST_SEED):
        raise DataError(f"its description of {what} has {describe(epochs)} epochs and seed {describe(seeds)}")
    try:
        column = Column(
            metric=stated["metric"],
            dataset=stated["dataset"],
            split=None if stated["split"] is None else Split(stated["split"]),
            epochs=epochs,
            seeds=seeds,
            curve=None if stated["curve"] is None else _curve(stated["curve"]),
            derivation=stated["derivation"],
        )
    except ValueError as reason:
        raise DataError(f"its description of {what} is impossible: {printable(reason)}") from None
    return column, stated["crc32"]


def _curve(stated: list[Any]) -> range:
    if len(stated) != 3 or not all(type(number) is int and 0 <= number <= 2 * _MOST_EPOCHS for number in stated):
        raise ValueError(f"{describe(stated)} are not the first epoch of a curve, the one after its last, and a step")
    return range(*stated)


def _typed(content: object, kinds: Mapping[str, frozenset[type]], what: str) -> dict[str, Any]:
    """Those keys of a dictionary, of which each has one of its kinds."""
    if not isinstance(content, dict):
        raise DataError(f"its description of {what} is {describe(content)}")
    for key, allowed in kinds.items():
        if key not in content or type(content[key]) not in allowed:
            found = describe(content[key]) if key in content else "missing"
            raise DataError(f"its description of {what}: {key} is {found}")
    return {key: content[key] for key in kinds}
