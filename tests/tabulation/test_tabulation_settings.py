"""What decides a network, and which networks a table asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from nasrank.bench.tabulation.network import network_of
from nasrank.bench.tabulation.selection import Selection
from nasrank.bench.tabulation.settings import CURVE_POINTS, StandaloneTraining, versions
from nasrank.spaces import get_space


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"space": "nb301"}, "unknown search space 'nb301'"),
        ({"space": "nb101"}, "StagedNetworkOptions are not the options of networks of nb101"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"test_images": 0}, "test images must be at least 1, not 0"),
        ({"batch_size": 1}, "batch size must be at least 2"),
        ({"batch_size": 51}, "50 training images do not make a batch of 51"),
        ({"learning_rate": 0.0}, "learning rate must be a positive number, not 0"),
        ({"learning_rate": float("nan")}, "learning rate must be a positive number, not nan"),
        ({"optimizer": "lamb"}, "unknown optimizer 'lamb'; known are sgd, adam, adamw"),
        ({"warm_up": 1.0}, "warm up must be at least 0 and less than 1, not 1.0"),
        ({"warm_up": float("nan")}, "warm up must be at least 0 and less than 1, not nan"),
        ({"momentum": -0.1}, "momentum must be at least 0 and less than 1, not -0.1"),
        ({"weight_decay": -1e-4}, "weight decay must be a number from 0 on, not -0.0001"),
        ({"weight_decay": 101.0}, "weight decay must be at most 100.0, not 101"),
        ({"clip": 0.0}, "clip must be a positive number, not 0"),
        ({"clip": 1e10}, "clip must be at most 1,000,000,000.0, not 10,000,000,000.0"),
        ({"padding": -1}, "padding must not be negative"),
        ({"noise": float("inf")}, "noise must be a number from 0 on, is inf"),
    ],
)
def test_impossible_settings_are_refused(training: StandaloneTraining, changes, reason):
    with pytest.raises(ValueError, match=reason):
        replace(training, **changes)


@pytest.mark.parametrize(
    ("cells", "seeds", "reason"), [(0, 1, "at least 1 architecture"), (1, 0, "1 to 12"), (1, 13, "1 to 12")]
)
def test_impossible_selections_are_refused(cells, seeds, reason):
    with pytest.raises(ValueError, match=reason):
        Selection(cells, None, seeds)


@pytest.mark.parametrize(
    ("given_numbers", "expected"),
    [((None, None), (899, 898)), ((1000, None), (1000, 797)), ((None, 1000), (797, 1000)), ((64, 10), (64, 10))],
)
def test_images_that_nobody_counted_are_taken_from_the_data_set(training: StandaloneTraining, given_numbers, expected):
    others = {name: getattr(training, name) for name in training.__dataclass_fields__ if "images" not in name}
    made = StandaloneTraining.of(**others, training_images=given_numbers[0], test_images=given_numbers[1])
    assert (made.training_images, made.test_images) == expected


def test_more_images_than_there_are_are_refused(training: StandaloneTraining):
    others = {name: getattr(training, name) for name in training.__dataclass_fields__ if "images" not in name}
    with pytest.raises(ValueError, match="digits has 1797 images, not 1000 to train and 1000 to test"):
        StandaloneTraining.of(**others, training_images=1000, test_images=1000)
    with pytest.raises(ValueError, match="unknown data set 'mnist'"):
        StandaloneTraining.of(**{**others, "data": "mnist"})


@given(st.integers(1, 500))
def test_a_curve_ends_with_training_and_has_few_even_points(epochs: int):
    made = StandaloneTraining("nb201", "digits", epochs, 64, 1, 0, 0.0, network_of("nb201", {}), 64, 0.1)
    points = list(made.curve)
    assert points[-1] == epochs
    assert points[0] >= 1
    assert len(points) <= CURVE_POINTS
    assert len({later - earlier for earlier, later in pairwise(points)}) <= 1
    assert len(points) == min(epochs, CURVE_POINTS) or epochs < CURVE_POINTS**2


@pytest.mark.slow
def test_every_setting_is_part_of_the_fingerprint(training: StandaloneTraining):
    others = {"optimizer": "adamw", "momentum": 0.5, "warm_up": 0.5}
    numbers = [name for name in training.__dataclass_fields__ if name not in ("space", "data", "network")]
    changed = [replace(training, **{name: others.get(name) or getattr(training, name) + 1}) for name in numbers]
    sizes = [training.network.arguments | {name: 3} for name in ("channels", "cells_per_stage")]
    changed += [replace(training, network=network_of("nb201", size)) for size in sizes]
    changed.append(replace(training, space="nb101", network=network_of("nb101", training.network.arguments)))
    assert len({one.fingerprint for one in (training, *changed)}) == len(numbers) + 4
    assert replace(training).fingerprint == training.fingerprint


def test_a_longer_selection_goes_on_where_a_shorter_one_ends(architectures):
    assert Selection(30, None, 1).architectures("nb201")[:12] == architectures
    assert len(set(Selection(None, None, 1).architectures("nb201"))) == 15_625


def test_small_graphs_keep_their_order():
    space = get_space("nb201")
    nodes = [len(space.graph(one).labels) for one in Selection(200, None, 1).architectures("nb201")]
    smallest = min(nodes)
    chosen = Selection(5, smallest, 1).architectures("nb201")
    assert all(len(space.graph(one).labels) <= smallest for one in chosen)
    assert chosen == Selection(9, smallest, 1).architectures("nb201")[:5]


@pytest.mark.slow
def test_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match="nb201 has 15,625 architectures, not 15,626"):
        Selection(15_626, None, 1).architectures("nb201")
    with pytest.raises(ValueError, match="nb201 has 0 architectures with at most 2 nodes, not 1"):
        Selection(None, 2, 1).architectures("nb201")


def test_a_part_is_all_architectures_with_some_options_in_the_order_of_the_space():
    space = get_space("nago")
    only = ("graph=0,3", "top nodes=4", "top rewiring=0.1,1", "middle nodes=1,2", "bottom nodes=3")
    found = Selection(None, None, 1, only=only).architectures("nago")
    assert sorted(map(str, found)) == sorted(
        f"NAGO(top=4,{rewiring} middle={middle} bottom=3 graph={graph})"
        for rewiring in ("0.1", "1")
        for middle in (1, 2)
        for graph in (0, 3)
    )
    assert Selection(3, None, 1, only=only).architectures("nago") == found[:3]
    assert [space.position(one) for one in found] != sorted(space.position(one) for one in found)
    words = Selection(3, 9, 1, only=("graph=0",)).words("nago")
    whole = "the first in one random order of those of nago with graph=0 and at most 9 nodes, input and output included"
    assert words == whole


@pytest.mark.parametrize(
    ("only", "why"),
    [
        (("graph",), "'graph' is not of the form DECISION=OPTION,OPTION"),
        (("graph=0", "graph=1"), "'graph=1' is not of the form DECISION=OPTION,OPTION, once for each decision"),
        (("grahp=0",), "there is no decision 'grahp'; there are top nodes, top rewiring"),
        (("graph=8",), "graph has no option '8'; it has 0, 1"),
        (("graph=",), "graph has no option ''"),
    ],
)
def test_options_that_there_are_not_are_named(only, why):
    with pytest.raises(ValueError, match=why):
        Selection(None, None, 1, only=only).architectures("nago")


def test_a_part_is_not_drawn_from_strata_nor_of_what_cannot_be_listed():
    with pytest.raises(ValueError, match="from strata or from those with some options, not both"):
        Selection(None, None, 1, stratified=True, only=("graph=0",))
    with pytest.raises(ValueError, match="too many to list"):
        Selection(None, None, 1, only=("heads 0=1",)).architectures("glit")


@pytest.mark.slow
def test_groups_have_as_many_members_each_and_a_longer_table_goes_on():
    space, selection = get_space("deeplab"), Selection(20, None, 1, each=4)
    found = selection.architectures("deeplab")
    paths = [one.levels for one in found]
    assert paths == [path for path in dict.fromkeys(paths) for _ in range(4)]
    assert len(set(paths)) == 5
    assert len({space.position(one) for one in found}) == 20
    assert Selection(8, None, 1, each=4).architectures("deeplab") == found[:8]
    alone = Selection(1, None, 1).architectures("deeplab")
    assert alone == found[:1], "groups come in the order of all architectures"
    assert selection.words("deeplab") == (
        "4 of each group that has all but the last level of decisions alike: the first in one random order of those "
        "of deeplab"
    )


@pytest.mark.slow
def test_of_a_group_that_has_fewer_there_are_all():
    generators = [str(one).split(" graph")[0] for one in Selection(300, None, 1, each=9).architectures("nago")]
    *whole, _ = Counter(generators).values()
    assert set(whole) == {8}


@pytest.mark.parametrize(
    ("space", "selection", "why"),
    [
        ("nb201", {}, "decisions of nb201 have one level, so that there are no groups"),
        ("glit", {}, "too many to list"),
        ("deeplab", {"each": 1}, "a group has at least 2 members to tell it from them, not 1"),
        ("deeplab", {"stratified": True}, "groups are drawn from all, not from strata"),
        ("deeplab", {"only": ("graph=0",)}, "groups are drawn from all"),
        ("recurrent", {"classes": True}, "groups are drawn from all"),
    ],
)
def test_groups_that_cannot_be_drawn_are_refused(space, selection, why):
    with pytest.raises(ValueError, match=why):
        Selection(4, None, 1, **{"each": 2, **selection}).architectures(space)


def test_a_graph_of_one_node_is_refused_before_the_space_is_searched():
    with pytest.raises(ValueError, match="at least 2 nodes, input and output; max nodes is 1"):
        Selection(None, 1, 1)


def test_what_is_fixed_is_part_of_the_fingerprint(training: StandaloneTraining, monkeypatch):
    known = training.to_json()
    assert known["optimization"]["weight_decay"] == 5e-4
    assert known["measured"] == {"curve": list(training.curve), "test_copies": 3}
    assert "nasbench-pytorch" in known["environment"]
    before = training.fingerprint
    monkeypatch.setattr("nasrank.bench.tabulation.settings.TEST_COPIES", 5)
    assert training.fingerprint != before


def test_images_that_there_are_not_are_named_as_asked():
    with pytest.raises(ValueError, match="digits has 1797 images, not others to train and 2000 to test"):
        StandaloneTraining.of(space="nb201", data="digits", test_images=2000)


def test_how_weights_are_updated_is_written_where_it_is_not_as_before_there_was_a_choice(training: StandaloneTraining):
    """And then decides the fingerprint; that of the first ones is pinned in `test_network_options.py`."""
    before = {"learning_rate", "batch_size", "epochs"}
    assert before < training.to_json()["training"].keys()
    later = {"optimizer": "adamw", "warm_up": 0.1, "weight_decay": 0.05, "clip": 1.0, "momentum": 0.8}
    assert not later.keys() & training.to_json()["training"].keys()
    written = replace(training, **later).to_json()
    assert written["training"] == training.to_json()["training"] | later
    assert written["optimization"] == training.to_json()["optimization"] | later | {"nesterov": False}


@pytest.mark.parametrize(
    ("changes", "nesterov"), [({}, True), ({"momentum": 0.0}, False), ({"optimizer": "adamw"}, False)], ids=str
)
def test_every_optimizer_can_be_made(training: StandaloneTraining, changes, nesterov):
    made = replace(training, **changes).optimization()
    assert made.nesterov == nesterov
    made.optimizer_of(nn.Linear(2, 2))


def test_versions_are_of_what_decides_networks():
    """Graphs of NAGO are drawn by networkx, whose next version may draw others."""
    assert "networkx" in versions("nago")
    assert "networkx" not in versions("nb201")
    assert versions("nago").keys() - {"networkx"} == versions("nb201").keys()
