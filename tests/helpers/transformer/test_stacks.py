"""The stacks equal `nn.Transformer`, values and gradients, in float64."""

import pytest
import torch
from torch import nn

from helpers.masks import causal_mask, padding_mask
from helpers.transformer import (
    Config,
    Encoder,
    EncoderDecoder,
    from_torch,
)

from .equal import BATCH, HEADS, INNER, REAL, SOURCE, TIME, WIDTH, assert_equal, draw, same_start


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("pre_norm", [False, True])
def test_the_whole_equals_nn_transformer(pre_norm, padded):
    torch.manual_seed(0)
    ours, torchs = same_start(
        EncoderDecoder(Config(WIDTH, HEADS, INNER, pre_norm=pre_norm), 2, final_norm=True),
        nn.Transformer(WIDTH, HEADS, 2, 2, INNER, 0.0, batch_first=True, norm_first=pre_norm),
    )
    source, target = padding_mask(REAL), padding_mask(REAL[:, :TIME])
    theirs = {
        "src_key_padding_mask": REAL == 0,
        "tgt_key_padding_mask": REAL[:, :TIME] == 0,
        "memory_key_padding_mask": REAL == 0,
    }
    assert_equal(
        ours,
        torchs,
        lambda s, t: ours(s, t, source, target, source) if padded else ours(s, t),
        lambda s, t: torchs(s, t, tgt_mask=~causal_mask(TIME), **(theirs if padded else {})),
        draw(BATCH, SOURCE, WIDTH),
        draw(BATCH, TIME, WIDTH),
    )


def test_without_positions_a_permuted_input_gives_a_permuted_output():
    torch.manual_seed(0)
    encoder = Encoder(Config(WIDTH, HEADS), 2).double()
    x, order = draw(BATCH, SOURCE, WIDTH), torch.randperm(SOURCE)
    torch.testing.assert_close(encoder(x[:, order]), encoder(x)[:, order])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: from_torch(nn.MultiheadAttention(4, 2, kdim=3, vdim=3).state_dict()),
            "q_proj_weight .* no such part",
        ),
        (lambda: from_torch({"in_proj_bias": torch.zeros(7)}), "equally wide"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
