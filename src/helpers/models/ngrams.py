"""Language models that count: n-grams, their smoothing, perplexity.

    model = NGram(sentences, n=3, size=len(vocabulary), weight=0.8)  # sentences of token numbers
    perplexity(model.step, model.start, held_out)

Chapter: `language-models`.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from helpers.text.decoding import DecodingState, Step, log_probability
from helpers.text.vocabulary import END_ID, START_ID, pad

_UNPREDICTED = 2  # padding and start are never the next token


class NGram:
    """The next token's probability, estimated by counting what followed the n - 1 tokens before.

    With c counts, V the tokens that can follow, and p' the same estimate from one token less (the
    uniform distribution below the single token),

        p(token | context) = weight (c(context, token) + add) / (c(context) + add V)
                             + (1 - weight) p'(token | shorter context).

    `add=0, weight=1` is the plain ratio of counts, which is zero for all that was never seen;
    `add > 0` is Laplace's or Lidstone's rule, `weight < 1` that of Jelinek and Mercer (1980). A
    context that was never seen has no counts of its own: p' takes its place, if it may.

    Attributes:
        counts: counts[context][token], for contexts of 0 to n - 1 tokens.
    """

    def __init__(
        self,
        sentences: Sequence[Sequence[int]],
        n: int,
        size: int,
        *,
        add: float = 0.0,
        weight: float = 1.0,
    ) -> None:
        """Count. Each sentence begins with n - 1 start tokens and finishes with the end.

        Args:
            sentences: token numbers, without start and end.
            size: of the vocabulary, the four special tokens included.

        Raises:
            ValueError: n < 1, add < 0, or weight is not in (0, 1].
        """
        if n < 1 or add < 0 or not 0 < weight <= 1:
            raise ValueError(
                f"n={n} must be at least 1, add={add} at least 0, "
                f"weight={weight} above 0 and at most 1"
            )
        self.n, self.size, self.add, self.weight = n, size, add, weight
        self.counts: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        self._rows: dict[tuple[int, ...], Tensor] = {}
        for sentence in sentences:
            tokens = [START_ID] * (n - 1) + [*sentence, END_ID]
            for i in range(n - 1, len(tokens)):
                for length in range(n):
                    self.counts[tuple(tokens[i - length : i])][tokens[i]] += 1

    def probabilities(self, context: Sequence[int]) -> Tensor:
        """Return (size,) float64: of each token, after the last n - 1 tokens of the context."""
        return self._after(tuple(context)[len(context) - self.n + 1 :])

    def start(self, batch: int) -> DecodingState:
        """Return the state of `batch` empty texts, for `step`: (batch, n - 2), what came before."""
        return torch.full((batch, max(self.n - 2, 0)), START_ID)

    def step(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities (batch, size) after one more token (batch,), and the state."""
        context = torch.cat([state, tokens[:, None]], dim=1)  # (batch, n - 1)
        rows = torch.stack([self.probabilities(row) for row in context.tolist()])
        return rows.log(), context[:, 1:] if self.n > 1 else state

    def _after(self, context: tuple[int, ...]) -> Tensor:
        """The formula above, for exactly this context; each is computed once."""
        if context not in self._rows:
            own, total = self._counted(context)
            if self.weight < 1:
                shorter = self._after(context[1:]) if context else self._uniform()
                row = self.weight * own / total + (1 - self.weight) * shorter if total else shorter
            else:
                row = own / total if total else own
            self._rows[context] = row
        return self._rows[context]

    def _counted(self, context: tuple[int, ...]) -> tuple[Tensor, float]:
        """Counts after this context plus `add`, (size,), and their sum."""
        counts = torch.full((self.size,), self.add, dtype=torch.float64)
        for token, count in self.counts.get(context, {}).items():
            counts[token] += count
        counts[:_UNPREDICTED] = 0
        return counts, counts.sum().item()

    def _uniform(self) -> Tensor:
        row = torch.full((self.size,), 1 / (self.size - _UNPREDICTED), dtype=torch.float64)
        row[:_UNPREDICTED] = 0
        return row


def perplexity(
    step: Step,
    start: Callable[[int], DecodingState],
    sentences: Sequence[Sequence[int]],
    *,
    batch_size: int = 256,
) -> float:
    """Return exp of minus the mean log-probability per token, the end of each sentence included.

    The model is as surprised as if it chose among so many equally likely tokens. Infinite when it
    calls something impossible that happened.

    Args:
        step: as for `helpers.text.decoding`.
        start: from a batch size to the state of so many empty texts.
        sentences: token numbers, without start and end.

    Raises:
        ValueError: there are no sentences.
    """
    if not sentences:
        raise ValueError("the perplexity of no sentences is not defined")
    total, count = 0.0, 0
    for first in range(0, len(sentences), batch_size):
        part = [[*sentence, END_ID] for sentence in sentences[first : first + batch_size]]
        begin = torch.full((len(part),), START_ID)
        tokens = pad(part, value=END_ID)
        total += log_probability(step, start(len(part)), begin, tokens, END_ID).sum().item()
        count += sum(map(len, part))
    return math.exp(-total / count) if total > -math.inf else math.inf
