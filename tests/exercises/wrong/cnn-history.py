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
    },
    "phone": {"no choice of a net": {"cell": "YOUR ANSWER HERE"}},
}
