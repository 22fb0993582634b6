"""What super-nets and networks are trained on, and how it is split."""

from __future__ import annotations

from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.data.registry import DATASETS, DataSource, load_dataset
from nasrank.bench.data.samples import Samples
from nasrank.bench.data.splits import (
    OFFICIAL_HALF,
    ThreeWaySplit,
    has_official_halves,
    official_halves,
    split_halves,
    stratified_pair,
    stratified_split,
)

__all__ = [
    "DATASETS",
    "OFFICIAL_HALF",
    "DataSource",
    "ImageDataset",
    "Samples",
    "ThreeWaySplit",
    "has_official_halves",
    "load_dataset",
    "official_halves",
    "split_halves",
    "stratified_pair",
    "stratified_split",
]
