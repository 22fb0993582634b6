"""Tables that nasrank made itself, with the command `nasrank tabulate`, and that come with it.

Pip alone thus provides a stand-alone truth of these spaces. None is an extract of a benchmark: networks are small and
train briefly, and the protocol of each table says all that was done. To make one again, add `--name again --out FILE`
to the command that stands here. Files that name architectures lie beside the tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nasrank.bench.foundation.files import DataError
from nasrank.bench.oracles.ask.draft import Draft, Workshop
from nasrank.bench.oracles.imports.formats import own
from nasrank.bench.oracles.imports.formats.format import Format
from nasrank.bench.oracles.imports.recipe import RECIPES, Recipe

FOLDER = "tabulated"
_ADVICE = "Install nasrank again; the file is part of it."


@dataclass(frozen=True)
class OwnTable:
    """A table in the package.

    Attributes:
        name: of the oracle and of its file.
        made_by: the command.
        control_of: the table with which it is compared, architecture by architecture; its own order means nothing.
        ranked: whether its order may be a truth; else it is of a few architectures, for what is claimed of them, or
            mostly the noise of training.
        more_seeds_in: the table that has some of its architectures with more training seeds; empty where it has several
            itself.
    """

    name: str
    space: str
    sha256: str
    made_by: str
    control_of: str = ""
    ranked: bool = True
    more_seeds_in: str = ""

    @property
    def file(self) -> str:
        return f"{FOLDER}/{self.name}.arrow"

    def locate(self, _data_root: Path | None) -> Path:
        """The file inside the package; a data folder is not needed."""
        path = Path(__file__).parents[1] / self.file
        if not path.exists():
            raise DataError(f"this installation of nasrank lacks its table {self.file}: looked for {path}. {_ADVICE}")
        return path

    @property
    def recipe(self) -> Recipe:
        return Recipe(
            format=Format(
                name=self.name,
                version=own.FORMAT.version,
                words=f"the table {self.name} that comes with nasrank",
                recognises=lambda path: path.name == Path(self.file).name,
                read=_read,
            ),
            space=self.space,
            source=self.file,
            sha256=self.sha256,
            locate=self.locate,
            advice=_ADVICE,
            about="(a part of nasrank)",
            command="pip install --force-reinstall nasrank",
        )


def _read(source: Path, workshop: Workshop) -> Draft:
    return replace(own.read(source, workshop), citation="none: nasrank's own", licence="MIT, as nasrank")


_NAGO_OPTIONS = (
    '--only "top rewiring=0.1,1" --only "middle density=0.2,1" --only "bottom rewiring=0.1,1" --only graph=0,1'
)
_FILTERS = (
    '--only "filters 0=2,4,8,12" --only "filters 1=8" --only "filters 2=2,4,8,12" --only "filters 3=8" '
    '--only "filters 4=4,12" --only "kernel height 0=3" --only "kernel height 1=3" --only "kernel height 2=1,3,5" '
    '--only "kernel height 3=3" --only "kernel height 4=1,3,5" --only "kernel width 0=3" --only "kernel width 1=3" '
    '--only "kernel width 2=3" --only "kernel width 3=3" --only "kernel width 4=3" --only "pooling 0=max" '
    '--only "pooling 1=max"'
)
_OF_HEADS = (
    "--data cifar10-16 --padding 2 --noise 0 --train-images 5000 --test-images 5000 --optimizer adamw "
    "--learning-rate 0.002 --weight-decay 0.05 --warm-up 0.1 --clip 1"
)
_OF_CHAINS = (
    "--data cifar10-16 --padding 2 --noise 0 --epochs 3 --train-images 10000 --test-images 5000 --batch-size 32 "
    "--optimizer adamw --learning-rate 0.003 --weight-decay 0.05 --warm-up 0.1"
)
_TRAINED = (
    "--data cifar10-16 --padding 2 --noise 0 --epochs 2 --train-images 10000 --test-images 5000 --learning-rate 0.1"
)
_OF_CELLS_ON_TEXT = (
    "--data ptb-characters --epochs 2 --train-images 4700 --test-images 1500 --batch-size 32 --learning-rate 20 "
    "--momentum 0 --weight-decay 0 --clip 0.25"
)
_OF_TEXT = (
    "--network depth=12 --data ptb-characters --epochs 1 --train-images 2400 --test-images 1000 --batch-size 16 "
    "--optimizer adam --learning-rate 0.001 --weight-decay 0 --clip 1"
)

TABLES = (
    OwnTable(
        "nb101-digits",
        "nb101",
        "aaedfc778b8caec04abe96529f6dda9139d019dcce27513143b602fe5bee22f4",
        "nasrank tabulate nb101 --max-nodes 5 --seeds 2",
    ),
    OwnTable(
        "darts-cifar10-16",
        "darts",
        "c2ce4e83127e3a478e2192ea47b242293166e316e8f3649ba84f3c8c92762787",
        f"nasrank tabulate darts --cells 150 --stratified --seeds 2 {_TRAINED}",
    ),
    OwnTable(
        "nago-cifar10-16",
        "nago",
        "851c815058b57984fd909d829c176417c877dac93d7a2147376b2f059e9e3c98",
        f"nasrank tabulate nago {_NAGO_OPTIONS} --seeds 2 {_TRAINED}",
    ),
    OwnTable(
        "nago-flat-cifar10-16",
        "nago",
        "010bcf1084edf7e4b769f1938b70b03938f343f1719bcc5276f3753d249ad017",
        f"nasrank tabulate nago {_NAGO_OPTIONS} --cells 40 --network wiring=flat --seeds 2 {_TRAINED}",
        control_of="nago-cifar10-16",
    ),
    OwnTable(
        "glit-cifar10-16",
        "glit",
        "3942275d074aac9e7fc5d1724aa667830be2b9f0ff26394c6be62b251fd5ab5a",
        f"nasrank tabulate glit --cells 60 --seeds 2 --epochs 6 {_OF_HEADS}",
    ),
    OwnTable(
        "glit-heads-cifar10-16",
        "glit",
        "7418fc670beefc0eda8a8a5fe274e6a099342c8ad15de161845e5419a855b6b6",
        f"nasrank tabulate glit --architectures glit-heads.txt --seeds 5 --epochs 10 {_OF_HEADS}",
        ranked=False,
    ),
    OwnTable(
        "glit-found-cifar10-16",
        "glit",
        "5efd1f2f2c503b36ca46dda353b6b8f638d6a50499be62a2c10d10f5737b2c20",
        f"nasrank tabulate glit --architectures glit-found.txt --seeds 3 --epochs 6 {_OF_HEADS}",
        ranked=False,
    ),
    OwnTable(
        "mobilenet-cifar10-16",
        "mobilenet",
        "1c03cc3a72ecc00bff90e91a465efffd62af2c542846fa523264b4bf42ac237c",
        f"nasrank tabulate mobilenet --cells 60 --stratified --seeds 2 {_OF_CHAINS}",
    ),
    OwnTable(
        "mobilenet-found-cifar10-16",
        "mobilenet",
        "537fe1b3e83c91b659f30d3a84664572160f38a2b7648589eee0bdddfd405c58",
        f"nasrank tabulate mobilenet --architectures mobilenet-found.txt --seeds 2 {_OF_CHAINS}",
        ranked=False,
    ),
    OwnTable(
        "recurrent-ptb",
        "recurrent",
        "2157eab6000902fa55945257e31d591828e21db359719f923eabbe181bb83c34",
        f"nasrank tabulate recurrent --classes --seeds 1 {_OF_CELLS_ON_TEXT}",
        more_seeds_in="recurrent-seeds-ptb",
    ),
    OwnTable(
        "recurrent-seeds-ptb",
        "recurrent",
        "33eed5cc528e983b33e3f7c204591436ea44f0f8299cf5c13c4eeb6e5795a3c8",
        f"nasrank tabulate recurrent --classes --cells 300 --seeds 3 {_OF_CELLS_ON_TEXT}",
    ),
    OwnTable(
        "transformer-ptb",
        "transformer",
        "2771359752ccfa25dd1fce4f5f2d83a39cb12c54c320d739b83d60d26afc313d",
        f"nasrank tabulate transformer --cells 60 --seeds 2 --warm-up 0.5 {_OF_TEXT}",
    ),
    OwnTable(
        "transformer-cold-ptb",
        "transformer",
        "92eaf71ddc6d2f59303c4385dff7ef3b9dec61216e9a00781be30ca34328a04d",
        f"nasrank tabulate transformer --cells 60 --seeds 2 --warm-up 0 {_OF_TEXT}",
        control_of="transformer-ptb",
    ),
    OwnTable(
        "transformer-placements-warm",
        "transformer",
        "a800892600b215611782f6cadcc40d7f1f5aa122c7861c799863284045404286",
        f"nasrank tabulate transformer --architectures transformer-placements.txt --seeds 5 --warm-up 0.5 {_OF_TEXT}",
        ranked=False,
    ),
    OwnTable(
        "transformer-placements-cold",
        "transformer",
        "4d0fed71a08434af872022ede4c514643e64bff9a8881acd7c01ddb867df85af",
        f"nasrank tabulate transformer --architectures transformer-placements.txt --seeds 5 --warm-up 0 {_OF_TEXT}",
        ranked=False,
    ),
    OwnTable(
        "dense-unet-brain",
        "dense_unet",
        "f4cb7865ae293ac412e26dc59d534e6cb44f6e212b9976fa98546982e5ccdae0",
        "nasrank tabulate dense_unet --cells 80 --seeds 2 --data brain-template --padding 0 --noise 0.5 --epochs 32 "
        "--train-images 40 --test-images 40 --batch-size 8 --optimizer adam --learning-rate 0.005 --weight-decay 0",
    ),
    OwnTable(
        "dense-unet-filters-brain",
        "dense_unet",
        "bc9a858d135e282675d482a137315ff2888ff348502030c3ce6ef06e8733df83",
        f"nasrank tabulate dense_unet {_FILTERS} --seeds 2 --data brain-template --padding 0 --noise 0.5 --epochs 16 "
        "--train-images 40 --test-images 40 --batch-size 8 --optimizer adam --learning-rate 0.005 --weight-decay 0",
    ),
    OwnTable(
        "dense-unet-nuclei",
        "dense_unet",
        "8ea6edc9368ad167717aa3dda17bb6a0337d7ee074734eb279936d67ed183159",
        "nasrank tabulate dense_unet --cells 80 --seeds 2 --data nuclei --padding 0 --noise 1 --epochs 32 "
        "--train-images 32 --test-images 32 --batch-size 8 --optimizer adam --learning-rate 0.005 --weight-decay 0",
    ),
    OwnTable(
        "deeplab-camvid",
        "deeplab",
        "b1696e8d5857ff1107e0451f94760d00f2370d1c66220bdf88749d3f4b7e2237",
        "nasrank tabulate deeplab --cells 75 --each 3 --seeds 2 --data camvid --epochs 5 --train-images 400 "
        "--test-images 200 --batch-size 8 --optimizer adam --learning-rate 0.005 --weight-decay 0 --padding 4",
    ),
    OwnTable(
        "stereo-middlebury",
        "stereo",
        "bfa7c2a238ddef8ee7d229e3a70a4f54274377e40ce9406a734af7316c5eb8e9",
        "nasrank tabulate stereo --cells 60 --seeds 3 --data middlebury --epochs 6 --train-images 60 --test-images 36 "
        "--batch-size 2 --optimizer adam --learning-rate 0.005 --weight-decay 0 --padding 4",
        ranked=False,
    ),
)

for _table in TABLES:
    RECIPES.register(_table.recipe)
