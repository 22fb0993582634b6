"""Writes the reference of the command line, from the commands themselves."""

from __future__ import annotations

import re

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.cli import get_docs_for_click

from nasrank.bench.commands.main import app


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    command = typer.main.get_command(app)
    context = command.context_class(command, info_name="nasrank")
    text: str = get_docs_for_click(obj=command, ctx=context, name="nasrank", title="Command line")
    text = re.sub(r"^(\* `[\w-]+`): .*\.\.\.$", r"\1", text, flags=re.MULTILINE)  # sentences that it cuts short
    files.append(File.generated(config, "reference/cli.md", content=without_links(text)))
    return files


def without_links(text: str) -> str:
    """Brackets of a help text are brackets; those in code stay as they are."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.DOTALL)
    return "".join(part if code % 2 else part.replace("[", r"\[") for code, part in enumerate(parts))
