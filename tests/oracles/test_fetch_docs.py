"""docs/how-to/fetch-truths.md: its commands are ones that there are, and its sizes and licences the true ones."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from nasrank.bench.oracles.imports.addresses import SOURCES
from nasrank.bench.oracles.imports.recipe import RECIPES
from nasrank.bench.studies.study_file import find_study

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "fetch-truths.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("nasrank ")
]
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_names_what_there_is(words: list[str]) -> None:
    match words:
        case ["fetch", *names]:
            assert set(names) <= SOURCES.keys()
        case ["tables", "info", name]:
            assert name in RECIPES
        case ["run", study, "--data", data]:
            assert find_study(study, data)
        case ["run", study, "--reuse", folder, "--out", _]:
            assert find_study(study).stem == Path(folder).name
            assert (ROOT / folder / "results" / "design.json").exists()
        case _:
            pytest.fail(f"nobody checks nasrank {' '.join(words)}")


@pytest.mark.parametrize("name", re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE))
def test_sizes_and_licences_are_those_that_the_command_says(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    assert row.endswith(f"| {SOURCES[name].size} | {SOURCES[name].licence} |")


@pytest.mark.data
def test_the_example_runs(nasrank_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not RECIPES["nas-bench-201-means"].is_at_hand(nasrank_data):
        pytest.skip("the data folder has no freerea/cached_metrics")
    (example,) = PYTHON
    exec(compile(example, "docs/how-to/fetch-truths.md", "exec"), {})
    assert re.fullmatch(r"\[9[34]\.\d+\]\n", capsys.readouterr().out)
