"""Wrong submissions for `embeddings`; mistakes.py explains the format."""

WRONG = {
    "masked-loss": {
        "the right word counted as a negative": {
            "change": ("(F.softplus(negative) * real)", "F.softplus(negative)"),
            "says": "Leave it out",
        },
        "scores of drawn right words set to zero": {
            "change": ("(F.softplus(negative) * real)", "F.softplus(negative * real)"),
            "says": "still costs log 2",
        },
        "the mean over the negatives": {
            "change": ("* real).sum(dim=1)", "* real).mean(dim=1)"),
            "says": "average over the negatives",
        },
        "the logarithm of a sigmoid kept from zero: finite, and without a gradient": {
            "change": [
                ("F.softplus(-positive)", "-(positive.sigmoid() + 1e-30).log()"),
                ("F.softplus(negative)", "-((-negative).sigmoid() + 1e-30).log()"),
            ],
        },
        "negatives that no gradient reaches in the table": {
            "change": ("outside[negatives] @", "outside.detach()[negatives] @"),
            "says": "was something detached",
        },
        "a number, not a tensor": {
            "change": ("return terms.mean()", "return terms.mean().item()"),
            "says": "tensor",
        },
        "the right words moved, to mark what is left out": {
            "change": ("return terms.mean()", "right += 1\n    return terms.mean()"),
            "says": "changed in place",
        },
    },
    "keep-probability": {
        "the rule of the paper": {
            "change": ("(ratio.sqrt() + ratio)", "ratio.sqrt()"),
            "says": "rule of the paper",
        },
        "0 / 0 for a word that does not occur": {
            "change": ("(ratio.sqrt() + ratio)", "((ratio.sqrt() + ratio) * (counts > 0))"),
            "says": "NaN",
        },
        "no count below one": {
            "change": (
                "t * counts.sum() / counts",
                "t * counts.sum() / counts.clamp(min=1)",
            ),
            "says": "some probability is wrong",
        },
        "a list": {
            "change": (".clamp(max=1)", ".clamp(max=1).tolist()"),
            "says": "A tensor is asked for",
        },
    },
    "choose-threshold": {
        "half of the vocabulary instead of half of the text": {
            "change": (
                "(counts * rule(counts, math.exp(middle))).sum() / counts.sum()",
                "rule(counts, math.exp(middle)).mean()",
            ),
            "says": "vocabulary",
        },
        "a dozen halvings on a linear scale": {
            "change": [
                ("math.log(1e-12), math.log(10.0)", "0.0, 1.0"),
                ("range(60)", "range(14)"),
                ("math.exp(middle)", "middle"),
                ("math.exp(low)", "middle"),
            ],
            "says": "small thresholds finely",
        },
        "thresholds from a millionth": {
            "change": ("math.log(1e-12)", "math.log(1e-6)"),
            "says": "from 1e-9 to 1",
        },
        "thresholds up to a tenth": {
            "change": ("math.log(10.0)", "math.log(0.1)"),
            "says": "50 % were asked for",
        },
        "the rule is given shares instead of counts": {
            "change": ("rule(counts, math", "rule(counts / counts.sum(), math"),
            "says": "with the counts that it is given",
        },
        "the rule of the paper, whatever the rule": {
            "change": ("rule(counts, math", "word2vec.keep_probability(counts, math"),
            "says": "use the rule",
        },
    },
    "nearest-rows": {
        "dot products instead of cosines": {
            "change": [
                ("table / length.clamp(min=1e-30).unsqueeze(1)", "table"),
                ("length == 0] = -2", "length == 0] = -math.inf"),
                ("rows] = -2", "rows] = -math.inf"),
            ],
            "says": "ignores lengths",
        },
        "a loop over the rows": {
            "define": """
def nearest_rows(table, rows, k):
    found = []
    for row in rows.tolist():
        cosine = F.cosine_similarity(table, table[row].unsqueeze(0))
        cosine[table.norm(dim=1) == 0] = -2
        cosine[row] = -2
        found.append(cosine.topk(k).indices)
    return torch.stack(found)
""",
            "says": "loop",
        },
        "the first of the sorted list dropped as the row itself": {
            "change": [
                ("    cosine[torch.arange(len(rows)), rows] = -2\n", ""),
                (
                    "cosine.topk(k, dim=1).indices",
                    "cosine.argsort(dim=1, descending=True, stable=True)[:, 1 : k + 1]",
                ),
            ],
            "says": "twin",
        },
        "a loop over the rows in Python, by NumPy": {
            "define": """
def nearest_rows(table, rows, k):
    points = table.numpy()
    length = (points**2).sum(1) ** 0.5
    found = []
    for row in rows.numpy():
        with_zeros = points @ points[row] / (length * length[row]).clip(1e-30)
        with_zeros[length == 0] = -2
        with_zeros[row] = -2
        found.append((-with_zeros).argsort(kind="stable")[:k])
    return torch.tensor([each.tolist() for each in found])
""",
            "says": "lines of Python",
        },
        "rows that sum to zero left out": {
            "change": ("length == 0]", "table.sum(dim=1) == 0]"),
            "says": "[1, -1] is none",
        },
        "only row 0 is padding": {
            "change": ("cosine[:, length == 0] = -2", "cosine[:, 0] = -2"),
        },
        "the diagonal left out, as if all rows were asked for": {
            "change": (
                "cosine[torch.arange(len(rows)), rows] = -2",
                "cosine.fill_diagonal_(-2)",
            ),
            "says": "its own neighbours",
        },
    },
    "lean": {
        "measured from the origin": {
            "change": ("(vectors[name] - middle) @", "vectors[name] @"),
            "says": "halfway",
        },
        "a cosine with the direction": {
            "change": (
                "(2 * (vectors[name] - middle) @ axis / (axis @ axis))",
                "F.cosine_similarity(vectors[name] - middle, axis, dim=0)",
            ),
        },
        "the first pair alone": {
            "change": [
                ("for first, _ in pairs]", "for first, _ in pairs[:1]]"),
                ("for _, second in pairs]", "for _, second in pairs[:1]]"),
            ],
            "says": "several pairs",
        },
        "the shares copied from the cell above": {
            "change": (
                "measured = lean(vectors, work, pairs)",
                "measured = dict(zip(work, shares))",
            ),
            "says": "measure it with",
        },
        "the middle taken off the vectors that were given": {
            "change": (
                "axis, middle = b - a, (a + b) / 2",
                "axis, middle = b - a, 0\n    for name in names:\n"
                "        vectors[name] -= (a + b) / 2",
            ),
        },
    },
    "explain-removal": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "masked-loss": {
        "a loop over examples and words": {
            "define": """
def masked_loss(v, outside, right, negatives):
    total = 0
    for i in range(len(v)):
        total = total - F.logsigmoid(outside[right[i]].dot(v[i]))
        for n in negatives[i].tolist():
            if n != int(right[i]):
                total = total - F.logsigmoid(-outside[n].dot(v[i]))
    return total / len(v)
""",
        },
        "binary cross-entropy with weights": {
            "define": """
def masked_loss(v, outside, right, negatives):
    words = torch.cat([right[:, None], negatives], dim=1)
    scores = torch.einsum("bd,bkd->bk", v, outside[words])
    weights = (words != right[:, None]).to(v.dtype)
    targets = torch.zeros_like(weights)
    weights[:, 0] = targets[:, 0] = 1
    return F.binary_cross_entropy_with_logits(scores, targets, weights, reduction="sum") / len(v)
""",
        },
        "terms filled with minus infinity before the softplus": {
            "change": (
                "(F.softplus(negative) * real)",
                "F.softplus(negative.masked_fill(~real, -math.inf))",
            ),
        },
    },
    "keep-probability": {
        "a list of Python's numbers": {
            "define": """
def program_rule(counts, t):
    total, kept = float(counts.sum()), []
    for count in counts.tolist():
        f = count / total
        kept.append(min(1.0, (math.sqrt(f / t) + 1) * t / f) if f else 1.0)
    return torch.tensor(kept)
""",
        },
        "torch.where over the formula as it stands": {
            "define": """
def program_rule(counts, t):
    f = counts / counts.sum()
    return torch.where(f > 0, ((f / t).sqrt() + 1) * t / f, 1.0).clamp(max=1)
""",
        },
    },
    "choose-threshold": {
        "two hundred halvings on a linear scale": {
            "define": """
def choose_threshold(counts, share, rule):
    low, high = 0.0, 1.0
    while high - low > 1e-15:
        t = 0.5 * (low + high)
        if float((rule(counts, t) * counts).sum() / counts.sum()) < share:
            low = t
        else:
            high = t
    return (low + high) / 2
""",
        },
        "grids within grids": {
            "define": """
def choose_threshold(counts, share, rule):
    low, high = -9.5, 0.5
    for _ in range(8):
        grid = torch.linspace(low, high, 11, dtype=torch.float64).tolist()
        kept = [(counts * rule(counts, 10**x)).sum().item() / counts.sum().item() for x in grid]
        at = max((i for i, each in enumerate(kept) if each < share), default=0)
        low, high = grid[at], grid[min(at + 1, 10)]
    return 10**low
""",
        },
    },
    "nearest-rows": {
        "all cosines by broadcasting, then a sort": {
            "define": """
def nearest_rows(table, rows, k):
    cosine = F.cosine_similarity(table[rows][:, None], table[None], dim=2)
    own = rows[:, None] == torch.arange(len(table))
    never = own | (table == 0).all(dim=1)
    return torch.where(never, -torch.inf, cosine).argsort(dim=1, descending=True)[:, :k]
""",
        },
        "NumPy": {
            "define": """
def nearest_rows(table, rows, k):
    import numpy as np

    points, rows = table.detach().numpy().astype("float64"), rows.numpy()
    length = np.linalg.norm(points, axis=1, keepdims=True)
    unit = points / np.where(length > 0, length, 1)
    cosine = unit[rows] @ unit.T
    cosine[:, length[:, 0] == 0] = -np.inf
    np.put_along_axis(cosine, rows[:, None], -np.inf, axis=1)
    return torch.from_numpy(np.argsort(-cosine, axis=1)[:, :k].copy())
""",
        },
        "one neighbour after the other": {
            "define": """
def nearest_rows(table, rows, k):
    unit = F.normalize(table, dim=1)
    cosine = unit[rows] @ unit.T
    cosine[:, (table != 0).sum(1) == 0] = -3
    cosine.scatter_(1, rows[:, None], -3)
    found = []
    for _ in range(k):
        found.append(cosine.argmax(dim=1))
        cosine.scatter_(1, found[-1][:, None], -3)
    return torch.stack(found, dim=1)
""",
        },
    },
    "lean": {
        "sums in loops": {
            "define": """
def lean(vectors, names, pairs):
    a = sum(vectors[x] for x, y in pairs) / len(pairs)
    b = sum(vectors[y] for x, y in pairs) / len(pairs)
    found = {}
    for name in names:
        along = torch.dot(vectors[name] - a, b - a) / torch.linalg.norm(b - a) ** 2
        found[name] = float(along * 2 - 1)
    return found
""",
        },
        "NumPy in another order": {
            "define": """
def lean(vectors, names, pairs):
    first, second = zip(*pairs)
    a, b = (
        torch.stack([vectors[w] for w in side]).numpy().mean(axis=0) for side in (first, second)
    )
    unit = (b - a) / ((b - a) ** 2).sum() ** 0.5
    low, high = a @ unit, b @ unit
    every = torch.stack([vectors[name] for name in names]).numpy() @ unit
    return dict(zip(names, (2 * (every - low) / (high - low) - 1).tolist()))
""",
        },
    },
}
