"""Pickles for the tests: pieces to assemble hostile ones from, and classes that ordinary ones are made of."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nasrank.bench.oracles.foreign.inert_pickle import InertObject

PROTOCOL_2, PROTOCOL_4, STOP = b"\x80\x02", b"\x80\x04", b"."


@dataclass(eq=False)
class Measured:
    """What a benchmark might pickle: a class of its own."""

    architecture: tuple[int, ...]
    value: float
    inner: Measured | None = None


MEASURED = f"{__name__}.Measured"


class Calls:
    """Pickles to a call, as every pickle exploit does."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> object:
        return self.call


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def named(module: str, name: str) -> bytes:
    return b"c" + f"{module}\n{name}\n".encode()


def as_plain(thing: object) -> object:
    """Records and the objects they stand for, comparable with each other."""
    if isinstance(thing, InertObject | Measured):
        state = thing.state if isinstance(thing, InertObject) else vars(thing)
        kind = thing.kind if isinstance(thing, InertObject) else MEASURED
        return kind, {name: as_plain(value) for name, value in state.items()}
    return {key: as_plain(value) for key, value in thing.items()} if isinstance(thing, dict) else thing
