"""Writes the reference of the command line, from the commands themselves."""

from __future__ import annotations

import re

import typer
from made import completed
from mkdocs.structure.pages import Page
from typer.cli import get_docs_for_click

from nasrank.bench.commands.main import app


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Complete the page."""
    if page.file.src_uri != "reference/cli.md":
        return markdown
    command = typer.main.get_command(app)
    context = command.context_class(command, info_name="nasrank")
    text: str = get_docs_for_click(obj=command, ctx=context, name="nasrank", title="nasrank")
    text = re.sub(r"^(\* `[\w-]+`): .*\.\.\.$", r"\1", text, flags=re.MULTILINE)  # sentences that it cuts short
    return completed(markdown, without_links(re.sub("^#", "##", text, flags=re.MULTILINE)))


def without_links(text: str) -> str:
    """Brackets of a help text are brackets; those in code stay as they are."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.DOTALL)
    return "".join(part if code % 2 else part.replace("[", r"\[") for code, part in enumerate(parts))
