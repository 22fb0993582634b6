"""What the tests of the DARTS space ask about: random architectures, and those that its papers published."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nasrank.spaces import get_space

SPACE = get_space("darts")

DARTS_V2 = """Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
    ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5],
    reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0),
    ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"""
"""The second-order result of [Liu2019], as its code prints it."""

DARTS_V2_HERE = (
    "normal |sep_conv_3x3~0|sep_conv_3x3~1|+|sep_conv_3x3~0|sep_conv_3x3~1|+|skip_connect~0|sep_conv_3x3~1|"
    "+|skip_connect~0|dil_conv_3x3~2| "
    "reduce |max_pool_3x3~0|max_pool_3x3~1|+|max_pool_3x3~1|skip_connect~2|+|max_pool_3x3~0|skip_connect~2|"
    "+|max_pool_3x3~1|skip_connect~2|"
)


def some(count, seed=0):
    return SPACE.sample(np.random.default_rng(seed), count)


architectures = st.integers(0, len(SPACE) - 1).map(SPACE.at)
