"""Wrong submissions for `transformer`; test_wrong_submissions.py explains the format."""

PACK = """
def pack(prompts, side, pad=0):
    time = max(len(prompt) for prompt in prompts)
    tokens = torch.full((len(prompts), time), pad)
    real = torch.zeros(len(prompts), time, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        first = time - len(prompt) if side == "left" else 0
        tokens[row, {place}] = torch.tensor(prompt, dtype=torch.int64)
        real[row, {place}] = True
    real = {real}
    positions = {positions}
    causal = torch.ones(time, time, dtype=torch.bool).tril()
    return tokens, positions, {mask}


def attend(query, keys, values, mask):
    scores = query @ keys.mT / math.sqrt(query.shape[-1])
    return {mixed}
"""
PACKED = {
    "place": "first : first + len(prompt)",
    "real": "real",
    "positions": "(real.cumsum(dim=1) - 1) * real",
    "mask": "causal & real[:, None, None, :] & real[:, None, :, None]",
    "mixed": """F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)""",
}

ROTATE = """
def rotate(x, positions, base=10_000.0):
    head = x.shape[-1]
    rates = base ** (-torch.arange(0, head, 2, dtype={wide}) * {exponent} / head)
    angles = {positions}[..., None].to({wide}) * rates
    if angles.ndim == 3:
        angles = angles{heads}
    cos, sin = angles.cos(), angles.sin()
    first, second = {pair}
    turned = {together}(
        [first * cos {minus} second * sin, {plus}first * sin + second * cos], dim=-1
    ){flat}
    return turned.to(x.dtype)
"""
TURN = {
    "wide": "torch.float32",
    "exponent": "1",
    "positions": "positions",
    "heads": "[:, None]",
    "pair": "x[..., 0::2], x[..., 1::2]",
    "together": "torch.stack",
    "flat": ".flatten(-2)",
    "minus": "-",
    "plus": "",
}

WINDOW = """
class WindowCache:
    {shared}

    def __init__(self, attention, window):
        self.attention, self.window = attention, window
        {own}

    def step(self, x):
        {before}
        past = self.cache["keys"].shape[2] if self.cache else 0
        new = x.shape[1]
        mask = torch.ones(new, past + new, dtype=torch.bool).tril({shift})
        mask = mask{band}
        out = self.attention(x, mask=mask, cache=self.cache)
        for name, kept in self.cache.items():
            self.cache[name] = {keep}
        return out


def generation_cost(attention, time, window):
    x = torch.randn(1, time, attention.width)
    cache = WindowCache(attention, window)
    without = {without}
    with_cache = {with_cache}
    return count_multiply_adds(without), count_multiply_adds(with_cache)
"""
CACHED = {
    "shared": '"""Keys and values of a window."""',
    "own": "self.cache = {}",
    "before": "",
    "shift": "past",
    "band": ".triu(past - self.window + 1)",
    "keep": "kept[:, :, max(0, past + new - self.window + 1) :]",
    "without": "lambda: [attention(x[:, : t + 1], causal=True) for t in range(time)]",
    "with_cache": "lambda: [cache.step(x[:, t : t + 1]) for t in range(time)]",
}

AGAIN = """
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


def generation_cost(attention, time, window):
""" + WINDOW.partition("def generation_cost(attention, time, window):\n")[2].format(**CACHED)

GROUPED = """
def grouped_attention(query, keys, values, mask=None):
    share = query.shape[1] // keys.shape[1]
    keys, values = {keys}, {values}
    return F.scaled_dot_product_attention(query, keys, values, attn_mask={mask})


def pool_heads(weight, heads, groups):
    head = weight.shape[0] // heads
    {pooled}
"""
SHARED = {
    "keys": "keys.repeat_interleave(share, dim=1)",
    "values": "values.repeat_interleave(share, dim=1)",
    "mask": "mask",
    "pooled": "return weight.unflatten(0, (groups, -1, head)).mean(dim=1).flatten(0, 1)",
}

COUNTING = """
def layer_cost(time, width, inner, heads, groups):
    shared = width // heads * {groups}
    projections = {projections}
    return projections, {looking}, 2 * time * width * inner


def crossing(width, inner, heads, groups):
    return {crossing}


def cache_bytes(time, layers, width, heads, groups, number=2):
    return 2 * layers * time * {held} * (width // heads) * number
"""
COUNTED = {
    "groups": "groups",
    "projections": "2 * time * width * width + 2 * time * width * shared",
    "looking": "2 * time * time * width",
    "crossing": "max(1, inner - width - width // heads * groups + 1)",
    "held": "groups",
}

WRONG = [
    # --- prompts of different lengths
    {
        "name": "positions counted from the left edge of the batch",
        "cells": {
            "pack": PACK.format(
                **PACKED | {"positions": "torch.arange(time).expand(len(prompts), time)"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "a text that starts in the middle"},
    },
    {
        "name": "a causal mask alone, as in training",
        "cells": {
            "pack": PACK.format(**PACKED | {"mask": "causal.expand(len(prompts), 1, time, time)"})
        },
        "points": {"pack": 0},
        "says": {"pack": "look at the padding"},
    },
    {
        "name": "padding may look, though nobody looks at it",
        "cells": {"pack": PACK.format(**PACKED | {"mask": "causal & real[:, None, None, :]"})},
        "points": {"pack": 0},
        "says": {"pack": "who looks and who is looked at"},
    },
    {
        "name": "the padding mask without the causal one",
        "cells": {
            "pack": PACK.format(
                **PACKED | {"mask": "real[:, None, None, :] & real[:, None, :, None]"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "see the future"},
    },
    {
        "name": "a softmax over nothing",
        "cells": {
            "pack": PACK.format(
                **PACKED
                | {"mixed": "scores.masked_fill(~mask, -math.inf).softmax(dim=-1) @ values"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "is 0 / 0"},
    },
    {
        "name": "minus a billion instead of nothing",
        "cells": {
            "pack": PACK.format(
                **PACKED | {"mixed": "scores.masked_fill(~mask, -1e9).softmax(dim=-1) @ values"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "the average of all values"},
    },
    {
        "name": "NaN repaired in the result, not in its gradient (hidden)",
        "cells": {
            "pack": PACK.format(
                **PACKED
                | {
                    "mixed": "(scores.masked_fill(~mask, -math.inf).softmax(-1) @ values)"
                    ".nan_to_num(0.0)"
                }
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "times NaN is NaN"},
    },
    {
        "name": "the mask multiplied onto the softmax (hidden)",
        "cells": {
            "pack": PACK.format(**PACKED | {"mixed": "(scores.softmax(-1) * mask) @ values"})
        },
        "points": {"pack": 0},
        "says": {"pack": "add up to one after masking"},
    },
    {
        "name": "padding told by its number (hidden)",
        "cells": {"pack": PACK.format(**PACKED | {"real": "tokens != pad"})},
        "points": {"pack": 0},
        "says": {"pack": "Tell padding by the lengths"},
    },
    {
        "name": "padding on the right goes on counting from the last token (hidden)",
        "cells": {
            "pack": PACK.format(**PACKED | {"positions": "(real.cumsum(dim=1) - 1).clamp(min=0)"})
        },
        "points": {"pack": 0},
        "says": {"pack": "the padding's 0 too"},
    },
    {
        "name": "the last 0 places of a row taken for none (hidden)",
        "cells": {
            "pack": PACK.format(
                **PACKED
                | {"place": "slice(-len(prompt), None) if side == 'left' else slice(len(prompt))"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "An empty prompt"},
    },
    {
        "name": "the caller's prompts filled up in place (hidden)",
        "cells": {
            "pack": PACK.format(
                **PACKED | {"real": "[p.extend([pad] * (time - len(p))) for p in prompts] and real"}
            )
        },
        "points": {"pack": 0},
        "says": {"pack": "not yours to extend"},
    },
    # --- rotary positions
    {
        "name": "halves as pairs, the other convention",
        "cells": {
            "rotate": ROTATE.format(
                **TURN | {"pair": "x.chunk(2, dim=-1)", "together": "torch.cat", "flat": ""}
            )
        },
        "points": {"rotate": 0},
        "says": {"rotate": "the convention of GPT-NeoX"},
    },
    {
        "name": "neighbours turned, then joined as halves",
        "cells": {"rotate": ROTATE.format(**TURN | {"together": "torch.cat", "flat": ""})},
        "points": {"rotate": 0},
        "says": {"rotate": "put back in turns"},
    },
    {
        "name": "a table of angles only as long as the text (hidden)",
        "cells": {
            "rotate": ROTATE.format(**TURN | {"positions": "torch.arange(x.shape[2])[positions]"})
        },
        "points": {"rotate": 0},
        "says": {"rotate": "Positions may be anything"},
    },
    {
        "name": "turned clockwise",
        "cells": {"rotate": ROTATE.format(**TURN | {"minus": "+", "plus": "-"})},
        "points": {"rotate": 0},
        "says": {"rotate": "clockwise"},
    },
    {
        "name": "no minus at all: not a turn",
        "cells": {"rotate": ROTATE.format(**TURN | {"minus": "+"})},
        "points": {"rotate": 0},
        "says": {"rotate": "keeps lengths"},
    },
    {
        "name": "the number of the feature as that of the pair",
        "cells": {"rotate": ROTATE.format(**TURN | {"exponent": "2"})},
        "points": {"rotate": 0},
        "says": {"rotate": "the number of the feature"},
    },
    {
        "name": "positions always from 0 (hidden)",
        "cells": {
            "rotate": ROTATE.format(
                **TURN | {"positions": "(positions - positions[..., :1] + (positions == 1) * 1)"}
            )
        },
        "points": {"rotate": 0},
        "says": {"rotate": "Use the positions given"},
    },
    {
        "name": "angles in bfloat16 (hidden)",
        "cells": {"rotate": ROTATE.format(**TURN | {"wide": "x.dtype"})},
        "points": {"rotate": 0},
        "says": {"rotate": "Compute the angles in float32"},
    },
    {
        "name": "each example's positions given to the heads (hidden)",
        "cells": {"rotate": ROTATE.format(**TURN | {"heads": ""})},
        "points": {"rotate": 0},
        "says": {"rotate": "must follow the batch"},
    },
    # --- a memory that does not grow
    {
        "name": "one position too many in the window",
        "cells": {
            "window": WINDOW.format(
                **CACHED
                | {
                    "band": ".triu(past - self.window)",
                    "keep": "kept[:, :, max(0, past + new - self.window) :]",
                }
            )
        },
        "points": {"window": 0},
        "says": {"window": "That makes five"},
    },
    {
        "name": "the future seen within a piece",
        "cells": {"window": WINDOW.format(**CACHED | {"shift": "past + new"})},
        "points": {"window": 0},
        "says": {"window": "nobody sees the future"},
    },
    {
        "name": "old keys thrown away, but no window within a piece (hidden)",
        "cells": {"window": WINDOW.format(**CACHED | {"band": ""})},
        "points": {"window": 0},
        "says": {"window": "hold within a piece"},
    },
    {
        "name": "the last 0 keys taken for none (hidden)",
        "cells": {"window": WINDOW.format(**CACHED | {"keep": "kept[:, :, -(self.window - 1) :]"})},
        "points": {"window": 0},
        "says": {"window": "a window of 1 holds"},
    },
    {
        "name": "a mask hides the old keys, but they are kept (hidden)",
        "cells": {"window": WINDOW.format(**CACHED | {"keep": "kept"})},
        "points": {"window": 0},
        "says": {"window": "the memory grows"},
    },
    {
        "name": "old keys thrown away before a long piece has looked (hidden)",
        "cells": {
            "window": WINDOW.format(
                **CACHED
                | {
                    "before": "new = x.shape[1] - self.window\n"
                    "        for name, kept in self.cache.items():\n"
                    "            self.cache[name] = kept[:, :, max(0, kept.shape[2] + new) :]"
                }
            )
        },
        "points": {"window": 0},
        "says": {"window": "stay until the piece is done"},
    },
    {
        "name": "inputs kept instead of keys, and projected again (hidden)",
        "cells": {"window": AGAIN},
        "points": {"window": 0},
        "says": {"window": "nothing projected twice"},
    },
    {
        "name": "the cache measured on one long piece (hidden)",
        "cells": {"window": WINDOW.format(**CACHED | {"with_cache": "lambda: cache.step(x)"})},
        "points": {"window": 0},
        "says": {"window": "a step of its own"},
    },
    {
        "name": "one memory for all instances",
        "cells": {"window": WINDOW.format(**CACHED | {"shared": "cache = {}", "own": "pass"})},
        "points": {"window": 0},
        "says": {"window": "the memory of the first"},
    },
    {
        "name": "no cache measured as a single pass",
        "cells": {
            "window": WINDOW.format(**CACHED | {"without": "lambda: attention(x, causal=True)"})
        },
        "points": {"window": 0},
        "says": {"window": "a pass of its own"},
    },
    # --- heads that share
    {
        "name": "every second head shares, instead of neighbours",
        "cells": {
            "grouped": GROUPED.format(
                **SHARED
                | {"keys": "keys.repeat(1, share, 1, 1)", "values": "values.repeat(1, share, 1, 1)"}
            )
        },
        "points": {"grouped": 0},
        "says": {"grouped": "Neighbours should"},
    },
    {
        "name": "one head of each group taken for all",
        "cells": {
            "grouped": GROUPED.format(
                **SHARED
                | {
                    "pooled": "return weight.unflatten(0, (groups, -1, head))[:, 0].flatten(0, 1)",
                }
            )
        },
        "points": {"grouped": 0},
        "says": {"grouped": "averaged"},
    },
    {
        "name": "the mask forgotten (hidden)",
        "cells": {"grouped": GROUPED.format(**SHARED | {"mask": "None"})},
        "points": {"grouped": 0},
        "says": {"grouped": "mask of shape"},
    },
    {
        "name": "heads averaged that lie apart",
        "cells": {
            "grouped": GROUPED.format(
                **SHARED
                | {"pooled": "return weight.unflatten(0, (-1, groups, head)).mean(0).flatten(0, 1)"}
            )
        },
        "points": {"grouped": 0},
        "says": {"grouped": "two groups of neighbours"},
    },
    {
        "name": "the mask read the other way round (hidden)",
        "cells": {
            "grouped": GROUPED.format(**SHARED | {"mask": "None if mask is None else ~mask"})
        },
        "points": {"grouped": 0},
        "says": {"grouped": "True in a mask is looked at"},
    },
    # --- counting
    {
        "name": "three projections instead of four",
        "cells": {
            "counting": COUNTING.format(
                **COUNTED | {"projections": "time * width * width + 2 * time * width * shared"}
            )
        },
        "points": {"counting": 0},
        "says": {"counting": "output projection is one of them"},
    },
    {
        "name": "looking once for every head at full width",
        "cells": {
            "counting": COUNTING.format(**COUNTED | {"looking": "2 * time * time * width * heads"})
        },
        "points": {"counting": 0},
        "says": {"counting": "width / heads"},
    },
    {
        "name": "groups look, instead of heads (hidden)",
        "cells": {"counting": COUNTING.format(**COUNTED | {"looking": "2 * time * time * shared"})},
        "points": {"counting": 0},
        "says": {"counting": "every head still looks"},
    },
    {
        "name": "a crossing of looking alone",
        "cells": {"counting": COUNTING.format(**COUNTED | {"crossing": "inner + 1"})},
        "points": {"counting": 0},
        "says": {"counting": "leaves the projections out"},
    },
    {
        "name": "keys of all heads in the cache (hidden)",
        "cells": {"counting": COUNTING.format(**COUNTED | {"held": "heads"})},
        "points": {"counting": 0},
        "says": {"counting": "holds groups, not heads"},
    },
    # --- a table of seconds
    {
        "name": "no explanation",
        "cells": {"explain": "YOUR ANSWER HERE"},
        "points": {"explain": 0},
    },
]
