"""The reference of what can be imported has every base class and registry that a page tells users to import."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from documentation import blocks, text_of

from nasrank.bench.foundation.registry import Registry

PAGE = "docs/reference/api.md"
NAMED = re.findall(r"^::: (nasrank[\w.]+)\.(\w+)$", text_of(PAGE), re.MULTILINE)
REGISTRIES = re.findall(r"^\| `(nasrank[\w.]+)\.([A-Z]+)`", text_of(PAGE), re.MULTILINE)


@pytest.mark.parametrize(("module", "name"), [one for one in NAMED if one[1] not in ("frame", "testing")])
def test_what_it_names_is_there_and_has_a_docstring(module: str, name: str):
    assert getattr(import_module(module), name).__doc__


@pytest.mark.parametrize(("module", "name"), REGISTRIES)
def test_a_registry_is_one(module: str, name: str):
    assert isinstance(getattr(import_module(module), name), Registry)


def test_every_registry_that_a_page_adds_to_is_in_the_table():
    shown = "\n".join(block.text for block in blocks("docs/how-to/extend.md") if block.language == "python")
    used = set(re.findall(r"\b([A-Z]{4,})\.register\b", shown))
    assert len(used) > 7
    assert used <= {name for _, name in REGISTRIES}


def test_every_class_that_a_page_derives_from_is_described():
    shown = "\n".join(block.text for block in blocks("docs/how-to/extend.md") if block.language == "python")
    bases = set(re.findall(r"^class \w+\((\w+)\):$", shown, re.MULTILINE))
    ours = {name for name in bases if not name.endswith("Conformance")} - EXAMPLES
    assert ours <= {name for _, name in NAMED}, ours


EXAMPLES = {"Here", "Classification"}
"""Nobody's base class but that of one example."""
