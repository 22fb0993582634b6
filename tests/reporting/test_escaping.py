"""Texts of users and files are what they are in every format: no markup, commands or formulae (cases, 8 and 9)."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from synthetic import invented_results, store, tau_alone

from nasrank.bench.analysis.frame import Finding, Frame
from nasrank.bench.foundation.escaping import csv_text, latex, markdown, markdown_cell, markdown_item, one_line
from nasrank.bench.foundation.terminal import Terminal
from nasrank.bench.publishing import write_report
from nasrank.bench.reporting import terminal_table
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

HOSTILE = (
    "[x] [/] | \\input{/etc/passwd} <script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) "
    "**b** `c` _d_ $e$ ^^M ~f~ &lt; a\\|b\n\\input{g}\n# h\n* i || j\x1b[31m\u2028\\end{tabular}"
)
RENDERED = MarkdownIt("commonmark").enable(["table", "strikethrough"])

texts = st.text(max_size=30) | st.text(alphabet="<>[](){}!|\\`*_~&#+-=.:;$%^\"' \n\t1aé", max_size=30)


def words_of(rendered: str) -> str:
    """What a reader sees of HTML, with one space where there are some."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", rendered)).split())


def as_read(text: str) -> str:
    return " ".join(one_line(text).split())


@pytest.mark.slow
@given(text=texts)
@example("[a](javascript:b)")
@example("<script>alert(1)</script>")
@example("[a]: javascript:b")
@example("a_b __c__ _d_")
@example("&lt; &#60; &amp;")
@example("\\\\| \\|")
def test_markdown_shows_a_text_as_it_is(text):
    rendered = RENDERED.render(f"x {markdown(text)} x")
    assert words_of(rendered) == f"x {as_read(text)} x".replace("  ", " ")
    assert re.findall(r"<(\w+)", rendered) == ["p"]


@given(text=texts)
@example("a\\|b | c")
def test_a_cell_is_one_cell(text):
    rendered = RENDERED.render(f"| x | y |\n| --- | --- |\n| x{markdown_cell(text)}x | z |\n")
    assert words_of(rendered.partition("<tbody>")[2]) == f"{as_read(f'x{text}x')} z"
    assert rendered.count("<td>") == 2


@given(text=texts)
@example("# a")
@example("1. a")
@example("- a")
@example("\r-")
@example("     a")
@example("> a")
@example("===")
@example("[a]: javascript:b")
def test_an_item_is_one_item(text):
    rendered = RENDERED.render(f"- first\n- {markdown_item(text)}\n- last\n")
    assert words_of(rendered) == " ".join(f"first {as_read(text)} last".split())
    assert set(re.findall(r"<(\w+)", rendered)) == {"ul", "li"}


COMMANDS = re.compile(r"\\text(?:backslash|asciitilde|asciicircum)\{\}|\\[&%$#_{}]|\$(?:[<>|-]|\\[A-Za-z]+)\$")


@given(text=texts)
@example("\\input{/etc/passwd}\n\\input x")
def test_latex_has_no_commands_but_those_that_print_a_character(text):
    made = latex(text)
    assert not set(COMMANDS.sub("", made)) & set("\\{}&%$#_~^\n\r")
    assert "\n" not in made


@given(text=texts)
def test_one_line_is_one(text):
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(one_line(text)) == one_line(text)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "+1+cmd|' /C calc'!A0", "-1+1", "-x", "\t=1", "\r=1", "=-1"])
def test_a_spreadsheet_computes_nothing_of_a_label(text):
    (cell,) = next(csv.reader(io.StringIO(csv_text(["label"], [[text]]).partition("\n")[2])))
    assert cell == f"'{one_line(text)}"


@pytest.mark.parametrize("value", ["-0.5", "+1e3", "-inf", -0.5, 3, "", "a-b", "1=1", "|nor_conv_3x3~0|"])
def test_numbers_and_other_texts_stay(value):
    (cell,) = next(csv.reader(io.StringIO(csv_text(["x"], [[value]]).partition("\n")[2] or "\n"))) or [""]
    assert cell == str(value)


def results_with(text: str, truth: Truth) -> Results:
    """An invented study in which everything that is not ours says this."""
    variants = {"mine": {"strategy": "spos", "label": text, "terms": {"landmark": {"coefficient": 1.0}}}}
    results = invented_results(truth, variants=variants, failed=("mine-landmark-seed0",))
    design = replace(
        results.design,
        study=results.design.study.model_copy(update={"title": text}),
        truth={**results.design.truth, "protocol": text, "citation": text, "licence": text, "source": text},
    )
    trials = {name: {**trial, "processor": text} for name, trial in results.trials.items()}
    trials["mine-landmark-seed0"]["failure"] = text
    return replace(results, design=design, trials=trials)


@pytest.fixture(scope="module")
def reports(truth: Truth, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Of the same study with harmless texts and with hostile ones."""
    folders = {}
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        for name, text in (("plain", "x"), ("hostile", HOSTILE)):
            folder = folders[name] = tmp_path_factory.mktemp(name)
            summary = write_report(store(results_with(text, truth), folder / "results"), folder, truth)
            terminal = Terminal(file=io.StringIO(), width=100)
            terminal.print(terminal_table(summary))
            (folder / "terminal.txt").write_text(terminal.file.getvalue())
    return folders


def contents(reports: dict[str, Path], name: str) -> tuple[str, str]:
    plain, hostile = ((reports[kind] / name).read_text(encoding="utf-8") for kind in ("plain", "hostile"))
    return plain, hostile


@pytest.mark.slow
def test_latex_has_the_same_lines_and_commands(reports):
    plain, made = contents(reports, "table.tex")
    assert len(made.split("\n")) == len(plain.split("\n"))
    live = [re.sub(r"(?<!\\)%.*", "", line) for line in made.split("\n")]
    harmless = {
        *re.findall(r"\\[a-z]+", plain),
        "\\textbackslash",
        "\\textasciicircum",
        "\\textasciitilde",
        "\\Rightarrow",
    }
    assert set(re.findall(r"\\[A-Za-z]+", "\n".join(live))) <= harmless
    rows = [line for line in live if line.startswith("[") or line.startswith("*")]
    assert not rows, "the end of the line before would take the bracket for its own"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["table.md", "README.md"])
def test_markdown_has_the_same_lines_and_elements(reports, name):
    plain, made = contents(reports, name)
    assert len(made.split("\n")) == len(plain.split("\n"))
    before, after = (RENDERED.render(text) for text in (plain, made))
    assert re.findall(r"<(\w+)", after) == re.findall(r"<(\w+)", before)
    assert as_read(HOSTILE) in words_of(after)
    for live in ("<script", "<img src=x", 'href="javascript'):
        assert live not in made.lower()
        assert live not in after.lower()


@pytest.mark.slow
def test_the_page_and_its_figures_stay_whole(reports):
    plain, made = contents(reports, "index.html")
    tags = re.compile(r"<(?:script|img|a|iframe)\b[^>]*>")
    assert tags.findall(made) == tags.findall(plain)
    for figure in reports["hostile"].glob("*.svg"):
        ElementTree.parse(figure)


@pytest.mark.slow
def test_the_frame_has_the_same_lines_and_says_why_a_trial_failed(reports):
    plain, made = (list(csv.reader(io.StringIO(text))) for text in contents(reports, "table.csv"))
    assert len(made) == len(plain)
    assert [row[:6] for row in made] == [row[:6] for row in plain]
    assert any(one_line(HOSTILE) in row[-1] for row in made)


def test_a_formula_in_the_frame_is_text_to_a_spreadsheet_and_comes_back_as_it_was():
    frame = Frame((Finding("=HYPERLINK(1)", value=-0.5, status="@SUM(1)"),))
    (cells,) = list(csv.reader(io.StringIO(frame.to_csv())))[1:]
    assert {cells[0], cells[7], cells[-1]} == {"'=HYPERLINK(1)", "-0.500000", "'@SUM(1)"}
    (line,) = Frame.from_csv(frame.to_csv())
    assert (line.arm, line.value, line.status) == ("=HYPERLINK(1)", -0.5, "@SUM(1)")


@pytest.mark.slow
def test_the_terminal_shows_a_text_as_it_is(reports):
    made = (reports["hostile"] / "terminal.txt").read_text(encoding="utf-8")
    assert all(one.isprintable() or one == "\n" for one in made)
    assert "[x] [/]" in made
