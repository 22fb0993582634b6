"""Soft orthogonality of kernels [Bansal2018]: the filters of a layer are kept apart from each other, and of length one.

A kernel `(out, in, height, width)` is taken as the matrix `W (out, in * height * width)`. The term is `coefficient`
times the mean, over the kernels that have a gradient in this step, of the squared Frobenius norm of `W W' - I`; where
`out` is the greater side, of `W' W - I`, as the other product cannot be the identity. Weights off the paths of a step
have no gradient and rest, as they do without the term.

The paper lets the coefficient fall during training; here it is constant. Super-nets share kernels among architectures,
which the paper does not look at.

References:
    [Bansal2018] Bansal, Chen & Wang, "Can We Gain More from Orthogonality Regularizations in Training Deep CNNs?",
        NeurIPS 2018.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nasrank.bench.training.step import Step
from nasrank.bench.training.terms.term import TERMS, Coefficient, Term, TermContext


@TERMS.register
class OrthogonalityTerm(Term):
    """Knows nothing of architectures, and adds no pass through the super-net."""

    name, label = "orthogonality", "kernel orthogonality"

    class Settings(Term.Settings):
        """With the coefficient alone."""

        coefficient: Coefficient = 0.01
        """The weight of the term; with 0 it adds nothing."""

    def __init__(self, settings: Term.Settings, context: TermContext) -> None:
        super().__init__(settings, context)
        self._distances: list[Tensor] = []

    def accumulate(self, step: Step) -> None:
        if self.settings.coefficient == 0:
            return
        kernels = [weights for weights in step.supernet.parameters() if weights.dim() > 1 and weights.grad is not None]
        if not kernels:
            return
        distance = torch.stack([distance_from_orthogonal(kernel) for kernel in kernels]).mean()
        (self.settings.coefficient * distance).backward()  # type: ignore[no-untyped-call]
        self._distances.append(distance.detach())

    def record(self) -> dict[str, float]:
        """`distance`: the mean over kernels and steps since the last call, at least 0."""
        if not self._distances:
            return {}
        distances: list[float] = torch.stack(self._distances).tolist()
        self._distances = []
        return {"distance": sum(distances) / len(distances)}


def distance_from_orthogonal(kernel: Tensor) -> Tensor:
    """Squared Frobenius norm, a scalar, of what a kernel `(out, in, ...)` is short of orthogonal rows or columns."""
    matrix = kernel.flatten(1)
    matrix = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    return (matrix @ matrix.T - torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)).square().sum()
