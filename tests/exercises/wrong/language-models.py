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
        "the padding set to zero in the caller's tensor": {
            "change": (
                "    return math.exp(-log_probabilities[mask].double()",
                "    log_probabilities[~mask] = 0\n    return math.exp(-log_probabilities.double()",
            ),
            "says": "changed in place",
        },
        "padding known by its NaN": {
            "change": ("log_probabilities[mask]", "log_probabilities.nan_to_num(0.0)"),
            "says": "must not count",
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
        "a follower counted only where the discount leaves something": {
            "change": ("(counts > 0).double()", "(counts > discount).double()"),
            "says": "from the formula",
        },
        "start and end written into the caller's sentences": {
            "change": (
                "tokens = [START_ID, *sentence, END_ID]",
                "sentence.insert(0, START_ID)\n"
                "        sentence.append(END_ID)\n"
                "        tokens = sentence",
            ),
            "says": "changed in place",
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
        "a beam of a hundred taken for all": {
            "define": """
def best_text(after, end, limit, alpha=0.0):
    best, beam = ((), -math.inf), [((), 0.0)]
    for length in range(1, limit + 1):
        longer = []
        for prefix, total in beam:
            for token, value in enumerate(after(prefix).tolist()):
                if token == end:
                    score = (total + value) / ((5 + length) / 6) ** alpha
                    best = max(best, ((*prefix, token), score), key=lambda each: each[1])
                else:
                    longer.append(((*prefix, token), total + value))
        beam = sorted(longer, key=lambda each: -each[1])[:100]
    return best
""",
            "says": "a beam, not a look at all",
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
        "the largest width left out": {
            "change": ("range(1, max_width + 1)", "range(1, max_width)"),
            "says": "it included",
        },
        "ten widths where nothing is said": {
            "change": ("max_width=50", "max_width=10"),
            "says": "up to 50",
        },
        "what a narrow beam finds counted for all wider ones": {
            "define": """
def success(models, widths, end, limit, alpha=0.0):
    needed = [needed_width(*model, end, limit, max(widths), alpha) or math.inf for model in models]
    return [sum(each <= width for each in needed) / len(models) for width in widths]
""",
            "says": "search with each width",
        },
        "shares in the order of the widths' size": {
            "change": ("for width in widths\n", "for width in sorted(widths)\n"),
            "says": "order asked for",
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
        "the own word drawn, not the most probable one": {
            "change": (
                "out[-1].argmax(dim=1)",
                "torch.multinomial(out[-1].detach().exp(), 1)[:, 0]",
            ),
            "says": "own favourite",
        },
        "coins from another generator": {
            "change": (
                "torch.rand(len(last), device=last.device) < keep",
                "torch.empty(len(last)).uniform_() < keep",
            ),
            "says": "Draw them with torch.rand",
        },
        "a fixed seed in the function": {
            "change": (
                "    last = target_in[:, 0]\n",
                "    last = target_in[:, 0]\n    torch.manual_seed(0)\n",
            ),
            "says": "is a seed set",
        },
        "the state cut off at every step": {
            "change": (
                "out.append(scores)",
                "out.append(scores)\n"
                "        if t % 2 and state:\n"
                "            state = (tuple(part.detach() for part in state[0]), *state[1:])",
            ),
            "says": "not their gradient",
        },
        "the model left in evaluation mode": {
            "change": (
                "    state, out = model.start(source), []\n",
                "    if hasattr(model, 'eval'):\n"
                "        model.eval()\n"
                "    state, out = model.start(source), []\n",
            ),
            "says": "another mode",
        },
    },
    "explain-perplexity": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "word-perplexity": {
        "a loop over tokens": {
            "define": """
def word_perplexity(log_probabilities, mask, words):
    surprise = 0.0
    for row, real in zip(log_probabilities.tolist(), mask.tolist()):
        for value, counts in zip(row, real):
            if counts:
                surprise -= value
    return math.exp(surprise / words)
""",
        },
        "torch.where, in float32, a tensor until the end": {
            "define": """
def word_perplexity(log_probabilities, mask, words):
    kept = torch.where(mask, log_probabilities, torch.zeros_like(log_probabilities))
    return kept.sum().div(-words).exp().item()
""",
        },
    },
    "kneser-ney": {
        "dictionaries and loops": {
            "define": """
def kneser_ney(sentences, size, discount=0.75):
    from collections import Counter, defaultdict

    pairs = Counter()
    for sentence in sentences:
        before = START_ID
        for token in list(sentence) + [END_ID]:
            pairs[before, token] += 1
            before = token
    context, followers, places = Counter(), defaultdict(set), defaultdict(set)
    for (v, w), n in pairs.items():
        context[v] += n
        followers[v].add(w)
        places[w].add(v)
    rows = []
    for v in range(size):
        row = [len(places[w]) / len(pairs) for w in range(size)]
        if context[v]:
            left = discount * len(followers[v]) / context[v]
            row = [
                max(pairs[v, w] - discount, 0) / context[v] + left * p for w, p in enumerate(row)
            ]
        rows.append(row)
    return torch.tensor(rows, dtype=torch.float64)
""",
        },
    },
    "best-text": {
        "a stack, given up where no length can rescue": {
            "define": """
def best_text(after, end, limit, alpha=0.0):
    best, score, stack = None, -math.inf, [((), 0.0)]
    highest = ((5 + limit) / 6) ** alpha
    while stack:
        prefix, total = stack.pop()
        if total / highest <= score:
            continue
        row = after(prefix)
        here = (total + row[end].item()) / ((6 + len(prefix)) / 6) ** alpha
        if here > score:
            best, score = prefix + (end,), here
        if len(prefix) + 1 < limit:
            for token in range(len(row)):
                if token != end:
                    stack.append((prefix + (token,), total + row[token].item()))
    return best, score
""",
        },
        "all texts by itertools": {
            "define": """
def best_text(after, end, limit, alpha=0.0):
    others = [token for token in range(len(after(()))) if token != end]
    found = []
    for length in range(1, limit + 1):
        for inner in itertools.product(others, repeat=length - 1):
            text = [*inner, end]
            total = sum(float(after(tuple(text[:i]))[w]) for i, w in enumerate(text))
            found.append((total / ((5 + length) / 6) ** alpha, text))
    score, text = max(found)
    return tuple(text), score
""",
        },
    },
    "needed-width": {
        "a list of tuples beside the state": {
            "define": """
def finds(after, optimum, end, limit, width, alpha):
    def step(tokens, state):
        state = torch.cat([state, tokens.unsqueeze(1)], dim=1)
        scores = [after(tuple(int(t) for t in row)) for row in state[:, 1:]]
        return torch.stack(scores).log_softmax(1), state

    beams = beam_search(
        step,
        torch.empty(1, 0, dtype=torch.long),
        torch.tensor([end]),
        end=end,
        limit=limit,
        width=width,
        length_penalty=alpha,
    )
    text = []
    for token in beams.best.tokens[0].tolist():
        text.append(token)
        if token == end:
            break
    return text == list(optimum)


def success(models, widths, end, limit, alpha=0.0):
    shares = []
    for width in widths:
        right = 0
        for after, optimum in models:
            right += finds(after, optimum, end, limit, width, alpha)
        shares.append(right / len(models))
    return shares
""",
        },
    },
    "scheduled": {
        "all coins at once, the own word where they are large": {
            "define": """
def scheduled(model, source, target_in, keep):
    batch, time = target_in.shape
    own = torch.rand(batch, time) < 1 - keep
    scores, state = model.step(target_in[:, 0], model.start(source))
    columns = [scores]
    for t in range(1, time):
        given = target_in[:, t].clone()
        given[own[:, t]] = scores.argmax(1)[own[:, t]]
        scores, state = model.step(given, state)
        columns.append(scores)
    return torch.stack(columns).permute(1, 2, 0)
""",
        },
        "a coin for each example in a loop": {
            "define": """
def scheduled(model, source, target_in, keep):
    state, given, out = model.start(source), target_in[:, 0], []
    for teacher in [*target_in.T[1:], None]:
        scores, state = model.step(given, state)
        out.append(scores)
        if teacher is not None:
            best = scores.topk(1, dim=1).indices[:, 0].tolist()
            given = torch.tensor(
                [
                    int(right) if torch.rand(1).item() < keep else mine
                    for right, mine in zip(teacher, best)
                ]
            )
    return torch.stack(out, dim=-1)
""",
        },
    },
}
