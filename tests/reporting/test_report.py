"""The files of a report: they say what summary.json says, the same way every time, and nothing they must not."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console
from synthetic import invented_results, store, tau_alone

from nasrank.bench.analysis.wording import BELOW, number
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import get_metric
from nasrank.bench.reporting import Summary, analyse, terminal_table
from nasrank.bench.reporting.latex import latex
from nasrank.bench.reporting.long_csv import long_csv
from nasrank.bench.reporting.markdown import markdown
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

FILES = {
    "summary.json",
    "table.md",
    "table.csv",
    "search.csv",
    "table.tex",
    "before_after.svg",
    "scatter.svg",
    "training.svg",
    "derivations.svg",
    "index.html",
    "README.md",
    "guidance.svg",
    "guidance.csv",
    "nasrank.json",
}


def _printed(summary: Summary, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(terminal_table(summary))
    return console.file.getvalue()


def _written(results: Results, truth: Truth, folder: Path) -> dict[str, str]:
    write_report(store(results, folder / "results"), folder, truth)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def test_all_files_and_nothing_half_written(report: Path) -> None:
    assert {path.name for path in report.iterdir() if path.is_file()} == FILES


@pytest.mark.slow
def test_files_are_replaced_and_not_written_into(truth: Truth, tmp_path: Path) -> None:
    """Who has a file of the last report open, or a link to it, keeps it whole."""
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        old = _written(invented_results(truth), truth, tmp_path)
        for name in old:
            (tmp_path / f"kept-{name}").hardlink_to(tmp_path / name)
        new = _written(invented_results(truth, after=0.1), truth, tmp_path)
    assert old["table.md"] != new["table.md"]
    assert {name: (tmp_path / f"kept-{name}").read_text(encoding="utf-8") for name in old} == old


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(report: Path, results: Results, truth: Truth, tmp_path: Path) -> None:
    again = _written(results, truth, tmp_path)
    assert again == {name: (report / name).read_text(encoding="utf-8") for name in FILES}


def test_summary_has_the_keys_of_the_issue(report: Path) -> None:
    content = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    assert {"header", "ceiling", "baselines", "rows"} <= set(content)
    required = {"strategy", "metric", "before", "after", "delta", "ci_low", "ci_high", "n_seeds", "pool_size"}
    assert all(required <= set(row) for row in content["rows"])
    assert {"title", "space", "truth", "images", "versions", "hardware", "n", "score", "command"} <= set(
        content["header"]
    )
    assert {"oracle", "file", "sha256", "dataset", "split", "epochs", "seeds", "protocol", "licence"} <= set(
        content["header"]["truth"]
    )


def test_tables_print_the_numbers_of_the_summary(report: Path, summary: Summary) -> None:
    stored = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    texts = {name: (report / name).read_text(encoding="utf-8") for name in ("table.md", "table.tex", "index.html")}
    lines = list(csv.DictReader(io.StringIO((report / "table.csv").read_text(encoding="utf-8"))))
    in_csv = {(line["name"], line["metric"], line["side"]): line for line in lines if line["kind"] == "super-net"}
    for row in stored["rows"]:
        metric = get_metric(row["metric"])
        for side, value in (("before", row["before"]), ("after", row["after"]), ("delta", row["delta"])):
            assert float(in_csv[row["strategy"], row["metric"], side]["value"]) == pytest.approx(value, abs=1e-6)
        pair = f"{number(metric, row['before'])} → {number(metric, row['after'])}"
        assert pair in texts["table.md"]
        assert pair in texts["index.html"]
        assert pair.replace("−", "$-$").replace("→", r"$\to$") in texts["table.tex"]
    for row in (row for row in stored["rows"] if row["metric"] == "tau"):
        tau = get_metric("tau")
        expected = (
            f"{number(tau, row['delta'], signed=True)} [{number(tau, row['ci_low'])}, {number(tau, row['ci_high'])}]"
        )
        for text in (texts["table.md"], texts["index.html"], _printed(summary)):
            assert expected in text
    for baseline in stored["baselines"].values():
        assert f"{baseline['metrics']['tau']['value']:.3f}" in texts["table.md"]


def test_marks_appear_exactly_where_a_baseline_is_better(truth: Truth, summary: Summary) -> None:
    better = analyse(invented_results(truth, after=0.999), truth)
    assert summary.row("spos", "tau").below_baseline == ("label_matched", "parameters", "multiply_adds")
    assert better.row("spos", "tau").below_baseline == ()
    for name, marked, render in (
        ("markdown", f"{BELOW} |", markdown),
        ("latex", r"\triangledown", lambda one: latex(one).replace(r"$^{\triangledown}$:", "")),
        ("terminal", f"{BELOW}  ", lambda one: _printed(one).rpartition(f"{BELOW} a baseline")[0]),
        ("csv", "label_matched parameters multiply_adds", long_csv),
    ):
        assert _tau_line(render(summary), name).count(marked) == 1, name
        assert _tau_line(render(better), name).count(marked) == 0, name


def _tau_line(text: str, name: str) -> str:
    """The line of SPOS in the main table; in the long table, that of its tau after guidance."""
    start = "super-net,spos,tau,,true,after" if name == "csv" else "SPOS"
    return next(line for line in text.splitlines() if line.strip().lstrip("| ").startswith(start))


def test_marks_appear_in_figure_and_page(truth: Truth, report: Path, tmp_path: Path) -> None:
    better = _written(invented_results(truth, after=0.999), truth, tmp_path)
    marked = {name: (report / name).read_text(encoding="utf-8") for name in ("before_after.svg", "index.html")}
    assert "#d55e00" in marked["before_after.svg"]
    assert "#d55e00" not in better["before_after.svg"]
    assert '<td class="below">' in marked["index.html"]
    main_table = better["index.html"].partition("<figure>")[0]
    assert '<td class="below">' not in main_table


def test_a_failed_trial_is_shown_everywhere(truth: Truth, tmp_path: Path) -> None:
    results = invented_results(truth, failed=("spos-landmark-seed0", "gdas-plain-seed1"))
    files = _written(results, truth, tmp_path)
    reason = "the training loss is nan at step 7 of 1500"
    for name in ("summary.json", "table.md", "table.csv", "index.html"):
        for trial in ("spos-landmark-seed0", "gdas-plain-seed1"):
            assert f"{trial} failed: {reason}" in files[name] or (trial in files[name] and reason in files[name])
    assert "NaN" not in files["summary.json"]
    assert re.search(r"^\| SPOS \| [^|]+\] \| n/a \| n/a \|", files["table.md"], flags=re.MULTILINE)
    data = json.loads(re.search(r'<script id="data"[^>]*>(.*?)</script>', files["index.html"], flags=re.DOTALL)[1])
    assert data["after"]["spos"][0] is None
    assert data["before"]["spos"][0] is not None


def test_a_study_without_curves_has_no_figure_of_training(truth: Truth, tmp_path: Path) -> None:
    files = _written(invented_results(truth, curve=0, checkpoints=0), truth, tmp_path)
    assert set(files) == FILES - {"training.svg", "derivations.svg"}


def test_one_strategy_and_one_seed_make_a_report(truth: Truth, tmp_path: Path) -> None:
    files = _written(invented_results(truth, strategies=("darts",), seeds=(4,)), truth, tmp_path)
    assert set(files) == FILES
    assert "DARTS" in files["table.md"]


def test_no_accuracy_of_an_architecture_is_published(
    report: Path, results: Results, truth: Truth, summary: Summary
) -> None:
    """To three decimals of a percent, no truth of the pool or of a landmark is in any file, alone or as a fraction.

    But for what a search found, and what the regret of that tells of the best.
    """
    finds = [one for row in summary.search for one in (*row.before_by_seed, *row.after_by_seed)]
    derived = [value for one in summary.derivations for row in one.accuracy for value in row]
    found = {round(one.accuracy, 6) for one in (*finds, *summary.search_references.values())} | {
        round(value, 6) for value in derived
    }
    shown = [*results.design.pool, *(one for marks in results.design.landmarks.values() for one in marks)]
    texts = {name: (report / name).read_text(encoding="utf-8") for name in FILES}
    hidden = [value for value in truth.of(shown) if round(value, 6) not in found]
    assert len(hidden) > len(shown) / 2
    for value in hidden:
        for text in (f"{value:.3f}", f"{value / 100:.5f}", repr(float(value))):
            for name, content in texts.items():
                if name.endswith(".svg"):
                    continue  # coordinates; see the next test
                content = re.sub(r"<svg.*?</svg>", "", content, flags=re.DOTALL)
                assert not re.search(rf"(?<![\d.]){re.escape(text)}", content), f"{text} in {name}"


def test_figures_and_chart_know_the_order_of_the_truth_alone(
    report: Path, results: Results, truth: Truth, tmp_path: Path
) -> None:
    """Accuracies that are other numbers in the same order give the same figures, and the same data of the chart."""
    pool, other = results.design.pool, truth.values.copy()
    other[truth.places(pool)] = 10 + (truth.of(pool) / 10) ** 2 / 2
    files = _written(results, Truth(truth.space, other), tmp_path)
    for name in ("before_after.svg", "scatter.svg", "training.svg"):
        assert files[name] == (report / name).read_text(encoding="utf-8"), name
    assert files["summary.json"] != (report / "summary.json").read_text(encoding="utf-8"), "regret has a unit"
    chart = [
        re.search(r'<script id="data".*?</script>', text, flags=re.DOTALL)[0]
        for text in (files["index.html"], (report / "index.html").read_text(encoding="utf-8"))
    ]
    assert chart[0] == chart[1]


class _Attributes(HTMLParser):
    """All attributes of a page with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found += [(name, value or "") for name, value in attrs]


def test_the_page_loads_nothing(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    parser = _Attributes()
    parser.feed(text)
    loading = {"src", "href", "xlink:href", "srcset", "action", "poster", "data", "background"}
    assert all(value.startswith("#") for name, value in parser.found if name in loading)
    assert not re.search(r"url\((?!#)", text)
    assert not re.search(r"@import|fetch\(|XMLHttpRequest|import\(|<link|<iframe|<img", text)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)


def test_identifiers_of_the_page_are_unique(report: Path) -> None:
    identifiers = re.findall(r'\bid="([^"]+)"', (report / "index.html").read_text(encoding="utf-8"))
    assert len(identifiers) == len(set(identifiers))


def test_terminal_table_fits_into_80_columns(summary: Summary) -> None:
    lines = _printed(summary).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    for text in ("SPOS", "GDAS", "ridge on the same labels", "parameter count", "FLOPs", "noise ceiling"):
        assert any(text in line for line in lines)
