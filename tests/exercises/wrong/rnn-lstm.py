"""Wrong submissions for `rnn-lstm`; test_wrong_submissions.py explains the format."""

COUPLED = """
def coupled_step(from_input, h, c, W_h, peep_f, peep_o):
    a_f, a_c, a_o = (from_input + h @ W_h.T).chunk(3, dim=1)
    f = torch.sigmoid(a_f + peep_f * c)
    new = {memory}
    o = torch.sigmoid(a_o + peep_o * {seen})
    return o * torch.tanh(new), new
"""

SUMMARIZE = """
def summarize(forwards, backwards, x, lengths):
    time = torch.arange(x.shape[1])
    real = time < lengths[:, None]
    {clean}
    turned = (lengths[:, None] - 1 - time).clamp(min=0)
    ahead, _ = forwards(x)
    back, _ = backwards({turned})
    rows = torch.arange(len(x))
    mean = {mean}
    return torch.cat([ahead[rows, lengths - 1], {last}, mean], dim=1)
"""
CLEAN = "x = torch.where(real[..., None], x, torch.zeros_like(x))"
TURNED = "x.gather(1, turned[..., None].expand_as(x))"
MEAN = "(ahead * real[..., None]).sum(1) / lengths[:, None]"

TRUNCATED = """
def truncated_gradient(h, grad, W_h, window):
    total = torch.zeros_like(W_h)
    for t in range(grad.shape[1]):
        at_h = grad[:, t]
        for k in range({steps}):
            at_q = at_h * (1 - h[:, k + 1] ** 2)
            total = total + at_q.T @ h[:, k]
            at_h = at_q @ {matrix}
    return total
"""

NORM = """
def total_norm(gradients):
    squares = [g.double().square().sum() for g in gradients if g is not None]
    return math.sqrt(sum(float(square) for square in squares))
"""

CHOOSE = """
def choose_threshold(norms, share=0.1):
    ordered = sorted(norm if norm == norm else math.inf for norm in norms)
    for norm in ordered:
        larger = sum(other > norm for other in ordered)
        if math.isfinite(norm) and larger <= share * len(ordered):
            return norm
    raise ValueError("too few finite norms")
"""

CLIP = """
def clip_(parameters, threshold):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = total_norm(gradients)
    for gradient in gradients:
        if not math.isfinite(norm):
            gradient.zero_()
        elif norm > threshold:
            gradient.mul_(threshold / norm)
    return norm
"""

WRONG = [
    # --- gates that look at the memory
    {
        "name": "writes as much as it keeps",
        "cells": {"coupled-step": COUPLED.format(memory="f * c + f * a_c.tanh()", seen="new")},
        "points": {"coupled-step": 0},
        "says": {"coupled-step": "1 - f, not f"},
    },
    {
        "name": "the output gate looks at the old memory (all visible tests pass)",
        "cells": {"coupled-step": COUPLED.format(memory="f * c + (1 - f) * a_c.tanh()", seen="c")},
        "points": {"coupled-step": 0},
        "says": {"coupled-step": "should see that"},
    },
    {
        "name": "the memory is updated in the caller's tensor",
        "cells": {
            "coupled-step": """
def coupled_step(from_input, h, c, W_h, peep_f, peep_o):
    a_f, a_c, a_o = (from_input + h @ W_h.T).chunk(3, dim=1)
    f = torch.sigmoid(a_f + peep_f * c)
    new = f * c + (1 - f) * a_c.tanh()
    with torch.no_grad():
        c.copy_(new)
    o = torch.sigmoid(a_o + peep_o * new)
    return o * torch.tanh(new), new
"""
        },
        "points": {"coupled-step": 0},
        "says": {"coupled-step": "changed in place"},
    },
    # --- padding
    {
        "name": "the whole batch is flipped, padding first",
        "cells": {
            "padded-batch": SUMMARIZE.format(
                clean=CLEAN, turned="x.flip(1)", mean=MEAN, last="back[:, -1]"
            )
        },
        "points": {"padded-batch": 0},
        "says": {"padded-batch": "padding to the front"},
    },
    {
        "name": "padded steps are not added up, but counted",
        "cells": {
            "padded-batch": SUMMARIZE.format(
                clean=CLEAN,
                turned=TURNED,
                mean="(ahead * real[..., None]).mean(1)",
                last="back[rows, lengths - 1]",
            )
        },
        "points": {"padded-batch": 0},
        "says": {"padded-batch": "neither be added up nor counted"},
    },
    {
        "name": "padding is multiplied away, and NaN comes through (all visible tests pass)",
        "cells": {
            "padded-batch": SUMMARIZE.format(
                clean="x = x * real[..., None]",
                turned=TURNED,
                mean=MEAN,
                last="back[rows, lengths - 1]",
            )
        },
        "points": {"padded-batch": 0},
        "says": {"padded-batch": "0 times NaN is NaN"},
    },
    # --- the truncated sum
    {
        "name": "a window that keeps one step too many",
        "cells": {
            "truncated-sum": TRUNCATED.format(steps="t, max(-1, t - window - 1), -1", matrix="W_h")
        },
        "points": {"truncated-sum": 0},
        "says": {"truncated-sum": "keeps t = k and nothing else"},
    },
    {
        "name": "W_h the wrong way round (a 1 by 1 matrix does not show it)",
        "cells": {
            "truncated-sum": TRUNCATED.format(steps="t, max(-1, t - window), -1", matrix="W_h.T")
        },
        "points": {"truncated-sum": 0},
        "says": {"truncated-sum": "W_h is not symmetric"},
    },
    {
        "name": "cut into blocks, as truncated BPTT usually is",
        "cells": {
            "truncated-sum": TRUNCATED.format(steps="t, t // window * window - 1, -1", matrix="W_h")
        },
        "points": {"truncated-sum": 0},
        "says": {"truncated-sum": "Window 2"},
    },
    # --- a bias for a span
    {
        "name": "the gate itself, not the bias behind it",
        "cells": {
            "forget-span": """
def bias_for(span, left=0.5):
    return left ** (1 / span)


def measured_left(bias, span):
    return (1 / (1 + math.exp(-bias))) ** span
"""
        },
        "points": {"forget-span": 0},
        "says": {"forget-span": "bias of 0"},
    },
    {
        "name": "1 - p without its digits",
        "cells": {
            "forget-span": """
def bias_for(span, left=0.5):
    keep = left ** (1 / span)
    return math.log(keep / (1 - keep)) if keep < 1 else math.inf


def measured_left(bias, span):
    return torch.tensor(float(bias)).double().sigmoid().item() ** span
"""
        },
        "points": {"forget-span": 0},
        "says": {"forget-span": "lost its digits"},
    },
    # --- a threshold from data
    {
        "name": "each tensor clipped by itself",
        "cells": {
            "clip-threshold": NORM
            + CHOOSE
            + """
def clip_(parameters, threshold):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = total_norm(gradients)
    for gradient in gradients:
        gradient.mul_(min(1.0, threshold / gradient.norm().item()))
    return norm
"""
        },
        "points": {"clip-threshold": 0},
        "says": {"clip-threshold": "changes the direction"},
    },
    {
        "name": "a quantile between two norms",
        "cells": {
            "clip-threshold": NORM
            + """
def choose_threshold(norms, share=0.1):
    return torch.tensor(norms).quantile(1 - share).item()
"""
            + CLIP
        },
        "points": {"clip-threshold": 0},
        "says": {"clip-threshold": "threshold is 9"},
    },
    {
        "name": "a NaN left in the gradient (all visible tests pass)",
        "cells": {
            "clip-threshold": NORM
            + CHOOSE
            + """
def clip_(parameters, threshold):
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = total_norm(gradients)
    if norm > threshold:
        for gradient in gradients:
            gradient.mul_(threshold / norm)
    return norm
"""
        },
        "points": {"clip-threshold": 0},
        "says": {"clip-threshold": "every gradient should become zero"},
    },
    # --- three diagnoses
    {
        "name": "no explanation",
        "cells": {"explain-memory": "YOUR ANSWER HERE"},
        "points": {"explain-memory": 0},
    },
]
