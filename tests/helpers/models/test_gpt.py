"""GPT: its size, its cache, its blindness to the future."""

import pytest
import torch

from helpers.models.gpt import GPT, gpt1
from helpers.text import beam_search, greedy, sample

PROMPT = torch.tensor([[1, 5, 3, 7], [1, 2, 2, 6]])


def small(**options):
    torch.manual_seed(0)
    options = {"width": 16, "heads": 2, "layers": 2, "limit": 12, "std": 0.3} | options
    return GPT(9, **options).double().eval()


def test_gpt1_has_its_published_size():
    with torch.device("meta"):
        assert sum(p.numel() for p in gpt1().parameters()) == 116_534_784


@pytest.mark.parametrize("pre_norm", [False, True])
@pytest.mark.parametrize("read", [0, 1, 3])
def test_steps_after_a_prompt_give_what_the_whole_gives(pre_norm, read):
    model = small(pre_norm=pre_norm)
    wanted = model(PROMPT).log_softmax(1)
    state = model.start(PROMPT[:, :read])
    for t in range(read, 4):
        scores, state = model.step(PROMPT[:, t], state)
        torch.testing.assert_close(scores, wanted[:, :, t], rtol=0, atol=1e-10)


def test_it_works_with_every_search():
    model = small()
    state, last = model.start(PROMPT[:, :-1]), PROMPT[:, -1]
    found = greedy(model.step, state, last, end=8, limit=5).tokens
    text = PROMPT
    for _ in range(found.shape[1]):  # without a cache
        text = torch.cat([text, model(text)[:, :, -1].argmax(1)[:, None]], 1)
    for row, wanted in zip(found, text[:, 4:], strict=True):
        until = (row == 8).long().argmax() if (row == 8).any() else len(row)
        assert torch.equal(row[:until], wanted[:until])
    best = beam_search(model.step, state, last, end=8, limit=5, width=1).best.tokens
    assert torch.equal(found, best)
    drawn = sample(model.step, state, last, end=8, limit=5, temperature=1e-4).tokens
    assert torch.equal(found, drawn)  # and `state` is as it was


def test_nobody_sees_the_future_and_the_limit_is_a_clear_error():
    model = small()
    other = PROMPT.clone()
    other[:, -1] = 0  # also: padding on the right changes nothing
    assert torch.equal(model(PROMPT)[..., :3], model(other)[..., :3])
    with pytest.raises(ValueError, match="13 tokens.*12 positions"):
        model(torch.ones(1, 13, dtype=torch.long))
