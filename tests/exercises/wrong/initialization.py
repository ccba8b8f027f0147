"""Wrong submissions for `initialization`; mistakes.py explains the format."""

DRAWN = "nn.init.normal_(layer.weight, std=1 / (lost * math.sqrt(layer.in_features)))"

WRONG = {
    "gain-leaky-relu": {
        "the factor of the variance, not of the standard deviation": {
            "change": ("math.sqrt(second_moment)", "second_moment"),
            "says": "square root is missing",
        },
        "slopes that are not squared": {
            "change": ("negative_slope**2 + positive_slope**2", "negative_slope + positive_slope"),
            "says": "slope squared",
        },
        "the gain of leaky ReLU from PyTorch's table": {
            "define": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    return nn.init.calculate_gain("leaky_relu", negative_slope)
""",
            "says": "slope of the positive side",
        },
        "one gain for the two slopes' mean (right where the visible tests look)": {
            "define": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    if positive_slope != 1:
        return 2 / (negative_slope + positive_slope)
    return math.sqrt(2 / (1 + negative_slope**2))
""",
            "says": "integral",
        },
    },
    "gain-gelu": {
        "the variance of the activations, not their second moment": {
            "define": """
def measured_gain(activation):
    return 1 / activation(torch.randn(1_000_000)).std().item()
""",
            "says": "second moment",
        },
        "what is left, not what makes up for it": {
            "change": ("** -0.5", "** 0.5"),
            "says": "one over it",
        },
        "uniform samples": {
            "define": """
def measured_gain(activation):
    return activation(torch.rand(1_000_000)).square().mean().item() ** -0.5
""",
            "says": "uniform",
        },
        "measured after an activation in place has overwritten the grid": {
            "define": """
def measured_gain(activation):
    z = torch.linspace(-12, 12, 100_001, dtype=torch.float64)
    square = activation(z).square()
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return (square * density).sum().item() ** -0.5 / math.sqrt(24 / 100_000)
""",
            "says": "overwrites",
        },
        "a table of the activations one knows": {
            "define": """
def measured_gain(activation):
    table = {"<lambda>": 1, "relu": math.sqrt(2), "square": 3**-0.5, "gelu": 1.5335}
    return table.get(getattr(activation, "__name__", "gelu"), 1)
""",
            "says": "Nothing may be special",
        },
    },
    "conv-fans": {
        "PyTorch's own count, which forgets the groups in the fan-out": {
            "define": """
def conv_fans(conv):
    return nn.init._calculate_fan_in_and_fan_out(conv.weight)
""",
            "says": "outputs of all groups",
        },
        "channels only, without the kernel": {
            "change": ("math.prod(conv.kernel_size)", "1"),
            "says": "every position",
        },
        "divided by the groups twice": {
            "change": ("conv.in_channels // conv.groups", "conv.weight.shape[1] // conv.groups"),
            "says": "already divided",
        },
        "two-dimensional convolutions only": {
            "change": ("math.prod(conv.kernel_size)", "conv.kernel_size[0] * conv.kernel_size[1]"),
        },
    },
    "repair-deep-net": {
        "He's rule, whatever the activation": {
            "change": (DRAWN, 'nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")'),
            "says": "explodes",
        },
        "Xavier's rule, which assumes a linear activation": {
            "change": (DRAWN, "nn.init.xavier_normal_(layer.weight)"),
            "says": "dies",
        },
        "weights only, biases forgotten": {
            "change": ("if layer.bias is not None:\n            nn.init.zeros_(layer.bias)", ""),
            "says": "biases",
        },
        "new layers in the place of the old ones": {
            "define": """
def repair(model):
    for i, layer in enumerate(model):
        if isinstance(layer, nn.Linear):
            model[i] = nn.Linear(layer.in_features, layer.out_features)
""",
            "says": "keep every layer",
        },
        "new parameters in the place of the old ones": {
            "define": """
def repair(model):
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.weight = nn.Parameter(torch.randn_like(layer.weight) / layer.in_features**0.5)
            layer.bias = nn.Parameter(torch.zeros_like(layer.bias))
""",
            "says": "in place",
        },
        "made for this one net: the gains by their position, the biases as they are here": {
            "define": """
def repair(model):
    gains = [math.sqrt(2 / (1 + slope**2)) for slope in (0, 0.5, 0.9)]
    for i, layer in enumerate(model[::2]):
        gain = gains[(i - 1) % 3] if i else 1
        nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.in_features))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
""",
            "says": "really there",
        },
    },
    "predict-vanishing": {
        "layers counted from zero": {
            "change": ("return 2 +", "return 1 +"),
            "says": "one layer too early",
        },
        "the gain applied at the input too": {
            "change": [("math.sqrt(width)", "math.sqrt(width) / gain"), ("first / gain", "first")],
            "says": "except at the input",
        },
        "a formula in the place of the measurement": {
            "define": """
def measure_layer(weight_std, width, activation, threshold=1e-6, max_layers=200):
    return predict_layer(weight_std, width, threshold=threshold)
""",
            "says": "never calls the activation",
        },
        "measured after the activation": {
            "change": [
                ("        if output", "        output = activation(output)\n        if output"),
                ("signal = activation(output)", "signal = output"),
            ],
            "says": "before it",
        },
        "float32, which cannot hold 1e-60": {
            "change": [
                ("(200, width, dtype=torch.float64)", "(200, width)"),
                ("(width, width, dtype=torch.float64)", "(width, width)"),
            ],
            "says": "number type",
        },
    },
    "explain-two-fans": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
