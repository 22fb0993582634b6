"""The commands of the README are ones that there are, and what they name is there when they are given."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from nasrank.bench.commands.main import app
from nasrank.bench.studies.study_file import find_study

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

IGNORED = (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def commands(block: str) -> list[list[str]]:
    """Words of the `nasrank` commands of a block, in order, without comments."""
    lines = block.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("nasrank ")]


EVERY = [words for block in BLOCKS for words in commands(block)]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_command_is_understood(words: list[str]) -> None:
    """Its name, its options and how many words it takes."""
    command, rest = typer.main.get_command(app), list(words)
    context = command.context_class(command, info_name="nasrank")
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.context_class(command, info_name=name, parent=context)
    command.parse_args(context, rest)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0][:40])
def test_a_folder_is_committed_or_made_by_a_command_before(block: str) -> None:
    """Cases: `nasrank gate reports/nb201-smoke` failed in a fresh clone."""
    made: set[str] = set()
    for words in commands(block):
        if words[0] == "run" and "/" not in words[1] and not words[1].endswith(".toml"):
            find_study(words[1])
            made.add(f"reports/{words[1]}")
        for path in (word for word in words if word.startswith("reports/")):
            committed = (ROOT / path).exists() and f"{path}/" not in IGNORED
            assert path in made or committed, path


def test_there_are_some() -> None:
    assert len(EVERY) > 10


@pytest.mark.parametrize("page", ["README.md", "reports/README.md"])
def test_what_a_link_leads_to_is_there(page: str) -> None:
    """Links to files of the repository; parts of a page are left to whoever reads it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    targets = [(ROOT / page).parent / link for link in links if link]
    assert len(targets) > 5
    assert not [path for path in targets if not path.exists()]
