"""What to learn from text alone: masked words, next sentences, next tokens, missing spans.

Each function turns token ids into (inputs, targets); a target of `IGNORE` does not count, which is
`F.cross_entropy`'s own convention. All draw from the generator that they are given, on the CPU.

Chapter: `pretraining`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from helpers.text.vocabulary import IGNORE, PAD_ID


def mask_words(
    tokens: Tensor,
    maskable: Tensor,
    *,
    mask_id: int,
    words: range,
    generator: Generator,
    share: float = 0.15,
    masked: float = 0.8,
    random: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """Hide words, and ask for them back (Devlin et al. 2019, section 3.1).

    In every row round(share n) of the n maskable tokens are chosen, at least 1 if there is one. Of
    the chosen, 80 % become `mask_id`, 10 % a random word (which may be the same), 10 % stay.

    Args:
        tokens: (batch, time), ids.
        maskable: (batch, time) bool: no padding, no special tokens.
        mask_id: what stands for a hidden word.
        words: the ids that random words are drawn from.
        generator: draws everything.
        share, masked, random: the three shares; what is left of the last two stays.

    Returns:
        inputs and targets, (batch, time) both; targets are `IGNORE` where nothing was chosen.

    Raises:
        ValueError: shares outside 0 to 1, shapes that differ, or no words to draw from.
    """
    if not (0 < share <= 1 and masked >= 0 and random >= 0 and masked + random <= 1):
        raise ValueError(f"share={share}, masked={masked}, random={random} must be shares of 1")
    if tokens.shape != maskable.shape:
        raise ValueError(
            f"tokens {tuple(tokens.shape)} and maskable {tuple(maskable.shape)} must have the same "
            "shape"
        )
    if not len(words):
        raise ValueError("there are no words to draw random ones from: words is empty")
    order = torch.rand(tokens.shape, generator=generator).masked_fill(~maskable, 2.0)
    place = order.argsort(dim=1).argsort(dim=1)  # the rank of each token in its row
    there = maskable.sum(dim=1, keepdim=True)
    wanted = (share * there + 0.5).floor().clamp(min=1)  # Python's round() is to even
    chosen = (place < wanted) & maskable
    lot = torch.rand(tokens.shape, generator=generator)
    other = torch.randint(words.start, words.stop, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (lot < masked), mask_id, tokens)
    swapped = chosen & (lot >= masked) & (lot < masked + random)
    return torch.where(swapped, other, inputs), torch.where(chosen, tokens, IGNORE)


class SentencePair(NamedTuple):
    """Two texts, and whether the second one follows the first (1) or not (0)."""

    first: str
    second: str
    follows: int


def next_sentence_pairs(
    documents: Sequence[Sequence[str]],
    count: int,
    generator: Generator,
    groups: Sequence[int] | None = None,
) -> list[SentencePair]:
    """Return pairs of sentences, every other one a true continuation (Devlin et al. 2019, 3.1).

    A continuation is the next sentence of the document; otherwise it is any sentence of another
    document, of another group if there are groups.

    Args:
        documents: each a list of sentences; those of one sentence can only be second.
        count: how many pairs.
        generator: draws everything.
        groups: one per document: whatever makes two documents alike (by default nothing does).

    Raises:
        ValueError: no document has two sentences, or all are of one group.
    """
    groups = range(len(documents)) if groups is None else groups
    firsts = [
        (d, i) for d, document in enumerate(documents) for i in range(max(0, len(document) - 1))
    ]
    if not firsts:
        raise ValueError("no document has two sentences: what follows cannot be learned from these")
    if len(set(groups)) < 2:
        raise ValueError("all documents are of one group: there is nothing that does not follow")

    def draw(n: int) -> int:
        return int(torch.randint(n, (), generator=generator))

    pairs = []
    for n in range(count):
        d, i = firsts[draw(len(firsts))]
        if n % 2:
            pairs.append(SentencePair(documents[d][i], documents[d][i + 1], 1))
            continue
        other = draw(len(documents))
        while groups[other] == groups[d] or not documents[other]:
            other = draw(len(documents))
        sentence = documents[other][draw(len(documents[other]))]
        pairs.append(SentencePair(documents[d][i], sentence, 0))
    return pairs


def join_pair(
    first: Sequence[int], second: Sequence[int], *, start: int, separator: int, limit: int
) -> tuple[list[int], list[int]]:
    """Return BERT's input for two texts: [CLS] first [SEP] second [SEP], and its segments.

    While it is too long the longer text loses its last token. With an empty second text it is
    [CLS] first [SEP].

    Args:
        first, second: ids.
        start, separator: ids of [CLS] and [SEP].
        limit: at most so many tokens.

    Returns:
        Ids, and 0 or 1 for each: which text it belongs to.

    Raises:
        ValueError: the limit leaves no room for a token of each.
    """
    first, second = list(first), list(second)
    extra = 3 if second else 2
    if limit < extra + (2 if second else 1):
        raise ValueError(f"limit={limit} leaves no room beside {extra} special tokens")
    while len(first) + len(second) + extra > limit:
        (first if len(first) > len(second) else second).pop()
    ids = [start, *first, separator]
    segments = [0] * len(ids)
    if second:
        ids += [*second, separator]
        segments += [1] * (len(second) + 1)
    return ids, segments


def causal_shift(tokens: Tensor, pad: int = PAD_ID) -> tuple[Tensor, Tensor]:
    """Return inputs and targets of next-token prediction, (batch, time - 1) both.

    Targets are the inputs one position later, `IGNORE` at padding.

    Raises:
        ValueError: there is no next token.
    """
    if tokens.shape[1] < 2:
        raise ValueError(f"tokens of shape {tuple(tokens.shape)}: the next token needs 2 or more")
    targets = tokens[:, 1:]
    return tokens[:, :-1], targets.masked_fill(targets == pad, IGNORE)


def noise_spans(
    length: int, generator: Generator, share: float = 0.15, span: float = 3.0
) -> list[tuple[int, int]]:
    """Return which parts of a text to take out, as (start, end), in order and never touching.

    round(share length) tokens are taken, at least 1, in round(taken / span) spans, at least 1; all
    ways to cut the taken and the kept tokens into as many pieces are equally likely; a text begins
    with a kept piece (Raffel et al. 2020, section 3.3.4, and the paper's code).

    Args:
        length: tokens of the text, at least 2.
        generator: draws the pieces.
        share: of tokens that are taken.
        span: mean length of a span.

    Raises:
        ValueError: the text is too short, or the numbers make no sense.
    """
    if length < 2:
        raise ValueError(f"a text of {length} tokens: one must be taken and one must stay")
    if not 0 < share < 1 or span < 1:
        raise ValueError(f"share={share} must be between 0 and 1, and span={span} at least 1")
    taken = min(max(round(share * length), 1), length - 1)
    count = min(max(round(taken / span), 1), taken, length - taken)
    gone, kept = _pieces(taken, count, generator), _pieces(length - taken, count, generator)
    spans, at = [], 0
    for stay, go in zip(kept, gone, strict=True):
        spans.append((at + stay, at + stay + go))
        at += stay + go
    return spans


def corrupt_spans(
    tokens: Sequence[int],
    sentinels: Sequence[int],
    generator: Generator,
    share: float = 0.15,
    span: float = 3.0,
) -> tuple[list[int], list[int]]:
    """Put a sentinel in place of each span; ask for the spans (Raffel et al. 2020, figure 2).

    "Thank you X me to your party Y week", and "X for inviting Y last Z": each span behind its
    sentinel, and one more sentinel behind all.

    Args:
        tokens: ids of one text.
        sentinels: ids that occur in no text, as many as there may be spans, and one.
        generator, share, span: as `noise_spans` takes them.

    Returns:
        The text with holes, and what was in them.

    Raises:
        ValueError: the text needs more sentinels, or contains one.
    """
    spans = noise_spans(len(tokens), generator, share, span)
    if len(spans) >= len(sentinels):
        raise ValueError(
            f"{len(spans)} spans need {len(spans) + 1} sentinels, not {len(sentinels)}"
        )
    if not set(sentinels).isdisjoint(tokens):
        raise ValueError("the text contains a sentinel: which hole is whose could not be told")
    text, missing, at = [], [], 0
    for (start, end), sentinel in zip(spans, sentinels, strict=False):
        text += [*tokens[at:start], sentinel]
        missing += [sentinel, *tokens[start:end]]
        at = end
    return [*text, *tokens[at:]], [*missing, sentinels[len(spans)]]


def restore_spans(
    text: Sequence[int], missing: Sequence[int], sentinels: Sequence[int]
) -> list[int]:
    """Undo `corrupt_spans`; a sentinel whose span is not given stays in the text."""
    known, spans, current = set(sentinels), {}, []
    for token in missing:
        if token in known:
            current = spans.setdefault(token, [])
        else:
            current.append(token)
    spans = {sentinel: span for sentinel, span in spans.items() if span}
    return [word for token in text for word in spans.get(token, [token])]


def _pieces(total: int, count: int, generator: Generator) -> list[int]:
    """Cut `total` into `count` pieces of at least 1, all ways equally likely."""
    cuts = (torch.randperm(total - 1, generator=generator)[: count - 1] + 1).sort().values.tolist()
    return [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
