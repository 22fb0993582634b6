"""What a ranking study compares, as data: a whole study file, validated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import (
    Field,
    SerializeAsAny,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nasrank.bench.data import DATASETS
from nasrank.bench.ranking.sequential import Looks
from nasrank.bench.studies import bounds
from nasrank.bench.studies.checked_variants import refuse_invalid, refuse_unfit
from nasrank.bench.studies.claims import ClaimSection, refuse_unanswerable
from nasrank.bench.studies.compared import (
    CHANGEABLE,
    EstimatorSection,
    LandmarkSection,
    TermSection,
    Variant,
)
from nasrank.bench.studies.scoring import ScoringSection, refuse_unscorable
from nasrank.bench.studies.sections import (
    FEWEST_SCORED,
    AnalysisSection,
    ImagesSection,
    PoolSection,
    Section,
    Seed,
    TrainingSection,
    TruthSection,
    Words,
    known,
    mistake,
)
from nasrank.bench.studies.seeds import SeedRule
from nasrank.bench.tasks import TASKS, Task
from nasrank.bench.training.strategies import STRATEGIES
from nasrank.predictors import ESTIMATORS
from nasrank.spaces import SPACES, get_enumerated, get_space
from nasrank.spaces.options import SuperNetOptions
from nasrank.spaces.space import COSTS

_Listed = Annotated[tuple[int, ...], Field(min_length=1, max_length=bounds.MOST_SEEDS)]
_LISTED: TypeAdapter[tuple[int, ...]] = TypeAdapter(_Listed)

LANDMARK_TERM = TermSection.model_validate({"name": "landmark"})


class Study(Section):
    """A whole study file."""

    title: Words
    """Of the report."""

    space: str
    """The search space; a table of it is needed."""

    seeds: _Listed | SeedRule
    """Each trains every row once, without the terms and with them. In place of a list, `{ at_least = 5, at_most = 20 }`
    adds seeds to each row until it is decided, which has further keys."""

    common_seed: Seed = 0
    """It draws what all trials share: the pool and the split of the images."""

    strategies: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ways to train shared weights, each a row of the table."""

    truth: TruthSection
    images: ImagesSection
    supernet: SerializeAsAny[SuperNetOptions]
    training: TrainingSection
    scoring: Annotated[ScoringSection, Field(exclude_if=lambda section: section == ScoringSection.usual())] = (
        ScoringSection.usual()
    )
    landmarks: LandmarkSection
    terms: tuple[TermSection, ...] = (LANDMARK_TERM,)
    pool: PoolSection
    analysis: AnalysisSection = Field(default_factory=AnalysisSection, validate_default=True)
    estimators: Annotated[EstimatorSection, Field(exclude_if=lambda section: section == EstimatorSection())] = (
        EstimatorSection()
    )
    variants: Annotated[
        dict[str, Variant],
        Field(default_factory=dict, max_length=bounds.MOST_VARIANTS, exclude_if=lambda variants: not variants),
    ]
    claims: Annotated[
        dict[str, ClaimSection],
        Field(default_factory=dict, max_length=bounds.MOST_VARIANTS, exclude_if=lambda claims: not claims),
    ]

    claims_after: Annotated[Words, Field(exclude_if=lambda seen: not seen)] = ""
    """What had been seen when they were stated, such as `a pilot of two seeds`; nothing where that is not said."""

    @property
    def every_seed(self) -> tuple[int, ...]:
        """All seeds that it may train."""
        return self.seeds.every if isinstance(self.seeds, SeedRule) else self.seeds

    @property
    def looks(self) -> Looks | None:
        """At which numbers of seeds rows are looked at; None where their seeds are listed."""
        return self.seeds.planned if isinstance(self.seeds, SeedRule) else None

    def varied(self, variant: Variant) -> Study:
        """The study of this variant alone; ValidationError when what it changes is not valid there."""
        content = self.model_dump(mode="json", exclude={"variants", "claims"}) | {"strategies": [variant.strategy]}
        for name in CHANGEABLE:
            content[name] |= getattr(variant, name)
        terms = {term["name"]: term for term in content["terms"]}
        terms |= {name: {**terms.get(name, {"name": name}), **changed} for name, changed in variant.terms.items()}
        content["terms"] = list(terms.values())
        if variant.equal_passes:
            content["training"]["passes"] = self.passes_with_terms(variant)
        return Study.model_validate_json(json.dumps(content), strict=True)

    def passes_with_terms(self, variant: Variant) -> int:
        """Of training with the study's terms, as far as they can be foreseen, in passes without them."""
        added = sum(term.settings.expected_passes(self.landmarks.guiding) for term in self.terms)
        strategy = STRATEGIES[variant.strategy](get_space(self.space), np.random.default_rng(0), **variant.switches)
        return round(self.training.passes * (1 + added / strategy.passes_per_step))

    def quick(self) -> Study:
        """A look at the study, far faster: one seed, a fifth of the training and of the pool."""
        suffix = " (quick form)"
        title = self.title[: bounds.MOST_CHARACTERS - len(suffix)] + suffix
        content = self.model_dump(mode="json") | {"title": title, "seeds": list(self.every_seed[:1])}
        for section in (content, *content.get("variants", {}).values()):
            if "passes" in section["training"]:
                section["training"]["passes"] = max(1, section["training"]["passes"] // 5)
        pool = content["pool"]
        pool["size"] = min(pool["size"], max(FEWEST_SCORED, pool["size"] // 5))
        pool["curve"] //= 5
        return Study.model_validate_json(json.dumps(content), strict=True)

    @field_validator("space")
    @classmethod
    def _space(cls, name: str) -> str:
        get_enumerated(known(name, SPACES, "search space"))  # a pool and landmarks are drawn from all architectures
        return name

    @field_validator("strategies")
    @classmethod
    def _strategies(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        space: str | None = info.data.get("space")
        for name in names:
            known(name, STRATEGIES, "strategy")
            if space:
                STRATEGIES[name].refuse(SPACES[space])
        if len(set(names)) < len(names):
            raise ValueError("a strategy is listed twice")
        return names

    @field_validator("seeds", mode="before")
    @classmethod
    def _listed_or_by_a_rule(cls, content: Any) -> tuple[int, ...] | SeedRule:
        """Each has its own mistakes; of a union, both would be told."""
        if isinstance(content, SeedRule):
            return content
        plain = json.dumps(content, default=str)
        if isinstance(content, Mapping):
            return SeedRule.model_validate_json(plain, strict=True)
        return _LISTED.validate_json(plain, strict=True)

    @field_validator("seeds")
    @classmethod
    def _seeds(cls, seeds: tuple[int, ...] | SeedRule) -> tuple[int, ...] | SeedRule:
        if isinstance(seeds, SeedRule):
            return seeds
        if len(set(seeds)) < len(seeds) or min(seeds) < 0:
            raise ValueError("seeds must be different and not negative")
        if max(seeds) > bounds.GREATEST_SEED:
            raise ValueError(f"seeds must be at most {bounds.GREATEST_SEED}")
        return seeds

    @field_validator("supernet", mode="before")
    @classmethod
    def _space_has_the_options(cls, content: Any, info: ValidationInfo) -> Any:
        """The section is the space's own; of an unknown space, what every super-net has is looked at."""
        space: str | None = info.data.get("space")
        if space:
            return SPACES[space].options.model_validate(content, strict=True)
        known_ones = SuperNetOptions.model_fields
        return {name: content[name] for name in known_ones if name in content} if isinstance(content, dict) else content

    @field_validator("supernet")
    @classmethod
    def _channels_suffice(cls, supernet: SuperNetOptions, info: ValidationInfo) -> SuperNetOptions:
        """Else some paths could not be built, which only training them would show."""
        space, strategies = info.data.get("space"), info.data.get("strategies") or ()
        needed = {name: STRATEGIES[name].supernet_options.get("partial_channels", 1) for name in strategies}
        needed |= {space: supernet.fewest_channels} if space else {}
        for name, fewest in needed.items():
            supernet.refuse_channels(fewest, name)
        return supernet

    @field_validator("images")
    @classmethod
    def _networks_take_such_data(cls, images: ImagesSection, info: ValidationInfo) -> ImagesSection:
        space: str | None = info.data.get("space")
        if space:
            try:
                DATASETS[images.dataset].refuse_kind(SPACES[space].inputs, space)
            except ValueError as error:
                raise mistake(str(error), "dataset") from None
        return images

    @field_validator("training")
    @classmethod
    def _batches_fit_images(cls, training: TrainingSection, info: ValidationInfo) -> TrainingSection:
        images: ImagesSection | None = info.data.get("images")
        parts = {"weights": images.weights_used, "held_out": images.held_out} if images else {}
        for part, size in parts.items():
            if size < training.batch_size:
                raise ValueError(f"batch_size = {training.batch_size} is more than the {size} of images.{part}")
        if images and training.label_smoothing and TASKS[images.task].smoothed is Task.smoothed:
            raise mistake(f"the targets of {images.task} cannot be smoothed", "label_smoothing")
        return training

    @field_validator("scoring")
    @classmethod
    def _data_and_supernet_can_be_scored(cls, scoring: ScoringSection, info: ValidationInfo) -> ScoringSection:
        images, supernet = info.data.get("images"), info.data.get("supernet")
        if images and supernet:
            refuse_unscorable(scoring, images, supernet)
        return scoring

    @field_validator("estimators")
    @classmethod
    def _baselines_can_score(cls, estimators: EstimatorSection, info: ValidationInfo) -> EstimatorSection:
        if space := info.data.get("space"):
            for name in estimators.baselines:
                ESTIMATORS.named(name).refuse(SPACES[space])
        return estimators

    @field_validator("landmarks")
    @classmethod
    def _landmarks_fit_space(cls, landmarks: LandmarkSection, info: ValidationInfo) -> LandmarkSection:
        space: str | None = info.data.get("space")
        if space and landmarks.count > len(get_enumerated(space)):
            raise ValueError(f"count = {landmarks.count}, but {space} has {len(get_enumerated(space))} architectures")
        if landmarks.count > bounds.MOST_LANDMARKS:
            raise ValueError(f"count = {landmarks.count}, but no more than {bounds.MOST_LANDMARKS:,} can be compared")
        return landmarks

    @field_validator("pool")
    @classmethod
    def _pool_fits_space(cls, pool: PoolSection, info: ValidationInfo) -> PoolSection:
        space, listed, landmarks = (info.data.get(name) for name in ("space", "seeds", "landmarks"))
        seeds = listed.at_most if isinstance(listed, SeedRule) else len(listed or ())
        if space and seeds and landmarks and pool.size + landmarks.count * seeds > len(get_enumerated(space)):
            raise ValueError(
                f"size = {pool.size} and {seeds} seeds of {landmarks.count} landmarks do not fit into the"
                f" {len(get_enumerated(space))} architectures of {space}"
            )
        return pool

    @field_validator("analysis")
    @classmethod
    def _score_is_the_tasks(cls, analysis: AnalysisSection, info: ValidationInfo) -> AnalysisSection:
        images: ImagesSection | None = info.data.get("images")
        if images:
            scoring: ScoringSection = info.data.get("scoring") or ScoringSection.usual()
            known(analysis.score, tuple(scoring.columns(TASKS[images.task])), "score")
        if analysis.thirds and (space := info.data.get("space")):
            of_space = get_enumerated(space)
            for name in analysis.thirds:
                known(name, (*COSTS, *of_space.traits(of_space.at(0))), "cost or trait")
        pool: PoolSection | None = info.data.get("pool")
        if pool and analysis.draws * pool.size > bounds.MOST_RESAMPLED:
            most = bounds.MOST_RESAMPLED // pool.size
            raise ValueError(f"draws = {analysis.draws} of {pool.size} architectures take too much memory; take {most}")
        return analysis

    @field_validator("estimators")
    @classmethod
    def _labels_are_of_one_strategy(cls, section: EstimatorSection, info: ValidationInfo) -> EstimatorSection:
        if section.label_uses and len(info.data.get("strategies") or ()) > 1:
            raise mistake("uses of labels are compared where a study has one strategy", "label_uses")
        return section

    @field_validator("terms")
    @classmethod
    def _terms_differ(cls, terms: tuple[TermSection, ...]) -> tuple[TermSection, ...]:
        if not terms:
            raise ValueError("a study compares training without terms and with at least one")
        names = [term.name for term in terms]
        if len(set(names)) < len(names):
            raise ValueError("a term is listed twice")
        return terms

    @model_validator(mode="after")
    def _strategies_can_do_with_the_optimizer(self) -> Study:
        chosen = self.training.optimizer
        for name in self.strategies:
            fit = STRATEGIES[name].optimizers
            if fit and chosen not in fit:
                raise mistake(f"optimizer = {chosen!r}, but {name} needs {' or '.join(fit)}", "training", "optimizer")
        return self

    @model_validator(mode="after")
    def _claims_are_about_what_is_measured(self) -> Study:
        rows = (*self.strategies, *self.variants)
        refuse_unanswerable(self.claims, rows, self.estimators.baselines, self.analysis.thirds)
        return self

    @model_validator(mode="after")
    def _variants_are_valid(self) -> Study:
        refuse_invalid(self)
        refuse_unfit(self)
        return self
