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
    },
    "explain": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
