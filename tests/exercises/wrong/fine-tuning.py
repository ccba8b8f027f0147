"""Wrong submissions for `fine-tuning`; mistakes.py explains the format."""

TENSORS = "[*net.parameters(), *net.buffers()]"
STATE = "4 * (moments + (p.element_size() == 2))"

WRONG = {
    "frozen": {
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
