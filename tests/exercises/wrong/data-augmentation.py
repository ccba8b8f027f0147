"""Wrong submissions for `data-augmentation`; mistakes.py explains the format."""

WRONG = {
    "blend": {
        "blended class indices": {
            "change": (
                "    if y.dim() == 1:\n        y = F.one_hot(y, classes)\n    y = y.to(x.dtype)\n",
                "",
            ),
            "says": "cannot be blended",
        },
        "the target of the larger part alone": {
            "change": ("k * y + (1 - k) * y[partner]", "y"),
            "says": "same partner",
        },
        "k as it comes": {
            "change": ("    k = max(k, 1 - k)\n", ""),
            "says": "larger part",
        },
        "soft targets made hard": {
            "change": (
                "if y.dim() == 1:\n        y = F.one_hot(y, classes)",
                "y = F.one_hot(y if y.dim() == 1 else y.argmax(1), classes)",
            ),
            "says": "do not make them hard",
        },
        "blended in place": {
            "change": (
                "return k * x + (1 - k) * x[partner],",
                "other = x[partner]\n    return x.mul_(k).add_((1 - k) * other),",
            ),
        },
    },
    "resized-crop": {
        "corners aligned": {
            "change": ("align_corners=False", "align_corners=True"),
            "says": "unchanged",
        },
        "a dark rim": {
            "change": ('padding_mode="border", ', ""),
            "says": "dark rim",
        },
        "pixels read at their corner": {
            "change": [(" + 0.5) * tall", ") * tall"), (" + 0.5) * wide", ") * wide")],
            "says": "unchanged",
        },
        "the first window for all": {
            "change": ("windows.to(x.dtype)", "windows[:1].expand(len(x), 4).to(x.dtype)"),
            "says": "its own window",
        },
    },
    "safe-changes": {
        "a low accuracy taken for a crossed border": {
            "change": ("counts.max() >", "counts.sum() >"),
            "says": "accuracy alone",
        },
        "pictures that were misread anyway": {
            "change": ("classify(x).argmax(1) == y", "torch.ones_like(y, dtype=torch.bool)"),
            "says": "leave them out",
        },
        "staying counted as crossing": {
            "change": ("                counts[c] = 0\n", ""),
        },
        "a limit of its own": {
            "change": ("> limit * total", "> 0.5 * total"),
            "says": "limit used",
        },
    },
    "scoped-eda": {
        "only the word behind the negation": {
            "change": (
                "(inside and word not in stops)",
                "(i > 0 and words[i - 1] in negations and word not in stops)",
            ),
            "says": "not really very clean",
        },
        "the negation left out of its scope": {
            "change": ("if inside:", "if inside and word not in negations:"),
            "says": "itself",
        },
        "the stop behind the scope deleted": {
            "change": ("    kept |= {i + 1 for i in kept}  # the stop that ends a scope\n", ""),
            "says": "the stop that ends it",
        },
        "stops that move": {
            "change": (" and w not in stops]", "]"),
            "says": "a stop has moved",
        },
        "random numbers of its own": {
            "change": ("rng.random() >=", "random.random() >="),
            "says": "draw from rng",
        },
    },
    "explain-plan": {"no plan": {"cell": "YOUR ANSWER HERE"}},
}
