"""Wrong submissions for `pretraining`; mistakes.py explains the format."""

PLACED = """gaps = torch.randperm(kept + 1, generator=generator)[:count].sort().values.tolist()
    return [gap + k * span for k, gap in enumerate(gaps)]"""

WRONG = {
    "whole-words": {
        "long words first (hidden)": {
            "change": (
                "torch.randperm(len(words), generator=generator).tolist()",
                "sorted(\n"
                "        torch.randperm(len(words), generator=generator).tolist(),\n"
                "        key=lambda w: -len(words[w]),\n"
                "    )",
            ),
            "says": "Are long words, or short ones, tried first",
        },
        "the last candidate never drawn (hidden)": {
            "change": (
                "torch.randint(len(candidates), ()",
                "torch.randint(len(candidates) - 1, ()",
            ),
            "says": "the last one too",
        },
        "one random piece for a whole word (hidden)": {
            "change": [
                (
                    "        for i in words[w]:",
                    "        at = torch.randint(len(candidates), (), generator=generator)\n"
                    "        for i in words[w]:",
                ),
                (
                    "                at = torch.randint(len(candidates), (), generator=generator)"
                    "\n",
                    "",
                ),
            ],
            "says": "Draw anew for each piece",
        },
        "the global generator seeded from this one (hidden)": {
            "change": [
                (
                    "    for w in torch.randperm(len(words), generator=generator)",
                    "    torch.manual_seed(int(torch.randint(10**9, (), generator=generator)))\n"
                    "    for w in torch.randperm(len(words))",
                ),
            ],
            "says": "not where it was",
        },
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
        "only the sentinels that are needed looked for in the text (hidden)": {
            "change": (
                "set(sentinels) & set(tokens)",
                "set(sentinels[: len(starts)]) & set(tokens)",
            ),
            "says": "the third of the sentinels",
        },
        "the text cut off at its own end (hidden)": {
            "change": (
                "    known = set(sentinels)\n",
                "    known = set(sentinels)\n"
                "    text = text[: text.index(END_ID)] if END_ID in text else text\n",
            ),
            "says": "goes on behind its END_ID",
        },
        "order taken from the list of sentinels (hidden)": {
            "change": (
                "[token for token in text if token in known]",
                "sentinels[: sum(token in known for token in text)]",
            ),
            "says": "the order that counts is the text's",
        },
        "holes cut out of the caller's own text": {
            "change": (
                "    return [*text, *tokens[at:]], [*missing, END_ID]",
                "    tokens[:] = text = [*text, *tokens[at:]]\n    return text, [*missing, END_ID]",
            ),
            "says": "cut changed the text",
        },
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
        "every difference counts, however small (hidden)": {
            "change": ("> 1e-6", "> 0"),
            "says": "only what is larger",
        },
        "equal to five digits is equal (hidden)": {
            "change": ("> 1e-6", "> 1e-5"),
            "says": "only what is larger",
        },
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
        "a billion off for an illegal span (hidden)": {
            "define": """
def best_spans(start, end, passage, limit):
    time = start.shape[1]
    sums = start.nan_to_num()[:, :, None] + end.nan_to_num()[:, None, :]
    count = F.pad(passage.long().cumsum(1), (1, 0))
    i, j = torch.arange(time)[:, None], torch.arange(time)
    whole = count[:, None, 1:] - count[:, :-1, None] == j - i + 1
    legal = whole & (i <= j) & (j - i < limit)
    best, at = torch.where(legal, sums, -1e9).flatten(1).max(1)
    spans = torch.stack([at // time, at % time], dim=1)
    return torch.where((best > start[:, 0] + end[:, 0])[:, None], spans, 0)
""",
            "says": "must lose to every number",
        },
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

RIGHT = {
    "whole-words": {
        "Python's own chance, seeded from the generator": {
            "cell": """
import random


def whole_word_mask(pieces, candidates, generator, share=0.15):
    chance = random.Random(int(torch.randint(2**62, (), generator=generator)))
    words, inside = [], False
    for i, piece in enumerate(pieces):
        special = piece in {"[CLS]", "[SEP]"}
        if not special and inside and piece[:2] == "##":
            words[-1].append(i)
        elif not special:
            words.append([i])
        inside = not special
    budget = max(1, int(share * sum(len(w) for w in words) + 0.5))
    chance.shuffle(words)
    chosen = []
    for word in words:
        if len(chosen) + len(word) <= budget:
            chosen += word
    lots = {i: chance.choices(["[MASK]", None, pieces[i]], [8, 1, 1])[0] for i in chosen}
    inputs = [
        (lots[i] or chance.choice(candidates)) if i in lots else p for i, p in enumerate(pieces)
    ]
    return inputs, [p if i in lots else None for i, p in enumerate(pieces)]
""",
        },
    },
    "holes": {
        "holes and tokens shuffled, a text split at its sentinels": {
            "cell": """
def place_spans(length, count, span, generator):
    if min(count, span) < 1 or length <= count * span:
        raise ValueError("nothing to place")
    gaps = length - count * span + 1
    if count > gaps:
        raise ValueError("too many holes")
    has_hole = torch.zeros(gaps, dtype=torch.bool)
    has_hole[torch.rand(gaps, generator=generator).topk(count).indices] = True
    starts, at = [], 0
    for here in has_hole.tolist():
        if here:
            starts.append(at)
            at += span
        at += 1
    return starts


def cut(tokens, starts, span, sentinels):
    if len(starts) > len(sentinels) or any(t in sentinels for t in tokens):
        raise ValueError("sentinels")
    text, missing = list(tokens), []
    for start, sentinel in zip(starts[::-1], sentinels[: len(starts)][::-1]):
        missing = [sentinel, *text[start : start + span], *missing]
        text[start : start + span] = [sentinel]
    return text, missing + [END_ID]


def mend(text, missing, sentinels):
    missing = list(itertools.takewhile(lambda t: t != END_ID, missing))
    places = [i for i, t in enumerate(missing) if t in sentinels]
    if [missing[i] for i in places] != [t for t in text if t in sentinels]:
        raise ValueError("other sentinels")
    if missing and places[:1] != [0]:
        raise ValueError("something before the first one")
    fills = iter([missing[a + 1 : b] for a, b in zip(places, [*places[1:], len(missing)])])
    out = []
    for token in text:
        out.extend(next(fills) if token in sentinels else [token])
    return out
""",
        },
    },
    "influence": {
        "all replacements in one batch, of a copy": {
            "cell": """
import copy


def influence(model, tokens, places, mask):
    own, (rows, time) = copy.deepcopy(model).eval(), tokens.shape
    with torch.inference_mode():
        many = tokens.repeat(time + 1, 1, 1)
        for j in range(time):
            many[j + 1, :, j] = torch.where(tokens[:, j] == 0, 1, tokens[:, j] - 1)
        masks = mask.expand(rows, 1, time, time).repeat(time + 1, 1, 1, 1)
        out = own(many.flatten(0, 1), places.repeat(time + 1, 1), masks)
        out = out.unflatten(0, (time + 1, rows))
        moved = ((out[1:] - out[0]).abs() > 1e-6).any(-1)
    return moved.permute(1, 2, 0).clone()
""",
        },
    },
    "pack": {
        "lists first, tensors last": {
            "cell": """
def pack(documents, time):
    rows = []
    for number, document in enumerate(documents):
        if len(document) > time:
            raise ValueError("too long")
        if not rows or len(rows[-1]) + len(document) > time:
            rows.append([])
        following = [*document[1:], IGNORE]
        rows[-1].extend(
            (t, f, p, number) for p, (t, f) in enumerate(zip(document, following))
        )
    table = torch.tensor([row + [(PAD_ID, IGNORE, 0, -1)] * (time - len(row)) for row in rows])
    tokens, targets, places, owner = table.unbind(-1)
    mask = torch.zeros(len(rows), 1, time, time, dtype=torch.bool)
    for r, i, j in itertools.product(range(len(rows)), range(time), range(time)):
        mask[r, 0, i, j] = j <= i and owner[r, i] == owner[r, j]
    return tokens, targets, places, mask
""",
        },
    },
    "answer": {
        "all sums at once": {
            "cell": """
def best_spans(start, end, passage, limit):
    time = start.shape[1]
    sums = start[:, :, None] + end[:, None, :]
    count = F.pad(passage.long().cumsum(1), (1, 0))
    i, j = torch.arange(time)[:, None], torch.arange(time)
    whole = count[:, None, 1:] - count[:, :-1, None] == j - i + 1
    legal = whole & (i <= j) & (j - i < limit)
    best, at = sums.masked_fill(~legal, -math.inf).flatten(1).max(1)
    spans = torch.stack([at // time, at % time], dim=1)
    return torch.where((best > start[:, 0] + end[:, 0])[:, None], spans, 0)
""",
        },
    },
}
