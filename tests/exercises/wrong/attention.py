"""Wrong submissions for `attention`; mistakes.py explains the format."""

WRONG = {
    "entropy": {
        "nats instead of bits": {
            "change": ("safe.log2()", "safe.log()"),
            "says": "logarithm to base 2",
        },
        "a softmax over the padding too": {
            "change": ("masked_softmax(scores, mask)", "scores.softmax(-1)"),
            "says": "the padding got weight",
        },
        "torch.special.entr: right values, infinite gradients (hidden)": {
            "change": (
                "-(weights * safe.log2()).sum(-1)",
                "torch.special.entr(weights).sum(-1) / math.log(2)",
            ),
            "says": "not finite there",
        },
        "NaN replaced in the result only (hidden)": {
            "change": ("(weights * safe.log2())", "(weights * weights.log2()).nan_to_num(0.0)"),
            "says": "not finite there",
        },
        "the weights without a gradient (hidden)": {
            "change": ("-(weights * safe", "-(weights.detach() * safe"),
            "says": "did you detach the weights",
        },
        "exp without the maximum (hidden)": {
            "change": (
                "masked_softmax(scores, mask)",
                "scores.exp() * mask / (scores.exp() * mask).sum(-1, True).clamp(min=1e-30)",
            ),
            "says": "Three real positions",
        },
    },
    "local": {
        "the row divided by its sum again": {
            "change": [
                ("return weights *", "weights = weights *"),
                (
                    "(2 * sigma**2))",
                    "(2 * sigma**2))\n"
                    "    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)",
                ),
            ],
            "says": "divided by the sum again",
        },
        "a softmax over the whole source, cut afterwards": {
            "change": (
                "(distance.abs() <= half_width) & real)",
                "real) * (distance.abs() <= half_width)",
            ),
            "says": "cut afterwards",
        },
        "the padding forgotten (hidden)": {
            "change": (" & real)", ")"),
            "says": "padding outside the softmax",
        },
        "the centre rounded to a whole place (hidden)": {
            "change": ("centres[..., None]", "centres.round()[..., None]"),
            "says": "fractions of a place",
        },
        "the centres of the first source for all (hidden)": {
            "change": ("centres[..., None]", "centres[:1, :, None]"),
            "says": "your weights are",
        },
        "a bell without a gradient (hidden)": {
            "change": ("torch.exp(-distance.square()", "torch.exp(-distance.detach().square()"),
            "says": "No gradient reaches the centres",
        },
    },
    "low-rank": {
        "the two million weights after all (hidden)": {
            "change": ("(query @ A.mT) @ (keys @ B.mT).mT", "query @ (A.mT @ B) @ keys.mT"),
            "says": "build the product",
        },
        "keys as rows of the scores": {
            "change": ("(query @ A.mT) @ (keys @ B.mT).mT", "(keys @ B.mT) @ (query @ A.mT).mT"),
            "says": "(1, 1, 3)",
        },
        "divided by the root of the rank (hidden)": {
            "change": ("(keys @ B.mT).mT", "(keys @ B.mT).mT / len(A) ** 0.5"),
            "says": "by the root of the rank",
        },
    },
    "saturation": {
        "the largest of all weights instead of the average of the largest": {
            "change": (".amax(-1).mean()", ".max()"),
            "says": "Average over queries",
        },
        "scale ignored (hidden)": {
            "change": ("scale(width) * (query @ keys.mT)", "query @ keys.mT"),
            "says": "Do you apply",
        },
        "a scale of the number of positions (hidden)": {
            "change": ("scale(width)", "scale(positions)"),
            "says": "called with the width",
        },
        "the last width instead of the first": {
            "change": ("for width in widths:", "for width in reversed(widths):"),
            "says": "passes 0.6 at width 16",
        },
        "a seed set in the function": {
            "change": (
                "    for width in widths:",
                "    torch.manual_seed(0)\n    for width in widths:",
            ),
            "says": "sets PyTorch's seed",
        },
    },
    "blame": {
        "walks the shorter text only (hidden)": {
            "change": ("index == len(written) == len(target)", "index == shared"),
            "says": "is missing",
        },
        "looked and read exchanged": {
            "change": (
                '"read" if looked in alignment[index] else "looked"',
                '"looked" if looked in alignment[index] else "read"',
            ),
            "says": "it misread",
        },
        "the weights of all origins together (hidden)": {
            "change": (
                "looked in alignment[index]",
                "weights[index][alignment[index]].sum() >= 0.5",
            ),
            "says": "largest single weight",
        },
        "only a weight over a half counts (hidden)": {
            "change": (
                "looked in alignment[index]",
                "looked in alignment[index] and weights[index][looked] > 0.5",
            ),
            "says": "even below a half",
        },
        "one answer for all that is right": {
            "change": ("return None, None", "return None"),
            "says": "A pair is asked for",
        },
    },
    "explain": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "entropy": {
        "a loop over sources, log_softmax": {
            "define": """
def attention_entropy(scores, lengths):
    rows = []
    for source, length in zip(scores, lengths.tolist()):
        logs = source[:, :length].log_softmax(-1) if length else source[:, :0]
        rows.append(-(logs.exp() * logs).sum(-1) / math.log(2))
    return torch.stack(rows)
""",
        },
        "log of the sum less the mean score": {
            "define": """
def attention_entropy(scores, lengths):
    mask = (torch.arange(scores.shape[2]) < lengths[:, None])[:, None]
    kept = scores.masked_fill(~mask, -1e30)
    shares = masked_softmax(scores, mask.expand_as(scores))
    nats = kept.logsumexp(-1) - torch.where(mask, shares * scores, 0.0).sum(-1)
    return torch.where((lengths > 0)[:, None], nats / math.log(2), 0.0)
""",
        },
        "logarithms clamped from below": {
            "change": ("safe.log2()", "weights.clamp(min=1e-20).log2()"),
        },
    },
    "local": {
        "loops": {
            "define": """
def local_attention_weights(scores, centres, lengths, half_width):
    rows = []
    for b, length in enumerate(lengths.tolist()):
        for t in range(scores.shape[1]):
            p = centres[b, t]
            window = [j for j in range(length) if abs(j - p.item()) <= half_width]
            row = torch.zeros_like(scores[b, t])
            if window:
                places = torch.tensor(window)
                bell = torch.exp(-((places - p) ** 2) * 2 / half_width**2)
                row = row.index_put((places,), scores[b, t, places].softmax(0) * bell)
            rows.append(row)
    return torch.stack(rows).view(scores.shape)
""",
        },
        "minus infinity, a softmax, and empty rows filled": {
            "define": """
def local_attention_weights(scores, centres, lengths, half_width):
    j = torch.arange(scores.size(-1))
    away = (j - centres.unsqueeze(-1)).abs()
    allowed = torch.logical_and(away <= half_width, j < lengths.view(-1, 1, 1))
    none = ~allowed.any(-1, keepdim=True)
    logits = torch.where(allowed | none, scores, -torch.inf)
    return torch.where(none, 0.0, logits.softmax(-1) * torch.exp(-2 * (away / half_width) ** 2))
""",
        },
    },
    "low-rank": {
        "einsum": {
            "define": """
def low_rank_score(query, keys, A, B):
    thin = torch.einsum("btq,rq->btr", query, A)
    return torch.einsum("btr,bsr->bts", thin, F.linear(keys, B))
""",
        },
    },
    "saturation": {
        "NumPy, one query after the other": {
            "define": """
def saturation_width(positions, threshold, widths, scale=lambda width: 1.0):
    import numpy as np

    draw = np.random.default_rng()
    for width in widths:
        largest = []
        for _ in range(1000):
            scores = draw.normal(size=(positions, width)) @ draw.normal(size=width)
            scores = scores * scale(width)
            weights = np.exp(scores - scores.max())
            largest.append(weights.max() / weights.sum())
        if np.mean(largest) > threshold:
            return width
""",
        },
    },
    "blame": {
        "a list, zip_longest, NumPy's whole number": {
            "define": """
def first_error(written, target, weights, alignment):
    import itertools

    for i, (mine, right) in enumerate(itertools.zip_longest(written, target)):
        if mine != right:
            if right is None or len(alignment[i]) == 0:
                return [i, "frame"]
            place = weights[i].numpy().argmax()
            return [i, "read" if place in set(alignment[i]) else "looked"]
    return [None, None]
""",
        },
    },
}
