"""What only fails after or during training is refused when the study is read, with file, line and key (cases, group 8).

And study files as editors of all systems write them, or as nobody should (cases, groups 3 and 7).
"""

from __future__ import annotations

import json
import tomllib

import pytest
from annotated_types import Ge, Gt, Le, Lt

from nasrank.bench.analysis.comparison import draws_of
from nasrank.bench.data import DATASETS, load_dataset
from nasrank.bench.ranking import METRICS, fewest_draws
from nasrank.bench.studies import bounds
from nasrank.bench.studies.sections import AnalysisSection
from nasrank.bench.studies.study import Study
from nasrank.bench.studies.study_file import MOST_MISTAKES, load_study
from nasrank.bench.training.terms import TERMS

TOO_FAR = [
    ("seeds", "[9223372036854775808]", "at most 9223372036854775807"),
    ("seeds", json.dumps(list(range(1001))), "at most 1000 items"),
    ("title", json.dumps("x" * 301), "at most 300 characters"),
    ("truth.epochs", "0", "greater than or equal to 1"),
    ("truth.epochs", str(10**8), "less than or equal to 100000"),
    ("truth.seeds", "-1", "greater than or equal to 0"),
    ("truth.seeds", '"median"', "unknown reduction over seeds 'median'; known are mean"),
    ("truth.dataset", '"mnist"', "unknown data set of tables 'mnist'; known are cifar10"),
    ("truth.coverage", json.dumps("x" * 301), "at most 300 characters"),
    ("images.padding", "1000000", "padding = 1000000 moves images of 8 pixels a side out of sight"),
    ("images.padding", "8", "padding = 8 moves images of 8 pixels a side out of sight"),
    (
        "images.weights",
        "1726",
        "weights = 1726, held_out = 32 and scoring = 40 are more than the 1797 images of digits",
    ),
    ("images.scoring", str(10**9), "more than the 1797 images"),
    ("images.split", '"official"', "split = 'official' is of CIFAR-10's 50,000 images; digits has none"),
    ("supernet.channels", str(2**31), "less than or equal to 1024"),
    ("supernet.cells_per_stage", str(2**31), "less than or equal to 64"),
    ("supernet.path_dropout", "0.9999", "less than or equal to 0.95"),
    ("supernet.operation_dropout", "0.999999999999", "less than or equal to 0.95"),
    ("training.passes", str(10**18), "less than or equal to 1000000000"),
    ("training.learning_rate", "1e308", "less than or equal to 100"),
    ("training.final_learning_rate", "1e308", "less than or equal to 100"),
    ("training.weight_decay", "1e308", "less than or equal to 100"),
    ("training.clip", "1e308", "less than or equal to 1000000000"),
    ("landmarks.count", "3000", "count = 3000, but no more than 2,000 can be compared"),
    ("landmarks.label_noise", "1e308", "less than or equal to 1000000000"),
    ("terms.coefficient", "1e308", "less than or equal to 1000000"),
    ("terms.coefficient", "-1e308", "greater than or equal to -1000000"),
    ("terms.pairs_per_step", str(10**8), "less than or equal to 10000"),
    ("pool.checkpoints", str(10**9), "less than or equal to 1000"),
    ("analysis.confidence", "0.999", "confidence = 0.999 takes at least 2,000 draws, not 1,000"),
    ("analysis.confidence", "0.9999999999999999", "takes at least"),
    ("analysis.draws", str(10**8), "less than or equal to 100000"),
]
"""A key of the tiny study, a value in TOML, and what is said of it."""


@pytest.fixture
def study_with(study_text, tmp_path):
    """The tiny study with another value of a key: its path, and the lines of the key's section and of the key."""

    def write(key, value):
        section, _, name = key.rpartition(".")
        content = tomllib.loads(study_text)
        tables = {one: found for one, found in content.items() if isinstance(found, dict) or one == "terms"}
        if section:
            tables.setdefault(section, {})
        place = tables[section] if section else content
        (place[0] if isinstance(place, list) else place).pop(name, None)
        lines = [f"{one} = {json.dumps(found)}" for one, found in content.items() if one not in tables]
        lines += [] if section else [f"{name} = {value}"]
        at = len(lines)
        for one, found in tables.items():
            (table,) = found if isinstance(found, list) else [found]
            lines.append(f"[[{one}]]" if isinstance(found, list) else f"[{one}]")
            if one == section:
                lines.append(f"{name} = {value}")
                at = len(lines)
            lines += [f"{inner} = {json.dumps(there)}" for inner, there in table.items()]
        path = tmp_path / "mine.toml"
        path.write_text("\n".join(lines))
        return path, (at - 1 if section else at, at)

    return write


@pytest.mark.parametrize(("key", "value", "words"), TOO_FAR, ids=[f"{key}={value[:20]}" for key, value, _ in TOO_FAR])
def test_what_would_fail_later_is_refused_with_file_line_and_key(study_with, key, value, words):
    path, lines = study_with(key, value)
    with pytest.raises(ValueError, match=r"mine\.toml, line") as caught:
        load_study(path)
    told = str(caught.value)
    assert words in told
    assert any(f"mine.toml, line {line}: {key.partition('.')[0]}" in told for line in lines)
    assert key.rpartition(".")[2] in told


def test_every_number_of_a_study_has_bounds():
    """A key that is added without any is found here."""
    sections = [field.annotation for field in Study.model_fields.values() if hasattr(field.annotation, "model_fields")]
    terms = [kind.Settings for kind in TERMS.values()]
    unbounded = []
    for section in [Study, *sections, *terms]:
        for name, field in section.model_fields.items():
            if field.annotation in (int, float) and not (
                any(isinstance(bound, Ge | Gt) for bound in field.metadata)
                and any(isinstance(bound, Le | Lt) for bound in field.metadata)
            ):
                unbounded.append(f"{section.__qualname__}.{name}")
    by_what_they_are_of = {
        "ImagesSection.weights",
        "ImagesSection.held_out",
        "ImagesSection.scoring",
        "ImagesSection.padding",
        "TrainingSection.batch_size",
        "LandmarkSection.count",
        "PoolSection.size",
        "PoolSection.curve",
    }
    assert set(unbounded) == by_what_they_are_of, "bounded by the images, the space and the pool"


def test_many_draws_of_a_large_pool_are_refused(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(study_text.replace("size = 20", "size = 10000") + "[analysis]\ndraws = 100000\n")
    with pytest.raises(
        ValueError, match=r"mine\.toml, line \d+: analysis: draws = 100000 of 10000 architectures take too"
    ):
        load_study(path)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999])
def test_every_metric_has_as_many_draws_as_its_interval_takes(confidence):
    draws = max(100, fewest_draws(confidence))
    analysis = AnalysisSection(confidence=confidence, draws=draws)
    for metric in METRICS.values():
        assert draws_of(analysis.draws, metric, confidence) * (1 - confidence) >= 2
        assert draws_of(100_000, metric, confidence) * (1 - confidence) >= 2


def test_a_half_of_the_official_split_has_only_so_many_images(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    text = study_text.replace('"digits"', '"cifar10-16"\nsplit = "official"').replace("weights = 64", "weights = 25001")
    path.write_text(text)
    with pytest.raises(
        ValueError, match=r"mine\.toml, line \d+: images: weights = 25001, .* more than the 25,000 images"
    ):
        load_study(path)


def test_channels_are_as_many_as_every_path_needs(study_text, tmp_path):
    """On NAS-Bench-101, where up to four vertices share them, some paths could be built and others not."""
    path = tmp_path / "mine.toml"
    for old, new, words in (
        ('"nb201"', '"nb101"', "channels = 2, but nb101 needs at least 4"),
        ('"gdas"', '"pc_darts"', "channels = 2, but pc_darts needs at least 4"),
    ):
        path.write_text(study_text.replace(old, new))
        with pytest.raises(ValueError, match=rf"mine\.toml, line \d+: supernet: {words}"):
            load_study(path)


def test_what_is_known_of_images_without_loading_them_is_so():
    digits, source = load_dataset("digits"), DATASETS["digits"]
    assert (source.count, source.side) == (len(digits), digits.shape[1])


@pytest.mark.slow
@pytest.mark.data
@pytest.mark.parametrize("name", ["cifar10", "cifar10-16"])
def test_the_same_of_those_in_the_data_folder(name, nasrank_data):
    images, source = load_dataset(name, data_root=nasrank_data), DATASETS[name]
    assert (source.count, source.side) == (len(images), images.shape[1])


VARIANT = """\
[variants.mine]
strategy = "spos"
label = "mine"

[variants.mine.training]
weight_decay = 0.1
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "weight_decay = 0.1",
            "weight_decay = 1e308",
            "variants.mine.training.weight_decay: .*less than or equal to 100",
        ),
        ("weight_decay = 0.1", "wieght_decay = 0.1", "variants.mine.training.wieght_decay: unknown key"),
        ('label = "mine"', 'label = ""', "variants.mine.label: .*at least 1 character"),
        ('label = "mine"', f'label = "{"x" * 301}"', "variants.mine.label: .*at most 300 characters"),
        ('strategy = "spos"', 'strategy = "sops"', "variants.mine.strategy: unknown strategy 'sops'; known are darts"),
        ('label = "mine"', 'label = "mine"\nbase = "none"', "variants.mine.base: base = 'none' is no row"),
        ('label = "mine"', 'label = "mine"\nimages = { padding = 100 }', "variants.mine.images: padding = 100 moves"),
        ('label = "mine"', 'label = "mine"\nswitches = { x = 1 }', "variants.mine.switches: spos has no switch 'x'"),
        ('label = "mine"', 'label = "mine"\nlandmarks = { count = 1 }', "variants.mine.landmarks.count: .*equal to 2"),
    ],
)
def test_mistakes_of_variants_have_their_lines(study_text, tmp_path, old, new, words):
    text = study_text + VARIANT.replace(old, new)
    path = tmp_path / "mine.toml"
    path.write_text(text)
    line = text.splitlines().index(new.splitlines()[-1]) + 1
    with pytest.raises(ValueError, match=rf"mine\.toml, line {line}: {words}"):
        load_study(path)


def test_the_name_of_a_variant_may_not_be_longer_than_a_files(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(study_text + VARIANT.replace("mine", "x" * (bounds.LONGEST_NAME + 1)))
    with pytest.raises(ValueError, match="a name has at most 100 characters"):
        load_study(path)


def test_many_and_long_mistakes_are_told_in_short(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(study_text.replace('"gdas"', f'"{"x" * 10**5}"') + "".join(f"key{n} = 1\n" for n in range(100)))
    with pytest.raises(ValueError, match="more mistakes") as caught:
        load_study(path)
    assert len(str(caught.value).splitlines()) == MOST_MISTAKES + 1
    assert len(str(caught.value)) < 500 * (MOST_MISTAKES + 1)


class TestAsEditorsWriteThem:
    """The text of a study in other encodings and with other line ends."""

    def write(self, tmp_path, content):
        path = tmp_path / "mine.toml"
        path.write_bytes(content)
        return path

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_a_mark_and_line_ends_make_no_difference(self, study_text, study_file, tmp_path, encoding, end):
        content = study_text.replace("\n", end).encode(encoding)
        assert load_study(self.write(tmp_path, content)) == load_study(study_file)

    def test_lines_are_counted_alike(self, study_text, tmp_path):
        text = study_text.replace("channels = 2", "channels = 0")
        path = self.write(tmp_path, text.replace("\n", "\r\n").encode("utf-8-sig"))
        line = text.splitlines().index("channels = 0") + 1
        with pytest.raises(ValueError, match=rf"mine\.toml, line {line}: supernet\.channels"):
            load_study(path)

    def test_latin_1_is_refused_with_its_line(self, study_text, tmp_path):
        text = study_text.replace("channels = 2", "channels = 2  # für alle")
        line = next(number for number, one in enumerate(text.splitlines(), start=1) if "für" in one)
        with pytest.raises(ValueError, match=rf"mine\.toml, line {line}: it is not in UTF-8 .*; save it in UTF-8"):
            load_study(self.write(tmp_path, text.encode("latin-1")))

    def test_utf_16_is_told_by_its_name(self, study_text, tmp_path):
        with pytest.raises(ValueError, match=r"mine\.toml: it is in UTF-16; save it in UTF-8"):
            load_study(self.write(tmp_path, study_text.encode("utf-16")))

    @pytest.mark.parametrize(
        "line",
        [f"x = {'[' * 5000}{']' * 5000}", f"x = {'{a=' * 5000}1{'}' * 5000}"],
        ids=["arrays", "tables"],
    )
    def test_what_is_nested_too_deeply_is_refused(self, study_text, tmp_path, line):
        with pytest.raises(ValueError, match=r"mine\.toml: it is nested too deeply"):
            load_study(self.write(tmp_path, f"{line}\n{study_text}".encode()))

    @pytest.mark.parametrize("number", ["9" * 5000, f"0x{'f' * 5000}"])
    def test_a_number_of_thousands_of_digits_is_refused(self, study_text, tmp_path, number):
        with pytest.raises(ValueError, match=r"mine\.toml: .*limit"):
            load_study(self.write(tmp_path, f"x = {number}\n{study_text}".encode()))

    def test_a_folder_is_an_error_of_the_system(self, tmp_path):
        with pytest.raises(OSError, match="directory"):
            load_study(tmp_path)


def test_a_quick_form_of_the_least_study_is_one(study_text, tmp_path):
    path = tmp_path / "mine.toml"
    text = study_text.replace("passes = 12", "passes = 4").replace('title = "tiny"', f'title = "{"x" * 300}"')
    path.write_text(text)
    quick = load_study(path).quick()
    assert quick.training.passes == 1
    assert quick.title.endswith("(quick form)")
