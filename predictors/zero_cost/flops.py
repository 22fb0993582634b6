"""Multiply-adds of the network for one image; what no signal crosses is removed before.

The count of the whole network, which studies show as a baseline, is that of `nasrank.predictors.costs`.

References:
    [White2022] White et al., "A Deeper Look at Zero-Cost Proxies for Lightweight NAS", ICLR Blog Track 2022.
"""

from __future__ import annotations

import torch

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import Probe
from nasrank.predictors.zero_cost.proxy import Proxy
from nasrank.predictors.zero_cost.trace import Trace


@ESTIMATORS.register
class MultiplyAddsInUse(Proxy):
    """Of convolutions and linear maps, one more for each bias that is added; all else counts as free."""

    name = "flops"
    label = "FLOPs in use"
    reference = "White2022"
    needs = frozenset({"samples", "network"})
    images = 1

    def measure(self, probe: Probe) -> float:
        network = probe.network().eval()
        with torch.no_grad(), Trace(network, kept={"calls"}) as trace:
            network(probe.images(1))
        found: int = sum(call.output.numel() * (call.weight[0].numel() + call.biased) for call in trace.calls)
        return found
