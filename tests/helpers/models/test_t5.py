"""T5: its size, its distances."""

import torch
from torch import nn

from helpers.models.t5 import T5, t5_base


def small():
    torch.manual_seed(0)
    return T5(20, width=16, heads=4, layers=2, inner=24).double().eval()


def test_t5_base_has_its_published_size_and_no_bias():
    with torch.device("meta"):
        model = t5_base()
    assert sum(p.numel() for p in model.parameters()) == 222_903_552
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    assert linear and all(module.bias is None for module in linear)


def test_queries_start_small_because_scores_are_not_divided():
    model = small()
    attention = model.stacks.encoder.layers[0].self_attention
    assert attention.scale == 1.0
    assert attention.query.weight.std() / attention.key.weight.std() < 0.7


def test_only_distances_matter():
    """Positions are not absolute: what stands before, if hidden, changes nothing."""
    model = small()
    for bias in (model.stacks.encoder.relative, model.stacks.decoder.relative):
        nn.init.normal_(bias.bias.weight)
    text, target = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 7, 8]])
    shifted = torch.tensor([[0, 0, 0, 4, 5, 6]])
    torch.testing.assert_close(model(text, target), model(shifted, target))
    turned = torch.tensor([[6, 5, 4]])
    assert (model(text, target) - model(turned, target)).abs().max() > 1e-3  # but order does


def test_steps_give_what_the_whole_gives():
    model, source = small(), torch.tensor([[4, 5, 6, 7], [8, 9, 0, 0]])
    for relative in (model.stacks.encoder.relative, model.stacks.decoder.relative):
        nn.init.normal_(relative.bias.weight)
    target = torch.tensor([[1, 4, 6, 8, 2], [1, 5, 5, 5, 5]])
    wanted, state = model(source, target).log_softmax(1), model.start(source)
    for t in range(5):
        scores, state = model.step(target[:, t], state)
        torch.testing.assert_close(scores, wanted[:, :, t], rtol=0, atol=1e-10)
