"""From pairs of texts to a model that translates: batches, their loss, free writing.

It serves every encoder-decoder, recurrent or not:

    data = pairs(sources, targets)  # ((source, target_in), target_out), from lists of token numbers
    model = Seq2Seq(len(source_vocabulary), len(target_vocabulary), cell="lstm")
    fit(model, data, token_loss, optimizer, steps=300, clip=1.0)
    written = translate(model, data[0][0], limit=12)

Chapters: `language-models`, `attention`, `transformer`.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.text.decoding import Decoded, beam_search, greedy
from helpers.text.vocabulary import END_ID, IGNORE, START_ID, pad


def pairs(
    sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Return ((source, target_in), target_out) for `fit`, padded; all (batch, time).

    At the padding `target_out` is `IGNORE`: nothing is to be written there.

    Args:
        sources, targets: token numbers, without start and end.

    Raises:
        ValueError: there are not as many sources as targets.
    """
    if len(sources) != len(targets):
        raise ValueError(
            f"{len(sources)} sources and {len(targets)} targets: give one target for each source"
        )
    target_in = pad([[START_ID, *target] for target in targets])
    return (pad(sources), target_in), pad([[*target, END_ID] for target in targets], IGNORE)


def token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy per token; a target of `IGNORE` does not count.

    Args:
        logits: (batch, vocabulary, time).
        targets: (batch, time).
    """
    return F.cross_entropy(logits, targets, ignore_index=IGNORE)


@torch.no_grad()
def translate(
    model: nn.Module, source: Tensor, *, limit: int, width: int = 1, length_penalty: float = 0.0
) -> Decoded:
    """Let the model write freely: greedily, or with a beam of `width` above 1.

    Args:
        model: with `start` and `step`, as `Seq2Seq` and `Transformer` have them.
        source: (batch, time), padded; moved to where the model is.
        limit: the most tokens that it may write.
    """
    training = model.training
    model.eval()
    source = source.to(next(model.parameters()).device)
    start = source.new_full((len(source),), START_ID)
    try:
        state = model.start(source)
        if width == 1:
            return greedy(model.step, state, start, end=END_ID, limit=limit)
        options = {"end": END_ID, "limit": limit, "width": width, "length_penalty": length_penalty}
        return beam_search(model.step, state, start, **options).best
    finally:
        model.train(training)
