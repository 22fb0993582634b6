"""Lets pages name files of the repository that are no pages: figures, reports, studies, examples.

A link to one leads to a copy of the file in the site, under `repository/`, so that it works offline; one that leads
nowhere is a warning, and fails a strict build. And it shows the sources to mkdocstrings as they are installed.
"""

from __future__ import annotations

import logging
import posixpath
import re
from pathlib import Path
from tempfile import mkdtemp

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<=\]\()(?:\.\./)+[^)\s#]+")
log = logging.getLogger("mkdocs.hooks.repository")


@event_priority(50)  # before mkdocstrings looks
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lay links to the four folders as an installed nasrank has them, where mkdocstrings reads them."""
    installed = Path(mkdtemp(prefix="nasrank-docs-"))
    (installed / "nasrank").mkdir()
    for path in (*(ROOT / "nasrank").iterdir(), *(ROOT / name for name in ("bench", "predictors", "spaces"))):
        (installed / "nasrank" / path.name).symlink_to(path)
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [str(installed)]
    return config


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links that leave the folder of pages into ones to copies."""
    folder = posixpath.dirname(posixpath.join("docs", page.file.src_uri))

    def copied(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link[0]))
        if path.startswith("docs/"):
            return link[0]
        if not (ROOT / path).is_file():
            log.warning("%s links to %s, and there is no such file", page.file.src_uri, path)
            return link[0]
        there = f"repository/{path}" + ".txt" * path.endswith(".md")  # else it would be a page
        if files.get_file_from_path(there) is None:
            files.append(File.generated(config, there, abs_src_path=str(ROOT / path)))
        return posixpath.relpath(there, posixpath.dirname(page.file.src_uri) or ".")

    return LINK.sub(copied, markdown)
