"""The command `nasrank recommend`: what to train next, by the labels there are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nasrank.bench.commands.options import Plugins
from nasrank.bench.foundation import plugins
from nasrank.bench.foundation.terminal import Terminal

console = Terminal(highlight=False)

SHOWN = 10


def recommend(
    space: Annotated[str, typer.Argument(help="Search space, see 'nasrank spaces'.")],
    labels: Annotated[Path, typer.Option(help="File with columns of architectures and their accuracies.")],
    column: Annotated[str | None, typer.Option(help="Column of the accuracies, where there are several.")] = None,
    scores: Annotated[Path | None, typer.Option(help="File of proxies that 'nasrank score' wrote.")] = None,
    supernet: Annotated[Path | None, typer.Option(help="Folder of a study whose super-nets scored a pool.")] = None,
    score: Annotated[str, typer.Option(help="What the super-nets rank by.")] = "negative_loss",
    predictor: Annotated[str, typer.Option(help="The estimator that is fitted.")] = "best_on_labels",
    lower_is_better: Annotated[
        bool, typer.Option("--lower-is-better", help="The labels are losses or errors.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of folds and of whatever the predictor draws.")] = 0,
    out: Annotated[Path | None, typer.Option(help="CSV file for the whole ranking.")] = None,
    plugin: Plugins = [],  # noqa: B006 - typer makes a new one
) -> None:
    """Fit the predictor that suits so many labels, rank the space, and say how sure that is.

    It is chosen by cross-validation among the labels alone. With proxies or super-nets, the architectures that they
    have scored are ranked, and the labelled ones must be among them.
    """
    plugins.use(plugin)  # before anything looks into a registry
    from nasrank.bench.foundation.files import replacing
    from nasrank.bench.recommending import recommend as fit
    from nasrank.bench.recommending.inputs import gathered, read_labels
    from nasrank.spaces import get_enumerated

    known = read_labels(labels, get_enumerated(space), column)
    if lower_is_better:
        known = {one: -value for one, value in known.items()}
    with console.status("gathering what is known"):
        inputs = gathered(get_enumerated(space), known, scores=scores, supernets=supernet, score=score)
    with console.status("fitting") as status:
        found = fit(
            get_enumerated(space),
            inputs.architectures,
            inputs.labels,
            inputs.features,
            predictor=predictor,
            seed=seed,
            progress=lambda share: status.update(f"fitting, {share:.0%}"),
        )
    used = f" and {len(inputs.features)} further features" if inputs.features else ""
    console.print(
        f"{len(inputs.architectures):,} architectures of {space} ranked by {len(known)} labels{used}: "
        f"{found.predictor}",
        soft_wrap=True,
    )
    agreement = found.agreement
    console.print(
        f"How sure: on labels that a fit had not seen, Kendall's tau-b {agreement.estimate:.2f} "
        f"[{agreement.low:.2f}, {agreement.high:.2f}]. The range of a rank is that of fits to some of them.",
        soft_wrap=True,
    )
    console.print(f"{'rank':>6}  {'range':<16}architecture")
    for line in found.table.head(SHOWN).itertuples():  # lines, and no table: nobody can use half of an architecture
        spread = f"{line.best_rank:g} to {line.worst_rank:g}"
        label = "" if line.label != line.label else f"  labelled {-line.label if lower_is_better else line.label:g}"
        console.print(f"{line.rank:>6g}  {spread:<16}{line.architecture}{label}", markup=False, soft_wrap=True)
    if out is not None:
        written = found.table.assign(label=-found.table["label"]) if lower_is_better else found.table
        with replacing(out) as temporary:
            written.to_csv(temporary, index=False)
        console.print(f"written: {out}", soft_wrap=True)
