"""AnalogNAS-Bench [Bessalah2025]: an independent measurement of all of NAS-Bench-201 that pip alone provides.

Its authors trained every cell themselves on CIFAR-10 before simulating analog hardware; the digital accuracy,
`baseline_accuracy`, is the embedded default truth of the main job. Nothing else of the file is read.

The package states no protocol and no licence. What `Split.TEST_50K_AUGMENTED`, 200 epochs and one run rest on is the
authors' example training script (IBM/analog-nas, analognasbench/training_script.py): 200 epochs, training images with
crops and flips, and the same random transform applied to the test images, whose accuracy is the mean of 25 passes.
The numbers bear it out: 99.99 % of them are multiples of 0.0004 points, a twenty-fifth of one test image in 10,000,
and they lie 0.29 points below NATS-Bench's on average.

The file is a pickle of objects of the package's own classes. The package is not imported and the pickle not run.

References:
    [Bessalah2025] Bessalah et al., "AnalogNAS-Bench: A NAS Benchmark for Analog In-Memory Computing", arXiv 2506.18495.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasrank.bench.foundation.describing import describe, printable
from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.axes import Column, Split
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.foreign import inert_pickle
from nasrank.bench.oracles.foreign.inert_pickle import InertObject
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import RECIPES, Recipe
from nasrank.spaces import get_enumerated
from nasrank.spaces.nb201.cell import from_naslib

_PACKAGE = "analog-nasbench"
_FILE = "analognasbench/data.anb"
_ADVICE = "Install the package version it was checked with: pip install 'nasrank[embedded]'."
_ARCHITECTURE = "analognasbench.data.Architecture"
_DRIFT = "analognasbench.data.DriftMeasurement"

ACCURACY = Column("accuracy", "cifar10", Split.TEST_50K_AUGMENTED, epochs=200, seeds="one_run")


def locate(_data_root: Path | None) -> Path:
    """The installed file; a data folder is not needed, and the package is not imported."""
    from importlib import metadata  # compiling only: opening a compiled table must stay light

    try:
        path = Path(str(metadata.distribution(_PACKAGE).locate_file(_FILE)))
    except metadata.PackageNotFoundError:
        raise DataError(f"the package {_PACKAGE}, which holds this table, is not installed. {_ADVICE}") from None
    if not path.exists():
        raise DataError(f"the package {_PACKAGE} is installed without its {_FILE}: looked for {path}. {_ADVICE}")
    return path


def read(source: Path, _workshop: Workshop) -> Draft:
    """Digital accuracy of every cell in percent; DataError when a cell is missing or an entry malformed."""
    entries = inert_pickle.load(source.read_bytes(), records={_ARCHITECTURE, _DRIFT})
    if not isinstance(entries, dict):
        raise DataError(f"{source}: expected a dictionary of architectures, found a {type(entries).__name__}")
    space = get_enumerated("nb201")
    accuracy = np.full(len(space), np.nan)
    for operations, entry in entries.items():
        if not isinstance(entry, InertObject) or entry.kind != _ARCHITECTURE or not isinstance(operations, tuple):
            raise DataError(f"{source}: entry {describe(operations)} is not an architecture's")
        value = entry.state.get("baseline_accuracy")
        if entry.state.get("architecture") != operations or not isinstance(value, float):
            raise DataError(f"{source}: entry {describe(operations)} names another architecture or has no accuracy")
        try:
            cell = from_naslib(operations, edge_order="by_source")
        except ValueError as reason:
            raise DataError(f"{source}: entry {describe(operations)}: {printable(reason)}") from None
        accuracy[space.position(cell)] = value
    if np.isnan(accuracy).any():
        raise DataError(f"{source}: {np.isnan(accuracy).sum()} of {len(space)} cells have no accuracy")
    return Draft(
        space="nb201",
        columns={ACCURACY: accuracy},
        protocol=(
            "One training run a cell on CIFAR-10, seed not given. The package states no protocol; by its authors' "
            "example script: 200 epochs of SGD with Nesterov momentum, learning rate 0.1 on a cosine, batch 256, "
            "weight decay 5e-4, all 50,000 training images; test images randomly cropped and flipped like training "
            "images, mean of 25 passes"
        ),
        citation="Bessalah et al., AnalogNAS-Bench: A NAS Benchmark for Analog In-Memory Computing, arXiv 2506.18495",
        licence="none stated by the package analog-nasbench",
    )


RECIPE = RECIPES.register(
    Recipe(
        format=Format(
            name="analog-nasbench",
            version=1,
            words="the data of the package analog-nasbench",
            recognises=lambda path: path.name == Path(_FILE).name,
            read=read,
        ),
        space="nb201",
        source=_FILE,
        sha256="85f3435b877aa2d36268d55ce07f6ff6d73643d17a840f1941745da5eb80db32",
        locate=locate,
        advice=_ADVICE,
        about="(of the package analog-nasbench)",
        command="pip install 'nasrank[embedded]'",
    )
)
