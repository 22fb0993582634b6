"""docs/how-to/search.md, done from beginning to end: fewer runs, and without what needs a table that nobody has."""

from __future__ import annotations

import json
import os
import re
import runpy
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documentation import ROOT, blocks, text_of

from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.foundation import plugins
from nasrank.bench.search.searcher import SEARCHERS
from nasrank.bench.search_studies.folder import SearchFolder
from nasrank.bench.search_studies.grammar import SearchStudy
from nasrank.bench.studies.study_file import find_study, load_as, validated

PAGE = str(Path("docs/how-to") / "search.md")
RUNS = 2
MINE = "annealing"
SHIPPED = [
    words
    for block in blocks(PAGE)
    if block.language == "sh"
    for words in block.commands
    if words[0] == "search" and not words[1].endswith(".toml")
]


@pytest.fixture
def _forgotten() -> Iterator[None]:
    """What a plugin registers stays no longer than the test."""
    named = os.environ.get(plugins.VARIABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "_loaded", set(plugins._loaded))
        yield
    SEARCHERS.pop(MINE, None)
    os.environ.pop(plugins.VARIABLE, None)
    os.environ.update({} if named is None else {plugins.VARIABLE: named})


@pytest.mark.usefixtures("_forgotten")
def test_the_page_is_done_in_its_order(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").symlink_to(ROOT / "reports")
    monkeypatch.chdir(tmp_path)
    said = []
    for block in blocks(PAGE):
        if block.file_name:
            with Path(block.file_name).open("a" if block.is_added else "w") as file:
                file.write(re.sub(r"^runs = 20$", f"runs = {RUNS}", block.text, flags=re.MULTILINE))
        for line in block.text.splitlines() if block.language == "sh" else ():
            if line.startswith("python "):
                runpy.run_path(line.removeprefix("python "))
            if line.startswith("nasrank search ") and ".toml" in line:
                code, out, err = command(*shlex.split(line)[1:], "--executor", "here")
                assert code == 0, err
                said.append(" ".join(out.split()))
    todo = [re.findall(r"(\d+) of \d+ tasks to do", one) for one in said]
    assert todo == [["6"], ["6"], ["4"], ["2"], ["4"]], "what is there is not searched anew"
    mine, fronts = (SearchSummary.of(*SearchFolder(Path("runs") / name).read()) for name in ("mine", "fronts"))
    assert {row.searcher for row in mine.rows if row.part == "small"} == {"random", "rea", "local_search", MINE}
    assert {row.searcher for row in mine.rows if row.part == "cifar10"} >= {"guided", MINE}
    assert all(row.mean <= 3 for row in mine.rows if row.figure == "latency")
    assert {row.searcher for row in fronts.rows if row.figure == "hypervolume"} == {"random", "nsga2"}


@pytest.mark.slow
def test_its_numbers_are_those_that_come_out(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = (one.text for one in blocks(PAGE) if one.file_name == "mine.toml" and not one.is_added)
    Path("mine.toml").write_text(text)
    code, _, err = command("search", "mine.toml", "--executor", "here")
    assert code == 0, err
    found = SearchSummary.of(*SearchFolder(Path("runs/mine")).read())
    means = {row.searcher: f"{row.mean:.2f}" for row in found.rows}
    assert f"an accuracy of {means['local_search']}, and random search with {means['random']}" in text_of(PAGE)
    assert f"cell of the table has {found.best['cifar10']['accuracy']:.2f}" in text_of(PAGE)
    assert all(one.decided for one in found.comparisons)


@pytest.mark.parametrize("words", SHIPPED, ids=" ".join)
def test_a_study_that_is_named_comes_with_nasrank(words: list[str]) -> None:
    study = load_as(find_study(words[1]), SearchStudy)
    assert (study.with_oracle(words[3]) if "--oracle" in words else study).parts


def test_what_stands_there_in_part_is_valid_in_a_whole_study(tmp_path: Path) -> None:
    """Prices, stacked predictors and super-nets, whose tables and reports need not be here."""
    (base,) = (one.text for one in blocks(PAGE) if one.file_name == "mine.toml" and not one.is_added)
    (scores,) = (one.text for one in blocks(PAGE) if one.is_added and "[searchers.guided]" in one.text)
    content = tomllib.loads(base + scores)
    fragments = [one for one in blocks(PAGE) if one.language == "toml" and not one.file_name]
    for block in fragments:
        for kind, named in tomllib.loads(block.text).items():
            for name, section in named.items():
                known = content.setdefault(kind, {}).setdefault("cifar10" if kind == "parts" else name, {})
                objectives = {**known.get("objectives", {}), **section.pop("objectives", {})}
                known |= section | ({"objectives": objectives} if kind == "parts" else {})
    path = tmp_path / "whole.toml"
    path.touch()
    content.pop("kind")
    study = validated(SearchStudy, path, "", json.dumps(content))
    part = study.parts["cifar10"]
    assert part.price is not None
    assert study.wanted(study.searchers["landmarks"]) == ("supernet", "supernet")
    assert study.supernets_of("landmarks", "cifar10") == "supernet"
    assert study.claims["local"].searcher == "local_search"
    assert len(fragments) == 4
