"""Every kind of study has its sentences: no template lacks what it names, and what it says reads as a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from jinja2 import meta, nodes
from landmark_studies import landmark_results
from synthetic import invented_results, tau_alone
from tracing import numbers_in, numbers_of

from nasrank.bench.analysis.analyse import analyse
from nasrank.bench.analysis.rank_table import RankTable, rank_table
from nasrank.bench.reporting import Summary, prose
from nasrank.bench.reporting import page as pages
from nasrank.bench.reporting.printing import latex, lead_and_notes, markdown, study_readme
from nasrank.bench.reporting.prose import Paragraph, answer, paragraphs
from nasrank.bench.reporting.sections import main_table, sections
from nasrank.bench.runner.results import Results
from nasrank.bench.runner.truth import Truth

OTHER = {"name": "orthogonality", "coefficient": 0.25}
FASTER = {"strategy": "spos", "label": "a higher rate", "training": {"learning_rate": 0.1}}
CONTROLS = {
    "shuffled": {"strategy": "spos", "label": "labels at random", "landmarks": {"order": "random"}},
    "longer": {"strategy": "spos", "label": "as long", "equal_passes": True},
}
ALL_OF_SPOS = tuple(f"spos-{arm}-seed{seed}" for arm in ("plain", "landmark") for seed in (0, 1))


def divided(truth: Truth) -> Results:
    """Half of the pool is scored by each of two super-nets."""
    results = invented_results(truth, strategies=("spos", "few_shot"))
    parts = [place % 2 for place in range(len(results.design.pool))]
    few = {name: {**trial, "parts": parts} for name, trial in results.trials.items() if name.startswith("few_shot")}
    return replace(results, trials={**results.trials, **few})


KINDS: dict[str, Callable[[Truth], Results]] = {
    "one strategy with one seed": lambda truth: invented_results(truth, strategies=("darts",), seeds=(4,)),
    "a failed trial": lambda truth: invented_results(truth, failed=("spos-landmark-seed0", "gdas-plain-seed1")),
    "nothing but failed trials": lambda truth: invented_results(truth, strategies=("spos",), failed=ALL_OF_SPOS),
    "equal scores": lambda truth: invented_results(truth, constant=("spos-landmark-seed0",)),
    "another term": lambda truth: invented_results(truth, terms=(OTHER,)),
    "two terms": lambda truth: invented_results(truth, terms=({"name": "landmark"}, OTHER)),
    "a loss for truth": lambda truth: invented_results(truth, metric="loss"),
    "changes of settings": lambda truth: invented_results(truth, strategies=("spos",), variants={"faster": FASTER}),
    "controls": lambda truth: invented_results(truth, variants=CONTROLS),
    "a natural pool": lambda truth: invented_results(truth, twins=True, lookalikes=10),
    "an older format": lambda truth: invented_results(truth, older=True, curve=0, checkpoints=0),
    "several super-nets": divided,
    "uses of labels": landmark_results,
}

ANSWERS = {
    "one strategy with one seed": "Landmark guidance takes Kendall's tau-b of DARTS (1st order) from",
    "a failed trial": "Landmark guidance has no known effect on Kendall's tau-b of any of 2 ways to train, as",
    "nothing but failed trials": "Landmark guidance has no known effect on Kendall's tau-b of SPOS, as a trial failed",
    "equal scores": "Landmark guidance takes Kendall's tau-b of 1 way to train from",
    "another term": "Kernel orthogonality takes Kendall's tau-b of 2 ways to train from",
    "two terms": "Landmark guidance and kernel orthogonality take Kendall's tau-b of 2 ways to train from",
    "changes of settings": "Of 1 change of habit none decidedly ranks better than SPOS as it is and none worse, and",
    "controls": "Landmark guidance takes Kendall's tau-b of 2 ways to train from",
    "uses of labels": "12 landmarks take Kendall's tau-b of SPOS from",
}
"""How they begin."""

REASON = "the training loss is nan at step 7 of 1500"

NO_SENTENCE = re.compile(
    r"\bnan\b|\bNone\b(?! of| ranks)|Undefined|\{\{|\}\}|\|\||\(\)|  | [.,;:)]|\.\.(?!\.)|,,|;;|(?<!\w)\*|[,;:]$"
)
"""What only a template with a mistake in it leaves in running text."""


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def studied(kind: str, truth: Truth) -> tuple[Summary, RankTable]:
    with pytest.MonkeyPatch.context() as patch:
        tau_alone(patch)
        results = KINDS[kind](truth)
        return analyse(results, truth), rank_table(results, truth)


def said(summary: Summary) -> list[Paragraph]:
    """All sentences of a report."""
    whole = [Paragraph("", answer(summary))]
    for name in ("findings.j2", "facts.j2", "notes.j2"):
        whole += paragraphs(name, summary)
    for table in sections(summary):
        lead, notes = lead_and_notes(table, summary)
        whole += [Paragraph("", lead), *notes]
    return whole


@pytest.mark.slow
def test_what_is_said_reads_as_sentences(kind: str, studied: tuple[Summary, RankTable]) -> None:
    summary, _ = studied
    first, *others = said(summary)
    assert first.text.startswith(ANSWERS.get(kind, "Landmark guidance takes Kendall's tau-b of 2 ways to train from"))
    assert re.fullmatch(r"[^.]([^.]|\.(?=\d)|\((\d\w+ \w+|[^)]*)\))*\.", first.text), "one sentence"
    predictors = "Other predictors fitted on labels (Gaussian process, random forest) are compared with it where"
    assert any(predictors in one.text for one in others) == (kind != "uses of labels"), "there they are in a table"
    for one in (first, *others):
        assert one.text, one.lead
        assert not NO_SENTENCE.search(one.text.replace(REASON, "lost")), one.text
        assert not NO_SENTENCE.search(one.lead), one.lead


@pytest.mark.slow
def test_every_file_can_be_written_and_its_numbers_traced(
    studied: tuple[Summary, RankTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    summary, ranks = studied
    monkeypatch.setattr(pages, "library", str)
    for text in (study_readme(summary), markdown(summary), pages.page(summary, ranks, {})):
        assert answer(summary).partition("'")[0] in text
    assert latex(summary).count(r"\begin{table}") == 1 + len(sections(summary))
    for table in (main_table(summary), *sections(summary)):
        wanted: dict[str, list[str]] = {}
        for column, _, value in (one.partition("=") for one in table.where):
            wanted.setdefault(column, []).append(value)
        lines = [
            line
            for line in summary.frame
            if all(str(getattr(line, column)) in values for column, values in wanted.items())
        ]
        if table.key != "published":
            assert numbers_in(table) <= numbers_of(summary, lines), table.key
            assert len(lines) < len(summary.frame)


GIVEN = {"summary", "header", "n", "say", "words"}
"""To every template."""
_PAGE = {"answer", "main", "sections", "findings", "facts", "notes", "figures", "theme", "inputs", "chart", "library"}
_MACROS = {"table", "drawn", "listed"}
MORE = {
    "base.html": _PAGE,
    "page.html": _PAGE | _MACROS,
    "table.md.j2": {"answer", "facts", "notes", "tables"},
    "study.md.j2": {"answer", "findings", "table", "labels"},
    "overview.j2": {"studies", "margins"},
    "overview.md.j2": {"studies", "others", "findings"},
}


OF_OTHERS = (
    "rank.",
    "proxies",
    "labels.",
    "labels_",
    "search.",
    "search_",
    "tables.",
    "tables_",
    "gradients",
    "live",
    "across",
)
"""Other reports, whose own tests write them whole."""


def test_templates_name_what_they_are_given_alone() -> None:
    """Also where no study here leads to."""
    environment = prose._environment()
    names = environment.list_templates(filter_func=lambda name: not name.startswith(OF_OTHERS))
    assert len(names) > 20
    for name in names:
        source, _, _ = environment.loader.get_source(environment, name)
        tree = environment.parse(source)
        own = {one.target.name for one in tree.find_all(nodes.Assign)}
        assert meta.find_undeclared_variables(tree) - own <= GIVEN | MORE.get(name, set()), name
        assert set(meta.find_referenced_templates(tree)) <= set(names), name
