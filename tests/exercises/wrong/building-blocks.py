"""Wrong submissions for `building-blocks`; mistakes.py explains the format."""

WRONG = {
    "warm-log-softmax": {
        "one minus a probability that was rounded to 1": {
            "change": ("(log_sum(others) - everything)", "(-(u - everything).expm1()).log()"),
            "says": "sum over the other classes",
        },
        "multiplied by the temperature": {
            "change": ("u = (z / temperature)", "u = (z * temperature)"),
            "says": "bolder",
        },
        "the logarithm of the softmax": {
            "define": """
def yes_and_no(z, temperature=1.0, dim=-1):
    p = (z / temperature).exp()
    p = p / p.sum(dim, keepdim=True)
    return p.log(), (1 - p).log()
""",
            "says": "overflows",
        },
        "PyTorch's own log-softmax": {
            "change": (
                "u - everything).movedim(-1, dim), (log_sum(others) - everything)",
                "torch.log_softmax(u, -1)).movedim(-1, dim), "
                "(torch.logsumexp(others, -1) - torch.logsumexp(u, -1, keepdim=True))",
            ),
            "says": "PyTorch's own",
        },
        "always along the last axis": {
            "change": [
                ("(z / temperature).movedim(dim, -1)", "z / temperature"),
                ("(u - everything).movedim(-1, dim)", "u - everything"),
                ("(log_sum(others) - everything).movedim(-1, dim)", "log_sum(others) - everything"),
            ],
            "says": "same axis as the sum",
        },
        "a running logsumexp from both sides": {
            "change": (
                "(log_sum(others) - everything)",
                "(others.logcumsumexp(-1)[..., -1] - everything)",
            ),
            "says": "PyTorch's own",
        },
        "the loss that is made of a log-softmax": {
            "define": """
def yes_and_no(z, temperature=1.0, dim=-1):
    u = (z / temperature).movedim(dim, -1)
    K, no = u.shape[-1], []
    yes = [F.cross_entropy(u.reshape(-1, K), torch.full((u[..., 0].numel(),), k), reduction="none")
           for k in range(K)]
    yes = -torch.stack(yes, -1).view(u.shape)
    for k in range(K):
        others = torch.cat([u[..., :k], u[..., k + 1 :]], -1)
        m = others.amax(-1)
        no.append(m + (others - m.unsqueeze(-1)).exp().sum(-1).log() - u[..., 0] + yes[..., 0])
    return yes.movedim(-1, dim), torch.stack(no, -1).movedim(-1, dim)
""",
            "says": "PyTorch's own",
        },
        "one shift for the whole tensor": {
            "change": (
                "largest = u.amax(-1, keepdim=True)",
                "largest = u.max().expand(*u.shape[:-1], 1)",
            ),
            "says": "sum over the other classes",
        },
        "all in float64": {
            "change": ("u = (z / temperature)", "u = (z.double() / temperature)"),
            "says": "keep the dtype",
        },
    },
    "warm-gradient": {
        "probability minus target, whatever the loss": {
            "change": ("g - log_p.exp() * g.sum(dim, keepdim=True)", "g + log_p.exp() / len(g)"),
            "says": "g.sum",
        },
        "the temperature forgotten on the way back": {
            "change": ("by_u / temperature,", "by_u,"),
            "says": "du/dz = 1 / T",
        },
        "the temperature's gradient with the wrong sign": {
            "change": ("-(by_u * z).sum()", "(by_u * z).sum()"),
            "says": "temperature has the wrong sign",
        },
        "a sum over all entries instead of one axis (right for a last axis)": {
            "change": ("g.sum(dim, keepdim=True)", "g.sum(-1, keepdim=True)"),
            "says": "along dim",
        },
        "autograd that is switched on again": {
            "define": """
def warm_gradient(g, log_p, z, temperature=1.0, dim=-1):
    from torch.autograd import grad as own

    with torch.enable_grad():
        z = z.clone().requires_grad_()
        T = torch.tensor(temperature, dtype=z.dtype, requires_grad=True)
        return own((g * (z / T).log_softmax(dim)).sum(), (z, T))
""",
            "says": "calls autograd",
        },
        "a Jacobian-vector product of torch.func": {
            "define": """
def warm_gradient(g, log_p, z, temperature=1.0, dim=-1):
    T = torch.tensor(temperature, dtype=z.dtype)
    return torch.func.vjp(lambda z, T: (z / T).log_softmax(dim), z, T)[1](g)
""",
            "says": "calls autograd",
        },
        "finite differences for the temperature": {
            "change": (
                "-(by_u * z).sum() / temperature**2",
                "((g * (z / (temperature + 1e-3)).log_softmax(dim)).sum()"
                " - (g * log_p).sum()) / 1e-3",
            ),
            "says": "gradient by T should be",
        },
        "the temperature's gradient as a mean": {
            "change": ("(by_u * z).sum()", "(by_u * z).mean()"),
            "says": "gradient by T should be",
        },
    },
    "lion": {
        "the sign of the memory": {
            "change": [
                ("c = b1 * m + (1 - b1) * p.grad", "c = m.mul_(b2).add_((1 - b2) * p.grad)"),
                ("\n            m.mul_(b2).add_((1 - b2) * p.grad)", ""),
            ],
            "says": "wrong way",
        },
        "memory updated before the step": {
            "change": [
                (
                    "            c = b1",
                    "            m.mul_(b2).add_((1 - b2) * p.grad)\n            c = b1",
                ),
                ("\n            m.mul_(b2).add_((1 - b2) * p.grad)", ""),
            ],
            "says": "60 random steps",
        },
        "weight decay as a part of the gradient": {
            "change": [
                (
                    "            c = b1",
                    "            g = p.grad + self.weight_decay * p\n            c = b1",
                ),
                ("(1 - b1) * p.grad", "(1 - b1) * g"),
                ("(c.sign() + self.weight_decay * p)", "c.sign()"),
                ("(1 - b2) * p.grad", "(1 - b2) * g"),
            ],
            "says": "no part of the gradient",
        },
        "the memory fades without a gradient": {
            "change": [
                (
                    "if p.grad is None:\n                continue",
                    "g = torch.zeros_like(p) if p.grad is None else p.grad",
                ),
                ("(1 - b1) * p.grad", "(1 - b1) * g"),
                ("(1 - b2) * p.grad", "(1 - b2) * g"),
            ],
            "says": "when there is no gradient",
        },
        "no sign at all": {
            "change": ("c.sign()", "c"),
            "says": "only the sign counts",
        },
        "gradients of zero instead of None": {
            "change": (
                "p.grad = None",
                "p.grad = None if p.grad is None else torch.zeros_like(p)",
            ),
            "says": "sets every gradient to None",
        },
        "decay after the step, of the new weight": {
            "change": (
                "p.sub_(self.lr * (c.sign() + self.weight_decay * p))",
                "p.sub_(self.lr * c.sign()).mul_(1 - self.lr * self.weight_decay)",
            ),
            "says": "With weight decay 0.5",
        },
        "parameters that are read twice": {
            "change": ("self.parameters = list(parameters)", "self.parameters = parameters"),
        },
    },
    "revive": {
        "closed on one example is dead": {
            "change": ("(x == 0).all(0)", "(x == 0).any(0)"),
            "says": "closed on all of them",
        },
        "every unit of a layer with a dead one is drawn anew": {
            "change": (
                "(layer(x) <= 0).all(0)",
                "(layer(x) <= 0).all(0).any().expand(layer.out_features)",
            ),
            "says": "Only the rows of dead units",
        },
        "only the first layer is repaired": {
            "change": ("zip(layers, layers[1:] + [None])", "[layers[:2]]"),
            "says": "from the first to the last",
        },
        "a new bias of zero (often enough, not always)": {
            "change": ("0.1 - sums.median(0).values[dead]", "0"),
            "says": "choose it from the sums",
        },
        "all revived units alike": {
            "change": ("torch.randn_like(layer.weight[dead]) * math.sqrt(2 / n_in)", "0.3"),
            "says": "equal",
        },
        "only a new bias": {
            "change": (
                "layer.weight[dead] = torch.randn_like(layer.weight[dead]) * math.sqrt(2 / n_in)",
                "layer.weight[dead] += 0",
            ),
            "says": "not only the bias",
        },
        "the dead of before, and those of now": {
            "change": [
                (
                    "    layers = list(net)\n",
                    "    layers, before = list(net), iter(dead_units(net, x))\n",
                ),
                (
                    "dead = (layer(x) <= 0).all(0)\n",
                    "dead = (layer(x) <= 0).all(0) | next(before)\n",
                ),
            ],
            "says": "wake some",
        },
        "a seed within": {
            "change": (
                "    layers = list(net)\n",
                "    layers = list(net)\n    torch.manual_seed(0)\n",
            ),
            "says": "do you set a seed",
        },
        "a sum of zero is open": {
            "change": [
                (
                    "    for layer in net:\n        x = layer(x)",
                    "    for layer in net:\n        before, x = x, layer(x)",
                ),
                ("(x == 0).all(0)", "(before < 0).all(0)"),
            ],
            "says": "exactly 0",
        },
    },
    "largest-rate": {
        "momentum as a longer step": {
            "change": ("2 * (1 + momentum)", "2 * (1 - momentum)"),
            "says": "lengthened",
        },
        "momentum does not matter": {
            "change": ("2 * (1 + momentum)", "2"),
            "says": "one of them is wrong",
        },
        "a search that starts from a fixed range": {
            "change": (
                "    while converges(high, curvature, momentum):\n        high *= 2\n",
                "    high = 10.0\n",
            ),
            "says": "any curvature",
        },
        "the formula as a measurement": {
            "define": """
def measured_limit(curvature, momentum):
    return predicted_limit(curvature, momentum) * 1.0007
""",
            "says": "never calls converges",
        },
        "a range narrowed to a thousandth, however small the rates": {
            "change": ("high - low > 0.001 * high", "high - low > 0.001"),
            "says": "where you stop",
        },
        "the formula after a look": {
            "define": """
def measured_limit(curvature, momentum):
    limit = predicted_limit(curvature, momentum)
    return limit if converges(0.99 * limit, curvature, momentum) else 0.99 * limit
""",
            "says": "has to follow what converges says",
        },
    },
    "explain-loss": {"the explanation left as it was": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "warm-log-softmax": {
        "NumPy, class after class": {
            "cell": """
import numpy as np

def yes_and_no(z, temperature=1.0, dim=-1):
    u = np.moveaxis(z.numpy() / temperature, dim, -1)

    def log_sum(v):
        m = v.max(-1, keepdims=True)
        return (m + np.log(np.exp(v - m).sum(-1, keepdims=True)))[..., 0]

    total = log_sum(u)
    rest = [log_sum(np.delete(u, k, -1)) - total for k in range(u.shape[-1])]
    both = u - total[..., None], np.stack(rest, -1)
    return tuple(torch.tensor(np.moveaxis(each, -1, dim), dtype=z.dtype) for each in both)
""",
        },
        "maxima from the two largest, sums without the own one": {
            "cell": """
def yes_and_no(z, temperature=1.0, dim=-1):
    u = z.double() / temperature
    K = u.size(dim)
    yes, no = torch.empty_like(u), torch.empty_like(u)
    m = u.max(dim).values
    total = m + (u - m.unsqueeze(dim)).exp().sum(dim).log()
    for k in range(K):
        others = u.index_select(dim, torch.tensor([j for j in range(K) if j != k]))
        m = others.max(dim).values
        yes.select(dim, k).copy_(u.select(dim, k) - total)
        no.select(dim, k).copy_(m + (others - m.unsqueeze(dim)).exp().sum(dim).log() - total)
    return yes.to(z.dtype), no.to(z.dtype)
""",
        },
    },
    "warm-gradient": {
        "the whole Jacobian, and the temperature from the log-probabilities": {
            "cell": """
def warm_gradient(g, log_p, z, temperature=1.0, dim=-1):
    G, L = g.movedim(dim, -1), log_p.movedim(dim, -1)
    K = G.shape[-1]
    J = torch.eye(K, dtype=z.dtype) - L.exp().unsqueeze(-2)  # (..., k, j)
    by_u = torch.einsum("...k,...kj->...j", G, J)
    return by_u.movedim(-1, dim) / temperature, -torch.sum(by_u * L) / temperature
""",
        },
        "NumPy, and a plain number": {
            "cell": """
def warm_gradient(g, log_p, z, temperature=1.0, dim=-1):
    g, p, z_ = g.numpy(), log_p.exp().numpy(), z.numpy()
    by_z = (g - p * g.sum(axis=dim, keepdims=True)) / temperature
    return torch.from_numpy(by_z), float(-(by_z * z_).sum() / temperature)
""",
        },
    },
    "lion": {
        "memories by parameter, made when needed, decay first": {
            "cell": """
class Lion:
    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        self.params, self.state = [*parameters], {}
        self.lr, (self.b1, self.b2), self.decay = lr, betas, weight_decay

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    @torch.no_grad()
    def step(self):
        for p in self.params:
            if p.grad is not None:
                m = self.state.get(p, torch.zeros_like(p))
                p.mul_(1 - self.lr * self.decay)
                p.add_(torch.sign(torch.lerp(p.grad, m, self.b1)), alpha=-self.lr)
                self.state[p] = self.b2 * m + (1 - self.b2) * p.grad
""",
        },
    },
    "revive": {
        "hooks, and one unit after the other, barely open": {
            "cell": """
@torch.no_grad()
def dead_units(net, x):
    found = []
    hooks = [
        m.register_forward_hook(lambda _m, _i, out: found.append(~(out > 0).any(dim=0)))
        for m in net.modules() if isinstance(m, nn.ReLU)
    ]
    net(x)
    for hook in hooks:
        hook.remove()
    return found


@torch.no_grad()
def revive(net, x):
    for i in range(len(net) - 1):
        if isinstance(net[i], nn.Linear) and isinstance(net[i + 1], nn.ReLU):
            h = net[:i](x)
            for unit in range(net[i].out_features):
                if (net[i](h)[:, unit] > 0).any():
                    continue
                nn.init.uniform_(net[i].weight[unit], -0.5, 0.5)
                net[i].bias[unit] = 1e-2 - (h @ net[i].weight[unit]).max()
""",
        },
    },
    "largest-rate": {
        "in steps of half a percent": {
            "cell": """
def measured_limit(curvature, momentum):
    rate = 1.0
    while not converges(rate=rate, curvature=curvature, momentum=momentum):
        rate /= 3
    while converges(rate, curvature, momentum):
        rate *= 1.5
    rate /= 1.5
    while converges(rate * 1.005, curvature, momentum):
        rate *= 1.005
    return rate


predicted_limit = lambda curvature, momentum: (2 + 2 * momentum) / curvature
""",
        },
    },
}
