"""Wrong submissions for `regularization`; mistakes.py explains the format."""

WRONG = {
    "channel-dropout": {
        "single values dropped, not channels": {
            "change": (
                "torch.empty(shape, dtype=x.dtype, device=x.device)",
                "torch.empty_like(x)",
            ),
            "says": "for every value",
        },
        "one mask for the whole batch": {
            "change": ("x.shape[:2]", "(1,) + x.shape[1:2]"),
            "says": "needs the batch axis",
        },
        "p taken for the probability to keep": {
            "change": [
                ("bernoulli_(1 - self.p)", "bernoulli_(self.p)"),
                ("mask / (1 - self.p)", "mask / self.p"),
            ],
            "says": "not to keep",
        },
        "not scaled in training": {
            "change": ("x * mask / (1 - self.p)", "x * mask"),
            "says": "not scaled up",
        },
        "drops in evaluation too": {
            "change": ("not self.training or self.p == 0", "self.p == 0"),
            "says": "self.training",
        },
        "made for images of four axes only": {
            "change": ("(1,) * (x.dim() - 2)", "(1, 1)"),
            "says": "The mask needs as many axes",
        },
        "0 / 0 when everything is dropped": {
            "change": ("        if self.p == 1:\n            return x * 0\n", ""),
            "says": "not a number",
        },
        "PyTorch's function for it": {
            "define": """
class ChannelDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        flat = x.reshape(*x.shape[:2], -1)
        return F.dropout1d(flat, self.p, self.training).view(x.shape)
""",
            "says": "PyTorch's dropout of channels",
        },
        "the same number of channels in each example": {
            "change": (
                "torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)",
                "(torch.rand(shape, dtype=x.dtype).argsort(1).argsort(1)"
                " >= round(self.p * x.shape[1])).to(x.dtype)",
            ),
            "says": "their number varies",
        },
        "a mask in float32, whatever the input": {
            "change": [
                ("dtype=x.dtype, device=x.device", "device=x.device"),
                ("x * mask / (1 - self.p)", "x.float() * mask / (1 - self.p)"),
            ],
            "says": "came back as another type",
        },
    },
    "crowd-mean": {
        "every mask equally likely": {
            "change": (
                "(masks * keep + (1 - masks) * (1 - keep)).prod(1)",
                "masks.new_full((len(masks),), 1 / len(masks))",
            ),
            "says": "does not depend on keep",
        },
        "the shortcut given out as the arithmetic mean": {
            "change": (
                "return arithmetic, geometric",
                "shortcut = (W @ (keep * x) + b).softmax(0)\n    return shortcut, shortcut",
            ),
            "says": "not logits",
        },
        "a geometric mean that is no distribution": {
            "change": ("(chance @ logs).softmax(0)", "(chance @ logs).exp()"),
            "says": "divide it by its sum",
        },
        "the logarithm of a softmax that is zero": {
            "change": (".log_softmax(1)", ".softmax(1).log()"),
            "says": "use log_softmax",
        },
        "exponentials divided by their sum, all of them 0": {
            "change": (
                "geometric = (chance @ logs).softmax(0)",
                "geometric = (chance @ logs).exp() / (chance @ logs).exp().sum()",
            ),
            "says": "subtract the largest",
        },
        "one probability for all entries": {
            "change": (
                "(masks * keep + (1 - masks) * (1 - keep))",
                "(masks * keep.mean() + (1 - masks) * (1 - keep.mean()))",
            ),
            "says": "its own probability",
        },
        "probabilities by odds, which have no end": {
            "change": (
                "chance = (masks * keep + (1 - masks) * (1 - keep)).prod(1)",
                "chance = (masks @ (keep / (1 - keep)).log() + (1 - keep).log().sum()).exp()",
            ),
            "says": "keep = [0.0, 1.0",
        },
    },
    "elastic-net": {
        "shrunk first, thresholded after": {
            "change": (
                "soft_threshold(w, rate * l1) / (1 + rate * l2)",
                "soft_threshold(w / (1 + rate * l2), rate * l1)",
            ),
            "says": "shrink first and threshold after",
        },
        "the L2 part without the rate": {
            "change": ("(1 + rate * l2)", "(1 + l2)"),
            "says": "the rate multiplies l2",
        },
        "a gradient step for the L2 part": {
            "change": ("/ (1 + rate * l2)", "* (1 - rate * l2)"),
            "says": "never reaches 0",
        },
        "the penalty's gradient and the proximal step, both": {
            "change": ("(X @ w - y) / n,", "(X @ w - y) / n - rate * l2 * w,"),
            "says": "right angles",
        },
        "a step size that ignores the data": {
            "change": ("n / torch.linalg.matrix_norm(X, 2).square().item()", "1.0"),
            "says": "Is the step safe",
        },
        "steps that nobody counts": {
            "change": ("for _ in range(steps)", "for _ in range(2000)"),
            "says": "as you are told",
        },
        "scikit-learn's own": {
            "define": """
def elastic_net(X, y, l1, l2, steps=2000):
    from sklearn.linear_model import ElasticNet

    model = ElasticNet(l1 + l2, l1_ratio=l1 / (l1 + l2), fit_intercept=False, tol=1e-12)
    return torch.from_numpy(model.fit(X.numpy(), y.numpy()).coef_)
""",
            "says": "as you are told",
        },
        "a start at random": {
            "change": (
                "torch.zeros(features, dtype=X.dtype)",
                "torch.randn(features, dtype=X.dtype)",
            ),
            "says": "Do you start at zero",
        },
        "the sum of all eigenvalues for the largest": {
            "change": ("torch.linalg.matrix_norm(X, 2)", "torch.linalg.matrix_norm(X)"),
            "says": "largest safe step",
        },
    },
    "stopper": {
        "the model's own tensors kept, not a copy": {
            "change": ("value.clone()", "value"),
            "says": "keep a copy",
        },
        "one failure too patient": {
            "change": ("self.failures >= self.patience", "self.failures > self.patience"),
            "says": "not one later",
        },
        "failures counted in total, not in a row": {
            "change": ("self.reference, self.failures = loss, 0", "self.reference = loss"),
            "says": "in a row",
        },
        "weights kept only when min_delta is exceeded": {
            "change": ("if loss < self.lowest:", "if loss < self.lowest - self.min_delta:"),
            "says": "still the lowest loss",
        },
        "compared with the previous measurement": {
            "change": (
                "            self.failures += 1\n",
                "            self.failures += 1\n        self.reference = loss\n",
            ),
        },
        "parameters kept, running statistics forgotten": {
            "change": [
                ("self.model.state_dict().items()", "self.model.named_parameters()"),
                ("load_state_dict(self.weights)", "load_state_dict(self.weights, strict=False)"),
            ],
            "says": "running statistics",
        },
        "an improvement of exactly min_delta": {
            "change": (
                "if loss < self.reference - self.min_delta:",
                "if loss - self.reference <= -self.min_delta and loss != self.reference:",
            ),
            "says": "exactly min_delta",
        },
        "what was kept is given away": {
            "change": (
                "self.model.load_state_dict(self.weights)",
                "self.model.load_state_dict(self.weights)\n"
                "            for name, p in self.model.named_parameters():\n"
                "                p.data = self.weights[name]",
            ),
            "says": "gave away",
        },
        "new parameters at restore": {
            "change": (
                "self.model.load_state_dict(self.weights)",
                "self.model.load_state_dict(\n"
                "                {k: nn.Parameter(v.clone(), v.is_floating_point())\n"
                "                 for k, v in self.weights.items()}, assign=True)",
            ),
            "says": "other parameters",
        },
        "the first reference is a number of its own": {
            "change": (
                "self.reference = self.lowest = math.inf",
                "self.reference = self.lowest = 0.999",
            ),
        },
    },
    "team-error": {
        "a member's product with itself counted as covariance": {
            "change": (
                "(products.sum() - products.trace()).item() / (k * (k - 1))",
                "products.mean().item()",
            ),
            "says": "the diagonal",
        },
        "means subtracted, so that a shared error vanishes": {
            "change": (
                "k, n = errors.shape",
                "k, n = errors.shape\n    errors = errors - errors.mean(1, keepdim=True)",
            ),
        },
        "independent members": {
            "change": ("v / k + (k - 1) / k * c", "v / k"),
        },
        "the whole covariance, whatever k": {
            "change": ("(k - 1) / k * c", "c"),
            "says": "nothing of it is left",
        },
        "one member too few": {
            "change": (
                "math.ceil((v - c) / (target - c) - 1e-9)",
                "math.floor((v - c) / (target - c))",
            ),
            "says": "it takes 6",
        },
        "one more than is enough, where it is exact": {
            "change": (
                "math.ceil((v - c) / (target - c) - 1e-9)",
                "math.floor((v - c) / (target - c)) + 1",
            ),
            "says": "at most that is enough",
        },
        "a search that ends at a thousand": {
            "change": (
                "return math.ceil((v - c) / (target - c) - 1e-9)",
                "foretold = ((k, v / k + (k - 1) / k * c) for k in range(1, 1001))\n"
                "    return next((k for k, error in foretold if error <= target), None)",
            ),
            "says": "you say None",
        },
        "no target below zero covariance": {
            "change": ("if target <= c:", "if target <= max(c, 0):"),
            "says": "opposite directions",
        },
        "the members' mean error for the team's": {
            "change": ("(predictions.mean(0) - truth)", "(predictions - truth)"),
            "says": "average the predictions",
        },
    },
    "explain-vote": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "channel-dropout": {
        "plain dropout of a table of ones": {
            "cell": """
class ChannelDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p
        self.drop = nn.Dropout(p)

    def forward(self, x):
        ones = torch.ones(x.shape[:2], dtype=x.dtype)
        return torch.einsum("bc...,bc->bc...", x, self.drop(ones))
""",
        },
        "channel after channel": {
            "cell": """
class ChannelDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training:
            return x
        out = torch.zeros_like(x)
        for b, c in itertools.product(range(x.shape[0]), range(x.shape[1])):
            if torch.rand(()) >= self.p:
                out[b, c] = x[b, c] / (1 - self.p)
        return out
""",
        },
    },
    "crowd-mean": {
        "mask after mask, the largest subtracted": {
            "cell": """
def crowd_means(W, b, x, keep):
    n, arithmetic, logs = len(x), torch.zeros_like(b), torch.zeros_like(b)
    for m in range(2**n):
        bits = [m >> i & 1 for i in range(n)]
        P = 1.0
        for bit, k in zip(bits, keep.tolist()):
            P *= k if bit else 1 - k
        z = W @ (x * torch.tensor(bits).to(x)) + b
        log_s = z - z.logsumexp(0)
        arithmetic += P * log_s.exp()
        logs += P * log_s
    g = torch.exp(logs - logs.max())
    return arithmetic, g / g.sum()
""",
        },
    },
    "elastic-net": {
        "an entry at a time, the step from the eigenvalues": {
            "cell": """
def prox_elastic_net(w, rate, l1, l2):
    u = torch.where(w > rate * l1, w - rate * l1, torch.where(w < -rate * l1, w + rate * l1, 0 * w))
    return u / (1 + rate * l2)


def elastic_net(X, y, l1, l2, steps=2000):
    n = len(y)
    G, q = X.T.mm(X) / n, X.T.mv(y) / n
    rate = 1 / float(torch.linalg.eigvalsh(G)[-1])
    w = torch.zeros_like(q)
    for _ in range(steps):
        w = prox_elastic_net(w - rate * (G.mv(w) - q), rate, l1, l2)
    return w
""",
        },
    },
    "stopper": {
        "a deep copy of the state, the first measurement apart": {
            "define": """
class Stopper:
    def __init__(self, model, patience, min_delta=0.0):
        import copy

        self.copy = copy.deepcopy
        self.model, self.patience, self.min_delta = model, patience, min_delta
        self.best_step, self.losses, self.kept, self.reference, self.bad = None, [], None, None, 0

    def update(self, loss):
        self.losses.append(loss)
        if math.isnan(loss):
            self.bad += 1
            return self.bad == self.patience
        if self.best_step is None or loss < self.losses[self.best_step - 1]:
            self.best_step, self.kept = len(self.losses), self.copy(self.model.state_dict())
        if self.reference is None or self.reference - loss > self.min_delta:
            self.reference, self.bad = loss, 0
        else:
            self.bad += 1
        return self.bad == self.patience

    def restore(self):
        if self.best_step is None:
            return
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                value.copy_(self.kept[name])
""",
        },
    },
    "team-error": {
        "pairs in a loop, members one by one": {
            "cell": """
def moments(errors):
    pairs = list(itertools.combinations(range(len(errors)), 2))
    v = (errors**2).mean()
    return float(v), float(sum((errors[i] * errors[j]).mean() for i, j in pairs) / len(pairs))


def predicted_error(errors, k):
    v, c = moments(errors)
    return (v + (k - 1) * c) / k


def members_needed(errors, target):
    v, c = moments(errors)
    if target <= c < v:
        return None
    for k in itertools.count(1):
        if (v + (k - 1) * c) / k <= target:
            return k
        if v == c:
            return None


def measured_error(predictions, truth):
    return F.mse_loss(sum(predictions) / len(predictions), truth).item()
""",
        },
    },
}
