"""Wrong submissions for `fine-tuning`; mistakes.py explains the format."""

TENSORS = "[*net.parameters(), *net.buffers()]"
STATE = "4 * (moments + (p.element_size() == 2))"

WRONG = {
    "frozen": {
        "a gradient that is not the module's (hidden)": {
            "change": (
                "return self.module(*args, **kwargs)",
                "with torch.no_grad():\n"
                "            out = self.module(*args, **kwargs)\n"
                "        first = args[0]\n"
                "        if not first.is_floating_point():\n"
                "            return out\n"
                "        return out + (first - first.detach()).sum(-1, keepdim=True)",
            ),
            "says": "is not the module's own",
        },
        "biases in a group without weight decay, which nobody asked for (hidden)": {
            "define": """
def optimizer_for(net, lr, weight_decay):
    trained = [p for p in net.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1]},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, weight_decay=weight_decay)
""",
            "says": "Some group of the optimizer",
        },
        "no gradients, and nothing else": {
            "change": ("super().train(False)", "super().train(mode)"),
            "says": "back in training mode: ['BatchNorm1d', 'Dropout']",
        },
        "batch norm only, dropout goes on": {
            "change": (
                "return super().train(False)",
                """super().train(mode)
        for each in self.modules():
            if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d):
                each.eval()
        return self""",
            ),
            "says": "back in training mode: ['Dropout']",
        },
        "no gradient through it either": {
            "change": ("def forward", "@torch.no_grad()\n    def forward"),
            "says": "does not come through",
        },
        "an optimizer for everything": {
            "change": ("[p for p in net.parameters() if p.requires_grad]", "net.parameters()"),
            "says": "holds frozen parameters",
        },
        "an old gradient left (hidden)": {
            "change": ("            parameter.grad = None\n", ""),
            "says": "An old gradient is a gradient",
        },
        "the gradient set to zero, which weight decay ignores (hidden)": {
            "change": ("parameter.grad = None", "module.zero_grad(set_to_none=False)"),
            "says": "An old gradient is a gradient",
        },
        "a frozen copy": {
            "change": ("self.module = module", "self.module = module = copy.deepcopy(module)"),
            "says": "Frozen holds a copy",
        },
        "hidden in a list, where train() does not find it (hidden)": {
            "change": [
                ("self.module = module", "self.inside = [module]"),
                ("self.module(*args", "self.inside[0](*args"),
            ],
            "says": "hold the module itself as a submodule",
        },
    },
    "lora": {
        "down looks, and never learns (hidden)": {
            "change": ("F.conv2d(x, self.down, None", "F.conv2d(x, self.down.detach(), None"),
            "says": "the gradient of `down` is not",
        },
        "merged() freezes the adapter (hidden)": {
            "change": ("plain = copy", "self.requires_grad_(False)\n        plain = copy"),
            "says": "or what is trained",
        },
        "both factors start at zero": {
            "change": ("nn.init.kaiming_uniform_(down, a=math.sqrt(5))", "nn.init.zeros_(down)"),
            "says": "it never learns",
        },
        "neither factor starts at zero": {
            "change": ("conv.weight.new_zeros(", "conv.weight.new_ones("),
            "says": "starts at no change",
        },
        "alpha not divided by the rank": {
            "change": ("alpha / rank", "alpha"),
            "says": "has alpha / rank",
        },
        "the convolution goes on learning": {
            "change": ("conv.requires_grad_(False)", "conv"),
            "says": "Is the convolution frozen",
        },
        "merged into the original": {
            "change": ("copy.deepcopy(self.conv)", "self.conv"),
            "says": "counts twice",
        },
        "merged without the scale": {
            "change": ("self.scale * torch.einsum", "torch.einsum"),
            "says": "gives another output than the adapter",
        },
        "stride and dilation forgotten (hidden)": {
            "change": ("conv.stride, conv.padding, conv.dilation", "1, conv.padding"),
            "says": "Do stride, padding and dilation hold",
        },
        "the second convolution with the options of the first": {
            "change": (
                "self.up[:, :, None, None])",
                "self.up[:, :, None, None], None, conv.stride, conv.padding, conv.dilation)",
            ),
            "says": "has neither stride nor padding",
        },
        "the convolution without gradient, its input included (hidden)": {
            "change": ("return conv(x)", "return torch.no_grad()(conv.forward)(x)"),
            "says": "Frozen is the weight, not the path",
        },
        "an adapter that stays on the CPU (hidden)": {
            "change": [
                (
                    "conv.weight.new_empty(rank, *conv.weight.shape[1:])",
                    "torch.empty(rank, *conv.weight.shape[1:], dtype=conv.weight.dtype)",
                ),
                (
                    "conv.weight.new_zeros(conv.out_channels, rank)",
                    "torch.zeros(conv.out_channels, rank, dtype=conv.weight.dtype)",
                ),
            ],
            "says": "device; here one of them is not",
        },
    },
    "rates": {
        "one axis told from more, none forgotten (hidden)": {
            "change": ("parameter.ndim >= 2", "parameter.ndim != 1"),
            "says": "a single number (no axis)",
        },
        "the caller's list turned around (hidden)": {
            "change": [
                ("seen, groups = set(), []", "seen, groups = set(), []\n    layers.reverse()"),
                ("in enumerate(layers)", "in reversed([*enumerate(reversed(layers))][::-1])"),
            ],
            "says": "changed the list of layers",
        },
        "the list read from top to bottom": {
            "change": ("(len(layers) - 1 - level)", "level"),
            "says": "from bottom to top",
        },
        "the top layer decayed too": {
            "change": ("(len(layers) - 1 - level)", "(len(layers) - level)"),
            "says": "The top layer learns at lr",
        },
        "norms told by their name": {
            "change": [
                (
                    "for parameter in layer.parameters()",
                    "for name, parameter in layer.named_parameters()",
                ),
                ("parameter.ndim >= 2", '"bias" not in name'),
            ],
            "says": "go by the axes",
        },
        "a tied matrix in two groups": {
            "change": ("id(parameter) in seen or not", "not"),
            "says": "in two groups",
        },
        "a tied matrix at the top's rate": {
            "change": ("in enumerate(layers)", "in reversed(list(enumerate(layers)))"),
            "says": "the lowest one's rate",
        },
        "a layer that was left out unnoticed (hidden)": {
            "change": ('raise ValueError(f"{name} is in no layer")', "pass"),
            "says": "raise ValueError with a name",
        },
        "frozen parameters in the groups (hidden)": {
            "change": (" or not parameter.requires_grad", ""),
            "says": "Frozen parameters belong in no group",
        },
        "parameters looked up in a list": {
            "change": (
                "id(parameter) in seen or not parameter.requires_grad",
                'any(parameter in group["params"] for group in groups)',
            ),
            "says": "It compares their numbers",
        },
        "frozen layers not counted (hidden)": {
            "change": (
                "seen, groups = set(), []",
                "seen, groups = set(), []\n"
                "    layers = [m for m in layers if any(p.requires_grad for p in m.parameters())]",
            ),
            "says": "still counts as a layer",
        },
    },
    "memory": {
        "only what a checkpoint holds (hidden)": {
            "change": (
                TENSORS,
                "{id(t): t for t in net.state_dict(keep_vars=True).values()}.values()",
            ),
            "says": "state_dict() does not hold",
        },
        "the optimizer in the model's own type": {
            "change": (STATE, "moments * p.element_size()"),
            "says": "whatever the model's type",
        },
        "no master copy": {
            "change": (STATE, "4 * moments"),
            "says": "the master copy",
        },
        "gradients of frozen parameters": {
            "change": (" if p.requires_grad]", "]"),
            "says": "With a frozen encoder",
        },
        "buffers forgotten (hidden)": {
            "change": (TENSORS, "net.parameters()"),
            "says": "ten running statistics",
        },
        "a tied matrix counted twice (hidden)": {
            "change": (TENSORS, "net.state_dict().values()"),
            "says": "112 bytes, once",
        },
        "shared tensors known by their address": {
            "change": (TENSORS, "{t.data_ptr(): t for t in " + TENSORS + "}.values()"),
            "says": "no tensor has an address",
        },
        "a master copy for bfloat16 alone (hidden)": {
            "change": ("p.element_size() == 2", "p.dtype == torch.bfloat16"),
            "says": "each parameter by its own type",
        },
    },
    "race": {
        "seeds PyTorch alone (hidden)": {
            "change": ("seed_everything(seed)", "torch.manual_seed(seed)"),
            "says": "Python's own `random`",
        },
        "the source put into evaluation mode (hidden)": {
            "change": ("    results = ", "    source.eval()\n    results = "),
            "says": "Switch the copy",
        },
        "all contenders train the same net": {
            "change": ("copy.deepcopy(source)", "source"),
            "says": "Each contender trains its own copy",
        },
        "seeded once for all ways": {
            "change": [
                ("for seed in seeds:\n", "for seed in seeds:\n        seed_everything(seed)\n"),
                ("            seed_everything(seed)\n", ""),
            ],
            "says": "could be luck",
        },
        "the old head kept": {
            "change": ("            net.head = nn.Linear(net.head.in_features, classes)\n", ""),
            "says": "The new head has 5 classes",
        },
        "tested in training mode (hidden)": {
            "change": ("            net.eval()\n", ""),
            "says": "switch before you test",
        },
        "the mean of the seeds": {
            "change": ("return results", "return {k: sum(v) / len(v) for k, v in results.items()}"),
            "says": "two lists of two accuracies",
        },
        "accuracy on the training images (hidden)": {
            "change": (
                "net(test_x).argmax(dim=1) == test_y",
                "net(train_x).argmax(dim=1) == train_y",
            ),
            "says": "Is that the share of the test images",
        },
    },
    "verdict": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "frozen": {
        "a train() that does nothing, and a filter": {
            "cell": """
class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.inside = module.requires_grad_(False).eval()
        self.inside.zero_grad()

    def train(self, mode=True):
        return self

    def forward(self, *inputs, **named):
        return self.inside.forward(*inputs, **named)


def optimizer_for(net, lr, weight_decay):
    return torch.optim.AdamW(
        filter(lambda p: p.requires_grad, net.parameters()), lr, weight_decay=weight_decay
    )
""",
        },
        "evaluation mode before every pass": {
            "define": """
class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
        self.module.eval()
        for p in module.parameters():
            p.requires_grad, p.grad = False, None

    def forward(self, *args, **kwargs):
        self.module.eval()
        return self.module(*args, **kwargs)
""",
        },
    },
    "lora": {
        "down starts at zero, one convolution with the changed weight": {
            "cell": """
class LoRAConv2d(nn.Module):
    def __init__(self, conv, rank, alpha):
        super().__init__()
        self.conv, self.factor = conv, alpha / rank
        for p in conv.parameters():
            p.requires_grad = False
        like = {"device": conv.weight.device, "dtype": conv.weight.dtype}
        self.down = nn.Parameter(torch.zeros(rank, conv.in_channels, *conv.kernel_size, **like))
        self.up = nn.Parameter(torch.randn(conv.out_channels, rank, **like) / rank**0.5)

    def weight(self):
        change = (self.up @ self.down.flatten(1)).view_as(self.conv.weight)
        return self.conv.weight + self.factor * change

    def forward(self, x):
        c = self.conv
        return F.conv2d(x, self.weight(), c.bias, c.stride, c.padding, c.dilation)

    def merged(self):
        c = self.conv
        new = nn.Conv2d(
            c.in_channels, c.out_channels, c.kernel_size, c.stride, c.padding, c.dilation,
            bias=c.bias is not None, device=c.weight.device, dtype=c.weight.dtype,
        )
        with torch.no_grad():
            new.weight.copy_(self.weight())
            if c.bias is not None:
                new.bias.copy_(c.bias)
        return new
""",
        },
    },
    "rates": {
        "names first, rates in logarithms": {
            "cell": """
def layerwise_groups(net, layers, lr, decay, weight_decay):
    lowest = {}
    for level in range(len(layers) - 1, -1, -1):
        lowest.update({id(p): level for p in layers[level].parameters()})
    trained = {n: p for n, p in net.named_parameters() if p.requires_grad}
    if missing := [n for n, p in trained.items() if id(p) not in lowest]:
        raise ValueError(f"in no layer: {missing}")
    groups = {}
    for p in trained.values():
        groups.setdefault((lowest[id(p)], p.dim() < 2), []).append(p)
    top = len(layers) - 1
    return [
        {
            "params": params,
            "lr": math.exp(math.log(lr) + (top - level) * math.log(decay)),
            "weight_decay": 0 if bare else weight_decay,
        }
        for (level, bare), params in groups.items()
    ]
""",
        },
    },
    "memory": {
        "one loop over the modules": {
            "cell": """
def training_bytes(net, moments=2):
    seen, weights, gradients, state = set(), 0, 0, 0
    for module in net.modules():
        own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
        for t in own:
            if id(t) in seen:
                continue
            seen.add(id(t))
            weights += t.nbytes
            if isinstance(t, nn.Parameter) and t.requires_grad:
                gradients += t.nbytes
                state += t.numel() * (4 * moments + (4 if t.itemsize == 2 else 0))
    return weights, gradients, state
""",
        },
    },
    "race": {
        "seeded again before the way, one way after the other": {
            "cell": """
def race(source, ways, data, classes, seeds):
    x, y, test_x, test_y = data

    def one(way, seed):
        net = copy.deepcopy(source)
        seed_everything(seed)
        net.head = nn.Linear(source.head.weight.shape[1], classes)
        seed_everything(seed)
        way(net, x, y)
        with torch.inference_mode():
            guesses = net.eval()(test_x).softmax(-1).max(-1).indices
        return int((guesses == test_y).sum()) / len(test_y)

    return {name: [one(way, seed) for seed in seeds] for name, way in ways.items()}
""",
        },
    },
}
