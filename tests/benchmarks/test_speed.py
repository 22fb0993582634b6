"""How fast it is: `tox -e speed` runs these and keeps the figures under reports/speed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from nasrank.bench.data.images.augment import Augmentation
from nasrank.bench.foundation.seeds import Purpose, generator
from nasrank.bench.oracles import open_oracle
from nasrank.bench.oracles.ask.axes import Split
from nasrank.bench.scores.shared_weights import score_paths
from nasrank.bench.tasks.classification import Classification
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.bench.training.terms import TermContext
from nasrank.bench.training.terms.landmark import LandmarkTerm
from nasrank.bench.training.trainer import Optimization, train
from nasrank.spaces import get_space

SPACE = get_space("nb201")
QUESTION = {"dataset": "cifar10", "split": Split.TEST_50K_AUGMENTED, "epochs": 200, "seeds": "one_run"}


def random_batch(count: int, size: int, layout: torch.memory_format) -> tuple[torch.Tensor, torch.Tensor]:
    stream = torch.Generator().manual_seed(0)
    images = torch.randn(count, 3, size, size, generator=stream).contiguous(memory_format=layout)
    return images, torch.randint(0, 10, (count,), generator=stream)


def training_steps(*, channels, cells_per_stage, size, layout, landmarks, steps, space=SPACE):
    """A function that trains `steps` steps of single path one-shot: the same paths and pairs at every call."""
    torch.manual_seed(0)
    supernet = space.supernet(channels=channels, cells_per_stage=cells_per_stage).to(memory_format=layout)
    batch = random_batch(64, size, layout)
    truth = np.linspace(10, 95, 30)
    positions = np.random.default_rng(0).choice(len(space), 30, replace=False)

    def run() -> None:
        terms = []
        if landmarks:
            context = TermContext(LandmarkTerm.stream(0), space.choices(positions).tolist(), truth)
            terms.append(LandmarkTerm(LandmarkTerm.Settings().always(), context))
        strategy = STRATEGIES["spos"](space, generator(0, Purpose.STRATEGY))
        endless = iter(lambda: batch, None)
        held_out = {"strategy": endless, "landmark": endless}
        train(supernet, Classification(10), strategy, terms, Optimization(steps), endless, held_out)

    return run


@pytest.mark.benchmark(group="super-net step, 16 channels, 5 cells a stage, 32x32, batch 64 (ten steps)")
@pytest.mark.parametrize("layout", ["channels_last", "contiguous"])
def test_step_by_layout(benchmark, layout):
    formats = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
    steps = training_steps(channels=16, cells_per_stage=5, size=32, layout=formats[layout], landmarks=False, steps=10)
    benchmark.pedantic(steps, rounds=4, warmup_rounds=1)


@pytest.mark.benchmark(group="super-net step, 8 channels, 1 cell a stage, 16x16, batch 64 (100 steps)")
@pytest.mark.parametrize("landmarks", [False, True], ids=["plain", "landmarks"])
def test_step_with_landmarks(benchmark, landmarks):
    steps = training_steps(
        channels=8, cells_per_stage=1, size=16, layout=torch.channels_last, landmarks=landmarks, steps=100
    )
    benchmark.pedantic(steps, rounds=4, warmup_rounds=1)


@pytest.mark.benchmark(group="NAS-Bench-101 super-net step, 16 channels, 1 cell a stage, 16x16, batch 64 (100 steps)")
@pytest.mark.parametrize("landmarks", [False, True], ids=["plain", "landmarks"])
def test_nb101_step(benchmark, landmarks):
    steps = training_steps(
        channels=16,
        cells_per_stage=1,
        size=16,
        layout=torch.channels_last,
        landmarks=landmarks,
        steps=100,
        space=get_space("nb101"),
    )
    benchmark.pedantic(steps, rounds=4, warmup_rounds=1)


@pytest.mark.benchmark(group="augmentation of a batch of 64 images of 3x16x16")
def test_augmentation(benchmark):
    images, _ = random_batch(64, 16, torch.channels_last)
    benchmark(Augmentation(padding=2, flip=True).of_images, images, torch.Generator().manual_seed(0))


@pytest.mark.benchmark(group="scoring all 15,625 cells on 1,000 images of 16x16, 8 channels, 1 cell a stage")
class TestScoringTheSpace:
    """Both on the same images. One at a time is timed on a uniform sample of 1 in 25 and named so."""

    @pytest.fixture(scope="class")
    def parts(self):
        torch.manual_seed(0)
        supernet = SPACE.supernet(channels=8, cells_per_stage=1).to(memory_format=torch.channels_last)
        return supernet, Classification(10), *random_batch(1000, 16, torch.channels_last)

    def test_together(self, benchmark, parts):
        paths = SPACE.choices().tolist()
        scores = benchmark.pedantic(score_paths, args=(*parts, paths), rounds=1)
        supernet, task, images, targets = parts
        for position in range(0, len(SPACE), 1500):
            with torch.inference_mode():
                alone = task.ranked(task.statistics(supernet(images, paths[position]), targets))
            for name, value in alone.items():
                assert abs(scores[name][position] - value) < 1e-5

    def test_one_at_a_time_625_cells(self, benchmark, parts):
        supernet, task, images, targets = parts
        positions = np.random.default_rng(0).choice(len(SPACE), 625, replace=False)

        def score() -> None:
            with torch.inference_mode():
                for path in SPACE.choices(positions).tolist():
                    task.ranked(task.statistics(supernet(images, path), targets))

        benchmark.pedantic(score, rounds=1)


@pytest.mark.benchmark(group="oracle")
class TestOracle:
    def test_open(self, benchmark):
        open_oracle("analog-nasbench")  # compile it first
        benchmark(open_oracle, "analog-nasbench")

    def test_all_cells_by_array(self, benchmark):
        table, positions = open_oracle("analog-nasbench"), np.arange(len(SPACE))
        assert len(benchmark(table.accuracy, positions, **QUESTION)) == 15625

    def test_one_cell(self, benchmark):
        table, cell = open_oracle("analog-nasbench"), SPACE.at(1234)
        benchmark(table.accuracy, [cell], **QUESTION)

    def test_memory_of_opening(self, benchmark):
        """Resident memory that opening and answering adds to a process, in MiB, as extra information of the timing."""
        open_oracle("analog-nasbench")
        code = (
            "import psutil, numpy as np; from nasrank import open_oracle; from nasrank.bench.oracles import Split;"
            "process = psutil.Process(); before = process.memory_info().rss;"
            "table = open_oracle('analog-nasbench');"
            "table.accuracy(np.arange(15625), dataset='cifar10', split=Split.TEST_50K_AUGMENTED, epochs=200,"
            " seeds='one_run');"
            "after = process.memory_info().rss; print((after - before) / 2**20, after / 2**20)"
        )
        output = benchmark.pedantic(subprocess.check_output, args=([sys.executable, "-c", code],), rounds=3)
        added, whole = map(float, output.split())
        benchmark.extra_info |= {"added_mib": added, "whole_process_mib": whole}
        assert added < 60
