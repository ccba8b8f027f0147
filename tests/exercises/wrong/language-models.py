"""Wrong submissions for `language-models`; mistakes.py explains the format."""

WRONG = {
    "word-perplexity": {
        "the perplexity per token, whatever the words": {
            "change": (".sum().item() / words", ".mean().item()"),
            "says": "per character",
        },
        "each sentence averaged first": {
            "define": """
def word_perplexity(log_probabilities, mask, words):
    kept = torch.where(mask, log_probabilities, 0.0)
    sentence = kept.sum(dim=1) / mask.sum(dim=1)
    return math.exp(-sentence.mean().item() * mask.sum().item() / words)
""",
            "says": "average each sentence",
        },
        "the padding multiplied by zero": {
            "change": ("log_probabilities[mask].double()", "(log_probabilities * mask)"),
            "says": "NaN times 0",
        },
    },
    "kneser-ney": {
        "how often a word occurs, not after how many words": {
            "change": ("seen.sum(dim=0) / seen.sum()", "counts.sum(dim=0) / counts.sum()"),
            "says": "how often it occurs",
        },
        "the discount given back once, not for each follower": {
            "change": ("discount * seen.sum(dim=1, keepdim=True) / total", "discount / total"),
            "says": "continuation",
        },
        "rows that were never seen are not a number": {
            "change": ("torch.where(total > 0, table, continuation)", "table"),
            "says": "NaN",
        },
        "the discount that is always 0.75": {
            "change": ("tokens = [", "discount = 0.75\n        tokens = ["),
            "says": "discount",
        },
    },
    "best-text": {
        "greedy search taken for the best": {
            "define": """
def best_text(after, end, limit, alpha=0.0):
    text, total = (), 0.0
    while len(text) < limit and end not in text:
        scores = after(text)
        text, total = (*text, scores.argmax().item()), total + scores.max().item()
    return text, total / ((5 + len(text)) / 6) ** alpha
""",
            "says": "greedy",
        },
        "the end not counted in the length": {
            "change": ("5 + len(text)", "5 + len(prefix)"),
            "says": "over",
        },
        "beginnings given up that the penalty would rescue": {
            "change": ("sum_ > -math.inf", "sum_ / ((5 + len(text)) / 6) ** alpha > best[1]"),
            "says": "still grow",
        },
        "texts of exactly the limit left out": {
            "change": ("len(text) < limit and", "len(text) < limit - 1 and"),
        },
    },
    "needed-width": {
        "only the first token compared": {
            "change": ("tuple(found) == tuple(optimum)", "found[0] == optimum[0]"),
        },
        "the search without the length penalty": {
            "change": (', "length_penalty": alpha', ""),
            "says": "alpha",
        },
    },
    "scheduled": {
        "the coin the wrong way around": {
            "change": (
                "target_in[:, t], out[-1].argmax(dim=1)",
                "out[-1].argmax(dim=1), target_in[:, t]",
            ),
            "says": "teacher forcing",
        },
        "one coin for the whole batch": {
            "change": ("torch.rand(len(last), device=last.device)", "torch.rand(())"),
            "says": "whole batch",
        },
        "scores cut off from the gradient": {
            "change": ("out.append(scores)", "out.append(scores.detach())"),
            "says": "gradient",
        },
    },
    "explain-perplexity": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
