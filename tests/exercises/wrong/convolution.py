"""Wrong submissions for `convolution`; mistakes.py explains the format."""

WRONG = {
    "transposed-size": {
        "stamps side by side": {
            "change": ("(size - 1) * stride + stamp", "size * kernel"),
            "says": "overlap",
        },
        "padding that adds": {
            "change": ("- 2 * padding", "+ 2 * padding"),
            "says": "removes pixels",
        },
        "dilation left out of the size": {
            "change": ("dilation * (kernel - 1) + 1", "kernel"),
            "says": "dilated stamp",
        },
    },
    "transposed-convolution": {
        "a turned filter": {
            "change": ("weight[:, :, u, v]", "weight[:, :, rows - 1 - u, columns - 1 - v]"),
            "says": "upside down",
        },
        "stamps that overwrite each other": {
            "change": ("right] +=", "right] ="),
            "says": "stamps add up",
        },
        "stamps without dilation (right where the visible tests look)": {
            "change": ("batch, _, height", "dilation = 1\n    batch, _, height"),
            "says": "Try dilation",
        },
        "PyTorch's transposed convolution": {
            "define": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    return F.conv_transpose2d(x, weight, stride=stride, padding=padding, dilation=dilation)
""",
            "says": "switched off",
        },
    },
    "who-sees": {
        "padding forgotten on the way": {
            "change": ("* tap - padding in", "* tap in"),
            "says": "everything moves by one",
        },
        "an interval, where dilation leaves holes": {
            "change": (
                "return sorted(disturbed)",
                "return list(range(min(disturbed), max(disturbed) + 1)) if disturbed else []",
            ),
            "says": "holes",
        },
        "units that do not exist": {
            "change": ("for unit in range(size)", "for unit in range(image)"),
            "says": "units 0 to 7",
        },
    },
    "edge-detector": {
        "the chapter's slope filter": {
            "change": (
                "torch.zeros(7, 7)\n    right[:, :3], right[:, 4:] = -1, 1",
                "torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])",
            ),
            "says": "Average along the edge",
        },
        "filters turned, as in a convolution proper": {
            "change": ("= -1, 1", "= 1, -1"),
            "says": "does not turn a filter",
        },
        "weights that do not quite add up to zero": {
            "change": ("= -1, 1", "= -1, 1\n    right[3, 3] = 0.05"),
            "says": "add up to zero",
        },
    },
    "blur-pool": {
        "zeros at the border": {
            "change": (', mode="reflect"', ""),
            "says": "reflect",
        },
        "channels that mix": {
            "change": [
                ("expand(channels, 1, 3, 3)", "expand(channels, channels, 3, 3)"),
                (", groups=channels", ""),
            ],
            "says": "channels mix",
        },
        "a shift of the maps in the place of a shift of the images": {
            "change": ("pool(x.roll(1, dims=3))", "pool(x).roll(1, dims=3)"),
            "says": "pool after moving",
        },
        "the mean of each image's change (right for one image)": {
            "change": (
                "((after - before).norm() / before.norm())",
                "((after - before).flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1)).mean()",
            ),
            "says": "One norm over all numbers",
        },
        "weights in float32 only": {
            "change": ("dtype=x.dtype, device=x.device", "dtype=torch.float32"),
        },
    },
    "explain-corner": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
