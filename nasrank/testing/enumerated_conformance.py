"""Laws that an enumerated search space keeps besides those of every space."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from nasrank.spaces.enumerated import Enumerated
from nasrank.testing.space_conformance import NO_INDEX, SpaceConformance, some

Space = Enumerated[Any]

NO_POSITIONS = ([0.0], [True], ["0"], [None], [-1], [2**62], [[0]], 0, np.array([1.5]), np.ma.masked_equal([0, 1], 1))
"""What stands where positions belong, and is no array of them."""


class EnumeratedConformance(SpaceConformance):
    """Laws of an `Enumerated` space; `space` comes from a fixture or a parametrization of the class."""

    def test_positions_choices_and_texts_all_lead_back(self, space: Space) -> None:
        for position in np.random.default_rng(0).integers(len(space), size=50).tolist():
            architecture = space.at(position)
            assert space.position(architecture) == position
            assert space.position(space.parse(str(architecture))) == position
            assert tuple(space.choices(np.array([position], dtype=np.uint64))[0]) == space.to_choices(architecture)
            assert space.at(np.int64(position)) == architecture  # type: ignore[arg-type]

    def test_many_texts_classes_and_costs_are_those_of_each(self, space: Space) -> None:
        positions = np.random.default_rng(1).integers(len(space), size=30)
        architectures = [space.at(int(position)) for position in positions]
        texts = [*map(str, architectures), "", "no architecture", "0"]
        assert space.positions_of_texts(texts).tolist() == [*positions.tolist(), -1, -1, -1]
        assert space.positions_of_texts([]).shape == (0,)
        classes = space.classes_of(positions)
        keys = [space.key(architecture) for architecture in architectures]
        for one, other in ((0, place) for place in range(len(keys))):
            assert (classes[one] == classes[other]) == (keys[one] == keys[other])
        parameters, multiply_adds = space.costs(positions)
        costs = [space.cost(architecture) for architecture in architectures]
        assert parameters.tolist() == [cost.parameters for cost in costs]
        assert multiply_adds.tolist() == [cost.multiply_adds for cost in costs]

    def test_all_choices_come_in_the_order_of_positions(self, space: Space) -> None:
        if not space.listable:
            with pytest.raises(ValueError, match=f"{len(space):,} architectures, which are too many"):
                space.choices()
            return
        everything = space.choices()
        assert everything.shape == (len(space), len(space.decisions))
        assert everything.dtype == np.int64
        for position in np.random.default_rng(0).integers(len(space), size=50).tolist():
            assert tuple(everything[position]) == space.to_choices(space.at(position))
        first = [architecture for architecture, _ in zip(space, range(7), strict=False)]
        assert first == [space.at(position) for position in range(7)]
        assert space.choices([]).shape == (0, len(space.decisions))  # type: ignore[arg-type]

    def test_the_representative_is_what_the_enumeration_has(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        for _ in range(300):
            choices = [int(generator.integers(len(decision.options))) for decision in space.decisions]
            if space.allows(choices):
                position = space.position(space.from_choices(choices))
                assert space.representative(choices) == space.to_choices(space.at(position))

    def test_classes_are_no_more_than_architectures(self, space: Space) -> None:
        different = len({space.key(architecture) for architecture in some(space, 300)})
        if space.knows_classes:
            assert different <= space.classes <= len(space)
        else:
            with pytest.raises(ValueError, match="too many to list"):
                _ = space.classes

    def test_one_position_has_one_key(self, space: Space) -> None:
        for architecture in some(space):
            assert space.key(space.at(space.position(architecture))) == space.key(architecture)

    def test_samples_and_random_choices_are_uniform(self, space: Space) -> None:
        generator, count = np.random.default_rng(0), min(2000, len(space) // 2)
        drawn = [space.from_choices(space.random_choices(generator)) for _ in range(count)]
        for architectures in (drawn, space.sample(generator, count)):
            bins = np.array([20 * int(space.position(one)) // len(space) for one in architectures])
            assert chisquare(np.bincount(bins, minlength=20)).pvalue > 1e-4

    def test_random_members_of_a_class_are_architectures(self, space: Space) -> None:
        generator = np.random.default_rng(0)
        if not space.knows_classes:
            with pytest.raises(ValueError, match="too many to list"):
                space.random_class_choices(generator)
            return
        for _ in range(10):
            choices = space.random_class_choices(generator)
            assert tuple(choices) == space.representative(choices)

    def test_samples_are_drawn_from_the_positions_that_are_not_excluded(self, space: Space) -> None:
        """By one call of the generator, whose results stored studies depend on."""
        excluded = some(space, 10, seed=1)
        if not space.listable:
            assert not set(space.sample(np.random.default_rng(1), 10, exclude=excluded)) & set(excluded)
            return
        for barred in ([], excluded):
            allowed = np.setdiff1d(np.arange(len(space)), [space.position(architecture) for architecture in barred])
            expected = np.random.default_rng(2).choice(allowed, size=50, replace=False).tolist()
            drawn = space.sample(np.random.default_rng(2), 50, exclude=barred)
            assert [space.position(architecture) for architecture in drawn] == expected

    def test_more_samples_than_there_are_is_refused(self, space: Space) -> None:
        with pytest.raises(ValueError, match=str(len(space))):
            space.sample(np.random.default_rng(0), len(space) + 1)
        with pytest.raises(ValueError, match="1 of them excluded"):
            space.sample(np.random.default_rng(0), len(space), exclude=[space.at(0)])

    def test_positions_outside_are_refused(self, space: Space) -> None:
        for position in (-1, len(space)):
            with pytest.raises(ValueError, match=f"0 to {len(space) - 1}"):
                space.at(position)

    @pytest.mark.parametrize("wrong", NO_INDEX, ids=repr)
    def test_what_is_no_integer_is_no_position(self, space: Space, wrong: Any) -> None:
        with pytest.raises(ValueError, match=f"position in {space.name}: .* is not an index"):
            space.at(wrong)

    @pytest.mark.parametrize("wrong", NO_POSITIONS, ids=repr)
    def test_what_is_no_position_is_not_one_among_many(self, space: Space, wrong: Any) -> None:
        with pytest.raises(ValueError, match=f"positions in {space.name}"):
            space.choices(wrong)
