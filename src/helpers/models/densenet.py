"""DenseNet (Huang, Liu, van der Maaten and Weinberger 2017): keep everything, add a little.

The idea: a layer reads the outputs of *all* layers before it and lays a few channels of its own
beside them. Concatenated, not added: nothing is overwritten, so each layer may be thin (the
growth, 32 channels). Transitions between the dense blocks halve the channels and the sides.

Chapter: `cnn-history`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images, draw_he


def conv(n_in: int, n_out: int, kernel: int) -> nn.Sequential:
    """Return normalization and ReLU *before* the convolution, as the paper has them."""
    return nn.Sequential(
        nn.BatchNorm2d(n_in),
        nn.ReLU(),
        nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2, bias=False),
    )


class DenseLayer(nn.Module):
    """Add `growth` channels to what is there: (batch, n_in, h, w) -> (batch, n_in + growth, h, w).

    Args:
        n_in: channels of everything so far.
        growth: channels that this layer adds.
        bottleneck: a 1x1 convolution first brings the input to `bottleneck * growth` channels.
    """

    def __init__(self, n_in: int, growth: int, bottleneck: int = 4) -> None:
        super().__init__()
        middle = bottleneck * growth
        self.new = nn.Sequential(conv(n_in, middle, 1), conv(middle, growth, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return the input with the new channels behind it."""
        return torch.cat([x, self.new(x)], dim=1)


class DenseNet(nn.Module):
    """A stem, dense blocks with transitions between them, one average, one linear layer.

    Args:
        num_classes: how many outputs.
        channels: of an image.
        growth: channels that each layer adds.
        layers: how many in each dense block.
        stem: from `channels` to `2 * growth` channels; by default the paper's, to a quarter.
        bottleneck: see `DenseLayer`.
        smallest: pixels of a side that the stem and the transitions' halvings need.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        channels: int = 3,
        growth: int = 32,
        layers: Sequence[int] = (6, 12, 24, 16),
        stem: nn.Module | None = None,
        bottleneck: int = 4,
        smallest: int = 29,
    ) -> None:
        super().__init__()
        width = 2 * growth
        self.channels, self.smallest = channels, smallest
        self.features = nn.Sequential(stem or paper_stem(channels, width))
        for number, depth in enumerate(layers):
            if number > 0:  # a transition
                self.features += nn.Sequential(conv(width, width // 2, 1), nn.AvgPool2d(2))
                width //= 2
            for _ in range(depth):
                self.features.append(DenseLayer(width, growth, bottleneck))
                width += growth
        self.features += nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
        self.classifier = nn.Linear(width, check_classes(num_classes))
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, height, width)."""
        check_images(x, self.channels, smallest=self.smallest)
        return self.classifier(self.features(x).mean(dim=(2, 3)))


def paper_stem(channels: int, width: int) -> nn.Sequential:
    """Return a 7x7 convolution and a pooling layer: a quarter of each side, as in ResNet."""
    return nn.Sequential(
        nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2, padding=1),
    )


def densenet121(num_classes: int = 1000) -> DenseNet:
    """Return the net of 121 layers and growth 32: 7,978,856 parameters."""
    return DenseNet(num_classes)


def small_densenet(num_classes: int = 10, *, channels: int = 1) -> DenseNet:
    """Return three dense blocks of three layers and growth 8 for images of 32x32."""
    return DenseNet(
        num_classes,
        channels=channels,
        growth=8,
        layers=(3, 3, 3),
        stem=nn.Conv2d(channels, 16, 3, stride=2, padding=1, bias=False),
        smallest=7,
    )
