"""Small image sets, all in one form.

`digits()` are scikit-learn's, `glyphs()` are drawn: neither needs a network.
"""

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Images:
    """Labelled images, split once and for all.

    Attributes:
        train_x, test_x: (example, channel, height, width), float32 in [0, 1], black is 0.
        train_y, test_y: (example,), int64, an index into `classes`.
        classes: the name of each class.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    classes: tuple[str, ...]

    def standardized(self) -> "Images":
        """Return these images with mean 0 and standard deviation 1 in every channel.

        Both numbers are the training set's, over all its images and pixels; the test set is
        shifted and scaled by the same two.
        """
        std, mean = torch.std_mean(self.train_x, dim=(0, 2, 3), correction=0, keepdim=True)
        return replace(self, train_x=(self.train_x - mean) / std, test_x=(self.test_x - mean) / std)


def digits() -> Images:
    """Return scikit-learn's handwritten digits: 1,297 to train on, 500 to test on.

    Images of (1, 8, 8), white ink on black, pixels of 0 to 16 divided by 16. The split is
    always the same, whatever the seed. For a fully connected net, whose initialization rules
    expect inputs of variance 1: `digits().standardized()` and `nn.Flatten()`.
    """
    # What load_digits reads; but scikit-learn itself takes a second to import.
    package = Path(find_spec("sklearn").origin).parent
    table = numpy.loadtxt(package / "datasets" / "data" / "digits.csv.gz", delimiter=",")
    order = numpy.random.RandomState(0).permutation(len(table))  # its stream never changes
    x = torch.tensor(table[order, :-1] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    y = torch.tensor(table[order, -1], dtype=torch.int64)
    return Images(x[:1297], y[:1297], x[1297:], y[1297:], tuple("0123456789"))


LETTERS = "ABCDEFGHIJ"
TRAINING_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSans-BoldOblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "STIXGeneral",
    "STIXGeneralItalic",
)
NEW_FONTS = ("cmr10", "cmss10", "cmtt10", "cmb10", "DejaVuSansMono-Oblique", "STIXGeneralBolIta")


def glyphs(train: int = 4000, test: int = 2000, *, new_fonts: bool = True) -> Images:
    """Return letters A to J in many fonts: turned, scaled, moved a little, and noisy.

    Images of (1, 32, 32), dark ink on light paper, every class equally often. Always the same
    for the same arguments, whatever the seed.

    Args:
        train: how many training images, in 11 fonts.
        test: how many test images.
        new_fonts: test on 6 fonts that the training set does not have (what did the net learn
            of the letter?), or, if False, on new drawings in the training fonts.
    """
    train_x, train_y = _draw(train, TRAINING_FONTS, seed=1)
    test_x, test_y = _draw(test, NEW_FONTS if new_fonts else TRAINING_FONTS, seed=2)
    copies = (each.clone() for each in (train_x, train_y, test_x, test_y))  # the cache stays
    return Images(*copies, tuple(LETTERS))


@lru_cache(maxsize=4)
def _draw(count: int, fonts: tuple[str, ...], seed: int) -> tuple[Tensor, Tensor]:
    """Draw letters: font, size (1.15 to 1.7), angle (up to 0.35 rad) and place (3 pixels) vary."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.randperm(count, generator=generator) % len(LETTERS)
    font = torch.randint(len(fonts), (count,), generator=generator)
    scale = 1.15 + 0.55 * torch.rand(count, generator=generator)
    angle = 0.35 * (2 * torch.rand(count, generator=generator) - 1)

    shift = 3 / 16 * (2 * torch.rand(count, 2, 1, generator=generator) - 1)  # half an image is 1

    inks = torch.stack([_letters(name) for name in fonts])[font, label]  # (count, 1, 64, 64)
    # From a place in the new image to the one in the drawing: undo shift, then turn and scale.
    cos, sin = angle.cos() / scale, angle.sin() / scale
    turn = torch.stack([cos, -sin, sin, cos], dim=1).reshape(count, 2, 2)
    affine = torch.cat([turn, -turn @ shift], dim=2)  # (count, 2, 3)
    grid = F.affine_grid(affine, [count, 1, 32, 32], align_corners=False)
    ink = F.grid_sample(inks, grid, align_corners=False)  # outside the drawing there is no ink
    noise = 0.08 * torch.randn(ink.shape, generator=generator)
    return (1 - ink + noise).clamp(0, 1), label


@cache
def _letters(font: str) -> Tensor:
    """Draw the ten letters once, centred: (letter, 1, 64, 64), ink 1, paper 0."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    face = ImageFont.truetype(Path(get_data_path(), "fonts", "ttf", f"{font}.ttf"), size=40)
    drawings = []
    for letter in LETTERS:
        page = Image.new("L", (64, 64))
        left, top, right, bottom = face.getbbox(letter)
        corner = (32 - (left + right) / 2, 32 - (top + bottom) / 2)
        ImageDraw.Draw(page).text(corner, letter, fill=255, font=face)
        drawings.append(numpy.asarray(page, dtype=numpy.float32) / 255)
    return torch.from_numpy(numpy.stack(drawings)).unsqueeze(1)
