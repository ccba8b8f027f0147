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
        "output_padding as yes or no": {
            "change": ("+ output_padding", "+ bool(output_padding)"),
            "says": "output_padding 2",
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
        "a transposed convolution in three dimensions": {
            "define": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    how = [(1, stride, stride), (0, padding, padding), 0, 1, (1, dilation, dilation)]
    return F.conv_transpose3d(x[:, :, None], weight[:, :, None], None, *how)[:, :, 0]
""",
            "says": "sums, products and slices",
        },
        "columns folded by PyTorch": {
            "define": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    kernel = weight.shape[2:]
    size = [(n - 1) * stride + dilation * (k - 1) + 1 - 2 * padding
            for n, k in zip(x.shape[2:], kernel)]
    columns = weight.flatten(1).T @ x.flatten(2)
    return F.fold(columns, size, kernel, dilation=dilation, padding=padding, stride=stride)
""",
            "says": "`fold`, which is switched off",
        },
        "the gradient of a convolution": {
            "define": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    size = [(n - 1) * stride + dilation * (k - 1) + 1 - 2 * padding
            for n, k in zip(x.shape[2:], weight.shape[2:])]
    size = (len(x), weight.shape[1], *size)
    return torch.nn.grad.conv2d_input(size, weight, x, stride, padding, dilation)
""",
            "says": "sums, products and slices",
        },
        "zeros in float32, whatever x is": {
            "change": ("x.new_zeros(batch,", "torch.zeros(batch,"),
            "says": "torch.float64 go in",
        },
        "a filter without gradient": {
            "change": ("x, weight[:, :, u, v])", "x, weight[:, :, u, v].detach())"),
            "says": "comes back to weight",
        },
        "a corner of the filter without gradient": {
            "change": (
                "x, weight[:, :, u, v])",
                "x, (weight if u else weight.detach())[:, :, u, v])",
            ),
            "says": "gradients differ",
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
        "a last step that does not fit gives a unit, too": {
            "change": (
                "(size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1",
                "-(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) + 1",
            ),
            "says": "Nobody sees pixel 6",
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
        "filters drawn at each call": {
            "change": ("= -1, 1", "= -1, 1\n    right[:, 4:] += 0.3 * (torch.rand(1) - 0.5)"),
            "says": "Asked twice",
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
        "the border without gradient": {
            "change": (
                'F.pad(x, (1, 1, 1, 1), mode="reflect")',
                'F.pad(x.detach(), (1, 1, 1, 1), mode="reflect")'
                " + F.pad(x - x.detach(), (1, 1, 1, 1))",
            ),
            "says": "part of x is detached",
        },
        "a detached layer": {
            "change": ("F.conv2d(F.pad(x,", "F.conv2d(F.pad(x.detach(),"),
            "says": "is x detached",
        },
        "compared with the moved maps": {
            "change": ("/ before.norm()", "/ after.norm()"),
            "says": "as they were",
        },
        "moved to the left": {
            "change": ("x.roll(1, dims=3)", "x.roll(-1, dims=3)"),
            "says": "move to the right",
        },
    },
    "explain-corner": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "transposed-convolution": {
        "every pixel's stamp, padded to the whole": {
            "cell": """
def conv_transpose2d(x, weight, stride=1, padding=0, dilation=1):
    b, c, h, w = x.shape
    _, maps, rows, columns = weight.shape
    high = (h - 1) * stride + dilation * (rows - 1) + 1
    wide = (w - 1) * stride + dilation * (columns - 1) + 1
    total = 0
    for i in range(h):
        for j in range(w):
            stamp = (x[:, :, i, j, None, None, None] * weight).sum(dim=1)
            spread = torch.zeros(b, maps, high, wide).to(x)
            spread[
                :, :,
                i * stride : i * stride + dilation * (rows - 1) + 1 : dilation,
                j * stride : j * stride + dilation * (columns - 1) + 1 : dilation,
            ] = stamp
            total = total + spread
    if padding:
        total = total[..., padding:-padding, padding:-padding]
    return total
""",
        },
    },
    "who-sees": {
        "forwards, from each disturbed position, with a recursion": {
            "cell": """
def units_that_see(pixel, image, layers):
    if not layers:
        return [pixel]
    (k, s, p, d), *rest = layers
    size = 1 + (image + 2 * p - d * (k - 1) - 1) // s
    found = set()
    for u in range(k):
        unit, left = divmod(pixel + p - d * u, s)
        if left == 0 and 0 <= unit < size:
            found.update(units_that_see(unit, size, rest))
    return sorted(found)
""",
        },
    },
    "edge-detector": {
        "NumPy, in double precision, six rows": {
            "cell": """
import numpy as np

def edge_filters():
    line = np.array([-1.0, -1, -1, 1, 1, 1]) / 36
    right = np.repeat(line[None], 6, axis=0)
    four = np.stack([right, np.fliplr(right), right.T, np.flipud(right.T)])
    return torch.from_numpy(four[:, None].copy())
""",
        },
    },
    "blur-pool": {
        "means of two, twice; norms by hand": {
            "cell": """
def blur_pool(x):
    wide = F.pad(x, [1] * 4, "reflect")
    return F.avg_pool2d(F.avg_pool2d(wide, 2, 1), 2, 1)[..., ::2, ::2]

def change_by_shift(pool, x):
    moved = torch.cat([x[..., -1:], x[..., :-1]], dim=-1)
    a, b = pool(x), pool(moved)
    return float(((a - b) ** 2).sum().sqrt() / (a ** 2).sum().sqrt())
""",
        },
    },
}
