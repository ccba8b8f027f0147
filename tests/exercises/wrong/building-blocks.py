"""Wrong submissions for `building-blocks`; test_wrong_submissions.py explains the format."""

YES_AND_NO = """
def yes_and_no(z, temperature=1.0, dim=-1):
    {scale}
    shifted = u - u.amax({axis}, keepdim=True)
    yes = shifted - shifted.exp().sum(dim, keepdim=True).log()
    return yes, {no}
"""

GRADIENT = """
def warm_gradient(g, log_p, z, temperature=1.0, dim=-1):
    by_u = {by_u}
    return {by_z}, {by_T}
"""

LION = """
class Lion:
    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        self.parameters = list(parameters)
        self.lr, self.betas, self.weight_decay = lr, betas, weight_decay
        self.memory = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self):
        b1, b2 = self.betas
        for p, m in zip(self.parameters, self.memory):
            {body}
"""

REVIVE = """
@torch.no_grad()
def dead_units(net, x):
    dead = []
    for layer in net:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            dead.append({dead})
    return dead


@torch.no_grad()
def revive(net, x):
    {revive}
"""

CLOSED = "(x == 0).all(0)"
LAYER_BY_LAYER = """layers = list(net)
    for layer, after in zip(layers, layers[1:] + [None]):
        if isinstance(layer, nn.Linear) and isinstance(after, nn.ReLU):
            dead = (layer(x) <= 0).all(0)
            {weights}
            {bias}
        x = layer(x)"""
DRAWN = "layer.weight[dead] = torch.randn_like(layer.weight[dead]) * 0.5"
MEDIAN = "layer.bias[dead] = 0.1 - (x @ layer.weight.T).median(0).values[dead]"

RATE = """
def measured_limit(curvature, momentum):
    low, high = 0.0, {high}
    for _ in range(60):
        rate = (low + high) / 2
        theta, v = 1.0, 0.0
        for _ in range({steps}):
            v = momentum * v + curvature * theta
            theta -= rate * v
            if abs(theta) > 1e6:
                break
        low, high = (rate, high) if abs(theta) < {small} else (low, rate)
    return low


def predicted_limit(curvature, momentum):
    return {formula}
"""
BORDER = {"high": "10 / curvature", "steps": 4000, "small": 1e-3}


def softmax(**parts):
    right = {"scale": "u = z / temperature", "axis": "dim", "no": "(-yes.expm1()).log()"}
    return {"warm-log-softmax": YES_AND_NO.format(**right | parts)}


def gradient(**parts):
    right = {
        "by_u": "g - log_p.exp() * g.sum(dim, keepdim=True)",
        "by_z": "by_u / temperature",
        "by_T": "-(by_u * z).sum() / temperature**2",
    }
    return {"warm-gradient": GRADIENT.format(**right | parts)}


def lion(body):
    return {"lion": LION.format(body=body.strip().replace("\n", "\n            "))}


def revival(dead=CLOSED, revive=None, weights=DRAWN, bias=MEDIAN):
    revive = revive or LAYER_BY_LAYER.format(weights=weights, bias=bias)
    return {"revive": REVIVE.format(dead=dead, revive=revive)}


WRONG = [
    # --- yes and no, at a temperature
    {
        "name": "one minus a probability that was rounded to 1",
        "cells": softmax(),
        "points": {"warm-log-softmax": 0},
        "says": {"warm-log-softmax": "sum over the other classes"},
    },
    {
        "name": "multiplied by the temperature",
        "cells": softmax(scale="u = z * temperature"),
        "points": {"warm-log-softmax": 0},
        "says": {"warm-log-softmax": "bolder"},
    },
    {
        "name": "the logarithm of the softmax",
        "cells": {
            "warm-log-softmax": """
def yes_and_no(z, temperature=1.0, dim=-1):
    p = (z / temperature).exp()
    p = p / p.sum(dim, keepdim=True)
    return p.log(), (1 - p).log()
"""
        },
        "points": {"warm-log-softmax": 0},
        "says": {"warm-log-softmax": "overflows"},
    },
    {
        "name": "PyTorch's own log-softmax",
        "cells": {
            "warm-log-softmax": """
def yes_and_no(z, temperature=1.0, dim=-1):
    u = (z / temperature).movedim(dim, -1)
    diagonal = torch.eye(u.shape[-1], dtype=torch.bool)
    others = u.unsqueeze(-2).expand(*u.shape, -1).masked_fill(diagonal, -math.inf)
    yes = torch.log_softmax(u, -1)
    no = torch.logsumexp(others, -1) - torch.logsumexp(u, -1, keepdim=True)
    return yes.movedim(-1, dim), no.movedim(-1, dim)
"""
        },
        "points": {"warm-log-softmax": 0},
        "says": {"warm-log-softmax": "PyTorch's own"},
    },
    {
        "name": "always along the last axis",
        "cells": {
            "warm-log-softmax": """
def yes_and_no(z, temperature=1.0, dim=-1):
    u = z / temperature
    diagonal = torch.eye(u.shape[-1], dtype=torch.bool)
    others = u.unsqueeze(-2).expand(*u.shape, -1).masked_fill(diagonal, -math.inf)

    def log_sum(u):
        largest = u.amax(-1, keepdim=True)
        return largest.squeeze(-1) + (u - largest).exp().sum(-1).log()

    everything = log_sum(u).unsqueeze(-1)
    return u - everything, log_sum(others) - everything
"""
        },
        "points": {"warm-log-softmax": 0},
        "says": {"warm-log-softmax": "same axis as the sum"},
    },
    # --- its gradient
    {
        "name": "probability minus target, whatever the loss",
        "cells": gradient(by_u="g + log_p.exp() / log_p.shape[0]"),
        "points": {"warm-gradient": 0},
        "says": {"warm-gradient": "g.sum"},
    },
    {
        "name": "the temperature forgotten on the way back",
        "cells": gradient(by_z="by_u"),
        "points": {"warm-gradient": 0},
        "says": {"warm-gradient": "du/dz = 1 / T"},
    },
    {
        "name": "the temperature's gradient with the wrong sign",
        "cells": gradient(by_T="(by_u * z).sum() / temperature**2"),
        "points": {"warm-gradient": 0},
        "says": {"warm-gradient": "temperature has the wrong sign"},
    },
    {
        "name": "a sum over all entries instead of one axis (right for a last axis)",
        "cells": gradient(by_u="g - log_p.exp() * g.sum(-1, keepdim=True)"),
        "points": {"warm-gradient": 0},
        "says": {"warm-gradient": "along dim"},
    },
    # --- an optimizer that steps by signs
    {
        "name": "the sign of the memory",
        "cells": lion("""
if p.grad is not None:
    m.mul_(b2).add_((1 - b2) * p.grad)
    p.sub_(self.lr * (m.sign() + self.weight_decay * p))
"""),
        "points": {"lion": 0},
        "says": {"lion": "wrong way"},
    },
    {
        "name": "memory updated before the step",
        "cells": lion("""
if p.grad is not None:
    m.mul_(b2).add_((1 - b2) * p.grad)
    c = b1 * m + (1 - b1) * p.grad
    p.sub_(self.lr * (c.sign() + self.weight_decay * p))
"""),
        "points": {"lion": 0},
        "says": {"lion": "60 random steps"},
    },
    {
        "name": "weight decay as a part of the gradient",
        "cells": lion("""
if p.grad is not None:
    g = p.grad + self.weight_decay * p
    p.sub_(self.lr * (b1 * m + (1 - b1) * g).sign())
    m.mul_(b2).add_((1 - b2) * g)
"""),
        "points": {"lion": 0},
        "says": {"lion": "no part of the gradient"},
    },
    {
        "name": "the memory fades without a gradient",
        "cells": lion("""
g = torch.zeros_like(p) if p.grad is None else p.grad
c = b1 * m + (1 - b1) * g
p.sub_(self.lr * (c.sign() + self.weight_decay * p))
m.mul_(b2).add_((1 - b2) * g)
"""),
        "points": {"lion": 0},
        "says": {"lion": "when there is no gradient"},
    },
    {
        "name": "no sign at all",
        "cells": lion("""
if p.grad is not None:
    c = b1 * m + (1 - b1) * p.grad
    p.sub_(self.lr * (c + self.weight_decay * p))
    m.mul_(b2).add_((1 - b2) * p.grad)
"""),
        "points": {"lion": 0},
        "says": {"lion": "only the sign counts"},
    },
    # --- find the dead, and revive them
    {
        "name": "closed on one example is dead",
        "cells": revival(dead="(x == 0).any(0)"),
        "points": {"revive": 0},
        "says": {"revive": "closed on all of them"},
    },
    {
        "name": "every unit of a layer with a dead one is drawn anew",
        "cells": revival(
            weights="layer.weight.copy_(torch.randn_like(layer.weight) * 0.5)",
            bias="layer.bias.copy_(0.1 - (x @ layer.weight.T).median(0).values)",
        ),
        "points": {"revive": 0},
        "says": {"revive": "Only the rows of dead units"},
    },
    {
        "name": "only the first layer is repaired",
        "cells": revival(
            revive="""layer = net[0]
    dead = (layer(x) <= 0).all(0)
    layer.weight[dead] = torch.randn_like(layer.weight[dead])
    layer.bias[dead] = 0.1 - (x @ layer.weight.T).median(0).values[dead]"""
        ),
        "points": {"revive": 0},
        "says": {"revive": "from the first to the last"},
    },
    {
        "name": "a new bias of zero (often enough, not always)",
        "cells": revival(bias="layer.bias[dead] = 0"),
        "points": {"revive": 0},
        "says": {"revive": "choose it from the sums"},
    },
    {
        "name": "all revived units alike",
        "cells": revival(weights="layer.weight[dead] = 0.3"),
        "points": {"revive": 0},
        "says": {"revive": "equal"},
    },
    # --- how large a rate can momentum bear?
    {
        "name": "momentum as a longer step",
        "cells": {"largest-rate": RATE.format(formula="2 * (1 - momentum) / curvature", **BORDER)},
        "points": {"largest-rate": 0},
        "says": {"largest-rate": "lengthened"},
    },
    {
        "name": "momentum does not matter",
        "cells": {"largest-rate": RATE.format(formula="2 / curvature", **BORDER)},
        "points": {"largest-rate": 0},
        "says": {"largest-rate": "one of them is wrong"},
    },
    {
        "name": "a search that starts from a fixed range",
        "cells": {
            "largest-rate": RATE.format(
                formula="2 * (1 + momentum) / curvature", **BORDER | {"high": 10.0}
            )
        },
        "points": {"largest-rate": 0},
        "says": {"largest-rate": "any curvature"},
    },
    # --- which loss for which output?
    {
        "name": "the explanation left as it was",
        "cells": {"explain-loss": "YOUR ANSWER HERE"},
        "points": {"explain-loss": 0},
    },
]
