"""What every model file needs and no paper is about: checks of the input, a first draw."""

from torch import Tensor, nn

from helpers.initializers import he_normal_


def check_classes(num_classes: int) -> int:
    """Return `num_classes`; raise ValueError unless it is a whole number of at least 1."""
    if type(num_classes) is not int or num_classes < 1:
        raise ValueError(f"num_classes={num_classes!r} must be a whole number of at least 1")
    return num_classes


def check_images(
    x: Tensor, channels: int, *, smallest: int = 1, exactly: int | None = None
) -> None:
    """Raise an error that says what to do unless `x` is a batch of images that a net can take.

    Args:
        x: should be (batch, channels, height, width), floating point.
        smallest: pixels that each side must have at least.
        exactly: pixels that each side must have, for a net whose dense layers fix the size.

    Raises:
        ValueError: another shape.
        TypeError: whole numbers, such as the bytes of an image file.
    """
    shape = tuple(x.shape)
    wanted = f"(batch, {channels}, height, width)"
    if x.ndim == 3:
        raise ValueError(f"one image of shape {shape}: a net takes batches {wanted}, try x[None]")
    if x.ndim != 4 or x.shape[1] != channels:
        raise ValueError(f"images of shape {shape}: this net takes {wanted}")
    if exactly is not None and shape[2:] != (exactly, exactly):
        raise ValueError(
            f"images of {shape[2]}x{shape[3]} pixels: this net's dense layers were built for "
            f"{exactly}x{exactly}. Resize the images, or build the net with another image_size"
        )
    if min(shape[2:]) < smallest:
        raise ValueError(
            f"images of {shape[2]}x{shape[3]} pixels: this net halves them until nothing is left; "
            f"it needs {smallest}x{smallest} at least. Enlarge them, or take one of the small nets"
        )
    if not x.is_floating_point():
        raise TypeError(f"images of {x.dtype}: a net takes floats, try x.float() / 255")


def draw_he(model: nn.Module) -> None:
    """Draw every convolution's and linear layer's weights by He's rule (2015); biases are zero.

    The early papers drew otherwise (AlexNet: N(0, 0.01²)). One rule for all nets keeps a
    comparison of their architectures from being one of their starts.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            he_normal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
