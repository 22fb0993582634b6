"""The stand-alone vision transformer with global and local heads [Chen2021], without its class token.

Each block normalizes its tokens and gives the first channels to the global heads and the others to the local branch;
what both make stands side by side, with no projection over the two, and is added to the tokens. A multilayer perceptron
on normalized tokens follows. The tokens of a sequence are the pixels of an image of one row, channels last, so that
convolutions and batch normalizations are those of images.

References:
    [Chen2021] Chen et al., "GLiT: Neural Architecture Search for Global and Local Image Transformer", ICCV 2021.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nasrank.spaces.glit.blocks import HEADS, Block, Stack
from nasrank.spaces.glit.costs import CLASSES, GRID, IMAGE_CHANNELS, PATCH, WIDTH, refuse_width
from nasrank.spaces.integers import refuse_sizes
from nasrank.spaces.layers import Normalization

DEVIATION = 0.02
"""Of the normal distribution of initial weights of linear layers and positions, which is cut off at 2 [Chen2021]."""

EPSILON = 1e-6
"""Of layer normalizations [Chen2021]."""


def linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer of the transformer, whose first weights are as wide whatever its size."""
    layer = nn.Linear(inputs, outputs)
    nn.init.trunc_normal_(layer.weight, std=DEVIATION)
    nn.init.zeros_(layer.bias)
    return layer


def attended(made: Tensor, heads: int) -> Tensor:
    """Results of self-attention `(batch, tokens, channels)`, those of one head after the other.

    Args:
        made: queries, keys and values of all heads, one after the other, `(batch, tokens, 3 * channels)`.
    """
    batch, count, _ = made.shape
    queries, keys, values = made.view(batch, count, 3, heads, -1).permute(2, 0, 3, 1, 4)
    results = F.scaled_dot_product_attention(queries, keys, values)
    return results.transpose(1, 2).reshape(batch, count, -1)


def convolved(tokens: Tensor, kernel: Tensor) -> Tensor:
    """Each channel of tokens `(batch, tokens, channels)` with its own kernel `(channels, 1, 1, length)`, as an image.

    Of one row: `(batch, channels, 1, tokens)`.
    """
    row = tokens.transpose(1, 2).unsqueeze(2)
    return F.conv2d(row, kernel, padding=(0, kernel.shape[-1] // 2), groups=len(kernel))


def swished(row: Tensor) -> Tensor:
    """Tokens again, `(batch, tokens, channels)`, of an image of one row."""
    return F.silu(row).squeeze(2).transpose(1, 2)


class GlobalHeads(nn.Module):
    """Self-attention of the first so many heads."""

    def __init__(self, block: Block, width: int) -> None:
        super().__init__()
        self.heads = block.heads
        inner = block.heads * int(block.width * width)
        self.inward = linear(block.heads * width, 3 * inner)
        self.outward = linear(inner, block.heads * width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.outward(attended(self.inward(tokens), self.heads))  # type: ignore[no-any-return]


class LocalBranch(nn.Module):
    """Gated channels, each convolved over the sequence, normalized and mixed again.

    The convolution has no bias, which the normalization would take away.
    """

    def __init__(self, block: Block, width: int) -> None:
        super().__init__()
        channels = (HEADS - block.heads) * width
        inner = block.expansion * channels
        self.inward = linear(channels, 2 * inner)
        self.depthwise = nn.Conv2d(inner, inner, (1, block.kernel), groups=inner, bias=False)
        self.norm = Normalization(inner)
        self.outward = linear(inner, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        row = convolved(F.glu(self.inward(tokens)), self.depthwise.weight)
        return self.outward(swished(self.norm(row)))  # type: ignore[no-any-return]


class MultilayerPerceptron(nn.Module):
    """Two layers with a GELU between them."""

    def __init__(self, channels: int, ratio: int) -> None:
        super().__init__()
        self.inward = linear(channels, ratio * channels)
        self.outward = linear(ratio * channels, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.outward(F.gelu(self.inward(tokens)))  # type: ignore[no-any-return]


class TransformerBlock(nn.Module):
    """One block of the stand-alone network."""

    def __init__(self, block: Block, width: int) -> None:
        super().__init__()
        self.seen = block.heads * width
        self.first_norm = nn.LayerNorm(HEADS * width, EPSILON)
        self.attention = GlobalHeads(block, width) if block.heads else None
        self.local = LocalBranch(block, width) if block.heads < HEADS else None
        self.second_norm = nn.LayerNorm(HEADS * width, EPSILON)
        self.perceptron = MultilayerPerceptron(HEADS * width, block.ratio)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens `(batch, tokens, channels)` from such ones."""
        normalized = self.first_norm(tokens)
        parts = [] if self.attention is None else [self.attention(normalized[..., : self.seen])]
        if self.local is not None:
            parts.append(self.local(normalized[..., self.seen :]))
        tokens = tokens + (torch.cat(parts, -1) if len(parts) > 1 else parts[0])
        return tokens + self.perceptron(self.second_norm(tokens))  # type: ignore[no-any-return]


class Patches(nn.Module):
    """Makes tokens of images of any size, each with its position.

    Zeros fill the last row and column of patches where the size is no multiple of a patch. Positions are a table of 8x8
    and are interpolated for images of another number of patches.
    """

    def __init__(self, *, channels: int, patch: int, image_channels: int) -> None:
        super().__init__()
        self.patch = patch
        self.projection = nn.Conv2d(image_channels, channels, patch, stride=patch)
        self.positions = nn.Parameter(torch.empty(1, channels, GRID, GRID))
        nn.init.trunc_normal_(self.positions, std=DEVIATION)

    def forward(self, images: Tensor) -> Tensor:
        """Tokens `(batch, tokens, channels)`, row by row."""
        height, width = images.shape[2:]
        lacking = -height % self.patch, -width % self.patch
        if any(lacking):
            images = F.pad(images, (0, lacking[1], 0, lacking[0]))
        features: Tensor = self.projection(images)
        positions: Tensor = self.positions
        if features.shape[2:] != positions.shape[2:]:
            positions = F.interpolate(positions, features.shape[2:], mode="bilinear")
        return (features + positions).flatten(2).transpose(1, 2)


class Macro(nn.Module):
    """What is around the blocks: patches, positions, the last normalization and the classifier.

    Raises:
        ValueError: a size is below one, or the width is odd.
    """

    def __init__(self, *, width: int, patch: int, classes: int, image_channels: int) -> None:
        refuse_sizes(patch=patch, classes=classes, image_channels=image_channels)
        refuse_width(width)
        super().__init__()
        channels = HEADS * width
        self.patches = Patches(channels=channels, patch=patch, image_channels=image_channels)
        self.last_norm = nn.LayerNorm(channels, EPSILON)
        self.classifier = linear(channels, classes)

    def head(self, tokens: Tensor) -> Tensor:
        """Class scores `(batch, classes)` by the mean of all tokens."""
        return self.classifier(self.last_norm(tokens).mean(1))  # type: ignore[no-any-return]


class GlitNetwork(Macro):
    """The stand-alone network.

    Args:
        stack: the architecture.
        width: channels of a head, of which a token has three; even.
        patch: side of the square of pixels that becomes a token.
        classes: outputs of the classifier.
        image_channels: channels of the input.

    Raises:
        ValueError: a size is below one, or the width is odd.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        width: int = WIDTH,
        patch: int = PATCH,
        classes: int = CLASSES,
        image_channels: int = IMAGE_CHANNELS,
    ) -> None:
        super().__init__(width=width, patch=patch, classes=classes, image_channels=image_channels)
        self.blocks = nn.Sequential(*(TransformerBlock(block, width) for block in stack.blocks))

    def forward(self, images: Tensor) -> Tensor:
        """Class scores `(batch, classes)` of images `(batch, channels, height, width)` of any size."""
        return self.head(self.blocks(self.patches(images)))
