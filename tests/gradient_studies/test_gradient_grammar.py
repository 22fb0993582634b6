"""Gradient studies say where a mistake is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from small_gradients import TEXT, small_study

from nasrank.bench.gradient_studies.grammar import GradientStudy
from nasrank.bench.studies.kinds import files_of
from nasrank.bench.studies.study_file import load_as


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('space = "nb201"', 'space = "nb20l"', "space", "unknown search space 'nb20l'"),
        ('data = "digits"', 'data = "numbers"', "data", "unknown data set 'numbers'"),
        ('data = "digits"', 'data = "ptb-characters"', "data", "networks of nb201 take images"),
        ("batch_size = 8", "batch_size = 2000000", "batch_size", "digits has 1,797 samples, not 2,000,000"),
        ("seeds = 4", "seeds = 1", "seeds", "greater than or equal to 2"),
        (".{layer}.{layer}.", ".0.0.", "weights", "not by what number layers are counted: write {layer}"),
        ("[1, 2, 3]", "[3]", "depths.values", "at least 2 items"),
        ("[1, 2, 3]", "[1, 3, 2]", "depths.values", "from the least to the greatest"),
        ("[1, 2, 3]", "[1, 2, 2, 3]", "depths.values", "once each"),
        ("seeds = 4", "seeds = 4\nlayers_at = 7", "layers_at", "7 is none of the depths, which are 1, 2, 3"),
        ("{ channels = 2 }", "{ channels = 2, cells_per_stage = 1 }", "groups.plain.network", "what depths are of"),
        ('"with skip connections"', '"convolutions alone"', "groups", "two groups are called 'convolutions alone'"),
        ('group = "plain"', 'group = "plian"', "claims.smaller.group", "no group 'plian'; groups are plain, skip"),
        ('against = "skip"', 'against = "ship"', "claims.smaller.against", "no group 'ship'"),
        ('against = "skip"', 'against = "plain"', "claims.smaller", "ratio of a group to itself"),
        ("depth = 3\n", "", "claims.smaller", "against another group, at a depth"),
        ("depth = 3", "depth = 4", "claims.smaller.depth", "4 is none of the depths"),
        ("above = 0.01", "above = -1.0", "claims.smaller", "-1 is no ratio of norms"),
        ("above = 0.01", "above = 0.01\nbelow = 1.0", "claims.smaller", "above or below"),
        ("above = 50.0", "", "claims.explodes", "above or below"),
        ('of = "slope"', 'of = "slope"\ndepth = 3', "claims.explodes", "over all depths"),
        ('of = "slope"', 'of = "curve"', "claims.explodes.of", "'slope' or 'ratio'"),
        ("seeds = 4", "seeds = 4\nseed = 4", "seed", "unknown key"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    assert old in TEXT
    with pytest.raises(ValueError, match=r"small\.toml") as error:
        small_study(tmp_path, TEXT.replace(old, new, 1))
    assert f"{key}: " in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('space = "nb201"', 'space = "nb20l"', "unknown search space"),
        ('option = "cells_per_stage"', 'option = "depht"', "group plain: networks of nb201 have no option 'depht'"),
        ("{ channels = 2 }", "{ channel = 2 }", "group plain: networks of nb201 have no option 'channel'"),
        ("[1, 2, 3]", "[1, 3, 300]", "group plain: cells per stage must be at most 64, not 300"),
        ("*.conv.weight", "*.conf.weight", "group plain: no weight of its networks is called 'stages."),
        ('"|nor_conv_3x3~0|+', '"|nor_conv_9x9~0|+', "group plain: "),
        ("seeds = 4", "seeds = 1", "seeds: "),
        ('against = "skip"', 'against = "ship"', "no group 'ship'"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line_and_writes_nothing(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in TEXT
    path = tmp_path / "small.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    code, _, complained = command("run", str(path), "--out", str(tmp_path / "out"))
    assert (code, complained.count("\n")) == (2, 1), complained
    assert words in complained
    assert not (tmp_path / "out").exists()


def test_a_quick_study_has_few_seeds(tmp_path: Path) -> None:
    study = small_study(tmp_path)
    assert (study.seeds, study.quick().seeds) == (4, 3)
    assert study.quick().model_copy(update={"seeds": 4}) == study


def test_every_layer_is_shown_at_the_greatest_depth_unless_another_is_named(tmp_path: Path) -> None:
    assert small_study(tmp_path).shown_depth == 3
    assert small_study(tmp_path, TEXT.replace("seeds = 4", "seeds = 4\nlayers_at = 2")).shown_depth == 2


@pytest.mark.parametrize("path", files_of("gradients"), ids=lambda path: path.stem)
def test_a_study_that_ships_is_valid_and_states_claims(path: Path) -> None:
    study = load_as(path, GradientStudy)
    assert study.claims
    assert study.seeds >= 20
