"""Stand-alone networks against published counts, and super-net paths against stand-alone networks."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as parquet
import pytest
import torch
from multiply_adds import counted
from torch import nn

from nasrank.spaces import get_space
from nasrank.spaces.nb201.cell import Cell, parse
from nasrank.spaces.nb201.network import Reduction

SPACE = get_space("nb201")
SETTINGS = {"c10": (10, 32), "c100": (100, 32), "in16": (120, 16)}


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("table", SETTINGS)
def test_costs_equal_the_benchmark_for_all_cells(nasrank_data, table):
    """NATS-Bench#24, NATS-Bench#36: tools disagree on FLOPs; these are the table's."""
    classes, resolution = SETTINGS[table]
    columns = ["arch_str", f"{table}_params", f"{table}_macs"]
    rows = parquet.read_table(nasrank_data / "nas-bench-201/nb201_core.parquet", columns=columns).to_pydict()
    costs = [SPACE.cost(parse(text), classes=classes, resolution=resolution) for text in rows["arch_str"]]
    assert len(costs) == 15625
    np.testing.assert_array_equal([cost.parameters for cost in costs], rows[f"{table}_params"])
    np.testing.assert_array_equal([cost.multiply_adds for cost in costs], rows[f"{table}_macs"])


def test_cost_of_the_published_first_cell():
    """NATS-Bench's architecture 0: 0.129306 M parameters, 15.64737 M "FLOPs" in its API's own output."""
    cell = parse("|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|")
    assert (SPACE.cost(cell).parameters, SPACE.cost(cell).multiply_adds) == (129306, 15647370)


def representatives() -> list[Cell]:
    """One cell for each multiset of operations: costs depend on nothing else."""
    return list({tuple(sorted(cell.operations)): cell for cell in SPACE}.values())


def multiply_adds(network: nn.Module, resolution: int) -> int:
    return counted(network, torch.empty(1, 3, resolution, resolution, device="meta"))


@pytest.mark.slow
def test_built_networks_have_the_computed_parameters():
    """For every cell, because parameters depend on the multiset of operations alone; and those equal the table's."""
    cells = representatives()
    assert len(cells) == 210
    for cell in cells:
        with torch.device("meta"):
            network = SPACE.network(cell)
        assert sum(weights.numel() for weights in network.parameters()) == SPACE.cost(cell).parameters


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting", [pytest.param(name, marks=() if name == "c10" else pytest.mark.slow) for name in SETTINGS]
)
def test_built_networks_have_the_computed_multiply_adds(setting):
    """The benchmark's full size for some cells, one cell a stage for many multisets of operations."""
    classes, resolution = SETTINGS[setting]
    full, small = {"classes": classes}, {"classes": classes, "cells_per_stage": 1}
    cells = representatives()
    for cell, macro in [*((cell, full) for cell in cells[::60]), *((cell, small) for cell in cells[::6])]:
        with torch.device("meta"):
            network = SPACE.network(cell, **macro)
        expected = SPACE.cost(cell, resolution=resolution, **macro).multiply_adds
        assert multiply_adds(network, resolution) == expected - classes


@pytest.mark.parametrize("options", [{"channels": 4}, {"cells_per_stage": 2}, {"image_channels": 1}])
def test_costs_follow_the_macro_structure(options):
    macro = {"channels": 8, "cells_per_stage": 1, **options}
    for cell in representatives()[::20]:
        network = SPACE.network(cell, **macro)
        assert sum(weights.numel() for weights in network.parameters()) == SPACE.cost(cell, **macro).parameters


def test_sizes_below_one_are_refused():
    with pytest.raises(ValueError, match="channels is 0"):
        SPACE.supernet(channels=0)


def stand_alone_with_weights_of(supernet: nn.Module, cell: Cell, *, affine: bool) -> nn.Module:
    """The path of a super-net as the benchmark's network, with batch statistics."""
    network = SPACE.network(cell, channels=4, cells_per_stage=2, classes=7)
    state = supernet.state_dict()
    chosen = {name: value for name, value in state.items() if not name.startswith("stages")}
    for name in network.state_dict():
        if name.startswith("stages"):
            stage, place, _, edge, *rest = name.removeprefix("stages.").split(".")
            kernel = {2: "conv_1x1", 3: "conv_3x3"}[cell.operations[int(edge)]]
            source = ".".join(["stages", stage, place, kernel, edge, *rest])
            if source in state:
                chosen[name] = state[source]
    missing, unexpected = network.load_state_dict(chosen, strict=False)
    assert not unexpected
    learned = [name for name in missing if "running" not in name and "tracked" not in name]
    assert all(name.endswith((".norm.weight", ".norm.bias")) for name in learned)
    assert not affine or not learned
    return network.train()  # training mode: normalize by the statistics of the batch


@pytest.mark.slow
@pytest.mark.parametrize("affine", [False, True])
def test_a_path_is_the_stand_alone_network_with_the_same_weights(affine):
    torch.manual_seed(0)
    supernet = SPACE.supernet(channels=4, cells_per_stage=2, classes=7, affine=affine)
    if affine:  # away from the identity, so that dead edges have something to say
        with torch.no_grad():
            for name, weights in supernet.named_parameters():
                if "norm" in name:
                    weights.normal_(1.0, 0.5)
    images = torch.randn(16, 3, 8, 8)
    for cell in [
        *SPACE.sample(np.random.default_rng(0), 30),
        Cell((0,) * 6),
        Cell((3, 0, 3, 0, 0, 0)),
        Cell((0, 3, 3, 1, 3, 3)),
    ]:
        expected = stand_alone_with_weights_of(supernet, cell, affine=affine)(images)
        torch.testing.assert_close(supernet(images, cell.operations), expected, atol=1e-5, rtol=1e-5)


class TestSuperNet:
    @pytest.fixture
    def supernet(self):
        torch.manual_seed(1)
        return SPACE.supernet(channels=4, cells_per_stage=1)

    images = torch.randn(20, 3, 8, 8, generator=torch.Generator().manual_seed(0))

    @pytest.mark.parametrize("seed", range(5))
    def test_a_one_hot_soft_path_is_the_hard_path(self, supernet, seed):
        (cell,) = SPACE.sample(np.random.default_rng(seed), 1)
        soft = torch.nn.functional.one_hot(torch.tensor(cell.operations), 5).float()
        torch.testing.assert_close(supernet(self.images, list(soft)), supernet(self.images, cell.operations))

    def test_options_of_weight_zero_are_not_computed(self, supernet):
        weights = [torch.tensor([0.0, 0.5, 0.0, 0.5, 0.0]) for _ in range(6)]
        supernet(self.images, weights).sum().backward()
        cell = supernet.stages[0][0]
        assert all(convolution.conv.weight.grad is None for convolution in cell.conv_1x1)
        assert all(convolution.conv.weight.grad is not None for convolution in cell.conv_3x3)

    def test_a_soft_path_is_linear_in_the_weights_of_the_last_edge(self, supernet):
        """Checked before the head, which is not linear: on a cell alone."""
        cell = supernet.stages[0][0]
        features = torch.randn(5, 4, 8, 8)
        one_hot = torch.eye(5)
        base = [one_hot[3], one_hot[2], one_hot[1], one_hot[0], one_hot[0]]

        def output(last):
            weights = [*base, last]
            return cell.soft(features, weights, [[o for o in range(1, 5) if w[o]] for w in weights])

        mixture = output(torch.tensor([0.0, 0.3, 0.0, 0.7, 0.0]))
        torch.testing.assert_close(mixture, 0.3 * output(one_hot[1]) + 0.7 * output(one_hot[3]), atol=1e-5, rtol=1e-4)

    @pytest.mark.slow
    @pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}])
    def test_scoring_many_paths_together_equals_scoring_each(self, options):
        torch.manual_seed(2)
        supernet = SPACE.supernet(channels=4, cells_per_stage=2, **options).eval()
        paths = SPACE.choices(np.random.default_rng(0).choice(15625, 200)).tolist()
        seen = []
        with torch.inference_mode():
            for places, outputs in supernet.each_path(self.images, paths):
                seen += places
                for place in places:
                    torch.testing.assert_close(outputs, supernet(self.images, paths[place]), atol=1e-5, rtol=1e-5)
        assert sorted(seen) == list(range(200))

    def test_many_paths_together_have_the_gradient_of_each(self, supernet):
        paths = [(3, 2, 1, 4, 3, 2), (3, 2, 1, 4, 3, 3)]

        def gradients(losses):
            supernet.zero_grad()
            sum(losses).backward()
            return {n: w.grad.clone() for n, w in supernet.named_parameters() if w.grad is not None}

        together = gradients([out.square().mean() for _, out in supernet.each_path(self.images, paths)])
        alone = gradients([supernet(self.images, path).square().mean() for path in paths])
        assert together.keys() == alone.keys()
        for name in alone:
            torch.testing.assert_close(together[name], alone[name], atol=1e-5, rtol=1e-4)

    def test_layouts_agree(self, supernet):
        expected = supernet(self.images, (3, 2, 1, 4, 3, 2))
        images = self.images.to(memory_format=torch.channels_last)
        actual = supernet.to(memory_format=torch.channels_last)(images, (3, 2, 1, 4, 3, 2))
        torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-5)

    def test_a_path_of_wrong_length_is_refused(self, supernet):
        with pytest.raises(ValueError, match="6 entries"):
            supernet(self.images, (1, 2, 3))

    def test_recalibration_averages_the_statistics_of_its_batches(self):
        torch.manual_seed(3)
        supernet = SPACE.supernet(channels=4, cells_per_stage=1, tracked=True)
        for _ in range(3):  # pollute the statistics by another path
            supernet(self.images, (2,) * 6)
        path = (3, 2, 1, 4, 3, 2)
        supernet.recalibrate([self.images], path)
        assert not supernet.training
        with torch.no_grad():
            recalibrated = supernet(self.images, path)
            batch_statistics = supernet.train()(self.images, path)
        # not equal, because a running variance divides by n - 1: the last stage has n = 20 * 2 * 2
        torch.testing.assert_close(recalibrated, batch_statistics, atol=0.05, rtol=0.05)

    def test_without_running_statistics_there_is_nothing_to_recalibrate(self, supernet):
        with pytest.raises(ValueError, match="batch statistics"):
            supernet.recalibrate([self.images], (3,) * 6)


def official_reduction(images, first, second, shortcut):
    """The benchmark's residual block: a strided convolution, and beside it a pool of 2x2 with a 1x1 convolution."""
    relu, pool = nn.functional.relu, nn.AvgPool2d(kernel_size=2, stride=2, padding=0)
    residual = second.norm(nn.functional.conv2d(relu(first(images)), second.conv.weight, padding=1))
    return nn.functional.conv2d(pool(images), shortcut.weight) + residual


class TestReduction:
    """Between stages, at every size; cases, group 3."""

    @pytest.fixture
    def reduction(self):
        torch.manual_seed(0)
        return Reduction(3).train()

    @pytest.mark.parametrize("size", range(2, 41, 2))
    def test_even_sizes_are_the_benchmarks(self, reduction, size):
        images = torch.randn(4, 3, size, size)
        expected = official_reduction(images, reduction.first, reduction.second, reduction.shortcut)
        torch.testing.assert_close(reduction(images), expected, atol=1e-6, rtol=1e-5)
        rounded_down, rounded_up = (nn.functional.avg_pool2d(images, 2, ceil_mode=up) for up in (False, True))
        assert torch.equal(rounded_down, rounded_up)

    @pytest.mark.parametrize("size", range(1, 41, 2))
    def test_odd_sizes_round_up_and_every_pixel_stays_in_its_place(self, reduction, size):
        """As on an image whose last row and column are there twice, which leaves the average of a window as it is."""
        images = torch.randn(4, 3, size, size)
        pooled = nn.functional.avg_pool2d(nn.functional.pad(images, (0, 1, 0, 1), mode="replicate"), 2)
        halved = reduction.first(images)
        assert halved.shape[2:] == pooled.shape[2:] == ((size + 1) // 2,) * 2
        expected = nn.functional.conv2d(pooled, reduction.shortcut.weight) + reduction.second(halved)
        torch.testing.assert_close(reduction(images), expected, atol=1e-6, rtol=1e-5)
