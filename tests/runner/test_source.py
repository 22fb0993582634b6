"""What is trained has to lie in a file, which worker processes can import."""

from __future__ import annotations

import sys
import types

import pytest

from nasrank.bench.runner.source import source_of


def test_a_class_of_a_notebook_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was 'source code not available', from deep inside."""
    notebook = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", notebook)
    cell: dict[str, type] = {"__name__": "__main__"}  # type: ignore[dict-item]
    exec("class Mine: pass", cell)
    with pytest.raises(
        ValueError, match=r"Mine is defined in a notebook .*'%%writefile my_mine.py'\), .*NASRANK_PLUGINS"
    ):
        source_of(cell["Mine"])
