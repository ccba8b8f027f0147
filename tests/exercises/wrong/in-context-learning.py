"""Wrong submissions for `in-context-learning`; mistakes.py explains the format."""

ORDER = "torch.rand(batch, keys).argsort(dim=1)"
LAST = "torch.tensor([len(prompt) - 1 for prompt in prompts])"
SAID = "options[logits[:, options].argmax(dim=1)]"
REFUSED = "shots > keys or (seen and shots == 0) or (not seen and shots == keys)"

EXCHANGED = """changed[rows, 2 * own + 1] = shown
    changed[rows, 2 * other + 1] = before"""
SHOWN = "\n    shown = changed[rows, 2 * own + 1]"

SILENT = "mixed[..., head * size : (head + 1) * size]"
SPOILED = """
def without_head(model, layer, head, tokens):
    import copy

    {model}
    attention = model.encoder.layers[layer].self_attention
    size = attention.width // attention.heads
    with torch.no_grad():
        attention.{part} = 0
    return model(tokens)
"""
COPIED = "model = copy.deepcopy(model)"

WRONG = {
    "prompts": {
        "the next key that is free, counted round (hidden)": {
            "change": (
                "query = order.gather(1, place)",
                "query = order.gather(1, place)\n"
                "    if not seen:\n"
                "        for row, shown in enumerate(chosen.tolist()):\n"
                "            at = shown[-1] if shown else int(torch.randint(keys, ()))\n"
                "            while at in shown:  # round, until one is free\n"
                "                at = (at + 1) % keys\n"
                "            query[row] = at",
            ),
            "says": "whatever the shots are",
        },
        "seeded within (hidden)": {
            "change": (
                "    order = ",
                "    torch.manual_seed(0)\n    order = ",
            ),
            "says": "something seeds the random numbers",
        },
        "keys drawn with replacement": {
            "change": (ORDER, "torch.randint(keys, (batch, shots + 1))"),
            "says": "show the same key twice",
        },
        "the query always from the last shot": {
            "change": ("torch.randint(shots, (batch, 1))", "torch.full((batch, 1), shots - 1)"),
            "says": "copies from one place",
        },
        "an unseen query that may be seen": {
            "change": (
                "query = order.gather(1, place)",
                "query = order.gather(1, place) if seen else torch.randint(keys, (batch, 1))",
            ),
            "says": "must not be among the shots",
        },
        "one order of keys for the whole batch (hidden)": {
            "change": (ORDER, "torch.rand(keys).argsort().repeat(batch, 1)"),
        },
        "answers read at the padding": {
            "change": (LAST, "torch.full((len(prompts),), -1)"),
            "says": "at its own last token",
        },
        "padded on the left, positions and all": {
            "change": [
                ("batch_first=True", 'batch_first=True, padding_side="left"'),
                (LAST, "torch.full((len(prompts),), -1)"),
            ],
            "says": "is the padding on the right",
        },
        "the best of the whole vocabulary": {
            "change": (SAID, "logits.argmax(dim=1)"),
            "says": "are no options",
        },
        "the place among the options taken for the token, by its smallest (hidden)": {
            "change": (SAID, "options.min() + logits[:, options].argmax(dim=1)"),
            "says": "in this order",
        },
        "impossible prompts not refused (hidden)": {
            "change": (REFUSED, "False"),
        },
        "the first free key asked every time (hidden)": {
            "change": (
                "query = order.gather(1, place)",
                "query = order.gather(1, place) if seen else order[:, shots:].amin(1, True)",
            ),
            "says": "they should be alike",
        },
        "all keys shown taken for impossible (hidden)": {
            "change": (REFUSED, "shots >= keys or (seen and shots == 0)"),
            "says": "are possible: your code raised ValueError",
        },
    },
    "relabel": {
        "any label of the prompt taken for the one in the context (hidden)": {
            "change": (
                "context = (said == shown)[tells]",
                "told = (changed[:, 1::2] == said[:, None]).any(dim=1) & (said != before)\n"
                "    context = told[tells]",
            ),
            "says": "neither the one beside the query's key",
        },
        "labels in a random order": {
            "change": (
                EXCHANGED,
                "changed[:, 1::2] = labels.gather(1, torch.rand(labels.shape).argsort(1))" + SHOWN,
            ),
            "says": "A random order leaves some",
        },
        "new symbols instead of exchanged ones": {
            "change": (EXCHANGED, "changed[:, 1::2] = 4 + (labels - 3) % 8" + SHOWN),
            "says": "the labels it had",
        },
        "written into the prompts that were given": {
            "change": ("prompts.clone()", "prompts"),
            "says": "Work on a copy",
        },
        "labels passed on by one, the same or not (hidden)": {
            "change": (EXCHANGED, "changed[:, 1::2] = labels.roll(1, dims=1)" + SHOWN),
            "says": "keeps its symbol although",
        },
        "prompts that could not be changed counted as well (hidden)": {
            "change": ("tells = shown != before", "tells = torch.ones_like(shown, dtype=bool)"),
            "says": "must count nowhere",
        },
        "the model asked with the old prompts": {
            "change": ("model(changed)", "model(prompts)"),
            "says": "Does it get the relabelled prompts",
        },
        "labels in reverse order: the middle one stays": {
            "change": (EXCHANGED, "changed[:, 1::2] = labels.flip(1)" + SHOWN),
            "says": "still has its old label",
        },
        "the usual map taken for what stood there before": {
            "change": (
                "prompts[torch.arange(len(prompts)), 2 * own + 1]",
                "USUAL[prompts[:, -1]]",
            ),
            "says": "the old label",
        },
        "the best of the whole vocabulary, when lied to (hidden)": {
            "change": (
                "OPTIONS[model(changed)[:, OPTIONS, -1].argmax(dim=1)]",
                "model(changed)[:, :, -1].argmax(dim=1)",
            ),
            "says": "not of the whole vocabulary",
        },
    },
    "head": {
        "the model left in evaluation mode (hidden)": {
            "change": (
                "    attention = model.encoder",
                "    model.eval()\n    attention = model.encoder",
            ),
            "says": "is in the other one afterwards",
        },
        "gradients switched off for good (hidden)": {
            "change": (
                "    attention = model.encoder",
                "    model.requires_grad_(False)\n    attention = model.encoder",
            ),
            "says": "afterwards it is different",
        },
        "the same token sought, not the one after": {
            "change": ("place - n + 1", "place - n"),
            "says": "looks at the *same* token, here",
        },
        "the place before, wherever one is": {
            "change": ("place - n + 1", "place - 1"),
            "says": "looks at the place before",
        },
        "both blocks averaged": {
            "change": [
                ("torch.arange(n, 2 * n, every)", "torch.arange(0, 2 * n, every)"),
                ("place - n + 1", "(place - n + 1).clamp(min=0)"),
            ],
            "says": "over the second block only",
        },
        "`every` ignored (hidden)": {
            "change": ("torch.arange(n, 2 * n, every)", "torch.arange(n, 2 * n)"),
            "says": "every=2",
        },
        "the model spoiled for good": {
            "define": SPOILED.format(
                model="", part="out.weight[:, head * size : (head + 1) * size]"
            ),
            "says": "Spoil a copy",
        },
        "rows of the output projection instead of columns": {
            "define": SPOILED.format(
                model=COPIED, part="out.weight[head * size : (head + 1) * size]"
            ),
            "says": "output projection's *input*",
        },
        "the whole layer taken out": {
            "change": (SILENT, "mixed[:]"),
            "says": "the whole layer",
        },
        "a query of zero: the head looks everywhere instead of nowhere (hidden)": {
            "define": SPOILED.format(
                model=COPIED, part="query.weight[head * size : (head + 1) * size]"
            ),
        },
        "the heads interleaved, not side by side": {
            "change": (SILENT, "mixed[..., head :: attention.heads]"),
            "says": "this head's part",
        },
        "the head's values silenced, but not their bias (hidden)": {
            "define": SPOILED.format(
                model=COPIED, part="value.weight[head * size : (head + 1) * size]"
            ),
            "says": "part set to zero before the output projection",
        },
    },
    "vote": {
        "more than half asked for, in the formula (hidden)": {
            "change": ("first.sum(dim=1) == 1", "2 * best[:, 0] > votes.sum(dim=1)"),
            "says": "right = 0.4",
        },
        "a tie decided by the first": {
            "change": (" or (len(votes) > 1 and votes[0][0] == votes[1][0])", ""),
            "says": "share the first place",
        },
        "unreadable answers that vote": {
            "change": (" if answer is not None]", "]"),
            "says": "could not be read has no vote",
        },
        "unreadable answers that vote, in the formula": {
            "change": ("len(shares) - 1", "len(shares)"),
            "says": "An unreadable sample has no vote",
        },
        "a tie counted as right": {
            "change": ("first.sum(dim=1) == 1", "best[:, 0] > 0"),
            "says": "A tie is no answer",
        },
        "all wrong answers in one party (hidden)": {
            "change": ("*wrong, max", "sum(wrong), max"),
            "says": "different wrong answers vote apart",
        },
        "the answer 0 taken for none (hidden)": {
            "change": ("if answer is not None", "if answer"),
            "says": "0 is an answer",
        },
        "more than half of the votes asked for (hidden)": {
            "change": (
                "len(votes) > 1 and votes[0][0] == votes[1][0]",
                "2 * votes[0][0] <= len(read)",
            ),
            "says": "without more than half",
        },
        "a tie decided by a coin, in the formula": {
            "change": (
                "alone = first.sum(dim=1) == 1",
                """alone = best[:, 0] > 0
    votes = votes + torch.rand(votes.shape)
    first = votes == votes.amax(dim=1, keepdim=True)""",
            ),
            "says": "A tie is no answer",
        },
    },
    "bayes": {
        "the covariance's diagonal alone (hidden)": {
            "change": (
                "torch.linalg.solve(A, query)",
                "(torch.linalg.inv(A).diagonal(dim1=1, dim2=2)[:, :, None] * query)",
            ),
            "says": "the whole inverse of A",
        },
        "its own pair among the examples": {
            "change": [("x[:, :k]", "x[:, : k + 1]"), ("y[:, :k, None]", "y[:, : k + 1, None]")],
            "says": "must not see its own pair",
        },
        "least squares": {
            "change": ("torch.linalg.solve(A, X.mT @ Y)", "(torch.linalg.pinv(X) @ Y)"),
            "says": "least squares",
        },
        "the noise of y left out": {
            "change": ("(1 + spread).sqrt()", "spread.sqrt()"),
            "says": "noise of its own",
        },
        "variances": {
            "change": ("sigma * (1 + spread).sqrt()", "sigma**2 * (1 + spread)"),
            "says": "its root is asked for",
        },
        "sigma instead of its square (hidden)": {
            "change": ("sigma**2 * torch.eye", "sigma * torch.eye"),
            "says": "sigma squared",
        },
        "the chapter's penalty, for weights of another variance (hidden)": {
            "change": ("sigma**2 * torch.eye", "d * sigma**2 * torch.eye"),
            "says": "sigma squared",
        },
        "the covariance without its variance of the noise (hidden)": {
            "change": ("sigma * (1 + spread).sqrt()", "(sigma**2 + spread).sqrt()"),
            "says": "sigma squared times the whole",
        },
    },
    "explain": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "prompts": {
        "one prompt after the other, each asked by itself": {
            "cell": """
def few_shot(maps, shots, seen):
    keys = maps.shape[1]
    possible = 1 <= shots <= keys if seen else 0 <= shots < keys
    if not possible:
        raise ValueError("no such query")
    prompts, answers = [], []
    for row in maps.tolist():
        order = torch.randperm(keys).tolist()
        there, absent = order[:shots], order[shots:]
        pool = there if seen else absent
        query = pool[int(torch.randint(len(pool), ()))]
        prompts.append([token for key in there for token in (key, row[key])] + [query])
        answers.append(row[query])
    return torch.tensor(prompts), torch.tensor(answers)


def accuracy(model, prompts, answers, options):
    right = 0
    with torch.inference_mode():
        for prompt, answer in zip(prompts, answers.tolist()):
            scores = model(prompt.unsqueeze(0))[0, :, -1]
            right += max(options.tolist(), key=lambda token: scores[token].item()) == answer
    return right / len(prompts)
""",
        },
    },
    "relabel": {
        "labels handed round until the query's differs": {
            "cell": """
def prediction():
    return {"half": "other", "nine in ten": "context"}


def relabel(prompts):
    rows, shown = [], []
    for prompt in prompts.tolist():
        keys, labels = prompt[:-1:2], prompt[1::2]
        own = keys.index(prompt[-1])
        turns = [labels[k:] + labels[:k] for k in range(len(labels))]
        new = next((turn for turn in turns if turn[own] != labels[own]), labels)
        rows.append([token for pair in zip(keys, new) for token in pair] + [prompt[-1]])
        shown.append(new[own])
    return torch.tensor(rows), torch.tensor(shown)


def behaviour(model, prompts):
    changed, shown = relabel(prompts)
    usable = (changed != prompts).any(dim=1)
    spot = (prompts[:, :-1:2] == prompts[:, -1:]).float().argmax(1, keepdim=True)
    old = prompts[:, 1::2].gather(1, spot)[:, 0]
    with torch.no_grad():
        logits = model(changed)[:, :, -1]
    hidden = torch.full_like(logits, -math.inf)
    hidden[:, OPTIONS] = logits[:, OPTIONS].to(hidden)
    said = hidden.argmax(dim=1)
    counts = {"context": 0, "memory": 0, "other": 0}
    for s, new, before, use in zip(*(t.tolist() for t in (said, shown, old, usable))):
        if use:
            counts["context" if s == new else "memory" if s == before else "other"] += 1
    return {name: count / sum(counts.values()) for name, count in counts.items()}
""",
        },
    },
    "head": {
        "loops, and the columns of a copy set to zero": {
            "cell": """
import copy


def prefix_matching(model, block, every=1):
    n = block.shape[1]
    with torch.no_grad(), attention_maps(model) as maps:
        model(block.repeat(1, 2))
    rows = []
    for weights in maps.values():
        looks = [weights[:, :, t, t - n + 1] for t in range(n, 2 * n, every)]
        rows.append(torch.stack(looks).mean(dim=(0, 1)).tolist())
    return torch.tensor(rows)


def without_head(model, layer, head, tokens):
    other = copy.deepcopy(model)
    out = other.encoder.layers[layer].self_attention.out
    size = out.in_features // other.encoder.layers[layer].self_attention.heads
    out.weight.data[:, head * size : head * size + size] = 0
    return other(tokens)
""",
        },
    },
    "vote": {
        "counted, and exactly": {
            "cell": """
import itertools
from collections import Counter


def vote(samples):
    best = Counter(filter(lambda s: s is not None, samples)).most_common(2)
    if len(best) == 2 and best[0][1] == best[1][1]:
        return None
    return best[0][0] if best else None


def vote_accuracy(right, wrong, samples):
    chances = [right, *wrong, max(1 - right - sum(wrong), 0)]
    table = {(0,) * (len(chances) - 1): 1.0}
    for _ in range(samples):
        after = Counter()
        for counts, chance in table.items():
            for i, p in enumerate(chances):
                more = list(counts)
                if i < len(more):
                    more[i] += 1
                after[tuple(more)] += chance * p
        table = after
    won = nothing = 0.0
    for counts, chance in table.items():
        top = max(counts)
        if top == 0 or counts.count(top) > 1:
            nothing += chance
        elif counts[0] == top:
            won += chance
    return won, nothing
""",
        },
    },
    "bayes": {
        "NumPy, one pair after the other": {
            "cell": """
import numpy as np


def bayes(x, y, sigma):
    xs, ys = x.double().numpy(), y.double().numpy()
    batch, pairs, d = xs.shape
    mean, covariance = np.zeros((batch, d)), np.tile(np.eye(d), (batch, 1, 1))
    means, deviations = np.zeros((batch, pairs)), np.zeros((batch, pairs))
    for k in range(pairs):
        at = xs[:, k]
        seen = np.einsum("bij,bj->bi", covariance, at)
        variance = np.einsum("bi,bi->b", seen, at) + sigma**2
        means[:, k] = np.einsum("bi,bi->b", mean, at)
        deviations[:, k] = np.sqrt(variance)
        gain = seen / variance[:, None]
        mean = mean + gain * (ys[:, k] - means[:, k])[:, None]
        covariance = covariance - gain[:, :, None] * seen[:, None, :]
    return torch.from_numpy(means).to(x.dtype), torch.from_numpy(deviations).to(x.dtype)
""",
        },
    },
}
