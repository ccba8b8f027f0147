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
        "90 % of the twenty are enough": {
            "change": ("right == 1", "right >= 0.9"),
            "says": "all twenty",
        },
        "a loss of 0.5 is small enough": {
            "change": ("loss < 0.1", "loss < 0.5"),
            "says": "Look at the limits",
        },
        "three quarters of a guess for half of it": {
            "change": ("guess / 2", "guess * 0.75"),
            "says": "Look at the limits",
        },
        "a start too good passes": {
            "change": ("abs(loss - guess)", "loss - guess"),
            "says": "Look at the limits",
        },
        "the number of classes among the examples": {
            "change": ("math.log(outputs.shape[1])", "math.log(len(y.unique()))"),
            "says": "number of the net's outputs",
        },
        "one net for the second and the third step": {
            "change": [
                (
                    "    def trained(x, y, steps):\n        model = script.build()\n",
                    "    model = script.build()\n\n    def trained(x, y, steps):\n",
                ),
            ],
            "says": "every step takes a fresh one",
        },
        "100 steps on the twenty": {
            "change": ("y[:20], 300)", "y[:20], 100)"),
            "says": "asked are 300 steps",
        },
        "twenty examples at random": {
            "change": (
                "loss, right, _ = trained(x[:20], y[:20], 300)",
                "rows = torch.randperm(len(x))[:20]\n"
                "    loss, right, _ = trained(x[rows], y[rows], 300)",
            ),
            "says": "*first* 20",
        },
        "trained in whatever mode the net comes": {
            "change": ("        model.train()\n", ""),
            "says": "need not return it in training mode",
        },
    },
    "repair": {
        "the softmax left inside the loss": {
            "change": ('{"A": RepairedA,', '{"A": ScriptA,'),
            "says": "How often is a softmax applied",
        },
        "labels shuffled by an order of their own": {
            "change": ("y[order]", "y[torch.randperm(len(y))]"),
            "says": "its own label",
        },
        "pixels left at 255": {
            "change": ('"C": RepairedC,', '"C": ScriptC,'),
            "says": "step 1",
        },
        "an optimizer left with the parameters of another net": {
            "change": ('"D": RepairedD}', '"D": ScriptD}'),
            "says": "Whose does it hold",
        },
        "a class in the place of a script": {
            "change": ("[name]()", "[name]"),
            "says": "forget to call the class",
        },
        "the sound script for all four": {
            "change": ("    return {", "    return Script()\n    return {"),
            "says": "other layers",
        },
        "an optimizer of one's own": {
            "change": (", momentum=0.9, weight_decay=1e-3)", ", momentum=0.9)"),
            "says": "settings are no fault",
        },
        "the logarithm of a softmax that has become 0": {
            "change": (
                "        loss = Script.loss",
                "        def loss(self, outputs, y):\n"
                "            return F.nll_loss(outputs.softmax(dim=1).log(), y)",
            ),
            "says": "outputs of some hundreds",
        },
        "the examples standardized in place": {
            "change": (
                "        prepare = Script.prepare",
                "        def prepare(self, x, y):\n            x -= x.mean()\n"
                "            x /= x.std()\n            return x, y",
            ),
            "says": "changes the examples",
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
        "three digits, as in the table": {
            "change": (
                "return end + (1 - end) * (1 + math.cos(math.pi * share)) / 2",
                "return round(end + (1 - end) * (1 + math.cos(math.pi * share)) / 2, 3)",
            ),
            "says": "keep all their digits",
        },
        "counts its own calls": {
            "change": (
                "    def factor(step):\n",
                "    calls = iter(range(10**9))\n\n    def factor(step):\n"
                "        step = max(step, next(calls)) if step < steps else step\n",
            ),
            "says": "on the step alone",
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
        "survivors stay in the order of their losses": {
            "change": (
                "sorted(sorted(alive, key=badness)[:keep])",
                "sorted(alive, key=badness)[:keep]",
            ),
            "says": "in the list* wins",
        },
        "NaN trials thrown out at once": {
            "change": (
                "        keep = math",
                "        alive = [i for i in alive if badness(i) < math.inf] or alive\n"
                "        keep = math",
            ),
            "says": "three are NaN",
        },
        "what a round leaves over is spent in the next": {
            "change": [
                (
                    "steps = budget // rounds // len(alive)",
                    "steps = (budget // rounds * (done + 1) - spent) // len(alive)",
                ),
                ("for _ in range(rounds)", "for done in range(rounds)"),
            ],
            "says": "leaves over",
        },
        "losers removed from the caller's list": {
            "change": (
                "    return alive[0], spent",
                "    del trials[alive[0] + 1 :]\n    return alive[0], spent",
            ),
            "says": "caller still needs it",
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
        "a normal curve in the place of the binomial": {
            "change": (
                "    measured = right.sample((20_000, settings)) / examples\n",
                "    noise = torch.randn(20_000, settings)\n"
                "    width = math.sqrt(accuracy * (1 - accuracy) / examples)\n"
                "    measured = accuracy + noise * width\n",
            ),
            "says": "right answers binomial",
        },
    },
    "explain-next": {"no advice": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "diagnose": {
        "one loop over the steps, batches of 100, nets built beforehand": {
            "cell": """
def first_failing_step(script, x, y):
    px, py = script.prepare(x, y)
    nets = [script.build() for _ in range(3)]

    def look(net, n):
        net.eval()
        total, right = 0.0, 0
        with torch.inference_mode():
            for i in range(0, n, 100):
                out = net(px[i:min(n, i + 100)])
                target = py[i:min(n, i + 100)]
                total += float(script.loss(out, target)) * len(out)
                right += int((out.argmax(1) == target).sum())
        return total / n, right == n, math.log(out.size(-1))

    verdicts = []
    for step, (n, steps) in enumerate([(len(px), 0), (20, 300), (len(px), 100)], start=1):
        if steps:
            nets[step - 1].train()
            script.train(nets[step - 1], px[:n], py[:n], steps)
        loss, all_right, guess = look(nets[step - 1], n)
        start = guess - 0.3 <= loss <= guess + 0.3
        verdicts.append((start, all_right and loss < 0.1, loss < guess / 2)[step - 1])
    return verdicts.index(False) + 1 if False in verdicts else None
""",
        },
    },
    "repair": {
        "parts of an instance replaced": {
            "cell": """
def repaired(name):
    script = {"A": ScriptA, "B": ScriptB, "C": ScriptC, "D": ScriptD}[name]()
    if name == "A":
        script.loss = lambda outputs, y: F.nll_loss(outputs.log_softmax(-1), y)
    elif name == "B":
        script.prepare = lambda x, y: ((x - x.mean()) / x.std(), y)
    elif name == "C":
        script.prepare = lambda x, y: (x, y)
    else:
        script.optimizer = lambda net: torch.optim.SGD(
            [{"params": net.parameters()}], lr=0.05, momentum=0.9, weight_decay=0.001
        )
    return script
""",
        },
    },
    "schedule": {
        "a table made beforehand, with NumPy": {
            "cell": """
import numpy as np

def trapezoid(steps, warmup, hold, end):
    n = steps - warmup - hold
    rise = np.arange(1, warmup + 1) / max(warmup, 1)
    fall = end + (1 - end) * np.cos(np.pi / 2 * np.arange(1, n + 1) / n) ** 2
    table = np.concatenate([rise, np.ones(hold), fall])
    return lambda step: table[min(step, steps - 1)]
""",
        },
    },
    "halving": {
        "pairs of index and trial, trained step by step": {
            "cell": """
def successive_halving(trials, budget):
    alive = dict(enumerate(trials))
    rounds = (len(trials) - 1).bit_length()
    spent = 0
    while len(alive) > 1:
        share = (budget // rounds) // len(alive)
        scores = []
        for i, trial in alive.items():
            for _ in range(share):
                trial.train(1)
                spent += 1
            loss = trial.loss()
            scores.append((loss != loss, loss if loss == loss else 0, i))
        scores.sort()
        good = {i for *_, i in scores[: (len(alive) + 1) // 2]}
        alive = {i: t for i, t in alive.items() if i in good}
    return next(iter(alive)), spent
""",
        },
    },
    "luck": {
        "answers drawn one by one": {
            "cell": """
def optimism(settings, accuracy, examples):
    total = 0.0
    for _ in range(3000):
        right = torch.rand(settings, examples) < accuracy
        total += right.float().mean(dim=1).max().item() - accuracy
    return total / 3000
""",
        },
    },
}
