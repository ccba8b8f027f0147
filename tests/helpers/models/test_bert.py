"""BERT: sizes, segments, padding, heads."""

import torch

from helpers.models.bert import (
    BERT,
    PretrainingHeads,
    TextClassifier,
    TokenClassifier,
    bert_base,
    bert_large,
)

TOKENS = torch.tensor([[4, 7, 8, 5, 9, 5], [4, 9, 5, 0, 0, 0]])
SEGMENTS = torch.tensor([[0, 0, 0, 0, 1, 1], [0] * 6])


def small(**options):
    torch.manual_seed(0)
    options = {"width": 16, "heads": 2, "layers": 2, "limit": 10, "std": 0.2} | options
    return BERT(11, **options).double().eval()


def test_published_sizes_with_pooler():
    with torch.device("meta"):
        sizes = [sum(p.numel() for p in make().parameters()) for make in (bert_base, bert_large)]
    assert sizes == [109_482_240, 335_141_888]


def test_what_it_has_is_what_the_paper_has():
    with torch.device("meta"):
        model = bert_base()
    layer = model.encoder.layers[0]
    assert not layer.add_norm1.pre_norm and layer.add_norm1.norm.eps == 1e-12
    assert layer.self_attention.heads == 12 and len(model.encoder.layers) == 12
    x = torch.tensor([-1.0])
    torch.testing.assert_close(layer.feed_forward.activation(x), torch.nn.functional.gelu(x))


def test_padding_changes_nothing_segments_do():
    model = small()
    alone = model(TOKENS[1:, :3])
    torch.testing.assert_close(model(TOKENS, SEGMENTS)[1:, :3], alone)
    assert not torch.allclose(model(TOKENS, SEGMENTS)[0], model(TOKENS)[0])
    assert not torch.allclose(model(TOKENS)[0], model(TOKENS.flip(1))[0].flip(0))  # order counts


def test_heads_have_their_shapes_and_share_the_table():
    model = small()
    heads = PretrainingHeads(model).double()
    words, follows = heads(TOKENS, SEGMENTS)
    assert words.shape == (2, 11, 6) and follows.shape == (2, 2)
    names = [name for name, _ in heads.named_parameters()]  # a shared one is listed once
    assert sum(p.shape == (11, 16) for p in heads.parameters()) == 1, names
    model.embeddings.token.weight.data.zero_()
    assert (heads(TOKENS)[0] == 0).all()
    assert TextClassifier(small(), 3).double()(TOKENS, SEGMENTS).shape == (2, 3)
    assert TokenClassifier(small(), 5).double()(TOKENS).shape == (2, 5, 6)


def test_the_pooled_vector_is_of_the_first_token():
    model = small()
    hidden = model(TOKENS)
    changed = hidden.clone()
    changed[:, 1:] = 0
    assert torch.equal(model.pool(hidden), model.pool(changed))
    assert model.pool(hidden).abs().max() < 1
