"""Wrong submissions for `initialization`; test_wrong_submissions.py explains the format."""

REPAIR = """
def repair(model):
    for layer in model:
        if isinstance(layer, nn.Linear):
            {weights}
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
"""

PREDICT = """
def predict_layer(weight_std, width, gain=1.0, threshold=1e-6):
    first = weight_std * math.sqrt(width)
    if first < threshold:
        return 1
    if first / gain >= 1:
        return None
    return 2 + math.floor(math.log(threshold / first) / math.log(first / gain))
"""

MEASURE = """
def measure_layer(weight_std, width, activation, threshold=1e-6, max_layers=200):
    signal = torch.randn(200, width, dtype=torch.float64)
    for layer in range(1, max_layers + 1):
        output = signal @ (weight_std * torch.randn(width, width, dtype=torch.float64))
        if output.std() < threshold:
            return layer
        signal = activation(output)
"""

WRONG = [
    # --- two slopes
    {
        "name": "the factor of the variance, not of the standard deviation",
        "cells": {
            "gain-leaky-relu": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    return 2 / (negative_slope**2 + positive_slope**2)
"""
        },
        "points": {"gain-leaky-relu": 0},
        "says": {"gain-leaky-relu": "square root is missing"},
    },
    {
        "name": "slopes that are not squared",
        "cells": {
            "gain-leaky-relu": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    return math.sqrt(2 / (negative_slope + positive_slope))
"""
        },
        "points": {"gain-leaky-relu": 0},
        "says": {"gain-leaky-relu": "slope squared"},
    },
    {
        "name": "the gain of leaky ReLU from PyTorch's table",
        "cells": {
            "gain-leaky-relu": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    return nn.init.calculate_gain("leaky_relu", negative_slope)
"""
        },
        "points": {"gain-leaky-relu": 0},
        "says": {"gain-leaky-relu": "slope of the positive side"},
    },
    {
        "name": "one gain for the two slopes' mean (right where the visible tests look)",
        "cells": {
            "gain-leaky-relu": """
def two_slope_gain(negative_slope, positive_slope=1.0):
    if positive_slope != 1:
        return 2 / (negative_slope + positive_slope)
    return math.sqrt(2 / (1 + negative_slope**2))
"""
        },
        "points": {"gain-leaky-relu": 0},
        "says": {"gain-leaky-relu": "integral"},
    },
    # --- a gain that is in no table
    {
        "name": "the variance of the activations, not their second moment",
        "cells": {
            "gain-gelu": """
def measured_gain(activation):
    return 1 / activation(torch.randn(1_000_000)).std().item()
"""
        },
        "points": {"gain-gelu": 0},
        "says": {"gain-gelu": "second moment"},
    },
    {
        "name": "what is left, not what makes up for it",
        "cells": {
            "gain-gelu": """
def measured_gain(activation):
    return activation(torch.randn(1_000_000)).square().mean().sqrt().item()
"""
        },
        "points": {"gain-gelu": 0},
        "says": {"gain-gelu": "one over it"},
    },
    {
        "name": "uniform samples",
        "cells": {
            "gain-gelu": """
def measured_gain(activation):
    return activation(torch.rand(1_000_000)).square().mean().item() ** -0.5
"""
        },
        "points": {"gain-gelu": 0},
        "says": {"gain-gelu": "uniform"},
    },
    {
        "name": "measured after an activation in place has overwritten the grid",
        "cells": {
            "gain-gelu": """
def measured_gain(activation):
    z = torch.linspace(-12, 12, 100_001, dtype=torch.float64)
    square = activation(z).square()
    density = torch.exp(-z.square() / 2) / math.sqrt(2 * math.pi)
    return (square * density).sum().item() ** -0.5 / math.sqrt(24 / 100_000)
"""
        },
        "points": {"gain-gelu": 0},
        "says": {"gain-gelu": "overwrites"},
    },
    {
        "name": "a table of the activations one knows",
        "cells": {
            "gain-gelu": """
def measured_gain(activation):
    table = {"<lambda>": 1, "relu": math.sqrt(2), "square": 3**-0.5, "gelu": 1.5335}
    return table.get(getattr(activation, "__name__", "gelu"), 1)
"""
        },
        "points": {"gain-gelu": 0},
        "says": {"gain-gelu": "Nothing may be special"},
    },
    # --- fans of a convolution
    {
        "name": "PyTorch's own count, which forgets the groups in the fan-out",
        "cells": {
            "conv-fans": """
def conv_fans(conv):
    return nn.init._calculate_fan_in_and_fan_out(conv.weight)
"""
        },
        "points": {"conv-fans": 0},
        "says": {"conv-fans": "outputs of all groups"},
    },
    {
        "name": "channels only, without the kernel",
        "cells": {
            "conv-fans": """
def conv_fans(conv):
    return conv.in_channels // conv.groups, conv.out_channels // conv.groups
"""
        },
        "points": {"conv-fans": 0},
        "says": {"conv-fans": "every position"},
    },
    {
        "name": "divided by the groups twice",
        "cells": {
            "conv-fans": """
def conv_fans(conv):
    kernel = math.prod(conv.kernel_size)
    outputs, inputs = conv.weight.shape[:2]
    return inputs // conv.groups * kernel, outputs // conv.groups * kernel
"""
        },
        "points": {"conv-fans": 0},
        "says": {"conv-fans": "already divided"},
    },
    {
        "name": "two-dimensional convolutions only",
        "cells": {
            "conv-fans": """
def conv_fans(conv):
    size = conv.weight.shape[2] * conv.weight.shape[3]
    return conv.weight.shape[1] * size, conv.weight.shape[0] // conv.groups * size
"""
        },
        "points": {"conv-fans": 0},
    },
    # --- a net that does not learn
    {
        "name": "He's rule, whatever the activation",
        "cells": {
            "repair-deep-net": REPAIR.format(
                weights="nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')"
            )
        },
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "explodes"},
    },
    {
        "name": "Xavier's rule, which assumes a linear activation",
        "cells": {"repair-deep-net": REPAIR.format(weights="nn.init.xavier_normal_(layer.weight)")},
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "dies"},
    },
    {
        "name": "weights only, biases forgotten",
        "cells": {
            "repair-deep-net": """
def repair(model):
    gain = 1.0
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.in_features))
        else:
            gain = layer(torch.randn(100_000)).square().mean().item() ** -0.5
"""
        },
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "biases"},
    },
    {
        "name": "new layers in the place of the old ones",
        "cells": {
            "repair-deep-net": """
def repair(model):
    for i, layer in enumerate(model):
        if isinstance(layer, nn.Linear):
            model[i] = nn.Linear(layer.in_features, layer.out_features)
"""
        },
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "keep every layer"},
    },
    {
        "name": "new parameters in the place of the old ones",
        "cells": {
            "repair-deep-net": """
def repair(model):
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.weight = nn.Parameter(torch.randn_like(layer.weight) / layer.in_features**0.5)
            layer.bias = nn.Parameter(torch.zeros_like(layer.bias))
"""
        },
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "in place"},
    },
    {
        "name": "made for this one net: the gains by their position, the biases as they are here",
        "cells": {
            "repair-deep-net": """
def repair(model):
    gains = [math.sqrt(2 / (1 + slope**2)) for slope in (0, 0.5, 0.9)]
    for i, layer in enumerate(model[::2]):
        gain = gains[(i - 1) % 3] if i else 1
        nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.in_features))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
"""
        },
        "points": {"repair-deep-net": 0},
        "says": {"repair-deep-net": "really there"},
    },
    # --- where the signal is lost
    {
        "name": "layers counted from zero",
        "cells": {
            "predict-vanishing": PREDICT.replace("return 2 +", "return 1 +") + MEASURE,
        },
        "points": {"predict-vanishing": 0},
        "says": {"predict-vanishing": "one layer too early"},
    },
    {
        "name": "the gain applied at the input too",
        "cells": {
            "predict-vanishing": PREDICT.replace(
                "* math.sqrt(width)", "* math.sqrt(width) / gain"
            ).replace("first / gain", "first")
            + MEASURE,
        },
        "points": {"predict-vanishing": 0},
        "says": {"predict-vanishing": "except at the input"},
    },
    {
        "name": "a formula in the place of the measurement",
        "cells": {
            "predict-vanishing": PREDICT
            + """
def measure_layer(weight_std, width, activation, threshold=1e-6, max_layers=200):
    return predict_layer(weight_std, width, threshold=threshold)
"""
        },
        "points": {"predict-vanishing": 0},
        "says": {"predict-vanishing": "never calls the activation"},
    },
    {
        "name": "measured after the activation",
        "cells": {
            "predict-vanishing": PREDICT
            + MEASURE.replace("signal = activation(output)", "signal = output")
            .replace("output = signal @ (", "output = activation(signal @ (")
            .replace("dtype=torch.float64))\n        if", "dtype=torch.float64)))\n        if")
        },
        "points": {"predict-vanishing": 0},
        "says": {"predict-vanishing": "before it"},
    },
    {
        "name": "float32, which cannot hold 1e-60",
        "cells": {
            "predict-vanishing": PREDICT + MEASURE.replace(", dtype=torch.float64", ""),
        },
        "points": {"predict-vanishing": 0},
        "says": {"predict-vanishing": "number type"},
    },
    # --- two wishes, one variance
    {
        "name": "no explanation",
        "cells": {"explain-two-fans": "YOUR ANSWER HERE"},
        "points": {"explain-two-fans": 0},
    },
]
