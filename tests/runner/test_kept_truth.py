"""The truth beside the results: what is kept of it, when, and what is said where it is not."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import Column, Provenance, Split, Table
from nasrank.bench.runner import truth as truths
from nasrank.bench.runner.kept_truth import FILE, keep_truth, may_be_kept, truth_table
from nasrank.bench.runner.truth import open_truth, seeds_of_truth, truth_of
from nasrank.bench.studies.study_file import load_study
from nasrank.spaces import get_space

PROVENANCE = Provenance(
    "nb201", "runs/mine.csv", "ab" * 32, "our own", "us", "MIT (us), see the licence file", "mine", 1
)

MAPPING = """
[[columns]]
column = "accuracy"
metric = "accuracy"
dataset = "cifar10"
split = "test_50k"
epochs = 200
seeds = {column = "seed"}
unit = "percent"

[table]
name = "mine"
space = "nb201"
protocol = "our own runs"
citation = "us"
licence = "MIT (us)"
[rows]
column = "cell"
notation = "string"
"""


def invented(*, positions=None, licence=PROVENANCE.licence, seeds=(7, 8), columns=("test_50k", "valid_25k")) -> Table:
    """A table of the whole space, or of these positions; some runs are missing."""
    stream = np.random.default_rng(0)
    rows = len(get_space("nb201")) if positions is None else len(positions)
    values = {}
    for split in columns:
        for seed in seeds:
            values[Column("accuracy", "cifar10", Split(split), 200, seed)] = np.where(
                stream.random(rows) < 0.1, np.nan, stream.uniform(10, 95, rows)
            )
    return Table.from_arrays(values, replace(PROVENANCE, licence=licence), positions)


def of(design, table, **changes):
    """The same design with this table for its truth."""
    changed = {"oracle": "mine", "split": Split.TEST_50K, "seeds": "mean", **changes}
    study = design.study.model_copy(update={"truth": design.study.truth.model_copy(update=changed)})
    return replace(design, study=study, truth={**asdict(table.provenance), **study.truth.model_dump(mode="json")})


@pytest.mark.parametrize("positions", [None, np.arange(0, 15_625, 3)], ids=["whole", "part"])
@pytest.mark.parametrize("seeds", ["mean", 8])
def test_what_was_kept_gives_the_same_truth_bit_for_bit(design, tmp_path, positions, seeds):
    table = invented(positions=positions)
    design = of(design, table, seeds=seeds)
    assert keep_truth(design.study, table, tmp_path)
    again = truth_table(design, tmp_path)
    one, other = (truth_of(design.study, found) for found in (again, table))
    np.testing.assert_array_equal(one.values, other.values)
    both = [seeds_of_truth(design.study, one) for one in (again, table)]
    assert (both[0] is None) == (seeds == 8)
    if both[0] is not None:
        np.testing.assert_array_equal(*([seed.values for seed in seeds_of_one] for seeds_of_one in both))
    assert again.provenance == table.provenance


def test_no_more_is_kept_than_the_study_needs(design, tmp_path):
    table = invented()
    design = of(design, table)
    keep_truth(design.study, table, tmp_path)
    kept = truth_table(design, tmp_path).columns
    assert {column.split for column in kept} == {Split.TEST_50K}
    assert [column.seeds for column in kept] == ["mean", 7, 8]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT (D-X-Y/NATS-Bench)", True),
        ("MIT, as nasrank", True),
        ("Apache-2.0 (google-research/nasbench)", True),
        (
            "Apache-2.0 (google-research/nasbench); two of the extract's sources state none, see its PROVENANCE.md",
            False,
        ),
        ("none stated by the package analog-nasbench", False),
        ("none", False),
        ("", False),
        ("MITRE's own", False),
        ("ask us", False),
        ("not MIT", False),
    ],
)
def test_a_truth_is_kept_where_its_licence_says_so(licence, allowed, design, tmp_path):
    assert may_be_kept(licence) == allowed
    table = invented(licence=licence)
    assert keep_truth(of(design, table).study, table, tmp_path) == allowed
    assert (tmp_path / FILE).exists() == allowed


def test_accuracies_without_a_licence_stay_where_they_are(study_file, tmp_path):
    study = load_study(study_file)
    assert not keep_truth(study, open_truth(study), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_truth_of_another_source_is_refused(design, tmp_path):
    table = invented()
    keep_truth(of(design, table).study, table, tmp_path)
    other = of(design, table)
    with pytest.raises(ValueError, match=r"drawn from the table mine with sha256 cdcd.* has abab"):
        truth_table(replace(other, truth={**other.truth, "sha256": "cd" * 32}), tmp_path)


def test_an_altered_truth_is_refused(design, tmp_path):
    table = invented()
    design = of(design, table)
    keep_truth(design.study, table, tmp_path)
    content = bytearray((tmp_path / FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DataError, match="altered"):
        truth_table(design, tmp_path)


def test_a_known_table_that_is_not_at_hand_is_named_with_the_command_that_gets_it(design, tmp_path, monkeypatch):
    monkeypatch.delenv("NASRANK_DATA", raising=False)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    table = invented()
    for oracle, file in (
        ("nats-bench-extract", "nb201_core.parquet"),
        ("nas-bench-101-extract", "nb101_measured.parquet"),
    ):
        absent = of(design, table, oracle=oracle)
        with pytest.raises(DataError) as error:
            truth_table(replace(absent, truth={**absent.truth, "source": f"folder/{file}"}), tmp_path)
        (line,) = str(error.value).splitlines()
        assert f"{tmp_path} can be compared with the table {oracle} alone" in line
        assert f"folder/{file}, sha256 abababab" in line
        assert line.endswith(f"To get it: nasrank tables import PATH/{file}")


def test_an_imported_table_that_is_gone_is_named_with_the_command_that_gets_it(design, tmp_path, monkeypatch):
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        DataError, match=r"mine alone, .*runs/mine\.csv, .* nasrank tables import PATH/mine.csv --name mine$"
    ):
        truth_table(of(design, invented()), tmp_path)


def test_a_source_that_is_there_but_altered_says_so(design, tmp_path, monkeypatch):
    """It is not missing, so nobody is sent to get it."""
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "data" / "nas-bench-201"
    folder.mkdir(parents=True)
    (folder / "nb201_core.parquet").write_bytes(b"PAR1")
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path / "data"))
    with pytest.raises(DataError, match="truncated, altered or another version"):
        truth_table(of(design, invented(), oracle="nats-bench-extract"), tmp_path)


def test_what_is_kept_comes_first(design, tmp_path, monkeypatch):
    table = invented()
    design = of(design, table)
    keep_truth(design.study, table, tmp_path)

    def fail(*_arguments, **_keywords):
        raise AssertionError("the table was asked for")

    monkeypatch.setattr(truths, "open_oracle", fail)
    assert truth_table(design, tmp_path).name == "mine"


@pytest.mark.slow
def test_a_report_is_made_again_where_the_table_is_not(study_text, tmp_path, command, monkeypatch):
    """By the commands: a table of somebody's own, a study against it, and its folder on another machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NASRANK_CACHE", "cache")
    table = invented()
    runs = {column.seeds: table.whole(column) for column in table.columns if column.split == Split.TEST_50K}
    cells = list(get_space("nb201"))
    lines = [f"{cell},{seed},{run[place]}" for seed, run in runs.items() for place, cell in enumerate(cells)]
    Path("mine.csv").write_text("\n".join(["cell,seed,accuracy", *(line for line in lines if "nan" not in line)]))
    Path("mapping.toml").write_text(MAPPING)
    for theirs, ours in (("analog-nasbench", "mine"), ("test_50k_augmented", "test_50k"), ("one_run", "mean")):
        study_text = study_text.replace(theirs, ours)
    Path("tiny.toml").write_text(study_text)
    assert command("tables", "import", "mine.csv", "--mapping", "mapping.toml")[0] == 0
    assert command("run", "tiny.toml", "--jobs", 1, "--out", "out")[0] == 0
    written = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.suffix}
    assert (Path("out/results") / FILE).exists()

    monkeypatch.setenv("NASRANK_CACHE", "elsewhere")
    for name in written:
        Path("out", name).unlink()
    code, _, err = command("report", "out")
    assert code == 0, err
    assert {path.name: path.read_bytes() for path in Path("out").iterdir() if path.suffix} == written
    (Path("out/results") / FILE).unlink()
    code, _, err = command("report", "out")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "nasrank tables import PATH/mine.csv --name mine" in err
