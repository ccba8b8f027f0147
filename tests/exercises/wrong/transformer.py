"""Wrong submissions for `transformer`; mistakes.py explains the format."""

POSITIONS = "(real.cumsum(dim=1) - 1) * real"
SCORES = "scores.masked_fill(~mask, -math.inf).masked_fill(empty, 0.0)"
WEIGHTS = "scores.softmax(dim=-1).masked_fill(empty, 0.0)"
KEPT = "kept[:, :, max(0, past + new - self.window + 1) :]"

WRONG = {
    "pack": {
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
