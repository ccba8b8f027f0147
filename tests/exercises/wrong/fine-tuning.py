"""Wrong submissions for `fine-tuning`; test_wrong_submissions.py explains the format."""

FROZEN = """
class Frozen(nn.Module):
    def __init__(self, module):
        super().__init__()
        {keep}
        module.eval()
        {clear}

    def forward(self, *args, **kwargs):
        {forward}

    def train(self, mode=True):
        {train}
        return self


def optimizer_for(net, lr, weight_decay):
    trained = {trained}
    return torch.optim.AdamW(trained, lr=lr, weight_decay=weight_decay)
"""
FROZEN_RIGHT = {
    "keep": "self.module = module.requires_grad_(False)",
    "clear": "module.zero_grad(set_to_none=True)",
    "forward": "return self.module(*args, **kwargs)",
    "train": "super().train(False)",
    "trained": "[p for p in net.parameters() if p.requires_grad]",
}

LORA = """
class LoRAConv2d(nn.Module):
    def __init__(self, conv, rank, alpha):
        super().__init__()
        self.conv, self.scale = {conv}, {scale}
        shape = rank, *conv.weight.shape[1:]
        like = {like}
        self.down = nn.Parameter({down}(shape, **like))
        self.up = nn.Parameter({up}(conv.out_channels, rank, **like))

    def forward(self, x):
        conv = self.conv
        seen = F.conv2d(x, self.down, None, {options})
        return {plainly} + self.scale * F.conv2d(seen, self.up[:, :, None, None]{up_options})

    def merged(self):
        plain = {plain}
        with torch.no_grad():
            plain.weight += {merge}
        return plain
"""
LORA_RIGHT = {
    "conv": "conv.requires_grad_(False)",
    "scale": "alpha / rank",
    "like": '{"dtype": conv.weight.dtype, "device": conv.weight.device}',
    "down": "0.1 * torch.randn",
    "up": "torch.zeros",
    "options": "conv.stride, conv.padding, conv.dilation",
    "plainly": "conv(x)",
    "up_options": "",
    "plain": "copy.deepcopy(self.conv)",
    "merge": "self.scale * (self.up @ self.down.flatten(1)).view_as(plain.weight)",
}

RATES = """
def layerwise_groups(net, layers, lr, decay, weight_decay):
    seen, groups = set(), []
    {which}
    for level, layer in {order}:
        for name, parameter in layer.named_parameters():
            if {skip}:
                continue
            seen.add(id(parameter))
            groups.append(
                {{
                    "params": [parameter],
                    "lr": lr * decay ** ({power}),
                    "weight_decay": 0.0 if {plain} else weight_decay,
                }}
            )
    for name, parameter in net.named_parameters():
        if parameter.requires_grad and id(parameter) not in seen:
            {lost}
    return groups
"""
RATES_RIGHT = {
    "which": "pass",
    "order": "enumerate(layers)",
    "skip": "id(parameter) in seen or not parameter.requires_grad",
    "power": "len(layers) - 1 - level",
    "plain": "parameter.ndim < 2",
    "lost": "raise ValueError(name)",
}

MEMORY = """
def training_bytes(net, moments=2):
    weights = sum(t.numel() * t.element_size() for t in {tensors})
    trained = [p for p in net.parameters() if {trained}]
    gradients = sum(p.numel() * p.element_size() for p in trained)
    return weights, gradients, sum(p.numel() * {each} for p in trained)
"""
MEMORY_RIGHT = {
    "tensors": "[*net.parameters(), *net.buffers()]",
    "trained": "p.requires_grad",
    "each": "4 * (moments + (p.element_size() == 2))",
}

RACE = """
def race(source, ways, data, classes, seeds):
    train_x, train_y, test_x, test_y = data
    results = {{name: [] for name in ways}}
    for seed in seeds:
        {once}
        for name, way in ways.items():
            {each}
            net = {copy}
            {head}
            way(net, train_x, train_y)
            {mode}
            with torch.no_grad():
                right = {right}
            results[name].append(right.double().mean().item())
    return {result}
"""
RACE_RIGHT = {
    "once": "pass",
    "each": "seed_everything(seed)",
    "copy": "copy.deepcopy(source)",
    "head": "net.head = nn.Linear(net.head.in_features, classes)",
    "mode": "net.eval()",
    "right": "net(test_x).argmax(dim=1) == test_y",
    "result": "results",
}

WRONG = [
    # --- frozen
    {
        "name": "no gradients, and nothing else",
        "cells": {"frozen": FROZEN.format(**FROZEN_RIGHT | {"train": "super().train(mode)"})},
        "points": {"frozen": 0},
        "says": {"frozen": "back in training mode: ['BatchNorm1d', 'Dropout']"},
    },
    {
        "name": "batch norm only, dropout goes on",
        "cells": {
            "frozen": FROZEN.format(
                **FROZEN_RIGHT
                | {
                    "train": """super().train(mode)
        for each in self.modules():
            if isinstance(each, nn.BatchNorm1d | nn.BatchNorm2d):
                each.eval()"""
                }
            )
        },
        "points": {"frozen": 0},
        "says": {"frozen": "back in training mode: ['Dropout']"},
    },
    {
        "name": "no gradient through it either",
        "cells": {
            "frozen": FROZEN.format(
                **FROZEN_RIGHT
                | {
                    "forward": """with torch.no_grad():
            return self.module(*args, **kwargs)"""
                }
            )
        },
        "points": {"frozen": 0},
        "says": {"frozen": "does not come through"},
    },
    {
        "name": "an optimizer for everything",
        "cells": {"frozen": FROZEN.format(**FROZEN_RIGHT | {"trained": "net.parameters()"})},
        "points": {"frozen": 0},
        "says": {"frozen": "holds frozen parameters"},
    },
    {
        "name": "an old gradient left (hidden)",
        "cells": {"frozen": FROZEN.format(**FROZEN_RIGHT | {"clear": "pass"})},
        "points": {"frozen": 0},
        "says": {"frozen": "An old gradient is a gradient"},
    },
    {
        "name": "the gradient set to zero, which weight decay ignores (hidden)",
        "cells": {
            "frozen": FROZEN.format(
                **FROZEN_RIGHT | {"clear": "module.zero_grad(set_to_none=False)"}
            )
        },
        "points": {"frozen": 0},
        "says": {"frozen": "An old gradient is a gradient"},
    },
    {
        "name": "a frozen copy",
        "cells": {
            "frozen": FROZEN.format(
                **FROZEN_RIGHT
                | {
                    "keep": """module = copy.deepcopy(module).requires_grad_(False)
        self.module = module"""
                }
            )
        },
        "points": {"frozen": 0},
        "says": {"frozen": "Frozen holds a copy"},
    },
    {
        "name": "hidden in a list, where train() does not find it (hidden)",
        "cells": {
            "frozen": FROZEN.format(
                **FROZEN_RIGHT
                | {
                    "keep": "self.modules_inside = [module.requires_grad_(False)]",
                    "forward": "return self.modules_inside[0](*args, **kwargs)",
                }
            )
        },
        "points": {"frozen": 0},
        "says": {"frozen": "hold the module itself as a submodule"},
    },
    # --- lora
    {
        "name": "both factors start at zero",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"down": "torch.zeros"})},
        "points": {"lora": 0},
        "says": {"lora": "it never learns"},
    },
    {
        "name": "neither factor starts at zero",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"up": "0.1 * torch.randn"})},
        "points": {"lora": 0},
        "says": {"lora": "starts at no change"},
    },
    {
        "name": "alpha not divided by the rank",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"scale": "alpha"})},
        "points": {"lora": 0},
        "says": {"lora": "has alpha / rank"},
    },
    {
        "name": "the convolution goes on learning",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"conv": "conv"})},
        "points": {"lora": 0},
        "says": {"lora": "Is the convolution frozen"},
    },
    {
        "name": "merged into the original",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"plain": "self.conv"})},
        "points": {"lora": 0},
        "says": {"lora": "counts twice"},
    },
    {
        "name": "merged without the scale",
        "cells": {
            "lora": LORA.format(
                **LORA_RIGHT | {"merge": "(self.up @ self.down.flatten(1)).view_as(plain.weight)"}
            )
        },
        "points": {"lora": 0},
        "says": {"lora": "gives another output than the adapter"},
    },
    {
        "name": "stride and dilation forgotten (hidden)",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"options": "1, conv.padding"})},
        "points": {"lora": 0},
        "says": {"lora": "Do stride, padding and dilation hold"},
    },
    {
        "name": "the second convolution with the options of the first",
        "cells": {
            "lora": LORA.format(
                **LORA_RIGHT | {"up_options": ", None, conv.stride, conv.padding, conv.dilation"}
            )
        },
        "points": {"lora": 0},
        "says": {"lora": "has neither stride nor padding"},
    },
    {
        "name": "the convolution without gradient, its input included (hidden)",
        "cells": {
            "lora": LORA.format(**LORA_RIGHT | {"plainly": "torch.no_grad()(conv.forward)(x)"})
        },
        "points": {"lora": 0},
        "says": {"lora": "Frozen is the weight, not the path"},
    },
    {
        "name": "an adapter that stays on the CPU (hidden)",
        "cells": {"lora": LORA.format(**LORA_RIGHT | {"like": '{"dtype": conv.weight.dtype}'})},
        "points": {"lora": 0},
        "says": {"lora": "device; here one of them is not"},
    },
    # --- rates
    {
        "name": "the list read from top to bottom",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"power": "level"})},
        "points": {"rates": 0},
        "says": {"rates": "from bottom to top"},
    },
    {
        "name": "the top layer decayed too",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"power": "len(layers) - level"})},
        "points": {"rates": 0},
        "says": {"rates": "The top layer learns at lr"},
    },
    {
        "name": "norms told by their name",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"plain": '"bias" in name'})},
        "points": {"rates": 0},
        "says": {"rates": "go by the axes"},
    },
    {
        "name": "a tied matrix in two groups",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"skip": "not parameter.requires_grad"})},
        "points": {"rates": 0},
        "says": {"rates": "in two groups"},
    },
    {
        "name": "a tied matrix at the top's rate",
        "cells": {
            "rates": RATES.format(**RATES_RIGHT | {"order": "reversed(list(enumerate(layers)))"})
        },
        "points": {"rates": 0},
        "says": {"rates": "the lowest one's rate"},
    },
    {
        "name": "a layer that was left out unnoticed (hidden)",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"lost": "pass"})},
        "points": {"rates": 0},
        "says": {"rates": "raise ValueError with a name"},
    },
    {
        "name": "frozen parameters in the groups (hidden)",
        "cells": {"rates": RATES.format(**RATES_RIGHT | {"skip": "id(parameter) in seen"})},
        "points": {"rates": 0},
        "says": {"rates": "Frozen parameters belong in no group"},
    },
    {
        "name": "parameters looked up in a list",
        "cells": {
            "rates": RATES.format(
                **RATES_RIGHT
                | {
                    "skip": "any(parameter in g['params'] for g in groups)",
                }
            )
        },
        "points": {"rates": 0},
        "says": {"rates": "It compares their numbers"},
    },
    {
        "name": "frozen layers not counted (hidden)",
        "cells": {
            "rates": RATES.format(
                **RATES_RIGHT
                | {
                    "which": "layers = [layer for layer in layers "
                    "if any(p.requires_grad for p in layer.parameters())]",
                }
            )
        },
        "points": {"rates": 0},
        "says": {"rates": "still counts as a layer"},
    },
    # --- memory
    {
        "name": "the optimizer in the model's own type",
        "cells": {"memory": MEMORY.format(**MEMORY_RIGHT | {"each": "moments * p.element_size()"})},
        "points": {"memory": 0},
        "says": {"memory": "whatever the model's type"},
    },
    {
        "name": "no master copy",
        "cells": {"memory": MEMORY.format(**MEMORY_RIGHT | {"each": "4 * moments"})},
        "points": {"memory": 0},
        "says": {"memory": "the master copy"},
    },
    {
        "name": "gradients of frozen parameters",
        "cells": {"memory": MEMORY.format(**MEMORY_RIGHT | {"trained": "True"})},
        "points": {"memory": 0},
        "says": {"memory": "With a frozen encoder"},
    },
    {
        "name": "buffers forgotten (hidden)",
        "cells": {"memory": MEMORY.format(**MEMORY_RIGHT | {"tensors": "net.parameters()"})},
        "points": {"memory": 0},
        "says": {"memory": "ten running statistics"},
    },
    {
        "name": "a tied matrix counted twice (hidden)",
        "cells": {
            "memory": MEMORY.format(**MEMORY_RIGHT | {"tensors": "net.state_dict().values()"})
        },
        "points": {"memory": 0},
        "says": {"memory": "112 bytes, once"},
    },
    {
        "name": "shared tensors known by their address",
        "cells": {
            "memory": MEMORY.format(
                **MEMORY_RIGHT
                | {
                    "tensors": "{t.data_ptr(): t for t in "
                    "[*net.parameters(), *net.buffers()]}.values()"
                }
            )
        },
        "points": {"memory": 0},
        "says": {"memory": "no tensor has an address"},
    },
    {
        "name": "a master copy for bfloat16 alone (hidden)",
        "cells": {
            "memory": MEMORY.format(
                **MEMORY_RIGHT | {"each": "4 * (moments + (p.dtype == torch.bfloat16))"}
            )
        },
        "points": {"memory": 0},
        "says": {"memory": "each parameter by its own type"},
    },
    # --- race
    {
        "name": "all contenders train the same net",
        "cells": {"race": RACE.format(**RACE_RIGHT | {"copy": "source"})},
        "points": {"race": 0},
        "says": {"race": "Each contender trains its own copy"},
    },
    {
        "name": "seeded once for all ways",
        "cells": {
            "race": RACE.format(**RACE_RIGHT | {"once": "seed_everything(seed)", "each": "pass"})
        },
        "points": {"race": 0},
        "says": {"race": "could be luck"},
    },
    {
        "name": "the old head kept",
        "cells": {"race": RACE.format(**RACE_RIGHT | {"head": "pass"})},
        "points": {"race": 0},
        "says": {"race": "The new head has 5 classes"},
    },
    {
        "name": "tested in training mode (hidden)",
        "cells": {"race": RACE.format(**RACE_RIGHT | {"mode": "pass"})},
        "points": {"race": 0},
        "says": {"race": "switch before you test"},
    },
    {
        "name": "the mean of the seeds",
        "cells": {
            "race": RACE.format(
                **RACE_RIGHT | {"result": "{k: sum(v) / len(v) for k, v in results.items()}"}
            )
        },
        "points": {"race": 0},
        "says": {"race": "two lists of two accuracies"},
    },
    {
        "name": "accuracy on the training images (hidden)",
        "cells": {
            "race": RACE.format(**RACE_RIGHT | {"right": "net(train_x).argmax(dim=1) == train_y"})
        },
        "points": {"race": 0},
        "says": {"race": "Is that the share of the test images"},
    },
    # --- the verdict
    {
        "name": "no explanation",
        "cells": {"verdict": "YOUR ANSWER HERE"},
        "points": {"verdict": 0},
    },
]
