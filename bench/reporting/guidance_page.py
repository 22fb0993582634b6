"""README.md of a study: what landmark guidance did, arm by arm, and why; every number and verdict in it is computed.

A study of landmarks, one strategy's with other landmarks or another term, also learns what the best use of their labels
is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scipy import stats

from nasrank.bench.analysis import wording
from nasrank.bench.analysis.baselines import Baselines
from nasrank.bench.analysis.bootstraps import remembering
from nasrank.bench.analysis.ceiling import Seeds
from nasrank.bench.analysis.changes import effect
from nasrank.bench.analysis.comparison import Comparison
from nasrank.bench.analysis.findings import Value
from nasrank.bench.analysis.labels import label_uses
from nasrank.bench.analysis.landmark_arms import ArmRow, arm_rows, arms_csv
from nasrank.bench.analysis.scores import pool_truth
from nasrank.bench.analysis.summary import MAIN_METRIC
from nasrank.bench.analysis.wording import number, percent, with_interval
from nasrank.bench.foundation.escaping import markdown
from nasrank.bench.ranking import METRICS
from nasrank.bench.reporting.explanations import TUNED
from nasrank.bench.reporting.figures import labels as labels_figure
from nasrank.bench.reporting.figures import landmark_arms as arms_figure
from nasrank.bench.reporting.label_words import labels_table, on_labels
from nasrank.bench.studies.study import Study

if TYPE_CHECKING:
    from nasrank.bench.runner.design import Design
    from nasrank.bench.runner.results import Results
    from nasrank.bench.runner.truth import Truth

_TAU = METRICS[MAIN_METRIC]

FEWEST_TO_CORRELATE = 6
"""Arms, below which a rank correlation over them says nothing."""

_VERBS = {
    "helps": "raises",
    "hurts": "lowers",
    "undecided": "does not decidedly change",
    "no value": "has no known effect on",
}


def guidance_page(results: Results, truth: Truth, seeds: Seeds = None) -> dict[str, str]:
    """README.md, guidance.svg and guidance.csv; of a study of landmarks labels.svg and labels.csv too: each by name.

    Args:
        seeds: what the truth is the mean of, see `seeds_of_truth`.
    """
    design = results.design
    compare = Comparison(design.study, pool_truth(design, truth), Baselines(), remembering(_TAU))
    rows = arm_rows(results, truth, compare)
    size = len(design.pool), len(design.study.seeds)
    of_landmarks = is_about_landmarks(design)
    in_words = [replace(row, label=markdown(row.label), base=markdown(row.base)) for row in rows]
    sections = [
        "# Landmark guidance, studied" if of_landmarks else "# What landmark guidance did",
        _lead(design),
        _bullets(
            [
                *on_arms(in_words),
                *(on_settings(in_words) if of_landmarks else ()),
                *on_choosers(design),
                *_on_failures(results),
            ]
        ),
        f"![Tau of every arm](guidance.svg)\n\n{_CHANGES_CAPTION if of_landmarks else _GAINS_CAPTION}",
    ]
    files = {
        "guidance.svg": arms_figure.draw(rows, *size, changes=of_landmarks),
        "guidance.csv": arms_csv(rows),
    }
    if of_landmarks and design.study.estimators.label_uses:
        uses = label_uses(results, compare, seeds)
        sections += [
            "## For the same labels, what is the best use of them?",
            _bullets(on_labels(uses)),
            "![Tau against the number of labels](labels.svg)",
            labels_table(uses),
            TUNED,
        ]
        files |= {"labels.svg": labels_figure.draw(uses, *size), "labels.csv": uses.to_csv()}
    tables = ", ".join(f"[{name}]({name})" for name in files if name.endswith(".csv"))
    sections.append(
        f"Numbers with their intervals: {tables}. All metrics, search results and baselines: [table.md](table.md). "
        "`nasrank report` makes this page anew from the stored results."
    )
    return {"README.md": "\n\n".join(sections) + "\n", **files}


def is_about_landmarks(design: Design) -> bool:
    """Whether some arm changes nothing but the landmarks; where strategies are compared, such an arm is a control."""
    return len(design.study.strategies) == 1 and any(
        row.changed and row.changed <= {"landmarks", "terms"} for row in design.rows.values()
    )


_CAPTION = (
    "Tau of each arm before and after guidance, tau on its own landmarks beside it, and {difference}. Violated pairs "
    "are those that the term found in the wrong order, in its first stretch of training and in the last."
)
_CHANGES_CAPTION = _CAPTION.format(
    difference="the paired difference from the row that it is compared with: the first, unless another is named"
)
_GAINS_CAPTION = _CAPTION.format(difference="the paired gain on the pool")


def _lead(design: Design) -> str:
    study = design.study
    return (
        f"{markdown(study.title)}: {wording.seeds(len(study.seeds))}, {len(design.pool):,} scored architectures, "
        f"{study.training.passes:,} training passes a trial, unless a row says otherwise. Super-nets rank by "
        f"{_scores(design)} on {study.images.scoring:,} images. As it is, one has {_guidance(study)}. "
        f"Tau is {_TAU.label}, in brackets its {percent(study.analysis.confidence, 0)} interval "
        "over architectures and seeds; a difference is decided when its interval excludes 0, without correction for "
        f"the number of comparisons: of {round(1 / (1 - study.analysis.confidence))} that are nothing, about one is."
    )


def _guidance(study: Study) -> str:
    """Landmarks and terms in words."""
    found = [f"{study.landmarks.count} landmarks ({study.landmarks.choice})"]
    for term in study.terms:
        options = term.settings.model_dump()
        if term.name == "landmark":
            found.append(
                f"{options['loss']} loss, coefficient {options['coefficient']:g}, "
                f"{options['schedule'].replace('_', ' ')} after {percent(options['warm_up'], 0)} warm-up, "
                f"pairs a step: {options['pairs_per_step']}"
            )
        else:
            found += [f"{term.kind.label}: {name.replace('_', ' ')} {value}" for name, value in options.items()]
    return ", ".join(found)


def _scores(design: Design) -> str:
    """What architectures are ranked by."""
    usual = design.study.analysis.score
    others = [
        f"{markdown(row.label)} by {wording.score_label(row.score)}"
        for row in design.rows.values()
        if row.score != usual
    ]
    return ", ".join([wording.score_label(usual), *others])


def on_arms(rows: Sequence[ArmRow]) -> list[str]:
    """Whether guidance helps, how often it was violated, how much carries over, and why it does not help some arms."""
    base = rows[0]
    gains = [effect(row.gain) for row in rows]
    helps, hurts = gains.count("helps"), gains.count("hurts")
    others = (
        f" The gain is decidedly above 0 in {helps} of {len(rows)} arms, below in {hurts}; arms share landmarks, pool "
        "and initial weights, so they do not confirm each other."
    )
    return [
        f"**Does guidance help?** With {base.landmarks} landmarks it {_VERBS[effect(base.gain)]} tau of {base.label}: "
        f"{number(_TAU, base.before.value)} → {number(_TAU, base.after.value)}, "
        f"{_signed(base.gain)}.{others if len(rows) > 1 else ''}",
        *_on_violations(rows),
        *_on_carrying_over(rows),
        *_on_what_is_not_helped(rows),
    ]


def _on_violations(rows: Sequence[ArmRow]) -> list[str]:
    base, known = rows[0], [row for row in rows if not math.isnan(row.violated_last)]
    if base not in known:
        return []
    least, most = (pick(known, key=lambda row: row.violated_last) for pick in (min, max))
    others = (
        f" Over all arms it ends between {percent(least.violated_last, 0)} ({least.label}) and "
        f"{percent(most.violated_last, 0)} ({most.label})."
    )
    return [
        "**How often is it violated?** Of the landmark pairs that the term looks at, "
        f"{percent(base.violated_first, 0)} are in the wrong order in its first stretch of training and "
        f"{percent(base.violated_last, 0)} in the last.{others if least is not most else ''}"
    ]


def _on_carrying_over(rows: Sequence[ArmRow]) -> list[str]:
    base, known = rows[0], [row for row in rows if not math.isnan(row.lead.value)]
    if base not in known:
        return []
    sentence = (
        "**How much carries over?** Tau on the landmarks themselves, on images that the term never saw, goes "
        f"from {number(_TAU, base.landmarks_before)} to {number(_TAU, base.landmarks_after)}, while that on the pool "
        f"goes from {number(_TAU, base.before.value)} to {number(_TAU, base.after.value)}: guidance adds "
        f"{_signed(base.lead)} more to the landmarks than to the pool."
    )
    values = {(row.landmarks_after, row.after.value) for row in known}
    if len(known) < FEWEST_TO_CORRELATE or any(len({pair[place] for pair in values}) < 2 for place in (0, 1)):
        return [sentence]
    most = max(known, key=lambda row: row.lead.value)
    both = stats.spearmanr([row.landmarks_after for row in known], [row.after.value for row in known]).statistic
    return [
        f"{sentence} The difference is greatest with {most.label} ({_signed(most.lead)}). Over "
        f"{len(known)} arms, tau on the landmarks and tau on the pool have a rank correlation of {number(_TAU, both)}."
    ]


def _on_what_is_not_helped(rows: Sequence[ArmRow]) -> list[str]:
    """On what tau rises where guidance does not raise that of the pool beyond chance."""
    by_end: dict[str, list[str]] = {}
    for row in rows:
        if effect(row.gain) in ("hurts", "undecided"):
            taus = (row.landmarks_before, row.landmarks_after), (row.before.value, row.after.value)
            arrows = ", ".join(_arrow(*pair) for pair in taus)
            by_end.setdefault(_how_far(row), []).append(f"{row.label} ({arrows}, {_signed(row.gain)})")
    if not by_end:
        return []
    parts = [f"{end}: {'; '.join(by_end[end])}." for end in (_LEARNED, *_ENDS.values()) if end in by_end]
    return [
        "**Why not beyond chance?** In brackets tau on the landmarks, tau on the pool and the pool's gain: "
        + " ".join(parts)
    ]


_LEARNED = "The order of the landmarks is learned, and other cells gain less from it beyond chance"
"""What to say of an arm to whose tau on the landmarks guidance adds decidedly more than to that on the pool."""

_ENDS = {
    (False, False): "Mean tau rises on neither",
    (False, True): "It rises on the pool alone",
    (True, False): "It rises on the landmarks alone",
    (True, True): "It rises on both, and the seeds are too few to decide that of the pool",
}
"""What to say of an arm whose mean tau on the landmarks, and on the pool, rises or not."""


def _how_far(row: ArmRow) -> str:
    if row.landmarks_after > row.landmarks_before and effect(row.lead) == "helps":
        return _LEARNED
    return _ENDS[row.landmarks_after > row.landmarks_before, row.gain.value > 0]


def on_choosers(design: Design) -> list[str]:
    """What arms with chosen landmarks cost beyond their labels."""
    choosing = {name: row for name, row in design.rows.items() if row.study.landmarks.after}
    if not choosing:
        return []
    counts = [f"{markdown(row.label)}: {_super_nets_before(design, name)}" for name, row in choosing.items()]
    candidates = len(next(iter(design.candidates.values())))
    return [
        "**What do chosen landmarks cost?** As many labels as those they are compared with, and the training of the "
        f"guided super-nets that choose, one after the other ({'; '.join(counts)}). Each chooses by its scores of "
        f"{candidates:,} random candidates on the scoring images."
    ]


def _super_nets_before(design: Design, row: str) -> int:
    after = design.rows[row].study.landmarks.after
    return 1 + _super_nets_before(design, after) if after else 0


def on_settings(rows: Sequence[ArmRow]) -> list[str]:
    """Which of the settings that arms change make a decided difference."""
    changed = [(row, row.change) for row in rows if row.change is not None]
    if not changed:
        return []
    parts = []
    for kind, words in (("helps", f"Better than {rows[0].label} as it is"), ("hurts", "Worse")):
        found = sorted((pair for pair in changed if effect(pair[1]) == kind), key=lambda pair: -abs(pair[1].value))
        listed = ", ".join(f"{row.label} {_signed(change)}{_against(row, rows[0])}" for row, change in found)
        parts.append(f"{words}: {listed or 'none'}.")
    matter = {one for row, change in changed if effect(change) in ("helps", "hurts") for one in row.setting.split(", ")}
    idle = dict.fromkeys(one for row, _ in changed for one in row.setting.split(", ") if one not in matter)
    if idle:
        parts.append(
            f"No value tried makes a decided difference, which is not to say that none is made: {', '.join(idle)}."
        )
    return [f"**Which settings matter?** {' '.join(parts)}"]


def _against(row: ArmRow, first: ArmRow) -> str:
    return "" if row.base == first.label else f" (compared with {row.base})"


def _on_failures(results: Results) -> list[str]:
    failed = [
        f"{name} ({markdown(trial['failure'])})"
        for name, trial in results.trials.items()
        if trial["failure"] is not None
    ]
    return [f"{len(failed)} of {len(results.trials)} trials failed: {'; '.join(failed)}."] if failed else []


def _arrow(before: float, after: float) -> str:
    return f"{number(_TAU, before)} → {number(_TAU, after)}"


def _signed(value: Value) -> str:
    return with_interval(_TAU, value.value, value.low, value.high, signed=True)


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
