"""Wrong submissions for `cnn-history`; mistakes.py explains the format."""

WRONG = {
    "price": {
        "the price of a convolution without groups": {
            "change": ("(n_in // groups)", "n_in"),
            "says": "groups makes no difference",
        },
        "every weight at each place of the input": {
            "change": ("(side + 2 * padding - kernel) // stride + 1 for side", "side for side"),
            "says": "*input*",
        },
        "a product and a sum counted as two": {
            "change": ("weights * height * width", "2 * weights * height * width"),
            "says": "a multiply-add is one",
        },
        "a last step that does not fit is taken all the same": {
            "change": (
                "(side + 2 * padding - kernel) // stride",
                "-(-(side + 2 * padding - kernel) // stride)",
            ),
        },
        "groups that are all of one channel (right where the visible tests look)": {
            "change": ("(n_in // groups)", "(n_in if groups == 1 else 1)"),
            "says": "PyTorch counts",
        },
        "the layer built and run, where nothing is stored": {
            "cell": """
def conv_price(n_in, n_out, kernel, size, stride=1, padding=0, groups=1, bias=True):
    layer = nn.Conv2d(
        n_in, n_out, kernel, stride, padding, groups=groups, bias=bias, device="meta"
    )
    places = layer(torch.empty(1, n_in, *size, device="meta"))[0, 0].numel()
    return sum(p.numel() for p in layer.parameters()), layer.weight.numel() * places
""",
            "says": "not to build the layer",
        },
        "a division that leaves a float": {
            "change": ("kernel * kernel * (n_in // groups)", "kernel * kernel * (n_in / groups)"),
            "says": "whole number",
        },
    },
    "inception": {
        "a 5x5 all the same": {
            "change": ("layer(c[0], c[1], 3), layer(c[1], c[1], 3)", "layer(c[0], c[1], 5)"),
            "says": "two 3x3",
        },
        "branches in another order": {
            "change": (
                "branch(x) for branch in self.branches",
                "self.branches[i](x) for i in (0, 2, 1, 3)",
            ),
            "says": "order of the text",
        },
        "no ReLU after the first convolution of a branch": {
            "change": [
                ("layer(n_in, b[0], 1)", "layer(n_in, b[0], 1)[0]"),
                ("layer(n_in, c[0], 1)", "layer(n_in, c[0], 1)[0]"),
            ],
            "says": "a ReLU between two convolutions is missing",
        },
        "the largest for the average": {
            "change": ("nn.AvgPool2d", "nn.MaxPool2d"),
            "says": "a maximum, not an average",
        },
        "no ReLU between the two 3x3": {
            "change": ("layer(c[0], c[1], 3),", "layer(c[0], c[1], 3)[0],"),
            "says": "the third branch differs",
        },
        "a leaky ReLU": {
            "change": ("nn.ReLU()", "nn.LeakyReLU(1e-9)"),
            "says": "negative",
        },
        "the first branch detached": {
            "change": (
                "[branch(x) for branch in self.branches]",
                "[self.branches[0](x.detach()), *(branch(x) for branch in self.branches[1:])]",
            ),
            "says": "depend on 1, 9, 25 and 9",
        },
        "a normalization without parameters": {
            "change": (
                "padding=kernel // 2), nn.ReLU()",
                "padding=kernel // 2), nn.BatchNorm2d(outputs, affine=False), nn.ReLU()",
            ),
            "says": "Is there a normalization",
        },
    },
    "bottleneck": {
        "the scale before the last ReLU is zero, and no gradient comes through": {
            "change": ("self.branch[-1][-1].weight", "self.branch[-1][0].weight"),
            "says": "identity for ever",
        },
        "a ReLU on the sum, as in the chapter": {
            "change": ("x + self.branch(x)", "(x + self.branch(x)).relu()"),
            "says": "what is negative is lost",
        },
        "every convolution drawn equal (right where the visible tests look)": {
            "change": (
                "nn.init.zeros_(self.branch[-1][-1].weight)",
                "for part in self.branch:\n"
                "            nn.init.zeros_(part[-1].weight)\n"
                "        nn.init.ones_(self.branch[-1][0].bias)",
            ),
        },
        "no ReLU before the 3x3": {
            "change": (
                "                nn.ReLU(),\n",
                "                nn.Identity() if kernel == 3 else nn.ReLU(),\n",
            ),
            "says": "With random weights",
        },
        "ReLU before normalization": {
            "change": (
                "                nn.BatchNorm2d(n_in),\n                nn.ReLU(),\n",
                "                nn.ReLU(),\n                nn.BatchNorm2d(n_in),\n",
            ),
        },
        "statistics of the batch in evaluation mode, too": {
            "change": ("nn.BatchNorm2d(n_in)", "nn.BatchNorm2d(n_in, track_running_stats=False)"),
            "says": "in evaluation mode",
        },
        "the other convolutions all of one number": {
            "change": (
                "        nn.init.zeros_(self.branch[-1][-1].weight)",
                "        for part in self.branch:\n"
                "            nn.init.constant_(part[-1].weight, 0.1)\n"
                "        nn.init.zeros_(self.branch[-1][-1].weight)",
            ),
            "says": "random weights, to differ",
        },
        "the branch sees a detached input": {
            "change": ("x + self.branch(x)", "x + self.branch(x.detach())"),
            "says": "detached from the input",
        },
    },
    "without": {
        "measured in training mode": {
            "change": ("copy.deepcopy(net).eval()", "copy.deepcopy(net)"),
            "says": "evaluation mode",
        },
        "the block is not put back": {
            "change": ("copy.deepcopy(net).eval()", "net.eval()"),
            "says": "lost a block",
        },
        "blocks counted from one": {
            "change": ("changed.stages[0][block]", "changed.stages[0][block - 1]"),
        },
        "what is left, not what is lost": {
            "change": ("whole - sum(parts)", "sum(parts)"),
            "says": "minus the mean of the six",
        },
        "the whole net counted among the six": {
            "change": ("whole - sum(parts) / len(parts)", "whole - (whole + sum(parts)) / 7"),
            "says": "minus the mean of the six",
        },
        "the net always left in training mode": {
            "change": [
                ("changed = copy.deepcopy(net).eval()", "changed = copy.deepcopy(net.eval())"),
                ("    with torch.no_grad():\n", "    net.train()\n    with torch.no_grad():\n"),
            ],
            "says": "now it is in training mode",
        },
        "the block set to zero, not handed its input": {
            "change": (
                "changed.stages[0][block] = nn.Identity()",
                "changed.stages[0][block].forward = torch.zeros_like",
            ),
            "says": "handed on",
        },
        "a tensor for a number": {
            "change": [
                ("== y).float().mean().item()", "== y).float().mean()"),
                (
                    "lost[name] = whole - sum(parts) / len(parts)",
                    "lost[name] = float(whole - sum(parts) / len(parts))",
                ),
            ],
            "says": "not a tensor",
        },
    },
    "phone": {"no choice of a net": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "price": {
        "places counted one by one, NumPy numbers": {
            "cell": """
import numpy as np

def conv_price(n_in, n_out, kernel, size, stride=1, padding=0, groups=1, bias=True):
    places = 1
    for n in size:
        places *= len(range(0, n + 2 * padding - kernel + 1, stride))
    weights = np.prod([n_out, n_in // groups, kernel, kernel])
    return weights + bias * n_out, weights * places
""",
        },
    },
    "inception": {
        "each layer by its name, functions for the rest, the border left out of the average": {
            "cell": """
class Mixed(nn.Module):
    def __init__(self, n_in, a, b, c, d):
        super().__init__()
        self.one = nn.Conv2d(n_in, a, 1)
        self.b0, self.b1 = nn.Conv2d(n_in, b[0], 1), nn.Conv2d(b[0], b[1], 3, padding="same")
        self.c0 = nn.Conv2d(n_in, c[0], 1)
        self.c1, self.c2 = nn.Conv2d(c[0], c[1], 3, padding=1), nn.Conv2d(c[1], c[1], 3, padding=1)
        self.last = nn.Conv2d(n_in, d, 1)

    def forward(self, x):
        pooled = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
        parts = (
            self.one(x),
            self.b1(F.relu(self.b0(x))),
            self.c2(self.c1(self.c0(x).relu()).relu()),
            self.last(pooled),
        )
        return torch.clamp(torch.cat(parts, 1), min=0)
""",
        },
    },
    "bottleneck": {
        "layers by name, functions for the ReLUs": {
            "cell": """
class Bottleneck(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.up = nn.Conv2d(width, channels, 1, bias=False)
        self.mid = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.down = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(width)
        self.bn3 = nn.BatchNorm2d(width)
        self.up.weight.data *= 0

    def forward(self, h):
        f = self.down(F.relu(self.bn1(h)))
        f = self.mid(torch.relu_(self.bn2(f)))
        return self.up(self.bn3(f).clamp_min(0)).add(h)
""",
        },
    },
    "without": {
        "a hook that hands on the input, every mode put back": {
            "cell": """
def accuracy_without(net, block, x, y):
    modes = {m: m.training for m in net.modules()}
    net.eval()
    hook = None
    if block is not None:
        hook = net.stages[0][block].register_forward_hook(lambda m, given, out: given[0])
    right = 0
    try:
        with torch.inference_mode():
            for i in range(0, len(x), 50):
                right += (net(x[i:i + 50]).argmax(-1) == y[i:i + 50]).sum().item()
    finally:
        if hook is not None:
            hook.remove()
        for m, mode in modes.items():
            m.training = mode
    return right / len(x)

lost = {}
for name in ("plain", "residual"):
    full = accuracy_without(nets[name], None, letters.test_x, letters.test_y)
    left = [accuracy_without(nets[name], i, letters.test_x, letters.test_y) for i in range(6)]
    lost[name] = sum(full - each for each in left) / 6
""",
        },
    },
}
