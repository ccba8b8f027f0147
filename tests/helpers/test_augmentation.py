"""Image augmentations: equal to references, each image its own change, targets that sum to 1."""

from functools import partial

import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from helpers import augmentation as aug
from helpers import seed_everything
from helpers.training import fit


@pytest.fixture
def x():
    seed_everything(0)
    return torch.rand(6, 2, 7, 10, dtype=torch.float64)


def same(value, like):
    return torch.full((len(like),), value, dtype=like.dtype)


def test_affine_equals_scipy(x):
    angle, scale, shear, shift = 0.5, 1.2, -0.3, (1.25, -0.5)
    got = aug.affine(x, same(angle, x), same(scale, x), torch.tensor([shift] * 6), same(shear, x))
    cos, sin = torch.tensor(angle).cos().item(), torch.tensor(angle).sin().item()
    turn = torch.tensor([[cos, sin], [-sin, cos]], dtype=x.dtype)
    slant = torch.tensor([[1, -shear], [0, 1]], dtype=x.dtype)
    back = torch.linalg.inv(scale * turn @ slant).flip(0, 1)  # rows and columns, not x and y
    middle = torch.tensor([3.0, 4.5], dtype=x.dtype)
    moved = torch.tensor([shift[1], shift[0]], dtype=x.dtype)
    offset = (middle - back @ (middle + moved)).numpy()
    for image, ours in zip(x.flatten(0, 1), got.flatten(0, 1), strict=True):
        theirs = ndimage.affine_transform(
            image.numpy(), back.numpy(), offset, order=1, mode="grid-constant"
        )
        torch.testing.assert_close(ours, torch.from_numpy(theirs), rtol=0, atol=1e-6)


def test_affine_quarter_turn_shift_and_identity(x):
    square = x[..., :7]
    torch.testing.assert_close(aug.affine(square, torch.pi / 2), square.rot90(1, (2, 3)))
    torch.testing.assert_close(aug.affine(x), x)
    torch.testing.assert_close(aug.affine(x, shift=(2, 1))[..., 1:, 2:], x[..., :-1, :-2])
    assert aug.affine(x, shift=(2, 1))[..., :2].eq(0).all()


def test_affine_passes_gradients(x):
    x.requires_grad_()
    aug.affine(x, 0.3).sum().backward()
    assert x.grad.abs().sum() > 0


def test_random_affine_differs_by_image_and_stays_in_range():
    seed_everything(1)
    spot = torch.zeros(200, 1, 21, 21)
    spot[:, 0, 10, 10] = 1
    moved = aug.random_affine(spot, shift=0.2)
    place = torch.arange(21.0)
    rows = (moved.sum((1, 3)) * place).sum(1) / moved.sum((1, 2, 3)) - 10
    assert rows.abs().max() <= 4.2 + 1e-3 and rows.std() > 1.5 and rows.unique().numel() > 100


def test_flip_is_a_mirror_with_its_probability(x):
    assert torch.equal(aug.flip(x, p=1.0), x.flip(3))
    assert torch.equal(aug.flip(x, "vertical", p=1.0), x.flip(2))
    assert torch.equal(aug.flip(x, p=0.0), x)
    many = torch.arange(2.0).expand(1000, 1, 1, 2)
    share = (aug.flip(many, p=0.3)[:, 0, 0, 0] == 1).float().mean()
    assert 0.25 < share < 0.35


def test_random_crop_is_a_window_of_the_padded_image(x):
    seed_everything(2)
    cropped = aug.random_crop(x, 2, fill=7.0)
    padded = F.pad(x, (2,) * 4, value=7.0)
    corners = set()
    for image, frame in zip(cropped, padded, strict=True):
        found = [
            (r, c)
            for r in range(5)
            for c in range(5)
            if torch.equal(image, frame[:, r : r + 7, c : c + 10])
        ]
        assert len(found) == 1
        corners |= set(found)
    assert len(corners) > 2


def test_jitter_changes_mean_and_spread_within_bounds():
    seed_everything(3)
    x = torch.rand(300, 1, 8, 8)
    y = aug.jitter(x, brightness=0.2, contrast=0.5)
    shift = y.mean((1, 2, 3)) - x.mean((1, 2, 3))
    factor = y.std((1, 2, 3)) / x.std((1, 2, 3))
    assert shift.abs().max() <= 0.2001 and shift.std() > 0.08
    assert 0.499 <= factor.min() < 0.6 and 1.4 < factor.max() <= 1.501


def test_erase_paints_one_rectangle_of_the_share():
    seed_everything(4)
    painted = aug.erase(torch.ones(400, 2, 20, 20), share=0.25, p=0.5) == 0
    assert torch.equal(painted[:, 0], painted[:, 1])
    area = painted[:, 0].float().mean((1, 2))
    assert 0.4 < (area > 0).float().mean() < 0.6 and 0.2 < area.max() <= 0.31


@pytest.mark.parametrize("mix", [aug.mixup, aug.cutmix])
def test_mixing_gives_soft_targets_that_sum_to_one(mix, x):
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    before = x.clone()
    new_x, new_y = mix(x, y, 4)
    assert torch.equal(x, before) and new_x.shape == x.shape and new_x.dtype == x.dtype
    assert new_y.shape == (6, 4) and new_y[:, 3].eq(0).all()
    torch.testing.assert_close(new_y.sum(1), torch.ones(6))
    again = mix(new_x, new_y, 4)[1]  # soft targets can be mixed again
    torch.testing.assert_close(again.sum(1), torch.ones(6))


@pytest.mark.parametrize("mix", [aug.mixup, aug.cutmix])
def test_targets_say_what_the_images_hold(mix):
    """An image of class k is k everywhere, so the mixed image's mean is the target's mean."""
    seed_everything(5)
    y = torch.arange(8)
    x = y.float().view(8, 1, 1, 1).expand(8, 1, 16, 16)
    new_x, new_y = mix(x, y, 8)
    torch.testing.assert_close(new_x.mean((1, 2, 3)), new_y @ torch.arange(8.0))
    assert (new_y.max(1).values < 0.999).any()


def test_fit_takes_an_augmentation():
    seed_everything(6)
    x, y = torch.rand(32, 1, 8, 8), torch.arange(32) % 4
    for prepare in (aug.on_inputs(aug.flip, aug.erase), partial(aug.mixup, classes=4)):
        net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        history = fit(net, (x, y), F.cross_entropy, optimizer, steps=2, prepare=prepare)
        assert len(history.losses) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: aug.flip(torch.zeros(3, 4)), "batch, channel, height, width"),
        (lambda: aug.flip(torch.zeros(1, 1, 2, 2), "diagonal"), "horizontal"),
        (lambda: aug.flip(torch.zeros(1, 1, 2, 2), p=2), "probability"),
        (lambda: aug.random_affine(torch.zeros(1, 1, 2, 2), scale=(2, 1)), "smallest"),
        (lambda: aug.mixup(torch.zeros(2, 3), torch.tensor([0, 5]), 4), "under 4"),
        (lambda: aug.mixup(torch.zeros(2, 3), torch.tensor([0, 1]), 4, alpha=0), "alpha"),
    ],
)
def test_bad_input_says_what_to_do(call, words):
    with pytest.raises(ValueError, match=words):
        call()
