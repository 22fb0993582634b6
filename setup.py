"""Installs `nasrank` with the folders `bench`, `spaces` and `predictors` inside; the rest stands in pyproject.toml."""

from setuptools import find_namespace_packages, setup

FOLDERS = ("bench", "predictors", "spaces")
packages = find_namespace_packages(include=[pattern for folder in FOLDERS for pattern in (folder, f"{folder}.*")])

setup(
    packages=["nasrank", "nasrank.testing", *(f"nasrank.{package}" for package in packages)],
    package_dir={"nasrank": "nasrank", **{f"nasrank.{folder}": folder for folder in FOLDERS}},
)
