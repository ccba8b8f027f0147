"""Wrong submissions for `pretraining`; test_wrong_submissions.py explains the format."""

WHOLE = """
def whole_word_mask(pieces, candidates, generator, share=0.15):
    words = []
    for i, piece in enumerate(pieces):
        if piece in ("[CLS]", "[SEP]"):
            continue
        if piece.startswith("##") and {goes_on}:
            words[-1].append(i)
        else:
            words.append([i])
    left = {budget}
    inputs, targets = list(pieces), [None] * len(pieces)
    for w in torch.randperm(len(words), generator={generator}).tolist():
        if {too_long}:
            {then}
        left -= {cost}
        lot = torch.rand((), generator=generator).item()
        for i in words[w]:
            targets[i] = pieces[i]
            {again}
            if lot < 0.8:
                inputs[i] = "[MASK]"
            elif lot < 0.9:
                inputs[i] = candidates[torch.randint(len(candidates), (), generator=generator)]
    return inputs, targets
"""
WHOLE_RIGHT = {
    "goes_on": "words and words[-1][-1] == i - 1",
    "budget": "max(1, round(share * sum(map(len, words))))",
    "generator": "generator",
    "too_long": "len(words[w]) > left",
    "then": "continue",
    "cost": "len(words[w])",
    "again": "lot = torch.rand((), generator=generator).item()",
}

HOLES = """
def place_spans(length, count, span, generator):
    kept = length - count * span
    if count < 1 or span < 1 or kept < 1 or count > kept + 1:
        raise ValueError("no room")
    {place}


def cut(tokens, starts, span, sentinels):
    if len(starts) > len(sentinels) or set(sentinels) & set(tokens):
        raise ValueError("sentinels")
    text, missing, at = [], [], 0
    for start, sentinel in zip(starts, sentinels):
        text += [*tokens[at:start], sentinel]
        missing += [sentinel, *tokens[start : start + span]]
        at = start + span
    return [*text, *tokens[at:]], [*missing, END_ID]


def mend(text, missing, sentinels):
    {mend}
"""
HOLES_RIGHT = {
    "place": """gaps = torch.randperm(kept + 1, generator=generator)[:count].sort().values
    return [gap + k * span for k, gap in enumerate(gaps.tolist())]""",
    "mend": """missing, spans, order = [*missing, END_ID], {}, []
    for token in missing[: missing.index(END_ID)]:
        if token in set(sentinels):
            order.append(token)
            spans[token] = []
        elif not order:
            raise ValueError("a token before the first sentinel")
        else:
            spans[order[-1]].append(token)
    if order != [token for token in text if token in set(sentinels)]:
        raise ValueError("other sentinels")
    return [word for token in text for word in spans.get(token, [token])]""",
}

INFLUENCE = """
def influence(model, tokens, places, mask):
    training = model.training
    {mode}
    rows, time = tokens.shape
    reads = torch.zeros(rows, time, time, dtype=torch.bool)
    other = tokens.clone()
    with torch.no_grad():
        before = model(tokens, places, mask)
        for j in range(time):
            {start}
            other[:, j] = (other[:, j] + 1) % model.token.num_embeddings
            change = (model(other, places, mask) - before).abs().amax(-1) > 1e-6
            {note}
    model.train(training)
    return reads
"""
INFLUENCE_RIGHT = {
    "mode": "model.eval()",
    "start": "other = tokens.clone()",
    "note": "reads[:, :, j] = change",
}

PACK = """
def pack(documents, time):
    rows = [[]]
    for document in documents:
        if len(document) > time:
            raise ValueError("too long")
        if sum(map(len, rows[-1])) + len(document) > time:
            rows.append([])
        rows[-1].append(document)
    tokens = torch.full((len(rows), time), PAD_ID)
    targets = torch.full((len(rows), time), IGNORE)
    places = torch.zeros(len(rows), time, dtype=torch.int64)
    owner = torch.full((len(rows), time), -1)
    for r, row in enumerate(rows):
        at = 0
        for number, document in enumerate(row):
            end = at + len(document)
            tokens[r, at:end] = torch.tensor(document)
            targets[r, at : end - 1] = torch.tensor(document[1:])
            places[r, at:end] = torch.arange(len(document))
            owner[r, at:end] = number
            at = end
    same = (owner[:, :, None] == owner[:, None, :]) & (owner >= 0)[:, None, :]
    mask = (same & causal_mask(time))[:, None]
    {last}
    return tokens, targets, places, mask
"""

ANSWER = """
def best_spans(start, end, passage, limit):
    spans = []
    for s, e, inside in zip(start.tolist(), end.tolist(), passage.tolist()):
        best, span = {nothing}, (0, 0)
        for i in range(len(s)):
            for j in range(i, {last}):
                if inside[i] and inside[j] and {legal} and s[i] + e[j] > best:
                    best, span = s[i] + e[j], (i, j)
        spans.append(span)
    return torch.tensor(spans)
"""
ANSWER_RIGHT = {
    "nothing": "s[0] + e[0]",
    "last": "min(i + limit, len(s))",
    "legal": "all(inside[i : j + 1])",
}

WRONG = [
    # --- whole words
    {
        "name": "pieces chosen first, then the rest of their words",
        "cells": {
            "whole-words": WHOLE.format(
                **WHOLE_RIGHT | {"too_long": "left < 1", "cost": "1", "then": "break"}
            )
        },
        "points": {"whole-words": 0},
        "says": {"whole-words": "Count pieces, not words"},
    },
    {
        "name": "15 % of the words",
        "cells": {
            "whole-words": WHOLE.format(
                **WHOLE_RIGHT
                | {
                    "budget": "max(1, round(share * len(words)))",
                    "too_long": "left < 1",
                    "cost": "1",
                }
            )
        },
        "points": {"whole-words": 0},
        "says": {"whole-words": "a budget of 17"},
    },
    {
        "name": "stops at the first word that does not fit",
        "cells": {"whole-words": WHOLE.format(**WHOLE_RIGHT | {"then": "break"})},
        "points": {"whole-words": 0},
        "says": {"whole-words": "go on with the next"},
    },
    {
        "name": "one lot for the whole word (hidden)",
        "cells": {"whole-words": WHOLE.format(**WHOLE_RIGHT | {"again": "pass"})},
        "points": {"whole-words": 0},
        "says": {"whole-words": "once for the whole word"},
    },
    {
        "name": "a word that goes on across [SEP] (hidden)",
        "cells": {"whole-words": WHOLE.format(**WHOLE_RIGHT | {"goes_on": "words"})},
        "points": {"whole-words": 0},
        "says": {"whole-words": "begin a word of its own"},
    },
    {
        "name": "the order drawn from the global seed (hidden)",
        "cells": {"whole-words": WHOLE.format(**WHOLE_RIGHT | {"generator": "None"})},
        "points": {"whole-words": 0},
        "says": {"whole-words": "global seed"},
    },
    {
        "name": "special tokens counted in the budget (hidden)",
        "cells": {
            "whole-words": WHOLE.format(
                **WHOLE_RIGHT | {"budget": "max(1, round(share * len(pieces)))"}
            )
        },
        "points": {"whole-words": 0},
        "says": {"whole-words": "Do special tokens count"},
    },
    {
        "name": "a target only where something changed",
        "cells": {
            "whole-words": WHOLE.format(**WHOLE_RIGHT).replace(
                "    return inputs",
                "    targets = [None if a == b else b for a, b in zip(inputs, pieces)]\n"
                "    return inputs",
            )
        },
        "points": {"whole-words": 0},
        "says": {"whole-words": "10 % stay as they are, and are asked for nevertheless"},
    },
    # --- holes
    {
        "name": "one hole after the other, wherever there is room",
        "cells": {
            "holes": HOLES.replace("{place}", "PLACE")
            .replace("{mend}", HOLES_RIGHT["mend"])
            .replace(
                "PLACE",
                """starts, at = [], 0
    for k in range(count):
        last = length - (count - k) * span - (count - k - 1)
        at = int(torch.randint(at, last + 1, (), generator=generator))
        starts.append(at)
        at += span + 1
    return starts""",
            )
        },
        "points": {"holes": 0},
        "says": {"holes": "favours some"},
    },
    {
        "name": "a text that never begins with a hole",
        "cells": {
            "holes": HOLES.replace(
                "{place}",
                HOLES_RIGHT["place"].replace(
                    "torch.randperm(kept + 1, generator=generator)[:count].sort().values",
                    "(torch.randperm(kept, generator=generator)[:count] + 1).sort().values",
                ),
            ).replace("{mend}", HOLES_RIGHT["mend"])
        },
        "points": {"holes": 0},
        "says": {"holes": "begin, and end, with a hole"},
    },
    {
        "name": "the chapter's inverse, which keeps the end",
        "cells": {
            "holes": HOLES.replace("{place}", HOLES_RIGHT["place"]).replace(
                "{mend}",
                "from helpers.pretraining import restore_spans\n"
                "    return restore_spans(text, missing, sentinels)",
            )
        },
        "points": {"holes": 0},
        "says": {"holes": "Mending gives"},
    },
    {
        "name": "which sentinels a model wrote is not checked",
        "cells": {
            "holes": HOLES.replace("{place}", HOLES_RIGHT["place"]).replace(
                "{mend}",
                HOLES_RIGHT["mend"].replace(
                    'raise ValueError("other sentinels")', "order = order[:]"
                ),
            )
        },
        "points": {"holes": 0},
        "says": {"holes": "wrong order"},
    },
    {
        "name": "an empty span leaves its sentinel (hidden)",
        "cells": {
            "holes": HOLES.replace("{place}", HOLES_RIGHT["place"]).replace(
                "{mend}", HOLES_RIGHT["mend"].replace("spans.get(token, ", "(spans.get(token) or ")
            )
        },
        "points": {"holes": 0},
        "says": {"holes": "nothing was missing"},
    },
    {
        "name": "one hole after the other, each where it fits (hidden)",
        "cells": {
            "holes": HOLES.replace(
                "{place}",
                """starts = []
    for _ in range(count):
        room = range(length - span + 1)
        room = [s for s in room if all(abs(s - t) > span for t in starts)]
        if not room:
            return place_spans(length, count, span, generator)
        starts.append(room[int(torch.randint(len(room), (), generator=generator))])
    return sorted(starts)""",
            ).replace("{mend}", HOLES_RIGHT["mend"])
        },
        "points": {"holes": 0},
        "says": {"holes": "In 5000 draws each should come up"},
    },
    {
        "name": "what stands behind the end is read too",
        "cells": {
            "holes": HOLES.replace("{place}", HOLES_RIGHT["place"]).replace(
                "{mend}",
                HOLES_RIGHT["mend"].replace(
                    "missing[: missing.index(END_ID)]", "[t for t in missing if t != END_ID]"
                ),
            )
        },
        "points": {"holes": 0},
        "says": {"holes": "so this is no error"},
    },
    # --- influence
    {
        "name": "rows and columns exchanged",
        "cells": {
            "influence": INFLUENCE.format(**INFLUENCE_RIGHT | {"note": "reads[:, j, :] = change"})
        },
        "points": {"influence": 0},
        "says": {"influence": "exchanged"},
    },
    {
        "name": "tokens that stay replaced",
        "cells": {"influence": INFLUENCE.format(**INFLUENCE_RIGHT | {"start": "pass"})},
        "points": {"influence": 0},
        "says": {"influence": "begin from the original"},
    },
    {
        "name": "measured with dropout on (hidden)",
        "cells": {"influence": INFLUENCE.format(**INFLUENCE_RIGHT | {"mode": "pass"})},
        "points": {"influence": 0},
        "says": {"influence": "Is dropout off"},
    },
    {
        "name": "the mask taken for the answer (hidden)",
        "cells": {
            "influence": """
def influence(model, tokens, places, mask):
    return mask[:, 0] | torch.eye(tokens.shape[1], dtype=torch.bool)
"""
        },
        "points": {"influence": 0},
        "says": {"influence": "Through two layers"},
    },
    {
        "name": "only the first logit compared (hidden)",
        "cells": {
            "influence": INFLUENCE.format(**INFLUENCE_RIGHT).replace(
                ".abs().amax(-1)", ".abs()[:, :, 0]"
            )
        },
        "points": {"influence": 0},
        "says": {"influence": "Is the whole vector of logits compared"},
    },
    {
        "name": "the model left in evaluation mode (hidden)",
        "cells": {
            "influence": INFLUENCE.format(**INFLUENCE_RIGHT).replace(
                "model.train(training)", "pass"
            )
        },
        "points": {"influence": 0},
        "says": {"influence": "leave it as you found it"},
    },
    # --- pack
    {
        "name": "hasty_pack with a causal mask",
        "cells": {
            "pack": """
def pack(documents, time):
    tokens, targets, places, mask = hasty_pack(documents, time)
    return tokens, targets, places, mask & causal_mask(time)
"""
        },
        "points": {"pack": 0},
        "says": {"pack": "Document 2 looks at document 1"},
    },
    {
        "name": "the last token asked for the next document",
        "cells": {
            "pack": PACK.format(
                last="targets = tokens.roll(-1, 1); targets[targets == PAD_ID] = IGNORE"
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "begins the next document"},
    },
    {
        "name": "places that go on through the row",
        "cells": {"pack": PACK.format(last="places = torch.arange(time).expand_as(tokens)")},
        "points": {"pack": 0},
        "says": {"pack": "begins at place 0"},
    },
    {
        "name": "nobody looks at itself",
        "cells": {
            "pack": PACK.format(last="mask = mask & ~torch.eye(time, dtype=torch.bool)"),
        },
        "points": {"pack": 0},
        "says": {"pack": "sees itself"},
    },
    {
        "name": "boundaries read off the end tokens (hidden)",
        "cells": {
            "pack": PACK.format(
                last="""ends = (tokens == END_ID).cumsum(1) - (tokens == END_ID).long()
    mask = (ends[:, :, None] == ends[:, None, :]) & (tokens != PAD_ID)[:, None, :]
    mask = (mask & causal_mask(time))[:, None]"""
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "what the tokens are"},
    },
    {
        "name": "the last target of a full row is its first token (hidden)",
        "cells": {
            "pack": PACK.format(
                last="""full = tokens[:, -1] != PAD_ID
    targets[full, -1] = tokens[full, 0]"""
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "also where the row is full"},
    },
    {
        "name": "a document goes into the first row with room (hidden)",
        "cells": {
            "pack": PACK.format(last="").replace(
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
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "never goes back to an earlier row"},
    },
    # --- the best answer
    {
        "name": "the best start, then the best end behind it",
        "cells": {
            "answer": """
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
"""
        },
        "points": {"answer": 0},
        "says": {"answer": "is behind the best end"},
    },
    {
        "name": "one token too many",
        "cells": {"answer": ANSWER.format(**ANSWER_RIGHT | {"last": "min(i + limit + 1, len(s))"})},
        "points": {"answer": 0},
        "says": {"answer": "three are allowed"},
    },
    {
        "name": "an answer whatever it scores",
        "cells": {"answer": ANSWER.format(**ANSWER_RIGHT | {"nothing": "-math.inf"})},
        "points": {"answer": 0},
        "says": {"answer": "No answer scores 8"},
    },
    {
        "name": "a span across a hole in the passage (hidden)",
        "cells": {"answer": ANSWER.format(**ANSWER_RIGHT | {"legal": "True"})},
        "points": {"answer": 0},
        "says": {"answer": "Look at holes"},
    },
    {
        "name": "illegal spans made worse by 10,000 (hidden)",
        "cells": {
            "answer": """
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
"""
        },
        "points": {"answer": 0},
        "says": {"answer": "An infinite score in the question"},
    },
    # --- three losses
    {
        "name": "no explanation",
        "cells": {"leaks": "YOUR ANSWER HERE"},
        "points": {"leaks": 0},
    },
]
