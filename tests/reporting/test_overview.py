"""`nasrank overview`: what the reports of a folder say together, and nothing of a report that is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.frame import BETTER, WORSE
from nasrank.bench.ranking.stopping import Why
from nasrank.bench.reporting import Summary, analyse
from nasrank.bench.reporting.overview import Study, findings, overview
from nasrank.bench.reporting.prose import answer
from nasrank.bench.reporting.words import short
from nasrank.bench.runner.truth import Truth

Command = Callable[..., tuple[int, str, str]]
NEEDS = {
    "Do landmarks repair a ranking?": {"nb201-cifar10", "nb201-strategies"},
    "Labels, or extra training?": {"nb201-strategies"},
    "Is a super-net the best use of the labels?": {"landmark"},
    "Does it carry over?": {"landmark"},
    "Ranked by what?": {"heuristics"},
    "And on NAS-Bench-101?": {"nb101-strategies", "nb101-cifar10"},
}
"""Findings, and the studies that each is of."""


@pytest.fixture(scope="module")
def controlled(truth: Truth) -> Summary:
    """Of two strategies and a control."""
    variants = {"spos-shuffled": {"strategy": "spos", "label": "labels at random", "landmarks": {"order": "random"}}}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        return analyse(invented_results(truth, variants=variants, seeds=(0, 1, 2)), truth)


@pytest.fixture(scope="module")
def studies(summary: Summary, controlled: Summary) -> dict[str, Study]:
    """One for each name that a finding asks for."""
    names = sorted(set.union(*NEEDS.values()))
    return {name: Study(name, controlled if name == "nb201-strategies" else summary) for name in names}


@pytest.mark.slow
def test_every_finding_has_its_numbers_from_the_frames(studies: dict[str, Study], summary: Summary) -> None:
    said = {one.lead: one.text for one in findings(studies)}
    assert list(said) == list(NEEDS)
    spos = summary.pairs[0]
    move = f"{short(summary.level(spos, False).value)} → {short(summary.level(spos, True).value)}"
    first, control, predictor, learned, score, other = said.values()
    assert f"SPOS {move}" in first
    assert f"SPOS {move}" in other
    assert move in predictor
    ridge = short(summary.reference("label_matched").value)
    assert f"without a super-net a ridge regression on the same 12 labels has {ridge}" in predictor
    parameters = short(summary.reference("parameters").value)
    assert f"the parameter count, which needs no labels, {parameters}." in predictor
    assert f"In nb201-cifar10, ranked by accuracy, guided SPOS has {move.partition(' → ')[2]}" in predictor
    over = [one.summary.margin(pair, "label_matched") for one in studies.values() for pair in one.say.ways]
    assert f"{sum(one.status == WORSE for one in over) or 0} of {len(over)} decidedly worse" in predictor
    assert f"{sum(one.status == BETTER for one in over) or 'no'} guided super-net ranks decidedly better" in predictor
    assert "leaves SPOS at" in control
    best = [short(summary.level(spos, after, "tau_top10").value) for after in (False, True)]
    assert f"it is {best[0]} → {best[1]}" in learned
    by_loss = [short(summary.level(spos, after, score="negative_loss").value) for after in (False, True)]
    assert f"{by_loss[0]} → {by_loss[1]} by the loss" in score


@pytest.mark.parametrize("left", [{"landmark"}, {"nb201-cifar10", "heuristics"}, {"of-mine"}], ids=sorted)
def test_findings_whose_studies_are_not_there_are_left_out(left: set[str], studies: dict[str, Study]) -> None:
    some = {name: studies.get(name, studies["landmark"]) for name in sorted(left)}
    assert [one.lead for one in findings(some)] == [lead for lead, names in NEEDS.items() if names <= left]


def test_every_report_has_a_line_that_leads_to_it(studies: dict[str, Study]) -> None:
    text = overview(studies)
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    line = re.compile(
        r"<tr>\n<td[^>]*><a href=\"([^\"]+)\">([^<]+)</a></td>\n<td[^>]*>([^<]*)</td>\n<td[^>]*>(\d+)</td>"
    )
    rows = line.findall(rendered)
    assert [name for _, name, _, _ in rows] == list(studies)
    for link, name, sentence, trials in rows:
        assert link == f"{name}/README.md"
        assert sentence.replace("&quot;", '"') == answer(studies[name].summary)
        assert int(trials) == studies[name].summary.header["n"]["trials"]
    assert rendered.count("<ol>") == 1
    assert rendered.count("<li>") == len(NEEDS)


@pytest.mark.parametrize(("why", "ends"), [(Why.GOES_ON, " --looks 2"), (Why.DECIDED, "")])
def test_a_command_says_up_to_which_look_seeds_were_added(summary: Summary, why: Why, ends: str) -> None:
    rows = {"spos": {"seeds": 4, "look": 2, "why": str(why)}, "enas": {"seeds": 2, "look": 1, "why": "decided"}}
    header = {**summary.header, "sequential": {"looks": [2, 4, 6], "rows": rows}}
    assert Study("tiny", replace(summary, header=header)).command == f"nasrank run tiny{ends}"
    assert Study("tiny", summary).command == "nasrank run tiny"


def test_a_title_and_a_label_are_no_markup_there(summary: Summary) -> None:
    pair = replace(summary.pairs[0], label="a | <b>\n* [x](y)")
    text = overview({"mine": Study("mine", replace(summary, pairs=(pair,)))})
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    assert "a | &lt;b&gt; * [x](y)" in rendered
    assert rendered.count("<td>") + rendered.count("<td ") == 4


@pytest.fixture
def folder(summary: Summary, controlled: Summary, tmp_path: Path) -> Path:
    """Of two reports and of things that are none."""
    for name, one in (("nb201-strategies", controlled), ("mine", summary)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "summary.json").write_text(one.to_text(), encoding="utf-8")
        (tmp_path / name / "table.csv").write_text(one.frame.to_csv(), encoding="utf-8")
    (tmp_path / "baselines").mkdir()
    (tmp_path / "baselines" / "summary.json").write_text("{}")
    (tmp_path / "notes.txt").write_text("mine")
    return tmp_path


def test_the_command_writes_the_page_and_says_so(folder: Path, controlled: Summary, command: Command) -> None:
    code, said, err = command("overview", folder)
    assert (code, err) == (0, "")
    assert " ".join(said.split()) == f"wrote {folder / 'README.md'}: what 2 reports say"
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "1. **Labels, or extra training?** " in text
    assert "2. **" not in text
    assert f"| [nb201-strategies](nb201-strategies/README.md) | {answer(controlled)} |" in text
    command("overview", folder)
    assert (folder / "README.md").read_text(encoding="utf-8") == text


def test_a_folder_without_reports_is_refused_in_a_line(tmp_path: Path, command: Command) -> None:
    code, _, err = command("overview", tmp_path)
    assert code == 2
    assert err == f"nasrank: {tmp_path} holds no reports: each is a folder with summary.json and table.csv\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("summary.json", "{}"),
        ("summary.json", "[1"),
        ("summary.json", '{"pairs": [{"name": 3}]}'),
        ("table.csv", "kind\n"),
    ],
    ids=["of an earlier version", "cut off", "other keys", "of an earlier table"],
)
def test_a_report_of_another_version_is_named_in_a_line(name: str, text: str, folder: Path, command: Command) -> None:
    (folder / "mine" / name).write_text(text)
    code, _, err = command("overview", folder)
    assert code == 2
    report = re.escape(str(folder / "mine"))
    assert re.fullmatch(rf"nasrank: {report} holds no report of this version: .*; 'nasrank report {report}' .*\n", err)
    assert not (folder / "README.md").exists()
