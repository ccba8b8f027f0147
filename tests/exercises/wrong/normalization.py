"""Wrong submissions for `normalization`; mistakes.py explains the format."""

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
    },
    "explain-pairs": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
