"""The stack machine that lets go of one dictionary's values as soon as they are complete.

A pickle gives a dictionary its entries a thousand at a time: a mark, then key, value, key, value ..., then the
instruction that stores them. All of these values would be held until then, 2.4 GB for NAS-Bench-201's records. But a
value below on that stack is complete once the next one's own entries begin, that is, when a mark opens above it.

While entries are read, nothing outside them can be reached. So letting go of them gives back all that they took.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from typing import Any, BinaryIO

from nasrank.bench.oracles.foreign.inert_pickle.limits import BYTES_A_STEP, WORK, PickleError
from nasrank.bench.oracles.foreign.inert_pickle.machine import Machine
from nasrank.bench.oracles.foreign.inert_pickle.runs import NO_RUNS, Runs
from nasrank.bench.oracles.foreign.inert_pickle.values import InertObject, check_keys, crowding

_WAITING = 4096  # objects on the stack of the entries: pickles store a thousand keys and values at a time


class EntryMachine(Machine):
    """Runs one pickle whose root is a dictionary and gives out the entries of `root[within]`.

    complete: entries that are complete and not yet taken from here.
    """

    def __init__(self, stream: BinaryIO, records: Collection[str], *, within: str) -> None:
        super().__init__(stream, records)
        self.complete: deque[tuple[Any, Any]] = deque()
        self._within = within
        self._entries: dict[Any, Any] | None = None  # the dictionary, from its first mark on
        self._level = 0  # marks open while its entries are read, or 0
        self._spent_before = 0
        self._spent_on_entries = 0
        self._read_before = 0

    def mark(self) -> None:
        if self._level == 0 and self._entries_begin():
            self._begin()
        elif self._level and len(self.marked) == self._level:
            self._give_out_below()
        super().mark()

    def runs_ahead(self) -> Runs:
        # Numbers read in bulk go straight into their dictionary; these are to be given out.
        return NO_RUNS if self.stack and self.stack[-1] is self._entries else super().runs_ahead()

    def set_items(self) -> None:
        if self._level and len(self.marked) == self._level:
            if len(self.stack) % 2 == 0:  # else the instruction itself refuses them
                self._give_out(len(self.stack))
            self._level = 0
            self.memo.end_entries()
        super().set_items()

    def set_item(self) -> None:
        if self._entries is not None and len(self.stack) >= 3 and self.stack[-3] is self._entries:
            value, key = self.stack.pop(), self.stack.pop()
            self._store([key], [value])
        else:
            super().set_item()

    def pop_marked(self) -> list[Any]:
        if self._level and len(self.marked) == self._level:
            raise PickleError(f"entries of {self._within!r} are made into something else than entries")
        return super().pop_marked()

    def result(self) -> Any:
        root = super().result()
        entries = root.get(self._within) if type(root) is dict else None
        if type(entries) is not dict or (self._entries is not None and self._entries is not entries):
            raise PickleError(f"the pickle does not describe a dictionary in which {self._within!r} is a dictionary")
        if self._entries is None:  # a single entry, or none, has no mark
            self._entries = entries
            self._store(list(entries), list(entries.values()))
        return root

    def _entries_begin(self) -> bool:
        """Whether the mark that opens now begins entries of `root[within]`.

        At first, the stack then holds the root and, above it or above a mark, keys and values, `within` and {}.
        """
        depth, stack = len(self.marked), self.stack
        if self._entries is not None:
            return bool(stack) and stack[-1] is self._entries
        base = self.marked[0] if depth else stack[:1]
        above = len(stack) if depth else len(stack) - 1
        if depth > 1 or len(base) != 1 or type(base[0]) is not dict or above < 2 or above % 2:
            return False
        return type(stack[-1]) is dict and not stack[-1] and type(stack[-2]) is str and stack[-2] == self._within

    def _begin(self) -> None:
        self._entries, self._level = self.stack[-1], len(self.marked) + 1
        self._spent_before, self._read_before = self.spent, self.source.position
        self.memo.begin_entries()

    def _give_out_below(self) -> None:
        """Give out the entries on the stack that are surely complete; what is above them is still being built.

        An empty dictionary may be one that is filled later. Should a full one here be no entry's value either, but a
        part of one, then the instruction that completes that value will find it gone, and the file is refused.
        """
        if len(self.stack) > _WAITING:
            raise PickleError(f"more than {_WAITING:,} keys and values of {self._within!r} are not stored")
        end = 0
        while end + 2 < len(self.stack) and _is_filled(self.stack[end + 1]):
            end += 2
        if end:
            self._give_out(end)

    def _give_out(self, end: int) -> None:
        """Take keys and values off the foot of the stack, and forget what they took."""
        keys, values = self.stack[:end:2], self.stack[1:end:2]
        del self.stack[:end]
        self._store(keys, values)
        self.memo.forget(but=self.stack)
        self._spent_on_entries += self.spent - self._spent_before
        self.spent = self._spent_before
        if self._spent_on_entries > WORK + self.source.position // BYTES_A_STEP:
            raise PickleError(f"its entries take more than a step for each {BYTES_A_STEP} bytes")
        self.source.freed += self.source.position - self._read_before
        self._read_before = self.source.position

    def _store(self, keys: list[Any], values: list[Any]) -> None:
        assert self._entries is not None
        crowd = crowding(check_keys(keys), len(self._entries))  # of what is held beyond this entry
        self._spent_before += crowd
        self.spend(crowd)
        for key, value in zip(keys, values, strict=True):
            self.memo.keep(key)
            self._entries[key] = None
            self.complete.append((key, value))


def _is_filled(value: Any) -> bool:
    return bool(value if type(value) is dict else value.state if type(value) is InertObject else None)
