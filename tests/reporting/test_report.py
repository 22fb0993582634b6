"""The files of a report: they say what the frame says, the same way every time, and nothing they must not."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console
from synthetic import invented_results, store, tau_alone

from nasrank.bench.analysis.search import FOUND
from nasrank.bench.publishing import write_report
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting import Summary, analyse, terminal_table
from nasrank.bench.reporting.printing import latex, markdown, study_readme
from nasrank.bench.reporting.words import DOWN, UP, number, with_interval
from nasrank.bench.runner.output import RECORD, REPORT
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

FIGURES = {f"{name}.svg" for name in ("before_after", "scatter", "training", "derivations", "guidance")}
FILES = {"README.md", "summary.json", "table.csv", "table.md", "table.tex", "index.html", RECORD, *FIGURES}
REASON = "the training loss is nan at step 7 of 1500"


def _printed(summary: Summary, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(terminal_table(summary))
    return console.file.getvalue()


def _written(results: Results, truth: Truth, folder: Path) -> dict[str, str]:
    write_report(store(results, folder / "results"), folder, truth)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def _chart(page: str) -> str:
    packed = re.search(r'<script id="chart-spec"[^>]*>(.*?)</script>', page, flags=re.DOTALL)[1]
    return gzip.decompress(base64.b64decode(packed)).decode()


def test_all_files_and_nothing_half_written(report: Path) -> None:
    assert {path.name for path in report.iterdir() if path.is_file()} == FILES
    assert FILES - {RECORD} <= REPORT


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


def test_the_summary_says_what_was_measured_on_what(report: Path) -> None:
    content = json.loads((report / "summary.json").read_text(encoding="utf-8"))
    assert {"header", "pairs", "references", "ceilings", "published", "failures", "about"} <= set(content)
    assert "frame" not in content, "that is table.csv"
    columns = {"strategy", "metric", "before", "after", "delta", "ci_low", "ci_high", "n_seeds"}
    assert all(columns <= set(row) for row in content["rows"]), "what users asked for by these names"
    assert {"title", "space", "truth", "images", "versions", "hardware", "n", "score", "command"} <= set(
        content["header"]
    )
    assert {"oracle", "file", "sha256", "dataset", "split", "epochs", "seeds", "protocol", "licence"} <= set(
        content["header"]["truth"]
    )


def test_every_row_of_the_summary_is_made_of_lines_of_the_table(report: Path, summary: Summary) -> None:
    rows = json.loads((report / "summary.json").read_text(encoding="utf-8"))["rows"]
    assert [(row["strategy"], row["metric"]) for row in rows] == [
        (pair.name, metric) for pair in summary.pairs for metric in METRICS if metric in summary.metrics
    ]
    with (report / "table.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["estimator"] == "super-net" and not line["part"]]
    pairs = {pair.name: pair for pair in summary.pairs}
    for row in rows:
        pair = pairs[row["strategy"]]
        own = [line for line in lines if line["score"] == row["score"] and line["metric"] == row["metric"]]
        means = {(line["arm"], line["base"]): line for line in own if not line["seed"]}
        gain = means[pair.after, pair.before]
        told = [
            means[pair.before, ""]["value"],
            means[pair.after, ""]["value"],
            *(gain[c] for c in ("value", "low", "high")),
        ]
        keys = ("before", "after", "delta", "ci_low", "ci_high")
        assert [row[key] for key in keys] == [float(text) if text else None for text in told]
        seeds = [
            {line["seed"] for line in lines if line["metric"] == "tau" and line["arm"] == arm and line["seed"]}
            for arm in (pair.before, pair.after)
        ]
        assert row["n_seeds"] == len(set.intersection(*seeds)) > 0


def test_two_files_hold_all_that_tables_are_made_of(report: Path, summary: Summary) -> None:
    """But for digits that both round, and so nobody needs the truth to print them anew."""
    texts = {name: (report / name).read_text(encoding="utf-8") for name in FILES - FIGURES}
    read = Summary.from_texts(texts["summary.json"], texts["table.csv"])
    assert read.to_text() == summary.to_text() == texts["summary.json"]
    assert read.frame.to_csv() == summary.frame.to_csv() == texts["table.csv"]
    assert {"README.md": study_readme(read), "table.md": markdown(read), "table.tex": latex(read)} == {
        name: texts[name] for name in ("README.md", "table.md", "table.tex")
    }


def test_tables_print_the_numbers_of_the_frame(report: Path, summary: Summary) -> None:
    texts = {
        name: (report / name).read_text(encoding="utf-8")
        for name in ("README.md", "table.md", "table.tex", "index.html")
    }
    texts["terminal"] = _printed(summary)
    for pair in summary.pairs:
        cells = [with_interval(one) for one in (summary.level(pair, False), summary.level(pair, True))]
        cells += [with_interval(summary.gain(pair)), with_interval(summary.margin(pair, "label_matched"))]
        for name, text in texts.items():
            expected = [number(summary.level(pair, True).value)] if name == "terminal" else cells
            for cell in expected:
                shown = re.sub(r"−", "$-$", cell) if name == "table.tex" else cell
                assert shown in _line(text, pair.label), name
    assert with_interval(summary.gain(summary.pairs[0])) in texts["terminal"]
    for metric in summary.metrics:
        for one in summary.references:
            assert summary.reference(one.name, metric).known
    for one in summary.references:
        assert with_interval(summary.reference(one.name)) in texts["README.md"]


def _line(text: str, label: str) -> str:
    """The first one of a table that begins with this label."""
    return next(line for line in text.splitlines() if re.match(rf"[\s|]*(<tr>.*>)?{label}\s*(<|\||&|\d|−)", line))


@pytest.mark.slow
@pytest.mark.parametrize(("after", "mark"), [(0.95, UP), (0.2, ""), (-0.8, DOWN)])
def test_what_is_decided_is_marked_and_nothing_else(after: float, mark: str, truth: Truth) -> None:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        summary = analyse(invented_results(truth, strategies=("spos",), after=after, seeds=(0, 1, 2, 3)), truth)
    assert summary.gain(summary.pairs[0]).status == {UP: "better", DOWN: "worse", "": "undecided"}[mark]
    wanted = f"{with_interval(summary.gain(summary.pairs[0]))} {mark}".strip()
    for name, text in (("table.md", markdown(summary)), ("README.md", study_readme(summary))):
        cells = [cell.strip() for cell in _line(text, "SPOS").split("|")]
        assert cells[4] == wanted, name
    printed = _line(_printed(summary), "SPOS")
    assert [one for one in (UP, DOWN) if one in printed] == [mark] * bool(mark)
    in_latex = {UP: r"$\uparrow$", DOWN: r"$\downarrow$"}
    cell = _line(latex(summary), "SPOS").split("&")[3]
    assert [one for one in in_latex if in_latex[one] in cell] == [mark] * bool(mark)


@pytest.mark.slow
def test_a_failed_trial_is_shown_everywhere(truth: Truth, tmp_path: Path) -> None:
    failed = ("spos-landmark-seed0", "gdas-plain-seed1")
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        files = _written(invented_results(truth, failed=failed), truth, tmp_path)
    for name in ("README.md", "summary.json", "table.md", "table.csv", "index.html"):
        for trial in failed:
            assert trial in files[name], name
        assert REASON in files[name], name
        assert not re.search(r"\bnan\b(?! at step)|NaN", re.sub(r"<script.*?</script>", "", files[name], flags=re.S))
    assert re.search(r"^\| SPOS +\| +[^|]+\] \| +n/a \| +n/a \|", files["table.md"], flags=re.MULTILINE)
    columns = json.loads(_chart(files["index.html"]))["columns"]
    assert None not in columns["spos-landmark"], "of the seed that is left"
    assert None not in columns["spos-plain"]


@pytest.mark.slow
def test_a_study_without_curves_has_no_figure_of_training(truth: Truth, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        files = _written(invented_results(truth, curve=0, checkpoints=0), truth, tmp_path)
    assert set(files) == FILES - {"training.svg", "derivations.svg"}


def test_no_accuracy_of_an_architecture_is_published(
    report: Path, results: Results, truth: Truth, summary: Summary
) -> None:
    """To three decimals of a percent, no truth of the pool or of a landmark is in any file, alone or as a fraction.

    But for what a search found, and what the regret of that tells of the best.
    """
    found = {round(one.value, 6) for one in summary.frame if one.metric in (FOUND[0], "derived_accuracy")}
    shown = [*results.design.pool, *(one for marks in results.design.landmarks.values() for one in marks)]
    texts = {name: (report / name).read_text(encoding="utf-8") for name in FILES}
    texts["chart"] = _chart(texts["index.html"])
    hidden = [value for value in truth.of(shown) if round(value, 6) not in found]
    assert len(hidden) > len(shown) / 2
    for name, content in texts.items():
        if name.endswith(".svg"):
            continue  # coordinates; see the next test
        content = re.sub(r"<svg.*?</svg>|<script id=.*?</script>", "", content, flags=re.DOTALL)
        printed = set(re.findall(r"(?<![\d.])\d+\.\d+", content))
        for value in hidden:
            texts_of_it = {f"{value:.3f}", f"{value / 100:.5f}", repr(float(value))}
            assert not [one for one in printed if any(map(one.startswith, texts_of_it))], f"{value} in {name}"


@pytest.mark.slow
def test_figures_and_chart_know_the_order_of_the_truth_alone(
    report: Path, results: Results, truth: Truth, tmp_path: Path
) -> None:
    """Accuracies that are other numbers in the same order give the same figures, and the same data of the chart."""
    pool, other = results.design.pool, truth.values.copy()
    other[truth.places(pool)] = 10 + (truth.of(pool) / 10) ** 2 / 2
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        files = _written(results, Truth(truth.space, other), tmp_path)
    for name in ("before_after.svg", "scatter.svg", "training.svg"):
        assert files[name] == (report / name).read_text(encoding="utf-8"), name
    regrets = [
        [line for line in text.splitlines() if ",found_regret," in line]
        for text in (files["table.csv"], (report / "table.csv").read_text(encoding="utf-8"))
    ]
    assert regrets[0] != regrets[1], "it has the unit of the truth"
    assert _chart(files["index.html"]) == _chart((report / "index.html").read_text(encoding="utf-8"))


def test_terminal_table_fits_into_80_columns(summary: Summary) -> None:
    lines = _printed(summary).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    for text in ("SPOS", "GDAS", "ridge on the same labels", "parameter count", "FLOPs", "noise ceiling"):
        assert any(text in line for line in lines)
