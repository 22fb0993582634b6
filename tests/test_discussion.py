"""What docs/explanation/discussion.md says of small tables and of search is what the committed reports say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from nasrank.bench.analysis.frame import Finding
from nasrank.bench.oracles import Split, open_oracle
from nasrank.bench.reporting.overview import studies_in, summary_in
from nasrank.spaces import get_space

ROOT = Path(__file__).parents[1]
PAGE = " ".join((ROOT / "docs" / "explanation" / "discussion.md").read_text(encoding="utf-8").split())


@pytest.mark.slow
def test_what_is_said_of_super_nets_over_graphs() -> None:
    summary = studies_in(ROOT / "reports")["nago"].summary
    plain, guided = (
        [f"{summary.level(pair, one).value:.2f}".replace("-", "−") for pair in summary.pairs] for one in (False, True)
    )
    assert f"SPOS with {plain[0]} and NAO with {plain[1]}. Guidance is a decided gain for both" in PAGE
    assert f"(to {guided[0]} and {guided[1]})" in PAGE
    assert f"A regression on the same 20 labels has {summary.reference('best_on_labels').value:.2f}" in PAGE
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
    assert f"{more:.1f} points better than global ones, and {-less:.1f} worse than local ones" in PAGE
    assert [claim["status"] for claim in summary["claims"]] == ["holds", "does not hold"]
    mixed, alone, local = (f"{row['mean']:.1f}" for row in summary["rows"])
    assert f"have {mixed} %, the two of global heads alone {alone}, the two of local heads alone {local};" in PAGE


def test_what_is_said_of_found_heads() -> None:
    summary = json.loads((ROOT / "reports" / "tables-glit-found" / "summary.json").read_text(encoding="utf-8"))
    means = ["{mean:.2f}".format(**row) for row in summary["rows"]]
    assert (
        "has {} %, evolution of both at once {}, random draws {}, and the sixty random networks {} in".format(*means)
        in PAGE
    )
    (claim,) = summary["claims"]
    assert claim["status"] == "holds"
    assert f"holds: +{claim['value']:.2f} [{claim['low']:.2f}, {claim['high']:.2f}].".replace("-", "−") in PAGE


def test_what_is_said_of_found_chains() -> None:
    summary = json.loads((ROOT / "reports" / "tables-mobilenet-found" / "summary.json").read_text(encoding="utf-8"))
    found, random = ("{mean:.2f}".format(**row) for row in summary["rows"][:2])
    assert f"three chains that have {found} % when" in PAGE
    assert f"random ones of 1.8 to 2 million have {random}." in PAGE
    (claim,) = summary["claims"]
    assert claim["status"] == "open"
    assert f"three searches: +{claim['value']:.2f} [{claim['low']:.2f}, {claim['high']:.2f}].".replace("-", "−") in PAGE


def test_what_is_said_of_recurrent_cells() -> None:
    summary = summary_in(ROOT / "reports" / "recurrent")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    best, gain = summary.reference("best_on_labels").value, summary.gain(summary.pair("spos"))
    assert f"The best regression on the same 30 labels has {best:.2f}" in PAGE
    interval = f"(+{gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}])"
    assert f"SPOS {before:.2f} before guidance and {after:.2f} after it {interval}" in PAGE


def test_what_is_said_of_dense_encoder_decoders() -> None:
    summary = summary_in(ROOT / "reports" / "dense-unet")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    cost = summary.reference("multiply_adds").value
    gain = summary.gain(summary.pair("spos"))
    interval = f"({gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}])".replace("-", "−")
    assert f"SPOS has {before:.2f} without guidance and {after:.2f} with it {interval}" in PAGE
    best = summary.reference("best_on_labels").value
    assert f"multiply-adds have {cost:.2f}, decidedly more than the guided super-net" in PAGE
    assert f"a regression on the ten labels has {best:.2f}." in PAGE


def test_what_is_said_of_networks_on_nuclei() -> None:
    summary = summary_in(ROOT / "reports" / "dense-unet-nuclei")
    pair = summary.pair("spos")
    before, after = (f"{summary.level(pair, one).value:.2f}" for one in (False, True))
    assert f"SPOS has {before} without guidance and {after} with it ({interval_of(summary.gain(pair))})" in PAGE
    cost, parameters = (f"{summary.reference(one).value:.2f}" for one in ("multiply_adds", "parameters"))
    assert f"ranks better than multiply-adds ({cost}) was stated, and does not hold" in PAGE
    assert f"The parameter count has {parameters}, another mean of two seeds {summary.ceiling.value:.2f}." in PAGE
    report = (ROOT / "reports" / "dense-unet-nuclei" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"Claim, stated beforehand: ([\w ]+)\*\*", report) == ["open", "does not hold"]
    found = re.search(r"SPOS minus FLOPs: −(\d\.\d+) \[−(\d\.\d+), −(\d\.\d+)\]", report)
    assert found is not None
    worse, most, least = (f"{float(one):.2f}" for one in found.groups())
    assert f"SPOS ranks {worse} [{least}, {most}] worse" in PAGE
    one, other = (
        table.values(table.rows.positions, metric="mean_dice", dataset=data, split=split, epochs=32, seeds="mean")
        for table, data in ((open_oracle(f"dense-unet-{name}"), data) for name, data in ON_PIXELS.items())
        for split in [Split.TEST_TABULATED]
    )
    assert f"agree with a tau of {kendalltau(one, other).statistic:.2f}." in PAGE


ON_PIXELS = {"brain": "brain-template", "nuclei": "nuclei"}
"""Of the two tables of the same dense encoder-decoders, the data."""


def test_what_is_said_of_searches_by_training() -> None:
    content = json.loads((ROOT / "reports" / "dense-unet-search" / "summary.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in content["rows"]}
    assert {claim["status"] for claim in content["claims"]} == {"open"}
    assert "All three were told that they had 81.4 to 81.5" in PAGE
    assert all(81.35 <= row["told"] < 81.5 for row in rows.values())
    told, apart = ([row[name] for row in rows.values()] for name in ("told", "mean"))
    gaps = [one - other for one, other in zip(told, apart, strict=True)]
    assert f"is {min(gaps):.1f} to {max(gaps):.1f} points too good, most so for evolution" in PAGE
    assert max(rows, key=lambda name: rows[name]["told"] - rows[name]["mean"]) == "evolution"
    for name, before in (("random", "finds"), ("policy", "the policy gradient"), ("evolution", "evolution")):
        low, high = (f"{rows[name][end]:.2f}" for end in ("low", "high"))
        assert f"{before} {rows[name]['mean']:.2f} " in PAGE.replace(" points of Dice", "")
        assert f"[{low}, {high}]" in PAGE


def test_what_is_said_of_searches_on_the_table_of_filters() -> None:
    content = json.loads((ROOT / "reports" / "search-dense-unet" / "summary.json").read_text(encoding="utf-8"))
    first, second = ([f"{100 * claim[key]:.0f}" for key in ("chance", "low", "high")] for claim in content["claims"])
    assert [claim["status"] for claim in content["claims"]] == ["holds", "open"]
    assert f"than random search in {first[0]} of 100 pairs of searches [{first[1]}, {first[2]}]" in PAGE
    assert f"against evolution it is {second[0]} [{second[1]}, {second[2]}], which is open" in PAGE
    means = {row["searcher"]: row["mean"] for row in content["rows"] if row["figure"] == "network"}
    shown = [f"{means[name]:.2f}" for name in ("policy", "evolution", "random")]
    best = content["best"]["dense-unet"]["network"]
    assert f"{shown[0]}, {shown[1]} and {shown[2]} points of Dice, of {best:.2f}." in PAGE
    curves = {one["searcher"]: one for one in content["curves"] if one["axis"] == "queries"}

    def regret(searcher: str, queries: int) -> float:
        one = curves[searcher]
        return float(one["median"][int(np.searchsorted(one["at"], queries, side="right")) - 1])

    for other in ("evolution", "random"):
        assert regret("policy", 20) > regret(other, 20)
        assert regret("policy", 55) <= regret(other, 55)
    table = open_oracle("dense-unet-filters-brain").provenance.protocol
    assert "0.481 between two seeds" in table
    assert "one ranks like the other with a tau of 0.48." in PAGE


def test_what_is_said_of_segmentation_networks() -> None:
    summary = summary_in(ROOT / "reports" / "deeplab")
    before, after = (summary.level(summary.pair("spos"), one).value for one in (False, True))
    best = summary.reference("best_on_labels").value
    assert f"SPOS has {before:.2f} without guidance and {after:.2f} with it" in PAGE
    assert f"a regression on the ten labels has {best:.2f}." in PAGE
    (group,) = json.loads((ROOT / "reports" / "tables-deeplab" / "summary.json").read_text(encoding="utf-8"))["rows"]
    shares = [[f"{100 * number:.0f}" for number in share] for share in group["shares"].values()]
    path, cell, seed = shares
    assert f"decides {path[0]} % [{path[1]}, {path[2]}] of the variance of a run" in PAGE
    assert f"the cells of one path {cell[0]} % and the seed {seed[0]} %" in PAGE


def test_what_is_said_of_stereo_networks() -> None:
    (group,) = json.loads((ROOT / "reports" / "tables-stereo" / "summary.json").read_text(encoding="utf-8"))["rows"]
    shares = {name.removeprefix("training "): share for name, share in group["shares"].items()}
    value, low, high = (f"{100 * number:.0f}" for number in shares["seeds"])
    matching = f"{100 * shares['matchings of one feature'][0]:.0f} %"
    assert f"{value} % [{low}, {high}] lie between training seeds, {matching} between matching nets and none" in PAGE
    assert round(shares["features"][0], 2) == 0
    tau = ", ".join(f"{group[name]:.2f}" for name in ("tau_low", "tau_high"))
    assert f"with a tau of {group['tau']:.2f} [{tau}]" in PAGE


def test_what_is_said_of_transformers() -> None:
    summary = json.loads((ROOT / "reports" / "tables-transformer" / "summary.json").read_text(encoding="utf-8"))
    means = {row["name"]: f"{row['mean']:.1f}" for row in summary["rows"]}
    claims = {claim["name"]: claim for claim in summary["claims"]}
    assert means["pre-cold"] == means["pre-warm"]
    assert f"they have a perplexity of {means['post-cold']} without warm-up" in PAGE
    assert f"and {means['post-warm']} with it." in PAGE
    assert f"before each sub-layer they have {means['pre-cold']}, with warm-up or without" in PAGE
    assert f"rank alike with warm-up and without, with a tau of {claims['same-ranking']['value']:.2f}" in PAGE
    cold, warm = claims["post-needs-it"], claims["post-with-it"]
    assert f"in the worst of five seeds ({cold['high']:.1f})" in PAGE
    assert f"the best seed without it has {cold['low']:.1f}, the worst with it {warm['high']:.1f}." in PAGE
    assert [claim["status"] for claim in summary["claims"]] == ["does not hold", "does not hold", "holds", "holds"]


def test_what_is_said_of_a_super_net_of_transformers() -> None:
    summary = summary_in(ROOT / "reports" / "transformer")
    pair, best = summary.pair("spos"), summary.reference("best_on_labels").value
    before, after = (f"{summary.level(pair, one).value:.2f}".replace("-", "−") for one in (False, True))
    for one, shown in ((False, before), (True, after)):
        low, high = (f"{getattr(summary.level(pair, one), end):.2f}".replace("-", "−") for end in ("low", "high"))
        assert f"{shown} [{low}, {high}]" in PAGE
    gain = summary.gain(pair)
    assert f"gain of {gain.value:.2f} [{gain.low:.2f}, {gain.high:.2f}] is open".replace("-", "−") in PAGE
    assert f"has {best:.2f}, and another mean of two seeds {summary.ceiling.value:.2f}." in PAGE


def test_what_is_said_of_inverted_residuals() -> None:
    summary = summary_in(ROOT / "reports" / "mobilenet")
    rlnas = (f"{summary.level(summary.pair('rlnas'), one).value:.2f}".replace("-", "−") for one in (False, True))
    assert f"RLNAS {' and '.join(rlnas)}," in PAGE
    before, after = (interval_of(summary.level(summary.pair("spos"), one)) for one in (False, True))
    best = interval_of(summary.reference("best_on_labels"))
    cost = [f"{summary.reference(one).value:.2f}".replace("-", "−") for one in ("parameters", "multiply_adds")]
    assert f"SPOS {before} before guidance and {after} after it" in PAGE
    assert f"on the same 10 labels {best}, parameters {cost[0]}, FLOPs {cost[1]}." in PAGE
    assert f"which is the truth here, with {summary.ceiling.value:.2f}." in PAGE
    report = (ROOT / "reports" / "mobilenet" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"Claim, stated beforehand: (\w+)\*\*", report) == ["holds", "open", "open"]
    assert "mean within thirds by multiply-adds: +0.261 [−0.032, 0.499]" in report
    assert "(+0.26 [−0.03, 0.50], where −0.10 was stated)" in PAGE


def test_what_is_said_of_heads() -> None:
    summary = summary_in(ROOT / "reports" / "glit")
    pair = summary.pair("spos")
    before, after = (interval_of(summary.level(pair, one)) for one in (False, True))
    others = [interval_of(summary.reference("best_on_labels"))]
    others += [f"{summary.reference(one).value:.2f}" for one in ("parameters", "multiply_adds")]
    assert f"with {before} by the loss, and with {after} after guidance by ten landmarks" in PAGE
    assert "a regression on the same labels has {}, parameters {}, FLOPs {}.".format(*others) in PAGE
    assert f"another mean of two seeds with {summary.ceiling.value:.2f}. - SPOS ranks thirty" in PAGE
    report = (ROOT / "reports" / "glit" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"Claim, stated beforehand: (\w+)\*\*", report) == ["open", "open"]
    assert f"The angle ranks them backwards, with {interval_of(summary.level(pair, False, score='angle'))}" in PAGE


def interval_of(found: Finding) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]".replace("-", "−")


def test_why_published_searches_differ() -> None:
    assert "REINFORCE's agree with a learning rate of 0.05 where NATS-Bench's scripts have 0.01" in PAGE
    search = json.loads((ROOT / "reports" / "nb201-search" / "summary.json").read_text(encoding="utf-8"))["published"]
    sure = [one for one in search if one["published"]["mark"] != "R"]
    assert f"beside {len(search)} published figures" in PAGE
    assert f"hold {sum(one['low'] <= 0 <= one['high'] for one in search)} of these" in PAGE
    assert f"only {len(sure)} were taken from a source, and none of them agrees" in PAGE
    assert not [one for one in sure if one["low"] <= 0 <= one["high"]]
    assert f"the other {len(search) - len(sure)} are from memory" in PAGE
    summary = json.loads((ROOT / "reports" / "nb201-search-differences" / "summary.json").read_text(encoding="utf-8"))
    agree: dict[tuple[str, str], list[bool]] = {}
    for one in summary["published"]:
        agree.setdefault((one["part"], one["searcher"]), []).append(one["low"] <= 0 <= one["high"])
    assert agree["nb201", "reinforce_0_05"] == [True] * 6
    assert agree["nb201", "reinforce"] == [False] * 6
    assert agree["release-1", "random"] == [True] * 3


def test_what_is_said_of_generators() -> None:
    tables, search = (
        json.loads((ROOT / "reports" / name / "summary.json").read_text(encoding="utf-8"))
        for name in ("tables-nago", "search-nago")
    )
    hierarchical, flat = tables["rows"]
    shares = [f"{100 * share[0]:.0f}" for share in hierarchical["shares"].values()]
    difference = next(one for one in tables["claims"] if one["name"] == "hierarchy")
    assert f"{shares[0]} % of the variance of a run lies between generators, {shares[1]} % between the" in PAGE
    assert f"graphs of one, {shares[2]} % between seeds." in PAGE
    assert f"{-difference['value']:.1f} points worse over the {difference['units']} that are compared in pairs" in PAGE
    assert f"the means of all are {hierarchical['mean']:.1f} and {flat['mean']:.1f} %" in PAGE
    assert max(hierarchical["means"]) > max(flat["means"]), "though the best are better"
    (claim,) = search["claims"]
    found = [f"{100 * claim[key]:.0f}" for key in ("chance", "low", "high")]
    assert f"in {found[0]} of 100 pairs of runs [{found[1]}, {found[2]}]" in PAGE
