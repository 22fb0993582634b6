"""Claims of search studies: how often one searcher ends better than another."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from invented_searches import invented_study, invented_table, known
from scipy import stats

from nasrank.bench.analysis.search_claims import TOO_FEW, chance, search_claims
from nasrank.bench.analysis.search_summary import SearchSummary
from nasrank.bench.reporting.search.report import answer, report_texts

CLAIM = {"says": "REA beats chance [X]", "part": "one", "searcher": "rea", "against": "random", "at_least": 0.5}


def claimed(**changes: Any) -> dict[str, Any]:
    return {"better": {**CLAIM, **changes}}


@pytest.mark.slow
def test_the_chance_is_mann_and_whitneys_statistic_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    one, other = random.integers(0, 8, 40) / 2.0, random.integers(0, 8, 30) / 2.0
    found, low, high = chance(one, other, 0.95)
    assert found == pytest.approx(stats.mannwhitneyu(one, other).statistic / (40 * 30))
    assert chance(other, one, 0.95)[0] == pytest.approx(1 - found)
    error = np.std([chance(random.choice(one, 40), random.choice(other, 30), 0.5)[0] for _ in range(100)])
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.25)
    assert chance(one + 9, other, 0.95) == (1, 1, 1)
    assert chance(one, one, 0.95)[0] == 0.5


@pytest.mark.parametrize(("searcher", "against", "least"), [("rea", "random", 0.0), ("random", "rea", 1.0)])
def test_claims_are_about_the_runs_that_ended(searcher: str, against: str, least: float) -> None:
    table = invented_table()
    study = invented_study(claims=claimed(searcher=searcher, against=against, at_least=least))
    [found] = search_claims(study, table)
    final = table[table["final"] & (table["part"] == "one")]
    one, other = (final[final["searcher"] == who]["test"].to_numpy() for who in (searcher, against))
    wins = [(a > b) + (a == b) / 2 for a in one for b in other]
    assert found.chance == pytest.approx(np.mean(wins))
    assert found.runs == 6
    assert found.status == ("holds" if least == 0 else "does not hold" if found.high < 1 else "open")


def test_of_what_is_lower_the_lower_is_better() -> None:
    table = invented_table()
    [found] = search_claims(invented_study(claims=claimed(figure="latency")), table)
    final = table[table["final"] & (table["part"] == "one")]
    one, other = (final[final["searcher"] == who]["latency"].to_numpy() for who in ("rea", "random"))
    assert found.chance == pytest.approx(np.mean([(a < b) + (a == b) / 2 for a in one for b in other]))


def test_one_run_tells_nothing() -> None:
    table = invented_table()
    [found] = search_claims(invented_study(claims=claimed()), table[table["run"] == 0])
    assert found.status == TOO_FEW
    assert np.isnan(found.chance)


@pytest.mark.slow
def test_a_report_says_what_became_of_its_claims() -> None:
    summary = SearchSummary.of(invented_study(claims=claimed()), invented_table(), known())
    again = SearchSummary.from_text(summary.to_text())
    assert (again.claims, again.to_text()) == (summary.claims, summary.to_text())
    texts = report_texts(summary)
    status = summary.claims[0].status
    assert f"REA beats chance [X]: {status} (chance " in answer(summary)
    for file in ("README.md", "table.md", "index.html"):
        assert "Claims, stated beforehand" in texts[file]
        assert "at least 0.50" in texts[file]


@pytest.mark.slow
def test_a_study_without_claims_is_written_as_before_there_were_any() -> None:
    summary = SearchSummary.of(invented_study(), invented_table(), known())
    content = json.loads(summary.to_text())
    assert "claims" not in content
    assert "claims" not in content["study"]
    assert "Claims" not in report_texts(summary)["README.md"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"part": "three"}, "claims.better: there is no part 'three'; parts are one, two"),
        ({"searcher": "nsga2"}, "'nsga2' does not search one; random, rea, helped do"),
        ({"against": "nobody"}, "'nobody' does not search one"),
        ({"against": "rea"}, "it compares rea with itself"),
        ({"figure": "speed"}, "one reports no 'speed'; it has test, latency"),
        ({"at_least": 70}, "less than or equal to 1"),
    ],
)
def test_what_cannot_be_answered_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        invented_study(claims=claimed(**changes))


def test_options_and_no_claim_decide_runs() -> None:
    study = invented_study()
    part = study.parts["one"].model_dump(mode="json")
    decision = "edge 0->1"
    few = invented_study(
        parts={**study.model_dump(mode="json")["parts"], "one": {**part, "options": {decision: ["none"]}}}
    )
    assert few.fingerprint("one", "rea") != study.fingerprint("one", "rea")
    assert invented_study(claims=claimed()).fingerprint("one", "rea") == study.fingerprint("one", "rea")
