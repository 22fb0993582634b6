"""Where reports go: nobody's file is lost, and two studies never meet."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from outputs import NEW, OLD, contents, copier, put

from nasrank.bench.foundation.files import DataError
from nasrank.bench.foundation.json_files import read_json
from nasrank.bench.foundation.locks import HeldError
from nasrank.bench.runner.design import Design
from nasrank.bench.runner.output import RECORD, Output
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import find_study, load_study

ROOT = Path(__file__).parents[2]
COMMITTED = sorted(path.parents[1] for path in (ROOT / "reports").glob("*/results/design.json"))


def test_a_first_run_writes_what_it_has_and_says_what_that_is(out: Path, study: Study):
    put(out, study)
    found = contents(out)
    record = json.loads(found.pop(RECORD))
    results = {"results/design.json": "design old", "results/a.json": "a old", "results/b.json": "b old"}
    assert found == OLD | results
    assert record["files"] == sorted(found)
    assert Study.model_validate(record["study"]) == study
    assert [path.name for path in out.parent.iterdir()] == ["tiny"], "nothing is left beside it"


def test_a_later_run_takes_the_place_of_what_it_wrote_and_of_nothing_else(out: Path, study: Study, tmp_path: Path):
    put(out, study)
    (out / "notes.md").write_text("mine")
    (out / "figures" / "drafts").mkdir(parents=True)
    (out / "figures" / "drafts" / "one.svg").write_text("mine, too")
    (out / "figures" / "link").symlink_to(tmp_path)
    (out / "results" / ".DS_Store").write_text("the system's")
    (out / "figures" / "drafts").chmod(0o555)
    out.chmod(0o2750)
    mine = contents(out / "figures")
    put(out, study, NEW, copier("b", "c"))
    found = contents(out)
    assert found.keys() - {RECORD} == {
        *NEW,
        *(f"results/{name}.json" for name in ("design", "b", "c")),
        *("notes.md", "results/.DS_Store", "figures/link", "figures/drafts/one.svg"),
    }
    assert contents(out / "figures") == mine
    assert out.stat().st_mode & 0o7777 == 0o2750
    assert (out / "figures" / "drafts").stat().st_mode & 0o777 == 0o555
    assert [path.name for path in out.parent.iterdir()] == ["tiny"]


def test_a_report_alone_leaves_the_results_and_still_knows_them_for_ours(out: Path, study: Study):
    put(out, study)
    output = Output(out)
    output.put(NEW, study, None)
    assert (out / "results" / "a.json").read_text() == "a old"
    put(out, study)
    assert set(contents(out)) == {RECORD, *OLD, *(f"results/{name}.json" for name in ("design", "a", "b"))}


# --- refused ---


def victim(folder: Path) -> None:
    """A folder of somebody's own work."""
    (folder / "results" / "checkpoints").mkdir(parents=True)
    (folder / "results" / "checkpoints" / "last.pt").write_text("weeks")
    for name in ("results/paper_numbers.csv", "README.md", "table.csv", "notes.txt"):
        (folder / name).write_text("mine")


def test_somebodys_files_are_named_and_left_alone(out: Path, study: Study):
    """Cases, group 1."""
    victim(out)
    before = contents(out)
    with pytest.raises(
        DataError,
        match=r"tiny holds what nasrank did not write there: README.md, results/checkpoints, "
        r"results/paper_numbers.csv, table.csv\. It would be lost: choose another folder with --out",
    ):
        put(out, study, replace=True)
    assert contents(out) == before


@pytest.mark.parametrize("name", ["index.html", "README.md", "labels.svg", "results/mine.json", RECORD])
def test_any_one_of_them_is_enough(out: Path, study: Study, name: str):
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("{}")
    with pytest.raises(DataError, match=f"did not write there: {name}"):
        put(out, study, replace=True)
    assert contents(out) == {name: "{}"}


@pytest.mark.parametrize("name", ["README.md", "results/a.json"])
def test_a_folder_or_a_link_in_the_place_of_a_file_of_ours_is_no_file_of_ours(out: Path, study: Study, name: str):
    put(out, study)
    (out / name).unlink()
    (out / name).symlink_to(out.parent / "elsewhere")
    with pytest.raises(DataError, match=f"did not write there: {name}"):
        put(out, study)
    (out / name).unlink()
    (out / name).mkdir()
    with pytest.raises(DataError, match=f"did not write there: {name}"):
        put(out, study)


def test_a_page_that_somebody_wrote_where_ours_had_none_is_not_lost(out: Path, study: Study):
    put(out, study, {"table.md": "old"})
    (out / "README.md").write_text("by hand")
    with pytest.raises(DataError, match=r"did not write there: README\.md"):
        put(out, study)


def test_results_that_are_a_link_are_refused_at_once_and_an_output_that_is_one_is_written_through(
    out: Path, study: Study, tmp_path: Path
):
    """Cases, group 1."""
    (tmp_path / "large-disk").mkdir()
    out.mkdir(parents=True)
    (out / "results").symlink_to(tmp_path / "large-disk")
    with pytest.raises(DataError, match="results is a symbolic link"):
        put(out, study)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "large-disk")
    put(link, study)
    put(link, study, NEW)
    assert link.is_symlink()
    assert (tmp_path / "large-disk" / "table.md").read_text() == "new table"


def test_a_file_is_no_folder(out: Path, study: Study):
    out.parent.mkdir()
    out.write_text("mine")
    with pytest.raises(DataError, match="tiny is no folder"):
        put(out, study)


def changed(study: Study, **sections: object) -> Study:
    content = study.model_dump(mode="json")
    for name, value in sections.items():
        content[name] = content[name] | value if isinstance(value, dict) else value
    return Study.model_validate(content)


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"training": {"passes": 100_000}}, "training"),
        ({"seeds": [7, 8]}, "seeds"),
        ({"truth": {"epochs": 12}, "pool": {"size": 30}}, "truth, pool"),
        ({"strategies": ["fairnas"]}, "the row spos, the row gdas"),
    ],
)
def test_another_study_is_named_by_what_differs_and_gives_way_only_when_told_to(
    out: Path, study: Study, sections: dict[str, object], named: str
):
    """Cases, group 1: two study files of one name, with the same default output."""
    put(out, study)
    before = contents(out)
    other = changed(study, **sections)
    with pytest.raises(DataError, match=rf"another study \({study.title}\), which differs in .*{named}.*--replace"):
        put(out, other, NEW)
    assert contents(out) == before
    put(out, other, NEW, replace=True)
    assert contents(out).keys() & (OLD.keys() | NEW.keys()) == NEW.keys()


def test_a_further_arm_another_title_and_another_analysis_are_the_same_study(out: Path, study: Study):
    put(out, study)
    more = [*study.strategies, next(name for name in ("enas", "nao") if name not in study.strategies)]
    put(out, changed(study, strategies=more, title="anew", analysis={"draws": 123}), NEW)
    assert (out / "table.md").read_text() == "new table"


def test_a_study_that_this_version_cannot_read_is_another(out: Path, study: Study):
    put(out, study)
    record = read_json(out / RECORD)
    (out / RECORD).write_text(json.dumps({**record, "study": {"of": "the future"}}))
    with pytest.raises(DataError, match="differs in the version of nasrank"):
        put(out, study)
    put(out, study, replace=True)


@pytest.mark.parametrize(
    "files", [["../../precious"], ["/etc/passwd"], ["results/../../x"], ["a/b"], ["..\\x"], [".git"], 3, None]
)
def test_a_record_that_names_paths_that_we_do_not_write_is_none(out: Path, study: Study, files: object):
    put(out, study)
    record = read_json(out / RECORD)
    (out / RECORD).write_text(json.dumps({**record, "files": files}))
    precious = out.parents[1] / "precious"
    precious.write_text("mine")
    with pytest.raises(DataError, match="did not write there"):
        put(out, study, replace=True)
    assert precious.read_text() == "mine"


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_reports_of_versions_without_a_record_are_known_for_ours(folder: Path):
    Output(folder).refuse(Design.from_json(read_json(folder / "results" / "design.json")).study, results=True)


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_the_study_that_comes_with_nasrank_may_make_its_committed_report_anew(folder: Path):
    """Else the README's commands would be refused in a fresh clone."""
    Output(folder).refuse(load_study(find_study(folder.name)), results=True)


def test_one_run_at_a_time_writes_to_a_folder(out: Path, study: Study):
    """Cases, group 1: two runs that copied to one output."""
    with Output(out).held(), pytest.raises(HeldError, match=rf"writing to {out}: process {os.getpid()} on "):
        put(out, study)
    put(out, study)
