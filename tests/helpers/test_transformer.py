"""Every block equals PyTorch's, values and gradients, in float64; caches change nothing."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.multihead import (
    MultiHeadAttention,
    attention_maps,
    causal_mask,
    padding_mask,
    scaled_dot_product,
)
from helpers.positions import Embeddings, RelativeBias, sinusoidal
from helpers.transformer import (
    Config,
    Decoder,
    DecoderLayer,
    Encoder,
    EncoderDecoder,
    EncoderLayer,
    copy_caches,
    from_torch,
    new_caches,
)

BATCH, TIME, SOURCE, WIDTH, HEADS, INNER = 3, 5, 7, 12, 3, 20
REAL = torch.tensor([[1] * 7, [1] * 4 + [0] * 3, [1, 0, 1, 1, 0, 1, 0]])  # (batch, source)
STYLES = [(pre, act) for pre in (False, True) for act in ("relu", "gelu")]


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def same_start(ours, torchs):
    """Both in float64, with the same random weights (PyTorch starts with biases of 0)."""
    torchs.double()
    for parameter in torchs.parameters():
        nn.init.normal_(parameter, std=0.4)
    ours.double().load_state_dict(from_torch(torchs.state_dict()))
    return ours, torchs


def assert_equal(ours, torchs, call_ours, call_torchs, *inputs):
    """Same output, same gradients of inputs and of every weight, in training and evaluation."""
    for mode in (True, False):
        ours.train(mode), torchs.train(mode)
        results = []
        for model, call in ((ours, call_ours), (torchs, call_torchs)):
            model.zero_grad()
            xs = [x.clone().requires_grad_() for x in inputs]
            y = call(*xs)
            (y * y.detach().cos()).sum().backward()
            gradients = {name: p.grad for name, p in model.named_parameters()}
            if model is torchs:
                gradients = from_torch(gradients)
            results.append((y, [x.grad for x in xs], gradients))
        got, wanted = results
        assert got[2].keys() == wanted[2].keys()
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-11)


def masks(kind, time):
    """(ours, PyTorch's keyword arguments) for self-attention over `time` positions."""
    real = REAL[:, :time] == 1
    return {
        "none": (None, {}),
        "causal": (causal_mask(time), {"mask": ~causal_mask(time)}),
        "padding": (padding_mask(real.long()), {"padding": ~real}),
        "both": (
            causal_mask(time) & padding_mask(real.long()),
            {"mask": ~causal_mask(time), "padding": ~real},
        ),
    }[kind]


KINDS = pytest.mark.parametrize("kind", ["none", "causal", "padding", "both"])


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


def test_causal_mask_counts_the_past():
    wanted = [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert causal_mask(2, past=2).long().tolist() == wanted


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


def test_without_positions_a_permuted_input_gives_a_permuted_output():
    torch.manual_seed(0)
    encoder = Encoder(Config(WIDTH, HEADS), 2).double()
    x, order = draw(BATCH, SOURCE, WIDTH), torch.randperm(SOURCE)
    torch.testing.assert_close(encoder(x[:, order]), encoder(x)[:, order])


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


def test_sinusoids_are_those_of_the_paper():
    table = sinusoidal(50, 16)
    for position, i in ((0, 0), (7, 3), (49, 7)):
        angle = position / 10_000 ** (2 * i / 16)
        assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
        assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_embeddings_add_up():
    torch.manual_seed(0)
    tokens = torch.tensor([[5, 1, 2]])
    e = Embeddings(9, 4, segments=2, limit=6)
    wanted = e.token.weight[[5, 1, 2]] + e.position.weight[2:5] + e.segment.weight[[0, 1, 1]]
    torch.testing.assert_close(e(tokens, torch.tensor([[0, 1, 1]]), past=2)[0], wanted)
    e = Embeddings(9, 4, positions="sinusoidal", multiply=True)
    torch.testing.assert_close(e(tokens)[0], 2 * e.token.weight[[5, 1, 2]] + sinusoidal(3, 4))
    e = Embeddings(9, 4, positions="none", std=0.5)
    torch.testing.assert_close(e(tokens)[0], e.token.weight[[5, 1, 2]])
    assert e(torch.zeros(1, 600, dtype=torch.long)).shape == (1, 600, 4)


def test_relative_buckets_are_those_of_t5():
    """Computed by hand from the paper's code: 32 buckets, farthest 128."""
    past = RelativeBias(2, causal=True)
    distances = torch.tensor([3, 0, -1, -15, -16, -20, -40, -127, -128, -1000])
    assert past.bucket(distances).tolist() == [0, 0, 1, 15, 16, 17, 23, 31, 31, 31]
    both = RelativeBias(2)
    distances = torch.tensor([0, -1, 1, -7, 7, -8, 8, -20, 20, -500, 500])
    assert both.bucket(distances).tolist() == [0, 1, 17, 7, 23, 8, 24, 10, 26, 15, 31]
    assert past(3, past=4).shape == (1, 2, 3, 7)
    torch.testing.assert_close(past(3, past=4), past(7)[:, :, 4:])


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
        (
            lambda: from_torch(nn.MultiheadAttention(4, 2, kdim=3, vdim=3).state_dict()),
            "q_proj_weight .* no such part",
        ),
        (lambda: from_torch({"in_proj_bias": torch.zeros(7)}), "equally wide"),
        (lambda: Config(4, 2, activation="tanh"), "there are relu, gelu"),
        (lambda: Config(4, 2, norm="batch"), "there are layer, rms, none"),
        (lambda: sinusoidal(3, 5), "must be even"),
        (lambda: Embeddings(3, 4, positions="absolute"), "there are learned"),
        (lambda: Embeddings(3, 4, limit=2)(torch.zeros(1, 3, dtype=torch.long)), "has 2 positions"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
