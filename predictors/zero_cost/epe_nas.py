"""Correlations of the gradients at the inputs among images of the same class [Lopes2021].

Checked against search.py of VascoLopes/EPE-NAS and naslib/predictors/pruners/measures/epe_nas.py of NASLib. Both have
batches where a class has a single image; with more than 100 classes they leave it out, else its only correlation is 1.

References:
    [Lopes2021] Lopes et al., "EPE-NAS: Efficient Performance Estimation Without Training for Neural Architecture
        Search", ICANN 2021.
"""

from __future__ import annotations

import numpy as np

from nasrank.predictors.estimator import ESTIMATORS
from nasrank.predictors.zero_cost.jacov import SMALL, correlated
from nasrank.predictors.zero_cost.probe import BATCH, NotMeasurable, Probe
from nasrank.predictors.zero_cost.proxy import Proxy

MANY_CLASSES = 100


@ESTIMATORS.register
class ClassCorrelations(Proxy):
    """`sum_c |e_c|`, `e_c = sum ln(|r| + k)` over the correlations r of the images of class c, k = 1e-5.

    With more than 100 classes, e_c is divided by the number of images, and the score is
    `sum_c sum_d |e_c - e_d| / classes` over those that have two images or more.
    """

    name = "epe_nas"
    label = "EPE-NAS"
    reference = "Lopes2021"
    needs = frozenset({"samples", "network", "loss"})
    images = BATCH

    def measure(self, probe: Probe) -> float:
        gradients, targets = correlated(probe), probe.targets().cpu().numpy()
        many = probe.descent.outputs.shape[1] > MANY_CLASSES
        found = []
        for one in np.unique(targets):
            count = int((targets == one).sum())
            if not many or count > 1:
                correlations = np.atleast_2d(np.corrcoef(gradients[targets == one]))
                found.append(np.log(np.abs(correlations) + SMALL).sum() / (count if many else 1))
        if not found:
            raise NotMeasurable("no class has two images in the batch")
        classes = np.array(found)
        if many:
            return float(np.abs(classes[:, None] - classes).sum() / len(classes))
        return float(np.abs(classes).sum())
