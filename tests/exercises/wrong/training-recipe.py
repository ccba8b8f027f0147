"""Wrong submissions for `training-recipe`; test_wrong_submissions.py explains the format."""

DIAGNOSE = """
def first_failing_step(script, x, y):
    x, y = script.prepare(x, y)

    def measure(model, x, y):
        model.eval()
        with torch.no_grad():
            outputs = model(x)
            right = (outputs.argmax(dim=1) == y).float().mean().item()
            return script.loss(outputs, y).item(), right, math.log(outputs.shape[1])

    def trained(x, y, steps):
        model = script.build()
        script.train(model, x, y, steps)
        return measure(model, x, y)

    loss, _, guess = measure(script.build(), x, y)
    if not abs(loss - guess) <= 0.3:
        return 1
    loss, right, _ = trained(x[:20], y[:20], 300)
    if not (right == 1 and loss < 0.1):
        return 2
    loss, _, guess = trained(x, y, 100)
    if not loss < guess / 2:
        return 3
"""

REPAIR = """
def repaired(name):
    class RepairedB(Script):
        def prepare(self, x, y):
            order = torch.randperm(len(x))
            return (x[order] - x.mean()) / x.std(), y[order]

    return {"A": Script, "B": RepairedB, "C": Script, "D": Script}[name]()
"""

SCHEDULE = """
def trapezoid(steps, warmup, hold, end):
    descent = steps - warmup - hold

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        share = min(max((step - warmup - hold + 1) / descent, 0.0), 1.0)
        return end + (1 - end) * (1 + math.cos(math.pi * share)) / 2

    return factor
"""

HALVING = """
def successive_halving(trials, budget):
    alive, spent = list(range(len(trials))), 0
    rounds = math.ceil(math.log2(len(trials)))

    def badness(index):
        loss = float(trials[index].loss())
        return math.inf if math.isnan(loss) else loss

    for _ in range(rounds):
        steps = budget // rounds // len(alive)
        for index in alive:
            trials[index].train(steps)
            spent += steps
        alive = sorted(alive, key=badness)[: math.ceil(len(alive) / 2)]
    return alive[0], spent
"""

LUCK = """
def optimism(settings, accuracy, examples):
    right = torch.distributions.Binomial(examples, torch.tensor(float(accuracy)))
    measured = right.sample((20_000, settings)) / examples
    return (measured.max(dim=1).values.mean() - accuracy).item()
"""


def wrong(item: str, name: str, right: str, *change: str, says: str) -> dict:
    """One mistake: the `right` answer with each old text replaced by the new one after it."""
    source = right
    for old, new in zip(change[::2], change[1::2], strict=True):
        assert old in source, f"{name}: {old!r} is not in the right answer"
        source = source.replace(old, new)
    return {"name": name, "cells": {item: source}, "points": {item: 0}, "says": {item: says}}


WRONG = [
    # --- the checklist, as code
    wrong(
        "diagnose",
        "step 2 looks at the accuracy alone",
        DIAGNOSE,
        "right == 1 and loss < 0.1",
        "right == 1",
        says="asks for both",
    ),
    wrong(
        "diagnose",
        "the guess of ten classes, whatever the net",
        DIAGNOSE,
        "math.log(outputs.shape[1])",
        "math.log(10)",
        says="has five classes",
    ),
    wrong(
        "diagnose",
        "NaN passes a comparison",
        DIAGNOSE,
        "if not abs(loss - guess) <= 0.3",
        "if abs(loss - guess) > 0.3",
        says="comparison with NaN",
    ),
    wrong(
        "diagnose",
        "measured with dropout on",
        DIAGNOSE,
        "model.eval()",
        "model.train()",
        says="evaluation mode",
    ),
    wrong(
        "diagnose",
        "the base-10 logarithm",
        DIAGNOSE,
        "math.log(",
        "math.log10(",
        says="natural logarithm",
    ),
    wrong(
        "diagnose",
        "raw examples, never prepared",
        DIAGNOSE,
        "    x, y = script.prepare(x, y)\n",
        "",
        says="prepared examples",
    ),
    wrong(
        "diagnose",
        "stops at step 2",
        DIAGNOSE,
        "        return 3",
        "        return 2",
        says="step 3",
    ),
    # --- four repairs
    wrong(
        "repair",
        "the softmax left inside the loss",
        REPAIR,
        '{"A": Script,',
        '{"A": ScriptA,',
        says="How often is a softmax applied",
    ),
    wrong(
        "repair",
        "labels shuffled by an order of their own",
        REPAIR,
        "y[order]",
        "y[torch.randperm(len(y))]",
        says="its own label",
    ),
    wrong(
        "repair",
        "pixels left at 255",
        REPAIR,
        '"C": Script,',
        '"C": ScriptC,',
        says="step 1",
    ),
    wrong(
        "repair",
        "an optimizer left with the parameters of another net",
        REPAIR,
        '"D": Script}',
        '"D": ScriptD}',
        says="Whose does it hold",
    ),
    wrong(
        "repair",
        "a class in the place of a script",
        REPAIR,
        "[name]()",
        "[name]",
        says="forget to call the class",
    ),
    # --- a schedule from a table
    wrong(
        "schedule",
        "warm-up from zero",
        SCHEDULE,
        "(step + 1) / warmup",
        "step / warmup",
        says="that step would be wasted",
    ),
    wrong(
        "schedule",
        "the chapter's cosine, which arrives one step later",
        SCHEDULE,
        "- hold + 1)",
        "- hold)",
        says="one step late",
    ),
    wrong(
        "schedule",
        "a line where the cosine belongs",
        SCHEDULE,
        "(1 + math.cos(math.pi * share)) / 2",
        "(1 - share)",
        says="half a cosine",
    ),
    wrong(
        "schedule",
        "a cosine that rises again",
        SCHEDULE,
        "min(max((step - warmup - hold + 1) / descent, 0.0), 1.0)",
        "max((step - warmup - hold + 1) / descent, 0.0)",
        says="stays at 0.1",
    ),
    wrong(
        "schedule",
        "the end value of the example for every schedule",
        SCHEDULE,
        "return end + (1 - end)",
        "return 0.1 + (1 - 0.1)",
        says="more than the one in the example",
    ),
    # --- many settings, one budget
    wrong(
        "halving",
        "equal shares for all, no halving",
        HALVING,
        "        alive = sorted(alive, key=badness)[: math.ceil(len(alive) / 2)]\n",
        "",
        "alive[0], spent",
        "min(alive, key=badness), spent",
        says="losers must stop early",
    ),
    wrong(
        "halving",
        "NaN sorted like a number",
        HALVING,
        "return math.inf if math.isnan(loss) else loss",
        "return loss",
        says="NaN",
    ),
    wrong(
        "halving",
        "the smaller half of an odd number",
        HALVING,
        "math.ceil(len(alive) / 2)",
        "max(1, len(alive) // 2)",
        says="larger half",
    ),
    wrong(
        "halving",
        "a large loss taken for good",
        HALVING,
        "key=badness)",
        "key=badness, reverse=True)",
        says="is a small loss good",
    ),
    # --- how much of the best is luck?
    wrong(
        "luck",
        "the mean over settings, not the best",
        LUCK,
        "measured.max(dim=1).values.mean()",
        "measured.mean()",
        says="maximum over settings",
    ),
    wrong(
        "luck",
        "the truth is not subtracted",
        LUCK,
        ".mean() - accuracy)",
        ".mean())",
        says="true accuracy subtracted",
    ),
    wrong(
        "luck",
        "a normal curve of one standard error, whatever the number of settings",
        LUCK,
        "(measured.max(dim=1).values.mean() - accuracy).item()",
        "0 if settings == 1 else 1.74 * math.sqrt(accuracy * (1 - accuracy) / examples)",
        says="all three arguments",
    ),
    # --- what next?
    {
        "name": "no advice",
        "cells": {"explain-next": "YOUR ANSWER HERE"},
        "points": {"explain-next": 0},
    },
]
