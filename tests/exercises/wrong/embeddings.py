"""Wrong submissions for `embeddings`; mistakes.py explains the format."""

WRONG = {
    "masked-loss": {
        "the right word counted as a negative": {
            "change": ("(F.softplus(negative) * real)", "F.softplus(negative)"),
            "says": "Leave it out",
        },
        "scores of drawn right words set to zero": {
            "change": ("(F.softplus(negative) * real)", "F.softplus(negative * real)"),
            "says": "still costs log 2",
        },
        "the mean over the negatives": {
            "change": ("* real).sum(dim=1)", "* real).mean(dim=1)"),
            "says": "average over the negatives",
        },
        "the logarithm of a sigmoid kept from zero: finite, and without a gradient": {
            "change": [
                ("F.softplus(-positive)", "-(positive.sigmoid() + 1e-30).log()"),
                ("F.softplus(negative)", "-((-negative).sigmoid() + 1e-30).log()"),
            ],
        },
    },
    "keep-probability": {
        "the rule of the paper": {
            "change": ("(ratio.sqrt() + ratio)", "ratio.sqrt()"),
            "says": "rule of the paper",
        },
        "0 / 0 for a word that does not occur": {
            "change": ("(ratio.sqrt() + ratio)", "((ratio.sqrt() + ratio) * (counts > 0))"),
            "says": "NaN",
        },
    },
    "choose-threshold": {
        "half of the vocabulary instead of half of the text": {
            "change": (
                "(counts * rule(counts, math.exp(middle))).sum() / counts.sum()",
                "rule(counts, math.exp(middle)).mean()",
            ),
            "says": "vocabulary",
        },
        "a dozen halvings on a linear scale": {
            "change": [
                ("math.log(1e-12), math.log(10.0)", "0.0, 1.0"),
                ("range(60)", "range(14)"),
                ("math.exp(middle)", "middle"),
                ("math.exp(low)", "middle"),
            ],
            "says": "small thresholds finely",
        },
    },
    "nearest-rows": {
        "dot products instead of cosines": {
            "change": [
                ("table / length.clamp(min=1e-30).unsqueeze(1)", "table"),
                ("length == 0] = -2", "length == 0] = -math.inf"),
                ("rows] = -2", "rows] = -math.inf"),
            ],
            "says": "ignores lengths",
        },
        "a loop over the rows": {
            "define": """
def nearest_rows(table, rows, k):
    found = []
    for row in rows.tolist():
        cosine = F.cosine_similarity(table, table[row].unsqueeze(0))
        cosine[table.norm(dim=1) == 0] = -2
        cosine[row] = -2
        found.append(cosine.topk(k).indices)
    return torch.stack(found)
""",
            "says": "loop",
        },
        "the first of the sorted list dropped as the row itself": {
            "change": [
                ("    cosine[torch.arange(len(rows)), rows] = -2\n", ""),
                (
                    "cosine.topk(k, dim=1).indices",
                    "cosine.argsort(dim=1, descending=True, stable=True)[:, 1 : k + 1]",
                ),
            ],
            "says": "twin",
        },
    },
    "lean": {
        "measured from the origin": {
            "change": ("(vectors[name] - middle) @", "vectors[name] @"),
            "says": "halfway",
        },
        "a cosine with the direction": {
            "change": (
                "(2 * (vectors[name] - middle) @ axis / (axis @ axis))",
                "F.cosine_similarity(vectors[name] - middle, axis, dim=0)",
            ),
        },
        "the first pair alone": {
            "change": [
                ("for first, _ in pairs]", "for first, _ in pairs[:1]]"),
                ("for _, second in pairs]", "for _, second in pairs[:1]]"),
            ],
            "says": "several pairs",
        },
    },
    "explain-removal": {"no explanation": {"cell": "YOUR ANSWER HERE"}},
}
