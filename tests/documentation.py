"""Pages for readers, and the examples in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer

from nasrank.bench.commands.main import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(["README.md", "CONTRIBUTING.md", *(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (added to )?(\S+\.(?:py|toml))\b")


@dataclass(frozen=True)
class Block:
    """One example: what it is written in, and its text.

    One whose first line is `# name.toml` or `# name.py` is that file; one that begins with `# added to name.toml` is
    a part of it.
    """

    page: str
    language: str
    text: str

    @property
    def file_name(self) -> str:
        found = FILE_NAME.match(self.text)
        return found[2] if found else ""

    @property
    def is_added(self) -> bool:
        found = FILE_NAME.match(self.text)
        return bool(found and found[1])

    @property
    def commands(self) -> Iterator[list[str]]:
        """Words of its `nasrank` commands, in order, without comments."""
        for line in self.text.replace("\\\n", " ").splitlines():
            if line.startswith("nasrank "):
                yield shlex.split(line, comments=True)[1:]


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    return [Block(page, language, text) for language, text in BLOCK.findall(text_of(page))]


EVERY = [block for page in PAGES for block in blocks(page)]
COMMANDS = [words for block in EVERY if block.language == "sh" for words in block.commands]


def understand(words: list[str]) -> None:
    """A click exception where there is no such command, or it takes no such options or words."""
    command, rest = typer.main.get_command(app), list(words)
    context = command.context_class(command, info_name="nasrank")
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        context = command.context_class(command, info_name=name, parent=context)
    command.parse_args(context, rest)


def options() -> set[str]:
    """Of all commands together, as `--out`."""

    def below(command: object) -> Iterator[str]:
        for parameter in getattr(command, "params", ()):
            yield from parameter.opts
        for one in getattr(command, "commands", {}).values():
            yield from below(one)

    return {"--help", *below(typer.main.get_command(app))}
