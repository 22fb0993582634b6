"""Ten steps of every strategy, with and without landmarks, against losses pinned when they were reviewed.

A change of any number here is a change of every study's results: say so in the commit and in CHANGELOG.md.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from toy import CLASSES, random_batch

from bench.seeds import Purpose, generator, torch_generator
from bench.tasks import Classification
from bench.training.batches import endless_batches
from bench.training.regularizers.landmark import LandmarkRegularizer, LandmarkSettings
from bench.training.regularizers.schedule import Schedule
from bench.training.strategies import STRATEGIES
from bench.training.trainer import Optimization, train
from spaces import get_space

SPACE = get_space("nb201")

PINNED = {
    ("spos", False): [1.3969, 1.4306, 1.4582, 1.3855, 1.4202, 1.3054, 1.3846, 1.4369, 1.3449, 1.3663],
    ("spos", True): [1.3969, 1.4451, 1.4536, 1.3439, 1.4839, 1.3423, 1.3714, 1.4001, 1.3801, 1.4313],
    ("rlnas", False): [1.3969, 1.4306, 1.4582, 1.3855, 1.4202, 1.3054, 1.3846, 1.4369, 1.3449, 1.3663],
    ("rlnas", True): [1.3969, 1.4451, 1.4536, 1.3439, 1.4839, 1.3423, 1.3714, 1.4001, 1.3801, 1.4313],
    ("random_nas", False): [1.3969, 1.4306, 1.4582, 1.3855, 1.4202, 1.3054, 1.3846, 1.4369, 1.3449, 1.3663],
    ("random_nas", True): [1.3969, 1.4451, 1.4536, 1.3439, 1.4839, 1.3423, 1.3714, 1.4001, 1.3801, 1.4313],
    ("isomorphic", False): [1.3644, 1.4087, 1.4592, 1.495, 1.4031, 1.3516, 1.4602, 1.3924, 1.3357, 1.3204],
    ("isomorphic", True): [1.3644, 1.4868, 1.4307, 1.4306, 1.4003, 1.3636, 1.486, 1.3786, 1.367, 1.3811],
    ("fairnas", False): [1.4289, 1.3759, 1.4134, 1.3879, 1.3687, 1.3282, 1.377, 1.347, 1.4439, 1.3146],
    ("fairnas", True): [1.4289, 1.3852, 1.4298, 1.395, 1.3786, 1.3169, 1.3988, 1.3509, 1.3911, 1.3304],
    ("darts", False): [1.3844, 1.3865, 1.4715, 1.4435, 1.2783, 1.1949, 1.1843, 1.2433, 1.1251, 1.0422],
    ("darts", True): [1.3844, 1.3817, 1.5682, 1.4538, 1.408, 1.253, 1.3375, 1.3445, 1.2231, 1.2707],
    ("darts2", False): [1.3844, 1.3901, 1.4728, 1.4192, 1.2918, 1.1828, 1.2366, 1.2554, 1.15, 1.09],
    ("darts2", True): [1.3844, 1.3831, 1.5681, 1.4426, 1.3841, 1.2608, 1.3143, 1.3709, 1.2154, 1.2803],
    ("pc_darts", False): [1.532, 1.3588, 1.401, 1.492, 1.263, 1.2557, 1.3537, 1.3322, 1.2483, 1.2253],
    ("pc_darts", True): [1.532, 1.352, 1.4163, 1.3985, 1.3566, 1.2616, 1.3687, 1.5058, 1.3384, 1.2402],
    ("darts_prime", False): [1.3844, 1.3865, 1.4702, 1.4468, 1.2878, 1.1992, 1.1919, 1.2757, 1.1511, 1.0698],
    ("darts_prime", True): [1.3844, 1.3818, 1.5681, 1.453, 1.4086, 1.2445, 1.3207, 1.3548, 1.2106, 1.2618],
    ("factorized", False): [1.3844, 1.3865, 1.4715, 1.4435, 1.2783, 1.1949, 1.1843, 1.2433, 1.1251, 1.0422],
    ("factorized", True): [1.3844, 1.3817, 1.5682, 1.4538, 1.408, 1.253, 1.3375, 1.3445, 1.2231, 1.2707],
    ("gdas", False): [1.4785, 1.3744, 1.3746, 1.3914, 1.4202, 1.4106, 1.2747, 1.4069, 1.3499, 1.4244],
    ("gdas", True): [1.4785, 1.3715, 1.3746, 1.3902, 1.4056, 1.4847, 1.3641, 1.4064, 1.3104, 1.3935],
    ("enas", False): [1.4402, 1.3444, 1.4553, 1.3941, 1.4793, 1.2978, 1.3739, 1.3742, 1.324, 1.3057],
    ("enas", True): [1.4402, 1.3612, 1.4549, 1.4017, 1.4619, 1.3286, 1.5094, 1.4889, 1.294, 1.4245],
    ("nao", False): [1.4441, 1.3893, 1.4489, 1.4075, 1.3978, 1.3571, 1.4275, 1.4007, 1.335, 1.343],
    ("nao", True): [1.4441, 1.3866, 1.4629, 1.4431, 1.4448, 1.3449, 1.468, 1.4862, 1.3592, 1.471],
    ("few_shot", False): [1.3969, 1.4306, 1.4582, 1.3855, 1.4202, 1.3054, 1.3846, 1.4369, 1.3449, 1.3663],
    ("few_shot", True): [1.3969, 1.4451, 1.4536, 1.3439, 1.4839, 1.3423, 1.3714, 1.4001, 1.3801, 1.4313],
    ("gm_nas", False): [1.3969, 1.4306, 1.4582, 1.3855, 1.4202, 1.3054, 1.3846, 1.4369, 1.3449, 1.3663],
    ("gm_nas", True): [1.3969, 1.4451, 1.4536, 1.3439, 1.4839, 1.3423, 1.3714, 1.4001, 1.3801, 1.4313],
}


def losses(name, guided):
    """Training loss of each of ten steps on 64 random images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        supernet = SPACE.supernet(channels=4, cells_per_stage=1, classes=CLASSES, **STRATEGIES[name].supernet_options)
    strategy = STRATEGIES[name](SPACE, generator(0, Purpose.STRATEGY))
    terms = []
    if guided:
        cells = SPACE.sample(generator(0, Purpose.LANDMARK_CHOICE), 8)
        costs = np.array([SPACE.cost(cell).parameters + cell.operations[0] for cell in cells], dtype=float)
        settings = LandmarkSettings(coefficient=2.0, pairs_per_step=3, schedule=Schedule("constant", 0.0))
        paths = [SPACE.to_choices(cell) for cell in cells]
        terms.append(LandmarkRegularizer(paths, costs, settings, generator(0, Purpose.LANDMARK_PAIRS)))

    def batches(purpose):
        return endless_batches(*random_batch(64, seed=11, shape=(3, 8, 8)), 16, torch_generator(0, purpose))

    record = train(
        supernet,
        Classification(CLASSES),
        strategy,
        terms,
        Optimization(10 * strategy.passes_per_step, 16, learning_rate=0.05),
        batches(Purpose.TRAINING_BATCHES),
        {"strategy": batches(Purpose.STRATEGY_HELD_OUT), "landmark": batches(Purpose.LANDMARK_HELD_OUT)},
    )
    return [row["loss"] for row in record.rows]


@pytest.mark.parametrize("guided", [False, True], ids=["plain", "landmark"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_ten_steps_are_as_they_were(name, guided):
    """Weights off by 1e-7, as after another processor's rounding, move these by 6e-5 at most."""
    assert losses(name, guided) == pytest.approx(PINNED[name, guided], rel=5e-3)


if __name__ == "__main__":  # prints the numbers to pin
    for case in product(STRATEGIES, (False, True)):
        print(f"    {case}: {[round(loss, 4) for loss in losses(*case)]},")
