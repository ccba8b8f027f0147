"""MobileNet v1 (Howard et al. 2017): look and mix in two steps, for an eighth of the price.

The idea: an ordinary convolution looks around a place and mixes the channels at once. Split it: a
depthwise convolution looks, each channel for itself; a pointwise (1x1) convolution mixes. A 3x3
convolution to n channels then costs 1/n + 1/9 of what it did.

Chapter: `cnn-history`.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images, draw_he

# Paper, table 1: output channels and stride of the 13 separable blocks. The table gives the last
# block a stride of 2, but its own sizes show that it keeps 7x7.
BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *5 * ((512, 1),),
    (1024, 2),
    (1024, 1),
)


def conv(n_in: int, n_out: int, kernel: int, stride: int = 1, *, groups: int = 1) -> nn.Sequential:
    """Return convolution, batch normalization, ReLU."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
    )


def separable(n_in: int, n_out: int, stride: int = 1) -> nn.Sequential:
    """Return a depthwise 3x3 convolution, then a pointwise one (paper, figure 3 right)."""
    return nn.Sequential(
        conv(n_in, n_in, 3, stride, groups=n_in),  # looks
        conv(n_in, n_out, 1),  # mixes
    )


class MobileNet(nn.Module):
    """An ordinary convolution, separable blocks, one average, one linear layer.

    Args:
        num_classes: how many outputs.
        channels: of an image.
        stem_width: channels of the first convolution.
        stem_stride: of the first convolution.
        blocks: (output channels, stride) of each block.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        channels: int = 3,
        stem_width: int = 32,
        stem_stride: int = 2,
        blocks: Sequence[tuple[int, int]] = BLOCKS,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.features = nn.Sequential(conv(channels, stem_width, 3, stem_stride))
        width = stem_width
        for n_out, stride in blocks:
            self.features.append(separable(width, n_out, stride))
            width = n_out
        self.classifier = nn.Linear(width, check_classes(num_classes))
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, height, width)."""
        check_images(x, self.channels)
        return self.classifier(self.features(x).mean(dim=(2, 3)))


def mobilenet_v1(num_classes: int = 1000, *, multiplier: float = 1.0) -> MobileNet:
    """Return MobileNet v1: 4,231,976 parameters.

    Args:
        num_classes: how many outputs.
        multiplier: of all widths; the paper also has 0.75, 0.5 and 0.25.

    Raises:
        ValueError: a multiplier that leaves less than one channel.
    """
    if multiplier * 32 < 1:
        raise ValueError(f"multiplier={multiplier} leaves no channel of 32")
    return MobileNet(
        num_classes,
        stem_width=int(32 * multiplier),
        blocks=[(int(width * multiplier), stride) for width, stride in BLOCKS],
    )


def small_mobilenet(num_classes: int = 10, *, channels: int = 1) -> MobileNet:
    """Return five separable blocks for images of 32x32."""
    blocks = ((32, 1), (64, 2), (64, 1), (64, 1), (96, 2))
    return MobileNet(num_classes, channels=channels, stem_width=16, blocks=blocks)
