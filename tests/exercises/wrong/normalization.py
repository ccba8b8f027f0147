"""Wrong submissions for `normalization`; test_wrong_submissions.py explains the format."""

RMS = """
def rms_norm(x, gain, eps=1e-6):
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    r = {r}
    return (gain.to(wide.dtype) * {x} / r).to(x.dtype)
"""
ROOT = "(wide.square().mean(-1, keepdim=True) + eps).sqrt()"

BACKWARD = """
def rms_norm_backward(grad, x, gain, eps=1e-6):
    r = (x.square().mean(-1, keepdim=True) + eps).sqrt()
    normalized = x / r
    arrived = grad * gain
    {grad_x}
    return grad_x, {grad_gain}
"""
GRAD_X = "grad_x = (arrived - normalized * (arrived * normalized).mean(-1, keepdim=True)) / r"
GRAD_GAIN = "(grad * normalized).reshape(-1, x.shape[-1]).sum(0)"

NORM = """
class FixedBatchNorm(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x):
        mean = x.mean(dim={axes}).mean(0) if {axes} != (0, 2, 3) else x.mean(dim={axes})
        var = x.var(dim={axes}, correction=0)
        var = var.mean(0) if {axes} != (0, 2, 3) else var
        mean, var = {detached}
        if self.training:
            count = x.numel() / x.shape[1]
            self._remember(self.running_mean, mean)
            self._remember(self.running_var, var * {factor})
        elif {in_eval}:
            mean, var = self.running_mean, self.running_var
        if {axes} != (0, 2, 3) and self.training:
            mean = x.mean(dim={axes}, keepdim=True)
            var = x.var(dim={axes}, correction=0, keepdim=True)
        else:
            mean, var = mean.reshape(-1, 1, 1), var.reshape(-1, 1, 1)
        x = (x - mean) / (var + self.eps).sqrt()
        return x * self.weight.reshape(-1, 1, 1) + self.bias.reshape(-1, 1, 1)

    @torch.no_grad()
    def _remember(self, old, new):
        share = {share}
        old.copy_((1 - share) * old + share * new)
"""
RIGHT = {
    "axes": "(0, 2, 3)",
    "factor": "count / (count - 1)",
    "in_eval": "True",
    "share": "self.momentum",
    "detached": "mean, var",
}

FOLD = """
def fold(conv, norm):
    folded = copy.deepcopy(conv)
    scale = norm.weight / {root} if norm.affine else 1 / {root}
    shift = norm.bias if norm.affine else 0
    bias = {bias}
    folded.weight = nn.Parameter((conv.weight * scale.reshape({shape})).detach())
    folded.bias = nn.Parameter((scale * (bias - norm.running_mean) + shift).detach())
    return folded
"""
FOLDED = {
    "root": "(norm.running_var + norm.eps).sqrt()",
    "bias": "0 if conv.bias is None else conv.bias",
    "shape": "-1, 1, 1, 1",
}

GROWTH = """
def weight_growth(net, layer, batches, rate):
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    net.train()
    measured = [layer.weight.norm().item()]
    predicted = [measured[0]]
    for x, y in batches:
        {clear}
        F.cross_entropy(net(x), y).backward()
        gained = {gained}
        optimizer.step()
        measured.append(layer.weight.norm().item())
        predicted.append({predicted})
    return measured, predicted
"""
GROWN = {
    "clear": "optimizer.zero_grad()",
    "gained": "rate * layer.weight.grad.norm().item()",
    "predicted": "math.hypot(predicted[-1], gained)",
}


def rms(name, says, r=ROOT, x="wide"):
    """A mistake in the forward pass."""
    return _wrong("rms-norm", name, RMS.format(r=r, x=x), says)


def backward(name, says, grad_x=GRAD_X, grad_gain=GRAD_GAIN):
    """A mistake in the backward pass."""
    source = BACKWARD.format(grad_x=grad_x, grad_gain=grad_gain)
    return _wrong("rms-norm-backward", name, source, says)


def norm(name, says, **changed):
    """A bug that was not found, or a new one."""
    return _wrong("three-bugs", name, NORM.format(**RIGHT | changed), says)


def fold(name, says, **changed):
    """A mistake in the folding."""
    return _wrong("fold-batch-norm", name, FOLD.format(**FOLDED | changed), says)


def growth(name, says, **changed):
    """A mistake in the prediction or the run."""
    return _wrong("weight-growth", name, GROWTH.format(**GROWN | changed), says)


def _wrong(item, name, source, says):
    return {"name": name, "cells": {item: source}, "points": {item: 0}, "says": {item: says}}


WRONG = [
    # --- without a mean
    rms(
        "divided by the length, not by the root mean square",
        "divides the sum of squares by n",
        r="(wide.square().sum(-1, keepdim=True) + eps).sqrt()",
    ),
    rms(
        "the mean subtracted, as in layer normalization",
        "you subtracted the mean",
        r="(wide.var(-1, correction=0, keepdim=True) + eps).sqrt()",
        x="(wide - wide.mean(-1, keepdim=True))",
    ),
    rms(
        "the mean square taken over the whole tensor",
        "for each row alone",
        r="(wide.square().mean() + eps).sqrt()",
    ),
    rms(
        "epsilon outside the root (right where the visible tests look)",
        "eps belongs inside the root",
        r="wide.square().mean(-1, keepdim=True).sqrt() + eps",
    ),
    {
        "name": "computed in half precision (right where the visible tests look)",
        "cells": {
            "rms-norm": """
def rms_norm(x, gain, eps=1e-6):
    return gain * x / (x.square().mean(-1, keepdim=True) + eps).sqrt()
"""
        },
        "points": {"rms-norm": 0},
        "says": {"rms-norm": "does not fit into half precision"},
    },
    {
        "name": "PyTorch's own function",
        "cells": {
            "rms-norm": """
def rms_norm(x, gain, eps=1e-6):
    return F.rms_norm(x, gain.shape, gain, eps)
"""
        },
        "points": {"rms-norm": 0},
        "says": {"rms-norm": "Write it yourself"},
    },
    # --- its backward pass
    backward(
        "the root mean square taken for a constant",
        "r depends on every x_i",
        grad_x="grad_x = arrived / r",
    ),
    backward(
        "layer normalization's backward pass",
        "which subtracts a mean",
        grad_x=GRAD_X + "\n    grad_x = grad_x - grad_x.mean(-1, keepdim=True)",
    ),
    backward(
        "a sum where the average belongs",
        "the average divided by n",
        grad_x=GRAD_X.replace(".mean(", ".sum("),
    ),
    backward(
        "the gain's gradient averaged over the rows",
        "is the mean over the rows",
        grad_gain=GRAD_GAIN.replace(".sum(0)", ".mean(0)"),
    ),
    backward(
        "the gain's gradient added over the first axis only (right for tables)",
        "add up over all axes but the last",
        grad_gain="(grad * normalized).sum(0)",
    ),
    # --- three bugs
    norm("statistics of each image by itself", "look at the axes", axes="(2, 3)"),
    norm("momentum for the old share", "share of the *new* batch", share="1 - self.momentum"),
    norm("evaluation by the batch", "normalize by the batch", in_eval="False"),
    norm(
        "three bugs fixed and a new one: the running variance biased",
        "divided by m - 1",
        factor="1",
    ),
    norm(
        "no gradient through the statistics",
        "the gradient flows through the statistics",
        detached="mean.detach(), var.detach()",
    ),
    # --- folding
    fold("scaled along the input channels", "axis of the output channels", shape="1, -1, 1, 1")
    | {"says": {}},  # with 3 channels in and 4 out, PyTorch itself refuses
    fold(
        "divided by the variance",
        "root of the running variance",
        root="(norm.running_var + norm.eps)",
    ),
    fold("the convolution's bias forgotten", "own bias passes through", bias="0"),
    fold(
        "epsilon forgotten",
        "root of the running variance plus eps",
        root="norm.running_var.sqrt()",
    ),
    {
        "name": "folded into the given convolution",
        "cells": {
            "fold-batch-norm": """
def fold(conv, norm):
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    with torch.no_grad():
        conv.weight.mul_(scale.reshape(-1, 1, 1, 1))
        conv.bias.sub_(norm.running_mean).mul_(scale).add_(norm.bias)
    return conv
"""
        },
        "points": {"fold-batch-norm": 0},
        "says": {"fold-batch-norm": "Return a new one"},
    },
    {
        "name": "stride, padding and groups forgotten (right where the visible tests look)",
        "cells": {
            "fold-batch-norm": """
def fold(conv, norm):
    folded = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size,
                       groups=conv.groups, dtype=conv.weight.dtype)
    scale = (norm.running_var + norm.eps).rsqrt()
    shift = -norm.running_mean * scale
    if norm.affine:
        scale, shift = norm.weight * scale, norm.weight * shift + norm.bias
    with torch.no_grad():
        folded.weight.copy_(conv.weight * scale.reshape(-1, 1, 1, 1))
        folded.bias.copy_(shift if conv.bias is None else shift + scale * conv.bias)
    return folded
"""
        },
        "points": {"fold-batch-norm": 0},
        "says": {"fold-batch-norm": "all the settings of the old one"},
    },
    # --- how fast weights grow
    growth(
        "lengths added, not squares",
        "their squares do",
        predicted="predicted[-1] + gained",
    ),
    growth("the rate forgotten", "", gained="layer.weight.grad.norm().item()"),
    growth("gradients never cleared", "", clear="pass"),
    growth(
        "the measurement returned as the prediction (right where the visible tests look)",
        "from the gradients alone",
        predicted="measured[-1]",
    ),
    # --- the explanation
    {
        "name": "no explanation",
        "cells": {"explain-pairs": "YOUR ANSWER HERE"},
        "points": {"explain-pairs": 0},
    },
]
