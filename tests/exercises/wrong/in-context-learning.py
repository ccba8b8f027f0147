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
            "says": "are possible; you refuse",
        },
    },
    "relabel": {
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
            "says": "variance 1 at every place",
        },
    },
    "explain": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
