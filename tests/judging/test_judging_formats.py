"""Whatever the format of the scores and the notation of the architectures, the same is found."""

from __future__ import annotations

import csv
import gzip
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from judged import TRUTH

from nasrank import get_space, open_oracle, rank
from nasrank.bench.judging.sheet import Chosen, of_python


def findings(report):
    return [{name: value for name, value in row.items() if name != "name"} for row in report.to_records()]


@pytest.fixture(scope="module")
def expected(scored):
    return findings(rank({"arch": scored.texts, "good": scored.good, "poor": scored.poor}, truth=TRUTH))


def columns(scored):
    return {"arch": scored.texts, "good": scored.good.tolist(), "poor": scored.poor.tolist()}


def write_separated(path, content, separator):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(content)
    writer.writerows(zip(*content.values(), strict=True))
    path.write_bytes(gzip.compress(text.getvalue().encode()) if path.suffix == ".gz" else text.getvalue().encode())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.tsv", "s.json", "records.json", "s.parquet"])
def test_every_format_gives_the_same(scored, expected, tmp_path, name):
    path, content = tmp_path / name, columns(scored)
    if ".csv" in name or ".tsv" in name:
        write_separated(path, content, "\t" if ".tsv" in name else ",")
    elif name == "s.json":
        path.write_text(json.dumps(content))
    elif name == "records.json":
        path.write_text(
            json.dumps([dict(zip(content, row, strict=True)) for row in zip(*content.values(), strict=True)])
        )
    else:
        pq.write_table(pa.table(content), path)
    assert findings(rank(path, truth=TRUTH)) == expected


@pytest.mark.slow
def test_an_object_of_numbers_is_one_column(scored, tmp_path):
    path = tmp_path / "proxy.json"
    path.write_text(json.dumps(dict(zip(scored.texts, scored.good.tolist(), strict=True))))
    report = rank(path, truth=TRUTH)
    assert report.columns[0].name == "proxy"
    assert report.value("proxy").value == rank((scored.texts, scored.good), truth=TRUTH).value("scores").value


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["positions", "cells", "texts", "numbers as texts", "objects"])
def test_every_notation_gives_the_same(scored, expected, kind):
    numbers = [str(one) for one in scored.positions.tolist()]
    named = {
        "positions": scored.positions,
        "cells": scored.cells,
        "texts": scored.texts,
        "numbers as texts": numbers,
        "objects": np.array(scored.texts, dtype=object),
    }[kind]
    assert findings(rank((named, {"good": scored.good, "poor": scored.poor}), truth=TRUTH)) == expected


@pytest.mark.slow
def test_a_column_of_positions_is_said_to_be_one(scored, expected, tmp_path):
    write_separated(tmp_path / "s.csv", {"index": scored.positions, "good": scored.good, "poor": scored.poor}, ",")
    report = rank(tmp_path / "s.csv", truth=TRUTH)
    assert findings(report) == expected
    assert any("integers are positions in nb201, from 0 to 15,624" in note for note in report.notes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mapping", "values", "pair", "array", "npy", "whole mapping"])
def test_pythons_own_values_give_the_same(scored, tmp_path, kind):
    space, table = get_space("nb201"), open_oracle("analog-nasbench")
    truth = dict(zip(scored.texts, scored.truth.tolist(), strict=True))
    expected = rank({"arch": scored.texts, "scores": scored.good}, truth=truth, space="nb201", percent=True)
    everything = np.zeros(len(space))
    everything[scored.positions] = scored.good
    np.save(tmp_path / "scores.npy", everything)
    given = {
        "mapping": dict(zip(scored.texts, scored.good.tolist(), strict=True)),
        "values": dict(zip(scored.cells, scored.good.tolist(), strict=True)),
        "pair": (scored.positions, scored.good),
        "array": everything,
        "npy": tmp_path / "scores.npy",
        "whole mapping": dict(zip(scored.positions.tolist(), scored.good, strict=True)),
    }[kind]
    assert findings(rank(given, truth=truth, space="nb201", percent=True)) == findings(expected)
    column = table.columns[0]
    pair = rank((scored.positions, scored.good), truth=(table, column))
    assert findings(pair) == findings(rank((scored.texts, scored.good), truth=TRUTH))


@pytest.mark.parametrize("kind", ["columns", "filtered", "index", "named index", "several indices"])
def test_a_data_frame_is_read_with_its_index(scored, kind):
    frame = pd.DataFrame(columns(scored))
    given = {
        "columns": frame,
        "filtered": pd.concat([frame, frame]).iloc[200:][lambda rows: rows.good > -9],
        "index": frame.set_index("arch").rename_axis(None),
        "named index": frame.set_index("arch").rename_axis("net"),
        "several indices": frame.assign(seed=1).set_index(["arch", "seed"]),
    }[kind]
    sheet = of_python(given, Chosen("net" if kind == "named index" else None))
    assert sheet.architectures == scored.texts
    assert {name: column.tolist() for name, column in sheet.scores.items()} == {
        "good": scored.good.tolist(),
        "poor": scored.poor.tolist(),
    }
    assert sheet.seeds == (["1"] * 200 if kind == "several indices" else None)


def test_a_series_is_one_column(scored):
    series = pd.Series(scored.good, index=scored.texts, name="proxy")
    sheet = of_python(series, Chosen())
    assert (sheet.architectures, list(sheet.scores)) == (scored.texts, ["proxy"])
    assert sheet.scores["proxy"].tolist() == scored.good.tolist()
    with pytest.raises(ValueError, match="no column is called like architectures"):
        of_python(series.reset_index(drop=True), Chosen())


@pytest.mark.slow
def test_numbers_of_rows_are_no_scores(scored, expected, tmp_path):
    pd.DataFrame(columns(scored)).to_csv(tmp_path / "s.csv")
    report = rank(tmp_path / "s.csv", truth=TRUTH)
    assert findings(report) == expected
    assert "a column without a name is taken for numbers of rows" in report.notes
    assert list(of_python(pd.read_csv(tmp_path / "s.csv"), Chosen()).scores) == ["good", "poor"]


@pytest.mark.slow
def test_a_table_by_path_is_the_table(scored, tmp_path):
    open_oracle("analog-nasbench").write(tmp_path / "mine.arrow")
    column = TRUTH.partition(":")[2]
    given = (scored.texts, scored.good)
    found = rank(given, truth=f"{tmp_path / 'mine.arrow'}:{column}")
    assert findings(found) == findings(rank(given, truth=TRUTH))


@pytest.mark.slow
def test_module_hashes_and_cells_of_nas_bench_101():
    space, table = get_space("nb101"), open_oracle("nb101-digits")
    rows = np.random.default_rng(0).choice(len(table.rows), size=120, replace=False)
    cells = [space.at(int(position)) for position in table.rows.positions[rows]]
    scores = np.random.default_rng(1).normal(size=120)
    column = next(one for one in table.means if one.metric == "accuracy")
    truth = f"nb101-digits:{column}"
    found = [
        findings(rank({"hash": [space.key(cell) for cell in cells], "s": scores}, truth=truth)),
        findings(rank({"cell": list(map(str, cells)), "s": scores}, truth=truth)),
        findings(rank({"index": [space.position(cell) for cell in cells], "s": scores}, truth=truth)),
    ]
    assert found[0] == found[1] == found[2]


@pytest.mark.slow
def test_official_indices_are_taken_from_the_table(scored):
    from nasrank.bench.oracles import Column, Provenance, Split, Table

    space = get_space("nb201")
    column = Column("accuracy", "cifar10", Split.TEST_50K_AUGMENTED, 200, "one_run")
    whole = open_oracle("analog-nasbench")
    official = np.random.default_rng(0).permutation(len(space))
    values = {Column("official_index", None): official, column: np.asarray(whole.whole(column))}
    table = Table.from_arrays(values, whole.provenance)
    assert isinstance(table.provenance, Provenance)
    expected = rank((scored.texts, scored.good), truth=(table, column))
    found = rank((official[scored.positions], scored.good), truth=(table, column), official_index=True)
    assert findings(found) == findings(expected)
    assert any("the benchmark's own numbers" in note for note in found.notes)
    by_name = rank({"official_index": official[scored.positions], "scores": scored.good}, truth=(table, column))
    assert findings(by_name) == findings(expected)
    wary = rank((scored.positions, scored.good), truth=(table, column))
    assert any("the benchmark's own numbers are others" in note for note in wary.notes)
    with pytest.raises(ValueError, match="does not come with the benchmark's own numbers"):
        rank((scored.positions, scored.good), truth=TRUTH, official_index=True)
