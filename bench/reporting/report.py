"""One call from stored results to the whole report."""

from __future__ import annotations

from pathlib import Path

from bench.files import replacing
from bench.ranking.arrays import FloatArray
from bench.reporting.analysis import analyse
from bench.reporting.figures import draw_all
from bench.reporting.guidance_page import guidance_page
from bench.reporting.latex import latex
from bench.reporting.long_csv import long_csv
from bench.reporting.markdown import markdown
from bench.reporting.page import page
from bench.reporting.search_csv import search_csv
from bench.reporting.summary import Summary
from bench.reporting.twins import without_twins
from bench.runner.results import Store


def write_report(
    results_folder: Path,
    out: Path,
    truth: FloatArray,
    data_root: Path | None = None,
    seeds: FloatArray | None = None,
) -> Summary:
    """Write the summary, tables, figures, index.html and the guidance page into `out`.

    Everything is computed before anything is written, and each file is replaced whole. The same results and truth give
    the same bytes.

    Args:
        truth: of the whole space by position.
        data_root: where tables may lie that serve to check the ceiling, else `$NASRANK_DATA`.
        seeds: what the truth is the mean of, `(seeds, architectures)`, see `seeds_of_truth`.

    Raises:
        ValueError: results are missing or damaged, or the truth or the ceiling does not fit them.
    """
    results = Store(results_folder).read()
    summary = analyse(results, truth, data_root, seeds)
    results = without_twins(results)
    figures = draw_all(summary, results, truth)
    contents = {
        "summary.json": summary.to_text(),
        "table.md": markdown(summary),
        "table.csv": long_csv(summary),
        "table.tex": latex(summary),
        "search.csv": search_csv(summary, results.design.study.seeds),
        **{f"{name}.svg": text for name, text in figures.items()},
        "index.html": page(summary, results, truth, figures),
        **guidance_page(results, truth, seeds),
    }
    for name, text in contents.items():
        with replacing(out / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return summary
