"""What the forms of channel sharing draw, how paths share work, re-calibration, and what is refused."""

from __future__ import annotations

import copy
from inspect import signature
from typing import get_args

import pytest
import torch
from nb101_paths import FORMS, IMAGES, NORMS, RANDOM_FORMS, built, close, one_hot, random_paths, scrambled, stand_alone

from nasrank.spaces import get_space
from nasrank.spaces.nb101.decisions import EDGES
from nasrank.spaces.nb101.shared_layers import CHANNEL_SHARING, max_pool
from nasrank.spaces.nb101.supernet import CellSuperNet


class TestRandomForms:
    @pytest.mark.parametrize("form", RANDOM_FORMS)
    def test_draws_depend_on_the_seed_alone(self, form):
        path = random_paths(1, vertices=7)[0]

        def outputs(seed):
            torch.manual_seed(seed)
            supernet = CellSuperNet(channels=12, cells_per_stage=1, channel_sharing=form)
            torch.manual_seed(99)  # global draws between forwards do not matter
            return [supernet(IMAGES, path) for _ in range(4)]

        first, again = outputs(3), outputs(3)
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
        assert len({round(float(output.detach().sum()), 6) for output in first}) > 1

    @pytest.mark.parametrize("form", FORMS)
    def test_evaluation_is_deterministic(self, form):
        supernet = built(channel_sharing=form).eval()
        for path in random_paths(5, vertices=7):
            assert torch.equal(supernet(IMAGES, path), supernet(IMAGES, path))

    @pytest.mark.slow
    @pytest.mark.parametrize("form", RANDOM_FORMS)
    def test_every_channel_is_drawn_about_equally_often(self, form):
        draw, generator = CHANNEL_SHARING[form][1], torch.Generator().manual_seed(0)
        counts, rounds = torch.zeros(2, 9), 4000
        for _ in range(rounds):
            drawn = draw(9, {4, 5}, generator)
            for row, width in enumerate((4, 5)):
                indices = torch.arange(9)[drawn[width]]
                assert len(set(indices.tolist())) == width
                counts[row, indices] += 1
            assert torch.equal(torch.arange(9)[drawn[5]][:4], torch.arange(9)[drawn[4]])
        if form == "random_channels":
            expected = rounds * torch.tensor([[4 / 9], [5 / 9]])
        else:  # five places to begin at
            runs = torch.stack([(torch.arange(9) >= s) & (torch.arange(9) < s + 4) for s in range(5)]).sum(0)
            expected = rounds * torch.stack([runs, torch.tensor([1, 2, 3, 4, 5, 4, 3, 2, 1])]) / 5
        assert ((counts - expected).abs() < 5 * (expected + 1).sqrt()).all()

    @pytest.mark.parametrize("form", RANDOM_FORMS)
    def test_the_full_width_takes_every_channel_in_order(self, form):
        drawn = CHANNEL_SHARING[form][1](9, {9}, torch.Generator().manual_seed(0))
        assert torch.arange(9)[drawn[9]].tolist() == list(range(9))

    @pytest.mark.parametrize("form", RANDOM_FORMS)
    def test_copies_go_on_alike(self, form):
        supernet = built(channel_sharing=form)
        other = copy.deepcopy(supernet)
        for path in random_paths(5, vertices=7):
            assert torch.equal(supernet(IMAGES, path), other(IMAGES, path))


class TestEachPath:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("options", [*NORMS.values(), {"operations_on": "edges"}], ids=[*NORMS, "on edges"])
    def test_scoring_many_paths_together_equals_scoring_each(self, form, options):
        supernet = scrambled(built(channel_sharing=form, **options)).eval()
        paths = random_paths(25)
        paths += paths[:5]
        seen = []
        with torch.inference_mode():
            for places, scores in supernet.each_path(IMAGES, paths):
                seen += places
                for place in places:
                    close(scores, supernet(IMAGES, paths[place]))
        assert sorted(seen) == list(range(30))

    def test_paths_that_differ_in_what_is_left_out_are_computed_once(self):
        choices = [0] * 26
        choices[EDGES.index((0, 2))] = choices[EDGES.index((2, 6))] = 1
        stray = [*choices[:21], 1, 0, 2, 1, 0]
        stray[EDGES.index((0, 4))] = 1
        other = [*choices[:22], 1, 0, 0, 0]
        found = [places for places, _ in built().each_path(IMAGES, [choices, other, stray])]
        assert sorted(found) == [[0, 2], [1]]

    def test_vertices_alike_but_for_their_numbers_are_told_apart(self):
        """Vertex 4 follows vertex 2, which is the second vertex of one path and the first of the other."""

        def path(edges, operations):
            return (*(int(edge in edges) for edge in EDGES), *operations)

        second = path({(0, 1), (0, 2), (1, 6), (2, 4), (4, 6)}, (0, 1, 0, 2, 0))
        first = path({(0, 2), (0, 3), (3, 6), (2, 4), (4, 6)}, (0, 0, 1, 2, 0))
        supernet = built(channels=8)
        for (place,), scores in supernet.each_path(IMAGES, [second, first]):
            close(scores, supernet(IMAGES, (second, first)[place]))

    def test_many_paths_together_have_the_gradient_of_each(self):
        supernet, paths = built(), random_paths(4, vertices=7)

        def gradients(losses):
            supernet.zero_grad()
            sum(losses).backward()
            return {n: w.grad.clone() for n, w in supernet.named_parameters() if w.grad is not None}

        together = gradients([scores.square().mean() for _, scores in supernet.each_path(IMAGES, paths)])
        alone = gradients([supernet(IMAGES, path).square().mean() for path in paths])
        assert together.keys() == alone.keys()
        for name in alone:
            close(together[name], alone[name], 1e-4)

    @pytest.mark.parametrize("form", RANDOM_FORMS)
    def test_each_draws_for_itself_in_training(self, form):
        """From a stream of their own, so that what else is trained draws what it would have drawn."""
        supernet, paths = built(channel_sharing=form), random_paths(8, vertices=7)
        untouched = copy.deepcopy(supernet)
        other = copy.deepcopy(supernet)
        other._generator = other._comparing
        for (place,), scores in supernet.each_path(IMAGES, paths):
            assert torch.equal(scores, other(IMAGES, paths[place]))
        later = [net(IMAGES, paths[0]) for net in (supernet, untouched)]
        assert torch.equal(*later)
        assert not torch.equal(later[0], supernet(IMAGES, paths[0])), "each pass draws anew"


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_statistics_tracked_in_training_do_not_change_its_gradients(form):
    tracked, untracked = (built(channel_sharing=form, tracked=choice) for choice in (True, False))
    untracked.load_state_dict(tracked.state_dict(), strict=False)
    for path in random_paths(4, vertices=7):
        for supernet in (tracked, untracked):
            torch.manual_seed(0)
            supernet(IMAGES, path).square().mean().backward()
    gradients = {name: weights.grad for name, weights in untracked.named_parameters() if weights.grad is not None}
    assert gradients
    for name, gradient in gradients.items():
        close(tracked.get_parameter(name).grad, gradient, 1e-5)


class TestRecalibration:
    @pytest.mark.parametrize("form", FORMS)
    def test_it_averages_the_statistics_of_its_batches(self, form):
        supernet = built(tracked=True, channel_sharing=form)
        paths = random_paths(2, vertices=6)
        for path in paths:
            supernet(IMAGES, path)
        batches = [IMAGES + shift for shift in (0.0, 0.5, 1.0)]
        for path in paths:
            network = stand_alone(supernet, path).train()
            for module in network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.reset_running_stats()
                    module.momentum = None
            for images in batches:
                network(images)
            supernet.recalibrate(batches, path)
            assert not supernet.training
            close(supernet(IMAGES, path), network.eval()(IMAGES))

    def test_without_running_statistics_there_is_nothing_to_recalibrate(self):
        with pytest.raises(ValueError, match="batch statistics"):
            built().recalibrate([IMAGES], random_paths(1)[0])


class TestRefusals:
    @pytest.mark.parametrize("length", [0, 25, 27])
    @pytest.mark.parametrize("entry", [0, torch.ones(2)], ids=["hard", "soft"])
    def test_paths_of_wrong_length(self, length, entry):
        with pytest.raises(ValueError, match=f"26 decisions, not {length}"):
            built()(IMAGES, [entry] * length)

    @pytest.mark.parametrize(("place", "choice"), [(0, 2), (20, -1), (21, 3), (25, 99)])
    def test_options_out_of_range(self, place, choice):
        path = list(random_paths(1)[0])
        path[place] = choice
        name = get_space("nb101").decisions[place].name
        with pytest.raises(ValueError, match=f"{name}: {choice} is not an option"):
            built()(IMAGES, path)

    @pytest.mark.parametrize("soft", [False, True])
    def test_no_way_to_the_output(self, soft):
        path = (1,) + (0,) * 25
        with pytest.raises(ValueError, match="no path leads"):
            built()(IMAGES, one_hot(path) if soft else path)

    def test_more_than_nine_edges(self):
        with pytest.raises(ValueError, match="at most 9 edges, not 21"):
            built()(IMAGES, (1,) * 21 + (0,) * 5)

    def test_weights_of_wrong_shape(self):
        with pytest.raises(ValueError, match=r"vertex 1: weights are \(2,\), not \(3,\)"):
            built()(IMAGES, [torch.ones(2)] * 26)

    def test_a_vertex_without_any_operation(self):
        path = [torch.ones(2)] * 21 + [torch.ones(3)] * 5
        path[23] = torch.zeros(3)
        with pytest.raises(ValueError, match="vertex 3 have weight 0"):
            built()(IMAGES, path)

    def test_fewer_channels_than_vertices_that_share_them(self):
        path = tuple(int((s == 0 and t < 4) or (t == 6 and 0 < s < 4)) for s, t in EDGES) + (0,) * 5
        with pytest.raises(ValueError, match="3 vertices cannot share 2 channels"):
            built(channels=2)(IMAGES, path)

    @pytest.mark.parametrize("name", ["channels", "cells_per_stage", "classes", "image_channels"])
    def test_sizes_below_one(self, name):
        with pytest.raises(ValueError, match=f"{name} is 0"):
            CellSuperNet(**{name: 0})

    @pytest.mark.parametrize("name", ["channel_sharing", "operations_on"])
    def test_unknown_choices(self, name):
        with pytest.raises(ValueError, match=f"{name} is 'none'; known are"):
            CellSuperNet(**{name: "none"})


def test_the_space_declares_what_can_be_chosen():
    fields = get_space("nb101").options.model_fields
    known = {"channel_sharing": tuple(FORMS), "operations_on": ("nodes", "edges")}
    assert {name: get_args(fields[name].annotation) for name in known} == known
    defaults = signature(CellSuperNet).parameters
    assert all(defaults[name].default == fields[name].default == texts[0] for name, texts in known.items())


@pytest.mark.parametrize("shape", [(2, 5, 8, 6), (1, 8, 1, 1), (2, 3, 1, 4)])
@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_pooling_by_rows_and_columns_is_max_pooling(shape, layout):
    images = torch.randn(shape).contiguous(memory_format=layout)
    for view in (images, images[:, : shape[1] - 1]):
        assert torch.equal(max_pool(view), torch.nn.functional.max_pool2d(view, 3, 1, 1))
        assert torch.equal(max_pool(view.clone().requires_grad_()), max_pool(view))
