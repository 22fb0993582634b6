"""The truth of a study beside its results, so that whoever has the folder can make its report again.

What is kept is a table like any other, `truth.arrow`: the column that the study ranks against and, where that is a mean
over seeds, those of the seeds. It is kept where the licence of the numbers says that they may be handed on; not where
none is stated, as of analog-nasbench, nor where a part of a source states none. nasrank's own repository holds no
numbers of benchmarks, so git is told to ignore these files under reports/.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles import RECIPES, Column, Table, imported
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.truth import refuse_another, reopen_truth
from nasrank.bench.studies.study import Study

FILE = "truth.arrow"

_PERMISSIVE = re.compile(r"(MIT|Apache-2\.0|BSD-[23]-Clause|ISC|CC0-1\.0|CC-BY-4\.0)\b")
_UNSTATED = re.compile(r"\bnone\b")


def may_be_kept(licence: str) -> bool:
    """Whether numbers under this licence may be handed on: it begins with a permissive one, and takes nothing out."""
    return bool(_PERMISSIVE.match(licence)) and not _UNSTATED.search(licence)


def keep_truth(study: Study, table: Table, results: Path) -> bool:
    """Write what the study needs of a table into its folder of results, if that is allowed; returns whether it is."""
    if not may_be_kept(table.provenance.licence):
        return False
    table.part(_columns(study, table)).write(results / FILE, compressed=True)
    return True


def _columns(study: Study, table: Table) -> list[Column]:
    truth = study.truth
    asked: dict[str, Any] = {
        "metric": truth.metric,
        "dataset": truth.dataset,
        "split": truth.split,
        "epochs": truth.epochs,
    }
    seeds = table.seeds_of(**asked) if truth.seeds == "mean" else ()
    return [table.find(**asked, seeds=one) for one in (truth.seeds, *seeds)]


def truth_table(design: Design, results: Path) -> Table:
    """The table that stored results are compared with: as it was kept beside them, else as it is at hand here.

    Raises:
        ValueError: the table is neither kept nor at hand, in which case the message names it and the one command to get
            it; or it is another one than the results were drawn from.
    """
    if (results / FILE).exists():
        table = Table.open(results / FILE, design.study.truth.oracle)
        table.verify()
        refuse_another(design, table)
        return table
    oracle = design.study.truth.oracle
    if oracle not in RECIPES and oracle not in imported():
        raise _missing(design, results)
    try:
        return reopen_truth(design)
    except DataError as reason:  # a source that is there but altered says so itself
        if oracle in RECIPES and not RECIPES[oracle].is_at_hand():
            raise _missing(design, results) from reason
        raise


def _missing(design: Design, results: Path) -> DataError:
    oracle, source, sha256 = design.study.truth.oracle, str(design.truth["source"]), str(design.truth["sha256"])
    if oracle in RECIPES:
        about, command = f" {RECIPES[oracle].about}", RECIPES[oracle].command
    else:
        about, command = "", f"nasrank tables import PATH/{Path(source).name} --name {oracle}"
    return DataError(
        f"{results} can be compared with the table {oracle} alone, which is not at hand: {source}, sha256 "
        f"{sha256[:16]}...{about}. To get it: {command}"
    )
