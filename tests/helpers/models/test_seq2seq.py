"""Padding changes nothing, stepping equals the forced pass, and the model learns to copy."""

import pytest
import torch
from torch import nn

from helpers import seed_everything
from helpers.models.seq2seq import RecurrentEncoder, Seq2Seq
from helpers.text import END_ID, START_ID, log_probability, pairs, token_loss, translate
from helpers.training import fit


@pytest.fixture(autouse=True)
def _on_cpu(monkeypatch):
    monkeypatch.delenv("HELPERS_SEED", raising=False)
    seed_everything(0)


class Dot(nn.Module):
    """The simplest attention: dot products."""

    def forward(self, query, keys, mask):
        scores = query @ keys.transpose(1, 2)
        weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
        return weights @ keys, weights


def model(cell="lstm", bidirectional=False, attention=False):
    return Seq2Seq(
        9,
        11,
        embedding=5,
        hidden=8,
        cell=cell,
        bidirectional=bidirectional,
        attention=Dot() if attention else None,
    )


KINDS = [
    pytest.param(cell, two, look, id=f"{cell}{'-bi' * two}{'-attention' * look}")
    for cell in ("lstm", "gru")
    for two in (False, True)
    for look in (False, True)
]


@pytest.mark.parametrize(("cell", "two", "look"), KINDS)
def test_padding_of_the_source_changes_nothing(cell, two, look):
    net = model(cell, two, look)
    target = torch.tensor([[1, 5, 6]])
    alone = net(torch.tensor([[4, 5]]), target)
    batch = net(torch.tensor([[4, 5, 0, 0], [8, 7, 6, 5]]), target.expand(2, 3))
    assert alone.shape == (1, 11, 3)
    assert torch.allclose(batch[0], alone[0], atol=1e-6)
    assert not torch.allclose(batch[1], alone[0], atol=1e-3)


@pytest.mark.parametrize(("cell", "two", "look"), KINDS)
def test_stepping_equals_the_forced_pass(cell, two, look):
    net = model(cell, two, look)
    source = torch.tensor([[4, 5, 0], [8, 7, 6]])
    target = torch.tensor([[5, 6, 2, 2], [7, 8, 9, 2]])
    target_in = torch.cat([torch.full((2, 1), START_ID), target[:, :-1]], dim=1)
    forced = net(source, target_in).log_softmax(dim=1)  # (batch, vocabulary, time)
    state, last = net.start(source), torch.full((2,), START_ID)
    for t in range(4):
        scores, state = net.step(last, state)
        assert torch.allclose(scores, forced[:, :, t], atol=1e-5)
        last = target[:, t]
    whole = log_probability(net.step, net.start(source), torch.full((2,), 1), target, END_ID)
    chosen = forced.gather(1, target[:, None]).squeeze(1)
    assert torch.allclose(whole, torch.stack([chosen[0, :3].sum(), chosen[1].sum()]), atol=1e-5)


def test_the_encoder_reads_both_ways():
    both = RecurrentEncoder(9, 5, 8, bidirectional=True)
    outputs, (h, c) = both(torch.tensor([[4, 5, 6], [4, 5, 0]]))
    assert outputs.shape == (2, 3, 8) and h.shape == c.shape == (2, 8)
    assert torch.allclose(h[0], torch.cat([outputs[0, 2, :4], outputs[0, 0, 4:]]))
    assert torch.allclose(h[1], torch.cat([outputs[1, 1, :4], outputs[1, 0, 4:]]))
    assert (outputs[1, 2] == 0).all()


def test_alignment_is_a_distribution_over_the_real_tokens():
    net = model(attention=True)
    weights = net.align(torch.tensor([[4, 5, 0], [8, 7, 6]]), torch.tensor([[1, 5], [1, 6]]))
    assert weights.shape == (2, 2, 3)
    assert torch.allclose(weights.sum(dim=2), torch.ones(2, 2))
    assert (weights[0, :, 2] == 0).all()
    with pytest.raises(ValueError, match="no attention"):
        model().align(torch.tensor([[4]]), torch.tensor([[1]]))


def test_attention_is_joined_as_in_the_paper():
    net = model(attention=True)
    source, target_in = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 5]])
    keys, (h, c) = net.encoder(source)
    outputs, _ = net.decoder.rnn(net.decoder.embedding(target_in), (h[None], c[None]))
    context = (outputs @ keys.transpose(1, 2)).softmax(dim=2) @ keys
    joined = torch.tanh(net.decoder.join(torch.cat([context, outputs], dim=2)))
    logits = net.decoder.output(joined).transpose(1, 2)
    assert torch.allclose(net(source, target_in), logits, atol=1e-6)


def test_it_learns_to_write_backwards():
    texts = [[a, b, c] for a in range(4, 9) for b in range(4, 9) for c in range(4, 9)]
    data = pairs(texts, [text[::-1] for text in texts])
    net = Seq2Seq(9, 9, embedding=16, hidden=32, cell="gru", attention=Dot())
    history = fit(
        net, data, token_loss, torch.optim.Adam(net.parameters(), 1e-2), steps=120, clip=1.0
    )
    assert history.losses[-1] < 0.1 * history.losses[0]
    net.train()
    for width in (1, 3):
        written = translate(net, data[0][0], limit=5, width=width)
        right = (written.tokens[:, :4].cpu() == data[1]).all(dim=1)
        assert right.float().mean() > 0.9
    assert net.training


def test_bad_models_and_sources_are_named():
    with pytest.raises(ValueError, match="cell='rnn'"):
        Seq2Seq(9, 9, cell="rnn")
    with pytest.raises(ValueError, match="hidden=7"):
        RecurrentEncoder(9, 4, 7, bidirectional=True)
    with pytest.raises(ValueError, match="source 1"):
        model().start(torch.tensor([[4], [0]]))
