"""Figures of others that a study's own are read beside: printed as what they are, never compared in numbers.

To add one, append it to the list of its space and of the images that its truth was measured on. Where a table was read
in another's text that quotes it, the source says so; figures that nobody at hand has printed are not here. GM-NAS's own
search results on NAS-Bench-201 are among those, and were selected by querying the benchmark besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nasrank.bench.analysis.findings import Published, Spread
from nasrank.bench.analysis.wording import HEADS
from nasrank.bench.ranking import METRICS
from nasrank.bench.runner.design import Design
from nasrank.spaces import get_space

_LARGER = "32x32 images, 16 channels, 5 cells a stage"
_FEW_SHOT = f"one-shot 600 epochs, then 300 for each sub-super-net; batch 48; {_LARGER}; all 15,625 architectures"
_FEW_SHOT_FILES = "measured here from aoiang/few-shot-NAS, Few-Shot_NasBench201/supernet_info"
_TOP = (METRICS["tau_top50"].label, "tau-b in the top 20 %", METRICS["tau_top10"].label)
_IN_ISSUE = "that repository's settings as far as the thread says; 32x32 images"
_FEW_SHOT_ISSUE = "aoiang/few-shot-NAS on GitHub, issue 1"
_ABS = "true labels, mean over seeds; 32x32 images; all 15,625 architectures; from a study before RLNAS (ABS)"
_ABS_FILES = "megvii-model/RLNAS, nas_bench_201/exps/NAS-Bench-102/corr_data"
_RLNAS = f"250 epochs, tracked statistics; {_LARGER}; evolution, 20 generations of 100"
_RLNAS_TABLE = "megvii-model/RLNAS, README, Table 1"
_OFFICIAL = "epochs and 32x32 images as in AutoDL-Projects, where"
_SAMPLES = f"250 {_OFFICIAL} the best of 100 samples is taken"
_DARTS = f"50 {_OFFICIAL} the derived architecture is taken"
_GDAS = f"250 {_OFFICIAL} the derived architecture is taken"
_TABLE = "main table of the NAS-Bench-201 paper, read where others quote it"
_OTHER_TABLE = "other versions of the NAS-Bench-201 table, read where others quote them"
_REDUCED = "a retrained sub-space with 7 vertices; another training of the super-net and of the truth"
_NING = "batch 512, learning rate 0.05, as far as known here; 32x32 images; P@5 % and BR@0.5 % are not measured here"
_NING_2021 = "Evaluating Efficient Performance Estimators of Neural Architectures (2021), read where others quote it"
_PRECISION, _BEST_RANK = "P@5 %", "BR@0.5 % (fraction of the space, lower is better)"
_SEARCH_PHASE = "Evaluating the Search Phase of NAS (ICLR 2020), read where others quote it"

_NOTEBOOK_RUNS = (
    "an early version of the method, with coefficient 100; one seed before and another one after, on different pools "
    "of 200 random architectures; means of three epochs late in training"
)
_NOTEBOOK = "the authors' notebook, kcyu2014/nas-landmarkreg, visualization/cnn_evaluate/nasbench-new-metrics.ipynb"


def _among_the_best(*taus: float) -> tuple[tuple[str, Spread], ...]:
    """Tau in the top 50, 20 and 10 % by truth."""
    return tuple((name, Spread(tau)) for name, tau in zip(_TOP, taus, strict=True))


PUBLISHED: Mapping[tuple[str, str], tuple[Published, ...]] = {
    ("nb201", "cifar10"): (
        Published("spos", "one-shot of few-shot NAS", _FEW_SHOT, _FEW_SHOT_FILES, tau=Spread(0.4849)),
        Published(
            "spos",
            "one-shot of few-shot NAS, among the best by truth",
            _FEW_SHOT,
            _FEW_SHOT_FILES,
            others=_among_the_best(-0.049, -0.187, -0.228),
        ),
        Published(
            "spos", "one-shot of few-shot NAS, highest score of all", _FEW_SHOT, _FEW_SHOT_FILES, test=Spread(91.0)
        ),
        Published("spos", "the same, as the authors give it", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.502)),
        Published("spos", "the same, a user's first run", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.5384)),
        Published("spos", "the same, a user's second run", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.53)),
        Published("spos", "a user's re-implementation of it", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.52)),
        Published(
            "spos",
            "running statistics as trained",
            _ABS,
            _ABS_FILES,
            tau=Spread(0.0413, 0.037),
            statistics="tracked",
        ),
        Published(
            "spos",
            "running statistics re-calibrated",
            _ABS,
            _ABS_FILES,
            tau=Spread(0.5398, 0.052),
            statistics="recalibrated",
        ),
        Published("spos", "by angle", _ABS, _ABS_FILES, score="angle", tau=Spread(0.5748, 0.0024)),
        Published("spos", "by rank sum", _ABS, _ABS_FILES, score="rank_sum", tau=Spread(0.6744, 0.026)),
        Published(
            "spos",
            "all architectures drawn alike",
            _NING,
            _NING_2021,
            others=((_PRECISION, Spread(0.213)), (_BEST_RANK, Spread(0.019))),
        ),
        Published(
            "isomorphic",
            "de-isomorphic sampling",
            _NING,
            _NING_2021,
            others=((_PRECISION, Spread(0.467)), (_BEST_RANK, Spread(0.0023))),
        ),
        Published("spos", "search", _RLNAS, _RLNAS_TABLE, validation=Spread(88.49), test=Spread(92.11)),
        Published(
            "spos", "search by angle", _RLNAS, _RLNAS_TABLE, "angle", validation=Spread(90.20), test=Spread(93.76)
        ),
        Published(
            "rlnas", "search by angle", _RLNAS, _RLNAS_TABLE, "angle", validation=Spread(89.94), test=Spread(93.45)
        ),
        Published("rlnas", "search by accuracy", _RLNAS, _RLNAS_TABLE, validation=Spread(76.47), test=Spread(80.60)),
        Published("few_shot", "5 super-nets", _FEW_SHOT, _FEW_SHOT_FILES, tau=Spread(0.5508)),
        Published(
            "few_shot",
            "5 super-nets, among the best by truth",
            _FEW_SHOT,
            _FEW_SHOT_FILES,
            others=_among_the_best(0.155, 0.008, -0.080),
        ),
        Published("few_shot", "5 super-nets, highest score of all", _FEW_SHOT, _FEW_SHOT_FILES, test=Spread(92.7)),
        Published("few_shot", "the same, as the authors give it", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.606)),
        Published("few_shot", "the same, a user's first run", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.54295)),
        Published("few_shot", "the same, a user's second run", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.55288)),
        Published("few_shot", "a user's re-implementation", _IN_ISSUE, _FEW_SHOT_ISSUE, tau=Spread(0.69)),
        Published(
            "random_nas",
            "search",
            _SAMPLES,
            _TABLE,
            validation=Spread(80.42, 3.58),
            test=Spread(84.07, 3.61),
        ),
        Published(
            "random_nas",
            "search, another version",
            _SAMPLES,
            _OTHER_TABLE,
            validation=Spread(84.16, 1.69),
            test=Spread(87.66, 1.69),
        ),
        Published(
            "fairnas",
            "search",
            "of later papers, whose settings are not known here; 32x32 images",
            _OTHER_TABLE,
            validation=Spread(90.07, 0.57),
            test=Spread(93.23, 0.18),
        ),
        *(
            Published(
                strategy,
                "search",
                _DARTS,
                _TABLE,
                validation=Spread(39.77, 0.0),
                test=Spread(54.30, 0.0),
            )
            for strategy in ("darts", "darts2")
        ),
        Published(
            "gdas",
            "search",
            _GDAS,
            _TABLE,
            validation=Spread(89.89, 0.08),
            test=Spread(93.61, 0.09),
        ),
        Published(
            "enas",
            "search",
            _SAMPLES,
            _TABLE,
            validation=Spread(37.51, 3.19),
            test=Spread(53.89, 0.58),
        ),
        Published(
            "enas",
            "search, another version",
            _SAMPLES,
            _OTHER_TABLE,
            validation=Spread(39.77, 0.0),
            test=Spread(54.30, 0.0),
        ),
        *(
            Published(
                "gm_nas",
                f"one sub-super-net of GM-NAS with {search}",
                "a user's run, not the method's end: that picks among sub-super-nets by querying the benchmark, an "
                "oracle selection; 32x32 images",
                "skhu101/GM-NAS on GitHub, issue 3",
                test=Spread(accuracy),
            )
            for search, accuracy in (("DARTS", 90.44), ("SNAS", 92.76))
        ),
    ),
    ("nb101", "cifar10"): (
        *(
            Published("spos", cells, _NOTEBOOK_RUNS, _NOTEBOOK, tau=Spread(before), after=Spread(after))
            for cells, before, after in (
                ("the whole of NAS-Bench-101 (5 intermediate nodes)", 0.215, 0.324),
                ("a sub-space with 3 intermediate nodes", 0.145, 0.491),
                ("a sub-space with 2 intermediate nodes", 0.559, 0.608),
            )
        ),
        Published("spos", "weight sharing, 7 vertices", _REDUCED, _SEARCH_PHASE, tau=Spread(0.195)),
        Published(
            "fairnas",
            "as CTNAS reports it",
            "pool and training not known here",
            "FairNAS on GitHub, issue 7",
            tau=Spread(-0.23),
        ),
        Published("nao", "best found, 7 vertices", _REDUCED, _SEARCH_PHASE, test=Spread(93.33)),
        *(
            Published(strategy, "search, 7 vertices", _REDUCED, _SEARCH_PHASE, surpasses=Spread(probability))
            for strategy, probability in (("enas", 0.07), ("darts", 0.24), ("nao", 0.62))
        ),
        *(
            Published(
                strategy,
                "search without shared weights, 7 vertices",
                "the same sub-space; every architecture that the search asks for is trained by itself",
                _SEARCH_PHASE,
                others=((HEADS["surpass_random10"], Spread(probability)),),
            )
            for strategy, probability in (("nao", 0.92), ("enas", 0.90))
        ),
    ),
}
"""By space and data set."""


def published(design: Design) -> tuple[Published, ...]:
    """Those for the arms of a study; figures of RandomNAS may appear under SPOS, named so."""
    study = design.study
    known = PUBLISHED.get((study.space, study.truth.dataset), ())
    if all(decision.free for decision in get_space(study.space).decisions):
        known = tuple(map(_under_spos, known)) if "random_nas" not in study.strategies else known
    return tuple(_beside(one, design) for one in known if one.strategy in study.strategies)


def _beside(one: Published, design: Design) -> Published:
    """Under the arm that it is about: the variant with its statistics, else the strategy as it is."""
    for name, row in design.rows.items():
        alike = row.strategy.name == one.strategy and row.study.supernet.statistics == one.statistics
        if alike and row.changed <= {"supernet"}:
            return replace(one, strategy=name)
    return one


def _under_spos(one: Published) -> Published:
    """RandomNAS as SPOS: where all combinations are architectures, both draw paths from the same distribution."""
    if one.strategy != "random_nas":
        return one
    return replace(one, strategy="spos", what=f"RandomNAS (the same distribution of paths): {one.what}")
