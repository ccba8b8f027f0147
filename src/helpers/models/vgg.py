"""VGG (Simonyan and Zisserman 2015): nothing but 3x3, and more of it.

The idea: two 3x3 convolutions see what one 5x5 sees, three what one 7x7 sees, with fewer weights
and with a ReLU after each. So the only size left to choose is the depth: 11 to 19 layers.

Chapter: `cnn-history`.
"""

from collections.abc import Sequence

from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images, draw_he


def stack(n_in: int, n_out: int, convolutions: int) -> nn.Sequential:
    """Return so many 3x3 convolutions at one resolution, and a pooling layer that halves it."""
    layers: list[nn.Module] = []
    for _ in range(convolutions):
        layers += [nn.Conv2d(n_in, n_out, kernel_size=3, padding=1), nn.ReLU()]
        n_in = n_out
    return nn.Sequential(*layers, nn.MaxPool2d(2))


class VGG(nn.Module):
    """Stacks of 3x3 convolutions, then three dense layers (paper, table 1).

    Args:
        convolutions: how many in each stack; the paper's A is (1, 1, 2, 2, 2).
        num_classes: how many outputs.
        channels: of an image.
        image_size: pixels of a side; the dense layers depend on it.
        widths: output channels of each stack.
        dense: units of each of the two hidden dense layers.
        dropout: share of the hidden dense layers' units that is dropped.
    """

    def __init__(
        self,
        convolutions: Sequence[int],
        num_classes: int = 1000,
        *,
        channels: int = 3,
        image_size: int = 224,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        dense: int = 4096,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.channels, self.image_size = channels, image_size
        side = image_size // 2 ** len(widths)
        if side < 1:
            raise ValueError(
                f"image_size={image_size}: {len(widths)} halvings need {2 ** len(widths)} at least"
            )
        inputs = (channels, *widths[:-1])
        self.features = nn.Sequential(*map(stack, inputs, widths, convolutions))
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(widths[-1] * side * side, dense),  # full size: (batch, 512, 7, 7)
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(dense, dense),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(dense, check_classes(num_classes)),
        )
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, image_size, image_size)."""
        check_images(x, self.channels, exactly=self.image_size)
        return self.classifier(self.features(x))


def vgg11(num_classes: int = 1000) -> VGG:
    """Return the paper's net A: 132,863,336 parameters."""
    return VGG((1, 1, 2, 2, 2), num_classes)


def vgg13(num_classes: int = 1000) -> VGG:
    """Return the paper's net B: 133,047,848 parameters."""
    return VGG((2, 2, 2, 2, 2), num_classes)


def vgg16(num_classes: int = 1000) -> VGG:
    """Return the paper's net D: 138,357,544 parameters."""
    return VGG((2, 2, 3, 3, 3), num_classes)


def vgg19(num_classes: int = 1000) -> VGG:
    """Return the paper's net E: 143,667,240 parameters."""
    return VGG((2, 2, 4, 4, 4), num_classes)


def small_vgg(num_classes: int = 10, *, channels: int = 1) -> VGG:
    """Return a VGG for images of 32x32: three stacks of two convolutions, no dropout."""
    return VGG(
        (2, 2, 2),
        num_classes,
        channels=channels,
        image_size=32,
        widths=(8, 16, 32),
        dense=96,
        dropout=0.0,
    )
