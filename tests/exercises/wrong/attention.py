"""Wrong submissions for `attention`; test_wrong_submissions.py explains the format."""

ENTROPY = """
def attention_entropy(scores, lengths):
    mask = length_mask(lengths, scores.shape[-1])[:, None, :].expand_as(scores)
    weights = masked_softmax(scores, mask)
    {rest}
"""

LOCAL = """
def local_attention_weights(scores, centres, lengths, half_width):
    places = torch.arange(scores.shape[-1])
    distance = places - centres[..., None]
    real = length_mask(lengths, scores.shape[-1])[:, None, :]
    near = distance.abs() <= half_width
    bell = torch.exp(-distance.square() / (2 * (half_width / 2) ** 2))
    {rest}
"""

SATURATION = """
def saturation_width(positions, threshold, widths, scale=lambda width: 1.0):
    for width in widths:
        query, keys = torch.randn(2000, 1, width), torch.randn(2000, positions, width)
        {rest}
            return width
    return None
"""

BLAME = """
def first_error(written, target, weights, alignment):
    for index in range({end}):
        if index >= len(target) or index >= len(written) or written[index] != target[index]:
            {verdict}
    return None, None
"""

WRONG = [
    # --- entropy
    {
        "name": "nats instead of bits",
        "cells": {
            "entropy": ENTROPY.format(
                rest="""safe = torch.where(weights > 0, weights, torch.ones_like(weights))
    return -(weights * safe.log()).sum(-1)"""
            )
        },
        "points": {"entropy": 0},
        "says": {"entropy": "logarithm to base 2"},
    },
    {
        "name": "a softmax over the padding too",
        "cells": {
            "entropy": """
def attention_entropy(scores, lengths):
    weights = scores.softmax(-1)
    return -(weights * weights.log2()).sum(-1)
"""
        },
        "points": {"entropy": 0},
        "says": {"entropy": "the padding got weight"},
    },
    {
        "name": "torch.special.entr: right values, infinite gradients (hidden)",
        "cells": {
            "entropy": ENTROPY.format(
                rest="return torch.special.entr(weights).sum(-1) / math.log(2)"
            )
        },
        "points": {"entropy": 0},
        "says": {"entropy": "not finite there"},
    },
    {
        "name": "NaN replaced in the result only (hidden)",
        "cells": {
            "entropy": ENTROPY.format(
                rest="return -(weights * weights.log2()).nan_to_num(0.0).sum(-1)"
            )
        },
        "points": {"entropy": 0},
        "says": {"entropy": "not finite there"},
    },
    # --- local attention
    {
        "name": "the row divided by its sum again",
        "cells": {
            "local": LOCAL.format(
                rest="""weights = masked_softmax(scores, near & real) * bell
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-9)"""
            )
        },
        "points": {"local": 0},
        "says": {"local": "divided by the sum again"},
    },
    {
        "name": "a softmax over the whole source, cut afterwards",
        "cells": {"local": LOCAL.format(rest="return masked_softmax(scores, real) * near * bell")},
        "points": {"local": 0},
        "says": {"local": "cut afterwards"},
    },
    {
        "name": "the padding forgotten (hidden)",
        "cells": {"local": LOCAL.format(rest="return masked_softmax(scores, near) * bell")},
        "points": {"local": 0},
        "says": {"local": "padding outside the softmax"},
    },
    {
        "name": "the centre rounded to a whole place (hidden)",
        "cells": {
            "local": LOCAL.replace("centres[..., None]", "centres.round()[..., None]").format(
                rest="return masked_softmax(scores, near & real) * bell"
            )
        },
        "points": {"local": 0},
        "says": {"local": "fractions of a place"},
    },
    # --- low rank
    {
        "name": "the two million weights after all (hidden)",
        "cells": {
            "low-rank": """
def low_rank_score(query, keys, A, B):
    return query @ (A.mT @ B) @ keys.mT
"""
        },
        "points": {"low-rank": 0},
        "says": {"low-rank": "build the product"},
    },
    {
        "name": "keys as rows of the scores",
        "cells": {
            "low-rank": """
def low_rank_score(query, keys, A, B):
    return (keys @ B.mT) @ (query @ A.mT).mT
"""
        },
        "points": {"low-rank": 0},
        "says": {"low-rank": "(1, 1, 3)"},
    },
    # --- saturation
    {
        "name": "the largest of all weights instead of the average of the largest",
        "cells": {
            "saturation": SATURATION.format(
                rest="""scores = scale(width) * (query @ keys.mT)
        if scores.softmax(-1).max() > threshold:"""
            )
        },
        "points": {"saturation": 0},
        "says": {"saturation": "Average over queries"},
    },
    {
        "name": "scale ignored (hidden)",
        "cells": {
            "saturation": SATURATION.format(
                rest="if (query @ keys.mT).softmax(-1).amax(-1).mean() > threshold:"
            )
        },
        "points": {"saturation": 0},
        "says": {"saturation": "Do you apply"},
    },
    # --- blame
    {
        "name": "walks the shorter text only (hidden)",
        "cells": {
            "blame": BLAME.format(
                end="min(len(written), len(target))",
                verdict="""if not alignment[index]:
                return index, "frame"
            hit = int(weights[index].argmax()) in alignment[index]
            return index, "read" if hit else "looked\"""",
            )
        },
        "points": {"blame": 0},
        "says": {"blame": "is missing"},
    },
    {
        "name": "looked and read exchanged",
        "cells": {
            "blame": BLAME.format(
                end="max(len(written), len(target))",
                verdict="""if index >= len(target) or not alignment[index]:
                return index, "frame"
            hit = int(weights[index].argmax()) in alignment[index]
            return index, "looked" if hit else "read\"""",
            )
        },
        "points": {"blame": 0},
        "says": {"blame": "it misread"},
    },
    {
        "name": "the weights of all origins together (hidden)",
        "cells": {
            "blame": BLAME.format(
                end="max(len(written), len(target))",
                verdict="""if index >= len(target) or not alignment[index]:
                return index, "frame"
            hit = weights[index][alignment[index]].sum() >= 0.5
            return index, "read" if hit else "looked\"""",
            )
        },
        "points": {"blame": 0},
        "says": {"blame": "largest single weight"},
    },
    # --- a map in court
    {
        "name": "no explanation",
        "cells": {"explain": "YOUR ANSWER HERE"},
        "points": {"explain": 0},
    },
]
