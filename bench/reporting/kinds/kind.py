"""What the page over all reports asks of a kind of report."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nasrank.bench.foundation.registry import Registry


@dataclass(frozen=True)
class ReportKind:
    """A kind of report, made of its summary.json alone.

    Attributes:
        name: what that has as its `kind`.
        answer: of its text, the one sentence.
        texts: of its text, every file of the report by its name.
        command: of the report's name and its text, what makes it from nothing.
    """

    name: str
    answer: Callable[[str], str]
    texts: Callable[[str], Mapping[str, str]]
    command: Callable[[str, str], str] = lambda name, text: f"nasrank run {name}"


REPORT_KINDS: Registry[ReportKind] = Registry("kind of report", "nasrank.bench.reporting.kinds")
"""By name. To add one: a file beside this one that registers it."""


def kind_of_report(summary: str) -> ReportKind | None:
    """The kind of the report that has this text as its summary.json; None for a study of super-nets."""
    try:
        content = json.loads(summary)
    except ValueError:
        return None
    kind = content.get("kind") if isinstance(content, dict) else None
    return REPORT_KINDS[kind] if isinstance(kind, str) and kind in REPORT_KINDS else None
