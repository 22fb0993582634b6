"""What the tests of judging share beside fixtures."""

from __future__ import annotations

TRUTH = "analog-nasbench:accuracy/cifar10/test_50k_augmented/200/one_run"
