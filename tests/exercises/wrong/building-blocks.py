"""Wrong submissions for `building-blocks`; mistakes.py explains the format."""

WRONG = {
    "warm-log-softmax": {
        "one minus a probability that was rounded to 1": {
            "change": ("(log_sum(others) - everything)", "(-(u - everything).expm1()).log()"),
            "says": "sum over the other classes",
        },
        "multiplied by the temperature": {
            "change": ("u = (z / temperature)", "u = (z * temperature)"),
            "says": "bolder",
        },
        "the logarithm of the softmax": {
            "define": """
def yes_and_no(z, temperature=1.0, dim=-1):
    p = (z / temperature).exp()
    p = p / p.sum(dim, keepdim=True)
    return p.log(), (1 - p).log()
""",
            "says": "overflows",
        },
        "PyTorch's own log-softmax": {
            "change": (
                "u - everything).movedim(-1, dim), (log_sum(others) - everything)",
                "torch.log_softmax(u, -1)).movedim(-1, dim), "
                "(torch.logsumexp(others, -1) - torch.logsumexp(u, -1, keepdim=True))",
            ),
            "says": "PyTorch's own",
        },
        "always along the last axis": {
            "change": [
                ("(z / temperature).movedim(dim, -1)", "z / temperature"),
                ("(u - everything).movedim(-1, dim)", "u - everything"),
                ("(log_sum(others) - everything).movedim(-1, dim)", "log_sum(others) - everything"),
            ],
            "says": "same axis as the sum",
        },
    },
    "warm-gradient": {
        "probability minus target, whatever the loss": {
            "change": ("g - log_p.exp() * g.sum(dim, keepdim=True)", "g + log_p.exp() / len(g)"),
            "says": "g.sum",
        },
        "the temperature forgotten on the way back": {
            "change": ("by_u / temperature,", "by_u,"),
            "says": "du/dz = 1 / T",
        },
        "the temperature's gradient with the wrong sign": {
            "change": ("-(by_u * z).sum()", "(by_u * z).sum()"),
            "says": "temperature has the wrong sign",
        },
        "a sum over all entries instead of one axis (right for a last axis)": {
            "change": ("g.sum(dim, keepdim=True)", "g.sum(-1, keepdim=True)"),
            "says": "along dim",
        },
    },
    "lion": {
        "the sign of the memory": {
            "change": [
                ("c = b1 * m + (1 - b1) * p.grad", "c = m.mul_(b2).add_((1 - b2) * p.grad)"),
                ("\n            m.mul_(b2).add_((1 - b2) * p.grad)", ""),
            ],
            "says": "wrong way",
        },
        "memory updated before the step": {
            "change": [
                (
                    "            c = b1",
                    "            m.mul_(b2).add_((1 - b2) * p.grad)\n            c = b1",
                ),
                ("\n            m.mul_(b2).add_((1 - b2) * p.grad)", ""),
            ],
            "says": "60 random steps",
        },
        "weight decay as a part of the gradient": {
            "change": [
                (
                    "            c = b1",
                    "            g = p.grad + self.weight_decay * p\n            c = b1",
                ),
                ("(1 - b1) * p.grad", "(1 - b1) * g"),
                ("(c.sign() + self.weight_decay * p)", "c.sign()"),
                ("(1 - b2) * p.grad", "(1 - b2) * g"),
            ],
            "says": "no part of the gradient",
        },
        "the memory fades without a gradient": {
            "change": [
                (
                    "if p.grad is None:\n                continue",
                    "g = torch.zeros_like(p) if p.grad is None else p.grad",
                ),
                ("(1 - b1) * p.grad", "(1 - b1) * g"),
                ("(1 - b2) * p.grad", "(1 - b2) * g"),
            ],
            "says": "when there is no gradient",
        },
        "no sign at all": {
            "change": ("c.sign()", "c"),
            "says": "only the sign counts",
        },
    },
    "revive": {
        "closed on one example is dead": {
            "change": ("(x == 0).all(0)", "(x == 0).any(0)"),
            "says": "closed on all of them",
        },
        "every unit of a layer with a dead one is drawn anew": {
            "change": (
                "(layer(x) <= 0).all(0)",
                "(layer(x) <= 0).all(0).any().expand(layer.out_features)",
            ),
            "says": "Only the rows of dead units",
        },
        "only the first layer is repaired": {
            "change": ("zip(layers, layers[1:] + [None])", "[layers[:2]]"),
            "says": "from the first to the last",
        },
        "a new bias of zero (often enough, not always)": {
            "change": ("0.1 - sums.median(0).values[dead]", "0"),
            "says": "choose it from the sums",
        },
        "all revived units alike": {
            "change": ("torch.randn_like(layer.weight[dead]) * math.sqrt(2 / n_in)", "0.3"),
            "says": "equal",
        },
    },
    "largest-rate": {
        "momentum as a longer step": {
            "change": ("2 * (1 + momentum)", "2 * (1 - momentum)"),
            "says": "lengthened",
        },
        "momentum does not matter": {
            "change": ("2 * (1 + momentum)", "2"),
            "says": "one of them is wrong",
        },
        "a search that starts from a fixed range": {
            "change": ("10 / curvature", "10.0"),
            "says": "any curvature",
        },
    },
    "explain-loss": {"the explanation left as it was": {"cell": "YOUR ANSWER HERE"}},
}
