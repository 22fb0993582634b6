"""The tables of a gradient study: its claims, what norms do, and norms at each depth."""

from __future__ import annotations

from math import exp

from nasrank.bench.analysis.gradient_summary import GradientSummary
from nasrank.bench.gradient_studies.grammar import ClaimSection
from nasrank.bench.reporting.tables import Table
from nasrank.bench.reporting.words import MISSING, bracketed, points, stated


def claims_table(summary: GradientSummary) -> Table:
    """A line a claim."""
    lines = []
    for found in summary.claims:
        claim = summary.study.claims[found.name]
        cells = (found.status, claimed(summary, found.name), _stated(claim), compared(summary, found.name))
        lines.append((claim.says, cells))
    title = f"Claims, {stated(summary.study.claims_after)}"
    return Table("claims", title, ("the claim", "found", "stated", "what"), tuple(lines), where=())


def compared(summary: GradientSummary, name: str) -> str:
    """What a claim is about."""
    claim, labels = summary.study.claims[name], {key: group.label for key, group in summary.study.groups.items()}
    if claim.of == "slope":
        return f"slope of {labels[claim.group]}"
    at = f"{words_of(summary.study.depths.option)} {claim.depth}"
    return f"{labels[claim.group]} over {labels[claim.against]}, {at}"


def claimed(summary: GradientSummary, name: str) -> str:
    """The value of a claim with its interval."""
    found = summary.claim(name)
    show = power if summary.study.claims[name].of == "slope" else size
    return bracketed(show(found.value), show(found.low), show(found.high))


def groups_table(summary: GradientSummary) -> Table:
    """A line a group: how it goes with depth, and from the first layer to the last."""
    study = summary.study
    lines = []
    for row in summary.rows:
        profile = summary.profile(row.name, study.shown_depth)
        slope = bracketed(power(row.slope), power(row.low), power(row.high))
        ends = (profile.log_norms[0], profile.log_norms[-1])
        growth = bracketed(*map(of_log, (row.log_growth, row.growth_low, row.growth_high)))
        lines.append((study.groups[row.name].label, (slope, *map(of_log, ends), growth)))
    at = f"{words_of(study.depths.option)} {study.shown_depth}"
    head = ("slope over depths", f"first layer, {at}", f"last layer, {at}", "last over first")
    return Table("groups", "What norms do with depth, and from layer to layer", head, tuple(lines), where=())


def depths_table(summary: GradientSummary) -> Table:
    """A line a depth, a column a group: the norm of the layer that is followed."""
    study, option = summary.study, words_of(summary.study.depths.option)
    lines = tuple(
        (
            f"{option} {depth}",
            tuple(bracketed(*map(of_log, summary.followed(name, depth))) for name in study.groups),
        )
        for depth in study.depths.values
    )
    title = f"Norm of the {study.layer} layer's gradient, by {option}"
    return Table("depths", title, tuple(group.label for group in study.groups.values()), lines, where=())


def words_of(option: str) -> str:
    """An option of networks, as sentences call it."""
    return option.replace("_", " ")


def power(value: float) -> str:
    """A slope, with its sign and two decimals."""
    return points(value, signed=True)


def of_log(value: float) -> str:
    """A positive number, of its logarithm."""
    return size(exp(value)) if value == value else MISSING


def size(value: float) -> str:
    """A positive number, with three digits."""
    if value != value:
        return MISSING
    return f"{value:#.3g}".rstrip(".").replace("e-0", "e−").replace("e-", "e−").replace("e+0", "e").replace("e+", "e")


def _stated(claim: ClaimSection) -> str:
    bound = power(claim.bound) if claim.of == "slope" else size(claim.bound)
    return f"{'above' if claim.below is None else 'below'} {bound}"
