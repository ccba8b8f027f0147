"""Each layer equals PyTorch's in float64, values and gradients; BPTT by hand equals autograd."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from helpers import recurrent
from helpers.recurrent import GRU, LSTM, RNN

PAIRS = [(RNN, nn.RNN), (LSTM, nn.LSTM), (GRU, nn.GRU)]
SHAPES = [
    {},
    {"bidirectional": True},
    {"num_layers": 3},
    {"num_layers": 2, "bidirectional": True},
]


def pair(ours, torchs, **options):
    torch.manual_seed(0)
    theirs = torchs(3, 5, batch_first=True, **options).double()
    return ours.like(theirs), theirs


def tensors(state):
    return state if isinstance(state, tuple) else (state,)


def results(layer, run, x, state=None):
    """Outputs, final states, and the gradients of a scalar of both, x and start state included."""
    x = x.clone().requires_grad_()
    leaves = [x, *layer.parameters()]
    if state is not None:
        parts = tuple(part.clone().requires_grad_() for part in tensors(state))
        leaves += parts
        state = parts if isinstance(state, tuple) else parts[0]
    outputs, final = run(x, state)
    score = sum(part.sin().sum() for part in (outputs, *tensors(final)))
    return [outputs, *tensors(final), *torch.autograd.grad(score, leaves)]


def same(got, wanted):
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("options", SHAPES)
@pytest.mark.parametrize(("ours", "torchs"), PAIRS)
def test_equal_to_torch(ours, torchs, options):
    mine, theirs = pair(ours, torchs, **options)
    x = torch.randn(4, 7, 3, dtype=torch.float64)
    same(results(mine, mine, x), results(theirs, theirs, x))


@pytest.mark.parametrize("options", SHAPES)
@pytest.mark.parametrize(("ours", "torchs"), PAIRS)
def test_equal_to_torch_on_padded_batches_from_a_given_state(ours, torchs, options):
    mine, theirs = pair(ours, torchs, **options)
    x, lengths = torch.randn(4, 7, 3, dtype=torch.float64), torch.tensor([3, 7, 1, 5])
    count = mine.num_layers * mine.directions
    start = tuple(torch.randn(count, 4, 5, dtype=torch.float64) for _ in range(mine.parts))
    start = start if mine.parts > 1 else start[0]

    def packed(x, state):
        inputs = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        outputs, final = theirs(inputs, state)
        return pad_packed_sequence(outputs, batch_first=True, total_length=7)[0], final

    got = results(mine, lambda x, state: mine(x, state, lengths), x, start)
    same(got, results(theirs, packed, x, start))


@pytest.mark.parametrize(("ours", "torchs"), PAIRS)
def test_what_lies_in_the_padding_does_not_matter(ours, torchs):
    mine, _ = pair(ours, torchs, num_layers=2, bidirectional=True)
    x, lengths = torch.randn(2, 6, 3, dtype=torch.float64), torch.tensor([4, 6])
    outputs, final = mine(x, lengths=lengths)
    changed = x.clone()
    changed[0, 4:] = 1e6
    again, final_again = mine(changed, lengths=lengths)
    assert torch.equal(outputs, again)
    assert all(map(torch.equal, tensors(final), tensors(final_again)))
    assert outputs[0, 4:].abs().max() == 0
    alone, _ = mine(x[:1, :4])
    torch.testing.assert_close(outputs[:1, :4], alone)


@pytest.mark.parametrize(("ours", "torchs"), PAIRS)
def test_a_state_carried_over_continues_the_sequence(ours, torchs):
    mine, _ = pair(ours, torchs, num_layers=2)
    x = torch.randn(1, 6, 3, dtype=torch.float64)
    first, state = mine(x[:, :2])
    second, _ = mine(x[:, 2:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), mine(x)[0])


def test_parameters_have_torchs_names_and_range():
    mine, theirs = LSTM(3, 16, 2, True), nn.LSTM(3, 16, 2, bidirectional=True)
    assert [name for name, _ in mine.named_parameters()] == [
        n for n, _ in theirs.named_parameters()
    ]
    largest = max(p.abs().max().item() for p in mine.parameters())
    assert 0.2 < largest <= 0.25


def test_weights_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="LSTM cannot take the weights of a GRU"):
        LSTM.like(nn.GRU(2, 3))
    with pytest.raises(ValueError, match="RNN_RELU"):
        RNN.like(nn.RNN(2, 3, nonlinearity="relu"))
    with pytest.raises(ValueError, match="no dropout"):
        GRU.like(nn.GRU(2, 3, num_layers=2, dropout=0.5))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((torch.randn(2, 4, 9),), r"\(batch, time, 3\).*\(2, 4, 9\)"),
        ((torch.randn(4, 3),), "reads"),
        ((torch.randn(2, 0, 3),), "at least one step"),
        ((torch.randn(2, 4, 3), torch.zeros(1, 2, 5)), "2 tensor"),
        ((torch.randn(2, 4, 3), (torch.zeros(1, 3, 5),) * 2), r"\(1, 2, 5\)"),
        ((torch.randn(2, 4, 3), None, torch.tensor([4])), r"need \(2,\)"),
        ((torch.randn(2, 4, 3), None, torch.tensor([0, 4])), "between 1 and 4"),
        ((torch.randn(2, 4, 3), None, torch.tensor([5, 4])), "between 1 and 4"),
    ],
)
def test_what_does_not_fit_is_an_error(arguments, words):
    with pytest.raises(ValueError, match=words):
        LSTM(3, 5)(*arguments)


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="hidden_size=0"):
        RNN(3, 0)


@pytest.mark.parametrize("make", [LSTM, nn.LSTM])
def test_forget_bias_is_the_sum_of_both_biases(make):
    layer = make(2, 4, num_layers=2, bidirectional=True)
    before = {name: p.clone() for name, p in layer.named_parameters()}
    recurrent.set_forget_bias(layer, 1.5)
    for end in ("l0", "l0_reverse", "l1", "l1_reverse"):
        both = getattr(layer, f"bias_ih_{end}") + getattr(layer, f"bias_hh_{end}")
        assert torch.equal(both[4:8], torch.full((4,), 1.5))
    changed = torch.cat([(p != before[n]).flatten() for n, p in layer.named_parameters()])
    assert changed.sum() == 2 * 4 * 4  # both biases of the forget gate in four cells, no more


def test_only_an_lstm_has_a_forget_bias():
    for layer in (nn.GRU(2, 3), nn.LSTM(2, 3, bias=False), RNN(2, 3)):
        with pytest.raises(ValueError, match="not an LSTM with biases"):
            recurrent.set_forget_bias(layer, 1.0)


@pytest.mark.parametrize("make", [lambda: LSTM(3, 4), lambda: nn.LSTM(3, 4, batch_first=True)])
def test_gates_are_those_that_make_the_outputs(make):
    layer = make().double()
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    watched = recurrent.gates(layer, x)
    outputs, (_, cell) = layer(x)
    torch.testing.assert_close(watched["output"] * watched["cell"].tanh(), outputs)
    torch.testing.assert_close(watched["cell"][:, -1], cell[0])
    z = x[:, 0] @ layer.weight_ih_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0  # h_0 = 0
    torch.testing.assert_close(watched["input"][:, 0], z[:, :4].sigmoid())
    torch.testing.assert_close(watched["forget"][:, 0], z[:, 4:8].sigmoid())


def test_gates_need_one_plain_lstm():
    for layer in (LSTM(2, 3, 2), nn.LSTM(2, 3, bidirectional=True), GRU(2, 3)):
        with pytest.raises(ValueError, match="one layer and one direction"):
            recurrent.gates(layer, torch.randn(1, 4, 2))


def copies_of_the_weight(layer, x):
    """The states h_0 ... h_T, where step t uses its own copy of W_hh, and the copies."""
    copies = [layer.weight_hh_l0.detach().clone().requires_grad_() for _ in range(x.shape[1])]
    h = [x.new_zeros(len(x), layer.hidden_size)]
    for t, W in enumerate(copies):
        from_input = x[:, t] @ layer.weight_ih_l0.T + layer.bias_ih_l0
        h += recurrent.rnn_step(from_input, (h[-1],), W, layer.bias_hh_l0)
    return torch.stack(h, 1), copies


@pytest.mark.parametrize("loss_at", range(6))
def test_bptt_by_hand_is_autograd_term_by_term(loss_at):
    layer = RNN(2, 4).double()
    x = torch.randn(3, 6, 2, dtype=torch.float64)
    h, copies = copies_of_the_weight(layer, x)
    weights = torch.randn(3, 4, dtype=torch.float64)
    wanted = torch.autograd.grad((h[:, loss_at + 1] * weights).sum(), copies)
    grad = torch.zeros(3, 6, 4, dtype=torch.float64)
    grad[:, loss_at] = weights
    terms = recurrent.bptt_terms(h.detach(), grad, layer.weight_hh_l0.detach())
    for k, (term, want) in enumerate(zip(terms, wanted, strict=True)):
        same(term, want)
        assert (term.abs().max() == 0) == (
            k == 0 or k > loss_at
        )  # h_0 is 0; later uses are too late


def test_bptt_terms_add_up_to_the_gradient_of_torchs_rnn():
    theirs = nn.RNN(2, 4, batch_first=True).double()
    x = torch.randn(3, 7, 2, dtype=torch.float64)
    outputs, _ = theirs(x)
    (wanted,) = torch.autograd.grad(outputs.square().sum() / 2, theirs.weight_hh_l0)
    h = torch.cat([torch.zeros_like(outputs[:, :1]), outputs], 1).detach()
    terms = recurrent.bptt_terms(h, h[:, 1:], theirs.weight_hh_l0.detach())
    same(terms.sum(0), wanted)
