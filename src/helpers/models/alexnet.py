"""AlexNet (Krizhevsky, Sutskever and Hinton 2012): a large convolutional net, trained on two GPUs.

The idea: nothing new in kind, everything larger, and ReLU so that it can be trained at all.
The net did not fit on one GPU of its day. So its channels are split into two paths, which meet at
the third convolution and in the dense layers only; today that is `groups=2`.

Chapter: `cnn-history`.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images, draw_he


def norm() -> nn.Module:
    """Divide each value by the size of its five neighbours over the channels (section 3.3).

    The paper's alpha is 1e-4 for the *sum* of the squares; PyTorch takes their mean.
    """
    return nn.LocalResponseNorm(size=5, alpha=5e-4, beta=0.75, k=2.0)


class AlexNet(nn.Module):
    """Five convolutions and three dense layers (paper, section 3.5 and figure 2).

    Args:
        num_classes: how many outputs.
        channels: of an image.
        image_size: pixels of a side; the dense layers depend on it. The paper says 224 where its
            own sizes need 227 or a border of two zeros; we take the border.
        widths: output channels of the five convolutions.
        dense: units of each of the two hidden dense layers.
        stem: kernel size, stride and padding of the first convolution.
        paths: 2 as in the paper; 1 joins them.
        dropout: share of the inputs of each hidden dense layer that is dropped.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        *,
        channels: int = 3,
        image_size: int = 224,
        widths: Sequence[int] = (96, 256, 384, 384, 256),
        dense: int = 4096,
        stem: tuple[int, int, int] = (11, 4, 2),
        paths: int = 2,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.channels, self.image_size = channels, image_size
        a, b, c, d, e = widths
        kernel, stride, padding = stem
        side = ((image_size + 2 * padding - kernel) // stride + 1 - 31) // 8 + 3  # three pools
        if side < 1:
            raise ValueError(f"image_size={image_size} is too small for a stem of {stem}")
        self.features = nn.Sequential(
            nn.Conv2d(channels, a, kernel, stride, padding),  # (batch, 96, 55, 55)
            nn.ReLU(),
            norm(),
            nn.MaxPool2d(3, stride=2),  # overlapping windows: (batch, 96, 27, 27)
            nn.Conv2d(a, b, 5, padding=2, groups=paths),
            nn.ReLU(),
            norm(),
            nn.MaxPool2d(3, stride=2),  # (batch, 256, 13, 13)
            nn.Conv2d(b, c, 3, padding=1),  # the one convolution that sees both paths
            nn.ReLU(),
            nn.Conv2d(c, d, 3, padding=1, groups=paths),
            nn.ReLU(),
            nn.Conv2d(d, e, 3, padding=1, groups=paths),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),  # (batch, 256, 6, 6)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(e * side * side, dense),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(dense, dense),
            nn.ReLU(),
            nn.Linear(dense, check_classes(num_classes)),
        )
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, image_size, image_size)."""
        check_images(x, self.channels, exactly=self.image_size)
        return self.classifier(self.features(x))


def alexnet(num_classes: int = 1000) -> AlexNet:
    """Return AlexNet as the paper has it: 60,965,224 parameters."""
    return AlexNet(num_classes)


def small_alexnet(num_classes: int = 10, *, channels: int = 1) -> AlexNet:
    """Return AlexNet for images of 32x32: a quarter of the widths, no dropout."""
    return AlexNet(
        num_classes,
        channels=channels,
        image_size=32,
        widths=(24, 64, 96, 96, 64),
        dense=128,
        stem=(5, 2, 2),
        dropout=0.0,
    )
