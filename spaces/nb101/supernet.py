"""The NAS-Bench-101 super-net: all operations at every vertex of every cell, shared by all architectures.

A path gives each vertex the width that it has in the stand-alone network. That width depends on how many vertices feed
the output, so narrow and wide vertices share weights in one of several ways [Yu2021], which `channel_sharing` names.

A mixture in which some vertex may feed the output or not, both options having weight, knows no such widths. If all five
vertices shared the output's channels, a mixture would train a few percent of the weights that architectures use. So
every vertex is as wide as the output then, and what feeds it is added up, each with its weight, not concatenated. That
trains all weights of the cells, except that "separate" has others for every narrower width. Where all edges from
vertices into the output are decided, one option of each having no weight, as in GDAS, widths are those of a hard path.

Batch normalization uses the statistics of the batch, also when scoring, and no affine part in the cells; tracked
statistics and an affine part are options.

References:
    [Yu2021] Yu, Ranftl & Salzmann, "An Analysis of Super-Net Heuristics in Weight-Sharing NAS", arXiv:2110.01154, 2021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import cast, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.dropout import Draws, refuse_no_rate, seeded_stream, switched_off
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import refuse_channels
from nasrank.spaces.nb101.cell import OPERATIONS
from nasrank.spaces.nb101.costs import STAGES
from nasrank.spaces.nb101.options import NasBench101Options
from nasrank.spaces.nb101.paths import Path, hard_path, soft_path
from nasrank.spaces.nb101.shared_cell import Memo, SharedCell
from nasrank.spaces.nb101.shared_layers import CHANNEL_SHARING, ConvNormRelu
from nasrank.spaces.supernet import HardPath, SoftPath, SuperNet
from nasrank.spaces.ways import WeightPart, WeightsOnWays


class CellSuperNet(SuperNet):
    """Shared weights for all NAS-Bench-101 cells.

    In training mode, where gradients are recorded, the random forms of channel sharing draw anew for every cell of
    every forward pass, from a stream that torch's global one seeds at construction. Otherwise they use the first
    channels. Both forms of dropout apply then only and draw from the same stream. They do not apply in `each_path`,
    which compares whole architectures, and draws channels from a stream of its own: so a term that compares some
    changes nothing in what the paths of training draw.

    Args:
        channels: width of the first stage; the later ones have twice and four times as many.
        cells_per_stage: cells in each of the three stages.
        classes: outputs of the classifier.
        image_channels: channels of the input.
        affine: whether the normalizations inside the cells learn a scale and a shift.
        tracked: whether running statistics are kept, and used in evaluation mode.
        channel_sharing: which weights narrow vertices use, a key of `CHANNEL_SHARING`.
        operations_on: "nodes": a vertex sums what arrives and applies its operation; "edges": what arrives along each
            edge goes through an operation of the vertex's kind with weights of that edge's own, then is summed.
        partial_channels: operations work on one of every so many channels of a vertex, but at least on one.
        path_dropout: probability that an image does without the output of an operation.
        operation_dropout: probability that a kind of operation leaves its input as it is, in the whole network.
            Drawn again until one of the kinds on the path is left.

    Raises:
        ValueError: a size is below one, more partial channels than channels, a probability not in [0, 1), or an
            unknown choice.
    """

    def __init__(
        self,
        *,
        channels: int = 16,
        cells_per_stage: int = 3,
        classes: int = 10,
        image_channels: int = 3,
        affine: bool = False,
        tracked: bool = False,
        channel_sharing: str = "fixed_chunk",
        operations_on: str = "nodes",
        partial_channels: int = 1,
        path_dropout: float = 0.0,
        operation_dropout: float = 0.0,
    ) -> None:
        refuse_sizes(channels=channels, cells_per_stage=cells_per_stage, classes=classes, image_channels=image_channels)
        refuse_unknown(channel_sharing=channel_sharing, operations_on=operations_on)
        refuse_channels(channels, partial_channels)
        refuse_no_rate(path_dropout=path_dropout, operation_dropout=operation_dropout)
        super().__init__()
        cell = partial(
            SharedCell,
            channel_sharing=channel_sharing,
            operations_on=operations_on,
            affine=affine,
            tracked=tracked,
            partial_channels=partial_channels,
        )
        widths = [channels * 2**stage for stage in range(STAGES)]
        self.channels = channels
        self.stem = ConvNormRelu(image_channels, channels, kernel=3, tracked=tracked)
        self.stages = nn.ModuleList(
            nn.ModuleList(cell(width if place else inputs, width) for place in range(cells_per_stage))
            for inputs, width in zip([channels, *widths], widths, strict=False)
        )
        self.classifier = nn.Linear(widths[-1], classes)
        self._outside_cells = [name for name, _ in self.named_parameters() if not name.startswith("stages.")]
        self.path_dropout, self.operation_dropout = path_dropout, operation_dropout
        self._generator = seeded_stream()
        self._comparing = torch.Generator().manual_seed(self._generator.initial_seed() ^ 1)
        self._draws_channels = CHANNEL_SHARING[channel_sharing][1] is not None
        self._drops = path_dropout > 0 or operation_dropout > 0

    @property
    def keeps_statistics(self) -> bool:
        return self.stem.norm.track_running_stats

    def forward(self, images: Tensor, path: HardPath | SoftPath, *, numbers: bool = False) -> Tensor:
        soft = len(path) > 0 and isinstance(path[0], Tensor)
        if soft:
            parsed = soft_path(cast(SoftPath, path), numbers=numbers, device=images.device)
        else:
            parsed = hard_path(tuple(cast(HardPath, path)))
        return self._run(self.stem(images), parsed, self._draws(parsed))

    def each_path(self, images: Tensor, paths: Sequence[HardPath]) -> Iterator[tuple[list[int], Tensor]]:
        places: dict[Path, list[int]] = {}
        for place, path in enumerate(paths):
            places.setdefault(hard_path(tuple(path)), []).append(place)
        features, memo = self.stem(images), Memo()
        for parsed in sorted(places, key=lambda path: path.prefixes(self.channels)[-1:]):
            draws = Draws(self._comparing) if self._draws_channels and self._draws_now else None
            yield places[parsed], self._run(features, parsed, draws, memo)

    @property
    def _draws_now(self) -> bool:
        return self.training and torch.is_grad_enabled()

    def _draws(self, path: Path) -> Draws | None:
        """What a forward pass along this path draws, if it is one that draws."""
        if not (self._drops or self._draws_channels) or not self._draws_now:
            return None
        if not self._drops:
            return Draws(self._generator)
        kinds = {kind for operations in path.operations for kind in operations}
        off = switched_off(
            self.operation_dropout, range(len(OPERATIONS)), lambda off: bool(kinds - off), self._generator
        )
        return Draws(self._generator, self.path_dropout, off)

    def _run(self, features: Tensor, path: Path, draws: Draws | None, memo: Memo | None = None) -> Tensor:
        """Class scores from what leaves the stem; the memo is that of the first cell."""
        for stage, cells in enumerate(self.stages):
            if stage:
                features = F.max_pool2d(features, 2, ceil_mode=True)
            for place, cell in enumerate(cast(nn.ModuleList, cells)):
                features = cell(features, path, memo if stage == place == 0 and not draws else None, draws)
        return self.classifier(features.mean((2, 3)))  # type: ignore[no-any-return]

    def weights_on_ways(self, path: HardPath) -> WeightsOnWays:
        parsed = hard_path(tuple(path))
        counts = {WeightPart(name): 1 for name in self._outside_cells}
        for stage, cells in enumerate(self.stages):
            for place, cell in enumerate(cast(nn.ModuleList, cells)):
                within = cast(SharedCell, cell).weights_on_ways(parsed)
                counts |= {part.within(f"stages.{stage}.{place}"): count for part, count in within.items()}
        return WeightsOnWays(counts)


def refuse_unknown(**choices: str) -> None:
    """ValueError that names the first choice that the space does not offer."""
    for name, choice in choices.items():
        known = get_args(NasBench101Options.model_fields[name].annotation)
        if choice not in known:
            raise ValueError(f"{name} is {choice!r}; known are {', '.join(known)}")
