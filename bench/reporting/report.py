"""The whole report of a study, as texts."""

from __future__ import annotations

from nasrank.bench.analysis.rank_table import RankTable
from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import draw_all
from nasrank.bench.reporting.page import page
from nasrank.bench.reporting.printing import latex, markdown, study_readme


def report_texts(summary: Summary, ranks: RankTable) -> dict[str, str]:
    """By the name of the file. The same arguments give the same bytes.

    Args:
        ranks: of the pool, by every arm and in truth.
    """
    figures = draw_all(summary, ranks)
    return {
        "README.md": study_readme(summary),
        "summary.json": summary.to_text(),
        "table.csv": summary.frame.to_csv(),
        "table.md": markdown(summary),
        "table.tex": latex(summary),
        **{f"{name}.svg": text for name, text in figures.items()},
        "index.html": page(summary, ranks, figures),
    }
