"""What super-nets and networks are trained on, and how it is split."""

from __future__ import annotations

from nasrank.bench.data.dataset import Dataset
from nasrank.bench.data.description import Description
from nasrank.bench.data.images.dataset import ImageDataset
from nasrank.bench.data.registry import DATASETS, DataSource, load_dataset, load_images
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
    "Dataset",
    "Description",
    "ImageDataset",
    "Samples",
    "ThreeWaySplit",
    "has_official_halves",
    "load_dataset",
    "load_images",
    "official_halves",
    "split_halves",
    "stratified_pair",
    "stratified_split",
]
