"""Wrong submissions for `language-models`; test_wrong_submissions.py explains the format."""

KNESER_NEY = """
def kneser_ney(sentences, size, discount=0.75):
    counts = torch.zeros(size, size, dtype=torch.float64)
    for sentence in sentences:
        tokens = {tokens}
        for v, w in itertools.pairwise(tokens):
            counts[v, w] += 1
    seen = (counts > 0).double()
    continuation = {continuation}
    total = counts.sum(dim=1, keepdim=True)
    lower = {lower}
    table = (counts - discount).clamp(min=0) / total + lower * continuation
    return {result}
"""
RIGHT = {
    "tokens": "[START_ID, *sentence, END_ID]",
    "continuation": "seen.sum(dim=0) / seen.sum()",
    "lower": "discount * seen.sum(dim=1, keepdim=True) / total",
    "result": "torch.where(total > 0, table, continuation)",
}

BEST = """
def best_text(after, end, limit, alpha=0.0):
    best = (None, -math.inf)

    def extend(prefix, total):
        nonlocal best
        for token, value in enumerate(after(prefix).tolist()):
            text, sum_ = (*prefix, token), total + value
            penalty = ((5 + {length}) / 6) ** alpha
            if token == end:
                if sum_ / penalty > best[1]:
                    best = (text, sum_ / penalty)
            elif {go_on}:
                extend(text, sum_)

    extend((), 0.0)
    return best
"""

WIDTH = """
def finds(after, optimum, end, limit, width, alpha):
    def step(tokens, state):
        prefix = torch.cat([state, tokens[:, None]], dim=1)
        return torch.stack([after(tuple(row[1:])) for row in prefix.tolist()]), prefix

    empty = torch.zeros(1, 0, dtype=torch.int64)
    start = torch.zeros(1, dtype=torch.int64)
    found = beam_search(step, empty, start, end=end, limit=limit, width=width{options})
    found = found.best.tokens[0].tolist()
    if end in found:
        found = found[: found.index(end) + 1]
    return {same}


def needed_width(after, optimum, end, limit, max_width=50, alpha=0.0):
    for width in range({first}, max_width + 1):
        if finds(after, optimum, end, limit, width, alpha):
            return width
    return None


def success(models, widths, end, limit, alpha=0.0):
    return [
        sum(finds(a, o, end, limit, width, alpha) for a, o in models) / len(models)
        for width in widths
    ]
"""

SCHEDULED = """
def scheduled(model, source, target_in, keep):
    state, out = model.start(source), []
    last = target_in[:, 0]
    for t in range(target_in.shape[1]):
        if t:
            coin = {coin}
            last = torch.where(coin, {yes}, {no})
        scores, state = model.step(last, state)
        out.append({kept})
    return torch.stack(out, dim=2)
"""
TOSS = {
    "coin": "torch.rand(len(last)) < keep",
    "yes": "target_in[:, t]",
    "no": "out[-1].argmax(dim=1)",
    "kept": "scores",
}

WRONG = [
    # --- perplexity per word
    {
        "name": "the perplexity per token, whatever the words",
        "cells": {
            "word-perplexity": """
def word_perplexity(log_probabilities, mask, words):
    return math.exp(-log_probabilities[mask].mean().item())
"""
        },
        "points": {"word-perplexity": 0},
        "says": {"word-perplexity": "per character"},
    },
    {
        "name": "each sentence averaged first",
        "cells": {
            "word-perplexity": """
def word_perplexity(log_probabilities, mask, words):
    kept = torch.where(mask, log_probabilities, 0.0)
    sentence = kept.sum(dim=1) / mask.sum(dim=1)
    return math.exp(-sentence.mean().item() * mask.sum().item() / words)
"""
        },
        "points": {"word-perplexity": 0},
        "says": {"word-perplexity": "average each sentence"},
    },
    {
        "name": "the padding multiplied by zero",
        "cells": {
            "word-perplexity": """
def word_perplexity(log_probabilities, mask, words):
    return math.exp(-(log_probabilities * mask).sum().item() / words)
"""
        },
        "points": {"word-perplexity": 0},
        "says": {"word-perplexity": "NaN times 0"},
    },
    # --- Kneser-Ney
    {
        "name": "how often a word occurs, not after how many words",
        "cells": {
            "kneser-ney": KNESER_NEY.format(
                **RIGHT | {"continuation": "counts.sum(dim=0) / counts.sum()"}
            )
        },
        "points": {"kneser-ney": 0},
        "says": {"kneser-ney": "how often it occurs"},
    },
    {
        "name": "the discount given back once, not for each follower",
        "cells": {"kneser-ney": KNESER_NEY.format(**RIGHT | {"lower": "discount / total"})},
        "points": {"kneser-ney": 0},
        "says": {"kneser-ney": "continuation"},
    },
    {
        "name": "rows that were never seen are not a number",
        "cells": {"kneser-ney": KNESER_NEY.format(**RIGHT | {"result": "table"})},
        "points": {"kneser-ney": 0},
        "says": {"kneser-ney": "NaN"},
    },
    {
        "name": "the discount that is always 0.75",
        "cells": {
            "kneser-ney": KNESER_NEY.format(
                **RIGHT | {"tokens": "[START_ID, *sentence, END_ID]; discount = 0.75"}
            )
        },
        "points": {"kneser-ney": 0},
        "says": {"kneser-ney": "discount"},
    },
    # --- the best text
    {
        "name": "greedy search taken for the best",
        "cells": {
            "best-text": """
def best_text(after, end, limit, alpha=0.0):
    text, total = (), 0.0
    while len(text) < limit and end not in text:
        scores = after(text)
        text, total = (*text, scores.argmax().item()), total + scores.max().item()
    return text, total / ((5 + len(text)) / 6) ** alpha
"""
        },
        "points": {"best-text": 0},
        "says": {"best-text": "greedy"},
    },
    {
        "name": "the end not counted in the length",
        "cells": {
            "best-text": BEST.format(
                length="len(prefix)", go_on="len(text) < limit and sum_ > -math.inf"
            )
        },
        "points": {"best-text": 0},
        "says": {"best-text": "over"},
    },
    {
        "name": "beginnings given up that the penalty would rescue",
        "cells": {
            "best-text": BEST.format(
                length="len(text)", go_on="len(text) < limit and sum_ / penalty > best[1]"
            )
        },
        "points": {"best-text": 0},
        "says": {"best-text": "still grow"},
    },
    {
        "name": "texts of exactly the limit left out",
        "cells": {
            "best-text": BEST.format(
                length="len(text)", go_on="len(text) < limit - 1 and sum_ > -math.inf"
            )
        },
        "points": {"best-text": 0},
    },
    # --- the needed width
    {
        "name": "only the first token compared",
        "cells": {
            "needed-width": WIDTH.format(
                options=", length_penalty=alpha", same="found[0] == optimum[0]", first=1
            )
        },
        "points": {"needed-width": 0},
    },
    {
        "name": "the search without the length penalty",
        "cells": {
            "needed-width": WIDTH.format(options="", same="tuple(found) == tuple(optimum)", first=1)
        },
        "points": {"needed-width": 0},
        "says": {"needed-width": "alpha"},
    },
    # --- scheduled sampling
    {
        "name": "the coin the wrong way around",
        "cells": {
            "scheduled": SCHEDULED.format(
                **TOSS | {"yes": "out[-1].argmax(dim=1)", "no": "target_in[:, t]"}
            )
        },
        "points": {"scheduled": 0},
        "says": {"scheduled": "teacher forcing"},
    },
    {
        "name": "one coin for the whole batch",
        "cells": {"scheduled": SCHEDULED.format(**TOSS | {"coin": "torch.rand(()) < keep"})},
        "points": {"scheduled": 0},
        "says": {"scheduled": "whole batch"},
    },
    {
        "name": "scores cut off from the gradient",
        "cells": {"scheduled": SCHEDULED.format(**TOSS | {"kept": "scores.detach()"})},
        "points": {"scheduled": 0},
        "says": {"scheduled": "gradient"},
    },
    # --- two numbers on a poster
    {
        "name": "no explanation",
        "cells": {"explain-perplexity": "YOUR ANSWER HERE"},
        "points": {"explain-perplexity": 0},
    },
]
