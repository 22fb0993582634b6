"""A dictionary too large for memory is read entry by entry."""

from __future__ import annotations

import io
import pickle
import tracemalloc
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pickles import MEASURED, PROTOCOL_4, STOP, Measured, as_plain, text

from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import PickleError, machine, source
from nasrank.bench.oracles.foreign.inert_pickle.entries import EntryMachine

PROTOCOLS = [2, 3, 4, 5]
WITHIN = "arch2infos"

plain = st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.just(10**30)
keys = st.integers(-9, 300) | st.text(max_size=3) | st.tuples(st.text(max_size=3), st.integers(0, 9))
anything = st.recursive(
    plain | st.dictionaries(st.integers(0, 300), st.floats(allow_nan=False)),
    lambda inner: st.dictionaries(keys, inner, max_size=4) | st.lists(inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=10,
)
# Values that are tuples, or other calls, of filled dictionaries cannot be read entry by entry; see below.
values = plain | st.dictionaries(keys, anything, max_size=4) | st.lists(anything, max_size=3)
entries = st.dictionaries(keys, values, max_size=8)
roots = st.dictionaries(st.text(max_size=3), anything, max_size=3).flatmap(
    lambda others: entries.flatmap(lambda within: st.permutations([*others.items(), (WITHIN, within)]).map(dict))
)


def harvested(stored: bytes, **arguments: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    found: list[tuple[Any, Any]] = []
    root = inert_pickle.load_entries(
        io.BytesIO(stored), within=WITHIN, harvest=lambda key, value: found.append((key, value)), **arguments
    )
    return root, found


def check(root: dict[str, Any], protocol: int) -> None:
    read, found = harvested(pickle.dumps(root, protocol))
    assert found == list(root[WITHIN].items())
    assert read == {**root, WITHIN: dict.fromkeys(root[WITHIN])}
    assert list(read) == list(root)


def record(number: int) -> dict[str, Any]:
    """Small, and otherwise as the benchmark has them: shared within themselves, with floats that are read in bulk."""
    shared = {f"x-valid@{epoch}": number + epoch / 7 for epoch in range(12)}
    return {"less": {"index": number, "curve": shared}, "full": {("cifar10", 777): shared, "seeds": [111, number]}}


@pytest.mark.slow
@given(root=roots, protocol=st.sampled_from(PROTOCOLS), mapping=st.sampled_from([dict, OrderedDict]))
def test_every_entry_is_given_out_once_and_in_order(root: dict[str, Any], protocol: int, mapping: type):
    check(mapping({key: mapping(value) if key == WITHIN else value for key, value in root.items()}), protocol)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("count", [0, 1, 2, 1000, 1001])
def test_pickle_stores_entries_a_thousand_at_a_time(count: int, protocol: int):
    for mapping in (dict, OrderedDict):  # a last single one is stored by another instruction, differently by the two
        within = mapping((number, record(number)) for number in range(count))
        check({"meta_archs": ["a", "b"], WITHIN: within, "evaluated_indexes": [1, 2]}, protocol)
        check({WITHIN: within}, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_entries_are_given_out_as_soon_as_they_are_complete(protocol: int):
    """Not with the thousand: an error in the last one comes after all but two before it."""
    stored = pickle.dumps({WITHIN: {number: record(number) for number in range(50)}}, protocol)
    found: list[int] = []
    with pytest.raises(PickleError, match="truncated"):
        inert_pickle.load_entries(
            io.BytesIO(stored[:-100]), within=WITHIN, harvest=lambda key, value: found.append(key)
        )
    assert found == list(range(len(found)))
    assert len(found) >= 48


@pytest.mark.slow
def test_one_entry_at_a_time_is_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "CHUNK", 2**12)
    root = {
        WITHIN: {number: {"curve": {i: i / (number + 3) for i in range(2000)}, "n": number} for number in range(100)}
    }
    stored = io.BytesIO(pickle.dumps(root, protocol=4))
    del root
    tracemalloc.start()
    inert_pickle.load_entries(stored, within=WITHIN, harvest=lambda key, value: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2000 * 100, "four entries of 2,000 floats"


def test_the_memo_keeps_a_text_once_and_no_container():
    word = "".join(["x-valid", "@0"])
    stored = pickle.dumps(
        {WITHIN: {number: {"a": {word: number}, "b": [number]} for number in range(1000)}}, protocol=4
    )
    read = EntryMachine(io.BytesIO(stored), (), within=WITHIN)
    while read.step():
        assert len(read.memo._containers) < 10
    assert len(read.memo.places) > 3000
    assert len(read.memo._constants) < 1000 + 10  # the keys, kept once more, and "a", "b", ...


def test_records_are_given_out_too():
    within = {number: Measured((number, 1), number / 7, Measured((0,), 0.5)) for number in range(20)}
    root, found = harvested(pickle.dumps({WITHIN: within}, protocol=4), records={MEASURED})
    assert as_plain(dict(found)) == as_plain(within)
    assert root == {WITHIN: dict.fromkeys(within)}


class TestSharing:
    def test_within_an_entry_it_is_kept(self):
        _, found = harvested(pickle.dumps({WITHIN: {number: record(number) for number in range(5)}}, protocol=4))
        for _, value in found:
            assert value["less"]["curve"] is value["full"]["cifar10", 777]

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_of_containers_between_entries_is_refused(self, protocol: int):
        shared = [1.5]
        within = {number: {"latency": shared, "index": number} for number in range(5)}
        with pytest.raises(PickleError, match="from another entry than the one being read"):
            harvested(pickle.dumps({WITHIN: within}, protocol))

    def test_of_containers_between_the_root_and_an_entry_is_refused(self):
        """They could grow with each entry, and what entries take is not counted when it is given back."""
        shared = ["a"]
        with pytest.raises(PickleError, match="from another entry than the one being read"):
            harvested(pickle.dumps({"meta": shared, WITHIN: {1: {"a": shared, "b": 1}, 2: {}}}, protocol=4))

    def test_outside_of_the_entries_is_kept(self):
        shared = ["a"]
        within = {number: record(number) for number in range(3)}
        root, _ = harvested(pickle.dumps({"meta": shared, WITHIN: within, "again": shared}, protocol=4))
        assert root["meta"] is root["again"]


class TestRefused:
    @pytest.mark.parametrize(
        "root", [[], {}, {"other": {}}, {WITHIN: []}, {WITHIN: None, "b": 1}, ({WITHIN: {}},), {b"arch2infos": {1: {}}}]
    )
    def test_files_without_such_a_dictionary(self, root: object):
        with pytest.raises(PickleError, match="does not describe a dictionary in which 'arch2infos' is a dictionary"):
            harvested(pickle.dumps(root))

    def test_a_value_built_from_a_filled_dictionary(self):
        """It cannot be told in time from the value itself; the file is refused, never misread."""
        within = {number: ({"a": 1, "b": 2}, {"c": 3, "d": 4}) for number in range(3)}
        with pytest.raises(PickleError):
            harvested(pickle.dumps({WITHIN: within}, protocol=4))

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            (b"(K\x01}(K\x01NuK\x02}t", "made into something else than entries"),
            (b"(K\x01}(K\x01NuK\x02u", "key without a value"),
            (b"(]}(K\x01NuK\x02}(u", "a key is a list"),
            (b"(" + b"N" * 5000 + b"(", "more than 4,096 keys and values"),
            (b"(K\x01}(K\x01Nu", "truncated"),
        ],
    )
    def test_malformed_entries(self, words: bytes, reason: str):
        with pytest.raises(PickleError, match=rf"pickle refused at byte \d+: .*{reason}"):
            harvested(
                PROTOCOL_4 + b"}(" + text(WITHIN) + b"}" + words + (b"" if reason == "truncated" else b"u" + STOP)
            )

    def test_entries_that_are_not_the_roots(self):
        stored = PROTOCOL_4 + b"](}(" + text(WITHIN) + b"}(K\x01}K\x02}uue" + STOP
        with pytest.raises(PickleError, match="does not describe"):
            harvested(stored)

    def test_what_outside_of_entries_takes_is_counted_once_and_for_all(self, monkeypatch: pytest.MonkeyPatch):
        """Entries given out between would otherwise hide a root that grows and grows."""
        monkeypatch.setattr(machine, "WORK", 5_000)
        entry = b"(K\x01}(K\x01NuK\x02}u"
        grown = b"(" + text("a") + b"](" + b"]" * 100 + b"e" + text("b") + b"h\x01" + entry + b"u"
        stored = PROTOCOL_4 + b"}\x94(" + text(WITHIN) + b"}\x94" + entry + b"u" + grown * 100 + STOP
        with pytest.raises(PickleError, match="takes more than 5,000"):
            harvested(stored)

    def test_what_entries_take_is_given_back(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(machine, "WORK", 3_000)
        monkeypatch.setattr(source, "BYTES", 10_000)
        monkeypatch.setattr(source, "CHUNK", 1_000)
        check({WITHIN: {number: record(number) for number in range(500)}}, 4)
        monkeypatch.setattr(source, "BYTES", 2**26)
        with pytest.raises(PickleError, match="takes more than 3,000"):
            inert_pickle.load(pickle.dumps([record(number) for number in range(500)]))


def test_what_harvest_raises_is_not_taken_for_the_files_fault():
    def harvest(_key: object, _value: object) -> None:
        raise IndexError("mine")

    with pytest.raises(IndexError, match="mine"):
        inert_pickle.load_entries(io.BytesIO(pickle.dumps({WITHIN: {1: {}}})), within=WITHIN, harvest=harvest)
