"""LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998): the pattern that every later net keeps.

Convolve, shrink, convolve, shrink, then a few dense layers. Two simplifications, both usual: the
sixteen maps of the second convolution see all six of the first (the paper connects them by a
hand-made table), and the output is a linear layer (the paper's are radial basis functions).

Chapter: `cnn-history`.
"""

from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images


class LeNet(nn.Module):
    """Two convolutions, three dense layers, tanh between all: images (batch, channels, 32, 32).

    Args:
        num_classes: how many outputs.
        channels: of an image; the paper's digits have one.
    """

    def __init__(self, num_classes: int = 10, *, channels: int = 1) -> None:
        super().__init__()
        self.channels = channels
        self.features = nn.Sequential(
            nn.Conv2d(channels, 6, kernel_size=5),  # (batch, 6, 28, 28)
            nn.Tanh(),
            nn.AvgPool2d(2),  # (batch, 6, 14, 14)
            nn.Conv2d(6, 16, kernel_size=5),  # (batch, 16, 10, 10)
            nn.Tanh(),
            nn.AvgPool2d(2),  # (batch, 16, 5, 5)
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 5 * 5, 120),
            nn.Tanh(),
            nn.Linear(120, 84),
            nn.Tanh(),
            nn.Linear(84, check_classes(num_classes)),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.xavier_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, 32, 32)."""
        check_images(x, self.channels, exactly=32)
        return self.classifier(self.features(x))


def lenet(num_classes: int = 10, *, channels: int = 1) -> LeNet:
    """Return LeNet-5: 61,706 parameters with ten classes and one channel."""
    return LeNet(num_classes, channels=channels)
