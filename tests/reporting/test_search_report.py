"""The files of the report of a search study say the same, are the same again, and show labels as they are."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from invented_searches import BEST, TRUE_FRONT, invented_study, invented_summary, invented_table, known
from markdown_it import MarkdownIt

from nasrank.bench.analysis.search_rows import FinalRow
from nasrank.bench.analysis.search_summary import KIND, SearchSummary
from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse
from nasrank.bench.reporting.kinds import kind_of_report
from nasrank.bench.reporting.overview import Other, others_in, overview
from nasrank.bench.reporting.search import FILES, write
from nasrank.bench.reporting.search.fronts import unsurpassed
from nasrank.bench.reporting.search.report import answer, report_texts
from nasrank.bench.reporting.search.say import SearchSay
from nasrank.bench.reporting.search.tables import digits
from nasrank.bench.search_studies.grammar import SearchStudy

HOSTILE = "x [/] y <b> | $a_b$ **c** || `d` [e](javascript:f) &lt;"

RENDERED = MarkdownIt("commonmark").enable("table")


@pytest.fixture(scope="module")
def summary() -> SearchSummary:
    return invented_summary()


@pytest.fixture(scope="module")
def texts(summary: SearchSummary) -> dict[str, str]:
    return dict(report_texts(summary))


def hostile_study() -> SearchStudy:
    """The same with labels that are markup somewhere."""
    content = invented_study(title=HOSTILE).model_dump(mode="json")
    for place, one in enumerate((*content["searchers"].values(), *content["parts"].values())):
        one["label"] = f"{HOSTILE} {place}"
    for part in content["parts"].values():
        part["notes"] = [HOSTILE]
        for figure in part["reported"].values():
            figure["label"] = HOSTILE
    return SearchStudy.model_validate(content)


@pytest.fixture(scope="module")
def hostile_texts() -> dict[str, str]:
    return dict(report_texts(SearchSummary.of(hostile_study(), invented_table(), known())))


@pytest.mark.slow
def test_all_files_are_there(texts: dict[str, str]) -> None:
    assert set(texts) == set(FILES)
    for name in ("regret.svg", "fronts.svg"):
        ElementTree.fromstring(texts[name])
        assert name in texts["README.md"]


@pytest.mark.slow
def test_the_same_summary_gives_the_same_bytes(summary: SearchSummary, texts: dict[str, str]) -> None:
    assert report_texts(invented_summary()) == texts
    assert report_texts(SearchSummary.from_text(summary.to_text())) == texts
    kind = kind_of_report(texts["summary.json"])
    assert kind is not None
    assert dict(kind.texts(texts["summary.json"])) == texts
    assert kind.answer(texts["summary.json"]) == answer(summary)


def test_a_summary_survives_its_text(summary: SearchSummary) -> None:
    again = SearchSummary.from_text(summary.to_text())
    assert again.to_text() == summary.to_text()
    assert repr(again.rows) == repr(summary.rows)  # NaN is not equal to itself
    assert again.comparisons == summary.comparisons
    assert again.curves == summary.curves
    assert (again.study, again.fronts, again.true_fronts) == (summary.study, summary.fronts, summary.true_fronts)
    assert len(summary.rows) == 3 * 2 + 2 * 3
    content = parse(summary.to_text())
    assert content["kind"] == KIND
    assert len(content["rows"]) == len(summary.rows)


@pytest.mark.parametrize("old", ['"rows"', '"mean"', '"at"', '"true_fronts"', '"title"'])
def test_another_summary_is_refused(summary: SearchSummary, old: str) -> None:
    with pytest.raises(DataError, match=r"summary\.json is not as this version writes it") as error:
        SearchSummary.from_text(summary.to_text().replace(old, '"other"'))
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("text", ["", "{}", "[]", "no", '{"kind": "labels"}'])
def test_what_is_no_summary_of_searches(text: str) -> None:
    assert not SearchSummary.is_report(text)


@pytest.mark.slow
def test_every_file_has_the_figures_of_the_summary(summary: SearchSummary, texts: dict[str, str]) -> None:
    lines = list(csv.DictReader(io.StringIO(texts["table.csv"])))
    plain = [{name: str(value) for name, value in vars(row).items()} for row in summary.rows]
    assert lines == plain
    content = json.loads(texts["summary.json"])
    for row, line in zip(summary.rows, content["rows"], strict=True):
        assert FinalRow(**{**line, "regret": np.nan if line["regret"] is None else line["regret"]}).mean == row.mean
        cell = f"{digits(row.figure, row.mean)} ± {digits(row.figure, row.sd)}"
        interval = f"[{digits(row.figure, row.ci_low)}, {digits(row.figure, row.ci_high)}]"
        for name in ("README.md", "table.md", "index.html"):
            assert cell in texts[name]
        for name in ("table.md", "index.html"):
            assert interval in texts[name]


def test_the_best_are_named_first(summary: SearchSummary, texts: dict[str, str]) -> None:
    said = answer(summary)
    best = max((row for row in summary.rows if row.figure == "test"), key=lambda row: row.mean)
    assert best.searcher == "helped"
    random = summary.find("one", "random", "test")
    assert random is not None
    assert said.startswith(
        f"the first: helped ends best (test accuracy {best.mean:.2f}; random search {random.mean:.2f})"
    )
    assert "Of 2 searches helped ends best in 1, MOENAS ends best in 1." in said
    for name in ("README.md", "table.md", "index.html"):
        assert said in texts[name]
    lowest = summary.ranked("one", "latency")
    assert [row.mean for row in lowest] == sorted(row.mean for row in lowest)


def test_who_is_not_told_apart_is_said(summary: SearchSummary) -> None:
    first, second = SearchSay(summary).best()
    decided = {
        one.other if one.one == first.row.searcher else one.one
        for one in summary.comparisons
        if one.figure == "test" and first.row.searcher in (one.one, one.other) and one.decided
    }
    others = {"random": "random search", "rea": summary.label("rea")}
    assert set(first.equals) == {label for name, label in others.items() if name not in decided}
    assert (first.others, second.others, second.random) == (2, 1, None)


def test_pairs_point_to_the_better(summary: SearchSummary, texts: dict[str, str]) -> None:
    one = summary.compared("one", "latency", "helped", "random")
    other = summary.compared("one", "latency", "random", "helped")
    assert one is not None
    assert other is not None
    assert (one.difference, one.low) == (-other.difference, -other.high)
    for figure, higher in (("test", True), ("latency", False), ("hypervolume", True), ("igd", False)):
        for found in (pair for pair in summary.comparisons if pair.figure == figure and pair.decided):
            mark = "↑" if (found.difference > 0) == higher else "↓"
            assert f"{digits(figure, found.difference, signed=True)} {mark}" in texts["table.md"]
    assert summary.compared("one", "test", "helped", "nsga2") is None


def test_published_figures_are_shown_with_how_they_are_known(summary: SearchSummary, texts: dict[str, str]) -> None:
    assert {one.published.searcher for one in summary.published} == {"random", "rea"}
    for one in summary.published:
        theirs = f"{one.published.mean:.2f} ± {one.published.sd:.2f}"
        for name in ("README.md", "table.md", "index.html"):
            assert theirs in texts[name]
    recalled = sum(one.published.mark == "R" for one in summary.published)
    assert f"{recalled} of the figures are recalled and were not checked" in texts["README.md"]


def test_one_searcher_is_better_than_nobody() -> None:
    content = invented_study().model_dump(mode="json")
    content["searchers"] = {"rea": content["searchers"]["rea"]}
    del content["parts"]["two"]
    table = invented_table()
    facts = {**known(), "fronts": {}, "best": {"one": BEST}}
    alone = SearchSummary.of(SearchStudy.model_validate(content), table[table["searcher"] == "rea"], facts)
    texts = report_texts(alone)
    assert set(texts) == set(FILES) - {"fronts.svg"}
    assert "every other" not in texts["README.md"]
    assert "told apart" not in texts["README.md"]
    assert alone.comparisons == ()


def test_the_shown_front_is_that_of_the_median_run(summary: SearchSummary) -> None:
    table = invented_table()
    for shown in summary.fronts:
        lines = table[table["final"] & (table["searcher"] == shown.searcher)].sort_values("hypervolume")
        assert list(map(list, shown.points)) == sorted(json.loads(lines["front"].iloc[2]))
    assert summary.true_fronts == {"two": TRUE_FRONT}
    assert unsurpassed([(0.3, 0.1), (0.1, 0.6), (0.2, 0.7), (0.3, 0.1)]) == [(0.3, 0.1), (0.1, 0.6)]


def words_of(rendered: str) -> str:
    text = re.sub(r"<[^>]*>", "", rendered)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&#34;", '"')):
        text = text.replace(entity, character)
    return " ".join(text.replace("&amp;", "&").split())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "table.md"])
def test_labels_are_no_markup_in_markdown(texts: dict[str, str], hostile_texts: dict[str, str], name: str) -> None:
    plain, made = RENDERED.render(texts[name]), RENDERED.render(hostile_texts[name])
    assert set(re.findall(r"<(\w+)", made)) == set(re.findall(r"<(\w+)", plain))
    assert re.findall(r"<(h\d|a|img|td|th)\b", made) == re.findall(r"<(h\d|a|img|td|th)\b", plain)
    for place in range(len(hostile_study().searchers) + 2):
        assert f"{HOSTILE} {place}" in words_of(made)


@pytest.mark.slow
def test_labels_are_no_markup_on_the_page(texts: dict[str, str], hostile_texts: dict[str, str]) -> None:
    tags = re.compile(r"<(?:script|b|a|iframe|section|td|h2)\b")
    assert tags.findall(hostile_texts["index.html"]) == tags.findall(texts["index.html"])
    assert f"{HOSTILE} 0" in words_of(hostile_texts["index.html"])
    assert 'href="javascript' not in hostile_texts["index.html"]
    for name in ("regret.svg", "fronts.svg"):
        ElementTree.fromstring(hostile_texts[name])


def test_labels_are_texts_in_data(hostile_texts: dict[str, str]) -> None:
    content = json.loads(hostile_texts["summary.json"])
    assert content["title"] == HOSTILE
    assert content["study"]["searchers"]["rea"]["label"] == f"{HOSTILE} 1"


@pytest.mark.slow
def test_the_overview_says_the_answer(summary: SearchSummary, tmp_path: Path) -> None:
    write(summary, tmp_path / "found")
    others = others_in(tmp_path)
    assert others == {"found": Other(answer(summary), "nasrank run found")}
    assert answer(summary) in overview({}, others)
    (tmp_path / "found" / "summary.json").write_text(summary.to_text().replace('"mean"', '"average"'))
    with pytest.raises(ValueError, match="found"):
        others_in(tmp_path)


@pytest.mark.slow
def test_a_folder_is_written_over_only_where_it_is_ours(summary: SearchSummary, tmp_path: Path) -> None:
    write(summary, tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write(summary, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    (tmp_path / "summary.json").write_text('{"kind": "another"}')
    with pytest.raises(DataError, match="of something else"):
        write(summary, tmp_path)
    (tmp_path / "summary.json").unlink()
    with pytest.raises(DataError, match="of something else"):
        write(summary, tmp_path)
    assert (tmp_path / "README.md").read_bytes() == before["README.md"]


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("test", 93.456, "93.46"),
        ("flops", 1_234_567.8, "1,234,568"),
        ("test", -0.5, "−0.50"),
        ("hypervolume", 0.98765, "0.9877"),
        ("test", float("nan"), "n/a"),
    ],
)
def test_numbers_are_written_by_their_size(figure: str, value: float, text: str) -> None:
    assert digits(figure, value) == text
    assert digits(figure, value, signed=True) == (text if text[0] in "−n" else f"+{text}")
