"""The first Transformer: its size by formula, decoding with its cache, training with `fit`."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.models.transformer import Transformer, transformer_base
from helpers.text import beam_search, greedy, log_probability
from helpers.training import fit
from helpers.transformer import Config, attention_maps

SOURCE = torch.tensor([[4, 5, 6, 7], [8, 9, 0, 0], [5, 5, 4, 0]])


def small(pre_norm=False, **options):
    torch.manual_seed(0)
    config = Config(16, heads=2, inner=24, pre_norm=pre_norm)
    return Transformer(10, 9, config, layers=2, **options).double().eval()


def test_base_has_the_size_of_the_formula():
    with torch.device("meta"):
        model = transformer_base()
    d, f, v = 512, 2048, 37_000
    feed_forward = 2 * d * f + f + d
    encoder = 4 * d * d + feed_forward + 2 * 2 * d
    decoder = 8 * d * d + feed_forward + 3 * 2 * d
    found = sum(p.numel() for p in model.parameters())
    assert found == v * d + 6 * (encoder + decoder) == 63_045_632
    assert model.source is model.target


@pytest.mark.parametrize("options", [{}, {"pre_norm": True}, {"positions": "learned"}])
def test_steps_give_what_the_whole_gives(options):
    model = small(**options)
    target = torch.tensor([[1, 4, 6, 8, 2], [1, 5, 5, 5, 5], [1, 7, 2, 2, 2]])
    wanted = model(SOURCE, target).log_softmax(1)  # (batch, vocabulary, time)
    state = model.start(SOURCE)
    for t in range(target.shape[1]):
        scores, state = model.step(target[:, t], state)
        torch.testing.assert_close(scores, wanted[:, :, t], rtol=0, atol=1e-10)


def test_decoding_works_with_every_search():
    model = small()
    start = torch.ones(3, dtype=torch.long)
    found = greedy(model.step, model.start(SOURCE), start, end=2, limit=6)
    again = beam_search(model.step, model.start(SOURCE), start, end=2, limit=6, width=1).best
    assert torch.equal(found.tokens, again.tokens)
    wide = beam_search(model.step, model.start(SOURCE), start, end=2, limit=6, width=4)
    for i in range(4):  # re-ordered caches give the true probabilities
        true = log_probability(model.step, model.start(SOURCE), start, wide.tokens[:, i], end=2)
        torch.testing.assert_close(wide.log_probability[:, i], true, check_dtype=False)


def test_padding_changes_nothing():
    model = small()
    target = torch.tensor([[1, 4, 6]])
    longer = torch.tensor([[1, 4, 6, 0, 0]])
    padded = model(torch.tensor([[8, 9, 0, 0]]), longer)[:, :, :3]
    torch.testing.assert_close(padded, model(torch.tensor([[8, 9]]), target))


def test_the_future_is_hidden_unless_asked_for():
    target, other = torch.tensor([[1, 4, 6, 8]]), torch.tensor([[1, 4, 6, 5]])
    model, cheat = small(), small(causal=False)
    assert torch.equal(model(SOURCE[:1], target)[..., :3], model(SOURCE[:1], other)[..., :3])
    assert not torch.equal(cheat(SOURCE[:1], target)[..., :3], cheat(SOURCE[:1], other)[..., :3])


def test_fit_teaches_it_to_copy_and_maps_can_be_seen():
    torch.manual_seed(0)
    text = torch.randint(3, 9, (256, 4))
    start = torch.ones(256, 1, dtype=torch.long)
    model = Transformer(9, None, Config(32, heads=2, inner=32), layers=1)
    data = (text, torch.cat([start, text[:, :-1]], 1)), text
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    history = fit(model, data, F.cross_entropy, optimizer, steps=80)
    assert history.losses[0] < 4 and history.accuracies[-1] > 0.9
    with attention_maps(model) as maps, torch.no_grad():
        model(*(part[:2] for part in data[0]))
    cross = maps["stacks.decoder.layers.0.cross_attention"]
    assert cross.shape == (2, 2, 4, 4) and isinstance(model.source.token, nn.Embedding)
    torch.testing.assert_close(cross.sum(-1), torch.ones(2, 2, 4))
