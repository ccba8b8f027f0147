"""Wrong submissions for `embeddings`; test_wrong_submissions.py explains the format."""

LOSS = """
def masked_loss(v, outside, right, negatives):
    positive = (outside[right] * v).sum(dim=1)
    negative = (outside[negatives] @ v.unsqueeze(2)).squeeze(2)
    real = negatives != right.unsqueeze(1)
    {body}
"""

THRESHOLD = """
def choose_threshold(counts, share, rule):
    counts = counts.double()
    low, high = {ends}
    for _ in range({steps}):
        middle = (low + high) / 2
        kept = {kept}
        low, high = (middle, high) if kept < share else (low, middle)
    return {answer}
"""

NEAREST = """
def nearest_rows(table, rows, k):
    {body}
"""

LEAN = """
def lean(vectors, names, pairs):
    a = torch.stack([vectors[first] for first, _ in pairs]).mean(dim=0)
    b = torch.stack([vectors[second] for _, second in pairs]).mean(dim=0)
    axis, middle = b - a, (a + b) / 2
    return {{name: {score} for name in names}}


measured = lean(vectors, work, pairs)
"""

WRONG = [
    # --- negatives that are none
    {
        "name": "the right word counted as a negative",
        "cells": {
            "masked-loss": LOSS.format(
                body="return (F.softplus(-positive) + F.softplus(negative).sum(dim=1)).mean()"
            )
        },
        "points": {"masked-loss": 0},
        "says": {"masked-loss": "Leave it out"},
    },
    {
        "name": "scores of drawn right words set to zero",
        "cells": {
            "masked-loss": LOSS.format(
                body="return (F.softplus(-positive) "
                "+ F.softplus(negative * real).sum(dim=1)).mean()"
            )
        },
        "points": {"masked-loss": 0},
        "says": {"masked-loss": "still costs log 2"},
    },
    {
        "name": "the mean over the negatives",
        "cells": {
            "masked-loss": LOSS.format(
                body="return (F.softplus(-positive) "
                "+ (F.softplus(negative) * real).mean(dim=1)).mean()"
            )
        },
        "points": {"masked-loss": 0},
        "says": {"masked-loss": "average over the negatives"},
    },
    {
        "name": "the logarithm of a sigmoid kept from zero: finite, and without a gradient",
        "cells": {
            "masked-loss": LOSS.format(
                body="return -((positive.sigmoid() + 1e-30).log() "
                "+ (((-negative).sigmoid() + 1e-30).log() * real).sum(dim=1)).mean()"
            )
        },
        "points": {"masked-loss": 0},
    },
    # --- the rule of the program
    {
        "name": "the rule of the paper",
        "cells": {
            "keep-probability": """
def program_rule(counts, t):
    return (t * counts.sum() / counts).sqrt().clamp(max=1)
"""
        },
        "points": {"keep-probability": 0},
        "says": {"keep-probability": "rule of the paper"},
    },
    {
        "name": "0 / 0 for a word that does not occur",
        "cells": {
            "keep-probability": """
def program_rule(counts, t):
    f = counts / counts.sum()
    return (((f / t).sqrt() + 1) * t / f * (f > 0)).clamp(max=1)
"""
        },
        "points": {"keep-probability": 0},
        "says": {"keep-probability": "NaN"},
    },
    # --- which threshold?
    {
        "name": "half of the vocabulary instead of half of the text",
        "cells": {
            "choose-threshold": THRESHOLD.format(
                ends="math.log(1e-12), math.log(10.0)",
                steps=60,
                kept="rule(counts, math.exp(middle)).mean()",
                answer="math.exp(low)",
            )
        },
        "points": {"choose-threshold": 0},
        "says": {"choose-threshold": "vocabulary"},
    },
    {
        "name": "a dozen halvings on a linear scale",
        "cells": {
            "choose-threshold": THRESHOLD.format(
                ends="0.0, 1.0",
                steps=14,
                kept="(counts * rule(counts, middle)).sum() / counts.sum()",
                answer="middle",
            )
        },
        "points": {"choose-threshold": 0},
        "says": {"choose-threshold": "small thresholds finely"},
    },
    # --- all neighbours at once
    {
        "name": "dot products instead of cosines",
        "cells": {
            "nearest-rows": NEAREST.format(
                body="""scores = table[rows] @ table.T
    scores[torch.arange(len(rows)), rows] = -math.inf
    scores[:, table.norm(dim=1) == 0] = -math.inf
    return scores.topk(k, dim=1).indices"""
            )
        },
        "points": {"nearest-rows": 0},
        "says": {"nearest-rows": "ignores lengths"},
    },
    {
        "name": "a loop over the rows",
        "cells": {
            "nearest-rows": NEAREST.format(
                body="""found = []
    for row in rows.tolist():
        cosine = F.cosine_similarity(table, table[row].unsqueeze(0))
        cosine[table.norm(dim=1) == 0] = -2
        cosine[row] = -2
        found.append(cosine.topk(k).indices)
    return torch.stack(found)"""
            )
        },
        "points": {"nearest-rows": 0},
        "says": {"nearest-rows": "loop"},
    },
    {
        "name": "the first of the sorted list dropped as the row itself",
        "cells": {
            "nearest-rows": NEAREST.format(
                body="""length = table.norm(dim=1)
    unit = table / length.clamp(min=1e-30).unsqueeze(1)
    cosine = unit[rows] @ unit.T
    cosine[:, length == 0] = -2
    return cosine.argsort(dim=1, descending=True, stable=True)[:, 1 : k + 1]"""
            )
        },
        "points": {"nearest-rows": 0},
        "says": {"nearest-rows": "twin"},
    },
    # --- a planted prejudice
    {
        "name": "measured from the origin",
        "cells": {"lean": LEAN.format(score="(2 * vectors[name] @ axis / (axis @ axis)).item()")},
        "points": {"lean": 0},
        "says": {"lean": "halfway"},
    },
    {
        "name": "a cosine with the direction",
        "cells": {
            "lean": LEAN.format(
                score="F.cosine_similarity(vectors[name] - middle, axis, dim=0).item()"
            )
        },
        "points": {"lean": 0},
    },
    {
        "name": "the first pair alone",
        "cells": {
            "lean": """
def lean(vectors, names, pairs):
    a, b = (vectors[word] for word in pairs[0])
    axis, middle = b - a, (a + b) / 2
    return {name: (2 * (vectors[name] - middle) @ axis / (axis @ axis)).item() for name in names}


measured = lean(vectors, work, pairs)
"""
        },
        "points": {"lean": 0},
        "says": {"lean": "several pairs"},
    },
    # --- take it out?
    {
        "name": "no explanation",
        "cells": {"explain-removal": "YOUR ANSWER HERE"},
        "points": {"explain-removal": 0},
    },
]
