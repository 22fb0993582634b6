"""What a column is, by its name."""

from __future__ import annotations

import pytest

from nasrank.bench.judging import naming


@pytest.mark.parametrize(
    "name", ["arch", "Architecture", "arch_str", "genotype", "cell", "module_hash", "Hash", "index", "archIndex"]
)
def test_columns_of_architectures_are_recognised(name):
    assert naming.architecture_column(["proxy", name, "loss"]) == name


def test_texts_come_before_hashes_and_these_before_numbers():
    assert naming.architecture_column(["index", "hash", "arch"]) == "arch"
    assert naming.architecture_column(["index", "hash"]) == "hash"
    with pytest.raises(ValueError, match=r'may all name the architectures: say which with architectures="COLUMN" \('):
        naming.architecture_column(["arch", "cell"])
    with pytest.raises(ValueError, match=r'say which with architectures="COLUMN" \(--architectures COLUMN\), of proxy'):
        naming.architecture_column(["proxy", "search"])


@pytest.mark.parametrize(
    ("name", "higher"),
    [
        *((name, False) for name in ("loss", "valLoss", "valid-error", "Perplexity", "top1_err")),
        *((name, True) for name in ("glossy", "params", "terror", "naswot", "accuracy", "flops")),
    ],
)
def test_directions_by_name(name, higher):
    assert naming.directions([name])[name].higher_is_better is higher


def test_a_seed_is_recognised_where_there_is_one():
    assert naming.seed_column(["arch", "Seed"]) == "Seed"
    assert naming.seed_column(["arch", "seeds_used"]) is None
    with pytest.raises(ValueError, match=r'say which with seed="COLUMN" \(--seed COLUMN\)'):
        naming.seed_column(["seed", "run"])
