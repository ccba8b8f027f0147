"""Wrong submissions for `data-augmentation`; test_wrong_submissions.py explains the format."""

CROP = """
def resized_crop(x, windows):
    batch, _, height, width = x.shape
    top, left, tall, wide = windows.to(x.dtype).T.unsqueeze(2)
    rows = top + (torch.arange(height, dtype=x.dtype) + 0.5) * tall / height
    columns = left + (torch.arange(width, dtype=x.dtype) + 0.5) * wide / width
    across = (2 * columns / width - 1).unsqueeze(1).expand(batch, height, width)
    down = (2 * rows / height - 1).unsqueeze(2).expand(batch, height, width)
    grid = torch.stack([across, down], dim=3)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)
"""

CROSSINGS = """
def crossings(classify, x, y, changes, limit=0.5):
    with torch.no_grad():
        known = classify(x).argmax(1) == y
        found = {}
        for name, change in changes.items():
            logits = classify(change(x[known].clone()))
            seen, truth = logits.argmax(1), y[known]
            found[name] = []
            for c in truth.unique().tolist():
                counts = torch.bincount(seen[truth == c], minlength=logits.shape[1])
                total = counts.sum().item()
                counts[c] = 0
                if counts.max() > limit * total:
                    found[name].append((c, counts.argmax().item()))
    return found
"""

SCOPED = """
def scope(words, negations, stops):
    inside, places = False, []
    for i, word in enumerate(words):
        inside = word in negations or (inside and word not in stops)
        if inside:
            places.append(i)
    return places


def delete_outside(words, rate, negations, stops, rng):
    kept = set(scope(words, negations, stops))
    kept |= {i + 1 for i in kept}
    left = [w for i, w in enumerate(words) if i in kept or rng.random() >= rate]
    return left or list(words)


def swap_outside(words, negations, stops, rng):
    fixed = set(scope(words, negations, stops))
    free = [i for i, w in enumerate(words) if i not in fixed and w not in stops]
    swapped = list(words)
    if len(free) > 1:
        i, j = rng.sample(free, 2)
        swapped[i], swapped[j] = swapped[j], swapped[i]
    return swapped
"""

WRONG = [
    # --- a blend and its target
    {
        "name": "blended class indices",
        "cells": {
            "blend": """
def blend(x, y, partner, k, classes):
    k = max(k, 1 - k)
    return k * x + (1 - k) * x[partner], k * y + (1 - k) * y[partner]
"""
        },
        "points": {"blend": 0},
        "says": {"blend": "cannot be blended"},
    },
    {
        "name": "the target of the larger part alone",
        "cells": {
            "blend": """
def blend(x, y, partner, k, classes):
    k = max(k, 1 - k)
    y = F.one_hot(y, classes).to(x.dtype) if y.dim() == 1 else y
    return k * x + (1 - k) * x[partner], y
"""
        },
        "points": {"blend": 0},
        "says": {"blend": "same partner"},
    },
    {
        "name": "k as it comes",
        "cells": {
            "blend": """
def blend(x, y, partner, k, classes):
    y = F.one_hot(y, classes).to(x.dtype) if y.dim() == 1 else y
    return k * x + (1 - k) * x[partner], k * y + (1 - k) * y[partner]
"""
        },
        "points": {"blend": 0},
        "says": {"blend": "larger part"},
    },
    {
        "name": "soft targets made hard",
        "cells": {
            "blend": """
def blend(x, y, partner, k, classes):
    k = max(k, 1 - k)
    y = y if y.dim() == 1 else y.argmax(1)
    y = F.one_hot(y, classes).to(x.dtype)
    return k * x + (1 - k) * x[partner], k * y + (1 - k) * y[partner]
"""
        },
        "points": {"blend": 0},
        "says": {"blend": "do not make them hard"},
    },
    {
        "name": "blended in place",
        "cells": {
            "blend": """
def blend(x, y, partner, k, classes):
    k = max(k, 1 - k)
    y = F.one_hot(y, classes).to(x.dtype) if y.dim() == 1 else y
    other, labels = x[partner], y[partner]
    return x.mul_(k).add_((1 - k) * other), k * y + (1 - k) * labels
"""
        },
        "points": {"blend": 0},
    },
    # --- where a crop ends
    {
        "name": "corners aligned",
        "cells": {"resized-crop": CROP.replace("align_corners=False", "align_corners=True")},
        "points": {"resized-crop": 0},
        "says": {"resized-crop": "unchanged"},
    },
    {
        "name": "a dark rim",
        "cells": {"resized-crop": CROP.replace('padding_mode="border", ', "")},
        "points": {"resized-crop": 0},
        "says": {"resized-crop": "dark rim"},
    },
    {
        "name": "pixels read at their corner",
        "cells": {"resized-crop": CROP.replace(" + 0.5)", ")")},
        "points": {"resized-crop": 0},
        "says": {"resized-crop": "unchanged"},
    },
    {
        "name": "the first window for all",
        "cells": {
            "resized-crop": CROP.replace(
                "windows.to(x.dtype)", "windows[:1].expand(len(x), 4).to(x.dtype)"
            )
        },
        "points": {"resized-crop": 0},
        "says": {"resized-crop": "its own window"},
    },
    # --- what may be done
    {
        "name": "a low accuracy taken for a crossed border",
        "cells": {
            "safe-changes": CROSSINGS.replace("counts.max() >", "counts.sum() >"),
        },
        "points": {"safe-changes": 0},
        "says": {"safe-changes": "accuracy alone"},
    },
    {
        "name": "pictures that were misread anyway",
        "cells": {
            "safe-changes": CROSSINGS.replace(
                "known = classify(x).argmax(1) == y", "known = torch.ones_like(y, dtype=torch.bool)"
            )
        },
        "points": {"safe-changes": 0},
        "says": {"safe-changes": "leave them out"},
    },
    {
        "name": "staying counted as crossing",
        "cells": {"safe-changes": CROSSINGS.replace("counts[c] = 0", "pass")},
        "points": {"safe-changes": 0},
    },
    {
        "name": "a limit of its own",
        "cells": {"safe-changes": CROSSINGS.replace("> limit * total", "> 0.5 * total")},
        "points": {"safe-changes": 0},
        "says": {"safe-changes": "limit used"},
    },
    # --- what a not protects
    {
        "name": "only the word behind the negation",
        "cells": {
            "scoped-eda": SCOPED.replace(
                "(inside and word not in stops)",
                "(i > 0 and words[i - 1] in negations and word not in stops)",
            )
        },
        "points": {"scoped-eda": 0},
        "says": {"scoped-eda": "not really very clean"},
    },
    {
        "name": "the negation left out of its scope",
        "cells": {
            "scoped-eda": SCOPED.replace(
                "        if inside:", "        if inside and word not in negations:"
            )
        },
        "points": {"scoped-eda": 0},
        "says": {"scoped-eda": "itself"},
    },
    {
        "name": "the stop behind the scope deleted",
        "cells": {"scoped-eda": SCOPED.replace("    kept |= {i + 1 for i in kept}\n", "")},
        "points": {"scoped-eda": 0},
        "says": {"scoped-eda": "the stop that ends it"},
    },
    {
        "name": "stops that move",
        "cells": {
            "scoped-eda": SCOPED.replace("i not in fixed and w not in stops]", "i not in fixed]")
        },
        "points": {"scoped-eda": 0},
        "says": {"scoped-eda": "a stop has moved"},
    },
    {
        "name": "random numbers of its own",
        "cells": {"scoped-eda": SCOPED.replace("rng.random() >=", "random.random() >=")},
        "points": {"scoped-eda": 0},
        "says": {"scoped-eda": "draw from rng"},
    },
    # --- a plan
    {
        "name": "no plan",
        "cells": {"explain-plan": "YOUR ANSWER HERE"},
        "points": {"explain-plan": 0},
    },
]
