"""The README's numbers are those of the committed reports, and what it and others link to is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.bench.analysis.across import Across
from nasrank.bench.analysis.frame import Finding
from nasrank.bench.oracles import Split, open_oracle
from nasrank.bench.reporting.across.report import report_texts
from nasrank.bench.reporting.overview import studies_in, summary_in
from nasrank.bench.reporting.say import Say
from nasrank.spaces import get_space

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

ROWS = {
    "NAS-Bench-201: SPOS": ("spos", ""),
    "NAS-Bench-101: SPOS": ("spos", ""),
    "FairNAS": ("fairnas", ""),
    "DARTS, first order": ("darts", ""),
    "GDAS": ("gdas", ""),
    "SPOS, ranked by the loss instead of the accuracy": ("spos", "negative_loss"),
    "DARTS, landmarks in the right order": ("darts", ""),
    "DARTS, landmarks in random order": ("darts-random-order", ""),
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
def test_what_is_said_of_darts_cells() -> None:
    summary = studies_in(ROOT / "reports")["darts"].summary
    spos, gdas = summary.pair("spos"), summary.pair("gdas")
    plain, ridge, parameters, before, after = rounded(
        summary.level(spos, False).value,
        summary.reference("label_matched").value,
        summary.reference("parameters").value,
        *(summary.level(gdas, guided).value for guided in (False, True)),
    )
    text = " ".join(README.split())
    assert f"the plain SPOS ranks with {plain}, where a ridge on 20 labels has {ridge}" in text
    assert f"and the parameter count {parameters}. Guidance" in text
    assert f"Guidance is decided for GDAS ({before} to {after}), and open for three others" in text
    assert [pair.label for pair in summary.pairs if summary.gain(pair).status == "better"] == ["GDAS"]


@pytest.mark.slow
def test_what_is_said_of_super_nets_over_graphs() -> None:
    summary = studies_in(ROOT / "reports")["nago"].summary
    spos = summary.pair("spos")
    before, after = rounded(*(summary.level(spos, guided).value for guided in (False, True)))
    (best,) = rounded(summary.reference("best_on_labels").value)
    text = " ".join(README.split()).replace("−", "-")
    assert f"SPOS with {before}; guidance takes it to {after}, decidedly, where a regression on the same 20" in text
    assert f"20 labels has {best}." in text
    assert {summary.gain(pair).status for pair in summary.pairs} == {"better"}


def test_super_nets_over_graphs_prefer_many_leaves_which_are_worse() -> None:
    """As docs/explanation/discussion.md says of NAGO."""
    space, results = get_space("nago"), ROOT / "reports" / "nago" / "results"
    pool = [space.parse(one) for one in json.loads((results / "design.json").read_text(encoding="utf-8"))["pool"]]
    leaves = [space.traits(one)["leaves"] for one in pool]
    table = open_oracle("nago-cifar10-16")
    truth = table.accuracy(pool, dataset="cifar10-16", split=Split.TEST_TABULATED, epochs=2, seeds="mean")
    assert kendalltau(leaves, truth).statistic < -0.4

    def preference(arm: str) -> float:
        trials = [json.loads((results / f"{arm}-seed{seed}.json").read_text(encoding="utf-8")) for seed in range(3)]
        return float(np.mean([kendalltau(leaves, one["scores"]["negative_loss"]).statistic for one in trials]))

    for strategy in ("spos", "nao"):
        assert preference(f"{strategy}-plain") > 0.2
        assert abs(preference(f"{strategy}-landmark")) < 0.15


def test_what_is_said_of_mixed_heads() -> None:
    summary = json.loads((ROOT / "reports" / "tables-glit" / "summary.json").read_text(encoding="utf-8"))
    more, less = (claim["value"] for claim in summary["claims"])
    text = " ".join(README.split())
    assert (
        f"are {more:.1f} points better than global heads of equal cost, and {-less:.1f} worse than local ones" in text
    )
    assert [claim["status"] for claim in summary["claims"]] == ["holds", "does not hold"]
    mixed, alone, local = (f"{row['mean']:.1f}" for row in summary["rows"])
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    assert f"have {mixed} %, those of global heads alone {alone}, those of local heads alone {local}." in page


@pytest.mark.slow
def test_the_report_over_all_spaces_is_that_of_its_studies() -> None:
    folder = ROOT / "reports" / "across"
    known = Across.from_text((folder / "summary.json").read_text(encoding="utf-8"))
    found = Across.of({study.name: summary_in(ROOT / "reports" / study.name) for study in known.studies})
    for name, text in report_texts(found).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"{name}: make it anew with nasrank across"
    assert len(found.spaces) == 10
    gains, rows = found.count("better"), len(found.rows)
    text = " ".join(README.split())
    assert (
        f"Over ten spaces guidance is a decided gain in {gains} of {rows} ways to train, and a decided loss in none"
        in text
    )
    assert found.count("worse") == found.count("better", "against_best") == 0


def test_what_is_said_of_recurrent_cells() -> None:
    summary = summary_in(ROOT / "reports" / "recurrent")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    best, gain = summary.reference("best_on_labels").value, summary.gain(summary.pair("spos"))
    text = " ".join(README.split())
    guided = f"plain SPOS with {before:.2f}; guidance takes it to {after:.2f}"
    assert f"{guided}, and a regression on the same 30 labels has {best:.2f}" in text
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    interval = f"(+{gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}])"
    assert f"SPOS {before:.2f} before guidance and {after:.2f} after it {interval}" in page


def test_what_is_said_of_dense_encoder_decoders() -> None:
    summary = summary_in(ROOT / "reports" / "dense-unet")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    cost, ceiling = summary.reference("multiply_adds").value, summary.ceiling.value
    assert (
        f"by SPOS with {before:.2f} and {after:.2f} after guidance, and by their multiply-adds with {cost:.2f}, where "
        f"another mean of two seeds has {ceiling:.2f}."
    ) in " ".join(README.split())


def test_what_is_said_of_searches_by_training() -> None:
    content = json.loads((ROOT / "reports" / "dense-unet-search" / "summary.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in content["rows"]}
    random, policy, evolution = (f"{rows[name]['mean']:.2f}" for name in ("random", "policy", "evolution"))
    text = " ".join(README.split())
    assert (
        f"random search finds {random} points of Dice, the policy gradient {policy} and evolution {evolution}" in text
    )
    assert {claim["status"] for claim in content["claims"]} == {"open"}
    assert "all three were told 81.4 or more." in text
    assert all(81.35 <= row["told"] < 81.5 for row in rows.values())
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    told, apart = ([row[name] for row in rows.values()] for name in ("told", "mean"))
    gaps = [one - other for one, other in zip(told, apart, strict=True)]
    assert f"is {min(gaps):.1f} to {max(gaps):.1f} points too good, most so for evolution" in page
    assert max(rows, key=lambda name: rows[name]["told"] - rows[name]["mean"]) == "evolution"
    for name, before in (("random", "finds"), ("policy", "the policy gradient"), ("evolution", "evolution")):
        low, high = (f"{rows[name][end]:.2f}" for end in ("low", "high"))
        assert f"{before} {rows[name]['mean']:.2f} " in page.replace(" points of Dice", "")
        assert f"[{low}, {high}]" in page


def test_what_is_said_of_segmentation_networks() -> None:
    summary = summary_in(ROOT / "reports" / "deeplab")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    best = summary.reference("best_on_labels").value
    text = " ".join(README.split())
    assert (
        f"hardly ranked by SPOS: {before:.2f} and {after:.2f} after guidance, where a regression on the same 10 labels "
        f"has {best:.2f}."
    ) in text
    (group,) = json.loads((ROOT / "reports" / "tables-deeplab" / "summary.json").read_text(encoding="utf-8"))["rows"]
    path, cell, seed = (f"{100 * share[0]:.0f} %" for share in group["shares"].values())
    assert f"decides {path} of the variance of a run, the cell {cell}, the seed {seed}." in text


def test_what_is_said_of_stereo_networks() -> None:
    (group,) = json.loads((ROOT / "reports" / "tables-stereo" / "summary.json").read_text(encoding="utf-8"))["rows"]
    shares = {name.removeprefix("training "): share for name, share in group["shares"].items()}
    value, low, high = (f"{100 * number:.0f}" for number in shares["seeds"])
    assert f"{value} % of the variance of a run lie between training seeds" in " ".join(README.split())
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    matching = f"{100 * shares['matchings of one feature'][0]:.0f} %"
    assert f"{value} % [{low}, {high}] lie between training seeds, {matching} between matching nets and none" in page
    assert round(shares["features"][0], 2) == 0
    tau = ", ".join(f"{group[name]:.2f}" for name in ("tau_low", "tau_high"))
    assert f"with a tau of {group['tau']:.2f} [{tau}]" in page


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


def test_what_is_said_of_transformers() -> None:
    summary = json.loads((ROOT / "reports" / "tables-transformer" / "summary.json").read_text(encoding="utf-8"))
    means = {row["name"]: f"{row['mean']:.1f}" for row in summary["rows"]}
    claims = {claim["name"]: claim for claim in summary["claims"]}
    text = " ".join(README.split())
    assert means["pre-cold"] == means["pre-warm"]
    rank_alike = claims["same-ranking"]["value"]
    assert (
        f"a perplexity of {means['post-cold']} without warm-up and {means['post-warm']} with it, pre-normalized ones "
        f"{means['pre-cold']} either way. Warm-up hardly changes how others rank ({rank_alike:.2f})."
    ) in text
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    cold, warm = claims["post-needs-it"], claims["post-with-it"]
    assert f"in the worst of five seeds ({cold['high']:.1f})" in page
    assert f"the best seed without it has {cold['low']:.1f}, the worst with it {warm['high']:.1f}." in page
    assert [claim["status"] for claim in summary["claims"]] == ["does not hold", "does not hold", "holds", "holds"]


def test_what_is_said_of_a_super_net_of_transformers() -> None:
    summary = summary_in(ROOT / "reports" / "transformer")
    pair, best = summary.pair("spos"), summary.reference("best_on_labels").value
    before, after = (f"{summary.level(pair, one).value:.2f}".replace("-", "−") for one in (False, True))
    text = " ".join(README.split())
    assert (
        f"ranks thirty of those with {before} and {after} after guidance, where a regression on the same 10 labels has "
        f"{best:.2f}."
    ) in text
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    for one, shown in ((False, before), (True, after)):
        low, high = (f"{getattr(summary.level(pair, one), end):.2f}".replace("-", "−") for end in ("low", "high"))
        assert f"{shown} [{low}, {high}]" in page
    gain = summary.gain(pair)
    assert f"gain of {gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}] is open".replace("-", "−") in page
    assert f"has {best:.2f}, and another mean of two seeds {summary.ceiling.value:.2f}." in page


def test_what_is_said_of_inverted_residuals() -> None:
    summary = summary_in(ROOT / "reports" / "mobilenet")
    spos, rlnas = (
        [
            f"{round(summary.level(summary.pair(arm), one).value, 2) + 0.0:.2f}".replace("-", "−")
            for one in (False, True)
        ]
        for arm in ("spos", "rlnas")
    )
    assert (
        f"are ranked by SPOS with {spos[0]} and {spos[1]} after guidance, by RLNAS with {rlnas[0]} and {rlnas[1]}, "
        f"where a regression on the same 10 labels has {summary.reference('best_on_labels').value:.2f}, and another "
        f"mean of two seeds {summary.ceiling.value:.2f}."
    ) in " ".join(README.split())
    page = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())
    before, after = (interval_of(summary.level(summary.pair("spos"), one)) for one in (False, True))
    best = interval_of(summary.reference("best_on_labels"))
    cost = [f"{summary.reference(one).value:.2f}".replace("-", "−") for one in ("parameters", "multiply_adds")]
    assert f"SPOS {before} before guidance and {after} after it" in page
    assert f"on the same 10 labels {best}, parameters {cost[0]}, FLOPs {cost[1]}." in page
    assert f"which is the truth here, with {summary.ceiling.value:.2f}." in page
    report = (ROOT / "reports" / "mobilenet" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"Claim, stated beforehand: (\w+)\*\*", report) == ["holds", "open", "open"]
    assert "mean within thirds by multiply-adds: +0.261 [−0.048, 0.555]" in report
    assert "(+0.26 [−0.05, 0.56], where −0.10 was stated)" in page


def interval_of(found: Finding) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]".replace("-", "−")


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


def test_what_proxies_are_worth() -> None:
    rows = json.loads((ROOT / "reports" / "zero-cost" / "summary.json").read_text(encoding="utf-8"))["rows"]
    values = {
        (one["predictor"], one["metric"]): round(one["mean"], 2)
        for one in rows
        if one["features"].startswith("nb201-16x16") and one["truth"] == "CIFAR-10" and one["mean"] is not None
    }
    five = "nwot+params+jacov+epe_nas+synflow"
    text = " ".join(README.split())
    assert f"parameters alone have {values['params', 'tau']} on all of NAS-Bench-201" in text
    assert f"five proxies together {values[five, 'tau']}" in text
    assert f"best tenth of its cells {values['params', 'tau_top10']} and {values[five, 'tau_top10']}" in text


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
    agree = sum(one["low"] <= 0 <= one["high"] for one in summary["published"])
    assert (
        f"random search to {found['random']} on CIFAR-10's test images, regularized evolution to {found['rea']}, local "
        f"search to {found['local_search']}, and a predictor that is asked for its best after 30 labels to "
        f"{found['predicted']}, of {best} that there are. {agree} of {len(summary['published'])} published figures "
        "agree"
    ) in text


def test_why_published_searches_differ() -> None:
    assert "REINFORCE's agree with a learning rate of 0.05" in README
    summary = json.loads((ROOT / "reports" / "nb201-search-differences" / "summary.json").read_text(encoding="utf-8"))
    agree: dict[tuple[str, str], list[bool]] = {}
    for one in summary["published"]:
        agree.setdefault((one["part"], one["searcher"]), []).append(one["low"] <= 0 <= one["high"])
    assert agree["nb201", "reinforce_0_05"] == [True] * 6
    assert agree["nb201", "reinforce"] == [False] * 6
    assert agree["release-1", "random"] == [True] * 3


def test_what_a_budget_is_best_spent_on() -> None:
    text = " ".join(README.split())
    found = search_means("search-budget", "s6000", "test")
    assert (
        f"At 6,000 seconds these find {found['labels']}, evolution {found['evolution']}, random search "
        f"{found['random']}, a guided super-net {found['guided']}, a plain one {found['plain']}."
    ) in text
    assert f"finds {found['calibrated']}, which three super-nets do not tell apart" in text
    pairs = json.loads((ROOT / "reports" / "search-budget" / "summary.json").read_text(encoding="utf-8"))["comparisons"]
    (one,) = (
        one
        for one in pairs
        if (one["part"], one["figure"]) == ("s6000", "test") and {one["one"], one["other"]} == {"calibrated", "labels"}
    )
    assert not one["decided"]


def test_what_is_said_of_generators() -> None:
    text = " ".join(README.split())
    tables, search = (
        json.loads((ROOT / "reports" / name / "summary.json").read_text(encoding="utf-8"))
        for name in ("tables-nago", "search-nago")
    )
    hierarchical, flat = tables["rows"]
    shares = [f"{100 * share[0]:.0f}" for share in hierarchical["shares"].values()]
    difference = next(one for one in tables["claims"] if one["name"] == "hierarchy")
    assert (
        f"decide {shares[0]} % of the variance of a run, their graphs and the seeds {shares[1]} and {shares[2]} %."
        in text
    )
    assert f"hierarchical graphs are {-difference['value']:.1f} points worse than flat wiring" in text
    assert max(hierarchical["means"]) > max(flat["means"]), "though the best are better"
    (claim,) = search["claims"]
    found = [f"{100 * claim[key]:.0f}" for key in ("chance", "low", "high")]
    assert f"in {found[0]} of 100 pairs of runs ({found[1]} to {found[2]})." in text
