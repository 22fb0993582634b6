"""The flow through all paths of a network of positive weights [Tanaka2020].

Checked against naslib/predictors/pruners/measures/synflow.py of NASLib, which is that of SamsungLabs/zero-cost-nas in
double precision: single precision overflows on deep networks. NAS-Bench-Suite-Zero stores the logarithm, as is done
here: it orders architectures alike.

References:
    [Tanaka2020] Tanaka et al., "Pruning Neural Networks without Any Data by Iteratively Conserving Synaptic Flow",
        NeurIPS 2020.
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021: as a proxy.
"""

from __future__ import annotations

import math

import torch

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import Trace


@ESTIMATORS.register
class SynapticFlow(Proxy):
    """`ln sum |w dR/dw|` over the weights of convolutions and linear maps; R is the sum of the outputs.

    All parameters are replaced by their absolute values, batch normalization by nothing, and the input is one image of
    ones.
    """

    name = "synflow"
    label = "synaptic flow"
    reference = "Tanaka2020"
    needs = frozenset({"samples", "network"})
    images = 1

    def measure(self, probe: Probe) -> float:
        network = probe.network().double()
        with torch.no_grad():
            for values in network.state_dict().values():
                values.abs_()
        with Trace(network, normalized=False, kept={"calls"}) as trace:
            outputs = network(torch.ones_like(probe.images(1), dtype=torch.float64))
        weights = [call.weight for call in trace.calls]
        gradients = torch.autograd.grad(outputs.sum(), weights, allow_unused=True, materialize_grads=True)
        flow = sum(float((weight.detach() * one).abs().sum()) for weight, one in zip(weights, gradients, strict=True))
        if flow == 0:
            raise NotMeasurable("nothing flows from the input to the output, and zero has no logarithm")
        return math.log(flow)
