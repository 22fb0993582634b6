"""table.tex prints what users wrote, whatever they wrote, and compiles: read by a small reader, and by a real TeX.

The test marked `tex` needs pdflatex with booktabs, in Debian's texlive-latex-recommended, which .ci/run installs where
it can; it is skipped elsewhere, and what it would find of escaping the small reader finds, too.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import invented_results, tau_alone

from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.printing import latex
from nasrank.bench.runner.truth import Truth
from nasrank.spaces import get_enumerated

REPORTS = Path(__file__).parents[2] / "reports"
HOSTILE = {
    "specials": r"100 % of $5 & #1 {a_b} ~x^2 \o/",
    "input": r"\input{secret} \\ \end{document}",
    "lines": "one\n\ntwo\r% three",
    "bracket": "[ours] GDAS",
    "star": "* best",
    "signs": "a < b > c | d −1 → 2 ± 3 ↑ ↓ ⇒ é ü",
}
"""Labels of arms by their names."""

COMMANDS = {
    **{f"\\{character}": character for character in "&%$#_{}"},
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    "$-$": "−",
    "$<$": "<",
    "$>$": ">",
    "$|$": "|",
    r"$\to$": "→",
    r"$\Rightarrow$": "⇒",
    r"$\pm$": "±",
    r"$\uparrow$": "↑",
    r"$\downarrow$": "↓",
    r"$^{\triangledown}$": "",
    "{}": "",
}
"""All that a cell may hold beside plain characters, and what it prints."""

TOKEN = re.compile("|".join(map(re.escape, COMMANDS)) + r"|[^\\&%$#_{}~^]")


def printed(cell: str) -> str:
    """What TeX makes of it; AssertionError where it would make something else of some character."""
    text, place = [], 0
    while place < len(cell):
        token = TOKEN.match(cell, place)
        assert token, f"{cell[place:]!r} in {cell!r} is not text"
        text.append(COMMANDS.get(token[0], token[0]))
        place = token.end()
    return "".join(text).strip()


def tables(text: str) -> list[list[list[str]]]:
    """The printed cells of each table, row by row."""
    found = []
    for columns, body in re.findall(r"\\begin{tabular}{l(r*)}\n\\toprule\n(.*?)\\bottomrule", text, re.DOTALL):
        rows = [line for line in body.splitlines() if line != r"\midrule"]
        assert all(row.endswith(r" \\") and not row.startswith(("[", "*")) for row in rows)
        cells = [[printed(cell) for cell in re.split(r"(?<!\\)&", row.removesuffix(r" \\"))] for row in rows]
        assert {len(row) for row in cells} == {1 + len(columns)}
        found.append(cells)
    return found


@pytest.fixture(scope="module")
def summary() -> Summary:
    """Of a study whose title and labels are what would break a table if it could."""
    truth = Truth(get_enumerated("nb201"), np.random.default_rng(0).normal(80, 5, 15625))
    variants = {name: {"strategy": "spos", "label": label} for name, label in HOSTILE.items()}
    for name in variants:
        variants[name] |= {"training": {"passes": 900}}
    results = invented_results(truth, strategies=("spos",), variants=variants, pool=40)
    study = results.design.study.model_copy(update={"title": " and ".join(HOSTILE.values())})
    licence = {**results.design.truth, "licence": "none\n\\input{secret}"}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(replace(results, design=replace(results.design, study=study, truth=licence)), truth)


@pytest.mark.slow
def test_labels_are_printed_as_they_were_written(summary: Summary) -> None:
    main, *others = tables(latex(summary))
    assert others
    expected = [re.sub(r"[\n\r]", " ", label) for label in HOSTILE.values()]
    assert [row[0] for row in main[2:8]] == expected


@pytest.mark.slow
def test_nothing_but_tables_and_comments_is_in_the_file(summary: Summary) -> None:
    outside = re.sub(r"\\begin{table}.*?\\end{table}", "", latex(summary), flags=re.DOTALL)
    assert all(line.startswith("%") for line in outside.splitlines() if line)
    for caption in re.findall(r"^\\caption{(.*)}$", latex(summary), re.MULTILINE):
        printed(caption)


def compiled(text: str, folder: Path) -> str:
    """The log of pdflatex; AssertionError where it fails."""
    (folder / "table.tex").write_text(text, encoding="utf-8")
    (folder / "paper.tex").write_text(
        "\\documentclass{article}\n\\usepackage{amssymb,booktabs,graphicx}\n\\begin{document}\n"
        "\\input{table}\n\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, timeout=100, check=False)
    log = run.stdout.decode("utf-8", errors="replace")
    assert run.returncode == 0, "\n".join(line for line in log.splitlines() if line.startswith(("!", "l.")))
    assert (folder / "paper.pdf").stat().st_size > 1000
    return log


@pytest.mark.slow
@pytest.mark.tex
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="there is no pdflatex: install texlive-latex-recommended")
class TestByTex:
    def test_what_users_wrote_compiles(self, summary: Summary, tmp_path: Path) -> None:
        assert "secret" not in re.findall(r"\(\./(\w+)\.tex", compiled(latex(summary), tmp_path))

    def test_the_committed_tables_compile(self, tmp_path: Path) -> None:
        texts = [path.read_text(encoding="utf-8") for path in sorted(REPORTS.glob("*/table.tex"))]
        assert len(texts) > 5
        pages = [re.sub("tab:nasrank-", f"tab:{number}-", text) for number, text in enumerate(texts)]
        compiled("\\clearpage\n".join(pages), tmp_path)
