"""The tables that come with nasrank, made by `nasrank tabulate`: what their protocols say, and who may use them."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.data import DATASETS, load_dataset, stratified_pair, stratified_split
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.oracles import open_oracle
from nasrank.bench.oracles.ask.agreements import AGREEMENTS
from nasrank.bench.oracles.ask.comparison import agreement
from nasrank.bench.oracles.ask.quantities import RANKED_BY
from nasrank.bench.oracles.imports.recipes import own_tables
from nasrank.bench.oracles.imports.recipes.own_tables import TABLES
from nasrank.bench.ranking import get_metric
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.shipped import shipped
from nasrank.bench.tabulation.network import network_of, pairs
from nasrank.bench.tabulation.reliability import FEWEST, reliability
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import COMMON_SEED
from nasrank.spaces import get_space

BY_NAME = {table.name: table for table in TABLES}
STUDIES = {one.name: one.study for one in shipped() if one.study.truth.oracle in BY_NAME}
OF_DATA = {
    name: pytest.param(name, marks=[pytest.mark.data] if DATASETS[study.images.dataset].folder else [], id=name)
    for name, study in STUDIES.items()
}


MORE_THAN_NOISE = 0.25
"""Of tau between two training seeds, the least lower end that a truth has."""

MANY = ("only", "network")
"""Options that a command may give several times."""


def said(command: str) -> dict[str, str]:
    """Options of a command by name but `MANY`; a flag is empty."""
    words = shlex.split(command)
    assert words[:2] == ["nasrank", "tabulate"]
    found, name = {"space": words[2]}, ""
    for word in words[3:]:
        if word.startswith("--"):
            name = word.removeprefix("--")
            found[name] = ""
        else:
            found[name] = word
    return {name: value for name, value in found.items() if name not in MANY}


def given(command: str, option: str) -> tuple[str, ...]:
    """Each value of an option that a command may give several times."""
    words = shlex.split(command)
    return tuple(value for name, value in pairwise(words) if name == f"--{option}")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_command_that_made_it_is_that_of_its_protocol(table):
    asked, known = said(table.made_by), open_oracle(table.name).provenance
    assert known.space == table.space == asked["space"]
    selection = Selection(
        int(asked["cells"]) if "cells" in asked else None,
        int(asked["max-nodes"]) if "max-nodes" in asked else None,
        int(asked["seeds"]),
        "stratified" in asked,
        asked.get("architectures", ""),
        only=given(table.made_by, "only"),
        classes="classes" in asked,
        each=int(asked["each"]) if "each" in asked else None,
    )
    for option in given(table.made_by, "network"):
        assert option.replace("=", " ") in known.protocol
    assert selection.words(table.space) in known.protocol
    if selection.source:
        named = (Path(own_tables.__file__).parents[1] / own_tables.FOLDER / selection.source).read_text().splitlines()
        rows = open_oracle(table.name).rows
        assert sorted(named) == sorted(str(rows.architecture(row)) for row in range(len(rows)))
    assert f"for {asked['seeds']} seed(s)" in known.protocol
    for option, form in (
        ("epochs", "Training: {} epochs"),
        ("learning-rate", "learning rate {}"),
        ("noise", "Gaussian noise of deviation {}"),
        ("padding", "shifted by up to {} pixel"),
        ("data", "{} ("),
        ("optimizer", "{} with a momentum"),
        ("weight-decay", "weight decay {},"),
        ("clip", "gradient norm at most {};"),
        ("batch-size", "steps of batch {},"),
    ):
        if option in asked:
            value = f"{float(asked[option])}" if option in ("noise", "learning-rate", "weight-decay") else asked[option]
            assert form.format(value) in known.protocol
    if float(asked.get("warm-up", 0)):
        assert f"over the first {float(asked['warm-up']):.0%} of training" in known.protocol
    for option, form in (("train-images", "{:,} to train"), ("test-images", "{:,} others to test")):
        if option in asked:
            assert form.format(int(asked[option])) in known.protocol


@pytest.mark.parametrize("table", [one for one in TABLES if one.control_of], ids=lambda table: table.name)
def test_a_control_is_of_architectures_that_the_other_table_has_trained_alike(table):
    known, other = open_oracle(table.name), open_oracle(table.control_of)
    controlled = [known.rows.architecture(row) for row in range(len(known.rows))]
    assert np.isfinite(other.whole(other.columns[0])[other.rows.find(controlled)]).all()
    own, theirs = said(table.made_by), said(BY_NAME[table.control_of].made_by)
    other_values = {name for name in own.keys() | theirs.keys() if own.get(name) != theirs.get(name)} - {"cells"}
    other_network = given(table.made_by, "network") != given(BY_NAME[table.control_of].made_by, "network")
    assert other_values == (set() if other_network else {"warm-up"})
    assert given(table.made_by, "only") == given(BY_NAME[table.control_of].made_by, "only")
    assert not {one.study.truth.oracle for one in shipped()} & {table.name}, "its order is nobody's truth"


@pytest.mark.parametrize("table", [one for one in TABLES if not one.ranked], ids=lambda table: table.name)
def test_a_few_architectures_or_noise_are_nobodys_truth(table):
    known = open_oracle(table.name)
    assert len(known.rows) < FEWEST or least_ceiling(known) <= MORE_THAN_NOISE
    assert not {one.study.truth.oracle for one in shipped()} & {table.name}


def least_ceiling(known, metrics=RANKED_BY):
    """The lower end of tau between two training seeds, by the one of these metrics that the table has."""
    columns = [one for one in known.columns if one.metric in metrics and one.curve is None]
    assert len({one.metric for one in columns}) == 1
    assert len(columns) > 1
    found = reliability(np.array([known.whole(one) for one in columns]))
    assert found is not None
    return found.interval[0]


TRUTHS = [one for one in TABLES if one.ranked and not one.control_of]


@pytest.mark.slow
@pytest.mark.parametrize("table", TRUTHS, ids=lambda table: table.name)
def test_its_order_is_more_than_the_noise_of_training(table):
    """One seed against another, and by what studies rank by: where that is noise, no ranking can agree with it."""
    known = open_oracle(table.more_seeds_in or table.name)
    assert least_ceiling(known) > MORE_THAN_NOISE
    for metric in {one.study.truth.metric for one in shipped() if one.study.truth.oracle == table.name}:
        assert least_ceiling(known, [metric]) > MORE_THAN_NOISE


@pytest.mark.parametrize("table", [one for one in TABLES if one.more_seeds_in], ids=lambda table: table.name)
def test_another_table_has_networks_trained_alike_with_more_seeds(table):
    """The first seed is the same: to the last bit on one processor, while another rounds otherwise."""
    whole, more = open_oracle(table.name), open_oracle(table.more_seeds_in)
    some = [more.rows.architecture(row) for row in range(len(more.rows))]
    (column,) = (one for one in whole.columns if one.metric in RANKED_BY and one.curve is None)
    first = whole.whole(column)[whole.rows.find(some)]
    seeds = [more.whole(one) for one in more.columns if one.metric == column.metric and one.curve is None]
    same, *others = (get_metric("tau")(seed, first) for seed in seeds)
    one, other = (
        re.search("one thread of (.+?), Linux", known.provenance.protocol).group(1) for known in (whole, more)
    )
    assert np.array_equal(first, seeds[0]) if one == other else same > 0.9 > max(others)
    assert min(others) > least_ceiling(more) - 0.05
    own, theirs = said(table.made_by), said(BY_NAME[table.more_seeds_in].made_by)
    assert {name for name in own.keys() | theirs.keys() if own.get(name) != theirs.get(name)} == {"cells", "seeds"}


OF_OWN = [one for one in AGREEMENTS if one.first.oracle in BY_NAME and one.second.oracle in BY_NAME]


@pytest.mark.parametrize("recorded", OF_OWN, ids=lambda one: one.first.oracle)
def test_recorded_ceilings_are_those_of_the_tables(recorded):
    space = get_space(BY_NAME[recorded.first.oracle].space)
    one, other = (
        Truth.of_column(open_oracle(measured.oracle), space, measured.column).values
        for measured in (recorded.first, recorded.second)
    )
    both = np.isfinite(one) & np.isfinite(other)
    assert both.sum() == recorded.architectures
    assert agreement(one[both], other[both], recorded.values) == pytest.approx(recorded.values, abs=0.0006)
    assert np.abs(one - other)[both].mean() == pytest.approx(recorded.mean_absolute_difference, abs=0.006)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_its_costs_are_those_of_the_networks(table):
    known, space = open_oracle(table.name), get_space(table.space)
    data = {
        "digits": {"classes": 10, "image_channels": 1, "resolution": 8},
        "cifar10-16": {"classes": 10, "image_channels": 3, "resolution": 16},
        "ptb-characters": {"tokens": 50, "length": 32},
        "camvid": {"classes": 11, "image_channels": 3, "height": 72, "width": 96},
        "brain-template": {"classes": 3, "image_channels": 1, "height": 64, "width": 64},
        "nuclei": {"classes": 2, "image_channels": 1, "height": 64, "width": 64},
        "middlebury": {"image_channels": 3, "height": 72, "width": 120},
    }
    network = pairs(list(given(table.made_by, "network")))
    typed = network_of(table.space, network).arguments if network else {}
    staged = {"channels": 16, "cells_per_stage": 1} if table.name == "nb101-digits" else {}
    for row in range(0, len(known.rows), max(1, len(known.rows) // 10)):
        architecture = known.rows.architecture(row)
        for column in known.columns:
            if column.metric in ("parameters", "multiply_adds"):
                cost = space.cost(architecture, **data[column.dataset], **staged, **typed)
                assert known.whole(column)[row] == getattr(cost, column.metric)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_DATA.values())
def test_super_nets_see_none_of_the_images_that_it_was_measured_on(name, request):
    study = STUDIES[name]
    if folder := DATASETS[study.images.dataset].folder:
        root = request.getfixturevalue("nasrank_data")
        if not (root / folder).exists():
            pytest.skip(f"{root} has no {folder}")
    samples = load_dataset(study.images.dataset).samples
    protocol = open_oracle(study.truth.oracle).provenance.protocol
    sizes = re.search(r"([\d,]+) to train and ([\d,]+) others to test", protocol)
    assert sizes is not None
    training, test = (int(size.replace(",", "")) for size in sizes.groups())
    assert study.images.dataset in protocol
    stream = generator(COMMON_SEED, Purpose.SPLITS)
    _, measured_on = stratified_pair(samples.strata, stream, training=training, test=test, groups=samples.groups)
    images = study.images
    split = stratified_split(
        samples.strata,
        generator(study.common_seed, Purpose.SPLITS),
        groups=samples.groups,
        weights=images.weights,
        held_out=images.held_out,
        scoring=images.scoring,
    )
    for part in (split.weights, split.held_out, split.scoring):
        assert len(part)
        assert not np.isin(part, measured_on).any()
