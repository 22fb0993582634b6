"""The example of docs/how-to/other-tools.md that takes syne-tune; the others are executed by tests/test_docs.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from documentation import blocks

from nasrank.bench.oracles import Split, open_oracle

PAGE = "docs/how-to/other-tools.md"


def test_the_example_runs_and_reports_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNETUNE_FOLDER", str(tmp_path))
    (example,) = (block for block in blocks(PAGE) if "syne_tune" in block.text and block.language == "py")
    names: dict[str, object] = {}
    exec(compile(example.text, PAGE, "exec"), names)
    reported = names["reported"]
    best = reported.loc[reported["error"].idxmin()]  # type: ignore[attr-defined]
    table = open_oracle("nb101-digits")
    curves = [
        table.curve(
            [best["config_architecture"]],
            metric="accuracy",
            dataset="digits",
            split=Split.TEST_TABULATED,
            epochs=8,
            seeds=seed,
        )[0]
        for seed in (0, 1)
    ]
    assert best["accuracy"] in [curve[best["epochs"] // 2 - 1] for curve in curves]
    assert reported["st_tuner_time"].max() > 50
    assert reported["trial_id"].nunique() > 50
