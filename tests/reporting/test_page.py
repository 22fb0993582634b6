"""index.html: the answer and a figure first, then the rows, then what looks closer; and nothing is loaded."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from synthetic import invented_results, tau_alone

from nasrank.bench.analysis.rank_table import RankTable, rank_table
from nasrank.bench.reporting import Summary, analyse, terminal_table
from nasrank.bench.reporting.figures import draw_all
from nasrank.bench.reporting.page import page
from nasrank.bench.reporting.printing import latex, markdown, study_readme
from nasrank.bench.reporting.prose import answer
from nasrank.bench.reporting.sections import main_table, sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

MOST_BYTES = 1_000_000
_EMPTY = {"meta", "br", "hr", "img", "input", "link"}


@dataclass
class Element:
    """Of a page."""

    tag: str
    attributes: dict[str, str]
    within: Element | None = None
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def words(self) -> str:
        """All that it says."""
        return " ".join("".join([self.text, *(one.words for one in self.children)]).split())

    def all(self, *tags: str) -> list[Element]:
        """Everything within it, or what has one of these tags, in the order of the page."""
        found = [two for one in self.children for two in (one, *one.all())]
        return [one for one in found if not tags or one.tag in tags]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("page", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(one)
        if tag not in _EMPTY:
            self.here = one

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"<{self.here.tag}> ends with </{tag}> in line {self.getpos()[0]}"
        assert self.here.within
        self.here = self.here.within

    def handle_data(self, data: str) -> None:
        self.here.text += data


def unpacked(root: Element, name: str) -> str:
    """What the page's script unpacks of this element."""
    (packed,) = [one.text for one in root.all("script") if one.attributes.get("id") == name]
    return gzip.decompress(base64.b64decode(packed, validate=True)).decode()


def parsed(text: str) -> Element:
    """AssertionError where an element is not closed."""
    reader = _Reader()
    reader.feed(text)
    assert reader.here is reader.root
    return reader.root


@pytest.fixture(scope="module")
def text(report: Path) -> str:
    return (report / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def root(text: str) -> Element:
    return parsed(text)


def test_it_opens_with_one_sentence_and_one_figure_and_then_the_rows(root: Element, summary: Summary) -> None:
    shown = root.all("h1", "h2", "p", "svg", "table", "nav", "details")
    assert [one.tag for one in shown[:5]] == ["h1", "p", "svg", "h2", "table"]
    assert shown[1].words == answer(summary)
    assert [row.words for row in shown[4].all("th") if row.attributes["scope"] == "row"][:2] == ["SPOS", "GDAS"]
    (drawn,) = root.all("header")[0].all("figure")
    assert drawn.all("svg")[0].all("title")[0].text
    assert drawn.all("figcaption")[0].words


def test_what_looks_closer_is_folded_and_listed_and_no_link_leads_nowhere(root: Element, summary: Summary) -> None:
    (contents,) = root.all("nav")
    links = {link.attributes["href"].removeprefix("#"): link.words for link in contents.all("a")}
    folded = {one.attributes["id"]: one.all("summary")[0].words for one in root.all("details")}
    assert links == folded
    assert list(links) == list(folded)
    assert {table.key: table.title for table in sections(summary)}.items() <= links.items()
    assert [one.attributes["id"] for one in root.all("details") if "open" in one.attributes] == ["findings"]
    identifiers = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    assert len(identifiers) == len(set(identifiers))
    attributes = [pair for one in root.all() for pair in one.attributes.items()]
    led_to = {value for name, value in attributes if name == "href"}
    led_to |= {f"#{found}" for _, value in attributes for found in re.findall(r"url\(#([^)]+)\)", value)}
    assert len(led_to) > len(links)
    assert led_to <= {f"#{one}" for one in identifiers}


def test_heads_that_sort_are_buttons_and_cells_have_heads(root: Element, summary: Summary) -> None:
    tables = root.all("table")
    every = [main_table(summary), *sections(summary)]
    assert [one.all("caption")[0].words for one in tables] == [table.title for table in every]
    for one, table in zip(tables, every, strict=True):
        heads = one.all("thead")[0].all("th")
        assert tuple(head.words for head in heads) == table.head
        for head in heads:
            (button,) = head.all("button")
            assert button.attributes["type"] == "button", "it submits nothing"
            assert head.attributes["scope"] == "col"
        for row in [row for body in one.all("tbody") for row in body.all("tr") if "class" not in row.attributes]:
            assert len(row.all("td")) == len(heads)
            assert [head.attributes["scope"] for head in row.all("th")] == ["row"]


def test_nothing_is_loaded_and_nothing_may_be(text: str, root: Element) -> None:
    loading = {"src", "href", "xlink:href", "srcset", "action", "poster", "data", "background"}
    for one in root.all():
        assert one.tag not in ("link", "iframe", "img", "object", "embed", "base", "form")
        assert all(value.startswith("#") for name, value in one.attributes.items() if name in loading)
    (policy,) = [one for one in root.all("meta") if "http-equiv" in one.attributes]
    assert policy.attributes["http-equiv"] == "Content-Security-Policy"
    rules = dict(rule.split(maxsplit=1) for rule in policy.attributes["content"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules.keys() == {"default-src", "style-src", "script-src", "img-src"}
    assert not any(word in rule for rule in rules.values() for word in ("http", "*", "eval", "self"))
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttpRequest|import\(", text)
    assert not re.search(r"https?://", text)


def test_the_chart_knows_every_architecture_and_its_library_comes_with_it(root: Element, summary: Summary) -> None:
    chart = json.loads(unpacked(root, "chart-spec"))
    columns = chart["columns"]
    n = summary.header["n"]["pool"]
    assert {len(column) for column in columns.values()} == {n}
    assert sorted(columns["truth"]) == list(range(1, n + 1))
    assert set(columns) == {"architecture", "truth", *(arm for one in summary.pairs for arm in (one.before, one.after))}
    for name, column in columns.items():
        assert name == "architecture" or all(1 <= rank <= n for rank in column)
    rows = next(one["value"] for one in chart["spec"]["params"] if one["name"] == "rows")
    assert set(rows) == {pair.label for pair in summary.pairs}
    for row in rows.values():
        assert {row["before"][0], row["after"][0]} <= columns.keys()
    assert re.search(r"window\.vegaEmbed\s*=", unpacked(root, "chart-library"))


def test_a_label_that_would_end_the_chart_is_shown(truth: Truth, results: Results, summary: Summary) -> None:
    pair = replace(summary.pairs[0], label="</script><b>")
    root = parsed(page(replace(summary, pairs=(pair, *summary.pairs[1:])), rank_table(results, truth), {}))
    assert {one.within.tag for one in root.all("b") if one.within} == {"li"}
    (rows,) = [
        one["value"] for one in json.loads(unpacked(root, "chart-spec"))["spec"]["params"] if one["name"] == "rows"
    ]
    assert "</script><b>" in rows


@pytest.fixture(scope="module")
def controlled(truth: Truth) -> Summary:
    """Of two strategies and a control that no number tells from them."""
    variants = {"spos-shuffled": {"strategy": "spos", "label": "labels at random", "landmarks": {"order": "random"}}}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        patch.delenv("NASRANK_DATA", raising=False)
        return analyse(invented_results(truth, variants=variants), truth)


@pytest.mark.slow
def test_a_control_is_no_way_to_train_in_any_format(controlled: Summary) -> None:
    assert [bool(pair.control) for pair in controlled.pairs] == [False, False, True]
    assert " 2 ways to train " in answer(controlled)
    for table in (table for table in (main_table(controlled), *sections(controlled)) if table.controls):
        assert not any("labels at random" in label for label, _ in table.lines)

    ranks = RankTable(("a", "b"), np.array([1, 2]), {})
    ranks = replace(
        ranks, by_arm={arm: np.array([[1, 2]]) for one in controlled.pairs for arm in (one.before, one.after)}
    )
    bodies = parsed(page(controlled, ranks, {})).all("table")[0].all("tbody")
    assert [body.all("th")[0].words for body in bodies] == ["SPOS", "controls", "to read them against"]
    assert "labels at random" in bodies[1].words

    for made in (markdown(controlled), study_readme(controlled)):
        assert re.search(r"^\| \*labels at random \(control\)\* ", made, flags=re.MULTILINE)
        assert re.search(r"^\| SPOS ", made, flags=re.MULTILINE)
    main = latex(controlled).partition(r"\end{tabular}")[0]
    assert re.search(r"GDAS &[^\n]*\n\\midrule\nlabels at random \(control\) &[^\n]*\n\\midrule\n", main)
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal_table(controlled))
    assert "labels at random (control)" in console.file.getvalue()


@pytest.mark.slow
def test_many_rows_and_architectures_are_less_than_a_megabyte(truth: Truth) -> None:
    rows, size = 27, 1000
    variants = {
        f"way-{number}": {"strategy": "spos", "label": f"another way, {number}", "training": {"learning_rate": number}}
        for number in range(1, rows)
    }
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        results = invented_results(truth, strategies=("spos",), seeds=(0,), variants=variants, draws=100)
        summary = analyse(results, truth)
    stream = np.random.default_rng(0)
    names = tuple(map(str, truth.at(np.arange(size))))
    arms = rank_table(results, truth).by_arm
    ranks = RankTable(
        names, stream.permutation(size) + 1, {arm: 1.0 + np.array([stream.permutation(size)]) for arm in arms}
    )
    assert len(arms) == 2 * rows
    assert len(page(summary, ranks, draw_all(summary, ranks)).encode()) < MOST_BYTES
