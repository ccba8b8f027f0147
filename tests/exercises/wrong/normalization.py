"""Wrong submissions for `normalization`; mistakes.py explains the format."""

# What every batch norm of a student begins with; its `forward` follows.
BATCH_NORM = """
class FixedBatchNorm(nn.Module):
    def __init__(self, channels, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

"""

WRONG = {
    "rms-norm": {
        "divided by the length, not by the root mean square": {
            "change": (".mean(-1, keepdim=True)", ".sum(-1, keepdim=True)"),
            "says": "divides the sum of squares by n",
        },
        "the mean subtracted, as in layer normalization": {
            "change": ("    r = ", "    wide = wide - wide.mean(-1, keepdim=True)\n    r = "),
            "says": "you subtracted the mean",
        },
        "the mean square taken over the whole tensor": {
            "change": (".mean(-1, keepdim=True)", ".mean()"),
            "says": "for each row alone",
        },
        "epsilon outside the root (right where the visible tests look)": {
            "change": (
                "(wide.square().mean(-1, keepdim=True) + eps).sqrt()",
                "wide.square().mean(-1, keepdim=True).sqrt() + eps",
            ),
            "says": "eps belongs inside the root",
        },
        "computed in half precision (right where the visible tests look)": {
            "change": ("x.to(torch.promote_types(x.dtype, torch.float32))", "x"),
            "says": "does not fit into half precision",
        },
        "PyTorch's own function": {
            "define": """
def rms_norm(x, gain, eps=1e-6):
    return F.rms_norm(x, gain.shape, gain, eps)
""",
            "says": "Write it yourself",
        },
        "PyTorch's own layer": {
            "define": """
def rms_norm(x, gain, eps=1e-6):
    layer = nn.RMSNorm(x.shape[-1], eps)
    layer.weight.data = gain
    return layer(x)
""",
            "says": "Write it yourself",
        },
        "no gradient through r": {
            "change": (
                ".mean(-1, keepdim=True) + eps).sqrt()",
                ".mean(-1, keepdim=True) + eps).sqrt().detach()",
            ),
            "says": "It flows through r",
        },
        "the type of the gain": {
            "change": (".to(x.dtype)", ".to(gain.dtype)"),
            "says": "a gain of torch.float32 you return",
        },
    },
    "rms-norm-backward": {
        "the root mean square taken for a constant": {
            "change": ("(arrived - along_x) / r", "arrived / r"),
            "says": "r depends on every x_i",
        },
        "layer normalization's backward pass": {
            "change": (
                "return (arrived - along_x) / r,",
                "grad_x = (arrived - along_x) / r\n"
                "    return grad_x - grad_x.mean(-1, keepdim=True),",
            ),
            "says": "which subtracts a mean",
        },
        "a sum where the average belongs": {
            "change": ("(arrived * normalized).mean(", "(arrived * normalized).sum("),
            "says": "the average divided by n",
        },
        "the gain's gradient averaged over the rows": {
            "change": (".sum(0)", ".mean(0)"),
            "says": "is the mean over the rows",
        },
        "the gain's gradient added over the first axis only (right for tables)": {
            "change": (".reshape(-1, x.shape[-1])", ""),
            "says": "add up over all axes but the last",
        },
        "a vector-Jacobian product of torch.func": {
            "define": """
def rms_norm_backward(grad, x, gain, eps=1e-6):
    return torch.func.vjp(lambda x, g: F.rms_norm(x, g.shape, g, eps), x, gain)[1](grad)
""",
            "says": "by hand",
        },
        "autograd outside of inference mode": {
            "define": """
def rms_norm_backward(grad, x, gain, eps=1e-6):
    with torch.inference_mode(False), torch.enable_grad():
        x, gain = x.clone().requires_grad_(), gain.clone().requires_grad_()
        F.rms_norm(x, gain.shape, gain, eps).backward(grad)
        return x.grad, gain.grad
""",
            "says": "by hand",
        },
        "epsilon forgotten on the way back": {
            "change": (
                "(x.square().mean(-1, keepdim=True) + eps)",
                "x.square().mean(-1, keepdim=True)",
            ),
            "says": "off by",
        },
        "the arriving gradient multiplied in place": {
            "change": ("    arrived = grad * gain\n", "    arrived = grad.mul_(gain)\n"),
            "says": "changed the tensors",
        },
    },
    "three-bugs": {
        "statistics of each image by itself": {
            "change": [
                ("x.mean(dim=(0, 2, 3))", "x.mean(dim=(2, 3))"),
                ("x.var(dim=(0, 2, 3), correction=0)", "x.var(dim=(2, 3), correction=0)"),
                ("lerp_(mean, ", "lerp_(mean.mean(0), "),
                ("lerp_(var * ", "lerp_(var.mean(0) * "),
                ("mean.reshape(-1, 1, 1)", "mean[..., None, None]"),
                ("var.reshape(-1, 1, 1)", "var[..., None, None]"),
            ],
            "says": "look at the axes",
        },
        "momentum for the old share": {
            "change": [
                ("(mean, self.momentum)", "(mean, 1 - self.momentum)"),
                ("(count - 1), self.momentum)", "(count - 1), 1 - self.momentum)"),
            ],
            "says": "share of the *new* batch",
        },
        "evaluation by the batch": {
            "change": (
                "mean, var = self.running_mean, self.running_var",
                "mean, var = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3), correction=0)",
            ),
            "says": "normalize by the batch",
        },
        "three bugs fixed and a new one: the running variance biased": {
            "change": ("var * count / (count - 1)", "var"),
            "says": "divided by m - 1",
        },
        "no gradient through the statistics": {
            "change": (
                "        x = (x - mean",
                "        mean, var = mean.detach(), var.detach()\n        x = (x - mean",
            ),
            "says": "the gradient flows through the statistics",
        },
        "PyTorch's own function for it": {
            "define": BATCH_NORM
            + """\
    def forward(self, x):
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training, self.momentum, self.eps,
        )
""",
            "says": "PyTorch's own normalization",
        },
        "remembered with the graph of every batch": {
            "change": [
                ("with torch.no_grad()", "if True"),
                ("self.running_mean.lerp_(mean", "self.running_mean = self.running_mean.lerp(mean"),
            ],
            "says": "ask for a gradient",
        },
        "epsilon a fixed number": {
            "change": ("+ self.eps", "+ 1e-5"),
            "says": "differs from PyTorch's by",
        },
    },
    "fold-batch-norm": {
        # With 3 channels in and 4 out, PyTorch itself refuses.
        "scaled along the input channels": {
            "change": ("scale.reshape(-1, 1, 1, 1)", "scale.reshape(1, -1, 1, 1)"),
        },
        "divided by the variance": {
            "change": (".rsqrt()", ".reciprocal()"),
            "says": "root of the running variance",
        },
        "the convolution's bias forgotten": {
            "change": ("shift if conv.bias is None else scale * conv.bias + shift", "shift"),
            "says": "own bias passes through",
        },
        "epsilon forgotten": {
            "change": ("(norm.running_var + norm.eps)", "norm.running_var"),
            "says": "root of the running variance plus eps",
        },
        "folded into the given convolution": {
            "change": (
                "return folded",
                "conv.load_state_dict(folded.state_dict(), strict=False)\n    return conv",
            ),
            "says": "Return a new one",
        },
        "stride, padding and groups forgotten (right where the visible tests look)": {
            "change": (
                "        stride=conv.stride,\n"
                "        padding=conv.padding,\n"
                "        dilation=conv.dilation,\n",
                "",
            ),
            "says": "all the settings of the old one",
        },
        "PyTorch's own folding": {
            "define": """
def fold(conv, norm):
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    return fuse_conv_bn_eval(conv.eval(), norm.eval())
""",
            "says": "PyTorch's own function",
        },
        "the layers left in evaluation mode": {
            "change": (
                "    folded = nn.Conv2d(",
                "    conv.eval(), norm.eval()\n    folded = nn.Conv2d(",
            ),
            "says": "leave their mode",
        },
        "the shift measured, in whatever mode the norm is": {
            "change": (
                "folded.bias.copy_(shift if conv.bias is None else scale * conv.bias + shift)",
                "zero = torch.zeros(2, conv.out_channels, 1, 1, dtype=conv.weight.dtype)\n"
                "        zero += 0 if conv.bias is None else conv.bias.reshape(-1, 1, 1)\n"
                "        folded.bias.copy_(norm(zero)[0, :, 0, 0])",
            ),
            "says": "did something run through it",
        },
    },
    "weight-growth": {
        "lengths added, not squares": {
            "change": ("math.hypot(predicted[-1], gained)", "predicted[-1] + gained"),
            "says": "their squares do",
        },
        "the rate forgotten": {
            "change": ("rate * layer.weight.grad", "layer.weight.grad"),
        },
        "gradients never cleared": {
            "change": ("        optimizer.zero_grad()\n", ""),
        },
        "the measurement returned as the prediction (right where the visible tests look)": {
            "change": ("math.hypot(predicted[-1], gained)", "measured[-1]"),
            "says": "from the gradients alone",
        },
        "each prediction from the measured length before it": {
            "change": ("math.hypot(predicted[-1], gained)", "math.hypot(measured[-2], gained)"),
            "says": "from the gradients alone",
        },
        "always the first layer": {
            "change": ("    optimizer = ", "    layer = net[0]\n    optimizer = "),
            "says": "For layer 3",
        },
        "whatever mode the net comes in": {
            "change": ("    net.train()\n", ""),
            "says": "training mode",
        },
    },
    "explain-pairs": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "rms-norm": {
        "einsum, the power of minus one half, the type chosen by hand": {
            "cell": """
def rms_norm(x, gain, eps=1e-6):
    half = x.dtype in (torch.float16, torch.bfloat16)
    u = x.float() if half else x
    mean_square = torch.einsum("...i,...i->...", u, u) / u.size(-1)
    return (u * torch.pow(mean_square + eps, -0.5).unsqueeze(-1) * gain).to(dtype=x.dtype)
""",
        },
    },
    "rms-norm-backward": {
        "row by row with the whole Jacobian, in a list": {
            "cell": """
def rms_norm_backward(grad, x, gain, eps=1e-6):
    n = x.size(-1)
    by_x, by_gain = [], torch.zeros_like(gain)
    for g, row in zip(grad.reshape(-1, n), x.reshape(-1, n)):
        r = (row @ row / n + eps) ** 0.5
        jacobian = torch.diag(gain) / r - torch.outer(gain * row, row) / (n * r**3)
        by_x.append(g @ jacobian)
        by_gain = by_gain + g * row / r
    return [torch.stack(by_x).reshape(x.shape), by_gain]
""",
        },
        "NumPy": {
            "cell": """
def rms_norm_backward(grad, x, gain, eps=1e-6):
    g, u, w = grad.numpy(), x.numpy(), gain.numpy()
    r = ((u**2).mean(-1, keepdims=True) + eps) ** 0.5
    a = g * w
    by_x = a / r - u * (a * u).sum(-1, keepdims=True) / (u.shape[-1] * r**3)
    return torch.from_numpy(by_x), torch.from_numpy((g * u / r).reshape(-1, u.shape[-1]).sum(0))
""",
        },
    },
    "three-bugs": {
        "a table of pixels, buffers replaced": {
            "define": BATCH_NORM
            + """\
    def forward(self, x):
        table = x.movedim(1, -1)
        flat = table.reshape(-1, x.shape[1])
        mean, var = self.running_mean, self.running_var
        if self.training:
            var, mean = torch.var_mean(flat, 0, correction=0)
            new = flat.detach()
            share = self.momentum
            self.running_mean = (1 - share) * self.running_mean + share * new.mean(0)
            self.running_var = (1 - share) * self.running_var + share * new.var(0)
        y = (table - mean) * torch.rsqrt(var + self.eps) * self.weight + self.bias
        return y.movedim(-1, 1)
""",
        },
    },
    "fold-batch-norm": {
        "a copy, and the norm of two probes": {
            "cell": """
@torch.no_grad()
def fold(conv, norm):
    norm = copy.deepcopy(norm).eval()
    new = copy.deepcopy(conv)
    probe = torch.zeros(2, conv.out_channels, 1, 1, dtype=conv.weight.dtype)
    probe[1] = 1
    t, s = norm(probe).flatten(1)
    s = s - t
    old = torch.zeros_like(t) if conv.bias is None else conv.bias
    new.weight = nn.Parameter(torch.einsum("o,o...->o...", s, conv.weight))
    new.bias = nn.Parameter(s * old + t)
    return new
""",
        },
    },
    "weight-growth": {
        "steps by hand, squares added up": {
            "cell": """
def weight_growth(net, layer, batches, rate):
    net.train()
    measured, squares = [layer.weight.norm().item()], [layer.weight.square().sum().item()]
    for x, y in batches:
        net.zero_grad()
        nn.CrossEntropyLoss()(net(x), y).backward()
        squares.append(squares[-1] + rate**2 * (layer.weight.grad**2).sum().item())
        for p in net.parameters():
            p.data -= rate * p.grad
        measured.append(torch.linalg.norm(layer.weight).item())
    return measured, [square**0.5 for square in squares]
""",
        },
    },
}
