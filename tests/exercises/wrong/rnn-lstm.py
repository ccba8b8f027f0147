"""Wrong submissions for `rnn-lstm`; mistakes.py explains the format."""

WRONG = {
    "coupled-step": {
        "writes as much as it keeps": {
            "change": ("(1 - f) * torch.tanh(a_c)", "f * torch.tanh(a_c)"),
            "says": "1 - f, not f",
        },
        "the output gate looks at the old memory (all visible tests pass)": {
            "change": (
                "    c = f * c + (1 - f) * torch.tanh(a_c)\n"
                "    o = torch.sigmoid(a_o + peep_o * c)\n",
                "    o = torch.sigmoid(a_o + peep_o * c)\n"
                "    c = f * c + (1 - f) * torch.tanh(a_c)\n",
            ),
            "says": "should see that",
        },
        "the memory is updated in the caller's tensor": {
            "change": [
                ("    c = f * c", "    given, c = c, f * c"),
                ("    o = ", "    with torch.no_grad():\n        given.copy_(c)\n    o = "),
            ],
            "says": "changed in place",
        },
        "the forget gate's look at the memory cut off from the gradient": {
            "change": ("a_f + peep_f * c", "a_f + peep_f * c.detach()"),
            "says": "the gradient that reaches c is not",
        },
        "the written part without a gradient for its gate": {
            "change": ("(1 - f)", "(1 - f.detach())"),
            "says": "some path is cut off",
        },
        "the output gate sees what the cell shows": {
            "change": ("a_o + peep_o * c)", "a_o + peep_o * torch.tanh(c))"),
            "says": "h is wrong",
        },
    },
    "padded-batch": {
        "the whole batch is flipped, padding first": {
            "change": [
                ("x.gather(1, turned[..., None].expand_as(x))", "x.flip(1)"),
                ("back[rows, lengths - 1]", "back[:, -1]"),
            ],
            "says": "padding to the front",
        },
        "padded steps are not added up, but counted": {
            "change": (".sum(1) / lengths[:, None]", ".mean(1)"),
            "says": "neither be added up nor counted",
        },
        "padding is multiplied away, and NaN comes through (all visible tests pass)": {
            "change": (
                "torch.where(real[..., None], x, torch.zeros_like(x))",
                "x * real[..., None]",
            ),
            "says": "0 times NaN is NaN",
        },
        "the mean without a gradient": {
            "change": ("(ahead * real", "(ahead.detach() * real"),
            "says": "was one of the three parts detached",
        },
        "NaN masked where it comes out": {
            "change": [
                ("ahead, _ = forwards(x)", "ahead, _ = forwards(given)"),
                ("x = torch.where(", "given = x\n    x = torch.where("),
                ("(ahead * real[..., None])", "ahead.where(real[..., None], 0 * back)"),
            ],
            "says": "With NaN in the padding the summary is right",
        },
        "the lengths counted down in place": {
            "change": (
                "    mean = ",
                "    last = lengths.sub_(1)\n    lengths = last + 1\n    mean = ",
            ),
            "says": "wrote into the lengths",
        },
    },
    "truncated-sum": {
        "a window that keeps one step too many": {
            "change": ("t - window)", "t - window - 1)"),
            "says": "keeps t = k and nothing else",
        },
        "W_h the wrong way round (a 1 by 1 matrix does not show it)": {
            "change": ("at_h = at_q @ W_h", "at_h = at_q @ W_h.T"),
            "says": "W_h is not symmetric",
        },
        "cut into blocks, as truncated BPTT usually is": {
            "change": ("max(-1, t - window)", "t // window * window - 1"),
            "says": "Window 2",
        },
        "by autograd, with the states taken back through tanh": {
            "define": """
def truncated_gradient(h, grad, W_h, window):
    rest = torch.atanh(h[:, 1:]) - h[:, :-1] @ W_h.T
    total = torch.zeros_like(W_h)
    for t in range(grad.shape[1]):
        W = W_h.clone().requires_grad_()
        start = max(0, t + 1 - window)
        state = h[:, start]
        for k in range(start, t + 1):
            state = torch.tanh(rest[:, k] + state @ W.T)
        (state * grad[:, t]).sum().backward()
        total += W.grad
    return total
""",
            "says": "You call autograd",
        },
        "the mean over the batch": {
            "change": ("return total", "return total / len(h)"),
            "says": "Sum over the batch",
        },
    },
    "forget-span": {
        "the gate itself, not the bias behind it": {
            "define": """
def bias_for(span, left=0.5):
    return left ** (1 / span)
""",
            "says": "bias of 0",
        },
        "1 - p without its digits": {
            "define": """
def bias_for(span, left=0.5):
    keep = left ** (1 / span)
    return math.log(keep / (1 - keep)) if keep < 1 else math.inf
""",
            "says": "lost its digits",
        },
        "a formula instead of a measurement": {
            "define": """
def measured_left(bias, span):
    return 1 / (1 + math.exp(-bias)) ** span
""",
            "says": "does not come from the LSTM",
        },
        "an LSTM for show, and the formula": {
            "change": (
                "return torch.autograd.grad(last.sum(), c)[0].item()",
                "return torch.sigmoid(layer.bias_ih_l0[1]).item() ** span",
            ),
            "says": "does not come from the LSTM",
        },
        "float64 made the default, and left so": {
            "change": (
                "layer = nn.LSTM(1, 1, batch_first=True).double()",
                "torch.set_default_dtype(torch.float64)\n"
                "    layer = nn.LSTM(1, 1, batch_first=True)",
            ),
            "says": "default type",
        },
    },
    "clip-threshold": {
        "each tensor clipped by itself": {
            "define": """
def clip_(parameters, threshold):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = total_norm(gradients)
    for gradient in gradients:
        gradient.mul_(min(1.0, threshold / gradient.norm().item()))
    return norm
""",
            "says": "changes the direction",
        },
        "a quantile between two norms": {
            "define": """
def choose_threshold(norms, share=0.1):
    return torch.tensor(norms).quantile(1 - share).item()
""",
            "says": "threshold is 9",
        },
        "a NaN left in the gradient (all visible tests pass)": {
            "change": (
                "if not math.isfinite(norm):\n            gradient.zero_()\n        elif",
                "if",
            ),
            "says": "every gradient should become zero",
        },
        "a share of the finite norms": {
            "define": """
def choose_threshold(norms, share=0.1):
    ordered = sorted(norm for norm in norms if math.isfinite(norm))
    if len(ordered) < (1 - share) * len(norms):
        raise ValueError("too few")
    return ordered[max(0, len(ordered) - 1 - math.floor(len(ordered) * share))]
""",
            "says": "smallest finite one",
        },
        "a factor of threshold over length, also where that is zero": {
            "define": """
def clip_(parameters, threshold):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.tensor(total_norm(gradients))
    for gradient in gradients:
        if norm.isfinite():
            gradient.mul_((threshold / norm).clamp(max=1) if norm > 0 else math.nan)
        else:
            gradient.zero_()
    return norm.item()
""",
            "says": "stay one",
        },
        "a twentieth may be larger where nothing is said": {
            "change": ("share=0.1", "share=0.05"),
            "says": "a tenth",
        },
    },
    "explain-memory": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "coupled-step": {
        "sums written out, slices, other functions": {
            "define": """
def coupled_step(from_input, h, c, W_h, peep_f, peep_o):
    n = h.shape[1]
    a = from_input + torch.einsum("ij,bj->bi", W_h, h)
    keep = (a[:, :n] + peep_f[None] * c).sigmoid()
    new = torch.lerp(a[:, n : 2 * n].tanh(), c, keep)
    return (a[:, 2 * n :] + torch.mul(new, peep_o)).sigmoid().mul(new.tanh()), new
""",
        },
        "one product for each gate": {
            "define": """
def coupled_step(from_input, h, c, W_h, peep_f, peep_o):
    x_f, x_c, x_o = from_input.split(h.shape[-1], dim=-1)
    W_f, W_c, W_o = W_h.reshape(3, h.shape[-1], h.shape[-1])
    write = 1 / (1 + torch.exp(x_f + h @ W_f.T + peep_f * c))
    c = c - write * c + write * torch.tanh(x_c + h @ W_c.T)
    return torch.tanh(c) * F.sigmoid(x_o + h @ W_o.T + peep_o * c), c
""",
        },
    },
    "padded-batch": {
        "packed sequences": {
            "define": """
def summarize(forwards, backwards, x, lengths):
    rnn = nn.utils.rnn
    turned = [each[:n].flip(0) for each, n in zip(x, lengths.tolist())]
    packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    out, last = forwards(packed)
    _, first = backwards(rnn.pack_sequence(turned, enforce_sorted=False))
    out, _ = rnn.pad_packed_sequence(out, batch_first=True)
    return torch.cat([last[0], first[0], out.sum(1) / lengths.unsqueeze(1)], 1)
""",
        },
        "one sequence after the other": {
            "define": """
def summarize(forwards, backwards, x, lengths):
    rows = []
    for sequence, n in zip(x, lengths):
        alone = sequence[:n]
        out, last = forwards(alone)
        rows.append(torch.cat([last[0], backwards(alone.flip(0))[1][0], out.mean(0)]))
    return torch.stack(rows)
""",
        },
    },
    "truncated-sum": {
        "what arrives, sorted by age": {
            "define": """
def truncated_gradient(h, grad, W_h, window):
    batch, time, n = grad.shape
    total, by_age = torch.zeros_like(W_h), []
    for k in reversed(range(time)):
        by_age = [grad[:, k], *by_age][:window]
        at_q = [each * (1 - h[:, k + 1] * h[:, k + 1]) for each in by_age]
        total = total + torch.einsum("bi,bj->ij", sum(at_q), h[:, k])
        by_age = [each @ W_h for each in at_q]
    return total
""",
        },
        "all losses at once, one step back at a time": {
            "define": """
def truncated_gradient(h, grad, W_h, window):
    slope, before, at, total = 1 - h[:, 1:].square(), h[:, :-1], grad, 0
    for age in range(min(window, grad.shape[1])):
        last = grad.shape[1] - age
        at = at[:, -last:] * slope[:, :last]
        total = total + torch.tensordot(at, before[:, :last], dims=([0, 1], [0, 1]))
        at = (at @ W_h)[:, 1:]
    return total
""",
        },
    },
    "forget-span": {
        "float32, the other bias, one step after the other, without a batch": {
            "define": """
def bias_for(span, left=0.5):
    return -math.log(math.expm1(-math.log(left) / span))


def measured_left(bias, span):
    lstm = nn.LSTM(1, 1)
    for name, values in lstm.named_parameters():
        values.data.zero_()
    lstm.bias_hh_l0.data[1] = bias
    c = start = torch.ones(1, 1, requires_grad=True)
    h = torch.zeros(1, 1)
    for _ in range(span):
        _, (h, c) = lstm(torch.zeros(1, 1), (h, c))
    c.backward()
    return float(start.grad)
""",
        },
        "the whole sequence, one half of the bias in each place": {
            "define": """
def measured_left(bias, span):
    state = {"weight_ih_l0": torch.zeros(4, 1), "weight_hh_l0": torch.zeros(4, 1)}
    state |= {f"bias_{x}h_l0": torch.tensor([0, bias / 2, 0, 0]) for x in "ih"}
    lstm = nn.LSTM(1, 1)
    lstm.load_state_dict(state)
    c = torch.ones(1, 1, requires_grad=True)
    last = lstm(torch.zeros(span, 1), (torch.zeros(1, 1), c))[1][1]
    return torch.autograd.functional.jacobian(
        lambda c: lstm(torch.zeros(span, 1), (torch.zeros(1, 1), c))[1][1], c
    ).item()
""",
        },
    },
    "clip-threshold": {
        "PyTorch's own functions, in float32": {
            "define": """
def total_norm(gradients):
    return nn.utils.get_total_norm([g for g in gradients if g is not None]).item()


def choose_threshold(norms, share=0.1):
    ordered = sorted((n if not math.isnan(n) else float("inf")) for n in norms)
    place = max(0, len(ordered) - math.floor(len(ordered) * share) - 1)
    if ordered[place] == float("inf"):
        raise ValueError(f"too few finite norms among {norms}")
    return ordered[place]


def clip_(parameters, threshold):
    norm = total_norm(p.grad for p in parameters)
    if math.isfinite(norm):
        nn.utils.clip_grad_norm_(parameters, threshold)
    else:
        for p in parameters:
            if p.grad is not None:
                p.grad[...] = 0
    return norm
""",
        },
    },
}
