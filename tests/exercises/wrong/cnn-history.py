"""Wrong submissions for `cnn-history`; test_wrong_submissions.py explains the format."""

PRICE = """
def conv_price(n_in, n_out, kernel, size, stride=1, padding=0, groups=1, bias=True):
    weights = {weights}
    height, width = ({places} for side in size)
    return weights + (n_out if bias else 0), {adds}
"""
WEIGHTS = "kernel**2 * (n_in // groups) * n_out"
PLACES = "(side + 2 * padding - kernel) // stride + 1"
ADDS = "weights * height * width"

MIXED = """
class Mixed(nn.Module):
    def __init__(self, n_in, a, b, c, d):
        super().__init__()

        def layer(inputs, outputs, kernel, last=True):
            conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
            return nn.Sequential(conv, nn.ReLU()) if last else conv

        self.one = layer(n_in, a, 1)
        self.three = nn.Sequential(layer(n_in, b[0], 1{inner}), layer(b[0], b[1], 3))
        self.five = nn.Sequential({five})
        self.pool = nn.Sequential({pool}, layer(n_in, d, 1))

    def forward(self, x):
        return torch.cat([{order}], dim=1)
"""
FIVE = "layer(n_in, c[0], 1{inner}), layer(c[0], c[1], 3), layer(c[1], c[1], 3)"
POOL = "nn.AvgPool2d(3, stride=1, padding=1)"
ORDER = "self.one(x), self.three(x), self.five(x), self.pool(x)"

BOTTLENECK = """
class Bottleneck(nn.Module):
    def __init__(self, channels, width):
        super().__init__()

        def layer(n_in, n_out, kernel):
            conv = nn.Conv2d(n_in, n_out, kernel, padding=kernel // 2, bias=False)
            return nn.Sequential(nn.BatchNorm2d(n_in), nn.ReLU(), conv)

        self.branch = nn.Sequential(
            layer(channels, width, 1), layer(width, width, 3), layer(width, channels, 1)
        )
        {zero}

    def forward(self, x):
        return {out}
"""

WITHOUT = """
def accuracy_without(net, block, x, y):
    changed = {copy}
    if block is not None:
        changed.stages[0][{at}] = nn.Identity()
    with torch.no_grad():
        return (changed(x).argmax(1) == y).float().mean().item()


lost = {{}}
for name, net in nets.items():
    whole = accuracy_without(net, None, letters.test_x, letters.test_y)
    parts = [accuracy_without(net, i, letters.test_x, letters.test_y) for i in range(6)]
    lost[name] = {lost}
"""
COPY = "copy.deepcopy(net).eval()"
LOST = "whole - sum(parts) / len(parts)"

WRONG = [
    # --- the price of any convolution
    {
        "name": "the price of a convolution without groups",
        "cells": {
            "price": PRICE.format(weights="kernel**2 * n_in * n_out", places=PLACES, adds=ADDS)
        },
        "points": {"price": 0},
        "says": {"price": "groups makes no difference"},
    },
    {
        "name": "every weight at each place of the input",
        "cells": {"price": PRICE.format(weights=WEIGHTS, places="side", adds=ADDS)},
        "points": {"price": 0},
        "says": {"price": "*input*"},
    },
    {
        "name": "a product and a sum counted as two",
        "cells": {"price": PRICE.format(weights=WEIGHTS, places=PLACES, adds="2 * " + ADDS)},
        "points": {"price": 0},
        "says": {"price": "a multiply-add is one"},
    },
    {
        "name": "a last step that does not fit is taken all the same",
        "cells": {
            "price": PRICE.format(
                weights=WEIGHTS, places="-(-(side + 2 * padding - kernel) // stride) + 1", adds=ADDS
            )
        },
        "points": {"price": 0},
    },
    {
        "name": "groups that are all of one channel (right where the visible tests look)",
        "cells": {
            "price": PRICE.format(
                weights="kernel**2 * (n_in if groups == 1 else 1) * n_out", places=PLACES, adds=ADDS
            )
        },
        "points": {"price": 0},
        "says": {"price": "PyTorch counts"},
    },
    # --- an Inception block
    {
        "name": "a 5x5 all the same",
        "cells": {
            "inception": MIXED.format(
                inner="",
                five="layer(n_in, c[0], 1), layer(c[0], c[1], 5)",
                pool=POOL,
                order=ORDER,
            )
        },
        "points": {"inception": 0},
        "says": {"inception": "two 3x3"},
    },
    {
        "name": "branches in another order",
        "cells": {
            "inception": MIXED.format(
                inner="",
                five=FIVE.format(inner=""),
                pool=POOL,
                order="self.one(x), self.five(x), self.three(x), self.pool(x)",
            )
        },
        "points": {"inception": 0},
        "says": {"inception": "order of the text"},
    },
    {
        "name": "no ReLU after the first convolution of a branch",
        "cells": {
            "inception": MIXED.format(
                inner=", last=False", five=FIVE.format(inner=", last=False"), pool=POOL, order=ORDER
            )
        },
        "points": {"inception": 0},
        "says": {"inception": "a ReLU between two convolutions is missing"},
    },
    {
        "name": "the largest for the average",
        "cells": {
            "inception": MIXED.format(
                inner="",
                five=FIVE.format(inner=""),
                pool="nn.MaxPool2d(3, stride=1, padding=1)",
                order=ORDER,
            )
        },
        "points": {"inception": 0},
        "says": {"inception": "a maximum, not an average"},
    },
    # --- a block that starts as nothing
    {
        "name": "the scale before the last ReLU is zero, and no gradient comes through",
        "cells": {
            "bottleneck": BOTTLENECK.format(
                zero="nn.init.zeros_(self.branch[-1][0].weight)", out="x + self.branch(x)"
            )
        },
        "points": {"bottleneck": 0},
        "says": {"bottleneck": "identity for ever"},
    },
    {
        "name": "a ReLU on the sum, as in the chapter",
        "cells": {
            "bottleneck": BOTTLENECK.format(
                zero="nn.init.zeros_(self.branch[-1][-1].weight)", out="(x + self.branch(x)).relu()"
            )
        },
        "points": {"bottleneck": 0},
        "says": {"bottleneck": "what is negative is lost"},
    },
    {
        "name": "every convolution drawn equal (right where the visible tests look)",
        "cells": {
            "bottleneck": BOTTLENECK.format(
                zero="[nn.init.zeros_(part[-1].weight) for part in self.branch[:2]]\n"
                "        nn.init.zeros_(self.branch[-1][-1].weight)\n"
                "        nn.init.ones_(self.branch[-1][0].bias)",
                out="x + self.branch(x)",
            )
        },
        "points": {"bottleneck": 0},
    },
    # --- what is a block worth?
    {
        "name": "measured in training mode",
        "cells": {"without": WITHOUT.format(copy="copy.deepcopy(net)", at="block", lost=LOST)},
        "points": {"without": 0},
        "says": {"without": "evaluation mode"},
    },
    {
        "name": "the block is not put back",
        "cells": {"without": WITHOUT.format(copy="net.eval()", at="block", lost=LOST)},
        "points": {"without": 0},
        "says": {"without": "lost a block"},
    },
    {
        "name": "blocks counted from one",
        "cells": {"without": WITHOUT.format(copy=COPY, at="block - 1", lost=LOST)},
        "points": {"without": 0},
    },
    {
        "name": "what is left, not what is lost",
        "cells": {"without": WITHOUT.format(copy=COPY, at="block", lost="sum(parts) / len(parts)")},
        "points": {"without": 0},
        "says": {"without": "minus the mean of the six"},
    },
    # --- a net for a phone
    {
        "name": "no choice of a net",
        "cells": {"phone": "YOUR ANSWER HERE"},
        "points": {"phone": 0},
    },
]
