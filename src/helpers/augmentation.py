"""Random changes of image batches, made inside the training loop, on the batch's own device.

    crop_and_turn = on_inputs(lambda x: random_affine(x, degrees=10, shift=0.1), erase)
    fit(net, data, F.cross_entropy, optimizer, epochs=3, prepare=crop_and_turn)
    fit(net, data, F.cross_entropy, optimizer, epochs=3, prepare=partial(mixup, classes=10))

Images are (batch, channel, height, width). Every example gets its own random change; nothing is
changed in place. The random numbers are those of `seed_everything`.

Chapter: `data-augmentation`.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = [
    "affine",
    "cutmix",
    "erase",
    "flip",
    "jitter",
    "mixup",
    "on_inputs",
    "random_affine",
    "random_crop",
    "soft_targets",
]


def on_inputs(*changes: Callable[[Tensor], Tensor]) -> Callable[[Tensor, Tensor], tuple]:
    """Return a `prepare` for `fit` that sends the inputs through `changes`, and keeps the targets.

    To keep the targets is a promise about the data: no change may turn one class into another.
    """

    def prepare(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        for change in changes:
            x = change(x)
        return x, y

    return prepare


def flip(x: Tensor, axis: str = "horizontal", p: float = 0.5) -> Tensor:
    """Mirror each image with probability `p`.

    Args:
        x: (batch, channel, height, width).
        axis: "horizontal" swaps left and right, "vertical" top and bottom.
    """
    _check(x)
    if axis not in ("horizontal", "vertical"):
        raise ValueError(f"axis={axis!r}: use 'horizontal' (left-right) or 'vertical' (top-bottom)")
    chosen = _chance(x, p)
    return torch.where(chosen, x.flip(-1 if axis == "horizontal" else -2), x)


def affine(
    x: Tensor,
    angle: Tensor | float = 0.0,
    scale: Tensor | float = 1.0,
    shift: Tensor | tuple[float, float] = (0.0, 0.0),
    shear: Tensor | float = 0.0,
) -> Tensor:
    """Shear, scale and turn each image about its centre, then shift it; outside it is 0.

    The value at a new pixel is read at the place it came from, between four old pixels
    (bilinear), so the map is inverted: p_old = A^-1 (p_new - shift).

    Args:
        x: (batch, channel, height, width).
        angle: radians, (batch,) or a number; positive turns counter-clockwise as seen.
        scale: above 1 enlarges, (batch,) or a number.
        shift: pixels right and down, (batch, 2) or a pair.
        shear: pixels to the right for each pixel up, (batch,) or a number.
    """
    batch, _, height, width = _check(x)
    angle, scale, shear = (_each(v, x).expand(batch) for v in (angle, scale, shear))
    shift = _each(shift, x).expand(batch, 2)
    cos, sin, zero, one = angle.cos(), angle.sin(), angle * 0, angle * 0 + 1
    # In pixels, x to the right and y down: rows of A.
    turn = torch.stack([cos, sin, -sin, cos], dim=-1).view(batch, 2, 2)
    slant = torch.stack([one, -shear, zero, one], dim=-1).view(batch, 2, 2)
    back = torch.linalg.inv(scale.view(-1, 1, 1) * turn @ slant)  # (batch, 2, 2)
    old = torch.cat([back, -back @ shift.unsqueeze(-1)], dim=2)  # (batch, 2, 3)
    # grid_sample counts in half images, not in pixels.
    half = x.new_tensor([width / 2, height / 2])
    old = old * torch.cat([half, half.new_ones(1)]) / half.view(2, 1)
    grid = F.affine_grid(old, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


def random_affine(
    x: Tensor,
    degrees: float = 0.0,
    scale: tuple[float, float] = (1.0, 1.0),
    shift: float = 0.0,
    shear: float = 0.0,
) -> Tensor:
    """Apply `affine` with random numbers, uniform and of its own for each image.

    Args:
        x: (batch, channel, height, width).
        degrees: turn by up to so many degrees, either way.
        scale: smallest and largest.
        shift: move by up to this share of the image's side, in both directions.
        shear: slant by up to this much.
    """
    batch, _, height, width = _check(x)
    if not 0 < scale[0] <= scale[1]:
        raise ValueError(f"scale={scale}: give the smallest, above 0, and then the largest")

    def between(low, high, *shape):
        return low + (high - low) * torch.rand(batch, *shape, device=x.device, dtype=x.dtype)

    angle = torch.deg2rad(between(-degrees, degrees))
    pixels = between(-shift, shift, 2) * x.new_tensor([width, height])
    return affine(x, angle, between(*scale), pixels, between(-shear, shear))


def random_crop(x: Tensor, padding: int, fill: float = 0.0) -> Tensor:
    """Pad each image on all sides and cut out a window of the old size, at a random place.

    Args:
        x: (batch, channel, height, width).
        padding: pixels on each side; the image moves by up to as many.
        fill: the value of the padding.
    """
    batch, _, height, width = _check(x)
    padded = F.pad(x, (padding,) * 4, value=fill)
    corner = torch.randint(0, 2 * padding + 1, (2, batch, 1), device=x.device)
    rows = corner[0] + torch.arange(height, device=x.device)  # (batch, height)
    columns = corner[1] + torch.arange(width, device=x.device)  # (batch, width)
    image = torch.arange(batch, device=x.device).view(-1, 1, 1)
    # The three indices broadcast to (batch, height, width); the channels come last.
    return padded[image, :, rows.unsqueeze(2), columns.unsqueeze(1)].permute(0, 3, 1, 2)


def jitter(x: Tensor, brightness: float = 0.0, contrast: float = 0.0) -> Tensor:
    """Change brightness and contrast of each image: x -> a (x - mean) + mean + b.

    Args:
        x: (batch, channel, height, width), in [0, 1] or standardized; nothing is clipped.
        brightness: |b| is at most this.
        contrast: a lies between 1 - contrast and 1 + contrast.
    """
    _check(x)
    low, high = x.new_tensor(-1.0), x.new_tensor(1.0)
    a, b = (low + (high - low) * torch.rand(2, len(x), 1, 1, 1, device=x.device)).to(x.dtype)
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (1 + contrast * a) * (x - mean) + mean + brightness * b


def erase(x: Tensor, share: float = 0.2, p: float = 0.5, fill: float = 0.0) -> Tensor:
    """Paint over a rectangle of each image, with probability `p` (Zhong et al. 2020; Cutout).

    Args:
        x: (batch, channel, height, width).
        share: of the area that the rectangle covers, before the border cuts it.
        fill: the value painted.
    """
    box = _boxes(x, torch.full((len(x),), share, device=x.device))
    return x.masked_fill(box & _chance(x, p), fill)


def soft_targets(y: Tensor, classes: int) -> Tensor:
    """Return targets as probabilities, (batch, classes): class indices become rows of 0 and one 1.

    What is already (batch, classes) is returned as it is.
    """
    if y.is_floating_point() and y.shape[1:] == (classes,):
        return y
    if y.dim() != 1 or y.is_floating_point() or (len(y) and int(y.max()) >= classes):
        raise ValueError(
            f"targets of shape {tuple(y.shape)}, {y.dtype}: need class indices under {classes}, "
            f"or probabilities of shape (batch, {classes})"
        )
    return F.one_hot(y, classes).float()


def mixup(x: Tensor, y: Tensor, classes: int, alpha: float = 0.4) -> tuple[Tensor, Tensor]:
    """Blend each example with another one of its batch, targets included (Zhang et al. 2018).

    x' = k x_i + (1 - k) x_j and y' = k y_i + (1 - k) y_j, with k from Beta(alpha, alpha).

    Args:
        x: (batch, ...).
        y: (batch,) class indices, or (batch, classes) probabilities.

    Returns:
        (batch, ...) and (batch, classes), whose rows sum to 1.
    """
    y = soft_targets(y, classes)
    keep = _beta(alpha, x)
    other = torch.randperm(len(x), device=x.device)
    blend = keep.view(-1, *[1] * (x.dim() - 1)).to(x.dtype)
    keep = keep.view(-1, 1)
    return blend * x + (1 - blend) * x[other], keep * y + (1 - keep) * y[other]


def cutmix(x: Tensor, y: Tensor, classes: int, alpha: float = 1.0) -> tuple[Tensor, Tensor]:
    """Paste a rectangle of another image of the batch into each one (Yun et al. 2019).

    Targets are mixed by area: the share of pixels that each image really kept.

    Args:
        x: (batch, channel, height, width).
        y: (batch,) class indices, or (batch, classes) probabilities.

    Returns:
        images, and targets of (batch, classes), whose rows sum to 1.
    """
    y = soft_targets(y, classes)
    box = _boxes(x, 1 - _beta(alpha, x))
    other = torch.randperm(len(x), device=x.device)
    keep = 1 - box.float().mean(dim=(1, 2, 3)).view(-1, 1)  # the border may have cut the box
    return torch.where(box, x[other], x), keep * y + (1 - keep) * y[other]


def _boxes(x: Tensor, share: Tensor) -> Tensor:
    """A rectangle of the image's proportions at a random centre: (batch, 1, height, width)."""
    batch, _, height, width = _check(x)
    side = share.clamp(0, 1).sqrt()
    inside = []
    for length in (height, width):
        half = (side * length).round() / 2
        centre = torch.rand(batch, device=x.device) * length
        place = torch.arange(length, device=x.device) + 0.5
        inside.append((place - centre.view(-1, 1)).abs() <= half.view(-1, 1))
    rows, columns = inside
    return (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1)


def _beta(alpha: float, x: Tensor) -> Tensor:
    """One draw of Beta(alpha, alpha) for each example, (batch,)."""
    if alpha <= 0:
        raise ValueError(f"alpha={alpha} must be above 0: near 0 hardly mixes, 1 is uniform")
    both = torch.full((len(x),), float(alpha), device=x.device)
    return torch.distributions.Beta(both, both).sample()


def _chance(x: Tensor, p: float) -> Tensor:
    """True with probability `p`, for each image: (batch, 1, 1, 1)."""
    if not 0 <= p <= 1:
        raise ValueError(f"p={p} is a probability: from 0 to 1")
    return torch.rand(len(x), 1, 1, 1, device=x.device) < p


def _each(value: Tensor | float | tuple, x: Tensor) -> Tensor:
    return torch.as_tensor(value, dtype=x.dtype, device=x.device)


def _check(x: Tensor) -> torch.Size:
    if x.dim() != 4 or not x.is_floating_point():
        raise ValueError(
            f"images of shape {tuple(x.shape)}, {x.dtype}: augmentation needs floating-point "
            "images of shape (batch, channel, height, width)"
        )
    return x.shape
