"""What the file of a search study may say, and that what comes with nasrank says it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_search import NAME, TEXT, changed, tiny_study

from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.search_studies.tasks import CHUNK, tasks_of
from nasrank.bench.search_studies.values import ValueSection
from nasrank.bench.studies.kinds import files_of
from nasrank.bench.studies.study_file import load_as
from nasrank.spaces import get_space

FILES = files_of("search")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_study_that_comes_with_nasrank_is_valid(path: Path) -> None:
    study = load_as(path, SearchStudy)
    assert study.quick().runs <= 5
    for part, section in study.parts.items():
        there = [name for name in study.searchers if study.searches(name, part)]
        labels = [study.searchers[name].named for name in there]
        assert len(set(labels)) == len(labels), "two lines of a table would have the same name"
        for name in there:
            row = study.searchers[name]
            told = 1 if row.guide else len(study.told(name, part))
            row.kind(get_space(section.space), np.random.default_rng(0), row.chosen(), objectives=told)


def test_there_are_studies_to_look_at() -> None:
    assert {path.stem for path in FILES} >= {"nb201-search", "nb201-fronts"}


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("seconds = 3000\n", "", "parts.cells", "a search has a budget: seconds, queries or both"),
        ("seconds = 3000", "seconds = 0", "parts.cells.seconds", "greater than 0"),
        ("seconds = 3000", "queries = 0", "parts.cells.queries", "greater than or equal to 1"),
        ("seconds = 3000", 'seconds = "3000"', "parts.cells.seconds", "valid number"),
        ("seconds = 3000", 'seconds = 3000\nreuse = "all"', "parts.cells.reuse", "nothing"),
        ("seconds = 3000", 'seconds = 3000\nfront = { accuracy = "best", cost = "flops" }', "parts.cells", "'best' is"),
        ('"nb201"', '"nb210"', "parts.cells.space", "nb210"),
        ("[parts.cells.price]", "[parts.cells.cost]", "parts.cells.cost", "unknown key"),
        ("seconds = 3000", "second = 3000", "parts.cells.second", "unknown key"),
        ('[parts.cells.objectives.flops]\ncost = "multiply_adds"', "[parts.cells.objectives.flops]", "flops", "none"),
        ('cost = "multiply_adds"\n\n[parts.cells.price]', 'cost = "adds"\n\n[parts.cells.price]', "flops.cost", "mult"),
        ("epochs = 12,", "epochs = 0,", "objectives.validation.table.epochs", "greater than"),
        ('searcher = "random"', 'searcher = "rondam"', "searchers.random.searcher", "rondam"),
        ('searcher = "random"', 'searcher = "random"\nobjectives = ["valid"]', "searchers.random", "objectives valid"),
        ('searcher = "random"', 'searcher = "random"\nparts = ["cell"]', "searchers.random", "there is no part 'cell'"),
        ('searcher = "random"', 'searcher = "random"\nguide = { scores = "x" }', "searchers.random", "objectives x"),
        ('searcher = "random"', 'searcher = "random"\nruns = 0', "searchers.random.runs", "greater than"),
        ("population = 5,", "populations = 5,", "settings.populations", "rea has population, sample"),
        ("population = 5,", "population = 0,", "settings.population", "greater than"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, old: str, new: str, key: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"tiny\.toml") as error:
        tiny_study(tmp_path, changed((old, new)))
    assert len(str(error.value).splitlines()) == 1
    assert key in str(error.value)
    assert words in str(error.value)


def test_settings_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    settings = 'searcher = "bohb"\nsettings = { fewest_epochs = 20 }'
    with pytest.raises(ValueError, match="settings: fewest_epochs = 20 is more than most_epochs = 12; bohb has"):
        tiny_study(tmp_path, changed(('searcher = "random"', settings)))


def test_a_budget_in_seconds_needs_a_price(tmp_path: Path) -> None:
    start, end = TEXT.index("[parts.cells.price]"), TEXT.index("[parts.cells.reported.test]")
    with pytest.raises(ValueError, match=r"parts\.cells: a budget in seconds needs a price"):
        tiny_study(tmp_path, TEXT[:start] + TEXT[end:])
    by_queries = (TEXT[:start] + TEXT[end:]).replace("seconds = 3000", "queries = 9")
    assert tiny_study(tmp_path, by_queries).parts["cells"].price is None
    charged = by_queries.replace('"random"', '"random"\nepochs_charged = 1')
    with pytest.raises(ValueError, match=r"searchers\.random\.epochs_charged: the part cells has no price"):
        tiny_study(tmp_path, charged)


def test_a_part_that_nobody_searches_is_refused(tmp_path: Path) -> None:
    other = TEXT[TEXT.index("[parts.cells]") : TEXT.index("[searchers.random]")].replace("cells", "others")
    text = changed(("[searchers.random]", f"{other}[searchers.random]"))
    assert [task.part for task in tasks_of(tiny_study(tmp_path, text))] == ["cells"] * 6 + ["others"] * 6
    both = text.replace('searcher = "random"', 'searcher = "random"\nparts = ["cells"]')
    alone = both.replace('searcher = "rea"', 'searcher = "rea"\nparts = ["cells"]')
    assert tiny_study(tmp_path, both)
    with pytest.raises(ValueError, match=r"parts\.others: no searcher searches it"):
        tiny_study(tmp_path, alone)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "not from none"),
        ({"cost": "parameters", "proxy": {"file": "a", "name": "b"}}, "not from cost and proxy"),
    ],
)
def test_a_number_is_from_one_place(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ValueSection.model_validate(given)


def test_a_limit_bounds_something(tmp_path: Path) -> None:
    limit = '[parts.cells.limits.few]\ncost = "parameters"\n\n[searchers.random]'
    with pytest.raises(ValueError, match=r"parts\.cells\.limits\.few: a limit has a most or a least"):
        tiny_study(tmp_path, changed(("[searchers.random]", limit)))


def test_every_run_is_done_once(tmp_path: Path) -> None:
    text = changed(("runs = 3", "runs = 60"), ('searcher = "rea"', 'searcher = "rea"\nruns = 2'))
    tasks = list(tasks_of(tiny_study(tmp_path, text)))
    assert [run for task in tasks if task.searcher == "random" for run in range(task.first, task.last)] == [*range(60)]
    assert [(task.first, task.last) for task in tasks if task.searcher == "rea"] == [(0, 1), (1, 2)]
    assert max(task.last - task.first for task in tasks) == CHUNK
    assert len({task.name for task in tasks}) == len(tasks)


def test_another_table_takes_the_place_of_all(tmp_path: Path) -> None:
    text = changed(("[searchers.random]", '[parts.cells.objectives.oracle]\ncost = "parameters"\n\n[searchers.random]'))
    study = tiny_study(tmp_path, text).with_oracle("another")
    part = study.parts["cells"]
    assert part.price is not None
    tables = [one.table for one in (*part.objectives.values(), *part.reported.values()) if one.table]
    assert {part.price.oracle, *(table.oracle for table in tables)} == {"another"}
    assert part.objectives["oracle"].cost == "parameters"
    assert study.model_dump_json().replace("another", NAME) == tiny_study(tmp_path, text).model_dump_json()


FLOPS = '[parts.cells.objectives.flops]\ncost = "multiply_adds"'


@pytest.mark.parametrize(
    ("old", "new", "searchers"),
    [
        ("runs = 3", "runs = 30", set()),
        ('label = "some cells"', 'label = "cells"\nprotocol = "nb201"\nnotes = ["x"]', set()),
        ('label = "test accuracy"', 'label = "test"', set()),
        ("epochs = 200", "epochs = 100", set()),
        ("[parts.cells.objectives.validation]", '[parts.cells.objectives.validation]\nlabel = "x"', set()),
        (FLOPS, FLOPS.replace("multiply_adds", "parameters"), set()),
        ('searcher = "random"', 'searcher = "random"\nlabel = "x"\nparts = ["cells"]\nruns = 2', set()),
        ("sample = 2", "sample = 3", {"rea"}),
        ('searcher = "random"', 'searcher = "random"\nepochs_charged = 1', {"random"}),
        ('searcher = "random"', 'searcher = "random"\nguide = { scores = "flops" }', {"random"}),
        ("seconds = 3000", "seconds = 3001", {"random", "rea"}),
        ("seconds = 3000", 'seconds = 3000\nreuse = "answers"', {"random", "rea"}),
        ("epochs = 12, seeds = 777", "epochs = 12, seeds = 888", {"random", "rea"}),
        ("evaluation = true", "evaluation = false", {"random", "rea"}),
        (
            "[searchers.random]",
            '[parts.cells.limits.a]\ncost = "parameters"\nmost = 9\n\n[searchers.random]',
            {"random", "rea"},
        ),
    ],
)
def test_runs_are_known_by_what_decides_them(tmp_path: Path, old: str, new: str, searchers: set[str]) -> None:
    before, after = tiny_study(tmp_path), tiny_study(tmp_path, changed((old, new)))
    differ = {
        name for name in ("random", "rea") if before.fingerprint("cells", name) != after.fingerprint("cells", name)
    }
    assert differ == searchers


def test_another_first_objective_makes_other_runs(tmp_path: Path) -> None:
    validation = TEXT[TEXT.index("[parts.cells.objectives.validation]") : TEXT.index(FLOPS)]
    text = changed(("seconds = 3000", "seconds = 3000\nqueries = 9"))
    turned = text.replace(validation + FLOPS, f"{FLOPS}\n\n{validation}")
    before, after = tiny_study(tmp_path, text), tiny_study(tmp_path, turned)
    assert (before.told("rea", "cells"), after.told("rea", "cells")) == (("validation",), ("flops",))
    assert before.fingerprint("cells", "rea") != after.fingerprint("cells", "rea")


def test_a_revision_of_a_searcher_makes_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = tiny_study(tmp_path)
    before = study.fingerprint("cells", "rea")
    monkeypatch.setattr(study.searchers["rea"].kind, "revision", 99)
    assert study.fingerprint("cells", "rea") != before
