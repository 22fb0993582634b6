"""The MD5 of many messages against hashlib's."""

from __future__ import annotations

from hashlib import md5

import numpy as np
import pytest

from nasrank.spaces.nb101.md5 import digests


def padded(message: bytes) -> bytes:
    return message + b"\x80" + bytes(-(len(message) + 9) % 64) + (8 * len(message)).to_bytes(8, "little")


@pytest.mark.parametrize("lengths", [range(start, start + 50) for start in range(0, 301, 50)], ids=str)
def test_messages_of_every_length(lengths):
    generator = np.random.default_rng(0)
    for length in lengths:
        messages = [generator.bytes(length) for _ in range(5)]
        words = np.frombuffer(b"".join(map(padded, messages)), dtype="<u4").reshape(5, -1).T
        expected = [md5(message).digest() for message in messages]
        assert [digest.tobytes() for digest in digests(list(words)).T.copy()] == expected
        once = [word if len(set(word.tolist())) > 1 else int(word[0]) for word in words]
        assert any(isinstance(word, int) for word in once)
        if length:
            assert [digest.tobytes() for digest in digests(once).T.copy()] == expected


def test_messages_of_different_lengths_in_equally_many_blocks():
    messages = [np.random.default_rng(length).bytes(length) for length in range(56, 120)]
    words = np.frombuffer(b"".join(map(padded, messages)), dtype="<u4").reshape(len(messages), -1).T
    assert [digest.tobytes() for digest in digests(list(words)).T.copy()] == [md5(m).digest() for m in messages]


def test_words_are_left_as_they_are():
    words = np.random.default_rng(0).integers(2**32, size=(32, 100), dtype=np.uint32)
    before = words.copy()
    digests(list(words))
    np.testing.assert_array_equal(words, before)
