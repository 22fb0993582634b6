"""What goes by positions says so where a space has none."""

from __future__ import annotations

import pytest

from nasrank.bench.oracles.ask.rows import rows_of
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study
from nasrank.spaces import SPACES, Enumerated, get_enumerated, get_space
from nasrank.testing import Trellis

MESSAGE = "this needs an enumerated space, and trellis is none: its architectures have no positions"


@pytest.fixture(autouse=True)
def trellis(monkeypatch):
    monkeypatch.setitem(SPACES, "trellis", Trellis())


def test_an_enumerated_space_is_had_by_name():
    assert get_enumerated("nb201") is get_space("nb201")
    assert isinstance(get_enumerated("nb201"), Enumerated)


def test_a_space_without_positions_is_had_by_name_but_not_as_enumerated():
    assert get_space("trellis").name == "trellis"
    with pytest.raises(ValueError, match=f"^{MESSAGE}$"):
        get_enumerated("trellis")


def test_a_table_of_whole_spaces_needs_positions():
    with pytest.raises(ValueError, match=MESSAGE):
        rows_of("trellis", None)


def test_a_study_needs_positions():
    content = load_study(find_study("nb201-smoke")).model_dump(mode="json")
    with pytest.raises(ValueError, match=MESSAGE):
        Study.model_validate({**content, "space": "trellis"})


@pytest.mark.slow
def test_a_space_without_positions_is_listed(command):
    code, out, _ = command("spaces")
    assert code == 0
    assert "architectures that are not numbered" in out
