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
            "says": "Use log_softmax",
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
        "the members' mean error for the team's": {
            "change": ("(predictions.mean(0) - truth)", "(predictions - truth)"),
            "says": "average the predictions",
        },
    },
    "explain-vote": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
