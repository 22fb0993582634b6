"""The controller of ENAS [Pham2018] on its own: it is rewarded with what it is told, by a table or a super-net.

Step length, clipping, decay of the baseline and bounds of logits are those of NAS-Bench-201's runs [Dong2020]; checked
in D-X-Y/AutoDL-Projects against `lib/models/cell_searchs/search_model_enas_utils.py` (commit fac556c),
`exps/algos/ENAS.py` (233a829), `configs/nas-benchmark/algos/ENAS.config` (34ba805) and the script that calls them. The
LSTM is the paper's, of one layer of 100, as in the strategy of the same name that trains a super-net; theirs has two
of 32. Other things that differ:

* The baseline moves with every reward, and is corrected for its start; theirs moves once an epoch.
* A step takes one architecture, as their script for the space of NASNet has it, and not the mean over 20; and the
  epsilon of Adam is 1e-8, not 0.001, so that the unit of values does not matter. Of 500 architectures of NAS-Bench-201
  the last 50 had 90.4 % validation accuracy on CIFAR-10 in the mean of 8 runs: with either of theirs 84.4 % and 86.5 %.

References:
    [Pham2018] Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", ICML 2018.
    [Dong2020] Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", ICLR 2020.
"""

from __future__ import annotations

from pydantic import Field

from nasrank.bench.search.controller import ControllerSettings, RecurrentPolicy
from nasrank.bench.search.policy import PolicyGradient, PolicySettings
from nasrank.bench.search.searcher import SEARCHERS

BETAS = (0.0, 0.999)
"""Of Adam: its steps have no momentum."""

LONGEST_GRADIENT = 5.0


class ENASSettings(PolicySettings, ControllerSettings):
    """How the controller learns, and its sizes."""

    learning_rate: float = Field(default=1e-3, gt=0)
    """Step length of Adam, which makes it nearly the same in whatever unit values are told."""

    decay: float = Field(default=0.99, ge=0, lt=1)
    """Weight of what came before in the moving average that is the baseline."""

    entropy: float = Field(default=0.01, ge=0)
    """What a nat of entropy is worth, in the unit of values: for percentages this is the published 1e-4 of one."""


@SEARCHERS.register
class ENAS(PolicyGradient):
    """Decisions are taken one by one, so that what goes well together is learned, too."""

    name = "enas"
    label = "ENAS controller"
    reference = "Pham2018"
    settings_type = ENASSettings

    def make_policy(self) -> RecurrentPolicy:
        return RecurrentPolicy(
            self.space,
            self.settings,
            self.generator,
            learning_rate=self.settings.learning_rate,
            betas=BETAS,
            longest_gradient=LONGEST_GRADIENT,
        )
