"""How differently a network turns with each image: correlations of the gradients at the inputs [Mellor2020].

Checked against foresight/pruners/measures/jacob_cov.py of SamsungLabs/zero-cost-nas, which has it from the first
version of BayesWatch/nas-without-training. Its general eigenvalues of a symmetric matrix may come out complex; here
they are those of a symmetric one, in double precision.

References:
    [Mellor2020] Mellor et al., "Neural Architecture Search without Training", 2020, arXiv:2006.04647v1.
    [Abdelfattah2021] Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021.
"""

from __future__ import annotations

import numpy as np

from nasrank.predictors.arrays import FloatArray
from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy

SMALL = 1e-5


def correlated(probe: Probe) -> FloatArray:
    """Gradients of the summed class scores at the inputs, by image `(batch, inputs)`, float64; all of them vary.

    Raises:
        NotMeasurable: that of an image has no variance over the inputs.
    """
    gradients = probe.descent.input_gradients.double().cpu().numpy()
    if len(gradients) < 2 or not (np.ptp(gradients, axis=1) > 0).all():
        raise NotMeasurable("the outputs do not depend on some of the images, so that gradients have no correlation")
    return gradients


@ESTIMATORS.register
class JacobianCovariance(Proxy):
    """`-sum (ln(v + k) + 1 / (v + k))`, v the eigenvalues of the correlations of the gradients of images, k = 1e-5."""

    name = "jacov"
    label = "Jacobian covariance"
    reference = "Mellor2020"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        eigenvalues = np.linalg.eigvalsh(np.corrcoef(correlated(probe))) + SMALL
        if eigenvalues.min() <= 0:
            raise NotMeasurable(f"an eigenvalue of the correlations is {eigenvalues.min() - SMALL:.3g}")
        return float(-(np.log(eigenvalues) + 1 / eigenvalues).sum())
