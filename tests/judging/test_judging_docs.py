"""docs/ranking.md: its Python runs as it stands, and its commands are ones that there are, and work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "ranking.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert len(PYTHON) == 1
    exec(compile(PYTHON[0], "docs/ranking.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("convolutions ranks 500 architectures of nb201 with a tau-b of 0.")
    assert (tmp_path / "ranking.csv").read_text().startswith("kind,name,metric")


def test_the_commands_run_in_their_order(command, scored, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{cell},{score}\n" for cell, score in zip(scored.texts, scored.good, strict=True))
    (tmp_path / "scores.csv").write_text(f"arch,proxy\n{rows}")
    ours = [shlex.split(line, comments=True)[1:] for line in COMMANDS if line.startswith("nasrank ")]
    assert len(ours) == 6
    for words in ours:
        code, _, err = command(*words)
        assert code == 0, (words, err)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]+)", PAGE))))
def test_an_option_is_one_that_there_is(command, option):
    code, out, _ = command("rank", "--help")
    assert code == 0
    assert option in out
