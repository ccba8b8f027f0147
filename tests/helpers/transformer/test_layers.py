"""Each layer equals PyTorch's, values and gradients; the ablations do what they say."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from helpers.masks import padding_mask
from helpers.transformer import (
    Config,
    DecoderLayer,
    EncoderLayer,
    MultiHeadAttention,
)

from .equal import (
    BATCH,
    HEADS,
    INNER,
    KINDS,
    REAL,
    SOURCE,
    STYLES,
    TIME,
    WIDTH,
    assert_equal,
    draw,
    masks,
    same_start,
)


@KINDS
@pytest.mark.parametrize(("pre_norm", "activation"), STYLES)
def test_encoder_layer_equals_torch(kind, pre_norm, activation):
    torch.manual_seed(0)
    config = Config(WIDTH, HEADS, INNER, activation=activation, pre_norm=pre_norm)
    ours, torchs = same_start(
        EncoderLayer(config),
        nn.TransformerEncoderLayer(
            WIDTH, HEADS, INNER, 0.0, activation, batch_first=True, norm_first=pre_norm
        ),
    )
    mask, theirs = masks(kind, SOURCE)
    assert_equal(
        ours,
        torchs,
        lambda x: ours(x, mask),
        lambda x: torchs(
            x, src_mask=theirs.get("mask"), src_key_padding_mask=theirs.get("padding")
        ),
        draw(BATCH, SOURCE, WIDTH),
    )


@KINDS
@pytest.mark.parametrize(("pre_norm", "activation"), STYLES)
def test_decoder_layer_equals_torch(kind, pre_norm, activation):
    torch.manual_seed(0)
    config = Config(WIDTH, HEADS, INNER, activation=activation, pre_norm=pre_norm)
    ours, torchs = same_start(
        DecoderLayer(config),
        nn.TransformerDecoderLayer(
            WIDTH, HEADS, INNER, 0.0, activation, batch_first=True, norm_first=pre_norm
        ),
    )
    mask, theirs = masks(kind, TIME)
    padding = None if kind in ("none", "causal") else REAL == 0  # of the memory
    assert_equal(
        ours,
        torchs,
        lambda x, m: ours(
            x, m, mask, None if padding is None else padding_mask(REAL), causal=False
        ),
        lambda x, m: torchs(
            x,
            m,
            tgt_mask=theirs.get("mask"),
            tgt_key_padding_mask=theirs.get("padding"),
            memory_key_padding_mask=padding,
        ),
        draw(BATCH, TIME, WIDTH),
        draw(BATCH, SOURCE, WIDTH),
    )


def test_the_ablations_do_what_they_say():
    torch.manual_seed(0)
    x, plain = draw(BATCH, TIME, WIDTH), Config(WIDTH, HEADS)
    without = EncoderLayer(replace(plain, inner=0, norm="none", residual=False)).double()
    torch.testing.assert_close(without(x), without.self_attention(x))
    assert without.feed_forward is None
    layer = EncoderLayer(replace(plain, norm="none", pre_norm=True)).double()
    for out in (layer.self_attention.out, layer.feed_forward.linear2):
        nn.init.zeros_(out.weight), nn.init.zeros_(out.bias)
    torch.testing.assert_close(layer(x), x)  # the residual stream alone
    half, whole = MultiHeadAttention(WIDTH, HEADS, scale=0.5), MultiHeadAttention(WIDTH, HEADS)
    whole.load_state_dict(half.state_dict())
    assert (half.double()(x) - whole.double()(x)).abs().max() < 1e-12  # 1 / sqrt(4) is 0.5


def test_dropout_is_off_in_evaluation_and_unbiased_in_training():
    torch.manual_seed(0)
    layer = EncoderLayer(Config(WIDTH, HEADS, dropout=0.3, norm="none", pre_norm=True))
    x = torch.randn(1, 1, WIDTH).expand(20_000, 1, WIDTH)
    attend = layer.self_attention
    for recording in (False, True):
        attend.recording = recording
        layer.train()
        one, many = attend(x[:1]), attend(x)
        assert many.std(0).max() > 0.01  # the one weight, 1, is dropped or scaled up
        layer.eval()
        assert torch.equal(attend(x[:1]), attend(x[:1]))
        torch.testing.assert_close(many.mean(0), attend(x[:1])[0], rtol=0, atol=0.03)
        assert one.shape == (1, 1, WIDTH)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Config(4, 2, activation="tanh"), "choose from relu, gelu"),
        (lambda: Config(4, 2, norm="batch"), "choose from layer, rms, none"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
