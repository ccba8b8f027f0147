"""Wrong submissions for `pretraining`; mistakes.py explains the format."""

PLACED = """gaps = torch.randperm(kept + 1, generator=generator)[:count].sort().values.tolist()
    return [gap + k * span for k, gap in enumerate(gaps)]"""

WRONG = {
    "whole-words": {
        "pieces chosen first, then the rest of their words": {
            "change": [
                ("len(words[w]) > left:\n            continue", "left < 1:\n            break"),
                ("left -= len(words[w])", "left -= 1"),
            ],
            "says": "Count pieces, not words",
        },
        "15 % of the words": {
            "change": [
                ("sum(map(len, words))", "len(words)"),
                ("len(words[w]) > left", "left < 1"),
                ("left -= len(words[w])", "left -= 1"),
            ],
            "says": "a budget of 17",
        },
        "stops at the first word that does not fit": {
            "change": ("> left:\n            continue", "> left:\n            break"),
            "says": "go on with the next",
        },
        "one lot for the whole word (hidden)": {
            "change": [
                (
                    "for i in words[w]:",
                    "lot = torch.rand((), generator=generator).item()\n        for i in words[w]:",
                ),
                ("            lot = torch.rand((), generator=generator).item()\n", ""),
            ],
            "says": "once for the whole word",
        },
        "a word that goes on across [SEP] (hidden)": {
            "change": ("words and words[-1][-1] == i - 1", "words"),
            "says": "begin a word of its own",
        },
        "the order drawn from the global seed (hidden)": {
            "change": ("(len(words), generator=generator)", "(len(words))"),
            "says": "global seed",
        },
        "special tokens counted in the budget (hidden)": {
            "change": ("sum(map(len, words))", "len(pieces)"),
            "says": "Do special tokens count",
        },
        "a target only where something changed": {
            "change": (
                "    return inputs",
                "    targets = [None if a == b else b for a, b in zip(inputs, pieces)]\n"
                "    return inputs",
            ),
            "says": "10 % stay as they are, and are asked for nevertheless",
        },
    },
    "holes": {
        "one hole after the other, wherever there is room": {
            "change": (
                PLACED,
                """starts, at = [], 0
    for k in range(count):
        last = length - (count - k) * span - (count - k - 1)
        at = int(torch.randint(at, last + 1, (), generator=generator))
        starts.append(at)
        at += span + 1
    return starts""",
            ),
            "says": "favours some",
        },
        "a text that never begins with a hole": {
            "change": (
                "torch.randperm(kept + 1, generator=generator)[:count]",
                "(torch.randperm(kept, generator=generator)[:count] + 1)",
            ),
            "says": "begin, and end, with a hole",
        },
        "the chapter's inverse, which keeps the end": {
            "define": """
def mend(text, missing, sentinels):
    from helpers.pretraining import restore_spans
    return restore_spans(text, missing, sentinels)
""",
            "says": "Mending gives",
        },
        "which sentinels a model wrote is not checked": {
            "change": (
                'raise ValueError("the sentinels are not those of the text, in its order")',
                "pass",
            ),
            "says": "wrong order",
        },
        "an empty span leaves its sentinel (hidden)": {
            "change": ("spans.get(token, [token])", "(spans.get(token) or [token])"),
            "says": "nothing was missing",
        },
        "one hole after the other, each where it fits (hidden)": {
            "change": (
                PLACED,
                """starts = []
    for _ in range(count):
        room = range(length - span + 1)
        room = [s for s in room if all(abs(s - t) > span for t in starts)]
        if not room:
            return place_spans(length, count, span, generator)
        starts.append(room[int(torch.randint(len(room), (), generator=generator))])
    return sorted(starts)""",
            ),
            "says": "In 5000 draws each should come up",
        },
        "what stands behind the end is read too": {
            "change": (
                "missing[: list(missing).index(END_ID)]",
                "[t for t in missing if t != END_ID]",
            ),
            "says": "so this is no error",
        },
    },
    "influence": {
        "rows and columns exchanged": {
            "change": ("reads[:, :, j]", "reads[:, j, :]"),
            "says": "exchanged",
        },
        "tokens that stay replaced": {
            "change": [
                ("        before = ", "        other = tokens.clone()\n        before = "),
                ("            other = tokens.clone()\n", ""),
            ],
            "says": "begin from the original",
        },
        "measured with dropout on (hidden)": {
            "change": ("    model.eval()\n", ""),
            "says": "Is dropout off",
        },
        "the mask taken for the answer (hidden)": {
            "define": """
def influence(model, tokens, places, mask):
    return mask[:, 0] | torch.eye(tokens.shape[1], dtype=torch.bool)
""",
            "says": "Through two layers",
        },
        "only the first logit compared (hidden)": {
            "change": (".abs().amax(-1)", ".abs()[:, :, 0]"),
            "says": "Is the whole vector of logits compared",
        },
        "the model left in evaluation mode (hidden)": {
            "change": ("    model.train(training)\n", ""),
            "says": "leave it as you found it",
        },
    },
    "pack": {
        "hasty_pack with a causal mask": {
            "define": """
def pack(documents, time):
    tokens, targets, places, mask = hasty_pack(documents, time)
    return tokens, targets, places, mask & causal_mask(time)
""",
            "says": "Document 2 looks at document 1",
        },
        "the last token asked for the next document": {
            "change": (
                "    return tokens",
                "    targets = tokens.roll(-1, 1)\n"
                "    targets[targets == PAD_ID] = IGNORE\n"
                "    return tokens",
            ),
            "says": "begins the next document",
        },
        "places that go on through the row": {
            "change": (
                "    return tokens",
                "    places = torch.arange(time).expand_as(tokens)\n    return tokens",
            ),
            "says": "begins at place 0",
        },
        "nobody looks at itself": {
            "change": ("same & causal_mask(time)", "same & causal_mask(time).tril(-1)"),
            "says": "sees itself",
        },
        "boundaries read off the end tokens (hidden)": {
            "change": (
                "same = (owner[:, :, None] == owner[:, None, :]) & (owner >= 0)",
                "ends = (tokens == END_ID).cumsum(1) - (tokens == END_ID).long()\n"
                "    same = (ends[:, :, None] == ends[:, None, :]) & (tokens != PAD_ID)",
            ),
            "says": "what the tokens are",
        },
        "the last target of a full row is its first token (hidden)": {
            "change": (
                "    return tokens",
                "    full = tokens[:, -1] != PAD_ID\n"
                "    targets[full, -1] = tokens[full, 0]\n"
                "    return tokens",
            ),
            "says": "also where the row is full",
        },
        "a document goes into the first row with room (hidden)": {
            "change": (
                """        if sum(map(len, rows[-1])) + len(document) > time:
            rows.append([])
        rows[-1].append(document)
""",
                """        for row in rows:
            if sum(map(len, row)) + len(document) <= time:
                break
        else:
            rows.append(row := [])
        row.append(document)
""",
            ),
            "says": "never goes back to an earlier row",
        },
    },
    "answer": {
        "the best start, then the best end behind it": {
            "define": """
def best_spans(start, end, passage, limit):
    spans = []
    for s, e, inside in zip(start, end, passage):
        i = int(s.masked_fill(~inside, -math.inf).argmax())
        near = inside.clone()
        near[:i] = False
        near[i + limit :] = False
        j = int(e.masked_fill(~near, -math.inf).argmax())
        legal = inside[i] and s[i] + e[j] > s[0] + e[0]
        spans.append((i, j) if legal else (0, 0))
    return torch.tensor(spans)
""",
            "says": "is behind the best end",
        },
        "one token too many": {
            "change": ("min(i + limit, len(s))", "min(i + limit + 1, len(s))"),
            "says": "three are allowed",
        },
        "an answer whatever it scores": {
            "change": ("best, span = s[0] + e[0],", "best, span = -math.inf,"),
            "says": "No answer scores 8",
        },
        "a span across a hole in the passage (hidden)": {
            "change": (
                "if not inside[j]:\n                    break",
                "if not (inside[i] and inside[j]):\n                    continue",
            ),
            "says": "Look at holes",
        },
        "illegal spans made worse by 10,000 (hidden)": {
            "define": """
def best_spans(start, end, passage, limit):
    spans = []
    for s, e, inside in zip(start.tolist(), end.tolist(), passage.tolist()):
        best, span = s[0] + e[0], (0, 0)
        for i in range(len(s)):
            for j in range(len(s)):
                legal = 0 <= j - i < limit and all(inside[i : j + 1])
                score = s[i] + e[j] - (0 if legal else 10_000)
                if score > best:
                    best, span = score, (i, j)
        spans.append(span)
    return torch.tensor(spans)
""",
            "says": "An infinite score in the question",
        },
    },
    "leaks": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
