"""The README's numbers are those of the committed reports, and what it and others link to is there."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from nasrank.bench.studies.study_file import find_study, load_study

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

NAMES = {
    "NAS-Bench-201: SPOS": ("super-net", "spos"),
    "NAS-Bench-101: SPOS": ("super-net", "spos"),
    "FairNAS": ("super-net", "fairnas"),
    "DARTS, first order": ("super-net", "darts"),
    "GDAS": ("super-net", "gdas"),
    "SPOS, ranked by the loss instead of the accuracy": ("super-net by negative_loss", "spos"),
    "DARTS, landmarks in the right order": ("super-net", "darts"),
    "DARTS, landmarks in random order": ("super-net", "darts-random-order"),
    "*no super-net: ridge regression on the same 30 labels*": ("baseline", "label_matched"),
    "*no super-net: parameter count*": ("baseline", "parameters"),
}
"""What the rows of the table of findings are called in table.csv."""


Value = tuple[float, float, float]
"""Tau and the ends of its interval."""


def taus(study: str) -> dict[tuple[str, str, str], Value]:
    """Of a committed report, by kind, name and side."""
    with (ROOT / "reports" / study / "table.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "tau" and row["low"]]
    named = _by_arms(rows, load_study(find_study(study)).analysis.score) if "arm" in rows[0] else _by_sides(rows)
    return {key: (float(row["value"]), float(row["low"]), float(row["high"])) for key, row in named.items()}


def _by_sides(rows: list[dict[str, str]]) -> dict[tuple[str, str, str], dict[str, str]]:
    """As reports of before the tidy frame have them."""
    return {(row["kind"], row["name"], row["side"]): row for row in rows}


def _by_arms(rows: list[dict[str, str]], score: str) -> dict[tuple[str, str, str], dict[str, str]]:
    """Of a tidy frame, whose arms are `spos-landmark` and, where they are a base, `spos-plain`."""
    whole = [row for row in rows if not row["seed"] and not row["part"]]
    values = {(row["estimator"], row["arm"], row["score"]): row for row in whole if not row["base"]}
    found = {}
    for row in whole:
        if row["base"].endswith("-plain") and row["arm"].endswith("-landmark"):
            kind = "super-net" if row["score"] == score else f"super-net by {row['score']}"
            before, after = (values["super-net", row[side], row["score"]] for side in ("base", "arm"))
            for side, one in {"before": before, "after": after, "delta": row}.items():
                found[kind, row["arm"].removesuffix("-landmark"), side] = one
        elif not row["base"] and row["estimator"] not in ("super-net", "second measurement"):
            found.setdefault(("baseline", row["estimator"], ""), row)
    return found


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
    reported, (kind, name) = taus(study), NAMES[label]
    if kind == "baseline":
        assert numbers == rounded(reported[kind, name, ""][0])
        return
    before, after, difference = (reported[kind, name, side] for side in ("before", "after", "delta"))
    assert numbers == rounded(before[0], after[0], *difference)


def test_the_table_is_read_whole() -> None:
    assert (
        len(findings()) == len(re.findall(r"\| (?:the same|\[report\]\(reports/.*\)) \|$", README, re.MULTILINE)) > 10
    )


def decided(study: str) -> tuple[int, int]:
    """Rows of a report whose gain by guidance excludes zero, and all; controls and other samples are no rows."""
    content = load_study(find_study(study))
    controls = {name for name, one in content.variants.items() if one.landmarks.get("order") or one.equal_passes}
    rows = [*content.strategies, *(name for name in content.variants if name not in controls)]
    gains = {name: taus(study)["super-net", name, "delta"] for name in rows}
    return sum(low > 0 for _, low, _ in gains.values()), len(rows)


@pytest.mark.parametrize("study", ["nb201-strategies", "heuristics", "nb101-strategies"])
def test_as_many_are_decided_as_it_says(study: str) -> None:
    of, all_of_them = decided(study)
    assert re.search(rf"\b{of} of {all_of_them}\s+\[[^\]]*\]\(reports/{study}/", README)


@pytest.mark.parametrize("study", ["nb201-strategies", "nb101-strategies", "heuristics", "nb201-cifar10", "landmark"])
def test_no_super_net_beats_its_labels(study: str) -> None:
    """Not even the ends of their intervals, which overlap less than that of a paired difference."""
    reported = taus(study)
    ridge = reported["baseline", "label_matched", ""]
    best = max(value for (kind, _, side), (value, _, _) in reported.items() if kind == "super-net" and side == "after")
    assert best < ridge[2]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "reports/README.md"])
def test_what_a_link_leads_to_is_there(page: str) -> None:
    """Links to files of the repository; those of the documentation are looked at when it is built."""
    text = (ROOT / page).read_text(encoding="utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link}
    targets = [(ROOT / page).parent / link for link in links if link]
    assert targets or page == "CHANGELOG.md"
    assert not [path for path in targets if not path.exists()]
