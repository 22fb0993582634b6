"""A study with estimators of every kind, the results of its super-nets invented, and proxies to register."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import torch

from nasrank.bench.runner.estimates import run_estimate
from nasrank.bench.runner.label_sets import estimates_of
from nasrank.bench.runner.tasks import Estimate
from nasrank.predictors import Estimator

VARIANTS = """
[estimators]
baselines = ["label_matched", "parameters", "steepness"]
label_uses = ["label_matched", "random_forest"]

[variants.soft]
strategy = "spos"
label = "softplus"
terms = { landmark = { loss = "softplus" } }

[variants.noisy]
strategy = "spos"
label = "noisy labels"
landmarks = { label_noise = 1.0 }

[variants.random]
strategy = "spos"
label = "in random order"
landmarks = { order = "random" }

[variants.few]
strategy = "spos"
label = "3 landmarks"
landmarks = { count = 3 }

[variants.chosen]
strategy = "spos"
label = "2 of 7 chosen"
landmarks = { count = 7, choice = "super_net", after = "spos" }
"""


STACKED = Estimate("random_forest", 1, "few", "spos-plain")


class Steepness(Estimator):
    """The norm of the gradients of a batch."""

    name, label = "steepness", "norm of gradients"
    needs = frozenset({"samples", "network", "loss"})

    def score(self, architectures):
        return np.array([self.norm(architecture) for architecture in architectures])

    def norm(self, architecture):
        network, (inputs, targets) = self.context.network(architecture), self.context.samples
        loss = self.context.loss(network(inputs), targets)
        gradients = torch.autograd.grad(loss, list(network.parameters()), allow_unused=True)
        return sum(float(one.square().sum()) for one in gradients if one is not None)


def result_of(trial, design, *, seed=0, failure=None):
    """What nobody trained: random scores, decided by the name of the trial and a seed."""
    generator = np.random.default_rng(crc32(f"{trial.name} {seed}".encode()))
    counts = {
        "scores": len(design.pool),
        "landmark_scores": len(design.scored_landmarks(trial)),
        "lookalike_scores": len(design.lookalikes),
    }
    scores = {
        name: {} if failure else {"accuracy": values.tolist(), "negative_loss": (values - 2).tolist()}
        for name, values in ((name, generator.random(count).round(6)) for name, count in counts.items())
    }
    return {
        "format": 2,
        "trial": trial.name,
        "settings": design.settings(trial),
        "processor": "abacus",
        "versions": {},
        "seconds": {},
        "failure": failure,
        "steps": 12,
        "record": [],
        "curve": [],
        "derived": None,
        "parts": None,
        **scores,
    }


def with_trials(store, design, **options):
    """The store, with all trials of the design."""
    store.begin(design)
    for trial in design.trials:
        store.put(trial, result_of(trial, design, **options))
    return store


def made(estimate, design, truth, store=None):
    """What the runner makes of an estimate."""
    labels = design.labels_of(estimate.row, estimate.seed, truth) if estimate.row else np.empty(0)
    return run_estimate(design, estimate, labels, store.supernet_of(estimate, design) if store else None)


def with_estimates(store, design, truth):
    """The store, with all estimates of the design."""
    for estimate in estimates_of(design):
        store.put(estimate, made(estimate, design, truth, store))
    return store


def contents(folder):
    """Of each stored result, by name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}
