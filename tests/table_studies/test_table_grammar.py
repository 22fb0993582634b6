"""Table studies say where a mistake is."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_tables import TEXT, small_study

from nasrank.bench.table_studies.measured import measure
from nasrank.spaces import get_space


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('group = "conv"', 'group = "covn"', "claims.better.group", "no group 'covn'; groups are conv, pool"),
        ('against = "pool"', 'against = "polo"', "claims.better.against", "no group 'polo'"),
        ('against = "pool"', 'against = "conv"', "claims.better", "difference of a group from itself"),
        (
            'against = "pool"',
            'against = "pool"\nshare = "architectures"',
            "claims.better",
            "about one thing",
        ),
        ('against = "pool"\n', "", "claims.better", "another group, a share of variance"),
        ('share = "architectures"', 'share = "architectures"\nover = "seeds"', "told-apart", "is over architectures"),
        ('against = "pool"', 'against = "pool"\nby = "tau"\nover = "seeds"', "claims.better", "is over architectures"),
        (
            "at_least = 1.0",
            'by = "tau"\nat_least = 1.5',
            "claims.better",
            "1.5 is no tau, which is from",
        ),
        ('share = "architectures"', 'share = "architectures"\nby = "tau"', "told-apart", "which against names"),
        ("at_least = 1.0", "every_run_above = 1.0", "claims.better", "about one thing"),
        (
            'against = "pool"\nat_least = 1.0',
            "every_run_above = 1.0\nat_least = 1.0",
            "better",
            "goes with a comparison",
        ),
        ("at_least = 1.0\n", "", "claims.better", "at_least goes with a comparison or a share"),
        ("at_least = 0.5", 'at_least = "much"', "at_least", "number"),
        ("at_least = 0.5", "at_least = 50.0", "claims.told-apart", "at_least = 50.0 is no share, which is from 0 to 1"),
        ('"pooling first"', '"a convolution first"', "groups", "two groups are called 'a convolution first'"),
        ('dataset = "digits"', 'dataset = "numbers"', "groups.conv", "numbers"),
        ("only = {", 'architectures = ["x", "x"]\nonly = {', "architectures", "'x' is named twice"),
        ("only = {", 'architectures = ["x"]\nonly = {', "groups.conv", "named or chosen by their options, not both"),
        ("epochs = 8", "epochs = 8\nepoch = 8", "epoch", "unknown key"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, line: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        small_study(tmp_path, TEXT.replace(old, new, 1))
    assert "small.toml" in str(error.value)
    assert line in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            '"vertex 1" = ["conv3x3-bn-relu"]',
            '"vertex 1" = ["conv9x9"]',
            "group conv: vertex 1 has no option 'conv9x9'",
        ),
        ('"vertex 1" = ["conv3x3-bn-relu"]', '"vertex 9" = ["x"]', "group conv: there is no decision 'vertex 9'"),
        ("epochs = 8", "epochs = 9", "group conv: .*epochs"),
        ('oracle = "nb101-digits"', 'oracle = "nb101-digit"', "group conv: .*nb101-digit"),
        (
            'only = { "vertex 1" = ["conv3x3-bn-relu"] }',
            'architectures = ["conv9x9(0)+output(1)"]',
            "group conv: .*conv9x9",
        ),
        (
            'only = { "vertex 1" = ["conv3x3-bn-relu"] }',
            'only = { "edge 4->6" = ["present"], "vertex 1" = ["conv3x3-bn-relu"] }',
            "no architecture of nb101-digits has edge 4->6=present and vertex 1=conv3x3-bn-relu",
        ),
    ],
)
def test_what_a_table_lacks_is_named_with_the_group(tmp_path: Path, old: str, new: str, words: str) -> None:
    study = small_study(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(ValueError, match=words):
        measure(study)


@pytest.mark.slow
def test_groups_are_the_rows_of_the_table_with_their_options(tmp_path: Path) -> None:
    found = measure(small_study(tmp_path))
    assert {name: one.values.shape[0] for name, one in found.items()} == {"conv": 2, "pool": 2}
    space = get_space("nb101")
    decision = next(one for one in space.decisions if one.name == "vertex 1")
    place = list(space.decisions).index(decision)
    for name, option in (("conv", "conv3x3-bn-relu"), ("pool", "maxpool3x3")):
        taken = {decision.options[space.to_choices(space.parse(text))[place]] for text in found[name].architectures}
        assert taken == {option}
    assert sum(one.values.shape[1] for one in found.values()) < 2532
    named = TEXT.replace(
        'only = { "vertex 1" = ["maxpool3x3"] }', f'architectures = ["{found["pool"].architectures[3]}"]'
    )
    alone = measure(small_study(tmp_path, named))["pool"]
    assert alone.values[:, 0].tolist() == found["pool"].values[:, 3].tolist()
