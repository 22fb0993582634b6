"""De-isomorphic sampling [Ning2021]: every step trains one path, uniform over isomorphism classes.

Uniform sampling trains a class in proportion to its members, all of which are the same network. The paper keeps one
representative a class. Here any member of the class that was drawn is equally likely, so that all shared weights are
trained: those which no representative uses would otherwise stay as they were initialised, and rank what uses them.

References:
    [Ning2021] Ning et al., "Evaluating Efficient Performance Estimators of Neural Architectures", NeurIPS 2021.
"""

from __future__ import annotations

from nasrank.bench.training.strategies.registry import STRATEGIES
from nasrank.bench.training.strategies.spos import SinglePathOneShot


@STRATEGIES.register
class DeIsomorphic(SinglePathOneShot):
    name = "isomorphic"
    label = "SPOS over isomorphism classes"
    reference = "Ning2021"
    draws_classes = True

    def path(self) -> list[int]:
        return self.space.random_class_choices(self.generator)
