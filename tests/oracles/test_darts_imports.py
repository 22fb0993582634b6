"""NDS's and NAS-Bench-301's networks of the DARTS space, as tables; what is malformed is refused by its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import darts_files
import numpy as np
import pytest
from darts_files import EPOCHS, SPACE, nb301_record, nds_network, some, write_record

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Split, Table
from nasrank.bench.oracles.imports.formats import nb301_records, nds_darts
from nasrank.bench.oracles.imports.library import import_table, recognise

NDS = ("accuracy", "cifar10", Split.TEST_50K, EPOCHS)
VALID, TEST = (("accuracy", "cifar10", split, EPOCHS) for split in (Split.VALID_40K_301, Split.TEST_40K_301))


def imported(source: Path, cache: Path) -> Table:
    return import_table(source, format=recognise(source), cache=cache).table


def nds(folder: Path, networks: list[Any], name: str = "DARTS.json") -> Path:
    (folder / name).write_text(json.dumps(networks))
    return folder / name


# --- NDS ---


def test_networks_of_nds_are_those_of_the_file(tmp_path):
    table = imported(darts_files.write_nds(tmp_path / "DARTS_fix-w-d.json"), tmp_path)
    networks, architectures = json.loads((tmp_path / "DARTS_fix-w-d.json").read_text()), some(12)
    assert (table.name, table.provenance.space) == ("DARTS_fix-w-d", "darts")
    assert table.rows.positions.tolist() == sorted(map(SPACE.position, architectures))
    for architecture, network in zip(architectures, networks, strict=True):
        errors = network["test_ep_top1"]
        asked = [architecture]
        assert table.whole(Column(*NDS, 1))[table.rows.row(architecture)] == 100 - errors[-1]
        found = table.masked(asked, Column(*NDS, 1, curve=range(1, EPOCHS + 1)))[0]
        np.testing.assert_array_equal(found, [100 - error for error in errors])
        for metric, name in (("parameters", "params"), ("multiply_adds", "flops")):
            assert table.values(asked, metric=metric, dataset="cifar10")[0] == network[name]
    assert "networks of 16 to 27 channels and 4 to 15 cells" in table.provenance.protocol


def test_seeds_of_one_network_are_columns_and_seeds_of_all_networks_one(tmp_path):
    one, *others = some(20)
    same = [nds_network(one, 0, rng_seed=seed) for seed in (1, 2, 3)]
    same[1]["test_ep_top1"] = [50.0] * EPOCHS
    table = imported(nds(tmp_path, same), tmp_path / "few")
    assert [column.seeds for column in table.columns if column.metric == "accuracy" and not column.curve] == [1, 2, 3]
    assert table.whole(Column(*NDS, 2)).tolist() == [50.0]
    each = [nds_network(other, number, rng_seed=number) for number, other in enumerate(others)]
    table = imported(nds(tmp_path, each), tmp_path / "many")
    assert {column.seeds for column in table.columns if column.metric == "accuracy"} == {"one_run"}
    assert "a seed of its own" in table.provenance.protocol


def test_genotypes_of_other_spaces_are_left_out_and_counted(tmp_path):
    """With `none`, with both edges from one source, with a node that is not put out."""
    networks = [nds_network(one, number) for number, one in enumerate(some(5))]
    genotypes = [network["net"]["genotype"] for network in networks]
    genotypes[0]["normal"][2][0] = "none"
    genotypes[1]["reduce"][3][1] = genotypes[1]["reduce"][2][1]
    genotypes[2]["reduce_concat"] = [3, 4, 5]
    genotypes[3]["normal"][0][0] = "none"
    table = imported(nds(tmp_path, networks), tmp_path / "cache")
    assert table.rows.positions.tolist() == [SPACE.position(some(5)[4])]
    assert "2 networks left out: none among the operations" in table.provenance.protocol
    assert "1 networks left out: two edges of a node from one source" in table.provenance.protocol
    assert "1 networks left out: a node that is not put out" in table.provenance.protocol
    with pytest.raises(DataError, match="none of its 4 networks is of the DARTS space"):
        imported(nds(tmp_path, networks[:4]), tmp_path / "other")


def test_files_of_imagenet_are_refused(tmp_path):
    source = nds(tmp_path, [nds_network(some(1)[0], 0)], "DARTS_in.json")
    with pytest.raises(DataError, match=r"DARTS_in\.json: files of NDS that end in _in are of ImageNet"):
        imported(source, tmp_path / "cache")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda one: one.pop("rng_seed"), " has no rng_seed"),
        (lambda one: one.update(rng_seed=True), "rng_seed is True, and no whole number"),
        (lambda one: one.update(params=1.5), "params is 1.5"),
        (lambda one: one.update(flops=-1), "flops is -1"),
        (lambda one: one.update(params=10**400), "params is 1000"),
        (lambda one: one.update(test_ep_top1=[]), "test_ep_top1 is \\[\\], and no list of errors"),
        (lambda one: one.update(test_ep_top1=[101.0]), "test_ep_top1 is 101.0, and no percentage"),
        (lambda one: one.update(test_ep_top1=[10**400]), "test_ep_top1 is 1000"),
        (lambda one: one.update(test_ep_top1=["4"]), "test_ep_top1 is '4', and no percentage"),
        (lambda one: one.update(net=3), "net is 3, and no object"),
        (lambda one: one["net"].pop("width"), "net has no width"),
        (lambda one: one["net"].update(genotype=[]), "genotype is \\[\\], and no object"),
        (lambda one: one["net"]["genotype"].pop("reduce"), "genotype: reduce is missing"),
        (lambda one: one["net"]["genotype"]["normal"][0].append(1), "genotype: normal, pair 1"),
        (lambda one: one["net"]["genotype"]["normal"].pop(), "normal has 7 operations"),
        (lambda one: one["net"]["genotype"]["normal"][3].__setitem__(0, "sep_conv_7x7"), "'sep_conv_7x7' is not one"),
        (lambda one: one["net"]["genotype"].update(normal_concat=[2, 9]), "normal_concat is \\[2, 9\\]"),
    ],
)
def test_malformed_networks_of_nds_are_refused_by_their_number(tmp_path, spoil: Callable[[Any], Any], message: str):
    networks = [nds_network(one, number) for number, one in enumerate(some(2))]
    spoil(networks[1])
    with pytest.raises(DataError, match=f"DARTS.json: network 1.*{message}"):
        imported(nds(tmp_path, networks), tmp_path / "cache")


def test_two_numbers_for_one_thing_are_refused(tmp_path):
    one = some(1)[0]
    with pytest.raises(DataError, match=r"network 0 and .*network 1 are both .* with seed 1"):
        imported(nds(tmp_path, [nds_network(one, 0), nds_network(one, 0)]), tmp_path / "cache")
    with pytest.raises(DataError, match=r"network 0 and .*network 1 are different networks of one architecture"):
        imported(nds(tmp_path, [nds_network(one, 0), nds_network(one, 1, rng_seed=2)]), tmp_path / "cache")


@pytest.mark.parametrize("content", ["[", "[]", "[3]", '{"a": 1}', '[{"rng_seed": 1}]', '[{"a": 1, "a": 2}]'])
def test_what_is_no_list_of_networks_is_refused(tmp_path, content: str):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(DataError, match=r"a\.json"):
        nds_darts.read(tmp_path / "a.json", None)


# --- NAS-Bench-301 ---


def test_records_of_nb301_are_those_of_the_folder(tmp_path):
    table = imported(darts_files.write_nb301(tmp_path / "nb_301"), tmp_path / "cache")
    assert (table.name, table.provenance.space, len(table.rows)) == ("nas-bench-301", "darts", 12)
    for number, architecture in enumerate(some(12)):
        record, row = nb301_record(architecture, number), table.rows.row(architecture)
        assert table.whole(Column(*VALID, 0))[row] == record["info"][0]["val_accuracy"]
        assert table.whole(Column(*TEST, 0))[row] == record["test_accuracy"]
        assert table.whole(Column("parameters", "cifar10"))[row] == record["info"][0]["model_parameters"]
        seconds = Column("training_time", "cifar10", Split.TRAIN_40K_301, EPOCHS, 0)
        assert table.whole(seconds)[row] == record["runtime"]
        curve = table.whole(Column(*VALID, 0, curve=range(1, EPOCHS + 1)))[row]
        assert curve.tolist() == record["learning_curves"]["Train/val_accuracy"]
    assert "networks of 32 channels and 8 cells" in table.provenance.protocol


def test_repeats_are_numbered_in_the_order_of_paths_and_schedules_apart(tmp_path):
    one, other = some(2)
    for number, (architecture, epochs) in enumerate([(one, EPOCHS), (other, EPOCHS), (one, EPOCHS), (one, 50)]):
        record = nb301_record(architecture, 0, budget=epochs, test_accuracy=float(number), learning_curves=None)
        write_record(tmp_path / "nb", number, record)
    table = imported(tmp_path / "nb", tmp_path / "cache")
    assert not any(column.curve for column in table.columns)
    found = [table.whole(Column(*TEST[:3], *ends))[table.rows.row(one)] for ends in ((EPOCHS, 0), (EPOCHS, 1), (50, 0))]
    assert found == [0.0, 2.0, 3.0]
    assert np.isnan(table.whole(Column(*TEST, 1))[table.rows.row(other)])


def test_an_edge_has_its_number_among_the_fourteen():
    """Those of node 5 from 2 and 3 are 11 and 12; [Zela2022]'s configurations have no others."""
    for architecture in some(20):
        found = nb301_records.genotype_of(darts_files.configuration(architecture), "here")
        assert found == architecture


def spoiled(name: str, value: Any) -> Callable[[Any], Any]:
    key = f"NetworkSelectorDatasetInfo:darts:{name}"
    return lambda one: one["optimized_hyperparamater_config"].update({key: value})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda one: one.pop("budget"), "has no budget"),
        (lambda one: one.update(budget=0), "budget is 0, and no number of epochs"),
        (lambda one: one.update(budget=1.5), "budget is 1.5"),
        (lambda one: one.update(info=[]), "info is None"),
        (lambda one: one.update(info=[{"val_accuracy": -1}]), "val_accuracy is -1"),
        (lambda one: one.update(test_accuracy="90"), "test_accuracy is '90'"),
        (lambda one: one.update(runtime=-1), "runtime is -1"),
        (lambda one: one.update(runtime=10**400), "runtime is 1000"),
        (lambda one: one.update(optimized_hyperparamater_config=3), "is 3, and no object"),
        (spoiled("inputs_node_normal_3", "0_1_2"), "inputs_node_normal_3 is '0_1_2'"),
        (spoiled("inputs_node_normal_3", "0_0"), "edge_normal_[234] is '.*', and the sources of node 3 are \\[0\\]"),
        (spoiled("inputs_node_reduce_5", 3), "inputs_node_reduce_5 is 3"),
        (spoiled("inputs_node_reduce_5", "4_9"), "the sources of node 5 are \\[4, 9\\]"),
        (spoiled("edge_normal_0", "none"), "edge_normal_0: 'none' is not one"),
        (spoiled("edge_normal_1", None), "edge_normal_1 is None, and the sources of node 2 are \\[0, 1\\]"),
        (spoiled("edge_reduce_0", ["a"]), "edge_reduce_0: .* is not one"),
        (spoiled("layers", None), "layers is None"),
        (spoiled("init_channels", 16), "of different sizes"),
    ],
)
def test_malformed_records_of_nb301_are_refused_by_their_file(tmp_path, spoil: Callable[[Any], Any], message: str):
    for number, architecture in enumerate(some(2)):
        record = nb301_record(architecture, number)
        if number:
            spoil(record)
        write_record(tmp_path / "nb", number, record)
    with pytest.raises(DataError, match=f"results_1.json.*{message}"):
        imported(tmp_path / "nb", tmp_path / "cache")


def test_a_folder_without_records_is_none_of_nb301(tmp_path):
    (tmp_path / "nb").mkdir()
    (tmp_path / "nb" / "results_0.json").write_text("{}")
    assert not nb301_records.recognises(tmp_path / "nb")
    with pytest.raises(DataError, match=r"results_0\.json has no optimized"):
        nb301_records.read(tmp_path / "nb", None)
    (tmp_path / "nb" / "results_1.json").mkdir()
    with pytest.raises(DataError, match=r"results_1\.json is not a file"):
        nb301_records.files(tmp_path / "nb")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="has no records"):
        nb301_records.read(tmp_path / "empty", None)
