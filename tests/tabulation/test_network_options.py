"""What networks of a table are built with: what their space declares, and written as before spaces declared it."""

from __future__ import annotations

import pytest
from wide_space import Wide, WideOptions

from nasrank.bench.tabulation import settings
from nasrank.bench.tabulation.network import network_of, pairs
from nasrank.bench.tabulation.settings import StandaloneTraining
from nasrank.spaces import SPACES
from nasrank.spaces.options import NetworkOptions
from nasrank.testing.space_conformance import SpaceConformance

COMMON = {"space": "nb201", "data": "digits", "epochs": 5, "training_images": 50, "test_images": 40, "padding": 1}
COMMON |= {"noise": 0.5, "batch_size": 16, "learning_rate": 0.1}


@pytest.fixture
def wide(monkeypatch) -> Wide:
    monkeypatch.setitem(SPACES, "wide", space := Wide())
    return space


def test_the_toy_keeps_the_law_of_networks(wide):
    SpaceConformance().test_networks_of_the_smallest_options_take_the_data(wide)
    assert WideOptions.smallest() == WideOptions(width=2, scale=0.5)


@pytest.mark.parametrize(
    ("others", "channels", "cells_per_stage", "before"),
    [
        ({}, 2, 1, "c3e4f81f82e5b887"),
        ({"space": "nb101"}, 16, 1, "5d553a95572695fc"),
        ({"space": "nb201-activations", "noise": 0}, 2, 3, "e4437a72af631c45"),
        ({"epochs": 8, "learning_rate": 1}, 1024, 64, "a44d4c5e31f9ca7f"),
    ],
)
def test_networks_of_before_are_found_again(others, channels, cells_per_stage, before, monkeypatch):
    """These fingerprints are of the version in which channels and cells per stage were settings of every space."""
    monkeypatch.setattr(settings, "versions", lambda _space: {"nasrank": "1"})
    content = {**COMMON, **others}
    sizes = {"channels": channels, "cells_per_stage": cells_per_stage}
    training = StandaloneTraining(**content, network=network_of(content["space"], sizes))
    assert training.fingerprint == before
    written = training.to_json()["training"]
    assert written == {**content, **sizes}
    assert list(written)[6:10] == ["noise", "channels", "cells_per_stage", "batch_size"]


@pytest.mark.usefixtures("wide")
def test_the_options_of_a_space_are_written_by_their_names():
    training = StandaloneTraining(**{**COMMON, "space": "wide"}, network=WideOptions(width=3))
    written = training.to_json()["training"]
    assert {name: written[name] for name in ("width", "scale", "biased")} == {"width": 3, "scale": 1.0, "biased": False}
    assert not {"network", "channels"} & written.keys()


@pytest.mark.usefixtures("wide")
class TestWhatIsAskedFor:
    def test_it_may_be_texts_and_defaults(self):
        assert network_of("wide", pairs(["width=12", "biased=true"])) == WideOptions(width=12, biased=True)
        assert network_of("wide", {"width": 2, "scale": 0.5}).arguments == {"width": 2, "scale": 0.5, "biased": False}
        assert network_of("nb201", {"channels": "4"}).arguments == {"channels": 4, "cells_per_stage": 1}
        assert network_of("nb101", {}).arguments == {"channels": 16, "cells_per_stage": 1}

    @pytest.mark.parametrize(
        ("space", "asked", "reason"),
        [
            ("nb301", {}, "unknown search space 'nb301'; known are "),
            ("nb201", {"channels": -4}, "channels must be at least 1, not -4"),
            ("nb201", {"channels": "-4000"}, "channels must be at least 1, not -4000"),
            ("nb201", {"channels": 99_999}, "channels must be at most 1,024, not 99,999"),
            ("nb201", {"cells_per_stage": "65"}, "cells per stage must be at most 64, not 65"),
            ("nb201", {"width": 3}, "networks of nb201 have no option 'width'; known are: channels, cells_per_stage"),
            ("wide", {"widht": "3"}, "networks of wide have no option 'widht'; known are: width, scale, biased"),
            ("wide", {}, "networks of wide need width to be chosen"),
            ("wide", {"width": " 1\n"}, "width must be at least 2, not 1"),
            ("wide", {"width": 2, "scale": "1e4"}, "scale must be at most 1,000.0, not 10,000.0"),
            ("wide", {"width": "a\nb"}, "network.width: Input should be a valid integer, .*, not 'a.*b'"),
            ("wide", {"width": 2, "scale": "nan"}, "network.scale: Input should be .*, not 'nan'"),
            ("wide", {"width": 2, "scale": "inf"}, "network.scale: Input should be .*, not 'inf'"),
        ],
    )
    def test_a_mistake_is_one_line(self, space, asked, reason):
        with pytest.raises(ValueError, match=rf"^{reason}") as refused:
            network_of(space, asked)
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize(
        ("texts", "reason"),
        [
            (["width"], "'width' is not KEY=VALUE"),
            (["=3"], "'=3' is not KEY=VALUE"),
            (["width=3", "width=3"], "'width' of the networks is given twice"),
        ],
    )
    def test_pairs_are_different_and_have_a_name(self, texts, reason):
        with pytest.raises(ValueError, match=reason):
            pairs(texts)


def test_an_option_does_not_have_the_name_of_a_setting(monkeypatch):
    class Noisy(NetworkOptions):
        noise: int = 1

    class NoisyNetworks(Wide):
        network_options = Noisy

    monkeypatch.setitem(SPACES, "wide", NoisyNetworks())
    with pytest.raises(ValueError, match="networks of wide and their training have an option noise each"):
        StandaloneTraining(**{**COMMON, "space": "wide"}, network=Noisy())
