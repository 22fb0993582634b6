"""The registered oracles. To add one: write its file here and name its `RECIPE` below."""

from __future__ import annotations

from nasrank.bench.oracles.imports.recipe import Recipe
from nasrank.bench.oracles.imports.recipes import analog, nasbench101_extract, natsbench_extract, nb101_digits

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (analog.RECIPE, natsbench_extract.RECIPE, nasbench101_extract.RECIPE, nb101_digits.RECIPE)
}
