"""The README's numbers are those of the committed reports, and what it and others link to is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nasrank.bench.analysis.across import Across
from nasrank.bench.reporting.across.report import report_texts
from nasrank.bench.reporting.overview import studies_in, summary_in
from nasrank.bench.reporting.say import Say

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

ROWS = {
    "NAS-Bench-201: SPOS": ("spos", ""),
    "NAS-Bench-101: SPOS": ("spos", ""),
    "FairNAS": ("fairnas", ""),
    "DARTS, first order": ("darts", ""),
    "GDAS": ("gdas", ""),
    "SPOS, ranked by the loss instead of the accuracy": ("spos", "negative_loss"),
}
"""What the rows of the table of findings are called in a study, and another score that they are ranked by."""

REFERENCES = {
    "*no super-net: ridge regression on the same 30 labels*": "label_matched",
    "*no super-net: the best regression on the same 30 labels*": "best_on_labels",
    "*no super-net: parameter count*": "parameters",
}


@cache
def told(study: str) -> Say:
    """What a committed report says."""
    return studies_in(ROOT / "reports")[study].say


def findings() -> list[tuple[str, str, list[float]]]:
    """Rows of the table: the study that a row is of, what it is called, and its numbers in their order."""
    _, _, rows = README.partition("| | without | with | difference | |\n|---|--:|--:|--:|---|\n")
    found, study = [], ""
    for line in rows.partition("\n\n")[0].splitlines():
        label, *cells, link = (cell.strip() for cell in line.strip("|").split("|"))
        study = linked[1] if (linked := re.search(r"reports/([\w-]+)/", link)) else study
        found.append(
            (study, label, [float(one) for one in re.findall(r"-?\d+\.\d+", "|".join(cells).replace("−", "-"))])
        )
    return found


def rounded(*values: float) -> list[float]:
    return [round(value, 2) + 0.0 for value in values]


@pytest.mark.parametrize(("study", "label", "numbers"), findings(), ids=lambda one: str(one)[:40])
def test_a_finding_has_the_numbers_of_its_report(study: str, label: str, numbers: list[float]) -> None:
    summary = told(study).summary
    if label in REFERENCES:
        assert numbers == rounded(summary.reference(REFERENCES[label]).value)
        return
    name, score = ROWS[label]
    pair = summary.pair(name)
    before, after = (summary.level(pair, one, score=score).value for one in (False, True))
    gain = summary.gain(pair, score=score)
    assert numbers == rounded(before, after, gain.value, gain.low, gain.high)


def test_the_table_is_read_whole() -> None:
    assert (
        len(findings()) == len(re.findall(r"\| (?:the same|\[report\]\(reports/.*\)) \|$", README, re.MULTILINE)) > 10
    )


@pytest.mark.parametrize("study", ["nb201-cifar10", "nb201-strategies", "heuristics", "nb101-strategies"])
def test_as_many_are_decided_as_it_says(study: str) -> None:
    """After Holm's correction; and, where it says so, by uncorrected intervals, which take in those."""
    gains = told(study).gains()
    found = re.search(
        rf"\b(\w+) of (\d+)\s+\[[^\]]*\]\(reports/{study}/[^)]*\)[^;:.]*?(?:\((\d+) uncorrected\))?[;:.]", README
    )
    assert found, f"README says nothing of {study}"
    assert found[1] == (str(len(gains.better)) if gains.better else "none")
    assert int(found[2]) == gains.total
    assert found[3] is None or int(found[3]) == len(gains.better) + len(gains.above)


def test_no_super_net_beats_its_labels() -> None:
    """By a paired difference from regressions on the same labels, corrected or not, but for one that it names."""
    beyond_the_ridge = {}
    for study in studies_in(ROOT / "reports").values():
        for baseline in ("label_matched", "best_on_labels"):
            margins = study.say.margins(baseline)
            assert not margins.better, study.name
            assert baseline == "label_matched" or not margins.above, study.name
        if above := study.say.margins("label_matched").above:
            beyond_the_ridge[study.name] = above
    assert beyond_the_ridge == {"darts": ["NAO"]}
    assert "only NAO on DARTS's cells is beyond the ridge, by its own uncorrected interval" in " ".join(README.split())


@pytest.mark.slow
def test_the_report_over_all_spaces_is_that_of_its_studies() -> None:
    folder = ROOT / "reports" / "across"
    known = Across.from_text((folder / "summary.json").read_text(encoding="utf-8"))
    found = Across.of({study.name: summary_in(ROOT / "reports" / study.name) for study in known.studies})
    for name, text in report_texts(found).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: make it anew with nasrank across"
    assert len(found.spaces) == 11
    gains, rows, beaten = found.count("better"), len(found.rows), found.count("worse", "against_best")
    text = " ".join(README.split())
    assert (
        f"Over eleven spaces guidance is a decided gain in {gains} of {rows} ways to train and a decided loss in none, "
        f"and the best regression is decidedly better than {beaten} of the guided super-nets" in text
    )
    assert f"over eleven spaces it is decided in {gains} of {rows} ways to train" in text
    assert found.count("worse") == found.count("better", "against_best") == 0


OTHERS = re.findall(r"^\| \[[^\]]+\]\(reports/([\w-]+)/README\.md\) \|(.*)\|$", README, re.MULTILINE)
"""Rows of the table of other spaces: the study, and its cells."""


@pytest.mark.parametrize(("study", "cells"), OTHERS, ids=lambda one: one.strip()[:20])
def test_other_spaces_have_the_numbers_of_their_reports(study: str, cells: str) -> None:
    summary = summary_in(ROOT / "reports" / study)
    pair = summary.pair("spos")
    before, after, parameters, cost, best, ceiling = (cell.strip() for cell in cells.split("|"))
    assert (after.startswith("**") and after.endswith("**")) == (summary.gain(pair).status == "better")
    expected = [
        *(summary.level(pair, guided).value for guided in (False, True)),
        *(summary.reference(name).value for name in ("parameters", "multiply_adds", "best_on_labels")),
        summary.ceiling.value,
    ]
    value, labels = best.removesuffix(")").split(" (")
    assert int(labels) == pair.labels
    shown = [before, after.strip("*"), parameters, cost, value, ceiling]
    assert shown == ["" if np.isnan(one) else f"{round(one, 2) + 0.0:.2f}".replace("-", "−") for one in expected]


def test_the_table_of_other_spaces_has_each() -> None:
    known = Across.from_text((ROOT / "reports" / "across" / "summary.json").read_text(encoding="utf-8"))
    benchmarks = {"nb201-strategies", "nb201-activations", "nb101-strategies"}
    assert sorted(study for study, _ in OTHERS) == sorted({study.name for study in known.studies} - benchmarks)


def test_what_is_said_first() -> None:
    summary = told("nb201-cifar10").summary
    moves = [
        [f"{summary.level(summary.pair(name), guided).value:.2f}".replace("-", "−") for guided in (False, True)]
        for name in ("spos", "darts")
    ]
    text = " ".join(README.split())
    (spos, more), (darts, better) = moves
    assert f"raise Kendall's tau-b from {spos} to {more} for SPOS and from {darts} to {better} for DARTS." in text
    digits = told("nb201").summary
    means = [np.mean([digits.level(pair, guided).value for pair in digits.pairs]) for guided in (False, True)]
    assert f"tau goes from {means[0]:.2f} to {means[1]:.2f} on average, with three seeds decidedly for none" in text
    assert not told("nb201").gains().better


def test_what_random_order_leaves() -> None:
    summary, text = told("nb201-strategies").summary, " ".join(README.split())
    controls = {pair.name: pair for pair in told("nb201-strategies").controls}
    shown = {
        name: f"{summary.level(summary.pair(name), True).value:.2f}".replace("-", "−")
        for name in ("spos", "darts", *controls)
    }
    assert f"SPOS ends at {shown['spos-random-order']}, in the right order at {shown['spos']}, decidedly" in text
    assert f"DARTS at {shown['darts-random-order']} and {shown['darts']}, undecided" in text
    decided = {name: summary.change(pair, True).status for name, pair in controls.items()}
    assert decided == {"spos-random-order": "worse", "darts-random-order": "undecided"}
    landmark = told("landmark")
    (control,) = (pair for pair in landmark.controls if pair.name == "random-order")
    assert landmark.summary.change(control, True).status == "undecided"


def test_what_the_loss_ranks() -> None:
    first, second = told("nb201-cifar10").summary, told("nb101-strategies").summary
    values = [
        f"{first.level(first.pair('spos'), guided, score=score).value:.2f}"
        for guided in (False, True)
        for score in ("negative_loss", "accuracy")
    ]
    text = " ".join(README.split())
    assert f"SPOS has {values[0]} for {values[1]} without landmarks and {values[2]} for {values[3]} with them" in text
    darts = [
        f"{second.level(second.pair('darts'), False, score=one).value:.2f}" for one in ("negative_loss", "accuracy")
    ]
    assert f"(reports/nb101-strategies/README.md) {darts[0]} for {darts[1]} without" in text
    digits = told("nb101").summary
    before, after = (f"{digits.level(digits.pair('spos'), one).value:.2f}" for one in (False, True))
    assert f"and five seeds SPOS is, from {before} to {after}" in text
    assert digits.gain(digits.pair("spos")).status == "better"


def test_what_guidance_costs() -> None:
    """Beside more passes without it."""
    tables = (ROOT / "reports" / "nb201-cifar10" / "table.md").read_text(encoding="utf-8")
    added = dict(re.findall(r"^\| ([\w() ]+?) +\| +[\d,]+ \| +\+(\d+ %) \|", tables, re.MULTILINE))
    text = " ".join(README.split())
    assert f"comes on top: {added['DARTS (1st order)']} for DARTS, {added['SPOS']} for SPOS" in text
    summary = told("landmark").summary
    longer = summary.level(summary.pair("longer"), False).value
    before, after = (summary.level(summary.pair("spos"), guided).value for guided in (False, True))
    assert f"SPOS goes from {before:.2f} to {longer:.2f} by the loss, where landmarks take it to {after:.2f}" in text


def test_what_better_habits_do() -> None:
    summary = summary_in(ROOT / "reports" / "frontier")
    report = (ROOT / "reports" / "frontier" / "README.md").read_text(encoding="utf-8")
    (best, guided_best), (plain, guided) = (
        [summary.level(summary.pair(name), after).value for after in (False, True)] for name in ("together", "spos")
    )
    text = " ".join(README.split())
    assert f"SPOS ranks with {best:.2f} in 3.9 minutes of one core where it has {plain:.2f} as it was" in text
    assert f"guidance takes the one to {guided_best:.2f} and the other to {guided:.2f}. With four seeds" in text
    assert "isomorphism classes, label smoothing 0.1, weight decay 0.005, 3.9 minutes" in report


def label_taus(row: str) -> list[float]:
    """Tau of a row with 100 labels, on the whole of NAS-Bench-201 and on NAS-Bench-101."""
    rows = json.loads((ROOT / "reports" / "labels" / "summary.json").read_text(encoding="utf-8"))["rows"]
    found = {
        one["space"]: one["mean"]
        for one in rows
        if (one["predictor"], one["labels"], one["metric"]) == (row, 100, "tau") and one["truth"] == "cifar10"
    }
    return rounded(found["nb201"], found["nb101"])


def test_what_labels_are_worth() -> None:
    text = " ".join(README.split())
    graph, choices = label_taus("wiring_process"), label_taus("process")
    assert f"has a tau of {graph[0]} on NAS-Bench-201 and {graph[1]} on NAS-Bench-101" in text
    assert f"one on choices {choices[0]} and {choices[1]}" in text
    answers = json.loads((ROOT / "reports" / "labels" / "summary.json").read_text(encoding="utf-8"))["answers"]
    guided = next(one for one in answers if one["row"] == "wiring_guided")
    assert {one["status"] for one in guided["rows"] if one["labels"] == 100} == {"undecided"}
    gains = [one["gain"] for one in guided["rows"] if (one["metric"], one["truth"]) == ("tau", "cifar10")]
    assert f"adds at most {max(gains):.2f} to the former" in text


def test_what_proxies_are_worth() -> None:
    rows = json.loads((ROOT / "reports" / "zero-cost" / "summary.json").read_text(encoding="utf-8"))["rows"]
    values = {
        (one["predictor"], one["metric"]): round(one["mean"], 2)
        for one in rows
        if one["features"].startswith("nb201-16x16") and one["truth"] == "CIFAR-10" and one["mean"] is not None
    }
    five = "nwot+params+jacov+epe_nas+synflow"
    text = " ".join(README.split())
    assert f"the parameters in use, without dead branches, have {values['params', 'tau']}," in text
    assert f"(MeCo) {values['meco', 'tau']}, five together {values[five, 'tau']};" in text
    single = {name: value for (name, metric), value in values.items() if metric == "tau" and "+" not in name}
    assert max(single, key=lambda name: single[name]) == "meco"
    assert f"the first and the last have {values['params', 'tau_top10']} and {values[five, 'tau_top10']}." in text


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "reports/README.md"])
def test_what_a_link_leads_to_is_there(page: str) -> None:
    """Links to files of the repository; those of the documentation are looked at when it is built."""
    text = (ROOT / page).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    targets = [(ROOT / page).parent / link for link in links if link]
    assert targets or page == "CHANGELOG.md"
    assert not [path for path in targets if not path.exists()]


def search_means(study: str, part: str, figure: str) -> dict[str, float]:
    """What every searcher ends with, by its name."""
    rows = json.loads((ROOT / "reports" / study / "summary.json").read_text(encoding="utf-8"))["rows"]
    return {one["searcher"]: round(one["mean"], 2) for one in rows if (one["part"], one["figure"]) == (part, figure)}


def test_what_searchers_find() -> None:
    text = " ".join(README.split())
    found = search_means("nb201-search", "nb201", "test_cifar10")
    summary = json.loads((ROOT / "reports" / "nb201-search" / "summary.json").read_text(encoding="utf-8"))
    best = round(summary["best"]["nb201"]["test_cifar10"], 2)
    assert (
        f"random search to {found['random']} on CIFAR-10's test images, regularized evolution to {found['rea']}, local "
        f"search to {found['local_search']}, and a predictor that is asked for its best after 30 labels to "
        f"{found['predicted']}, of {best} that there are."
    ) in text


def test_what_a_budget_is_best_spent_on() -> None:
    text = " ".join(README.split())
    found = search_means("search-budget", "s6000", "test")
    assert (
        f"At 6,000 simulated seconds labels alone find {found['labels']}; 30 that guide a super-net and the rest for a "
        f"predictor that knows its scores find {found['calibrated']}, the highest mean, which three super-nets do not"
    ) in text
    assert (
        f"guided super-net alone finds {found['guided']}, evolution {found['evolution']}, random search "
        f"{found['random']}, a plain super-net {found['plain']}."
    ) in text
    assert max(found, key=lambda name: found[name]) == "calibrated"
    pairs = json.loads((ROOT / "reports" / "search-budget" / "summary.json").read_text(encoding="utf-8"))["comparisons"]
    (one,) = (
        one
        for one in pairs
        if (one["part"], one["figure"]) == ("s6000", "test") and {one["one"], one["other"]} == {"calibrated", "labels"}
    )
    assert not one["decided"]
