"""What can be chosen of a space's networks: of its super-net, a section of study files, and of stand-alone ones.

A space whose super-net has more names a class of its own, derived from `SuperNetOptions`; one whose stand-alone
networks have other options names one derived from `NetworkOptions`. Importing this does not import torch.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

MOST_CHANNELS = 1_024
"""Of the first stage. The benchmarks have 16 and 128; later stages double them."""

MOST_CELLS_PER_STAGE = 64
"""The benchmarks have 3 and 5."""

MOST_DROPPED = 0.95
"""Rates of dropout. Kinds of operations are drawn again until some are left: some twenty times a step at this rate, and
near 1 without end."""

Rate = Annotated[float, Field(ge=0, le=MOST_DROPPED, exclude_if=lambda rate: rate == 0)]


class NetworkOptions(BaseModel):
    """Options of stand-alone networks, of which there are none here; a space derives from this what its networks have.

    They are keywords of the space's `network` and of its `cost`, and decide, as they are written, which of the networks
    that were trained for tables are the same. An option that is added later is written `exclude_if` it has its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    @property
    def arguments(self) -> dict[str, Any]:
        """Keywords of the space's `network`, apart from what the data decide."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @property
    def words(self) -> str:
        """What they are, for who reads how a table was made."""
        return ", ".join(f"{name} {value}" for name, value in self.arguments.items()) or "it has no options"

    @classmethod
    def smallest(cls) -> Self:
        """Values with which every architecture can be built: lower bounds, or defaults where there are none.

        Raises:
            ValueError: an option has neither; its class says here what is the smallest.
        """
        bounds = {
            name: [one.ge for one in field.metadata if hasattr(one, "ge")] for name, field in cls.model_fields.items()
        }
        return cls.model_validate({name: found[0] for name, found in bounds.items() if found})


class StagedNetworkOptions(NetworkOptions):
    """Options of networks of three stages of cells, as those of the benchmarks are.

    Attributes:
        fewest_channels: of the first stage, with which every architecture can be built.
    """

    fewest_channels: ClassVar[int] = 1

    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)]
    """Width of the first stage."""

    cells_per_stage: Annotated[int, Field(ge=1, le=MOST_CELLS_PER_STAGE)]
    """Depth of each of the three stages."""

    @property
    def words(self) -> str:
        """Both in a phrase, and by name what a space has besides."""
        more = {name: value for name, value in self.arguments.items() if name not in StagedNetworkOptions.model_fields}
        phrase = f"{self.channels} channels in the first stage, {self.cells_per_stage} cell(s) a stage"
        return ", ".join([phrase, *(f"{name} {value}" for name, value in more.items())])

    @classmethod
    def smallest(cls) -> Self:
        """With the fewest channels that will do."""
        return super().smallest().model_copy(update={"channels": cls.fewest_channels})


class SuperNetOptions(NetworkOptions):
    """Options of every super-net; a space whose super-net has more derives from this.

    What a space adds is required, or has a default and is written only where it was stated: results that were stored
    before an option was there keep their fingerprint.

    Attributes:
        fewest_channels: with which every path can be built.
    """

    fewest_channels: ClassVar[int] = 1

    affine: bool = False
    """Whether normalizations have a scale and a shift."""

    statistics: Literal["batch", "tracked", "recalibrated"] = "batch"
    """What evaluation normalizes by: statistics of the `batch`, running ones that are `tracked` in training, or running
    ones that are `recalibrated` along each path."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Keywords of the space's `supernet`, apart from what the data decide."""
        content = {name: getattr(self, name) for name in type(self).model_fields if name != "statistics"}
        return {**content, "tracked": self.statistics != "batch"}

    def refuse_channels(self, needed: int, whose: str) -> None:
        """ValueError where there are fewer channels than so many, of which operations are to work on one.

        Args:
            whose: the strategy or the space that needs them.
        """
        if needed > 1:
            raise ValueError(f"{whose} needs operations on one of {needed} channels, which this super-net has not")

    @model_serializer(mode="wrap")
    def _as_stated(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the space's own options that nobody stated."""
        everywhere = SuperNetOptions.model_fields
        return {
            name: value for name, value in write(self).items() if name in everywhere or name in self.model_fields_set
        }


class BatchFreeOptions(SuperNetOptions):
    """Options of super-nets that normalize over no batch, so that nothing can be chosen of how they do."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name in type(self).model_fields if name not in SuperNetOptions.model_fields
        }

    @model_validator(mode="after")
    def _nothing_to_choose(self) -> Self:
        if self.affine or self.statistics != "batch":
            raise ValueError("nothing here is normalized over a batch: affine and statistics are left out")
        return self


class StagedSuperNetOptions(SuperNetOptions, StagedNetworkOptions):
    """Options of super-nets of three stages of cells, whose operations can be left out at random."""

    path_dropout: Rate = 0.0
    """Probability that an image does without the output of an operation, see `nasrank.spaces.dropout`."""

    operation_dropout: Rate = 0.0
    """Probability that a kind of operation is left out of a step of training."""

    def refuse_channels(self, needed: int, whose: str) -> None:
        if self.channels < needed:
            raise ValueError(f"channels = {self.channels}, but {whose} needs at least {needed}")
