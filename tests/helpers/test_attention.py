"""Scores against loops and PyTorch; a softmax whose mask lets nothing through, NaN included."""

import pytest
import torch
from torch.nn import functional as F

from helpers.attention import Attention, additive_score, bilinear_score, dot_score, masked_softmax
from helpers.masks import length_mask

BATCH, TIME, SOURCE, WIDTH, KEY_WIDTH, HIDDEN = 3, 4, 5, 6, 7, 8


@pytest.fixture
def normal():
    generator = torch.Generator().manual_seed(0)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)


def by_loops(score, query, keys):
    """Score one query vector with one key vector at a time."""
    return torch.stack(
        [torch.stack([torch.stack([score(s, h) for h in k]) for s in q])
         for q, k in zip(query, keys, strict=True)]
    )  # fmt: skip


def test_scores_equal_their_formulas_pair_by_pair(normal):
    query, keys = normal(BATCH, TIME, WIDTH), normal(BATCH, SOURCE, KEY_WIDTH)
    W, v = normal(WIDTH, KEY_WIDTH), normal(HIDDEN)
    W_query, W_keys = normal(HIDDEN, WIDTH), normal(HIDDEN, KEY_WIDTH)
    joined = torch.cat([W_query, W_keys], dim=1)
    torch.testing.assert_close(
        dot_score(query, keys[..., :WIDTH]), by_loops(torch.dot, query, keys[..., :WIDTH])
    )
    torch.testing.assert_close(
        bilinear_score(query, keys, W), by_loops(lambda s, h: s @ W @ h, query, keys)
    )
    torch.testing.assert_close(
        additive_score(query, keys, W_query, W_keys, v),
        by_loops(lambda s, h: v @ torch.tanh(joined @ torch.cat([s, h])), query, keys),
    )


def test_dot_and_bilinear_equal_pytorch_in_values_and_gradients(normal):
    for score in ("dot", "bilinear"):
        layer = Attention(score, WIDTH, WIDTH).double()
        query = normal(BATCH, TIME, WIDTH).requires_grad_()
        keys = normal(BATCH, SOURCE, WIDTH).requires_grad_()
        mask = length_mask(torch.tensor([5, 2, 1]))
        projected = query @ layer.W if score == "bilinear" else query
        theirs = F.scaled_dot_product_attention(
            projected, keys, keys, attn_mask=mask[:, None, :], scale=1.0
        )
        ours, _ = layer(query, keys, mask)
        torch.testing.assert_close(ours, theirs)
        probe = normal(*ours.shape)
        inputs = [query, keys, *layer.parameters()]
        for a, b in zip(
            torch.autograd.grad((ours * probe).sum(), inputs),
            torch.autograd.grad((theirs * probe).sum(), inputs),
            strict=True,
        ):
            torch.testing.assert_close(a, b)


@pytest.mark.parametrize("score", ["dot", "bilinear", "additive"])
def test_gradients_and_shapes(score, normal):
    width = WIDTH if score == "dot" else KEY_WIDTH
    layer = Attention(score, WIDTH, width, hidden=3).double()
    query, keys = normal(2, 1, WIDTH).requires_grad_(), normal(2, 3, width).requires_grad_()
    mask = length_mask(torch.tensor([3, 0]))
    context, weights = layer(query, keys, mask)
    assert context.shape == (2, 1, width) and weights.shape == (2, 1, 3)
    torch.testing.assert_close(weights.sum(-1), torch.tensor([[1.0], [0.0]]).double())
    assert torch.autograd.gradcheck(lambda q, k: layer(q, k, mask)[0], (query, keys))
    assert len(list(layer.parameters())) == {"dot": 0, "bilinear": 1, "additive": 3}[score]


def test_one_query_at_a_time_is_all_at_once(normal):
    layer = Attention("additive", WIDTH, KEY_WIDTH).double()
    query, keys = normal(BATCH, TIME, WIDTH), normal(BATCH, SOURCE, KEY_WIDTH)
    mask = length_mask(torch.tensor([5, 3, 4]))
    together = layer(query, keys, mask)[0]
    apart = torch.cat([layer(q, keys, mask)[0] for q in query.split(1, dim=1)], dim=1)
    torch.testing.assert_close(together, apart)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_the_softmax_shares_out_what_is_allowed(dtype):
    scores = torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [5.0, 5.0, 5.0]], dtype=dtype)
    mask = torch.tensor([[True, True, False], [False, False, True], [False] * 3])
    shares = masked_softmax(scores, mask)
    assert shares.dtype == dtype
    torch.testing.assert_close(shares[0, :2], scores[0, :2].softmax(0))
    assert shares[0, 2] == 0 and shares[1].tolist() == [0, 0, 1] and shares[2].tolist() == [0] * 3
    torch.testing.assert_close(masked_softmax(scores), scores.softmax(-1))


@pytest.mark.parametrize("rubbish", [torch.nan, torch.inf, -torch.inf, 1e38])
def test_what_is_masked_has_no_effect_whatever_it_is(rubbish):
    mask = torch.tensor([[True, True, False], [False, False, False]])
    scores = torch.tensor([[1.0, 2.0, rubbish], [rubbish] * 3], requires_grad=True)
    shares = masked_softmax(scores, mask)
    assert shares.isfinite().all() and (shares[~mask] == 0).all()
    (shares * torch.arange(3.0)).sum().backward()
    assert scores.grad.isfinite().all() and (scores.grad[~mask] == 0).all()
    assert (scores.grad[0, :2] != 0).all()


def test_an_empty_row_makes_no_nan_on_the_way_either():
    scores = torch.randn(2, 3, requires_grad=True)
    mask = torch.tensor([[True, True, False], [False, False, False]])
    with torch.autograd.set_detect_anomaly(True):  # raises at the first NaN of the backward pass
        (masked_softmax(scores, mask) * torch.arange(3.0)).sum().backward()
    assert scores.grad.isfinite().all()


def test_very_negative_scores_still_sum_to_one():
    scores = torch.full((1, 3), torch.finfo(torch.float32).min)
    shares = masked_softmax(scores, torch.tensor([[True, True, False]]))
    torch.testing.assert_close(shares, torch.tensor([[0.5, 0.5, 0.0]]))


def test_a_mask_for_each_query(normal):
    layer = Attention("dot", WIDTH, WIDTH).double()
    query, keys = normal(2, 3, WIDTH), normal(2, 3, WIDTH)
    causal = torch.ones(3, 3, dtype=torch.bool).tril().expand(2, 3, 3)
    _, weights = layer(query, keys, causal)
    assert (weights.triu(1) == 0).all()
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3).double())


def test_what_cannot_be_asked():
    with pytest.raises(TypeError, match="give bool"):
        masked_softmax(torch.zeros(1, 2), torch.ones(1, 2))
    with pytest.raises(
        ValueError, match="score='product' is unknown: choose from dot, bilinear, additive"
    ):
        Attention("product", 2, 2)
    with pytest.raises(ValueError, match="equal widths, not 2 and 3: use bilinear"):
        Attention("dot", 2, 3)
