"""Every example of the documentation: Python runs, commands are understood and the cheap ones work, TOML is valid.

Training, and what needs files that nobody has, is left out.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from documentation import COMMANDS, EVERY, PAGES, ROOT, Block, blocks, options, text_of, understand

from nasrank.bench.studies.study_file import find_study, load_study

IGNORED = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
NOTEBOOKS = sorted(ROOT.glob("docs/notebooks/*.ipynb"))

DONE_ELSEWHERE = {
    "docs/how-to/extend.md": "tests/conformance/test_registering.py",  # what it registers would stay in this process
    "docs/how-to/fetch-truths.md": "tests/oracles/test_fetch_docs.py",  # against a local server
    "docs/how-to/search.md": "tests/search/test_search_docs.py",  # its studies, with few runs
}
"""Pages whose examples another test does from beginning to end."""

AT_HAND = {"analog-nasbench", "nb101-digits", "my-runs"}
"""Tables that need no file, or that a page makes."""

Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_is_understood(words: list[str]) -> None:
    """Its name, its options and how many words it takes."""
    understand(words)


@pytest.mark.parametrize("page", PAGES)
def test_a_folder_is_committed_or_made_by_a_command_before(page: str) -> None:
    """Cases: `nasrank gate reports/nb201-smoke` failed in a fresh clone."""
    made: set[str] = set()
    for block in blocks(page):
        for words in block.commands if block.language == "sh" else ():
            if words[0] == "run" and "/" not in words[1] and not words[1].endswith(".toml"):
                find_study(words[1])
                made.add(f"reports/{words[1]}")
            for path in (word for word in words if word.startswith("reports/")):
                committed = (ROOT / path).exists() and f"{path}/" not in IGNORED
                assert path in made or committed, path


@pytest.mark.parametrize("page", PAGES)
def test_an_option_is_one_that_there_is(page: str) -> None:
    named = set(re.findall(r"`(?:nasrank [^`]*)?(--[a-z][a-z-]+)", text_of(page)))
    assert not named - options()


@pytest.mark.parametrize("block", [block for block in EVERY if block.language == "toml"], ids=lambda one: one.page)
def test_toml_can_be_read(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("page", sorted({block.page for block in EVERY if block.language == "python"}))
def test_python_can_be_compiled(page: str) -> None:
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page, "exec")


def with_examples_of(page: str, folder: Path) -> Path:
    """A folder that has the reports, scores of some cells, and the files whose names stand in the page's examples."""
    (folder / "reports").symlink_to(ROOT / "reports")
    options = ("none", "skip_connect", "avg_pool_3x3", "nor_conv_1x1", "nor_conv_3x3")
    cells = [f"|{one}~0|+|{two}~0|{two}~1|+|{two}~0|{two}~1|{one}~2|" for one in options for two in options]
    for block in blocks(page):
        if block.language == "text" and block.text.startswith("arch,"):
            (folder / "runs.csv").write_text(block.text)
            cells += sorted({line.partition(",")[0] for line in block.text.splitlines()[1:]} - set(cells))
        elif block.file_name and block.language == "toml":
            with (folder / block.file_name).open("a" if block.is_added else "w") as file:
                file.write(block.text)
    rows = [f"{cell},{cell.count('conv') + cell.count('3x3') / 10}" for cell in cells]
    (folder / "scores.csv").write_text("\n".join(["arch,proxy", *rows]))
    return folder


def is_cheap(words: list[str], folder: Path) -> bool:
    """Whether it trains nothing, and all that it reads is here."""
    match words:
        case ["rank", scores, "--truth", truth, *_]:
            return (folder / scores).exists() and truth.partition(":")[0] in AT_HAND
        case ["gate", judged, *_]:
            return (folder / judged).exists()
        case ["tables", "import", source, *_]:
            return (folder / source).exists()
        case ["tables", "info", name]:
            return name in AT_HAND
        case ["tables", "query", _, *rest]:
            return "--oracle" not in rest
        case ["tables", "list"] | ["spaces"]:
            return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("docs/") and page not in DONE_ELSEWHERE])
def test_examples_work_in_their_order(
    page: str, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, names, said = with_examples_of(page, tmp_path), {}, ""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache")) if page.endswith("import-table.md") else None
    for block in blocks(page):
        if block.language == "python":
            exec(compile(block.text, page, "exec"), names)
            said += capsys.readouterr().out
        for words in block.commands if block.language == "sh" else ():
            if is_cheap(words, folder):
                code, out, err = command(*words)
                assert code == 0, (words, err)
                said += out
    for promised in PROMISED.get(page, ()):
        assert promised in " ".join(said.split()), promised


@pytest.mark.slow
def test_a_study_is_divided_as_the_page_says(
    command: Command, study_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    both = 'strategies = ["spos", "gdas"]'
    for name, strategies in {"whole": both, "part-spos": 'strategies = ["spos"]', "part-gdas": GDAS}.items():
        assert both in study_text
        (tmp_path / f"{name}.toml").write_text(study_text.replace(both, strategies.strip()))
    said = ""
    shown = [one.text for one in blocks("docs/how-to/cluster.md") if one.language == "sh" and "part" in one.text]
    for line in "".join(shown).splitlines():
        if line.startswith("nasrank "):
            code, said, err = command(*shlex.split(line.replace("--jobs 16", "--jobs 2"), comments=True)[1:])
            assert code == 0, err
        else:
            subprocess.run(["bash", "-ec", line], check=True)
    assert "8 trials taken over from parts" in said
    assert "8 trials taken over from parts" in text_of("docs/how-to/cluster.md")


GDAS = next(one.text for one in EVERY if one.file_name == "part-gdas.toml")

PROMISED = {
    "docs/tutorial.md": (
        "93.988",
        "tau-b of 0.581",
        "second measurement has 0.926",
        "beats the parameter count, with 0.568",
    ),
    "docs/how-to/rank-scores.md": (
        "convolutions ranks 500 architectures of nb201 with a tau-b of 0.",
        "the ranking gate passes",
    ),
    "docs/how-to/gate-ci.md": ("the ranking gate passes",),
    "docs/how-to/import-table.md": ("3 of the 15,625 architectures", "proxy ranks 3 architectures"),
}
"""What the text around an example says of its output."""


@pytest.mark.parametrize(("page", "test"), DONE_ELSEWHERE.items())
def test_another_test_reads_the_page(page: str, test: str) -> None:
    assert f'"{Path(page).name}"' in (ROOT / test).read_text(encoding="utf-8")


def test_enough_is_executed(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").touch()
    (tmp_path / "ranking").touch()
    assert sum(is_cheap(words, tmp_path) for words in COMMANDS) > 10
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("page", [page for page in PAGES if "strategies = [" in text_of(page)])
def test_a_study_is_valid(page: str, tmp_path: Path) -> None:
    """Where a page shows a whole one: as it stands, and with what is added to it later."""
    whole = [one for one in blocks(page) if one.file_name and one.language == "toml" and "[truth]" in one.text]
    for block in whole:
        path = tmp_path / block.file_name
        path.write_text(block.text)
        rows = len(load_study(path).variants)
        path.write_text("".join(one.text for one in blocks(page) if one.file_name == block.file_name))
        assert len(load_study(path).variants) == rows + 1
    assert whole or page != "docs/tutorial.md"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    """It is executed when the site is built, `tox -e docs`."""
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 3
    assert not [cell for cell in cells if cell["outputs"] or cell["execution_count"]]
    for cell in cells:
        compile("".join(cell["source"]), path.name, "exec")
