"""What each paper's block does, measured on tensors."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.models import (
    BasicBlock,
    Bottleneck,
    DenseLayer,
    Inception,
    ResNet,
    googlenet,
    mobilenet_v1,
    one_stage,
    separable,
)
from helpers.models.alexnet import AlexNet, norm
from helpers.models.resnet import gentle_stem
from helpers.models.vgg import VGG, stack


def count(net):
    return sum(each.numel() for each in net.parameters())


# --- AlexNet


def test_local_response_normalization_is_the_papers():
    x = torch.randn(2, 7, 3, 3, dtype=torch.float64)
    want = torch.empty_like(x)
    for i in range(7):  # paper, section 3.3, with n = 5, k = 2, alpha = 1e-4, beta = 0.75
        near = x[:, max(0, i - 2) : i + 3].square().sum(1)
        want[:, i] = x[:, i] / (2 + 1e-4 * near) ** 0.75
    torch.testing.assert_close(norm()(x), want)


def test_the_two_paths_of_alexnet_meet_at_the_third_convolution():
    features = AlexNet(10, image_size=63).eval().features
    x = torch.randn(1, 96, 15, 15)
    changed = x.clone()
    changed[:, :48] += 1  # the first path's half

    def moved(layers):
        return (layers(x) != layers(changed)).any(dim=(0, 2, 3))

    second = moved(features[4])  # conv 2, before anything mixes the channels
    assert second[:128].all()
    assert not second[128:].any()
    third = moved(nn.Sequential(features[4], nn.ReLU(), features[8]))
    assert third.all()


def test_alexnet_for_another_image_size():
    net = AlexNet(5, image_size=63, widths=(8, 8, 8, 8, 8), dense=16).eval()
    assert net(torch.rand(2, 3, 63, 63)).shape == (2, 5)
    with pytest.raises(ValueError, match="too small"):
        AlexNet(5, image_size=40)


# --- VGG


def test_two_three_by_three_see_five_by_five():
    layers = stack(1, 1, 2)[:-1].double()
    for layer in layers[::2]:
        nn.init.ones_(layer.weight)
    x = torch.ones(1, 1, 11, 11, dtype=torch.float64, requires_grad=True)
    layers(x)[0, 0, 5, 5].backward()
    assert (x.grad != 0).sum() == 25


def test_vgg_says_when_an_image_is_too_small():
    with pytest.raises(ValueError, match="at least"):
        VGG((1, 1, 2, 2, 2), image_size=31)


# --- GoogLeNet


def test_inception_concatenates_its_four_paths():
    block = Inception(192, (64, 96, 128, 16, 32, 32))
    assert count(block) == 163_696  # paper, table 1: 159 K weights, and the biases
    x = torch.randn(2, 192, 9, 9)
    y = block(x)
    assert y.shape == (2, 256, 9, 9)
    assert torch.equal(y[:, :64], block.one(x))
    assert torch.equal(y[:, 64:192], block.three(x))
    assert torch.equal(y[:, 192:224], block.five(x))
    assert torch.equal(y[:, 224:], block.pool(x))


def test_auxiliary_heads():
    with torch.device("meta"):
        net = googlenet(7, auxiliary=True)
        x = torch.empty(2, 3, 224, 224)
        assert [tuple(y.shape) for y in net.all_logits(x)] == [(2, 7)] * 3
        assert net(x).shape == (2, 7)
        with pytest.raises(ValueError, match="224x224"):
            net.all_logits(torch.empty(2, 3, 192, 192))
        with pytest.raises(ValueError, match="auxiliary=True"):
            googlenet().all_logits(x)
        assert count(googlenet(auxiliary=True)) == 13_378_280  # as torchvision's, without BN


# --- ResNet


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_block_whose_branch_is_zero_is_the_identity(block):
    layer = block(8 * block.widening, 8)
    nn.init.zeros_(layer.branch[-1][1].weight)
    x = torch.rand(4, 8 * block.widening, 5, 5)
    assert torch.equal(layer(x), x)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@pytest.mark.parametrize(("n_in", "stride"), [(32, 1), (16, 1), (32, 2), (12, 2)])
def test_shapes_of_residual_blocks(block, n_in, stride):
    x = torch.randn(2, n_in, 7, 9)
    y = block(n_in, 8, stride)(x)
    assert y.shape == (2, 8 * block.widening, -(-7 // stride), -(-9 // stride))


def test_without_the_shortcut_only_the_branch_is_left():
    layer = BasicBlock(8, 8, residual=False)
    x = torch.rand(4, 8, 5, 5)
    torch.testing.assert_close(layer(x), layer.branch(x).relu())


def test_the_plain_net_has_the_same_weights():
    assert count(one_stage(14)) == count(one_stage(14, residual=False))


@pytest.mark.parametrize("layers", [4, 8, 38])
def test_one_stage_has_so_many_layers(layers):
    net = one_stage(layers)
    weights = [each for each in net.modules() if isinstance(each, nn.Conv2d | nn.Linear)]
    assert len(weights) == layers
    assert net(torch.rand(2, 1, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("layers", [3, 7, 2])
def test_one_stage_says_which_depths_there_are(layers):
    with pytest.raises(ValueError, match="even"):
        one_stage(layers)


def test_resnet20_of_the_paper():
    net = ResNet(BasicBlock, (3, 3, 3), 10, widths=(16, 32, 64), stem=gentle_stem)
    # Paper, table 6: 0.27 M. Its shortcuts pad with zeros; ours are 1x1 convolutions.
    assert round(count(net) / 1e6, 2) == 0.27
    with pytest.raises(ValueError, match="one of each per stage"):
        ResNet(BasicBlock, (3, 3), 10)


# --- DenseNet


def test_a_dense_layer_keeps_its_input():
    layer = DenseLayer(10, 4)
    x = torch.randn(3, 10, 6, 6)
    y = layer(x)
    assert y.shape == (3, 14, 6, 6)
    assert torch.equal(y[:, :10], x)
    torch.testing.assert_close(y[:, 10:], layer.new(x))


# --- MobileNet


def test_a_separable_convolution_is_one_with_a_product_for_its_weights():
    block = separable(4, 6)
    depthwise, pointwise = block[0][0].weight, block[1][0].weight  # (4, 1, 3, 3), (6, 4, 1, 1)
    x = torch.randn(2, 4, 8, 8)
    both = block[1][0](block[0][0](x))
    torch.testing.assert_close(both, F.conv2d(x, pointwise * depthwise[:, 0], padding=1))
    assert depthwise.numel() + pointwise.numel() == round(6 * 4 * 9 * (1 / 6 + 1 / 9))


@pytest.mark.parametrize(("multiplier", "millions"), [(1.0, 4.2), (0.75, 2.6), (0.5, 1.3)])
def test_the_width_multiplier_gives_the_papers_sizes(multiplier, millions):
    with torch.device("meta"):
        assert round(count(mobilenet_v1(multiplier=multiplier)) / 1e6, 1) == millions


def test_a_multiplier_that_leaves_nothing_is_named():
    with pytest.raises(ValueError, match="no channel"):
        mobilenet_v1(multiplier=0.01)
