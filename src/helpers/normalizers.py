"""Normalization layers from scratch: one operation, four choices of axes.

Each layer subtracts a mean and divides by a standard deviation, then multiplies by a learned
`weight` (gamma) and adds a learned `bias` (beta). They differ in what the two statistics are
taken over, for x of shape (batch, channels, *space):

    batch     batch and space, for each channel        Ioffe and Szegedy 2015
    layer     channels (and space), for each example   Ba, Kiros and Hinton 2016
    instance  space, for each example and channel      Ulyanov, Vedaldi and Lempitsky 2016
    group     space and the channels of a group        Wu and He 2018

Parameters and buffers carry PyTorch's names, so a `state_dict` of one fits the other.

Chapter: `normalization`.
"""

import torch
from torch import Tensor, nn


def normalize(
    x: Tensor,
    axes: tuple[int, ...],
    eps: float = 1e-5,
) -> tuple[Tensor, Tensor, Tensor]:
    """Shift and scale `x` to mean 0 and variance 1 over `axes`.

    Args:
        x: any shape.
        axes: the axes that the statistics are taken over.
        eps: added to the variance, so that a constant does not divide by 0.

    Returns:
        The normalized x, its mean, and its biased variance (divided by the
        number of values); the last two keep their axes, with size 1.
    """
    mean = x.mean(axes, keepdim=True)
    variance = (x - mean).square().mean(axes, keepdim=True)
    return (x - mean) / (variance + eps).sqrt(), mean, variance


def normalize_backward(
    grad: Tensor,
    x: Tensor,
    axes: tuple[int, ...],
    eps: float = 1e-5,
) -> Tensor:
    """Send a gradient back through `normalize`, by hand.

    The mean and the variance depend on x too. What is left of the gradient has
    no part along a constant, and hardly one (for eps = 0: none) along the
    normalized x (Ioffe and Szegedy 2015, section 3).

    Args:
        grad: of the loss with respect to the normalized x, of the shape of x.
        x, axes, eps: as `normalize` was given them.

    Returns:
        The gradient with respect to x.
    """
    normalized, _, variance = normalize(x, axes, eps)
    along_constant = grad.mean(axes, keepdim=True)
    along_x = normalized * (grad * normalized).mean(axes, keepdim=True)
    return (grad - along_constant - along_x) / (variance + eps).sqrt()


class BatchNorm(nn.Module):
    """Normalize each channel over the batch (and space).

    In evaluation it uses running statistics. Equals `nn.BatchNorm1d` for x of
    (batch, channels) or (batch, channels, length), and `nn.BatchNorm2d` for
    (batch, channels, height, width).

    Args:
        channels: how many features or channels x has.
        eps: added to the variance.
        momentum: share of the newest batch in the running statistics.
    """

    def __init__(
        self,
        channels: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
    ) -> None:
        """Start from gamma 1, beta 0, running mean 0 and running variance 1."""
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))  # gamma
        self.bias = nn.Parameter(torch.zeros(channels))  # beta
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("num_batches_tracked", torch.tensor(0))

    def forward(self, x: Tensor) -> Tensor:
        """Return y of the shape of x, (batch, channels, *space).

        Raises:
            ValueError: x has other channels, or, in training, only one value
                per channel.
        """
        _check_channels(self, x, len(self.weight))
        axes = (0, *range(2, x.ndim))
        if self.training:
            count = x.numel() // x.shape[1]  # values per channel: the m of the paper
            if count < 2:
                raise ValueError(
                    "batch normalization cannot train on one value per channel: "
                    "its variance is 0. Use a batch of 2 or more, or call "
                    ".eval() first"
                )
            normalized, mean, variance = normalize(x, axes, self.eps)
            unbiased = variance * count / (count - 1)
            self._remember(mean.flatten(), unbiased.flatten())
        else:
            mean = _by_channel(self.running_mean, x)
            variance = _by_channel(self.running_var, x)
            normalized = (x - mean) / (variance + self.eps).sqrt()
        gamma, beta = _by_channel(self.weight, x), _by_channel(self.bias, x)
        return gamma * normalized + beta

    @torch.no_grad()
    def _remember(self, mean: Tensor, unbiased_variance: Tensor) -> None:
        """Move the running statistics a little towards this batch's."""
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(unbiased_variance, self.momentum)
        self.num_batches_tracked += 1


class LayerNorm(nn.Module):
    """Normalize each example over its last axes; the same in training and in evaluation.

    Equals `nn.LayerNorm`.

    Args:
        shape: size of the last axis, or sizes of the last axes, of x of (..., *shape).
        eps: added to the variance.
    """

    def __init__(self, shape: int | tuple[int, ...], eps: float = 1e-5) -> None:
        """Start from gamma 1 and beta 0."""
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(shape))
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        """Return y of the shape of x, (..., *shape).

        Raises:
            ValueError: the last axes of x have other sizes.
        """
        shape = self.weight.shape
        if x.shape[-len(shape) :] != shape:
            raise ValueError(
                f"this LayerNorm normalizes the last axes {tuple(shape)}; x has {tuple(x.shape)}"
            )
        normalized, _, _ = normalize(x, tuple(range(-len(shape), 0)), self.eps)
        return self.weight * normalized + self.bias


class GroupNorm(nn.Module):
    """Normalize each example over groups of channels and space; the same in both modes.

    Equals `nn.GroupNorm`. One group is layer normalization over channels and space; one group per
    channel is instance normalization.

    Args:
        groups: how many groups the channels are split into, in order.
        channels: how many channels x has, divisible by `groups`.
        eps: added to the variance.

    Raises:
        ValueError: the channels do not divide into so many groups.
    """

    def __init__(self, groups: int, channels: int, eps: float = 1e-5) -> None:
        """Start from gamma 1 and beta 0, one of each per channel."""
        super().__init__()
        if groups < 1 or channels % groups:
            raise ValueError(f"{channels} channels do not divide into {groups} equal groups")
        self.groups, self.eps = groups, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return y of the shape of x, (batch, channels, *space).

        Raises:
            ValueError: x has other channels.
        """
        _check_channels(self, x, len(self.weight))
        split = x.reshape(len(x), self.groups, -1)  # (batch, groups, values)
        normalized = normalize(split, (2,), self.eps)[0].reshape(x.shape)
        return _by_channel(self.weight, x) * normalized + _by_channel(self.bias, x)


class InstanceNorm(nn.Module):
    """Normalize each channel of each example over space; no learned numbers, no memory.

    Equals `nn.InstanceNorm1d` and `nn.InstanceNorm2d` with their default arguments.

    Args:
        channels: how many channels x has.
        eps: added to the variance.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        """Remember the number of channels, to check x against."""
        super().__init__()
        self.channels, self.eps = channels, eps

    def forward(self, x: Tensor) -> Tensor:
        """Return y of the shape of x, (batch, channels, *space).

        Raises:
            ValueError: x has other channels, or at most one value per channel.
        """
        _check_channels(self, x, self.channels)
        if x[0, 0].numel() < 2:
            raise ValueError(
                f"instance normalization needs 2 or more values in space; x has {tuple(x.shape)}"
            )
        return normalize(x, tuple(range(2, x.ndim)), self.eps)[0]


def _by_channel(values: Tensor, x: Tensor) -> Tensor:
    """Give `values`, (channels,), axes of size 1, so that they meet axis 1 of x."""
    return values.reshape(1, -1, *[1] * (x.ndim - 2))


def _check_channels(layer: nn.Module, x: Tensor, channels: int) -> None:
    if x.ndim < 2 or x.shape[1] != channels:
        raise ValueError(
            f"{type(layer).__name__} of {channels} channels needs x of (batch, {channels}, ...), "
            f"not {tuple(x.shape)}"
        )
