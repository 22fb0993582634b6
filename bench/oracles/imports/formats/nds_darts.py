"""NDS's networks of the DARTS space on CIFAR-10: `DARTS.json` and its variants [Radosavovic2019].

A file is a list of trained networks, each with its genotype, width and depth, with errors in percent after each epoch.
Widths and depths are drawn as the genotypes are, so that an architecture stands for a network of some size; variants
whose names say `fix-w-d` have one size. The files do not say what they were trained on; those of ImageNet have names
that end in `_in`, and are refused.

Genotypes of NDS may be none of our space, with `none` among the operations or both edges of a node from one source.
These networks are left out, and the protocol says how many there are.

References:
    [Radosavovic2019] Radosavovic et al., "On Network Design Spaces for Visual Recognition", ICCV 2019.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import parse
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats.darts_runs import SPACE, Run, columns_of, count, entry, percentage
from nasrank.bench.oracles.imports.formats.format import FORMATS, Format
from nasrank.spaces.darts.genotype import ElsewhereError
from nasrank.spaces.darts.notation import from_fields

MOST_BYTES = 2**32

MOST_SEEDS = 16
"""Of a table with a column for each; where each network has a seed of its own, there is one column of all."""

_MARKS = (b'"test_ep_top1"', b'"rng_seed"', b'"train_ep_top1"', b'"genotype"')
_HEAD = 2**20
_ACCURACY = ("accuracy", Split.TEST_50K)


def recognises(path: Path) -> bool:
    """Whether it begins as a list of networks with what NDS says of each."""
    if not path.is_file() or path.suffix != ".json":
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.lstrip()[:1] == b"[" and any(mark in head for mark in _MARKS)


def read(source: Path, workshop: Workshop) -> Draft:
    """All networks whose genotypes are of our space.

    Raises:
        DataError: the file is truncated or malformed, of ImageNet, or of another space; says which network.
    """
    if source.stem.endswith("_in"):
        raise DataError(f"{source}: files of NDS that end in _in are of ImageNet, for which there are no columns")
    networks = _networks(source)
    runs, left_out, sizes = list[Run](), Counter[str](), set[tuple[int, int]]()
    for number, network in enumerate(networks):
        where = f"{source}: network {number:,}"
        try:
            run, size = _run(network, where)
        except ElsewhereError as reason:
            left_out[_kind(str(reason))] += 1
            continue
        runs.append(run)
        sizes.add(size)
        workshop.report(number + 1, len(networks))
    if not runs:
        raise DataError(f"{source}: none of its {len(networks):,} networks is of the DARTS space")
    many = len({run.seed for run in runs}) > MOST_SEEDS
    columns, keys = columns_of([replace(run, seed="one_run") for run in runs] if many else runs, workshop)
    widths, depths = zip(*sizes, strict=True)
    return Draft(
        space=SPACE,
        columns=columns,
        protocol=(
            "CIFAR-10, all 50,000 training images, test error after each epoch; networks of "
            f"{_span(widths)} channels and {_span(depths)} cells with stems, heads and auxiliary towers as NDS has "
            "them, so that architectures may differ in size besides; multiply-adds are NDS's flops"
            + ("; each network has a seed of its own, which the table does not keep" if many else "")
            + "".join(f"; {number:,} networks left out: {why}" for why, number in sorted(left_out.items()))
        ),
        citation="Radosavovic, Johnson, Xie, Lo & Dollar, On Network Design Spaces for Visual Recognition, ICCV 2019",
        licence="the code is MIT (facebookresearch/nds); of the data none is stated",
        keys=keys,
    )


def _networks(source: Path) -> list[Any]:
    if source.stat().st_size > MOST_BYTES:
        raise DataError(f"{source} has more than {MOST_BYTES:,} bytes")
    try:
        found = parse(source.read_text(encoding="utf-8"))
    except ValueError as reason:
        raise DataError(f"{source} is truncated, altered or malformed: {reason}") from None
    if not isinstance(found, list) or not found:
        raise DataError(f"{source} is no list of networks")
    return found


def _run(network: Any, where: str) -> tuple[Run, tuple[int, int]]:
    """A run, and the width and depth of its network; ElsewhereError where its genotype is none of our space."""
    net = entry(network, "net", where)
    fields = entry(net, "genotype", f"{where}: net")
    if not isinstance(fields, dict):
        raise DataError(f"{where}: genotype is {fields!r:.60}, and no object of JSON")
    try:
        genotype = from_fields(fields)
    except ElsewhereError:
        raise
    except ValueError as reason:
        raise DataError(f"{where}: {reason}") from None
    errors = entry(network, "test_ep_top1", where)
    if not isinstance(errors, list) or not errors:
        raise DataError(f"{where}: test_ep_top1 is {errors!r:.60}, and no list of errors")
    accuracies = [100 - percentage(error, f"{where}: test_ep_top1") for error in errors]
    run = Run(
        where=where,
        architecture=genotype,
        seed=count(entry(network, "rng_seed", where), f"{where}: rng_seed"),
        epochs=len(accuracies),
        network={
            "parameters": count(entry(network, "params", where), f"{where}: params"),
            "multiply_adds": count(entry(network, "flops", where), f"{where}: flops"),
        },
        results={_ACCURACY: accuracies[-1]},
        curves={_ACCURACY: accuracies},
    )
    width, depth = (count(entry(net, name, f"{where}: net"), f"{where}: {name}") for name in ("width", "depth"))
    return run, (width, depth)


def _kind(reason: str) -> str:
    """Why a genotype is none of our space, without its place."""
    if "two edges from" in reason:
        return "two edges of a node from one source"
    return "a node that is not put out" if "_concat" in reason else "none among the operations"


def _span(numbers: tuple[int, ...]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low} to {high}"


FORMAT = FORMATS.register(
    Format(
        name="nds-darts",
        version=1,
        words="NDS's networks of the DARTS space on CIFAR-10 (DARTS.json or DARTS_fix-w-d.json)",
        recognises=recognises,
        read=read,
        named_by_file=True,
    )
)
