"""A report takes its place in one step: a kill leaves the old folder or the new one, and nothing of others is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from killing import killed_at_every_step
from outputs import NEW, contents, copier, put

from nasrank.bench.foundation import folders
from nasrank.bench.runner import output
from nasrank.bench.runner.output import RECORD
from nasrank.bench.studies.study import Study


def without_traces(parent: Path, out: Path) -> set[str]:
    """What lies beside the output."""
    return {path.name for path in parent.iterdir()} - {out.name}


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
def test_killed_at_any_step_there_is_the_old_folder_or_the_new_one(out: Path, study: Study, first: bool):
    """Cases, group 1: it was partial or absent at some of 101 moments, and hidden folders stayed."""
    out.parent.mkdir()

    if not first:
        put(out, study)
        (out / "notes.md").write_text("mine")
    old = contents(out) if out.exists() else None
    put(out, study, NEW, copier("b", "c"))
    new = contents(out)
    seen = []

    def prepare() -> None:
        put(out, study, replace=True)
        assert without_traces(out.parent, out) == set(), "what the killed one left has been removed"
        if first:
            shutil.rmtree(out)

    for _ in killed_at_every_step(lambda: put(out, study, NEW, copier("b", "c")), prepare):
        found = contents(out) if out.exists() else None
        assert found in (old, new)
        seen.append(found == new)
    assert len(seen) > 30
    assert seen == sorted(seen), "first the old one, then the new one"
    assert set(seen) == {False, True}


@pytest.mark.slow
def test_where_folders_cannot_be_exchanged_each_file_is_old_or_new_and_the_next_run_completes_it(
    out: Path, study: Study, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    put(out, study)
    (out / "notes.md").write_text("mine")
    old = contents(out)
    put(out, study, NEW, copier("b", "c"))
    new = contents(out)
    assert new.keys() == {"notes.md", RECORD, *NEW, *(f"results/{name}.json" for name in ("design", "b", "c"))}
    for _ in killed_at_every_step(
        lambda: put(out, study, NEW, copier("b", "c")), lambda: put(out, study, replace=True)
    ):
        found = contents(out)
        found = {name: text for name, text in found.items() if ".unfinished-" not in name}
        assert all(text in (old.get(name), new.get(name)) for name, text in found.items() if name != RECORD)
        put(out, study, NEW, copier("b", "c"))
        assert contents(out) == new
        assert without_traces(out.parent, out) == set()


def test_what_somebody_writes_at_the_last_moment_is_there_afterwards(
    out: Path, study: Study, monkeypatch: pytest.MonkeyPatch
):
    put(out, study)
    (out / "notes.md").write_text("mine")
    exchange = folders.exchange

    def late(one: Path, other: Path) -> bool:
        (out / "late.txt").write_text("just now")
        (out / "anew").write_text("mine, once more")
        (out / "anew").replace(out / "notes.md")  # as editors do
        return exchange(one, other)

    monkeypatch.setattr(folders, "exchange", late)
    put(out, study, NEW)
    found = contents(out)
    assert (found["late.txt"], found["notes.md"], found["table.md"]) == ("just now", "mine, once more", "new table")


def test_whoever_works_in_the_folder_is_still_there_afterwards(
    out: Path, study: Study, monkeypatch: pytest.MonkeyPatch
):
    put(out, study)
    monkeypatch.chdir(out)
    place = out.stat().st_ino
    put(Path(), study, NEW)
    assert out.stat().st_ino == place
    assert Path("table.md").read_text() == "new table"
    assert "derivations.svg" not in contents(out)


def test_a_folder_whose_own_folder_is_not_to_be_written_to_is_written_file_by_file(
    out: Path, study: Study, monkeypatch: pytest.MonkeyPatch
):
    put(out, study)
    monkeypatch.setattr(output.os, "access", lambda path, mode: Path(path) != out.parent.resolve())
    place = out.stat().st_ino
    put(out, study, NEW)
    assert out.stat().st_ino == place
    assert set(contents(out)) == {RECORD, *NEW, *(f"results/{name}.json" for name in ("design", "a", "b"))}
