"""Wrong submissions for `in-context-learning`; test_wrong_submissions.py explains the format."""

PROMPTS = """
def few_shot(maps, shots, seen):
    batch, keys = maps.shape
    {check}
    order = {order}
    chosen = order[:, :shots]
    place = {seen} if seen else torch.full((batch, 1), shots)
    query = {query}
    pairs = torch.stack([chosen, maps.gather(1, chosen)], dim=2).flatten(1)
    return torch.cat([pairs, query], dim=1), maps.gather(1, query).squeeze(1)


def accuracy(model, prompts, answers, options):
    tokens = nn.utils.rnn.pad_sequence(prompts, batch_first=True{side})
    last = {last}
    logits = model(tokens)[torch.arange(len(prompts)), :, last].detach()
    return ({said} == answers).float().mean().item()
"""
ASKED = {
    "check": """if shots > keys or (seen and shots == 0) or (not seen and shots == keys):
        raise ValueError("no such query")""",
    "order": "torch.rand(batch, keys).argsort(dim=1)",
    "seen": "torch.randint(shots, (batch, 1))",
    "query": "order.gather(1, place)",
    "side": "",
    "last": "torch.tensor([len(prompt) - 1 for prompt in prompts])",
    "said": "options[logits[:, options].argmax(dim=1)]",
}

RELABEL = """
def prediction():
    return {{"half": "memory", "nine in ten": "other"}}


def relabel(prompts):
    keys, labels = prompts[:, 0:-1:2], prompts[:, 1::2]
    rows = torch.arange(len(prompts))
    own = (keys == prompts[:, -1:]).int().argmax(dim=1)
    before = labels[rows, own]
    changed = {copy}
    {change}
    return changed, changed[rows, 2 * own + 1]


def behaviour(model, prompts):
    prompts = prompts.clone()
    own = (prompts[:, 0:-1:2] == prompts[:, -1:]).int().argmax(dim=1)
    before = {before}
    changed, shown = relabel(prompts)
    tells = {tells}
    said = {said}
    context = (said == shown)[tells].float().mean().item()
    memory = (said == before)[tells].float().mean().item()
    return {{"context": context, "memory": memory, "other": 1 - context - memory}}
"""
LIED = {
    "copy": "prompts.clone()",
    "change": """differs = labels != before[:, None]
    other = torch.where(differs.any(dim=1), differs.int().argmax(dim=1), own)
    changed[rows, 2 * own + 1] = labels[rows, other]
    changed[rows, 2 * other + 1] = before""",
    "before": "prompts[torch.arange(len(prompts)), 2 * own + 1]",
    "tells": "shown != before",
    "said": "OPTIONS[model(changed)[:, OPTIONS, -1].argmax(dim=1)]",
}

HEAD = """
import copy


def prefix_matching(model, block, every=1):
    n = block.shape[1]
    with torch.no_grad(), attention_maps(model) as maps:
        model(torch.cat([block, block], dim=1))
    place = {place}
    return torch.stack([w[:, :, place, {target}].mean(dim=(0, 2)) for w in maps.values()])


def without_head(model, layer, head, tokens):
    {spoiled}
    attention = model.encoder.layers[layer].self_attention
    size = attention.width // attention.heads
    with torch.no_grad():
        {silence} = 0
    return model(tokens)
"""
FOUND = {
    "place": "torch.arange(n, 2 * n, every)",
    "target": "place - n + 1",
    "spoiled": "model = copy.deepcopy(model)",
    "silence": "attention.out.weight[:, head * size : (head + 1) * size]",
}

VOTE = """
def vote(samples):
    read = {read}
    {give_up}
    best = max(set(read), key=read.count)
    top = [answer for answer in set(read) if read.count(answer) == read.count(best)]
    return {result}


def vote_accuracy(right, wrong, samples):
    draws = 60_000
    shares = torch.tensor([right, {wrong}, max(0.0, 1 - right - sum(wrong))])
    drawn = torch.multinomial(shares, draws * samples, replacement=True).view(draws, samples)
    votes = torch.stack([(drawn == answer).sum(1) for answer in range(len(shares){answers})], 1)
    best = votes.amax(dim=1, keepdim=True)
    first = (votes == best) & (best > 0)
    alone = {alone}
    return (first[:, 0] & alone).float().mean().item(), (~alone).float().mean().item()
"""
VOTED = {
    "read": "[answer for answer in samples if answer is not None]",
    "give_up": "if not read: return None",
    "result": "best if len(top) == 1 else None",
    "wrong": "*wrong",
    "answers": " - 1",
    "alone": "first.sum(dim=1) == 1",
}

BAYES = """
def bayes(x, y, sigma):
    batch, pairs, d = x.shape
    means, deviations = [], []
    for k in range(pairs):
        X, Y, query = x[:, :{end}], y[:, :{end}, None], x[:, k, :, None]
        A = X.mT @ X + {ridge} * torch.eye(d, dtype=x.dtype)
        means.append((query.mT @ {w}).flatten())
        spread = (query.mT @ torch.linalg.solve(A, query)).flatten()
        deviations.append({deviation})
    return torch.stack(means, dim=1), torch.stack(deviations, dim=1)
"""
BEST = {
    "end": "k",
    "ridge": "sigma**2",
    "w": "torch.linalg.solve(A, X.mT @ Y)",
    "deviation": "sigma * (1 + spread).sqrt()",
}

WRONG = [
    # --- ask properly
    {
        "name": "keys drawn with replacement",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED | {"order": "torch.randint(keys, (batch, shots + 1))"}
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "show the same key twice"},
    },
    {
        "name": "the query always from the last shot",
        "cells": {
            "prompts": PROMPTS.format(**ASKED | {"seen": "torch.full((batch, 1), shots - 1)"})
        },
        "points": {"prompts": 0},
        "says": {"prompts": "copies from one place"},
    },
    {
        "name": "an unseen query that may be seen",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED
                | {
                    "query": "order.gather(1, place) if seen else torch.randint(keys, (batch, 1))",
                }
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "must not be among the shots"},
    },
    {
        "name": "one order of keys for the whole batch (hidden)",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED | {"order": "torch.rand(keys).argsort().repeat(batch, 1)"}
            )
        },
        "points": {"prompts": 0},
    },
    {
        "name": "answers read at the padding",
        "cells": {"prompts": PROMPTS.format(**ASKED | {"last": "torch.full((len(prompts),), -1)"})},
        "points": {"prompts": 0},
        "says": {"prompts": "at its own last token"},
    },
    {
        "name": "padded on the left, positions and all",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED
                | {"side": ", padding_side='left'", "last": "torch.full((len(prompts),), -1)"}
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "is the padding on the right"},
    },
    {
        "name": "the best of the whole vocabulary",
        "cells": {"prompts": PROMPTS.format(**ASKED | {"said": "logits.argmax(dim=1)"})},
        "points": {"prompts": 0},
        "says": {"prompts": "are no options"},
    },
    {
        "name": "the place among the options taken for the token, by its smallest (hidden)",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED | {"said": "options.min() + logits[:, options].argmax(dim=1)"}
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "in this order"},
    },
    {
        "name": "impossible prompts not refused (hidden)",
        "cells": {"prompts": PROMPTS.format(**ASKED | {"check": "pass"})},
        "points": {"prompts": 0},
    },
    {
        "name": "the first free key asked every time (hidden)",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED
                | {"query": "order.gather(1, place) if seen else order[:, shots:].amin(1, True)"}
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "they should be alike"},
    },
    {
        "name": "all keys shown taken for impossible (hidden)",
        "cells": {
            "prompts": PROMPTS.format(
                **ASKED
                | {
                    "check": """if shots >= keys or (seen and shots == 0):
        raise ValueError("no such query")""",
                }
            )
        },
        "points": {"prompts": 0},
        "says": {"prompts": "are possible; you refuse"},
    },
    # --- lie to it
    {
        "name": "labels in a random order",
        "cells": {
            "relabel": RELABEL.format(
                **LIED
                | {
                    "change": """order = torch.rand(labels.shape).argsort(dim=1)
    changed[:, 1::2] = labels.gather(1, order)"""
                }
            )
        },
        "points": {"relabel": 0},
        "says": {"relabel": "A random order leaves some"},
    },
    {
        "name": "new symbols instead of exchanged ones",
        "cells": {
            "relabel": RELABEL.format(
                **LIED | {"change": "changed[:, 1::2] = 4 + (labels - 3) % 8"}
            )
        },
        "points": {"relabel": 0},
        "says": {"relabel": "the labels it had"},
    },
    {
        "name": "written into the prompts that were given",
        "cells": {"relabel": RELABEL.format(**LIED | {"copy": "prompts; labels = labels.clone()"})},
        "points": {"relabel": 0},
        "says": {"relabel": "Work on a copy"},
    },
    {
        "name": "labels passed on by one, the same or not (hidden)",
        "cells": {
            "relabel": RELABEL.format(
                **LIED | {"change": "changed[:, 1::2] = labels.roll(1, dims=1)"}
            )
        },
        "points": {"relabel": 0},
        "says": {"relabel": "keeps its symbol although"},
    },
    {
        "name": "prompts that could not be changed counted as well (hidden)",
        "cells": {
            "relabel": RELABEL.format(**LIED | {"tells": "torch.ones_like(shown, dtype=bool)"})
        },
        "points": {"relabel": 0},
        "says": {"relabel": "must count nowhere"},
    },
    {
        "name": "the model asked with the old prompts",
        "cells": {
            "relabel": RELABEL.format(
                **LIED | {"said": "OPTIONS[model(prompts)[:, OPTIONS, -1].argmax(dim=1)]"}
            )
        },
        "points": {"relabel": 0},
        "says": {"relabel": "Does it get the relabelled prompts"},
    },
    {
        "name": "labels in reverse order: the middle one stays",
        "cells": {
            "relabel": RELABEL.format(**LIED | {"change": "changed[:, 1::2] = labels.flip(1)"})
        },
        "points": {"relabel": 0},
        "says": {"relabel": "still has its old label"},
    },
    {
        "name": "the usual map taken for what stood there before",
        "cells": {"relabel": RELABEL.format(**LIED | {"before": "USUAL[prompts[:, -1]]"})},
        "points": {"relabel": 0},
        "says": {"relabel": "the old label"},
    },
    {
        "name": "the best of the whole vocabulary, when lied to (hidden)",
        "cells": {
            "relabel": RELABEL.format(**LIED | {"said": "model(changed)[:, :, -1].argmax(dim=1)"})
        },
        "points": {"relabel": 0},
        "says": {"relabel": "not of the whole vocabulary"},
    },
    # --- the head
    {
        "name": "the same token sought, not the one after",
        "cells": {"head": HEAD.format(**FOUND | {"target": "place - n"})},
        "points": {"head": 0},
        "says": {"head": "looks at the *same* token, here"},
    },
    {
        "name": "the place before, wherever one is",
        "cells": {"head": HEAD.format(**FOUND | {"target": "place - 1"})},
        "points": {"head": 0},
        "says": {"head": "looks at the place before"},
    },
    {
        "name": "both blocks averaged",
        "cells": {
            "head": HEAD.format(
                **FOUND
                | {
                    "place": "torch.arange(0, 2 * n, every)",
                    "target": "(place - n + 1).clamp(min=0)",
                }
            )
        },
        "points": {"head": 0},
        "says": {"head": "over the second block only"},
    },
    {
        "name": "`every` ignored (hidden)",
        "cells": {"head": HEAD.format(**FOUND | {"place": "torch.arange(n, 2 * n)"})},
        "points": {"head": 0},
        "says": {"head": "every=2"},
    },
    {
        "name": "the model spoiled for good",
        "cells": {"head": HEAD.format(**FOUND | {"spoiled": "pass"})},
        "points": {"head": 0},
        "says": {"head": "Spoil a copy"},
    },
    {
        "name": "rows of the output projection instead of columns",
        "cells": {
            "head": HEAD.format(
                **FOUND | {"silence": "attention.out.weight[head * size : (head + 1) * size]"}
            )
        },
        "points": {"head": 0},
        "says": {"head": "output projection's *input*"},
    },
    {
        "name": "the whole layer taken out",
        "cells": {"head": HEAD.format(**FOUND | {"silence": "attention.out.weight[:]"})},
        "points": {"head": 0},
        "says": {"head": "the whole layer"},
    },
    {
        "name": "a query of zero: the head looks everywhere instead of nowhere (hidden)",
        "cells": {
            "head": HEAD.format(
                **FOUND | {"silence": "attention.query.weight[head * size : (head + 1) * size]"}
            )
        },
        "points": {"head": 0},
    },
    {
        "name": "the heads interleaved, not side by side",
        "cells": {
            "head": HEAD.format(
                **FOUND | {"silence": "attention.out.weight[:, head :: attention.heads]"}
            )
        },
        "points": {"head": 0},
        "says": {"head": "this head's part"},
    },
    {
        "name": "the head's values silenced, but not their bias (hidden)",
        "cells": {
            "head": HEAD.format(
                **FOUND | {"silence": "attention.value.weight[head * size : (head + 1) * size]"}
            )
        },
        "points": {"head": 0},
        "says": {"head": "part set to zero before the output projection"},
    },
    # --- the vote
    {
        "name": "a tie decided by the first",
        "cells": {"vote": VOTE.format(**VOTED | {"result": "best if len(top) < 2 else top[0]"})},
        "points": {"vote": 0},
        "says": {"vote": "share the first place"},
    },
    {
        "name": "unreadable answers that vote",
        "cells": {"vote": VOTE.format(**VOTED | {"read": "list(samples)"})},
        "points": {"vote": 0},
        "says": {"vote": "could not be read has no vote"},
    },
    {
        "name": "unreadable answers that vote, in the formula",
        "cells": {"vote": VOTE.format(**VOTED | {"answers": ""})},
        "points": {"vote": 0},
        "says": {"vote": "An unreadable sample has no vote"},
    },
    {
        "name": "a tie counted as right",
        "cells": {"vote": VOTE.format(**VOTED | {"alone": "best[:, 0] > 0"})},
        "points": {"vote": 0},
        "says": {"vote": "A tie is no answer"},
    },
    {
        "name": "all wrong answers in one party (hidden)",
        "cells": {"vote": VOTE.format(**VOTED | {"wrong": "sum(wrong)"})},
        "points": {"vote": 0},
        "says": {"vote": "different wrong answers vote apart"},
    },
    {
        "name": "the answer 0 taken for none (hidden)",
        "cells": {
            "vote": VOTE.format(**VOTED | {"read": "[answer for answer in samples if answer]"})
        },
        "points": {"vote": 0},
        "says": {"vote": "0 is an answer"},
    },
    {
        "name": "more than half of the votes asked for (hidden)",
        "cells": {
            "vote": VOTE.format(
                **VOTED | {"result": "best if 2 * read.count(best) > len(read) else None"}
            )
        },
        "points": {"vote": 0},
        "says": {"vote": "without more than half"},
    },
    {
        "name": "a tie decided by a coin, in the formula",
        "cells": {
            "vote": VOTE.format(
                **VOTED
                | {
                    "alone": """best[:, 0] > 0
    votes = votes + torch.rand(votes.shape)
    first = votes == votes.amax(dim=1, keepdim=True)"""
                }
            )
        },
        "points": {"vote": 0},
        "says": {"vote": "A tie is no answer"},
    },
    # --- the best anybody could do
    {
        "name": "its own pair among the examples",
        "cells": {"bayes": BAYES.format(**BEST | {"end": "k + 1"})},
        "points": {"bayes": 0},
        "says": {"bayes": "must not see its own pair"},
    },
    {
        "name": "least squares",
        "cells": {"bayes": BAYES.format(**BEST | {"w": "(torch.linalg.pinv(X) @ Y)"})},
        "points": {"bayes": 0},
        "says": {"bayes": "least squares"},
    },
    {
        "name": "the noise of y left out",
        "cells": {"bayes": BAYES.format(**BEST | {"deviation": "sigma * spread.sqrt()"})},
        "points": {"bayes": 0},
        "says": {"bayes": "noise of its own"},
    },
    {
        "name": "variances",
        "cells": {"bayes": BAYES.format(**BEST | {"deviation": "sigma**2 * (1 + spread)"})},
        "points": {"bayes": 0},
        "says": {"bayes": "its root is asked for"},
    },
    {
        "name": "sigma instead of its square (hidden)",
        "cells": {"bayes": BAYES.format(**BEST | {"ridge": "sigma"})},
        "points": {"bayes": 0},
        "says": {"bayes": "sigma squared"},
    },
    {
        "name": "the chapter's penalty, for weights of another variance (hidden)",
        "cells": {"bayes": BAYES.format(**BEST | {"ridge": "d * sigma**2"})},
        "points": {"bayes": 0},
        "says": {"bayes": "sigma squared"},
    },
    {
        "name": "the covariance without its variance of the noise (hidden)",
        "cells": {"bayes": BAYES.format(**BEST | {"deviation": "(sigma**2 + spread).sqrt()"})},
        "points": {"bayes": 0},
        "says": {"bayes": "variance 1 at every place"},
    },
    # --- what a toy shows
    {
        "name": "no explanation",
        "cells": {"explain": "YOUR ANSWER HERE"},
        "points": {"explain": 0},
    },
]
