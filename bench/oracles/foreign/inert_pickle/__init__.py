"""Read a pickle as data: no imports, no calls, no code of the file's choosing.

Admitted are protocols 2 to 5 (0 and 1 write numbers as text) and: numbers, texts, bytes, None, lists, tuples,
dictionaries, sets, ordered dictionaries (read as dictionaries), numpy scalars (read as Python numbers) and arrays of
booleans, integers and floats, and objects of the classes the caller names, as inert records. Keys and members of sets
are plain values or tuples of them. Everything else is refused by name and place.

`load` reads an object; `load_entries` reads a dictionary too large for memory entry by entry. Both read their source a
chunk at a time, and what a hostile one can cost is bounded (`limits.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, BinaryIO

from nasrank.bench.oracles.foreign.inert_pickle.entries import EntryMachine
from nasrank.bench.oracles.foreign.inert_pickle.limits import PickleError
from nasrank.bench.oracles.foreign.inert_pickle.machine import Machine
from nasrank.bench.oracles.foreign.inert_pickle.values import InertCall, InertObject, Named

__all__ = ["InertCall", "InertObject", "Named", "PickleError", "load", "load_entries", "load_first"]


def load(
    source: bytes | BinaryIO, *, records: Collection[str] = (), calls: Collection[str] = (), texts: bool = False
) -> Any:
    """The object a pickle describes.

    Args:
        source: the whole file, or a stream that ends with the pickle; compressed ones are given decompressing.
        records: full names of the classes it may hold objects of, such as "package.module.Class".
        calls: full names of the functions and classes it may call or mention. They are not called: an `InertCall` says
            what would have been called with what.
        texts: whether numpy arrays of texts are admitted, which are arrays of objects.

    Raises:
        PickleError: an instruction or a name that is not admitted, truncation, or anything malformed or too large.
    """
    machine = Machine(source, records, calls, texts=texts)
    while machine.step():
        pass
    machine.check_end()
    return machine.result()


def load_first(data: bytes) -> tuple[Any, int]:
    """The object of the first of several pickles in `data`, and where the next one begins."""
    machine = Machine(data, ())
    while machine.step():
        pass
    return machine.result(), machine.source.position


def load_entries(
    source: BinaryIO, *, within: str, harvest: Callable[[Any, Any], None], records: Collection[str] = ()
) -> Any:
    """The dictionary a pickle describes, in which one entry is a dictionary too large to be held.

    As soon as an entry of `root[within]` is complete, `harvest(key, value)` is called with it and the value let go. The
    order is the file's.

    Args:
        within: the key, in the root, of the dictionary whose entries are harvested.
        harvest: called once for each entry of the file; what it raises ends the reading.

    Returns:
        The root, with None for each value harvested.

    Raises:
        PickleError: as `load`; no dictionary `root[within]`; or an entry refers to a list, dictionary or other
            container of an entry that was let go before.
    """
    machine = EntryMachine(source, records, within=within)
    while machine.step():
        while machine.complete:
            harvest(*machine.complete.popleft())
    machine.check_end()
    root = machine.result()
    while machine.complete:
        harvest(*machine.complete.popleft())
    return root
