"""Caches change nothing in what is computed, and copies are apart."""

import pytest
import torch

from helpers.masks import padding_mask
from helpers.transformer import (
    Config,
    Decoder,
    Encoder,
    RelativeBias,
    copy_caches,
    new_caches,
)

from .equal import BATCH, HEADS, INNER, REAL, SOURCE, TIME, WIDTH, draw


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("pre_norm", [False, True])
def test_decoding_with_a_cache_equals_decoding_without(pre_norm, relative):
    torch.manual_seed(0)
    config = Config(WIDTH, HEADS, INNER, pre_norm=pre_norm)
    biases = [RelativeBias(HEADS, causal=True) if relative else None for _ in range(2)]
    encoder = Encoder(config, 2, causal=True, relative=biases[0]).double()
    decoder = Decoder(config, 2, relative=biases[1]).double()
    x, memory = draw(BATCH, TIME, WIDTH), draw(BATCH, SOURCE, WIDTH)
    whole = encoder(x), decoder(x, memory, memory_mask=padding_mask(REAL))
    for pieces in ([1] * TIME, [2, 3], [3, 1, 1]):  # several new positions at once, too
        caches, cross = new_caches(2), new_caches(2)
        parts = [
            (encoder(part, caches=caches), decoder(part, memory, None, padding_mask(REAL), cross))
            for part in x.split(pieces, dim=1)
        ]
        for i in (0, 1):
            got = torch.cat([part[i] for part in parts], dim=1)
            torch.testing.assert_close(got, whole[i], rtol=0, atol=1e-12)


def test_a_cache_computes_keys_of_the_memory_once_and_copies_are_apart():
    decoder = Decoder(Config(WIDTH, HEADS), 1).double()
    memory, caches = draw(BATCH, SOURCE, WIDTH), new_caches(1)
    decoder(draw(BATCH, 1, WIDTH), memory, caches=caches)
    keys = caches[0]["cross"]["keys"]
    copied = copy_caches(caches)
    decoder(draw(BATCH, 1, WIDTH), memory, caches=copied)
    assert copied[0]["cross"]["keys"] is keys
    assert copied[0]["self"]["keys"].shape[2] == 2 and caches[0]["self"]["keys"].shape[2] == 1
