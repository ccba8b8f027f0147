"""The bundled and generated sets: shapes, ranges, splits that do not move."""

import pytest
import torch

from helpers import seed_everything
from helpers.data import images
from helpers.data.images import NEW_FONTS, TRAINING_FONTS, digits, glyphs


def assert_well_formed(found, train, test, shape):
    for x, y, count in (
        (found.train_x, found.train_y, train),
        (found.test_x, found.test_y, test),
    ):
        assert x.shape == (count, *shape) and x.dtype == torch.float32
        assert x.min() >= 0 and x.max() <= 1
        assert y.shape == (count,) and y.dtype == torch.int64
        assert set(y.unique().tolist()) == set(range(len(found.classes)))


def test_digits():
    found = digits()
    assert_well_formed(found, 1297, 500, (1, 8, 8))
    assert found.train_x.max() == 1 and found.classes == tuple("0123456789")


def test_digits_are_scikit_learns_once_each():
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    found = digits()
    x = torch.cat([found.train_x, found.test_x]).flatten(1) * 16
    y = torch.cat([found.train_y, found.test_y])
    rows = {(*row, label) for row, label in zip(x.tolist(), y.tolist(), strict=True)}
    assert rows == {(*row, label) for row, label in zip(pixels.tolist(), labels, strict=True)}
    assert len(rows) == 1797


def test_the_split_ignores_the_global_seed():
    seed_everything(1)
    first = digits()
    seed_everything(2)
    second = digits()
    assert torch.equal(first.train_x, second.train_x)
    # Written down once: a new permutation would change every number of the book.
    assert first.test_y[:12].tolist() == [0, 9, 6, 9, 8, 4, 5, 8, 1, 6, 3, 0]


def test_loading_draws_no_random_number():
    seed_everything(1)
    expected = torch.rand(3)
    seed_everything(1)
    images._draw.cache_clear()
    digits()
    glyphs(20, 10)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("load", [digits, lambda: glyphs(100, 50)])
def test_standardized_uses_the_training_set_alone(load):
    found = load()
    scaled = found.standardized()
    assert scaled.train_x.mean().item() == pytest.approx(0, abs=1e-5)
    assert scaled.train_x.std(correction=0).item() == pytest.approx(1, rel=1e-5)
    mean, std = found.train_x.mean(), found.train_x.std(correction=0)
    torch.testing.assert_close(scaled.test_x, (found.test_x - mean) / std, rtol=1e-4, atol=1e-5)
    assert torch.equal(scaled.test_y, found.test_y)


def test_standardized_works_channel_by_channel():
    x = torch.rand(50, 3, 4, 4) * torch.tensor([1.0, 0.5, 0.1]).reshape(3, 1, 1)
    y = torch.zeros(50, dtype=torch.int64)
    scaled = images.Images(x, y, x, y, ("only",)).standardized()
    torch.testing.assert_close(scaled.train_x.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(scaled.train_x.std((0, 2, 3), correction=0), torch.ones(3))


def test_glyphs():
    found = glyphs(200, 100)
    assert_well_formed(found, 200, 100, (1, 32, 32))
    assert found.classes == tuple("ABCDEFGHIJ")
    assert found.train_y.bincount().tolist() == [20] * 10
    assert found.train_x.median() > 0.9  # light paper
    assert (found.train_x.flatten(1).min(1).values < 0.3).all()  # dark ink on each


def test_glyphs_are_the_same_every_time_and_safe_to_edit():
    first = glyphs(60, 30)
    kept = first.train_x.clone()
    first.train_x.zero_()
    seed_everything(99)
    assert torch.equal(glyphs(60, 30).train_x, kept)
    images._draw.cache_clear()
    assert torch.equal(glyphs(60, 30).train_x, kept)


def test_fonts_of_the_test_set_are_new():
    assert len(TRAINING_FONTS) == 11 and len(NEW_FONTS) == 6
    assert not set(TRAINING_FONTS) & set(NEW_FONTS)
    new, same = glyphs(60, 30), glyphs(60, 30, new_fonts=False)
    assert torch.equal(new.train_x, same.train_x)
    assert not torch.equal(new.test_x, same.test_x)
    assert not torch.equal(same.test_x, same.train_x[:30])


def test_every_letter_of_every_font_is_drawn_and_differs():
    for font in TRAINING_FONTS + NEW_FONTS:
        letters = images._letters(font)
        assert letters.shape == (10, 1, 64, 64)
        assert (letters.flatten(1).max(1).values > 0.9).all()
        # A font without the letter would draw the same box ten times.
        assert len({letter.numpy().tobytes() for letter in letters}) == 10


def test_letters_are_centred():
    ink = images._letters("DejaVuSans").squeeze(1)
    rows, columns = ink.amax(2) > 0.5, ink.amax(1) > 0.5  # (letter, 64)
    for used in (*rows, *columns):
        places = used.nonzero().squeeze(1)
        assert (places[0] + places[-1]).item() / 2 == pytest.approx(31.5, abs=1.5)
