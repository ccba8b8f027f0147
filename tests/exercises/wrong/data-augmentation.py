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
        "targets always in float32": {
            "change": ("y = y.to(x.dtype)", "y = y.float()"),
            "says": "and the targets torch.float32",
        },
        "the targets' own type, where they have one": {
            "change": (
                "        y = F.one_hot(y, classes)\n    y = y.to(x.dtype)",
                "        y = F.one_hot(y, classes).to(x.dtype)",
            ),
            "says": "not the type of x",
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
        "a mirror in the place of the border": {
            "change": ('padding_mode="border"', 'padding_mode="reflection"'),
            "says": "the border value goes on",
        },
        "float32, whatever the image is": {
            "change": (
                "return F.grid_sample(x, grid,",
                "return F.grid_sample(x.float(), grid.float(),",
            ),
            "says": "comes back as torch.float32",
        },
        "an image without gradient": {
            "change": ("F.grid_sample(x, grid", "F.grid_sample(x.detach(), grid"),
            "says": "it is detached",
        },
        "a half of the gradient": {
            "change": ("F.grid_sample(x, grid", "F.grid_sample((x + x.detach()) / 2, grid"),
            "says": "its gradient for the image is not",
        },
        "windows made relative in place": {
            "change": (
                "    rows = top",
                "    windows[:, 0] /= height\n    rows = windows[:, :1].to(x.dtype) * height",
            ),
            "says": "changes the windows",
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
        "a share of all pictures of the class": {
            "change": ("limit * total", "limit * (y == c).sum()"),
            "says": "not 4 / 11",
        },
        "classes numbered without gaps": {
            "change": ("for c in truth.unique().tolist()", "for c in range(len(truth.unique()))"),
            "says": "no pictures of its own",
        },
        "every class above the limit": {
            "change": (
                "                if counts.max() > limit * total:\n"
                "                    found[name].append((c, counts.argmax().item()))",
                "                above = (counts > limit * total).nonzero().flatten().tolist()\n"
                "                found[name] += [(c, other) for other in above]",
            ),
            "says": "Only the class that most are taken for",
        },
        "tensors for whole numbers": {
            "change": ("counts.argmax().item()", "counts.argmax()"),
            "says": "of type int",
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
        "a fixed share of the words deleted": {
            "change": (
                "    left = [w for i, w in enumerate(words) if i in kept or rng.random() >= rate]",
                "    free = [i for i in range(len(words)) if i not in kept]\n"
                "    gone = rng.sample(free, round(rate * len(free)))\n"
                "    left = [w for i, w in enumerate(words) if i not in gone]",
            ),
            "says": "drawn by itself",
        },
        "one decision for equal words": {
            "change": (
                "    left = [w for i, w in enumerate(words) if i in kept or rng.random() >= rate]",
                "    gone = {w for w in sorted(set(words)) if rng.random() < rate}\n"
                "    left = [w for i, w in enumerate(words) if i in kept or w not in gone]",
            ),
        },
        "a swap from random numbers of its own": {
            "change": ("rng.sample(free, 2)", "random.sample(free, 2)"),
            "says": "same swap",
        },
        "a word exchanged with its neighbour only": {
            "change": (
                "i, j = rng.sample(free, 2)",
                "k = rng.randrange(len(free) - 1)\n        i, j = free[k], free[k + 1]",
            ),
            "says": "each must occur",
        },
    },
    "explain-plan": {"no plan": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "blend": {
        "lerp, rows of the identity": {
            "cell": """
def blend(x, y, partner, k, classes):
    if k < 0.5:
        k = 1 - k
    if y.ndim == 1:
        y = torch.eye(classes, dtype=x.dtype)[y]
    y = y.type_as(x)
    return torch.lerp(x[partner], x, k), torch.lerp(y[partner], y, k)
""",
        },
    },
    "resized-crop": {
        "two matrices of weights and einsum": {
            "cell": """
def resized_crop(x, windows):
    def matrix(start, length, n):
        place = start[:, None] + (torch.arange(n) + 0.5) * length[:, None] / n - 0.5
        place = place.clamp(0, n - 1)
        return (1 - (place[:, :, None] - torch.arange(n)).abs()).clamp(min=0)

    w = windows.to(x)
    down = matrix(w[:, 0], w[:, 2], x.shape[2])
    across = matrix(w[:, 1], w[:, 3], x.shape[3])
    return torch.einsum("bip,bcpq,bjq->bcij", down, x, across)
""",
        },
        "affine_grid": {
            "cell": """
def resized_crop(x, windows):
    h, w = x.shape[-2:]
    top, left, tall, wide = windows.to(x.dtype).unbind(1)
    zero = torch.zeros_like(top)
    theta = torch.stack([
        torch.stack([wide / w, zero, (2 * left + wide) / w - 1], 1),
        torch.stack([zero, tall / h, (2 * top + tall) / h - 1], 1),
    ], 1)
    grid = F.affine_grid(theta, x.shape, align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
""",
        },
    },
    "safe-changes": {
        "every picture changed, then counted in loops": {
            "cell": """
from collections import Counter

def crossings(classify, x, y, changes, limit=0.5):
    first = classify(x.clone()).argmax(-1).tolist()
    result = {}
    for name in changes:
        then = classify(changes[name](x.clone())).argmax(-1).tolist()
        votes = {}
        for truth, before, after in zip(y.tolist(), first, then):
            if truth == before:
                votes.setdefault(truth, Counter())[after] += 1
        result[name] = []
        for c in sorted(votes):
            n = sum(votes[c].values())
            del votes[c][c]
            if votes[c]:
                to, most = votes[c].most_common(1)[0]
                if most / n > limit:
                    result[name].append((c, to))
    return result
""",
        },
    },
    "scoped-eda": {
        "loops, indices drawn with randrange": {
            "cell": """
def scope(words, negations, stops):
    places = set()
    for start in range(len(words)):
        if words[start] in negations:
            i = start
            while i < len(words) and words[i] not in stops:
                places.add(i)
                i += 1
    return sorted(places)

def delete_outside(words, rate, negations, stops, rng):
    places = scope(words, negations, stops)
    result = []
    for i in range(len(words)):
        if i in places or i - 1 in places:
            result.append(words[i])
        elif not rng.random() < rate:
            result.append(words[i])
    if len(result) == 0:
        return words[:]
    return result

def swap_outside(words, negations, stops, rng):
    places = scope(words, negations, stops)
    free = [i for i in range(len(words)) if i not in places and words[i] not in stops]
    if len(free) < 2:
        return words
    a = b = rng.choice(free)
    while b == a:
        b = free[rng.randrange(len(free))]
    new = words.copy()
    new[a], new[b] = words[b], words[a]
    return new
""",
        },
    },
}
