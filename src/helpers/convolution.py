"""Convolution and pooling from scratch, the sizes they give, and what a unit can see.

What deep learning calls convolution does not flip the filter: it is a cross-correlation
(Goodfellow et al. 2016, section 9.1). With stride s, padding p and dilation d,

    y[o, i, j] = bias[o] + sum over c, u, v of
                 weight[o, c, u, v] * x[c, s i + d u - p, s j + d v - p]

`conv2d_by_loops` is this sentence; `conv2d_by_unfolding` is the same as one matrix product.
Images are (batch, channels, height, width). `stride`, `padding` and `dilation` are a number, or
one for rows and one for columns.

Chapter: `convolution`.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Pair = int | tuple[int, int]  # one number for rows and columns, or one each


def output_size(
    size: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Return how many places a window of `kernel` entries finds along `size` pixels.

    (size + 2 padding - dilation (kernel - 1) - 1) / stride, rounded down, plus 1. What the last
    step does not reach is left out.

    Raises:
        ValueError: a number is out of range, or the window is larger than the padded input.
    """
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError(
            f"size={size}, kernel={kernel}, stride={stride} and dilation={dilation} must be at "
            f"least 1, padding={padding} at least 0"
        )
    window, room = dilation * (kernel - 1) + 1, size + 2 * padding
    if window > room:
        raise ValueError(
            f"a window of {window} does not fit into {room} pixels ({size} and the padding): "
            "use a larger input, more padding, or a smaller kernel or dilation"
        )
    return (room - window) // stride + 1


def conv2d_by_loops(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve as one does by hand: for every image, filter and place, one dot product.

    Slow, and differentiable. Equals `F.conv2d`.

    Args:
        x: (batch, channels, height, width).
        weight: (filters, channels / groups, kernel height, kernel width).
        bias: (filters,).
        groups: the channels and the filters are cut into so many groups that do not mix.

    Returns:
        (batch, filters, rows, columns).
    """
    _check(x, weight, bias, groups)
    (down, right), (du, dv) = _pair(stride), _pair(dilation)
    rows, columns = _places(x, weight.shape[2:], stride, padding, dilation)
    high, wide = (d * (k - 1) + 1 for d, k in zip((du, dv), weight.shape[2:], strict=True))
    x, depth = _padded(x, padding), weight.shape[1]
    outputs = []
    for image in x:
        for o, one in enumerate(weight):
            first = o // (len(weight) // groups) * depth  # the first channel of its group
            shift = 0 if bias is None else bias[o]
            for i in range(0, rows * down, down):
                for j in range(0, columns * right, right):
                    patch = image[first : first + depth, i : i + high : du, j : j + wide : dv]
                    outputs.append((one * patch).sum() + shift)
    return torch.stack(outputs).reshape(len(x), len(weight), rows, columns)


def unfold(
    x: Tensor, kernel: Pair, *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """Copy every patch that the window sees into a column of its own. Equals `F.unfold`.

    Args:
        x: (batch, channels, height, width).

    Returns:
        (batch, channels * kernel height * kernel width, places), row by row.
    """
    (height, width), (down, right), (du, dv) = _pair(kernel), _pair(stride), _pair(dilation)
    rows, columns = _places(x, (height, width), stride, padding, dilation)
    at_row = torch.arange(height)[:, None] * du + torch.arange(rows) * down  # (kernel, place)
    at_column = torch.arange(width)[:, None] * dv + torch.arange(columns) * right
    patches = _padded(x, padding)[:, :, at_row[:, None, :, None], at_column[None, :, None, :]]
    return patches.reshape(len(x), -1, rows * columns)  # from (batch, c, ku, kv, rows, columns)


def conv2d_by_unfolding(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve as one matrix product: filters as rows, unfolded patches as columns.

    Takes and returns what `conv2d_by_loops` does.
    """
    _check(x, weight, bias, groups)
    size, how = weight.shape[2:], {"stride": stride, "padding": padding, "dilation": dilation}
    patches = unfold(x, tuple(size), **how)  # (batch, channels * kernel, places)
    patches = patches.unflatten(1, (groups, -1))
    filters = weight.flatten(1).unflatten(0, (groups, -1))  # (group, filter, channels * kernel)
    y = (filters @ patches).flatten(1, 2)  # (batch, filters, places)
    if bias is not None:
        y = y + bias[:, None]
    return y.unflatten(2, _places(x, size, stride, padding, dilation))


def max_pool2d(x: Tensor, kernel: Pair, *, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """Keep the largest value of every window. Equals `F.max_pool2d`.

    Args:
        x: (batch, channels, height, width).
        stride: the window's own size unless given, so that windows do not overlap.
        padding: rows and columns of minus infinity around the image, at most half a window.

    Returns:
        (batch, channels, rows, columns).
    """
    return _windows(x, kernel, stride, padding, -math.inf).amax(2)


def avg_pool2d(x: Tensor, kernel: Pair, *, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """Average every window, padded zeros included. Equals `F.avg_pool2d`; see `max_pool2d`."""
    return _windows(x, kernel, stride, padding, 0.0).mean(2)


class Window(NamedTuple):
    """What one layer looks through: a convolution's kernel, or a pooling window."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


class Field(NamedTuple):
    """What a unit of some layer sees of the input, along rows or along columns.

    Attributes:
        size: how many pixels: the receptive field.
        jump: pixels between the fields of neighbouring units.
        start: the first pixel that unit 0 sees; negative where that is padding.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def pixels(self, unit: int, image: int) -> range:
        """Return the pixels of an image of that length that the unit sees."""
        first = self.start + unit * self.jump
        return range(max(first, 0), min(first + self.size, image))


def receptive_field(windows: Iterable[Window]) -> Field:
    """Return what a unit sees through these layers, first layer first.

    Every layer adds (kernel - 1) dilation steps, each as long as the jump before it
    (Dumoulin and Visin 2016; Araujo, Norris and Sim 2019).
    """
    size, jump, start = Field()
    for kernel, stride, padding, dilation in windows:
        size += dilation * (kernel - 1) * jump
        start -= padding * jump
        jump *= stride
    return Field(size, jump, start)


def windows_of(net: nn.Module, axis: int = 0) -> list[Window]:
    """Read the windows of a net whose layers run one after the other.

    Args:
        net: convolutions and pooling layers count; element-wise layers and normalization in
            evaluation see one place and are passed over.
        axis: 0 for rows, 1 for columns.

    Raises:
        ValueError: the net contains a layer that sees the whole image.
    """
    windows = []
    for layer in net.modules():
        if isinstance(layer, nn.Linear | nn.Flatten | nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
            raise ValueError(
                f"{type(layer).__name__} sees the whole image: give only the layers before it"
            )
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            numbers = (layer.kernel_size, layer.stride, layer.padding)
            dilation = getattr(layer, "dilation", 1)
            windows.append(Window(*(_pair(number)[axis] for number in (*numbers, dilation))))
    return windows


def measured_field(net: nn.Module, x: Tensor, unit: tuple[int, int]) -> Tensor:
    """Return how much every pixel moves one unit of the net's last feature map.

    The mean absolute gradient, over images and channels: (height, width). Zero is out of sight.

    Args:
        net: gives (batch, channels, rows, columns).
        x: (batch, channels, height, width). Several images, so that a ReLU that happens to be
            closed on one of them hides nothing.
        unit: row and column of the unit; of all its channels.
    """
    x = x.detach().clone().requires_grad_()
    row, column = unit
    here = net(x)[:, :, row, column]  # (batch, channels)
    signs = torch.empty_like(here).bernoulli_(0.5) * 2 - 1  # so that channels do not cancel out
    (gradient,) = torch.autograd.grad((here * signs).sum(), x)
    return gradient.abs().mean((0, 1))


def favourite_patches(
    images: Tensor, maps: Tensor, field: Field, channel: int, count: int, outside: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Cut out what excites one channel most, and no more of it than a unit sees.

    One patch an image, at the place where the channel is largest (Zeiler and Fergus 2014).

    Args:
        images: (example, 1, height, width).
        maps: their feature maps, (example, channel, rows, columns).
        field: what a unit of these maps sees, from `receptive_field`.
        channel: of `maps`.
        count: how many patches, the most exciting first.
        outside: the value beyond the image's border.

    Returns:
        The patches, (count, field.size, field.size), and the images' indices, (count,).
    """
    peaks, places = maps[:, channel].flatten(1).max(1)
    which = peaks.topk(count).indices
    far = field.size
    pages = F.pad(images[which, 0], (far,) * 4, value=outside)
    patches = []
    for page, place in zip(pages, places[which].tolist(), strict=True):
        top, left = (far + field.start + field.jump * unit for unit in divmod(place, maps.shape[3]))
        patches.append(page[top : top + far, left : left + far])
    return torch.stack(patches), which


def _pair(value: Pair) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _places(x: Tensor, kernel, stride: Pair, padding: Pair, dilation: Pair) -> tuple[int, int]:
    """Rows and columns of the output."""
    numbers = zip(x.shape[2:], kernel, _pair(stride), _pair(padding), _pair(dilation), strict=True)
    rows, columns = (
        output_size(size, k, stride=s, padding=p, dilation=d) for size, k, s, p, d in numbers
    )
    return rows, columns


def _padded(x: Tensor, padding: Pair, value: float = 0.0) -> Tensor:
    vertical, horizontal = _pair(padding)
    return F.pad(x, (horizontal, horizontal, vertical, vertical), value=value)


def _windows(x: Tensor, kernel: Pair, stride: Pair | None, padding: Pair, outside: float) -> Tensor:
    """The values of every pooling window: (batch, channels, kernel, rows, columns)."""
    stride = kernel if stride is None else stride
    if any(2 * p > k for p, k in zip(_pair(padding), _pair(kernel), strict=True)):
        raise ValueError(f"padding={padding} is more than half of the window {kernel}")
    rows, columns = _places(x, _pair(kernel), stride, padding, 1)
    patches = unfold(_padded(x, padding, outside), kernel, stride=stride)
    return patches.unflatten(1, (x.shape[1], -1)).unflatten(3, (rows, columns))


def _check(x: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    if x.dim() != 4 or weight.dim() != 4:
        raise ValueError(
            f"x has shape {tuple(x.shape)} and weight {tuple(weight.shape)}; they must be (batch, "
            "channels, height, width) and (filters, channels / groups, height, width). For a "
            "single image use x[None]"
        )
    if groups < 1 or weight.shape[0] % groups or x.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"with groups={groups}, filters of {weight.shape[1]} channels need an input of "
            f"{weight.shape[1] * groups} channels, and a number of filters that {groups} divides; "
            f"there are {x.shape[1]} channels and {weight.shape[0]} filters"
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"bias has shape {tuple(bias.shape)}; it needs one number for each of the "
            f"{weight.shape[0]} filters"
        )
