"""What a ranking study compares, as data: a whole study file, validated."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, create_model, field_validator, model_validator

from bench.runner.sections import (
    CHANGEABLE,
    FEWEST_SCORED,
    AnalysisSection,
    EverySuperNet,
    ImagesSection,
    LandmarkSection,
    PoolSection,
    Section,
    SuperNetSection,
    TrainingSection,
    TruthSection,
    Variant,
    known,
)
from bench.tasks import TASKS
from bench.training.strategies import STRATEGIES
from spaces import SPACES


class Study(Section):
    """A whole study file. `common_seed` draws what all trials share: the pool and the split of the images."""

    title: str
    space: str
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    common_seed: Annotated[int, Field(ge=0)] = 0
    strategies: Annotated[tuple[str, ...], Field(min_length=1)]
    truth: TruthSection
    images: ImagesSection
    supernet: SuperNetSection
    training: TrainingSection
    landmarks: LandmarkSection
    pool: PoolSection
    analysis: AnalysisSection = AnalysisSection()
    variants: Annotated[dict[str, Variant], Field(default_factory=dict, exclude_if=lambda variants: not variants)]

    def varied(self, variant: Variant) -> Study:
        """The study of this variant alone; ValidationError when what it changes is not valid there."""
        content = self.model_dump(mode="json", exclude={"variants"}) | {"strategies": [variant.strategy]}
        for name in CHANGEABLE:
            content[name] |= getattr(variant, name)
        return Study.model_validate_json(json.dumps(content), strict=True)

    def quick(self) -> Study:
        """A look at the study, far faster: one seed, a fifth of the training and of the pool."""
        content = self.model_dump(mode="json") | {"title": f"{self.title} (quick form)", "seeds": self.seeds[:1]}
        for section in (content, *content.get("variants", {}).values()):
            if "passes" in section["training"]:
                section["training"]["passes"] //= 5
        pool = content["pool"]
        pool["size"] = min(pool["size"], max(FEWEST_SCORED, pool["size"] // 5))
        pool["curve"] //= 5
        return Study.model_validate_json(json.dumps(content), strict=True)

    @field_validator("space")
    @classmethod
    def _space(cls, name: str) -> str:
        return known(name, SPACES, "search space")

    @field_validator("strategies")
    @classmethod
    def _strategies(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            known(name, STRATEGIES, "strategy")
        if len(set(names)) < len(names):
            raise ValueError("a strategy is listed twice")
        return names

    @field_validator("seeds")
    @classmethod
    def _seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError("seeds must be different and not negative")
        return seeds

    @field_validator("supernet", mode="before")
    @classmethod
    def _space_has_the_choices(cls, content: Any, info: ValidationInfo) -> Any:
        space: str | None = info.data.get("space")
        if space:
            choices: Any = {name: (Literal[texts], texts[0]) for name, texts in SPACES[space].supernet_choices.items()}
            create_model("SuperNet", __base__=EverySuperNet, **choices).model_validate(content, strict=True)
        return content

    @field_validator("training")
    @classmethod
    def _batches_fit_images(cls, training: TrainingSection, info: ValidationInfo) -> TrainingSection:
        images: ImagesSection | None = info.data.get("images")
        parts = {"weights": images.weights_used, "held_out": images.held_out} if images else {}
        for part, size in parts.items():
            if size < training.batch_size:
                raise ValueError(f"batch_size = {training.batch_size} is more than the {size} of images.{part}")
        return training

    @field_validator("landmarks")
    @classmethod
    def _landmarks_fit_space(cls, landmarks: LandmarkSection, info: ValidationInfo) -> LandmarkSection:
        space: str | None = info.data.get("space")
        if space and landmarks.count > len(SPACES[space]):
            raise ValueError(f"count = {landmarks.count}, but {space} has {len(SPACES[space])} architectures")
        return landmarks

    @field_validator("pool")
    @classmethod
    def _pool_fits_space(cls, pool: PoolSection, info: ValidationInfo) -> PoolSection:
        space, seeds, landmarks = (info.data.get(name) for name in ("space", "seeds", "landmarks"))
        if space and seeds and landmarks and pool.size + landmarks.count * len(seeds) > len(SPACES[space]):
            raise ValueError(
                f"size = {pool.size} and {len(seeds)} seeds of {landmarks.count} landmarks do not fit into the"
                f" {len(SPACES[space])} architectures of {space}"
            )
        return pool

    @field_validator("analysis")
    @classmethod
    def _score_is_the_tasks(cls, analysis: AnalysisSection, info: ValidationInfo) -> AnalysisSection:
        images: ImagesSection | None = info.data.get("images")
        if images:
            any_number = 1
            known(analysis.score, TASKS[images.task](any_number).score_names, "score")
        return analysis

    @model_validator(mode="after")
    def _variants_are_valid(self) -> Study:
        for name, variant in self.variants.items():
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or name in STRATEGIES:
                raise ValueError(f"variants.{name}: a name is of a-z, 0-9, '_' and '-', and not a strategy's")
            known(variant.strategy, STRATEGIES, f"variants.{name}.strategy:")
            try:
                STRATEGIES[variant.strategy].refuse_unknown(variant.switches)
                self.varied(variant)
            except ValidationError as error:
                mistake = error.errors()[0]
                keys = ".".join(map(str, mistake["loc"]))
                raise ValueError(f"variants.{name}.{keys}: {mistake['msg'].removeprefix('Value error, ')}") from error
            except ValueError as error:
                raise ValueError(f"variants.{name}.switches: {error}") from error
        return self

    @model_validator(mode="after")
    def _variants_name_other_rows(self) -> Study:
        counts = dict.fromkeys(self.strategies, self.landmarks.count)
        for name, variant in self.variants.items():
            landmarks = self.varied(variant).landmarks
            if variant.base and variant.base not in [*self.strategies, *self.variants]:
                raise ValueError(f"variants.{name}: base = {variant.base!r} is no row of this study")
            if landmarks.after and landmarks.count <= counts.get(landmarks.after, landmarks.count):
                raise ValueError(
                    f"variants.{name}.landmarks: after = {landmarks.after!r} must be an earlier arm with fewer than "
                    f"{landmarks.count} landmarks"
                )
            counts[name] = landmarks.count
        return self
