"""docs/reference/papers.md says what every key of a paper stands for, as docstrings do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEY = r"[A-Z][A-Za-z]+\d{4}[a-z]?"
ROWS = dict(
    re.findall(
        rf"^\| ({KEY}) \| (.*) \|$", (ROOT / "docs/reference/papers.md").read_text(encoding="utf-8"), re.MULTILINE
    )
)


def cited() -> Iterator[tuple[str, str]]:
    """Key and title of every reference in a docstring of a module."""
    for folder in ("bench", "nasrank", "predictors", "spaces"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            listed = " ".join(text.partition("References:")[2].split())
            yield from re.findall(rf'\[({KEY})\] [^"\[]*"([^"]+)"', listed)


def test_every_paper_that_a_module_cites_is_there() -> None:
    every = sorted(set(cited()))
    assert len(every) > 100
    begins = {key: text.lower() for key, text in ROWS.items()}
    assert [one for one in every if one[1].lower()[:25] not in begins.get(one[0], "")] == []


@pytest.mark.parametrize("pattern", ["README.md", "docs/**/*.md", "reports/*/README.md", "bench/studies/**/*.toml"])
def test_no_page_has_a_key_that_stands_for_nothing(pattern: str) -> None:
    unknown = {}
    for path in sorted(ROOT.glob(pattern)):
        text = path.read_text(encoding="utf-8")
        explained = set(re.findall(rf'\[({KEY})\] [^"\[]*"', text)) | {"Mine2026"}  # examples bring their own
        if keys := set(re.findall(rf"\[({KEY})\]", text)) - set(ROWS) - explained:
            unknown[str(path)] = keys
    assert unknown == {}


def test_keys_are_in_order_and_each_once() -> None:
    text = (ROOT / "docs/reference/papers.md").read_text(encoding="utf-8")
    keys = re.findall(rf"^\| ({KEY}) \|", text, re.MULTILINE)
    assert keys == sorted(set(keys))
