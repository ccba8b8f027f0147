"""Wrong submissions for `convolution`; test_wrong_submissions.py explains the format."""

STAMPS = """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    batch, _, height, width = x.shape
    _, maps, rows, columns = weight.shape
    high = (height - 1) * stride + dilation * (rows - 1) + 1
    wide = (width - 1) * stride + dilation * (columns - 1) + 1
    y = x.new_zeros(batch, maps, high, wide)
    for u in range(rows):
        for v in range(columns):
            down = slice(u * dilation, u * dilation + (height - 1) * stride + 1, stride)
            right = slice(v * dilation, v * dilation + (width - 1) * stride + 1, stride)
            y[:, :, down, right] += torch.einsum("bcij,co->boij", x, weight[:, :, u, v])
    return y[:, :, padding : high - padding, padding : wide - padding]
"""

WHO_SEES = """
def units_that_see(pixel, image, layers):
    disturbed, size = {pixel}, image
    for kernel, stride, padding, dilation in layers:
        size = (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
        disturbed = {
            unit
            for unit in range(size)
            if any(stride * unit + dilation * tap - padding in disturbed for tap in range(kernel))
        }
    return sorted(disturbed)
"""

EDGES = """
def edge_filters():
    right = torch.zeros(7, 7)
    right[:, :3], right[:, 4:] = -1, 1
    return torch.stack([right, -right, right.T, -right.T])[:, None]
"""

BLUR = """
def blur_pool(x):
    line = torch.tensor([1, 2, 1], dtype=x.dtype, device=x.device)
    channels = x.shape[1]
    weight = (line[:, None] * line / 16).expand(channels, 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), weight, stride=2, groups=channels)
"""

CHANGE = """
def change_by_shift(pool, x):
    before, after = pool(x), pool(x.roll(1, dims=3))
    return ((after - before).norm() / before.norm()).item()
"""


def instead(source: str, old: str, new: str) -> str:
    """Put a mistake into a right answer."""
    assert old in source, f"{old!r} is not in the answer"
    return source.replace(old, new)


WRONG = [
    # --- the way back
    {
        "name": "stamps side by side",
        "cells": {
            "transposed-size": """
def transposed_size(size, kernel, *, stride=1, padding=0, dilation=1, output_padding=0):
    return size * kernel - 2 * padding + output_padding
"""
        },
        "points": {"transposed-size": 0},
        "says": {"transposed-size": "overlap"},
    },
    {
        "name": "padding that adds",
        "cells": {
            "transposed-size": """
def transposed_size(size, kernel, *, stride=1, padding=0, dilation=1, output_padding=0):
    return (size - 1) * stride + dilation * (kernel - 1) + 1 + 2 * padding + output_padding
"""
        },
        "points": {"transposed-size": 0},
        "says": {"transposed-size": "removes pixels"},
    },
    {
        "name": "dilation left out of the size",
        "cells": {
            "transposed-size": """
def transposed_size(size, kernel, *, stride=1, padding=0, dilation=1, output_padding=0):
    return (size - 1) * stride + kernel - 2 * padding + output_padding
"""
        },
        "points": {"transposed-size": 0},
        "says": {"transposed-size": "dilated stamp"},
    },
    # --- stamps
    {
        "name": "a turned filter",
        "cells": {
            "transposed-convolution": instead(
                STAMPS, "weight[:, :, u, v])", "weight[:, :, rows - 1 - u, columns - 1 - v])"
            )
        },
        "points": {"transposed-convolution": 0},
        "says": {"transposed-convolution": "upside down"},
    },
    {
        "name": "stamps that overwrite each other",
        "cells": {"transposed-convolution": instead(STAMPS, "right] +=", "right] =")},
        "points": {"transposed-convolution": 0},
        "says": {"transposed-convolution": "stamps add up"},
    },
    {
        "name": "stamps without dilation (right where the visible tests look)",
        "cells": {
            "transposed-convolution": instead(
                STAMPS, "batch, _, height", "dilation = 1\n    batch, _, height"
            )
        },
        "points": {"transposed-convolution": 0},
        "says": {"transposed-convolution": "Try dilation"},
    },
    {
        "name": "PyTorch's transposed convolution",
        "cells": {
            "transposed-convolution": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    return F.conv_transpose2d(x, weight, stride=stride, padding=padding, dilation=dilation)
"""
        },
        "points": {"transposed-convolution": 0},
        "says": {"transposed-convolution": "switched off"},
    },
    # --- who notices
    {
        "name": "padding forgotten on the way",
        "cells": {"who-sees": instead(WHO_SEES, "* tap - padding in", "* tap in")},
        "points": {"who-sees": 0},
        "says": {"who-sees": "everything moves by one"},
    },
    {
        "name": "an interval, where dilation leaves holes",
        "cells": {
            "who-sees": instead(
                WHO_SEES,
                "return sorted(disturbed)",
                "return list(range(min(disturbed), max(disturbed) + 1)) if disturbed else []",
            )
        },
        "points": {"who-sees": 0},
        "says": {"who-sees": "holes"},
    },
    {
        "name": "units that do not exist",
        "cells": {
            "who-sees": instead(WHO_SEES, "for unit in range(size)", "for unit in range(image)")
        },
        "points": {"who-sees": 0},
        "says": {"who-sees": "units 0 to 7"},
    },
    # --- an edge in the noise
    {
        "name": "the chapter's slope filter",
        "cells": {
            "edge-detector": """
def edge_filters():
    right = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    return torch.stack([right, -right, right.T, -right.T])[:, None]
"""
        },
        "points": {"edge-detector": 0},
        "says": {"edge-detector": "Average along the edge"},
    },
    {
        "name": "filters turned, as in a convolution proper",
        "cells": {"edge-detector": instead(EDGES, "= -1, 1", "= 1, -1")},
        "points": {"edge-detector": 0},
        "says": {"edge-detector": "does not turn a filter"},
    },
    {
        "name": "weights that do not quite add up to zero",
        "cells": {
            "edge-detector": instead(EDGES, "= -1, 1\n", "= -1, 1\n    right[3, 3] = 0.05\n")
        },
        "points": {"edge-detector": 0},
        "says": {"edge-detector": "add up to zero"},
    },
    # --- pooling that minds shifts less
    {
        "name": "zeros at the border",
        "cells": {"blur-pool": instead(BLUR, ', mode="reflect"', "") + CHANGE},
        "points": {"blur-pool": 0},
        "says": {"blur-pool": "reflect"},
    },
    {
        "name": "channels that mix",
        "cells": {
            "blur-pool": instead(
                instead(BLUR, "expand(channels, 1, 3, 3)", "expand(channels, channels, 3, 3)"),
                ", groups=channels",
                "",
            )
            + CHANGE
        },
        "points": {"blur-pool": 0},
        "says": {"blur-pool": "channels mix"},
    },
    {
        "name": "a shift of the maps in the place of a shift of the images",
        "cells": {
            "blur-pool": BLUR
            + instead(CHANGE, "pool(x.roll(1, dims=3))", "pool(x).roll(1, dims=3)")
        },
        "points": {"blur-pool": 0},
        "says": {"blur-pool": "pool after moving"},
    },
    {
        "name": "the mean of each image's change (right for one image)",
        "cells": {
            "blur-pool": BLUR
            + """
def change_by_shift(pool, x):
    before, after = pool(x), pool(x.roll(1, dims=3))
    return ((after - before).flatten(1).norm(dim=1) / before.flatten(1).norm(dim=1)).mean().item()
"""
        },
        "points": {"blur-pool": 0},
        "says": {"blur-pool": "One norm over all numbers"},
    },
    {
        "name": "weights in float32 only",
        "cells": {
            "blur-pool": instead(BLUR, "dtype=x.dtype, device=x.device", "dtype=torch.float32")
            + CHANGE
        },
        "points": {"blur-pool": 0},
    },
    # --- the letter in the corner
    {
        "name": "no explanation",
        "cells": {"explain-corner": "YOUR ANSWER HERE"},
        "points": {"explain-corner": 0},
    },
]
