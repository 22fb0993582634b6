"""Thousands of altered files, read as the command line reads them: what is refused is refused in one bounded message.

Cases, group 3. Nothing else than what `main` prints in a line may escape from reading, whatever a file holds.
"""

from __future__ import annotations

import copy
import json
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from first_format import design_in_first_format, trial_in_first_format

from nasrank.bench.analysis.gate import load_reference, reference_of
from nasrank.bench.foundation.json_files import write_json
from nasrank.bench.foundation.terminal import message
from nasrank.bench.oracles.ask.draft import workshop
from nasrank.bench.oracles.imports.formats.extract import format_of
from nasrank.bench.oracles.imports.library import recognise
from nasrank.bench.runner.resolve import resolve
from nasrank.bench.runner.results import Results, Store
from nasrank.bench.studies.study_file import STUDIES, load_study
from nasrank.spaces import get_space

pytestmark = pytest.mark.slow

STUDY = """\
title = "tiny"
space = "nb201"
strategies = ["spos", "gdas"]
seeds = [0, 1]
images = { dataset = "digits", weights = 64, held_out = 32, scoring = 40 }
supernet = { channels = 2, cells_per_stage = 1 }
training = { passes = 12, batch_size = 16 }
landmarks = { count = 5 }
terms = [{ name = "landmark", warm_up = 0.2 }]
pool = { size = 20, curve = 3, checkpoints = 2 }
[truth]
oracle = "analog-nasbench"
dataset = "cifar10"
split = "test_50k_augmented"
epochs = 200
seeds = "one_run"
[variants]
weak = { strategy = "spos", label = "weak", terms = { landmark = { coefficient = 1.0 } } }
"""

MAPPING = """\
[table]
name = "mine"
space = "nb201"
protocol = "invented"
citation = "nobody"
licence = "none"
[rows]
column = "arch"
notation = "string"
[[columns]]
column = "test"
metric = "accuracy"
dataset = "cifar10"
split = "test_50k"
epochs = 200
seeds = { column = "seed" }
unit = "percent"
"""

HOSTILE: list[Any] = [
    -1, 0, 1, 2, 3, 2**31, 2**63, 2**64, -(2**63), 10**8, 10**30, 10**400, -0.5, 0.0, 0.999, 1e308, -1e308, 1e-320,
    True, False, None, "", "x", "12", "x [/] y", "\x1b[31m", "\u202e", "\U0010ffff", "=1+1", "../..", "x" * 5000,
    "cuda", "gpu", "mean", "even", "spos", "nb101", [], {}, [[]], [None], [0] * 50, {"x": {}}, {"column": "test"},
    [1e308] * 20, ["spos"], "\ud800", float("nan"), float("inf"),
]  # fmt: skip
BYTES = [
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\n",
    b"[",
    b"]",
    b"{",
    b'"',
    b"=",
    b",",
    b"-",
    b"9" * 5000,
    b"[" * 3000,
    b"\xe9",
]


@pytest.fixture
def refused() -> Callable[[Callable[[], object]], bool]:
    """Whether reading refuses; fails the test for any way to do so that would not be one message."""

    def read(reading: Callable[[], object]) -> bool:
        try:
            reading()
        except (ValueError, OSError) as error:
            words = message(error)
        else:
            return False
        assert 0 < len(words) < 2000
        return True

    return read


def altered(content: bytes, stream: random.Random) -> bytes:
    """Up to three places of a file changed, left out, doubled or cut off."""
    for _ in range(stream.randint(1, 3)):
        start = stream.randrange(len(content) + 1)
        end = min(len(content), start + stream.choice([0, 1, 1, 4, 40]))
        middle = stream.choice([b"", content[start:end] * 2, stream.choice(BYTES), bytes([stream.randrange(256)])])
        content = content[:start] + middle + (content[end:] if stream.random() < 0.9 else b"")
    return content


def with_another_value(content: Any, stream: random.Random) -> Any:
    """A copy in which one value, or key, anywhere is a hostile one, or gone."""
    made = copy.deepcopy(content)
    place = made
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return stream.choice(HOSTILE)
        key = stream.choice(keys)
        deeper = isinstance(place[key], dict | list) and place[key]
        if deeper and stream.random() < 0.85:
            place = place[key]
            continue
        match stream.randrange(6):
            case 0:
                del place[key]
            case 1 if isinstance(place, dict):
                place[stream.choice(["x", "", "a.b", "é", "k" * 3000])] = stream.choice(HOSTILE)
            case _:
                place[key] = stream.choice(HOSTILE)
        return made


def as_toml(content: Any) -> str:
    """A study as TOML, all in inline tables."""
    if isinstance(content, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(value)}" for key, value in content.items()) + "}"
    if isinstance(content, list):
        return "[" + ", ".join(map(as_toml, content)) + "]"
    return {"NaN": "nan", "Infinity": "inf", "null": '""'}.get(text := json.dumps(content), text)


def as_file(content: Any) -> bytes:
    if not isinstance(content, dict):
        return b"x = " + as_toml(content).encode()
    return "\n".join(f"{json.dumps(key)} = {as_toml(value)}" for key, value in content.items()).encode()


def test_studies(tmp_path: Path, refused: Callable[[Callable[[], object]], bool]) -> None:
    stream, path = random.Random(1), tmp_path / "study.toml"
    tiny = tomllib.loads(STUDY)
    whole = [STUDY.encode(), *(file.read_bytes() for file in (STUDIES / "nb201.toml", STUDIES / "nb101.toml"))]
    count = 0
    for turn in range(2200):
        mutated = with_another_value(tiny, stream) if turn % 2 else altered(stream.choice(whole), stream)
        path.write_bytes(as_file(mutated) if turn % 2 else mutated)
        count += refused(lambda: load_study(path))
    assert 1000 < count < 2200, "most, but not all, are refused"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Of the tiny study, invented."""
    path = tmp_path_factory.mktemp("study") / "tiny.toml"
    path.write_text(STUDY)
    design, _, _ = resolve(load_study(path))
    stream = np.random.default_rng(0)

    def scores(size: int) -> dict[str, list[float]]:
        accuracy = stream.random(size).round(4).tolist()
        return {"accuracy": accuracy, "negative_loss": [value - 1 for value in accuracy], "angle": accuracy}

    trials = {
        trial.name: {
            "format": 2,
            "trial": trial.name,
            "settings": design.settings(trial),
            "processor": "abacus",
            "versions": {},
            "failure": None,
            "steps": 12,
            "record": [{"fraction": 0.5, "loss": 1.0, "landmark.violated": 0.5}],
            "scores": scores(len(design.pool)),
            "landmark_scores": scores(len(design.scored_landmarks(trial))),
            "lookalike_scores": scores(len(design.lookalikes)),
            "curve": [{"fraction": 1.0, "scores": [0.5, 0.25, 0.5], "derived": [0, 1, 2, 3, 4, 0]}],
            "derived": [0, 1, 2, 3, 4, 0],
            "parts": None,
            "seconds": {"training": 1.5},
        }
        for trial in design.trials
    }
    return Results(design, trials)


@pytest.mark.parametrize("first", [False, True], ids=["today's", "first format"])
def test_stored_results(
    first: bool, results: Results, tmp_path: Path, refused: Callable[[Callable[[], object]], bool]
) -> None:
    stream, store, design = random.Random(2), Store(tmp_path / "results"), results.design
    store.begin(design)
    for trial in design.trials:
        result = results.trials[trial.name]
        store.put(trial, trial_in_first_format(result, trial, design) if first else result)
    if first:
        write_json(store.folder / "design.json", design_in_first_format(design))
    assert not refused(store.read)
    contents = {path: path.read_bytes() for path in store.folder.glob("*.json")}
    count = 0
    for turn in range(1500):
        path = store.folder / "design.json" if turn % 3 == 0 else stream.choice(sorted(contents))
        content = contents[path]
        path.write_bytes(_json(content, stream) if turn % 2 else altered(content, stream))
        count += refused(store.read)
        path.write_bytes(content)
    assert count > 750


def _json(content: bytes, stream: random.Random) -> bytes:
    return json.dumps(with_another_value(json.loads(content), stream)).encode()


def test_gate_baselines(results: Results, tmp_path: Path, refused: Callable[[Callable[[], object]], bool]) -> None:
    stream, path = random.Random(3), tmp_path / "baseline.json"
    content = json.dumps(reference_of(results)).encode()
    path.write_bytes(content)
    assert not refused(lambda: load_reference(path))
    count = 0
    for turn in range(600):
        path.write_bytes(_json(content, stream) if turn % 2 else altered(content, stream))
        count += refused(lambda: load_reference(path))
    assert count > 300


def test_mappings(tmp_path: Path, refused: Callable[[Callable[[], object]], bool]) -> None:
    stream, path, whole = random.Random(4), tmp_path / "mine.toml", tomllib.loads(MAPPING)
    count = 0
    for turn in range(600):
        mutated = as_file(with_another_value(whole, stream)) if turn % 2 else altered(MAPPING.encode(), stream)
        path.write_bytes(mutated)
        count += refused(lambda: format_of(path))
    assert count > 300


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_of_ones_own(kind: str, tmp_path: Path, refused: Callable[[Callable[[], object]], bool]) -> None:
    stream, mapping, path = random.Random(5), tmp_path / "mine.toml", tmp_path / f"table.{kind}"
    mapping.write_text(MAPPING)
    cells = [str(get_space("nb201").at(position)) for position in range(0, 15_000, 500)]
    sheet = pa.table({"arch": cells, "seed": [0] * len(cells), "test": [90.5] * len(cells)})
    {"csv": pa.csv.write_csv, "parquet": pa.parquet.write_table}[kind](sheet, path)
    content, format = path.read_bytes(), format_of(mapping)

    def read() -> object:
        with workshop(tmp_path) as here:
            return format.read(path, here)

    assert not refused(read)
    count = 0
    for _ in range(300):
        path.write_bytes(altered(content, stream))
        count += refused(read)
    assert count > 100


def test_tables_of_ours(tmp_path: Path, refused: Callable[[Callable[[], object]], bool]) -> None:
    stream, path = random.Random(6), tmp_path / "table.arrow"
    mapping, source = tmp_path / "mine.toml", tmp_path / "table.csv"
    mapping.write_text(MAPPING)
    source.write_text(f"arch,seed,test\n{get_space('nb201').at(7)},0,90.5\n")
    content = _compiled(mapping, source, path)

    def read() -> object:
        with workshop(tmp_path) as here:
            return recognise(path).read(path, here)

    assert not refused(read)
    count = 0
    for _ in range(400):
        path.write_bytes(altered(content, stream))
        count += refused(read)
    assert count > 200


def _compiled(mapping: Path, source: Path, target: Path) -> bytes:
    from nasrank.bench.oracles.imports.compiling import compile_table

    with workshop(target.parent) as here:
        compile_table(format_of(mapping), source, target, here, sha256="ab" * 32, name="table.csv")
    return target.read_bytes()
