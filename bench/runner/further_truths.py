"""The benchmarks' own accuracies for studies whose truth is another one: digits super-nets against CIFAR-10's.

The default studies need no downloads. Where a table of the benchmark was fetched all the same, their super-nets can be
compared with it, too; and where it was not, one sentence says what that would take.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nasrank.bench.oracles import RECIPES, Column, Split, open_oracle
from nasrank.bench.oracles.imports.addresses import find_source
from nasrank.bench.runner.truth import Truth
from nasrank.bench.studies.study import Study
from nasrank.spaces import get_enumerated, get_space


@dataclass(frozen=True)
class FurtherTruth:
    """A table that `nasrank fetch` gets, and the column of it that its benchmark is known for.

    Attributes:
        space: whose cells it holds.
    """

    space: str
    oracle: str
    column: Column


FURTHER = (
    FurtherTruth("nb201", "nas-bench-201-means", Column("accuracy", "cifar10", Split.TEST_50K, 200, "mean")),
    FurtherTruth("nb101", "nas-bench-101-means", Column("accuracy", "cifar10", Split.TEST_40K, 108, "mean")),
)


def further_truths(study: Study, data_root: Path | None = None) -> list[tuple[str, Truth]]:
    """Truths that a study's super-nets can be compared with besides its own, each with the name of its table.

    They are of the study's space, or of one that this contains, from tables that are here: compiled, fetched or in the
    data folder. None measures the same as the study's own truth, whatever table that is from.

    Args:
        data_root: folder of benchmark data, else `$NASRANK_DATA`.

    Raises:
        DataError: a table is here, but altered.
    """
    space = get_enumerated(study.space)
    return [
        (one.oracle, Truth.of_column(open_oracle(one.oracle, data_root=data_root), space, one.column))
        for one in _possible(study)
        if RECIPES[one.oracle].is_here(data_root)
    ]


def what_a_fetch_would_add(study: Study, report: str = "DIR", data_root: Path | None = None) -> str | None:
    """A sentence for the terminal: the commands that compare these super-nets with the benchmark's own accuracies.

    None where they are compared with those already, or where no table of their space can be fetched.

    Args:
        report: the folder of the report, as the command names it.
        data_root: as in `further_truths`.
    """
    missing = [one.oracle for one in _possible(study) if not RECIPES[one.oracle].is_here(data_root)]
    if not missing:
        return None
    sources = [find_source(name) for name in missing]
    costs = ", ".join(f"{source.size}, {source.licence}" for source in sources)
    return (
        "One more command compares these super-nets with the benchmark's own accuracies: "
        f"nasrank fetch {' '.join(missing)} ({costs}), then nasrank report {report}"
    )


def _possible(study: Study) -> list[FurtherTruth]:
    spaces = (study.space, get_space(study.space).contains)
    truth = study.truth
    own = Column(truth.metric, truth.dataset, truth.split, truth.epochs, truth.seeds).axes
    return [one for one in FURTHER if one.space in spaces and one.column.axes != own]
