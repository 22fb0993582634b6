from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasrank.bench.data import ThreeWaySplit, official_halves, split_halves, stratified_split
from nasrank.bench.data.splits import OFFICIAL_FILE, parse_halves
from nasrank.bench.foundation.files import DataError


def rows(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


class TestThreeWaySplit:
    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ((rows(0, 1), rows(2, 1), rows(3)), r"row 1 is used more than once: in weights \(1 times\) and held_out"),
            ((rows(0), rows(1), rows(2, 0)), r"row 0 .* in weights \(1 times\) and scoring"),
            ((rows(0), rows(2, 1), rows(4, 3, 2)), r"row 2 .* held_out \(1 times\) and scoring"),
            ((rows(0, 0), rows(1), rows(2)), r"row 0 .* in weights \(2 times\)"),
            ((rows(0), rows(1), rows()), r"scoring: expected int64 rows of one axis, at least one"),
            ((rows(0), rows(-1), rows(2)), r"held_out: row -1 is negative"),
            ((rows(0), rows(1), np.array([2.0])), r"scoring: expected int64 rows"),
        ],
    )
    def test_it_cannot_exist_with_shared_or_senseless_rows(self, parts: tuple, message: str):
        with pytest.raises(ValueError, match=message):
            ThreeWaySplit(*parts)


class TestStratified:
    @given(
        labels=st.lists(st.integers(0, 4), min_size=6, max_size=200),
        shares=st.tuples(st.integers(1, 10), st.integers(1, 10), st.integers(1, 10)),
        seed=st.integers(0, 2**32),
    )
    def test_sizes_disjointness_and_proportions(self, labels: list[int], shares: tuple[int, int, int], seed: int):
        given_labels = np.array(labels, dtype=np.int64)
        sizes = [max(1, share * len(labels) // 30) for share in shares]
        split = stratified_split(
            given_labels, np.random.default_rng(seed), weights=sizes[0], held_out=sizes[1], scoring=sizes[2]
        )
        parts = (split.weights, split.held_out, split.scoring)
        assert [len(part) for part in parts] == sizes
        assert len(np.unique(np.concatenate(parts))) == sum(sizes)
        for part in parts:
            assert part.max() < len(labels)
            expected = np.bincount(given_labels, minlength=5) * len(part) / len(labels)
            assert np.abs(np.bincount(given_labels[part], minlength=5) - expected).max() < 5

    def test_balanced_classes_are_split_exactly(self):
        labels = np.repeat(np.arange(10), 100)
        split = stratified_split(labels, np.random.default_rng(0), weights=700, held_out=200, scoring=50)
        for part, share in ((split.weights, 70), (split.held_out, 20), (split.scoring, 5)):
            assert np.bincount(labels[part]).tolist() == [share] * 10

    def test_it_follows_the_generator(self):
        labels = np.repeat(np.arange(4), 25)
        first, same, other = (
            stratified_split(labels, np.random.default_rng(seed), weights=50, held_out=20, scoring=20)
            for seed in (1, 1, 2)
        )
        assert np.array_equal(first.weights, same.weights)
        assert np.array_equal(first.scoring, same.scoring)
        assert not np.array_equal(first.weights, other.weights)

    def test_every_image_can_land_in_every_part(self):
        labels = np.repeat(np.arange(2), 5)
        seen = np.zeros((3, 10), dtype=bool)
        generator = np.random.default_rng(0)
        for _ in range(60):
            split = stratified_split(labels, generator, weights=4, held_out=3, scoring=3)
            for part, chosen in zip(seen, (split.weights, split.held_out, split.scoring), strict=True):
                part[chosen] = True
        assert seen.all()

    def test_more_images_than_there_are_is_an_error(self):
        with pytest.raises(ValueError, match=r"cannot draw 8 \+ 2 \+ 1 samples: there are 10"):
            stratified_split(np.zeros(10, np.int64), np.random.default_rng(0), weights=8, held_out=2, scoring=1)


class TestHalves:
    TEXT = json.dumps({"train": ["int", ["0", "3", "4", "5"]], "valid": ["int", ["1", "2", "6"]]})

    def test_the_official_notation_is_read(self):
        train, valid = parse_halves(self.TEXT, images=7)
        assert (train.tolist(), valid.tolist()) == ([0, 3, 4, 5], [1, 2, 6])

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (TEXT[:-9], "not a split in the official notation"),
            ('{"train": ["int", ["0"]]}', "not a split in the official notation: KeyError"),
            ('{"train": 3, "valid": 4}', "not a split in the official notation"),
            (TEXT.replace('"6"', '"x"'), "not a split in the official notation"),
            (TEXT.replace('"6"', '"5"'), "are not rows 0 to 6, each exactly once"),
            (TEXT.replace(', "6"', ""), r"train \(4 rows\) and valid \(2\) are not rows 0 to 6"),
        ],
    )
    def test_other_texts_are_refused(self, text: str, message: str):
        with pytest.raises(DataError, match=message):
            parse_halves(text, images=7)

    def test_weights_come_from_the_first_half_and_the_rest_from_the_second(self):
        halves = np.arange(0, 200, 2), np.arange(1, 200, 2)
        labels = np.arange(200) // 2 % 5
        split = split_halves(labels, halves, np.random.default_rng(0), weights=80, held_out=60, scoring=40)
        assert set(split.weights) <= set(halves[0])
        assert set(split.held_out) | set(split.scoring) == set(halves[1])
        assert np.bincount(labels[split.weights]).tolist() == [16] * 5
        with pytest.raises(ValueError, match=r"cannot draw 60 \+ 41 samples: there are 100"):
            split_halves(labels, halves, np.random.default_rng(0), weights=80, held_out=60, scoring=41)

    def test_a_missing_or_altered_file_is_refused(self, tmp_path: Path):
        with pytest.raises(DataError, match=r"cifar-split.txt is missing.*AutoDL-Projects"):
            official_halves(tmp_path)
        path = tmp_path / OFFICIAL_FILE
        path.parent.mkdir()
        path.write_text(self.TEXT)
        with pytest.raises(DataError, match=r"cifar-split.txt .* truncated, altered or another version"):
            official_halves(tmp_path)

    @pytest.mark.data
    def test_the_official_file(self, nasrank_data: Path):
        train, valid = official_halves(nasrank_data)
        assert len(train) == len(valid) == 25_000
        assert train[:5].tolist() == [0, 5, 7, 11, 13]
