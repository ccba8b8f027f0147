"""Wrong submissions for `regularization`; test_wrong_submissions.py explains the format."""

DROPOUT = """
class ChannelDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        shape = x.shape[:2] + (1,) * (x.dim() - 2)
        mask = torch.empty(shape, dtype=x.dtype).bernoulli_(1 - self.p)
        return x * mask / max(1 - self.p, 1e-9)
"""

CROWD = """
def crowd_means(W, b, x, keep):
    masks = torch.tensor(list(itertools.product([0, 1], repeat=len(x))), dtype=x.dtype)
    chance = (masks * keep + (1 - masks) * (1 - keep)).prod(1)
    z = (masks * x) @ W.T + b
    return chance @ z.softmax(1), (chance @ z.log_softmax(1)).softmax(0)
"""

PROX = """
def prox_elastic_net(w, rate, l1, l2):
    return soft_threshold(w, rate * l1) / (1 + rate * l2)
"""

ELASTIC_NET = """
def elastic_net(X, y, l1, l2, steps=2000):
    n, features = X.shape
    rate = n / torch.linalg.matrix_norm(X, 2).square().item()
    w = torch.zeros(features, dtype=X.dtype)
    for _ in range(steps):
        w = prox_elastic_net(w - rate * X.T @ (X @ w - y) / n, rate, l1, l2)
    return w
"""

STOPPER = """
class Stopper:
    def __init__(self, model, patience, min_delta=0.0):
        self.model, self.patience, self.min_delta = model, patience, min_delta
        self.best_step, self.step, self.failures = None, 0, 0
        self.reference = self.lowest = math.inf
        self.weights = None

    def update(self, loss):
        self.step += 1
        if loss < self.lowest:
            self.lowest, self.best_step = loss, self.step
            self.weights = {k: v.clone() for k, v in self.model.state_dict().items()}
        if loss < self.reference - self.min_delta:
            self.reference, self.failures = loss, 0
        else:
            self.failures += 1
        return self.failures >= self.patience

    def restore(self):
        if self.weights is not None:
            self.model.load_state_dict(self.weights)
"""

TEAM = """
def moments(errors):
    k, n = errors.shape
    products = errors @ errors.T / n
    v = products.diagonal().mean().item()
    return v, (products.sum() - products.trace()).item() / (k * (k - 1))


def predicted_error(errors, k):
    v, c = moments(errors)
    return v / k + (k - 1) / k * c


def members_needed(errors, target):
    v, c = moments(errors)
    if v <= target:
        return 1
    return None if target <= c else math.ceil((v - c) / (target - c) - 1e-9)


def measured_error(predictions, truth):
    return (predictions.mean(0) - truth).square().mean().item()
"""


def changed(source: str, old: str, new: str) -> str:
    """Replace what must be there."""
    assert old in source, old
    return source.replace(old, new)


def mistake(item: str, name: str, source: str, says: str) -> dict:
    """A submission wrong in one item only, which then gets nothing for it."""
    return {"name": name, "cells": {item: source}, "points": {item: 0}, "says": {item: says}}


WRONG = [
    # --- drop whole channels
    mistake(
        "channel-dropout",
        "single values dropped, not channels",
        changed(DROPOUT, "torch.empty(shape, dtype=x.dtype)", "torch.empty_like(x)"),
        "for every value",
    ),
    mistake(
        "channel-dropout",
        "one mask for the whole batch",
        changed(DROPOUT, "x.shape[:2]", "(1,) + x.shape[1:2]"),
        "needs the batch axis",
    ),
    mistake(
        "channel-dropout",
        "p taken for the probability to keep",
        changed(DROPOUT, "1 - self.p", "self.p"),
        "not to keep",
    ),
    mistake(
        "channel-dropout",
        "not scaled in training",
        changed(DROPOUT, " / max(1 - self.p, 1e-9)", ""),
        "not scaled up",
    ),
    mistake(
        "channel-dropout",
        "drops in evaluation too",
        changed(DROPOUT, "not self.training", "self.p == 0"),
        "self.training",
    ),
    mistake(
        "channel-dropout",
        "made for images of four axes only",
        changed(DROPOUT, "x.shape[:2] + (1,) * (x.dim() - 2)", "x.shape[:2] + (1, 1)"),
        "The mask needs as many axes",
    ),
    mistake(
        "channel-dropout",
        "0 / 0 when everything is dropped",
        changed(DROPOUT, "max(1 - self.p, 1e-9)", "(1 - self.p)"),
        "not a number",
    ),
    # --- which mean is the shortcut
    mistake(
        "crowd-mean",
        "every mask equally likely",
        changed(
            CROWD,
            "(masks * keep + (1 - masks) * (1 - keep)).prod(1)",
            "masks.new_full((len(masks),), 1 / len(masks))",
        ),
        "does not depend on keep",
    ),
    mistake(
        "crowd-mean",
        "the shortcut given out as the arithmetic mean",
        "def crowd_means(W, b, x, keep):\n"
        "    shortcut = (W @ (keep * x) + b).softmax(0)\n"
        "    return shortcut, shortcut",
        "not logits",
    ),
    mistake(
        "crowd-mean",
        "a geometric mean that is no distribution",
        changed(
            CROWD, "(chance @ z.log_softmax(1)).softmax(0)", "(chance @ z.log_softmax(1)).exp()"
        ),
        "divide it by its sum",
    ),
    mistake(
        "crowd-mean",
        "the logarithm of a softmax that is zero",
        changed(CROWD, "z.log_softmax(1)", "z.softmax(1).log()"),
        "Use log_softmax",
    ),
    # --- zero and small at once
    mistake(
        "elastic-net",
        "shrunk first, thresholded after",
        changed(
            PROX,
            "soft_threshold(w, rate * l1) / (1 + rate * l2)",
            "soft_threshold(w / (1 + rate * l2), rate * l1)",
        )
        + ELASTIC_NET,
        "shrink first and threshold after",
    ),
    mistake(
        "elastic-net",
        "the L2 part without the rate",
        changed(PROX, "(1 + rate * l2)", "(1 + l2)") + ELASTIC_NET,
        "the rate multiplies l2",
    ),
    mistake(
        "elastic-net",
        "a gradient step for the L2 part",
        changed(PROX, "/ (1 + rate * l2)", "* (1 - rate * l2)") + ELASTIC_NET,
        "never reaches 0",
    ),
    mistake(
        "elastic-net",
        "the penalty's gradient and the proximal step, both",
        PROX + changed(ELASTIC_NET, "(X @ w - y) / n,", "(X @ w - y) / n - rate * l2 * w,"),
        "right angles",
    ),
    mistake(
        "elastic-net",
        "a step size that ignores the data",
        PROX + changed(ELASTIC_NET, "n / torch.linalg.matrix_norm(X, 2).square().item()", "1.0"),
        "Is the step safe",
    ),
    # --- when to stop, and what to keep
    mistake(
        "stopper",
        "the model's own tensors kept, not a copy",
        changed(STOPPER, "v.clone()", "v"),
        "keep a copy",
    ),
    mistake(
        "stopper",
        "one failure too patient",
        changed(STOPPER, "self.failures >= self.patience", "self.failures > self.patience"),
        "not one later",
    ),
    mistake(
        "stopper",
        "failures counted in total, not in a row",
        changed(STOPPER, "self.reference, self.failures = loss, 0", "self.reference = loss"),
        "in a row",
    ),
    mistake(
        "stopper",
        "weights kept only when min_delta is exceeded",
        changed(STOPPER, "if loss < self.lowest:", "if loss < self.lowest - self.min_delta:"),
        "still the lowest loss",
    ),
    mistake(
        "stopper",
        "compared with the previous measurement",
        changed(
            STOPPER,
            "        else:\n            self.failures += 1\n",
            "        else:\n            self.failures += 1\n        self.reference = loss\n",
        ),
        "",
    ),
    mistake(
        "stopper",
        "parameters kept, running statistics forgotten",
        changed(
            changed(STOPPER, "self.model.state_dict().items()", "self.model.named_parameters()"),
            "load_state_dict(self.weights)",
            "load_state_dict(self.weights, strict=False)",
        ),
        "running statistics",
    ),
    mistake(
        "stopper",
        "the first reference is a number of its own",
        changed(
            STOPPER,
            "self.reference = self.lowest = math.inf",
            "self.reference = self.lowest = 0.999",
        ),
        "",
    ),
    # --- forty models, foretold by four
    mistake(
        "team-error",
        "a member's product with itself counted as covariance",
        changed(
            TEAM,
            "(products.sum() - products.trace()).item() / (k * (k - 1))",
            "products.mean().item()",
        ),
        "the diagonal",
    ),
    mistake(
        "team-error",
        "means subtracted, so that a shared error vanishes",
        changed(
            TEAM,
            "    k, n = errors.shape\n",
            "    k, n = errors.shape\n    errors = errors - errors.mean(1, keepdim=True)\n",
        ),
        "",
    ),
    mistake(
        "team-error",
        "independent members",
        changed(TEAM, "return v / k + (k - 1) / k * c", "return v / k"),
        "",
    ),
    mistake(
        "team-error",
        "the whole covariance, whatever k",
        changed(TEAM, "(k - 1) / k * c", "c"),
        "nothing of it is left",
    ),
    mistake(
        "team-error",
        "one member too few",
        changed(
            TEAM, "math.ceil((v - c) / (target - c) - 1e-9)", "math.floor((v - c) / (target - c))"
        ),
        "it takes 6",
    ),
    mistake(
        "team-error",
        "the members' mean error for the team's",
        changed(TEAM, "(predictions.mean(0) - truth)", "(predictions - truth)"),
        "average the predictions",
    ),
    # --- a vote that gains nothing
    {
        "name": "no explanation",
        "cells": {"explain-vote": "YOUR ANSWER HERE"},
        "points": {"explain-vote": 0},
    },
]
