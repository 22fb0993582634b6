"""The page and the figures of a rank report: the answer first, complete, small, and of nothing but itself."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest
from judged import TRUTH

from nasrank import rank
from nasrank.bench.judging import sentences, wording
from nasrank.bench.judging.report import Orders
from nasrank.bench.reporting.judged import forest, ranks, write

FIGURE, PAGE = 150_000, 1_000_000  # bytes


class Outline(HTMLParser):
    """Texts by the element that they stand in, whether folded away, and attributes that lead somewhere."""

    def __init__(self, content):
        super().__init__()
        self.open, self.texts, self.links, self.ids = [], [], [], []
        self.feed(content)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        if tag not in ("meta", "path", "use", "image", "rect"):
            self.open.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "xlink:href", "action"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_data(self, data):
        if data.strip():
            self.texts.append((tuple(self.open), " ".join(data.split())))

    def visible(self):
        """Texts that nothing folds away."""
        return [text for path, text in self.texts if not {"details", "style", "script", "svg"} & set(path)]

    def all(self):
        return " ".join(text for _, text in self.texts)


@pytest.fixture(scope="module")
def report(scored):
    content = {"arch": scored.texts, "good": scored.good, "poor": scored.poor, "turned": -scored.good}
    content["used"] = np.arange(200) % 5 == 0
    return rank(content, truth=TRUTH, labels="used")


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write(replace(report, header={**report.header, "command": "nasrank rank 'my scores.csv'"}), folder)
    return folder


@pytest.mark.slow
def test_the_page_leads_with_the_answer_and_folds_the_rest(report, folder):
    text = (folder / "index.html").read_text()
    page = Outline(text)
    visible = page.visible()
    assert visible.index(report.answer) < visible.index("All rows") < len(visible)
    assert text.index(report.answer) < text.index("<svg") < text.index("<table")
    (warning,) = sentences.warnings(report)
    assert warning in visible
    for row in wording.short_table(report, 60).rows:
        assert all(cell in visible for cell in row if cell)
    assert "decided alone" not in " ".join(visible)
    everything = page.all()
    for said in (*report.notes, report.header["table"]["sha256"], "nasrank rank 'my scores.csv'", "Holm's"):
        assert said in everything
    for one in report.values:
        assert one.label in everything


@pytest.mark.slow
def test_the_page_is_one_file(folder):
    text = (folder / "index.html").read_text()
    assert len(text.encode()) < PAGE
    page = Outline(text)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in page.links)
    assert len(set(page.ids)) == len(page.ids)
    assert "default-src 'none'" in text
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("name", ["tau", "ranks"])
def test_figures_say_what_they_show(report, folder, name):
    text = (folder / f"{name}.svg").read_text()
    assert len(text.encode()) < FIGURE
    root = ElementTree.fromstring(text)
    title, described = (root.find(f"{{http://www.w3.org/2000/svg}}{one}").text for one in ("title", "desc"))
    assert title
    for column in ("good", "poor", "turned"):
        assert f"{column} {report.value(column).value:.3f}" in described


def test_the_same_report_is_the_same_bytes(report, folder, tmp_path):
    write(replace(report, header={**report.header, "command": "nasrank rank 'my scores.csv'"}), tmp_path)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        one.name: one.read_bytes() for one in folder.iterdir()
    }


def test_columns_that_beat_every_baseline_are_filled(report):
    truth = dict(zip(("good", "poor", "turned"), (True, False, False), strict=True))
    pairs = tuple(
        replace(one, decided=one.baseline, value=abs(one.value) if truth[one.first] else -abs(one.value))
        for one in report.differences
    )
    changed = replace(report, differences=pairs)
    filled = {name: forest._look(changed, report.value(name), beaten=True)["markerfacecolor"] for name in truth}
    assert {name: colour == forest.AFTER for name, colour in filled.items()} == truth


def test_texts_of_others_are_no_markup(scored, tmp_path):
    name = "<script>alert('x')</script>" + "\x1b" + "long " * 60
    report = rank((scored.texts[:60], {name: scored.good[:60]}), truth=TRUTH)
    write(report, tmp_path)
    text = (tmp_path / "index.html").read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    for figure in ("tau", "ranks"):
        ElementTree.fromstring((tmp_path / f"{figure}.svg").read_text())


@pytest.mark.slow
def test_many_columns_and_architectures_stay_small(report, tmp_path):
    generator = np.random.default_rng(0)
    column, values = report.columns[0], [one for one in report.values if one.name == "good"]
    names = [f"column {number:03} with the longest name in the world" for number in range(60)]
    large = replace(
        report,
        columns=(*(replace(column, name=name, label=name) for name in names), *report.columns[3:]),
        values=tuple(replace(one, name=name) for name in names for one in values)
        + tuple(one for one in report.values if report.column(one.name).baseline),
        differences=(),
    )
    (tmp_path / "ranks.svg").write_text("of an earlier report")
    (tmp_path / "summary.json").write_text(report.to_json())
    write(large, tmp_path)
    assert not (tmp_path / "ranks.svg").exists()
    assert (tmp_path / "tau.svg").stat().st_size < FIGURE
    assert "the 15 best of 60 columns" in (tmp_path / "tau.svg").read_text()
    assert (tmp_path / "index.html").stat().st_size < PAGE
    order = 1 + generator.permutation(15_625).astype(float)
    many = replace(report, orders=Orders(order, dict.fromkeys(("good", "poor", "turned"), order[::-1])))
    assert len(ranks.draw(many)) < FIGURE


def test_squares_are_as_dark_as_they_are_full():
    line = (np.arange(10_000) + 0.5) / 10_000
    image = ranks.shading(line, line)
    assert (np.diag(image[..., 3]) > 200).all()
    assert image[..., 3].sum() == np.diag(image[..., 3]).sum(dtype=int)
    upside_down = ranks.shading(line, 1 - line)
    assert (upside_down[::-1] == image).all()


@pytest.mark.slow
def test_a_truth_of_ones_own_and_a_column_without_tau(scored, tmp_path):
    truth = dict(zip(scored.texts, scored.truth.tolist(), strict=True))
    report = rank(
        (scored.texts[:40], {"good": scored.good[:40], "flat": np.ones(40)}),
        truth={k: truth[k] for k in scored.texts},
        space="nb201",
    )
    write(report, tmp_path)
    page = Outline((tmp_path / "index.html").read_text())
    assert "results of one's own" in page.all()
    assert "SHA-256" not in page.all()
    assert any("all equal" in text for _, text in page.texts)
    assert "flat" in page.visible()
