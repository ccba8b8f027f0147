"""Wrong submissions for `transformer`; mistakes.py explains the format."""

POSITIONS = "(real.cumsum(dim=1) - 1) * real"
SCORES = "scores.masked_fill(~mask, -math.inf).masked_fill(empty, 0.0)"
WEIGHTS = "scores.softmax(dim=-1).masked_fill(empty, 0.0)"
KEPT = "kept[:, :, max(0, past + new - self.window + 1) :]"

WRONG = {
    "pack": {
        "keys detached (hidden)": {
            "change": ("query @ keys.mT", "query @ keys.detach().mT"),
            "says": "No gradient reaches K",
        },
        "weights no gradient goes through (hidden)": {
            "change": (
                "scores = query @ keys.mT / math.sqrt(query.shape[-1])",
                "scores = (query @ keys.mT / math.sqrt(query.shape[-1]))\n"
                "    scores = scores.detach() + 0.5 * (scores - scores.detach())",
            ),
            "says": "a part of the way back was cut",
        },
        "exp without the largest taken off (hidden)": {
            "change": (
                WEIGHTS,
                "(scores.exp() / scores.exp().sum(dim=-1, keepdim=True)).masked_fill(empty, 0.0)",
            ),
            "says": "takes the largest score off first",
        },
        "the caller's mask opened for blind rows (hidden)": {
            "change": (
                "    scores = scores.masked_fill",
                "    mask |= empty\n    scores = scores.masked_fill",
            ),
            "says": "overwrote the caller's mask",
        },
        "positions counted from the left edge of the batch": {
            "change": (POSITIONS, "torch.arange(time).expand(len(prompts), time)"),
            "says": "a text that starts in the middle",
        },
        "a causal mask alone, as in training": {
            "change": (
                "causal & real[:, None, None, :] & real[:, None, :, None]",
                "causal.expand(len(prompts), 1, time, time)",
            ),
            "says": "look at the padding",
        },
        "padding may look, though nobody looks at it": {
            "change": (" & real[:, None, :, None]", ""),
            "says": "who looks and who is looked at",
        },
        "the padding mask without the causal one": {
            "change": ("causal & real", "real"),
            "says": "see the future",
        },
        "a softmax over nothing": {
            "change": [
                (SCORES, "scores.masked_fill(~mask, -math.inf)"),
                (WEIGHTS, "scores.softmax(dim=-1)"),
            ],
            "says": "is 0 / 0",
        },
        "minus a billion instead of nothing": {
            "change": [
                (SCORES, "scores.masked_fill(~mask, -1e9)"),
                (WEIGHTS, "scores.softmax(dim=-1)"),
            ],
            "says": "the average of all values",
        },
        "NaN repaired in the result, not in its gradient (hidden)": {
            "change": [
                (SCORES, "scores.masked_fill(~mask, -math.inf)"),
                (WEIGHTS + " @ values", "(scores.softmax(dim=-1) @ values).nan_to_num(0.0)"),
            ],
            "says": "times NaN is NaN",
        },
        "the mask multiplied onto the softmax (hidden)": {
            "change": [(SCORES, "scores"), (WEIGHTS, "(scores.softmax(dim=-1) * mask)")],
            "says": "add up to one after masking",
        },
        "padding told by its number (hidden)": {
            "change": ("    positions = ", "    real = tokens != pad\n    positions = "),
            "says": "Tell padding by the lengths",
        },
        "padding on the right goes on counting from the last token (hidden)": {
            "change": (POSITIONS, "(real.cumsum(dim=1) - 1).clamp(min=0)"),
            "says": "the padding's 0 too",
        },
        "the last 0 places of a row taken for none (hidden)": {
            "change": (
                "slice(first, first + len(prompt))",
                'slice(-len(prompt), None) if side == "left" else slice(len(prompt))',
            ),
            "says": "An empty prompt",
        },
        "the caller's prompts filled up in place (hidden)": {
            "change": (
                "        real[row, place] = True\n",
                "        real[row, place] = True\n"
                "        prompt.extend([pad] * (time - len(prompt)))\n",
            ),
            "says": "not yours to extend",
        },
    },
    "rotate": {
        "a table of 4,096 angles, as long as texts were then (hidden)": {
            "change": ("positions[..., None]", "torch.arange(4096)[positions][..., None]"),
            "says": "positions [4099, 1001]: your code raised IndexError",
        },
        "float32 for bfloat16 alone (hidden)": {
            "change": (
                "torch.float64 if x.dtype == torch.float64 else torch.float32",
                "torch.float32 if x.dtype == torch.bfloat16 else x.dtype",
            ),
            "says": "float16 keeps eleven bits",
        },
        "halves as pairs, the other convention": {
            "change": [
                ("x[..., 0::2].to(wide), x[..., 1::2].to(wide)", "x.to(wide).chunk(2, dim=-1)"),
                ("torch.stack", "torch.cat"),
                (".flatten(-2)", ""),
            ],
            "says": "the convention of GPT-NeoX",
        },
        "neighbours turned, then joined as halves": {
            "change": [("torch.stack", "torch.cat"), (".flatten(-2)", "")],
            "says": "put back in turns",
        },
        "a table of angles only as long as the text (hidden)": {
            "change": ("positions[..., None]", "torch.arange(x.shape[2])[positions][..., None]"),
            "says": "Positions may be anything",
        },
        "turned clockwise": {
            "change": [("cos - second", "cos + second"), ("first * sin", "-first * sin")],
            "says": "clockwise",
        },
        "no minus at all: not a turn": {
            "change": ("cos - second", "cos + second"),
            "says": "keeps lengths",
        },
        "the number of the feature as that of the pair": {
            "change": ("/ head)", "* 2 / head)"),
            "says": "the number of the feature",
        },
        "positions always from 0 (hidden)": {
            "change": (
                "positions[..., None]",
                "(positions - positions[..., :1] + (positions == 1) * 1)[..., None]",
            ),
            "says": "Use the positions given",
        },
        "angles in bfloat16 (hidden)": {
            "change": ("torch.float64 if x.dtype == torch.float64 else torch.float32", "x.dtype"),
            "says": "Compute the angles in float32",
        },
        "each example's positions given to the heads (hidden)": {
            "change": ("angles = angles[:, None]", "pass"),
            "says": "must follow the batch",
        },
    },
    "window": {
        "old keys kept in an object, and hidden by a mask (hidden)": {
            "define": """
class WindowCache:
    def __init__(self, attention, window):
        import types

        self.attention, self.window = attention, window
        self.memory = types.SimpleNamespace(cache={})

    def step(self, x):
        cache, new = self.memory.cache, x.shape[1]
        past = cache["keys"].shape[2] if cache else 0
        mask = torch.ones(new, past + new, dtype=torch.bool).tril(past)
        return self.attention(x, mask=mask.triu(past - self.window + 1), cache=cache)
""",
            "says": "the memory grows",
        },
        "the last position never passed without a cache (hidden)": {
            "change": (
                "attention(x[:, : t + 1], causal=True)",
                "t and attention(x[:, :t], causal=True)",
            ),
            "says": "the last one too",
        },
        "a formula instead of a measurement (hidden)": {
            "define": """
def generation_cost(attention, time, window):
    width = attention.width
    without = sum(4 * t * width**2 + 2 * t * t * width for t in range(1, time + 1))
    looks = sum(2 * min(t, window) * width for t in range(1, time + 1))
    return without, 4 * time * width**2 + looks
""",
            "says": "a formula says what you expect",
        },
        "one memory, emptied by each new instance (hidden)": {
            "change": [
                ("(self, attention, window)", "(self, attention, window, cache={})"),
                (
                    "self.attention, self.window, self.cache = attention, window, {}",
                    "self.attention, self.window, self.cache = attention, window, cache\n"
                    "        cache.clear()",
                ),
            ],
            "says": "a memory of its own",
        },
        "one position too many in the window": {
            "change": [
                ("triu(past - self.window + 1)", "triu(past - self.window)"),
                ("past + new - self.window + 1", "past + new - self.window"),
            ],
            "says": "That makes five",
        },
        "the future seen within a piece": {
            "change": ("tril(past)", "tril(past + new)"),
            "says": "nobody sees the future",
        },
        "old keys thrown away, but no window within a piece (hidden)": {
            "change": (".triu(past - self.window + 1)", ""),
            "says": "hold within a piece",
        },
        "the last 0 keys taken for none (hidden)": {
            "change": (KEPT, "kept[:, :, -(self.window - 1) :]"),
            "says": "a window of 1 holds",
        },
        "a mask hides the old keys, but they are kept (hidden)": {
            "change": (KEPT, "kept"),
            "says": "the memory grows",
        },
        "old keys thrown away before a long piece has looked (hidden)": {
            "change": (
                "        past = ",
                """        for name, kept in self.cache.items():
            gone = max(0, kept.shape[2] + x.shape[1] - self.window)
            self.cache[name] = kept[:, :, gone:]
        past = """,
            ),
            "says": "stay until the piece is done",
        },
        "inputs kept instead of keys, and projected again (hidden)": {
            "define": """
class WindowCache:
    def __init__(self, attention, window):
        self.attention, self.window, self.kept = attention, window, None

    def step(self, x):
        new = x.shape[1]
        x = x if self.kept is None else torch.cat([self.kept, x], dim=1)
        length = x.shape[1]
        band = torch.ones(length, length, dtype=torch.bool).tril().triu(1 - self.window)
        self.kept = x[:, max(0, length - self.window + 1) :]
        return self.attention(x, mask=band)[:, length - new :]
""",
            "says": "nothing projected twice",
        },
        "the cache measured on one long piece (hidden)": {
            "change": ("cache.step(x[:, t : t + 1])", "t or cache.step(x)"),
            "says": "a step of its own",
        },
        "one memory for all instances": {
            "change": [
                ("(self, attention, window)", "(self, attention, window, cache={})"),
                ("attention, window, {}", "attention, window, cache"),
            ],
            "says": "the memory of the first",
        },
        "no cache measured as a single pass": {
            "change": ("attention(x[:, : t + 1], causal=True)", "t or attention(x, causal=True)"),
            "says": "a pass of its own",
        },
    },
    "grouped": {
        "keys detached before they are shared (hidden)": {
            "change": ("keys[:, :, None].mT", "keys.detach()[:, :, None].mT"),
            "says": "the gradient of the keys is wrong",
        },
        "exponentials without the largest taken off (hidden)": {
            "change": (
                "(scores.softmax(dim=-1) @",
                "(scores.exp() / scores.exp().sum(dim=-1, keepdim=True) @",
            ),
            "says": "takes the largest score off",
        },
        "every second head shares, instead of neighbours": {
            "change": [
                ("(batch, groups, heads // groups, time", "(batch, heads // groups, groups, time"),
                ("keys[:, :, None]", "keys[:, None]"),
                ("values[:, :, None]", "values[:, None]"),
            ],
            "says": "Neighbours should",
        },
        "one head of each group taken for all": {
            "change": (".mean(dim=1)", "[:, 0]"),
            "says": "averaged",
        },
        "the mask forgotten (hidden)": {
            "change": ("if mask is not None:", "if False:"),
            "says": "mask of shape",
        },
        "heads averaged that lie apart": {
            "change": [
                ("(groups, heads // groups, head", "(heads // groups, groups, head"),
                (".mean(dim=1)", ".mean(dim=0)"),
            ],
            "says": "two groups of neighbours",
        },
        "the mask read the other way round (hidden)": {
            "change": ("~mask.reshape", "mask.reshape"),
            "says": "True in a mask is looked at",
        },
    },
    "counting": {
        "a search that gives up at 10,000 (hidden)": {
            "define": """
def crossing(width, inner, heads, groups):
    for time in range(1, 10_000):
        *attention, feed = layer_cost(time, width, inner, heads, groups)
        if sum(attention) > feed:
            return time
""",
            "says": "attention is the dearer one from time",
        },
        "three projections instead of four": {
            "change": ("2 * time * width * width", "time * width * width"),
            "says": "output projection is one of them",
        },
        "looking once for every head at full width": {
            "change": ("2 * time * time * width,", "2 * time * time * width * heads,"),
            "says": "width / heads",
        },
        "groups look, instead of heads (hidden)": {
            "change": ("2 * time * time * width,", "2 * time * time * shared,"),
            "says": "every head still looks",
        },
        "a crossing of looking alone": {
            "change": ("max(1, inner - width - width // heads * groups + 1)", "inner + 1"),
            "says": "leaves the projections out",
        },
        "keys of all heads in the cache (hidden)": {
            "change": ("time * groups *", "time * heads *"),
            "says": "holds groups, not heads",
        },
    },
    "explain": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}

RIGHT = {
    "pack": {
        "loops over rows and PyTorch's own attention": {
            "cell": """
def pack(prompts, side, pad=0):
    longest = max(map(len, prompts))
    rows, places, masks = [], [], []
    for prompt in prompts:
        hole = longest - len(prompt)
        before, behind = (hole, 0) if side == "left" else (0, hole)
        rows.append([pad] * before + list(prompt) + [pad] * behind)
        places.append([0] * before + list(range(len(prompt))) + [0] * behind)
        inside = range(before, before + len(prompt))
        every = range(longest)
        masks.append([[i in inside and j in inside and j <= i for j in every] for i in every])
    return torch.tensor(rows), torch.tensor(places), torch.tensor(masks)[:, None]


def attend(query, keys, values, mask):
    blind = ~mask.any(dim=-1, keepdim=True)
    mixed = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask | blind)
    return torch.where(blind, 0.0, mixed)
""",
        },
        "the smallest float for a hidden score, weights set to zero": {
            "define": """
def attend(query, keys, values, mask):
    scores = torch.einsum("bhid,bhjd->bhij", query, keys) / query.shape[-1] ** 0.5
    scores = torch.where(mask, scores, torch.finfo(scores.dtype).min)
    weights = F.softmax(scores, dim=-1) * mask
    return torch.einsum("bhij,bhjd->bhid", weights, values)
""",
        },
    },
    "rotate": {
        "complex numbers": {
            "cell": """
def rotate(x, positions, base=10_000.0):
    pairs = x.double().reshape(*x.shape[:-1], -1, 2)
    rates = base ** (-2 * torch.arange(pairs.shape[-2]).double() / x.shape[-1])
    angles = positions.double().unsqueeze(-1) * rates
    if positions.ndim == 2:
        angles = angles.unsqueeze(1)
    turned = torch.view_as_complex(pairs) * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).reshape(x.shape).type_as(x)
""",
        },
        "one pair after the other, in the dtype of x": {
            "cell": """
def rotate(x, positions, base=10_000.0):
    head, out = x.shape[-1], torch.empty_like(x)
    where = positions.float() if positions.ndim == 1 else positions.float()[:, None]
    for i in range(head // 2):
        angle = where * base ** (-2 * i / head)
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        a, b = x[..., 2 * i], x[..., 2 * i + 1]
        out[..., 2 * i], out[..., 2 * i + 1] = a * cos - b * sin, a * sin + b * cos
    return out
""",
        },
    },
    "window": {
        "own projections, a list of keys, one position after the other": {
            "define": """
class WindowCache:
    def __init__(self, attention, window):
        self.attention, self.window = attention, window
        self.keys, self.values = [], []

    def split(self, x):
        return x.unflatten(-1, (self.attention.heads, -1))

    def step(self, x):
        a, outs = self.attention, []
        queries, keys, values = (self.split(p(x)) for p in (a.query, a.key, a.value))
        for t in range(x.shape[1]):
            self.keys = [*self.keys, keys[:, t]][-self.window :]
            self.values = [*self.values, values[:, t]][-self.window :]
            seen, mixed = torch.stack(self.keys, 1), torch.stack(self.values, 1)
            scores = torch.einsum("bhd,bshd->bhs", queries[:, t], seen) / queries.shape[-1] ** 0.5
            outs.append(torch.einsum("bhs,bshd->bhd", scores.softmax(-1), mixed).flatten(1))
        return a.out(torch.stack(outs, 1))
""",
        },
    },
    "grouped": {
        "each group's keys repeated": {
            "cell": """
def grouped_attention(query, keys, values, mask=None):
    times = query.shape[1] // keys.shape[1]
    keys, values = keys.repeat_interleave(times, 1), values.repeat_interleave(times, 1)
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)


def pool_heads(weight, heads, groups):
    per_head = weight.chunk(heads)
    share = heads // groups
    shared = [per_head[g * share : (g + 1) * share] for g in range(groups)]
    return torch.cat([torch.stack(each).mean(0) for each in shared])
""",
        },
    },
    "counting": {
        "NumPy's whole numbers and a search": {
            "cell": """
import numpy as np


def layer_cost(time, width, inner, heads, groups):
    kept = groups * (width // heads)
    one = np.array([2 * width * (width + kept), 2 * time * width, 2 * width * inner])
    return tuple(time * one)


def crossing(width, inner, heads, groups):
    time = 1
    while True:
        projections, looking, feed = layer_cost(time, width, inner, heads, groups)
        if projections + looking > feed:
            return time
        time += 1


def cache_bytes(time, layers, width, heads, groups, number=2):
    return number * time * layers * 2 * groups * (width // heads)
""",
        },
    },
}
