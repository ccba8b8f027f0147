"""Wrong submissions for `training-recipe`; mistakes.py explains the format."""

WRONG = {
    "diagnose": {
        "step 2 looks at the accuracy alone": {
            "change": ("right == 1 and loss < 0.1", "right == 1"),
            "says": "asks for both",
        },
        "the guess of ten classes, whatever the net": {
            "change": ("math.log(outputs.shape[1])", "math.log(10)"),
            "says": "has five classes",
        },
        "NaN passes a comparison": {
            "change": ("if not abs(loss - guess) <= 0.3", "if abs(loss - guess) > 0.3"),
            "says": "comparison with NaN",
        },
        "measured with dropout on": {
            "change": ("model.eval()", "model.train()"),
            "says": "evaluation mode",
        },
        "the base-10 logarithm": {
            "change": ("math.log(", "math.log10("),
            "says": "natural logarithm",
        },
        "raw examples, never prepared": {
            "change": ("    x, y = script.prepare(x, y)\n", ""),
            "says": "prepared examples",
        },
        "stops at step 2": {
            "change": ("return 3", "return 2"),
            "says": "step 3",
        },
    },
    "repair": {
        "the softmax left inside the loss": {
            "change": ('{"A": Script,', '{"A": ScriptA,'),
            "says": "How often is a softmax applied",
        },
        "labels shuffled by an order of their own": {
            "change": ("y[order]", "y[torch.randperm(len(y))]"),
            "says": "its own label",
        },
        "pixels left at 255": {
            "change": ('"C": Script,', '"C": ScriptC,'),
            "says": "step 1",
        },
        "an optimizer left with the parameters of another net": {
            "change": ('"D": Script}', '"D": ScriptD}'),
            "says": "Whose does it hold",
        },
        "a class in the place of a script": {
            "change": ("[name]()", "[name]"),
            "says": "forget to call the class",
        },
    },
    "schedule": {
        "warm-up from zero": {
            "change": ("(step + 1) / warmup", "step / warmup"),
            "says": "that step would be wasted",
        },
        "the chapter's cosine, which arrives one step later": {
            "change": ("- hold + 1)", "- hold)"),
            "says": "one step late",
        },
        "a line where the cosine belongs": {
            "change": ("(1 + math.cos(math.pi * share)) / 2", "(1 - share)"),
            "says": "half a cosine",
        },
        "a cosine that rises again": {
            "change": ("min(max(share, 0.0), 1.0)", "max(share, 0.0)"),
            "says": "stays at 0.1",
        },
        "the end value of the example for every schedule": {
            "change": ("return end + (1 - end)", "return 0.1 + (1 - 0.1)"),
            "says": "more than the one in the example",
        },
    },
    "halving": {
        "equal shares for all, no halving": {
            "change": [
                ("        alive = sorted(sorted(alive, key=badness)[:keep])\n", ""),
                ("alive[0], spent", "min(alive, key=badness), spent"),
            ],
            "says": "losers must stop early",
        },
        "NaN sorted like a number": {
            "change": ("math.inf if math.isnan(loss) else loss", "loss"),
            "says": "NaN",
        },
        "the smaller half of an odd number": {
            "change": ("math.ceil(len(alive) / 2)", "max(1, len(alive) // 2)"),
            "says": "larger half",
        },
        "a large loss taken for good": {
            "change": ("key=badness)", "key=badness, reverse=True)"),
            "says": "is a small loss good",
        },
    },
    "luck": {
        "the mean over settings, not the best": {
            "change": ("measured.max(dim=1).values.mean()", "measured.mean()"),
            "says": "maximum over settings",
        },
        "the truth is not subtracted": {
            "change": (".mean() - accuracy)", ".mean())"),
            "says": "true accuracy subtracted",
        },
        "a normal curve of one standard error, whatever the number of settings": {
            "change": (
                "(measured.max(dim=1).values.mean() - accuracy).item()",
                "0 if settings == 1 else 1.74 * math.sqrt(accuracy * (1 - accuracy) / examples)",
            ),
            "says": "all three arguments",
        },
    },
    "explain-next": {"no advice": {"cell": "YOUR ANSWER HERE"}},
}
