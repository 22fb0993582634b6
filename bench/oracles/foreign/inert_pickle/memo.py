"""What a pickle remembers for later recall, small enough for a file that remembers 170 million objects.

Most of these are the same few thousand short texts again and again. So the memo is an array of four-byte numbers into
a table of values, in which each text occurs once.
"""

from __future__ import annotations

from array import array
from typing import Any

from nasrank.bench.oracles.foreign.inert_pickle.limits import CONSTANTS, REMEMBERED, PickleError
from nasrank.bench.oracles.foreign.inert_pickle.values import is_constant, size

_CONTAINER = 2**31  # numbers from here on are of containers, below of constants
_NOTHING = 2**32 - 1
_COLUMNS, _COLUMN_BYTES = 1024, 2**14


class Memo:
    """Numbered places, each holding an object."""

    def __init__(self) -> None:
        self.places = array("I")
        self._constants: list[Any] = []
        self._texts: dict[str, int] = {}
        self._columns: dict[tuple[bytes, int], tuple[list[str], array[int]]] = {}
        self._size = 0
        self._containers: dict[int, Any] = {}
        self._outer: dict[int, Any] = {}
        self._next = _CONTAINER

    def remember(self, value: Any) -> None:
        """Put `value` in the next place."""
        self._check_length(1)
        self.places.append(self._number(value))

    def remember_at(self, place: int, value: Any, *, furthest: int) -> None:
        """Put `value` in the place of this number, which is `furthest` at most."""
        if place > furthest:
            raise PickleError(f"place {place:,} to remember an object at, when {furthest:,} bytes were read")
        missing = place + 1 - len(self.places)
        if missing > 0:
            self._check_length(missing)
            self.places.extend(array("I", [_NOTHING]) * missing)
        self.places[place] = self._number(value)

    def remember_texts(self, column: bytes, length: int) -> list[str]:
        """Put texts of `length` bytes each in the next places; the same columns of texts recur in every record."""
        known = self._columns.get((column, length))
        if known is None:
            texts = [column[start : start + length].decode() for start in range(0, len(column), length)]
            numbers = array("I", map(self._text_number, texts))
            known = [self._constants[number] for number in numbers], numbers
            if len(self._columns) == _COLUMNS:
                self._columns.clear()
            if len(column) <= _COLUMN_BYTES:
                self._columns[column, length] = known
        texts, numbers = known
        self._check_length(len(numbers))
        self.places.extend(numbers)
        return texts

    def recall(self, place: int) -> Any:
        """The object in a place; PickleError where there is none, or none any more."""
        number = self.places[place] if place < len(self.places) else _NOTHING
        if number < _CONTAINER:
            return self._constants[number]
        if number == _NOTHING:
            raise PickleError(f"it recalls place {place:,}, where nothing was remembered")
        if number not in self._containers:
            raise PickleError(f"it recalls place {place:,}, from another entry than the one being read")
        return self._containers[number]

    def begin_entries(self) -> None:
        """From here on, only containers of the entry being read can be recalled."""
        self._outer, self._containers = self._containers, {}

    def forget(self, *, but: list[Any]) -> None:
        """Let go the containers of the entries read, except these."""
        kept = {id(value) for value in but}
        self._containers = {number: value for number, value in self._containers.items() if id(value) in kept}

    def end_entries(self) -> None:
        """Those from before can be recalled again."""
        self._containers = self._outer

    def keep(self, constant: Any) -> int:
        """Count a constant towards the limit and add it to the table: its number there."""
        self._size += size(constant)
        if self._size > CONSTANTS:
            raise PickleError(f"more than {CONSTANTS:,} different constants are to be kept")
        self._constants.append(constant)
        return len(self._constants) - 1

    def _number(self, value: Any) -> int:
        if type(value) is str:
            return self._text_number(value)
        if is_constant(value):
            return self.keep(value)
        self._next += 1
        self._containers[self._next] = value
        return self._next

    def _text_number(self, text: str) -> int:
        number = self._texts.get(text)
        if number is None:
            number = self._texts[text] = self.keep(text)
        return number

    def _check_length(self, more: int) -> None:
        if len(self.places) + more > REMEMBERED:
            raise PickleError(f"it remembers more than {REMEMBERED:,} objects")
