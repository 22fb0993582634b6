"""Values that go to other machines come back equal, to the last bit; files can name classes and tasks of ours alone."""

from __future__ import annotations

import json
import math
import pickle
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import remote_tasks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydantic import BaseModel

from nasrank.bench.execution.calls import name_of_task, task_named
from nasrank.bench.execution.plain import Plain
from nasrank.bench.foundation import plugins
from nasrank.bench.label_studies.tasks import Task as LabelTask
from nasrank.bench.runner.tasks import Trial
from nasrank.bench.studies.sections import PoolSection
from nasrank.bench.tabulation.standalone import StandaloneRun

ROOT = Path("/shared/queue")
PLAIN = Plain(ROOT)

SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text()
OBJECTS = (
    st.builds(Trial, st.text(), st.integers())
    | st.builds(StandaloneRun, st.dictionaries(st.text(), st.tuples(st.floats(allow_nan=False))), st.floats(0, 1))
    | st.builds(LabelTask, st.text(), st.text(), st.integers(), st.integers())
    | st.just(PoolSection(size=20))
)
VALUES = st.recursive(
    SCALARS | OBJECTS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
KINDS = arrays.boolean_dtypes() | arrays.integer_dtypes() | arrays.floating_dtypes() | arrays.unicode_string_dtypes()


def sent(value):
    """As another process reads it."""
    return PLAIN.decode(json.loads(json.dumps(PLAIN.encode(value))))


@pytest.mark.slow
@given(VALUES)
def test_values_come_back_equal_and_of_the_same_type(value):
    back = sent(value)
    assert back == value
    assert repr(back) == repr(value)


@given(st.integers(0, 2**64 - 1))
def test_every_float_comes_back_bit_for_bit(bits):
    (number,) = struct.unpack(">d", struct.pack(">Q", bits))
    assert struct.pack(">d", sent(number)) == struct.pack(">d", number)


@pytest.mark.slow
@given(arrays.arrays(KINDS, arrays.array_shapes(min_dims=0, min_side=0)))
def test_arrays_come_back_bit_for_bit(array):
    back = sent(array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_scalars_of_numpy_keep_their_type():
    for scalar in (np.float64(math.nan), np.int8(-3), np.bool_(True)):
        assert type(sent(scalar)) is type(scalar)
        assert sent(scalar).tobytes() == scalar.tobytes()


def test_dictionaries_whose_keys_look_like_marks_are_dictionaries():
    for value in ({"$path": "/etc"}, {"$float": 1}, {"a": {"$": {}}}):
        assert sent(value) == value
    assert list(sent({"$b": 1, "a": 2})) == ["$b", "a"]


def test_paths_in_the_shared_folder_are_found_where_it_is_mounted_elsewhere(monkeypatch, tmp_path):
    content = PLAIN.encode([ROOT / "checkpoints" / "a", ROOT, Path("/data/images")])
    elsewhere = Plain(Path("/mnt/x/queue"))
    assert elsewhere.decode(content) == [Path("/mnt/x/queue/checkpoints/a"), Path("/mnt/x/queue"), Path("/data/images")]
    monkeypatch.chdir(tmp_path)
    assert sent(Path("reports")) == tmp_path / "reports"


def test_a_design_comes_back_as_it_is(design):
    back = sent(design)
    assert back == design
    assert back.fingerprint == design.fingerprint


class Unknown(BaseModel):
    number: int


@dataclass
class Changeable:
    number: int


@pytest.mark.parametrize(
    "value",
    [{1: 2}, {(1,): 2}, object(), Unknown(number=1), Changeable(1), np.array([object()]), lambda: None, b"", 1j, {1}],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_is_refused(value):
    with pytest.raises(ValueError, match=r"cannot be sent|is no module of nasrank"):
        PLAIN.encode([value])


@pytest.mark.parametrize(
    "content",
    [
        {"$fields": "os:system", "value": "touch /tmp/x"},
        {"$fields": "subprocess:Popen", "value": {"args": ["true"]}},
        {"$object": "nasrank.bench.execution.plain:Path", "value": "a"},
        {"$object": "nasrank.bench.runner.tasks:Trial", "value": {}},
        {"$model": "nasrank.bench.runner.tasks:Trial", "value": {}},
        {"$fields": "nasrank.bench.runner.tasks:Trial", "value": {"arm": "a"}},
        {"$fields": "nasrank.bench.runner.tasks:Trial.name", "value": {}},
        {"$fields": "nasrank.bench.nowhere:Trial", "value": {}},
        {"$fields": "nasrank.bench.execution.shared_folder.worker:Worker", "value": {}},
        {"$array": "AAAA"},
        {"$array": 5},
        {"$float": "12"},
        {"$tuple": 3},
        {"$items": [1]},
        {"$pickle": "gASVBQAAAAAAAABLAS4="},
        {"$path": "a", "$float": "b"},
        {"$tuple": [], "more": 1},
    ],
    ids=json.dumps,
)
def test_what_was_not_written_so_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        PLAIN.decode(content)


def test_an_array_of_pickles_is_refused():
    import base64
    import io

    file = io.BytesIO()
    np.save(file, np.array([Trial("a", 1)], dtype=object), allow_pickle=True)
    assert pickle.dumps(Trial("a", 1))[:2] in file.getvalue()
    with pytest.raises(ValueError, match="allow_pickle"):
        PLAIN.decode({"$array": base64.b64encode(file.getvalue()).decode()})


def test_what_is_nested_too_deeply_is_refused():
    content: object = 1
    for _ in range(100_000):
        content = [content]
    with pytest.raises(ValueError, match="nested too deeply"):
        PLAIN.decode(content)


def test_tasks_are_found_by_their_names_if_they_are_marked(monkeypatch):
    from nasrank.bench.runner import execute

    monkeypatch.setattr(plugins, "_loaded", set())
    assert task_named(name_of_task(execute._run)) is execute._run
    with pytest.raises(ValueError, match="no module of nasrank, nor of a plugin"):
        name_of_task(remote_tasks.square)
    monkeypatch.setenv(plugins.VARIABLE, "remote_tasks")
    plugins.load()
    assert task_named("remote_tasks:square") is remote_tasks.square
    with pytest.raises(ValueError, match="not marked with @remote"):
        name_of_task(remote_tasks.not_marked)


@pytest.mark.parametrize(
    "name",
    [
        "remote_tasks:not_marked",
        "os:system",
        "nasrank.bench.runner.execute:execute",
        "nasrank.bench.runner.execute:Path",
        "nasrank.bench.runner.execute:_run.__globals__",
        "nasrank.bench.runner.execute",
        "nasrank:run",
        "../x:y",
        "",
        None,
        ["a"],
    ],
)
def test_no_other_function_can_be_named(name):
    with pytest.raises(ValueError, match=r"."):
        task_named(name)


@pytest.fixture(scope="module")
def design(study_file):
    from nasrank.bench.runner.resolve import resolve
    from nasrank.bench.studies.study_file import load_study

    return resolve(load_study(study_file))[0]
