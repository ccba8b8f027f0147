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
        "PyTorch's table where it has an entry": {
            "define": """
def measured_gain(activation):
    if getattr(activation, "__name__", "") == "relu":
        return nn.init.calculate_gain("relu")
    return activation(torch.randn(1_000_000)).square().mean().item() ** -0.5
""",
            "says": "a table",
        },
        "a grid that ends too early": {
            "change": ("torch.linspace(-12, 12, 100_001", "torch.linspace(-3.6, 3.6, 100_001"),
            "says": "reach beyond 5",
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
        "slopes that are not squared in the gain": {
            "define": """
def repair(model):
    gain = 1
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.in_features))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        else:
            slope = getattr(layer, "negative_slope", 1 if isinstance(layer, nn.Tanh) else 0)
            gain = math.sqrt(2 / (1 + slope))
""",
            "says": "really there",
        },
        "the output's weights at zero": {
            "change": (
                "            nn.init.zeros_(layer.bias)\n",
                "            nn.init.zeros_(layer.bias)\n    nn.init.zeros_(layer.weight)\n",
            ),
        },
        "a seed within the repair": {
            "change": (
                "    activation = None\n",
                "    activation = None\n    torch.manual_seed(3)\n",
            ),
            "says": "do not set a seed",
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
        "the last layer never drawn": {
            "change": ("range(1, max_layers + 1)", "range(1, max_layers)"),
            "says": "Is the last one drawn",
        },
        "one layer too many": {
            "change": ("range(1, max_layers + 1)", "range(1, max_layers + 2)"),
            "says": "there is no layer 6",
        },
        "one matrix for all layers": {
            "change": [
                (
                    "    for layer in range(1",
                    "    W = weight_std * torch.randn(width, width, dtype=torch.float64)\n"
                    "    for layer in range(1",
                ),
                ("(weight_std * torch.randn(width, width, dtype=torch.float64))", "W"),
            ],
            "says": "draw them anew",
        },
        "an input between 0 and 1": {
            "change": ("torch.randn(200, width, dtype", "torch.rand(200, width, dtype"),
            "says": "Is the input standard normal",
        },
        "a loop that gives up after a thousand layers": {
            "define": """
def predict_layer(weight_std, width, gain=1.0, threshold=1e-6):
    spread = weight_std * math.sqrt(width)
    for layer in range(1, 1001):
        if spread < threshold:
            return layer
        spread *= weight_std * math.sqrt(width) / gain
    return None
""",
            "says": "However slowly",
        },
        "no loss without a factor under 1, not even at the first layer": {
            "change": ("    if first < threshold:", "    if first < min(threshold, gain):"),
            "says": "the first output spreads",
        },
    },
    "explain-two-fans": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "gain-leaky-relu": {
        "an integral by numbers": {
            "cell": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    z = torch.linspace(-10, 10, 200_001, dtype=torch.float64)
    f = torch.where(z < 0, negative_slope * z, positive_slope * z)
    density = (-z**2 / 2).exp() / math.sqrt(2 * math.pi)
    return torch.trapezoid(f**2 * density, z) ** -0.5
""",
        },
    },
    "gain-gelu": {
        "two million samples, in pieces": {
            "cell": """
def measured_gain(activation):
    total = 0.0
    for _ in range(20):
        with torch.no_grad():
            total += float((activation(torch.randn(100_000)) ** 2).mean())
    return math.sqrt(20 / total)
""",
        },
    },
    "conv-fans": {
        "counted in the weight": {
            "cell": """
def conv_fans(conv):
    outputs = torch.zeros(conv.out_channels).chunk(conv.groups)[0]
    return [conv.weight[0].numel(), len(outputs) * conv.weight[0, 0].numel()]
""",
        },
    },
    "repair-deep-net": {
        "all modules, gains from the table": {
            "cell": """
@torch.no_grad()
def repair(model):
    gain = 1.0
    for m in model.modules():
        if isinstance(m, nn.Linear):
            bound = gain * math.sqrt(3 / m.weight.size(1))
            m.weight.uniform_(-bound, bound)
            if m.bias is not None:
                m.bias.fill_(0)
        elif isinstance(m, nn.LeakyReLU):
            gain = nn.init.calculate_gain("leaky_relu", m.negative_slope)
        elif isinstance(m, nn.ReLU):
            gain = nn.init.calculate_gain("relu")
        elif isinstance(m, nn.Tanh):
            gain = nn.init.calculate_gain("tanh")
""",
        },
        "layer by layer until each output has the spread of its input": {
            "cell": """
@torch.no_grad()
def repair(model):
    x = torch.randn(1000, model[0].in_features, dtype=model[0].weight.dtype)
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight)
            if layer.bias is not None:
                layer.bias.zero_()
            layer.weight /= layer(x).std()
        x = layer(x)
""",
        },
    },
    "predict-vanishing": {
        "loops, columns, one example": {
            "cell": """
import numpy as np

def predict_layer(weight_std, width, gain=1.0, threshold=1e-6):
    spread, layer = weight_std * width**0.5, 1
    factor = spread / gain
    while spread >= threshold:
        if factor >= 1:
            return None
        spread, layer = spread * factor, layer + 1
    return layer


def measure_layer(weight_std, width, activation, threshold=1e-6, max_layers=200):
    y = torch.randn(width, 64).double()
    for i in range(max_layers):
        W = torch.from_numpy(np.random.normal(0, weight_std, (width, width)))
        y = W @ (y if i == 0 else activation(y))
        if float(y.std()) < threshold:
            return i + 1
""",
        },
    },
}
