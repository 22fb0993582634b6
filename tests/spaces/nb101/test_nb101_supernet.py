"""Hard paths of the super-net against the package's network with the same weights; soft paths against hard ones."""

from __future__ import annotations

import copy
from itertools import chain

import numpy as np
import pytest
import torch
from multiply_adds import counted
from nb101_paths import FORMS, IMAGES, NORMS, RANDOM_FORMS, built, close, one_hot, random_paths, scrambled, stand_alone

from nasrank.spaces import get_space
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.paths import hard_path, soft_path

PARALLEL = (*(int(target == 6 or source == 0) for source, target in EDGES), 0, 1, 2, 0, 1)
"""Five vertices, each from the input to the output, and the edge between these: eleven edges."""


def agree(supernet, choices):
    """Without gradients, which also keeps the random forms from drawing."""
    with torch.no_grad():
        close(supernet(IMAGES, choices), stand_alone(supernet, choices)(IMAGES))


class TestStandAlone:
    @pytest.mark.slow
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
    @pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
    def test_a_path_is_the_stand_alone_network_with_the_same_weights(self, form, norm, training):
        """Seven channels share out unevenly, so sources have one channel more than what they feed."""
        supernet = scrambled(built(channel_sharing=form, **norm)).train(training)
        for vertices in range(2, 8):
            agree(supernet, *random_paths(1, vertices=vertices, seed=vertices))

    @pytest.mark.slow
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("options", [{}, {"affine": True}, {"tracked": True}], ids=["batch", "affine", "tracked"])
    def test_so_are_many_paths_of_a_deeper_network(self, form, options):
        supernet = scrambled(built(channels=16, cells_per_stage=2, channel_sharing=form, **options)).eval()
        for choices in random_paths(100):
            agree(supernet, choices)

    @pytest.mark.slow
    @pytest.mark.parametrize("form", RANDOM_FORMS)
    @pytest.mark.parametrize("norm", NORMS.values(), ids=NORMS)
    def test_so_it_is_with_the_channels_that_a_training_forward_draws(self, form, norm):
        supernet = scrambled(built(channel_sharing=form, **norm))
        draws = []
        for cell in chain(*supernet.stages):
            draw = cell.draw
            cell.draw = lambda *arguments, draw=draw: draws.append(draw(*arguments)) or draws[-1]
        for choices in random_paths(6):
            draws.clear()
            state = copy.deepcopy(supernet.state_dict())
            actual = supernet(IMAGES, choices)
            after = copy.deepcopy(supernet.state_dict())
            supernet.load_state_dict(state)
            network = stand_alone(supernet, choices, draws).train()
            close(actual, network(IMAGES))
            if supernet.keeps_statistics:  # the running statistics moved for the drawn channels
                supernet.load_state_dict(after)
                moved = stand_alone(supernet, choices, draws).state_dict()
                for name, value in network.state_dict().items():
                    if "running" in name:
                        close(moved[name], value)

    @pytest.mark.slow
    def test_a_training_step_moves_both_alike(self):
        supernet = scrambled(built(affine=True))
        for choices in random_paths(6, vertices=6):
            network = stand_alone(supernet, choices)
            weights = dict(network.named_parameters())
            network(IMAGES).square().mean().backward()
            supernet.zero_grad()
            supernet(IMAGES, choices).square().mean().backward()
            close(supernet.stem.conv.weight.grad, weights["layers.0.conv_bn_relu.0.weight"].grad)
            close(supernet.classifier.weight.grad, weights["classifier.weight"].grad)
            trained = sum(w.grad.square().sum() for w in supernet.parameters() if w.grad is not None)
            close(trained, sum(w.grad.square().sum() for w in weights.values()), 1e-4)

    def test_layouts_agree(self):
        supernet = built()
        choices = random_paths(10)
        expected = [supernet(IMAGES, path) for path in choices]
        supernet, images = supernet.to(memory_format=torch.channels_last), IMAGES.to(memory_format=torch.channels_last)
        for path, scores in zip(choices, expected, strict=True):
            close(supernet(images, path), scores)

    @pytest.mark.parametrize("channels", [4, 5, 12])
    @pytest.mark.parametrize("form", FORMS)
    def test_every_width_that_occurs_has_weights(self, form, channels):
        supernet = built(channels=channels, channel_sharing=form)
        for path in random_paths(25):
            assert supernet(IMAGES, path).shape == (16, 5)
        if channels >= 5:  # as many as may share them when all edges are there
            assert supernet(IMAGES, [torch.eye(2)[1]] * 21 + [torch.ones(3)] * 5).shape == (16, 5)


def test_vertices_keep_their_own_weights_when_others_are_left_out():
    """Vertex 3 alone: it is no function of the weights of vertex 1, though it is the first that remains."""
    choices = [0] * 26
    choices[EDGES.index((0, 3))] = choices[EDGES.index((3, 6))] = 1
    choices[EDGES.index((0, 1))] = choices[EDGES.index((1, 2))] = 1  # a dead end
    supernet = built()
    supernet(IMAGES, choices).sum().backward()
    cell = supernet.stages[0][0]
    trained = {name for name, weights in cell.named_parameters() if weights.grad is not None}
    assert trained == {"projections.3.conv.weight", "conv_3x3.3.conv.weight"}


class TestOperationsOnEdges:
    def test_every_edge_has_an_operation_of_its_own(self):
        """Against the sum over edges, written out; on a cell alone."""
        cell = built(operations_on="edges", affine=True).stages[1][0]
        features = torch.randn(6, 7, 8, 8)
        for choices in random_paths(20):
            path = hard_path(choices)
            widths = path.widths(14)
            values = {}
            for vertex, width in widths.items():
                kind = {0: cell.conv_3x3, 1: cell.conv_1x1}.get(path.operations[vertex - 1][0])
                total = 0
                for source in path.sources[vertex]:
                    value = (
                        values[source][:, :width] if source else cell.projections[str(vertex)](features, slice(width))
                    )
                    if kind is None:
                        total += torch.nn.functional.max_pool2d(value, 3, 1, 1)
                    else:
                        total += kind[f"{source}->{vertex}"](value, slice(width))
                values[vertex] = total
            expected = [torch.cat([values[v] for v in path.sources[6] if v], 1)] if path.sources[6] != (0,) else []
            if 0 in path.sources[6]:
                expected.append(cell.output_projection(features))
            close(cell(features, path), sum(expected))

    def test_there_are_fifteen_of_each(self):
        cell = built(operations_on="edges").stages[0][0]
        assert len(cell.conv_3x3) == len(cell.conv_1x1) == 15

    def test_a_chain_is_the_same_on_nodes_and_on_edges(self):
        nodes, edges = built(), built(operations_on="edges")
        state = {}
        for name, value in nodes.state_dict().items():
            for vertex in range(1, 6):
                name = name.replace(f"x3.{vertex}.", f"x3.{vertex - 1}->{vertex}.")
                name = name.replace(f"x1.{vertex}.", f"x1.{vertex - 1}->{vertex}.")
            state[name] = value
        edges.load_state_dict(state, strict=False)
        choices = [int(target == source + 1) for source, target in EDGES] + [0, 1, 2, 0, 1]
        close(edges(IMAGES, choices), nodes(IMAGES, choices))


class TestSoftPaths:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("operations_on", ["nodes", "edges"])
    def test_a_one_hot_soft_path_is_the_hard_path(self, form, operations_on):
        supernet = built(channel_sharing=form, operations_on=operations_on).eval()
        for choices in random_paths(6):
            close(supernet(IMAGES, one_hot(choices)), supernet(IMAGES, choices))

    def test_what_has_weight_zero_is_not_computed(self):
        supernet = built()
        path = one_hot(PARALLEL)
        path[21] = torch.tensor([0.0, 0.25, 0.75])
        supernet(IMAGES, path).sum().backward()
        cell = supernet.stages[0][0]
        trained = {name.removesuffix(".conv.weight") for name, w in cell.named_parameters() if w.grad is not None}
        projections = {f"projections.{vertex}" for vertex in range(1, 6)}
        operations = {"conv_1x1.1", "conv_1x1.2", "conv_3x3.4", "conv_1x1.5"}
        assert trained == projections | operations | {"output_projection"}

    def test_it_is_linear_in_what_feeds_the_output(self):
        """Before the head, on a cell alone, whose weights of edges into the output scale what arrives."""
        cell, features = built().stages[0][0], torch.randn(5, 7, 8, 8)
        path = one_hot(PARALLEL)
        widths = soft_path(path).widths(7)
        whole = cell(features, soft_path(path))
        direct = cell.output_projection(features)
        path[EDGES.index((0, 6))] = torch.tensor([0.0, 0.25])
        path[EDGES.index((2, 6))] = torch.tensor([0.0, 3.0])
        scale = torch.cat([torch.full((width,), 3.0 if vertex == 2 else 1.0) for vertex, width in widths.items()])
        close(cell(features, soft_path(path)), scale[:, None, None] * (whole - direct) + 0.25 * direct)

    def test_more_than_nine_edges_are_allowed(self):
        path = [torch.eye(2)[1]] * 21 + [torch.eye(3)[0]] * 5
        assert built()(IMAGES, path).shape == (16, 5)


def mixture(choices, **undecided):
    """The one-hot path but for some edges, by names such as edge_1_6, that weigh absent and present."""
    path = one_hot(choices)
    for name, weights in undecided.items():
        _, source, target = name.split("_")
        path[EDGES.index((int(source), int(target)))] = torch.tensor(weights)
    return path


class TestUndecidedOutput:
    """Soft paths on which some vertex may feed the output or not."""

    @pytest.mark.slow
    def test_the_full_mixture_is_charged_by_its_multiply_adds(self):
        """With operations on nodes, compared with architectures that are drawn uniformly; the stem included."""
        supernet, image = built(channels=12), torch.zeros(1, 3, 16, 16)
        path = [torch.full((2 if place < 21 else 3,), 0.5) for place in range(26)]
        generator = np.random.default_rng(1)
        alone = np.mean([counted(supernet, image, get_space("nb101").random_choices(generator)) for _ in range(500)])
        assert counted(supernet, image, path) / alone == pytest.approx(6.1, abs=0.2)
        assert get_space("nb101").passes_per_mixture == 6

    @pytest.mark.parametrize("operations_on", ["nodes", "edges"])
    @pytest.mark.parametrize("form", [form for form in FORMS if form != "separate"])
    @pytest.mark.parametrize("partial_channels", [1, 3])
    def test_the_full_mixture_trains_all_weights(self, form, operations_on, partial_channels):
        """DARTS: all edges and all operations; the gradient of no more than 1 of 500 weights vanishes."""
        supernet = built(
            channel_sharing=form, operations_on=operations_on, partial_channels=partial_channels, affine=True
        )
        path = [torch.full((2 if place < 21 else 3,), 0.5, requires_grad=True) for place in range(26)]
        supernet(IMAGES, path).square().sum().backward()
        trained = {name: weights.grad for name, weights in supernet.named_parameters() if ".norms." not in name}
        reached = torch.cat([gradient.flatten() != 0 for gradient in trained.values()])
        assert reached.float().mean() > 0.998
        assert all(gradient.abs().sum() > 0 for gradient in trained.values())
        for place, weights in enumerate(path):
            reached = weights.grad != 0
            assert reached.tolist() == ([False, True] if place < 21 else [True] * 3), place

    def test_with_separate_weights_it_trains_those_of_full_width(self):
        supernet = built(channel_sharing="separate")
        supernet(IMAGES, [torch.full((2 if place < 21 else 3,), 0.5) for place in range(26)]).square().sum().backward()
        for stage, (cell,) in enumerate(supernet.stages):
            layers = {n.split(".conv")[0] for n, w in cell.named_parameters() if w.grad is not None}
            kinds = {
                f"{k}.{v}.layers.{7 * 2**stage}" for k in ("projections", "conv_1x1", "conv_3x3") for v in range(1, 6)
            }
            assert layers == kinds | {"output_projection"}

    @pytest.mark.parametrize("operations_on", ["nodes", "edges"])
    @pytest.mark.parametrize("partial_channels", [1, 3])
    def test_it_is_the_sum_written_out(self, operations_on, partial_channels):
        """Vertices 1 and 2, both on the way to the output, 1 before 2 as well: all as wide as the output."""
        supernet = built(operations_on=operations_on, partial_channels=partial_channels)
        cell, features, width = supernet.stages[1][0], torch.randn(5, 7, 8, 8), 14
        edges = ((0, 1), (0, 2), (1, 2), (1, 6), (2, 6), (0, 6))
        path = mixture(
            (*(int(edge in edges) for edge in EDGES), *[0] * 5),
            edge_1_2=[0.3, 0.7],
            edge_1_6=[0.6, 0.4],
            edge_2_6=[0.0, 0.5],
            edge_0_6=[0.8, 0.2],
        )
        path[21] = torch.tensor([0.2, 0.0, 0.5])
        narrow = width // partial_channels

        def operate(operation, place, value):
            part = value[:, :narrow]
            if operation == "max_pool":
                part = torch.nn.functional.max_pool2d(part, 3, 1, 1)
            else:
                part = convolved(cell.conv_3x3[place].conv.weight, part)
            return torch.cat([value[:, narrow:], part], 1)

        def projected(vertex):
            return convolved(cell.projections[str(vertex)].conv.weight, features)

        def mixed(place, value):
            return 0.2 * operate("conv_3x3", place, value) + 0.5 * operate("max_pool", place, value)

        if operations_on == "nodes":
            one = mixed("1", projected(1))
            two = operate("conv_3x3", "2", projected(2) + 0.7 * one)
        else:
            one = mixed("0->1", projected(1))
            two = operate("conv_3x3", "0->2", projected(2)) + 0.7 * operate("conv_3x3", "1->2", one)
        direct = convolved(cell.output_projection.conv.weight, features)
        close(cell(features, soft_path(path)), 0.4 * one + 0.5 * two + 0.2 * direct)

    def test_only_edges_from_vertices_on_a_way_into_the_output_decide(self):
        """Neither edges elsewhere nor that from the input, nor one from a vertex that nothing reaches."""
        chain = [0] * 26
        for edge in ((0, 1), (0, 2), (1, 2), (1, 6), (2, 6)):
            chain[EDGES.index(edge)] = 1
        open_edge = [0.5, 0.5]
        for elsewhere in ({"edge_1_2": open_edge}, {"edge_0_6": open_edge}, {"edge_4_6": open_edge}, {}):
            assert soft_path(mixture(chain, **elsewhere)).widths(7) == {1: 4, 2: 3}
        for into_output in ({"edge_1_6": open_edge}, {"edge_2_6": open_edge}):
            assert soft_path(mixture(chain, **into_output)).widths(7) == {1: 7, 2: 7}

    def test_fewer_channels_than_vertices_are_enough(self):
        """They need not share them."""
        path = [torch.full((2 if place < 21 else 3,), 0.5) for place in range(26)]
        assert built(channels=2)(IMAGES, path).shape == (16, 5)


def convolved(kernel, value):
    convolution = torch.nn.functional.conv2d(value, kernel, padding=kernel.shape[-1] // 2)
    return torch.nn.functional.batch_norm(convolution, None, None, training=True).relu()
