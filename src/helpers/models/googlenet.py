"""GoogLeNet (Szegedy et al. 2015): all filter sizes at once, paid for with 1x1 convolutions.

The idea: an Inception block looks at its input through 1x1, 3x3, 5x5 and a pooling window side by
side, and lays the answers one behind the other along the channels. That would cost too much; so a
1x1 convolution first brings the many channels down to a few. One average over each map replaces
the large dense layers. Two small heads on the way up gave the lower layers a gradient of their own.

Chapter: `cnn-history`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.models._shared import check_classes, check_images, draw_he

# (1x1, 1x1 before 3x3, 3x3, 1x1 before 5x5, 5x5, 1x1 after the pool)
Widths = tuple[int, int, int, int, int, int]

# Paper, table 1: blocks 3a to 5b, one line for each resolution.
INCEPTIONS = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)


def conv(n_in: int, n_out: int, kernel: int, stride: int = 1, *, batch_norm: bool) -> nn.Sequential:
    """Return a convolution that keeps the size (at stride 1) and its ReLU."""
    layer = nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=not batch_norm)
    between = [nn.BatchNorm2d(n_out)] if batch_norm else []
    return nn.Sequential(layer, *between, nn.ReLU())


def shrink() -> nn.Module:
    """Halve both sides, rounding up."""
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)


class Inception(nn.Module):
    """Four paths over the same input, concatenated: (batch, sum of the four widths, h, w)."""

    def __init__(self, n_in: int, widths: Widths, *, batch_norm: bool = False) -> None:
        super().__init__()
        one, before_three, three, before_five, five, pool = widths
        self.n_out = one + three + five + pool

        def layer(inputs: int, outputs: int, kernel: int) -> nn.Module:
            return conv(inputs, outputs, kernel, batch_norm=batch_norm)

        self.one = layer(n_in, one, 1)
        self.three = nn.Sequential(layer(n_in, before_three, 1), layer(before_three, three, 3))
        self.five = nn.Sequential(layer(n_in, before_five, 1), layer(before_five, five, 5))
        self.pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), layer(n_in, pool, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, n_out, height, width)."""
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


class AuxiliaryHead(nn.Module):
    """A small classifier on maps of 14x14 in the middle of the net (paper, section 5)."""

    def __init__(self, n_in: int, num_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.AvgPool2d(5, stride=3),  # (batch, n_in, 4, 4)
            nn.Conv2d(n_in, 128, kernel_size=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(128 * 4 * 4, 1024),
            nn.ReLU(),
            nn.Dropout(0.7),
            nn.Linear(1024, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of maps (batch, n_in, 14, 14)."""
        return self.layers(x)


def paper_stem(channels: int) -> nn.Sequential:
    """Return the layers before the first Inception block: to 192 channels, an eighth of a side."""
    return nn.Sequential(
        conv(channels, 64, 7, stride=2, batch_norm=False),  # (batch, 64, 112, 112)
        shrink(),
        nn.LocalResponseNorm(size=5, alpha=1e-4, beta=0.75),
        conv(64, 64, 1, batch_norm=False),
        conv(64, 192, 3, batch_norm=False),  # (batch, 192, 56, 56)
        nn.LocalResponseNorm(size=5, alpha=1e-4, beta=0.75),
        shrink(),
    )


class GoogLeNet(nn.Module):
    """A stem, groups of Inception blocks, one average, one linear layer.

    Args:
        num_classes: how many outputs.
        channels: of an image.
        stem: from `channels` to `stem_width` channels; by default the paper's, to 192.
        inceptions: the blocks' widths, one tuple of blocks for each resolution.
        auxiliary: add the two heads of the full-size net, after blocks 4a and 4d.
        batch_norm: normalize in the blocks; the paper (of 2014) did not.
        dropout: before the linear layer.
        smallest: pixels of a side that the stem and the pools between the groups need.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        channels: int = 3,
        stem: nn.Module | None = None,
        stem_width: int = 192,
        inceptions: Sequence[Sequence[Widths]] = INCEPTIONS,
        auxiliary: bool = False,
        batch_norm: bool = False,
        dropout: float = 0.4,
        smallest: int = 31,
    ) -> None:
        super().__init__()
        self.channels, self.smallest = channels, smallest
        self.stem = paper_stem(channels) if stem is None else stem
        self.groups = nn.ModuleList()
        n_in, widths_after = stem_width, []
        for group in inceptions:
            blocks = nn.ModuleList()
            for widths in group:
                blocks.append(Inception(n_in, widths, batch_norm=batch_norm))
                n_in = blocks[-1].n_out
                widths_after.append(n_in)
            self.groups.append(blocks)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(n_in, check_classes(num_classes))
        )
        # Blocks are counted through: 3a, 3b, 4a, 4b, 4c, 4d, ...
        self.heads = nn.ModuleDict(
            {str(at): AuxiliaryHead(widths_after[at], num_classes) for at in (2, 5)}
            if auxiliary
            else {}
        )
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, height, width)."""
        return self._run(x, with_heads=False)[0]

    def all_logits(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return the logits of the top and of each auxiliary head, three times (batch, classes).

        The paper trains on the loss of the first plus 0.3 times that of each of the others.

        Raises:
            ValueError: built without `auxiliary=True`, or images that are not 224x224 or so.
        """
        if not self.heads:
            raise ValueError("this GoogLeNet has no auxiliary heads: build it with auxiliary=True")
        return self._run(x, with_heads=True)

    def _run(self, x: Tensor, *, with_heads: bool) -> tuple[Tensor, ...]:
        check_images(x, self.channels, smallest=self.smallest)
        x, at, others = self.stem(x), 0, []
        for number, blocks in enumerate(self.groups):
            x = x if number == 0 else F.max_pool2d(x, 3, stride=2, ceil_mode=True)
            for block in blocks:
                x = block(x)
                if with_heads and str(at) in self.heads:
                    if x.shape[2:] != (14, 14):
                        raise ValueError(
                            f"the auxiliary heads read maps of 14x14, not {tuple(x.shape[2:])}: "
                            "give images of 224x224"
                        )
                    others.append(self.heads[str(at)](x))
                at += 1
        return self.classifier(x.mean(dim=(2, 3))), *others


def googlenet(num_classes: int = 1000, *, auxiliary: bool = False) -> GoogLeNet:
    """Return GoogLeNet as the paper has it: 6,998,552 parameters, the auxiliary heads apart."""
    return GoogLeNet(num_classes, auxiliary=auxiliary)


def small_googlenet(num_classes: int = 10, *, channels: int = 1) -> GoogLeNet:
    """Return two groups of two Inception blocks for images of 32x32, with batch normalization."""
    return GoogLeNet(
        num_classes,
        channels=channels,
        stem=nn.Sequential(conv(channels, 16, 5, stride=2, batch_norm=True), shrink()),
        stem_width=16,
        inceptions=(
            ((8, 8, 16, 4, 8, 8), (8, 8, 16, 4, 8, 8)),
            ((16, 12, 24, 4, 12, 12), (16, 12, 24, 4, 12, 12)),
        ),
        batch_norm=True,
        dropout=0.0,
        smallest=7,
    )
