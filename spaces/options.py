"""What can be chosen of a space's super-net, as a section of study files.

Every space names its own class, derived from `SuperNetOptions`, with what its super-net has besides. Importing this
does not import torch.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

MOST_CHANNELS = 1_024
"""Of the first stage. The benchmarks have 16 and 128; later stages double them."""

MOST_CELLS_PER_STAGE = 64
"""The benchmarks have 3 and 5."""

MOST_DROPPED = 0.95
"""Rates of dropout. Kinds of operations are drawn again until some are left: some twenty times a step at this rate, and
near 1 without end."""

Rate = Annotated[float, Field(ge=0, le=MOST_DROPPED, exclude_if=lambda rate: rate == 0)]


class SuperNetOptions(BaseModel):
    """Options of every super-net; a space whose super-net has more derives from this.

    What a space adds has a default, and is written only where it was stated: results that were stored before an option
    was there keep their fingerprint.

    Attributes:
        fewest_channels: of the first stage, with which every path can be built.
        channels: of the first stage.
        affine: whether normalizations have a scale and a shift.
        statistics: what evaluation normalizes by: that of the batch, running ones, or running ones that are taken anew
            along each path.
        path_dropout: see `nasrank.spaces.dropout`, and likewise `operation_dropout`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    fewest_channels: ClassVar[int] = 1

    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)]
    cells_per_stage: Annotated[int, Field(ge=1, le=MOST_CELLS_PER_STAGE)]
    affine: bool = False
    statistics: Literal["batch", "tracked", "recalibrated"] = "batch"
    path_dropout: Rate = 0.0
    operation_dropout: Rate = 0.0

    @property
    def arguments(self) -> dict[str, Any]:
        """Keywords of the space's `supernet`, apart from what the data decide."""
        content = {name: getattr(self, name) for name in type(self).model_fields if name != "statistics"}
        return {**content, "tracked": self.statistics != "batch"}

    @model_serializer(mode="wrap")
    def _as_stated(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the space's own options that nobody stated."""
        everywhere = SuperNetOptions.model_fields
        return {
            name: value for name, value in write(self).items() if name in everywhere or name in self.model_fields_set
        }
