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
    },
    "explain-memory": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
