"""How far the numbers of a study and of `nasrank tabulate` may go; what lies beyond fails, or never ends, in training.

Upper bounds are generous: an order of magnitude or more above what anybody is known to have used, and below what breaks
a computation. A study that is within them may still take too long or too much memory for a machine; how long it takes
is said beforehand. Those of super-nets are in `nasrank.spaces.options`, those of
terms in `nasrank.bench.training.terms`.
"""

from __future__ import annotations

MOST_SEEDS = 1_000
"""Seeds of a study. Each takes part in an interval with all others."""

GREATEST_SEED = 2**63 - 1
"""It is part of the names of files; any number would do for the streams that are drawn from it."""

MOST_CHARACTERS = 300
"""Of a title, a label or the words about a coverage, which stand in a cell of a table or above a figure."""

LONGEST_NAME = 100
"""Characters of a variant's name, which is part of the names of files: systems allow 255 or fewer."""

MOST_VARIANTS = 500
"""A table has a row for each, and each is validated as a study of its own."""

MOST_EPOCHS = 100_000
"""Of stand-alone training. The benchmarks have up to 200."""

MOST_PASSES = 10**9
"""A million epochs of CIFAR-10 in batches of 64: years on any machine."""

HIGHEST_RATE = 100.0
"""Learning rates. Weights are of the order of 1 and clipped gradients have norms of a few."""

STRONGEST_DECAY = 100.0
"""Weight decay. With a learning rate of 0.01, a step at this one takes the weights away whole."""

LOOSEST_CLIP = 1e9
"""A norm that no gradient of a finite loss of these networks comes near: the same as no clipping."""

MOST_LANDMARKS = 2_000
"""Every pair of them is listed: two million."""

MOST_NOISE = 1e9
"""Deviation of the labels' noise, in the unit of the truth. Random order is reached at a thousand."""

MOST_CHECKPOINTS = 1_000
"""Points during training at which architectures are scored."""

MOST_VIEWS = 10
"""Of a scoring image: itself and four ones moved by a pixel, each with its mirror image."""

MOST_LAST_POINTS = 100
"""Of training, over which a score is averaged; each takes as long as the scoring at the end."""

MOST_SCORINGS = 50
"""Further ways to score the same super-nets."""

MOST_COORDINATES = 64
"""Of what a super-net computes for an architecture. With 64 labelled ones or fewer, no more can be told apart."""

MOST_DRAWS = 100_000
"""Of the bootstrap. 1,000 place the ends of a 95 % interval to a tenth of its width."""

MOST_RESAMPLED = 5 * 10**7
"""Draws times architectures of the pool: 400 MB of counts, and a few times that on the way."""

MOST_IMAGE_NOISE = 1e3
"""Deviation of the noise on images, whose pixels have a deviation of 1: a hundredth of it leaves nothing to be seen."""
