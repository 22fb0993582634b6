"""The whole report of a study, as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasrank.bench.analysis.summary import Summary
from nasrank.bench.reporting.figures import draw_all
from nasrank.bench.reporting.guidance_page import guidance_page
from nasrank.bench.reporting.latex import latex
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.reporting.page import page
from nasrank.bench.reporting.search_csv import search_csv

if TYPE_CHECKING:
    from nasrank.bench.analysis.ceiling import Seeds
    from nasrank.bench.runner.results import Results
    from nasrank.bench.runner.truth import Truth


def report_texts(summary: Summary, results: Results, truth: Truth, seeds: Seeds = None) -> dict[str, str]:
    """By the name of the file. The same arguments give the same bytes.

    Args:
        summary: what was made of the results.
        results: of the ranked pool, see `Design.ranked`.
        truth: only its order is shown, and of single architectures that a search ends with.
        seeds: what the truth is the mean of, see `seeds_of_truth`.
    """
    figures = draw_all(summary, results, truth)
    return {
        "summary.json": summary.to_text(),
        "table.md": markdown(summary),
        "table.csv": long_csv(summary),
        "table.tex": latex(summary),
        "search.csv": search_csv(summary, results.design.study.seeds),
        **{f"{name}.svg": text for name, text in figures.items()},
        "index.html": page(summary, results, truth, figures),
        **guidance_page(results, truth, seeds),
    }
