"""Attention equals PyTorch's, written out and on the fast path, values and gradients."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.masks import padding_mask
from helpers.transformer import (
    MultiHeadAttention,
    attention_maps,
    scaled_dot_product,
)

from .equal import (
    BATCH,
    HEADS,
    KINDS,
    REAL,
    SOURCE,
    TIME,
    WIDTH,
    assert_equal,
    draw,
    masks,
    same_start,
)


@KINDS
@pytest.mark.parametrize("bias", [True, False])
def test_self_attention_equals_torch(kind, bias):
    torch.manual_seed(0)
    ours, torchs = same_start(
        MultiHeadAttention(WIDTH, HEADS, bias=bias),
        nn.MultiheadAttention(WIDTH, HEADS, bias=bias, batch_first=True),
    )
    mask, theirs = masks(kind, SOURCE)
    assert_equal(
        ours,
        torchs,
        lambda x: ours(x, mask=mask),
        lambda x: torchs(
            x, x, x, attn_mask=theirs.get("mask"), key_padding_mask=theirs.get("padding")
        )[0],
        draw(BATCH, SOURCE, WIDTH),
    )


def test_attention_to_a_memory_and_its_weights_equal_torch():
    torch.manual_seed(0)
    ours, torchs = same_start(
        MultiHeadAttention(WIDTH, HEADS), nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
    )
    x, memory = draw(BATCH, TIME, WIDTH), draw(BATCH, SOURCE, WIDTH)
    assert_equal(
        ours,
        torchs,
        lambda x, m: ours(x, m, mask=padding_mask(REAL)),
        lambda x, m: torchs(x, m, m, key_padding_mask=REAL == 0)[0],
        x,
        memory,
    )
    with attention_maps(ours) as maps:
        ours(x, memory, mask=padding_mask(REAL))
    wanted = torchs(x, memory, memory, key_padding_mask=REAL == 0, average_attn_weights=False)[1]
    torch.testing.assert_close(maps[""], wanted, rtol=0, atol=1e-12)
    assert maps[""].shape == (BATCH, HEADS, TIME, SOURCE)
    assert ours.weights is None and not ours.recording


@KINDS
@pytest.mark.parametrize("biased", [False, True])
def test_the_fast_path_equals_the_written_out_one(kind, biased):
    torch.manual_seed(0)
    attention = MultiHeadAttention(WIDTH, HEADS, scale=0.7).double()
    x, causal = draw(BATCH, SOURCE, WIDTH), kind in ("causal", "both")
    mask = padding_mask(REAL) if kind in ("padding", "both") else None
    bias = draw(1, HEADS, SOURCE, SOURCE) if biased else None

    def run():
        inputs = x.clone().requires_grad_()
        y = attention(inputs, mask=mask, causal=causal, bias=bias)
        return y, torch.autograd.grad(y.square().sum(), [inputs, *attention.parameters()])

    fast = run()
    with attention_maps(attention) as maps:
        torch.testing.assert_close(run(), fast, rtol=0, atol=1e-12)
    if causal:
        assert (maps[""].triu(1) == 0).all()


def test_written_out_attention_equals_torch_function():
    q, k, v = draw(2, 3, 5, 4), draw(2, 3, 7, 4), draw(2, 3, 7, 6)
    output, weights = scaled_dot_product(q, k, v)
    torch.testing.assert_close(output, F.scaled_dot_product_attention(q, k, v))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5, dtype=torch.float64))


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_whoever_may_look_at_nothing_gets_zeros_and_finite_gradients(dtype, biased, recording):
    torch.manual_seed(0)
    attention = MultiHeadAttention(WIDTH, HEADS, bias=False).to(dtype)
    attention.recording = recording
    x = draw(2, 4, WIDTH).to(dtype).requires_grad_()
    bias = draw(1, HEADS, 4, 4) if biased else None
    mask = torch.ones(2, 1, 4, 4, dtype=torch.bool)
    mask[0, :, 1] = False
    y = attention(x, mask=mask, bias=bias)
    assert y.dtype == dtype and (y[0, 1] == 0).all() and (y[0, 0] != 0).any()
    y.sum().backward()
    assert x.grad.isfinite().all()
    for p in attention.parameters():
        assert p.grad.isfinite().all() and p.grad.abs().max() > 0


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_a_mask_of_numbers_is_refused(dtype, recording):
    """The fast path would add it: 0 and 1 would hide nothing, without a word."""
    attention = MultiHeadAttention(WIDTH, HEADS)
    attention.recording = recording
    with pytest.raises(TypeError, match="give bool, True where looking is allowed"):
        attention(torch.zeros(1, 4, WIDTH), mask=torch.ones(4, 4, dtype=dtype))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MultiHeadAttention(10, 3), "10 does not divide into 3"),
        (lambda: MultiHeadAttention(4, 2)(torch.zeros(3, 4)), r"needs \(batch, time, 4\)"),
        (lambda: MultiHeadAttention(4, 2)(torch.zeros(1, 3, 5)), r"not \(1, 3, 5\)"),
        (
            lambda: MultiHeadAttention(4, 2)(*[torch.zeros(1, 3, 4)] * 2, causal=True),
            "leave memory out",
        ),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
