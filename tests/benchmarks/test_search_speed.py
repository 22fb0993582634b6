"""How fast searchers spend a simulated budget on a table: runs of 12,000 seconds, a hundred questions each."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_search import changed, put_tables, tiny_subject

from nasrank.bench.search_studies.play import play

RUNS = 25

MORE = """
[searchers.local_search]
searcher = "local_search"

[searchers.reinforce]
searcher = "reinforce"
"""


@pytest.mark.parametrize("searcher", ["random", "rea", "local_search", "reinforce"])
def test_runs_of_a_searcher(benchmark, searcher: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What all runs of a process share, such as the columns of the table, is read before."""
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path))
    put_tables(tmp_path)
    study, part = tiny_subject(tmp_path, changed(("seconds = 3000", "seconds = 12000")) + MORE)
    play(study, part, searcher, RUNS)
    runs = benchmark(lambda: [play(study, part, searcher, run) for run in range(RUNS)])
    assert all(one.seconds <= 12_000 for one in runs)
    benchmark.extra_info["queries"] = sum(one.queries for one in runs)
