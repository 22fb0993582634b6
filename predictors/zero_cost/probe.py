"""One architecture under measurement: a batch, its network with fresh weights, and what several proxies need of both.

What is computed for one proxy is kept for the others until the probe is thrown away; ask for nothing that you do not
use, and keep no part of it for longer. The network is in training mode, so batch normalization uses the statistics of
the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from zlib import crc32

import torch
from torch import Tensor, nn

from nasrank.predictors.estimator import Context
from nasrank.predictors.zero_cost.jets import Jets, NoRule, mixed_slope
from nasrank.predictors.zero_cost.trace import Trace
from nasrank.spaces.placing import channels_last
from nasrank.spaces.space import SearchSpace

BATCH = 64
"""Images that the proxies look at which look at one batch, where there are as many: the number of the papers' codes."""


class NotMeasurable(ValueError):  # noqa: N818  (it says what is wrong, and is caught by name)
    """A proxy is not defined for a network; the message says why."""


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution or a linear map of the network, with the gradients of the mean loss of the batch.

    Attributes:
        name: of its weight.
        weight: `(outputs, inputs, ...)`, detached.
        gradient: of the loss, like the weight; zeros where the loss does not depend on it.
        output: what the layer gave out, as `(batch, channels, positions)`, detached.
        output_gradient: of the loss, like the output.
    """

    name: str
    weight: Tensor
    gradient: Tensor
    output: Tensor
    output_gradient: Tensor


class Pass:
    """One forward pass over images, and what flows back from it; what is not asked for is not computed.

    Attributes:
        trace: what the network computed.
        outputs: class scores `(batch, classes)`.
    """

    def __init__(
        self, network: nn.Module, inputs: Tensor, targets: Tensor, loss: Callable[[Tensor, Tensor], Tensor]
    ) -> None:
        self._inputs = inputs.clone().requires_grad_()
        self._targets, self._loss = targets, loss
        with Trace(network) as self.trace:
            self.outputs: Tensor = network(self._inputs)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Every convolution and linear map in the order of execution, with its gradients."""
        calls = self.trace.calls
        wanted = [*(call.weight for call in calls), *(call.output for call in calls)]
        gradients = self._gradients(self._loss(self.outputs, self._targets), wanted)
        of_weights, of_outputs = gradients[: len(calls)], gradients[len(calls) :]
        return tuple(
            Layer(
                call.name,
                call.weight.detach(),
                of_weight,
                call.by_channel(call.output.detach()),
                call.by_channel(of_output),
            )
            for call, of_weight, of_output in zip(calls, of_weights, of_outputs, strict=True)
        )

    @cached_property
    def input_gradients(self) -> Tensor:
        """Of the sum of all class scores, by image `(batch, inputs)`."""
        (gradients,) = self._gradients(self.outputs.sum(), [self._inputs])
        return gradients.flatten(1)

    def _gradients(self, scalar: Tensor, wanted: list[Tensor]) -> tuple[Tensor, ...]:
        if not scalar.requires_grad:
            return tuple(map(torch.zeros_like, wanted))
        return torch.autograd.grad(scalar, wanted, retain_graph=True, allow_unused=True, materialize_grads=True)


class Probe:
    """One architecture under measurement.

    Args:
        build: makes the network in training mode, always with the same weights.
        samples: inputs `(images, channels, height, width)` and targets `(images,)`; None where no proxy needs them.
        loss: the mean training loss of outputs and targets; None where no proxy needs it.
        architecture: what is measured, for seeds and messages.
        space: whose architecture it is; None where no proxy builds other networks of it.
        seed: decides what is random, together with the architecture and the name of what draws.

    Attributes:
        batch: images that a proxy looks at which does not say how many it takes; `BATCH` unless it is set.
    """

    batch: int = BATCH

    def __init__(
        self,
        build: Callable[[], nn.Module],
        samples: tuple[Tensor, Tensor] | None = None,
        loss: Callable[[Tensor, Tensor], Tensor] | None = None,
        *,
        architecture: Any = "",
        space: SearchSpace[Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.architecture, self.space, self.seed = architecture, space, seed
        self._build, self._samples, self._loss = build, samples, loss

    @classmethod
    def of(cls, context: Context, architecture: Any, *, seed: int = 0, keeps_dead_branches: bool = False) -> Self:
        """The probe of an architecture, without the operations that no signal crosses unless it keeps them.

        Raises:
            ValueError: an architecture of another space, or a context without networks.
        """
        if context.network is None:
            raise ValueError("a proxy needs network, which the context does not have")
        reduced, build = context.space.functional(architecture, silence_is_zero=True), context.network
        if keeps_dead_branches:
            reduced = context.space.from_choices(context.space.to_choices(architecture))
        return cls(
            lambda: build(reduced),
            context.samples,
            context.loss,
            architecture=reduced,
            space=context.space,
            seed=seed,
        )

    # --- what is given ---

    def network(self) -> nn.Module:
        """A network of its own with the initial weights, in training mode, laid out for speed; it may be changed."""
        return deepcopy(self.initial)

    @cached_property
    def initial(self) -> nn.Module:
        """The network with its initial weights, to look at; it must not be changed or run."""
        return channels_last(self._build().train())

    def images(self, count: int | None = None) -> Tensor:
        """The first so many inputs `(count, channels, height, width)`, those of the batch where no number is asked
        for, or all where there are fewer."""
        if self._samples is None:
            raise ValueError("the probe has no samples, which this proxy needs")
        inputs = self._samples[0][: self.batch if count is None else count]
        return inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs

    def targets(self, count: int | None = None) -> Tensor:
        """Their targets `(count,)`."""
        if self._samples is None:
            raise ValueError("the probe has no samples, which this proxy needs")
        return self._samples[1][: self.batch if count is None else count]

    def generator(self, name: str) -> torch.Generator:
        """A stream of random numbers on the images' device, decided by seed, architecture and name alone."""
        device = "cpu" if self._samples is None else self._samples[0].device
        text = f"{self.seed} {self.architecture} {name}"
        return torch.Generator(device=device).manual_seed(crc32(text.encode()) + 2**32 * (self.seed % 2**31))

    # --- what is computed once ---

    @cached_property
    def descent(self) -> Pass:
        """The pass over the batch that all proxies share."""
        return self.pass_over(self.images(), self.targets())

    def halves(self) -> tuple[Pass, Pass]:
        """Passes over the first and the second half of two batches of images, or of as many as there are.

        With two whole batches the first is the pass that is shared; the other one is not kept.
        """
        images, targets = self.images(2 * self.batch), self.targets(2 * self.batch)
        if len(images) < 2:
            raise NotMeasurable(f"there are {len(images)} images, which cannot be halved")
        half = len(images) // 2
        first = self.descent if half == self.batch else self.pass_over(images[:half], targets[:half])
        return first, self.pass_over(images[half : 2 * half], targets[half : 2 * half])

    def pass_over(self, inputs: Tensor, targets: Tensor) -> Pass:
        """A pass of the network with its initial weights over other images, which is not kept."""
        if self._loss is None:
            raise ValueError("the probe has no loss, which this proxy needs")
        return Pass(self.network(), inputs, targets, self._loss)

    @cached_property
    def curvature(self) -> float:
        """`w' H g` over the weights w of convolutions and linear maps; H is the Hessian, g the gradient of the loss.

        Raises:
            NotMeasurable: the network calls a function that has no rule in `nasrank.predictors.zero_cost.jets`.
        """
        assert self._loss is not None
        network, inputs = self.network(), self.images()
        parameters, gradients = (
            dict(network.named_parameters()),
            {one.name: one.gradient for one in self.descent.layers},
        )
        jets = Jets({parameters[name].data_ptr(): gradient for name, gradient in gradients.items()})
        start = torch.cat([inputs, torch.zeros_like(inputs).repeat(3, 1, 1, 1)])
        try:
            with torch.no_grad(), jets:
                outputs: Tensor = network(start)
        except NoRule as error:
            raise NotMeasurable(str(error)) from error
        return mixed_slope(self._loss, outputs, self.targets())
