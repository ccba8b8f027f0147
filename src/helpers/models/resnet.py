"""ResNet (He, Zhang, Ren and Sun 2016): learn what to add to the input, not what to replace it by.

The idea: a block returns x + f(x). If f is zero, the block changes nothing, so a deeper net can
always do what a shallower one does. Between the blocks nothing but additions lies on the way, and
a gradient comes down it undamped. The deep nets squeeze the channels before their 3x3 convolution
and widen them after it: the bottleneck.

Chapter: `cnn-history`.
"""

from collections.abc import Callable, Sequence

from torch import Tensor, nn

from helpers.models._shared import check_classes, check_images, draw_he


def conv(n_in: int, n_out: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Return a convolution and its batch normalization, whose shift makes a bias idle."""
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(n_out),
    )


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut (paper, figure 5 left).

    Args:
        n_in: channels of the input.
        width: channels of both convolutions, and of the output.
        stride: 2 halves the sides.
        residual: False leaves the shortcut out, for comparison.
    """

    widening = 1  # output channels / width

    def __init__(self, n_in: int, width: int, stride: int = 1, *, residual: bool = True) -> None:
        super().__init__()
        self.branch = nn.Sequential(conv(n_in, width, 3, stride), nn.ReLU(), conv(width, width, 3))
        self.shortcut = _shortcut(n_in, width, stride) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, width, height / stride, width / stride)."""
        return _joined(self.branch, self.shortcut, x)


class Bottleneck(nn.Module):
    """1x1 down, 3x3, 1x1 up, beside a shortcut (paper, figure 5 right).

    The stride is that of the first convolution, as in the paper; torchvision moves it to the 3x3.

    Args:
        n_in: channels of the input.
        width: channels of the 3x3 convolution; the output has four times as many.
        stride: 2 halves the sides.
        residual: False leaves the shortcut out, for comparison.
    """

    widening = 4

    def __init__(self, n_in: int, width: int, stride: int = 1, *, residual: bool = True) -> None:
        super().__init__()
        n_out = self.widening * width
        self.branch = nn.Sequential(
            conv(n_in, width, 1, stride),
            nn.ReLU(),
            conv(width, width, 3),
            nn.ReLU(),
            conv(width, n_out, 1),
        )
        self.shortcut = _shortcut(n_in, n_out, stride) if residual else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, 4 * width, height / stride, width / stride)."""
        return _joined(self.branch, self.shortcut, x)


def _shortcut(n_in: int, n_out: int, stride: int) -> nn.Module:
    """The input itself, or a 1x1 convolution where the shape changes (paper, option B)."""
    return nn.Identity() if (n_in, stride) == (n_out, 1) else conv(n_in, n_out, 1, stride)


def _joined(branch: nn.Module, shortcut: nn.Module | None, x: Tensor) -> Tensor:
    y = branch(x)
    return (y if shortcut is None else y + shortcut(x)).relu()


def quarter_stem(channels: int, width: int) -> nn.Sequential:
    """Return a 7x7 convolution and a pooling layer: a quarter of each side, at once."""
    return nn.Sequential(
        conv(channels, width, 7, stride=2), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)
    )


def gentle_stem(channels: int, width: int) -> nn.Sequential:
    """Return a 3x3 convolution that keeps the size, for small images (paper, section 4.2)."""
    return nn.Sequential(conv(channels, width, 3), nn.ReLU())


class ResNet(nn.Module):
    """A stem, stages of blocks, one average, one linear layer (paper, table 1).

    Args:
        block: BasicBlock or Bottleneck.
        depths: how many blocks in each stage; every stage but the first halves the sides.
        num_classes: how many outputs.
        channels: of an image.
        widths: of each stage's blocks; the stem gives the first of them.
        stem: (channels, width) -> the layers before the first stage.
        residual: False builds the same net without shortcuts.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        num_classes: int = 1000,
        *,
        channels: int = 3,
        widths: Sequence[int] = (64, 128, 256, 512),
        stem: Callable[[int, int], nn.Module] = quarter_stem,
        residual: bool = True,
    ) -> None:
        super().__init__()
        if len(depths) != len(widths):
            raise ValueError(
                f"{len(depths)} depths and {len(widths)} widths: give one of each per stage"
            )
        self.channels = channels
        self.stem = stem(channels, widths[0])
        self.stages, n_in = nn.Sequential(), widths[0]
        for number, (depth, width) in enumerate(zip(depths, widths, strict=True)):
            stage = nn.Sequential()
            for index in range(depth):
                stride = 2 if number > 0 and index == 0 else 1
                stage.append(block(n_in, width, stride, residual=residual))
                n_in = block.widening * width
            self.stages.append(stage)
        self.classifier = nn.Linear(n_in, check_classes(num_classes))
        draw_he(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (batch, classes) of images (batch, channels, height, width)."""
        check_images(x, self.channels)
        x = self.stages(self.stem(x))  # full size: (batch, 512 or 2048, 7, 7)
        return self.classifier(x.mean(dim=(2, 3)))


def resnet18(num_classes: int = 1000) -> ResNet:
    """Return the net of 18 layers: 11,689,512 parameters."""
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes)


def resnet34(num_classes: int = 1000) -> ResNet:
    """Return the net of 34 layers: 21,797,672 parameters."""
    return ResNet(BasicBlock, (3, 4, 6, 3), num_classes)


def resnet50(num_classes: int = 1000) -> ResNet:
    """Return the net of 50 layers: 25,557,032 parameters."""
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes)


def resnet101(num_classes: int = 1000) -> ResNet:
    """Return the net of 101 layers: 44,549,160 parameters."""
    return ResNet(Bottleneck, (3, 4, 23, 3), num_classes)


def resnet152(num_classes: int = 1000) -> ResNet:
    """Return the net of 152 layers: 60,192,808 parameters."""
    return ResNet(Bottleneck, (3, 8, 36, 3), num_classes)


def small_resnet(num_classes: int = 10, *, channels: int = 1) -> ResNet:
    """Return ResNet-8 for images of 32x32: one block in each of three stages."""
    return ResNet(
        BasicBlock, (1, 1, 1), num_classes, channels=channels, widths=(8, 16, 32), stem=gentle_stem
    )


def one_stage(
    layers: int, num_classes: int = 10, *, channels: int = 1, width: int = 16, residual: bool = True
) -> ResNet:
    """Return a net of so many layers with weights, in a row at one resolution: for depth alone.

    Args:
        layers: a stem, `layers - 2` convolutions in blocks of two, and a linear layer.
        residual: False leaves the shortcuts out.

    Raises:
        ValueError: an odd number of layers, or fewer than four.
    """
    if layers < 4 or layers % 2:
        raise ValueError(f"layers={layers} must be even and at least 4: blocks have two each")
    return ResNet(
        BasicBlock,
        ((layers - 2) // 2,),
        num_classes,
        channels=channels,
        widths=(width,),
        residual=residual,
    )
