"""A stem of stride 2 halves the resolution of all that follows in the super-net of NAS-Bench-201."""

from __future__ import annotations

import pytest
import torch

from nasrank.spaces import get_space

OPTIONS = {"channels": 4, "cells_per_stage": 1}


def supernet(name, **options):
    torch.manual_seed(0)
    return get_space(name).supernet(**OPTIONS, **options)


@pytest.mark.parametrize("name", ["nb201", "nb201-activations"])
def test_it_sees_every_other_pixel_with_the_same_weights(name):
    whole, half = supernet(name), supernet(name, stem_stride=2)
    assert whole.state_dict().keys() == half.state_dict().keys()
    half.load_state_dict(whole.state_dict())
    images = torch.randn(4, 3, 15, 16)
    torch.testing.assert_close(half.stem_conv(images), whole.stem_conv(images)[..., ::2, ::2])
    path = [1] * len(get_space(name).decisions)
    assert half(images, path).shape == whole(images, path).shape == (4, 10)


@pytest.mark.parametrize("name", ["nb201", "nb201-activations"])
def test_it_is_an_option_that_leaves_no_trace_where_nobody_states_it(name):
    options = get_space(name).options
    assert "stem_stride" not in options.model_validate(OPTIONS).model_dump()
    stated = options.model_validate({**OPTIONS, "stem_stride": 2})
    assert stated.model_dump()["stem_stride"] == stated.arguments["stem_stride"] == 2
    with pytest.raises(ValueError, match="Input should be 1 or 2"):
        options.model_validate({**OPTIONS, "stem_stride": 3})
    with pytest.raises(ValueError, match="stem_stride"):
        supernet(name, stem_stride=0)
