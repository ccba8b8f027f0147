"""From next-token probabilities to text: greedy, beam search, sampling.

They work with every model that can say how a text goes on: `step(tokens, state)` takes the tokens
just produced, (batch,), and what the model remembers; it returns the log-probabilities of the next
token, (batch, vocabulary), and the new memory.

Chapter: `language-models`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

# Tensors whose first axis is the batch, in any nesting of tuples, lists and dicts; or None.
DecodingState = Any
Step = Callable[[Tensor, DecodingState], tuple[Tensor, DecodingState]]


class Decoded(NamedTuple):
    """One text for each example of a batch.

    Attributes:
        tokens: (batch, time), without the start; behind the end everything is the end token.
        log_probability: (batch,), of the whole text under the model, its end included.
        finished: (batch,) bool, whether the end came before the limit.
    """

    tokens: Tensor
    log_probability: Tensor
    finished: Tensor


class Beams(NamedTuple):
    """The best texts found for each example, best first.

    Attributes:
        tokens: (batch, width, time), as in `Decoded`.
        log_probability: (batch, width); minus infinity where fewer than `width` texts were found.
        score: (batch, width), the log-probability divided by the length penalty.
        finished: (batch, width) bool.
    """

    tokens: Tensor
    log_probability: Tensor
    score: Tensor
    finished: Tensor

    @property
    def best(self) -> Decoded:
        """The first of each example."""
        return Decoded(self.tokens[:, 0], self.log_probability[:, 0], self.finished[:, 0])


def greedy(step: Step, state: DecodingState, start: Tensor, *, end: int, limit: int) -> Decoded:
    """Take the most probable token, again and again, until the end or `limit` tokens.

    Args:
        start: (batch,), the first tokens to give to `step`.
    """
    return _one_by_one(lambda scores: scores.argmax(dim=1), step, state, start, end, limit)


def sample(
    step: Step,
    state: DecodingState,
    start: Tensor,
    *,
    end: int,
    limit: int,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Decoded:
    """Draw each token at random from the model's probabilities, sharpened by `restrict`.

    `log_probability` is what the model itself gives to the text drawn.
    """

    def draw(scores: Tensor) -> Tensor:
        allowed = restrict(scores, temperature=temperature, top_k=top_k, top_p=top_p)
        return torch.multinomial(allowed.exp(), 1, generator=generator).squeeze(1)

    return _one_by_one(draw, step, state, start, end, limit)


def restrict(
    log_probabilities: Tensor,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> Tensor:
    """Return log-probabilities that leave less to chance; what is ruled out gets minus infinity.

    In this order: divide by the temperature; keep the `top_k` most probable tokens (Fan et al.
    2018); keep the fewest tokens that have `top_p` of the probability together (Holtzman et al.
    2020), at least one. The rest is normalized.

    Args:
        log_probabilities: (..., vocabulary).

    Raises:
        ValueError: temperature or top_k is not positive, or top_p is not in (0, 1].
    """
    if temperature <= 0:
        raise ValueError(f"temperature={temperature} must be positive; for 0 use greedy")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k={top_k} must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p={top_p} must be in (0, 1]")
    scores = (log_probabilities / temperature).log_softmax(dim=-1)
    if top_k is not None and top_k < scores.shape[-1]:
        values, places = scores.topk(top_k, dim=-1)
        scores = torch.full_like(scores, -torch.inf).scatter(-1, places, values)
        scores = scores.log_softmax(dim=-1)
    if top_p is not None and top_p < 1:
        values, places = scores.sort(dim=-1, descending=True)
        before = values.exp().cumsum(dim=-1) - values.exp()  # of the more probable tokens
        before[..., 0] = 0
        values = values.masked_fill(before >= top_p, -torch.inf)
        scores = torch.full_like(scores, -torch.inf).scatter(-1, places, values)
    return scores.log_softmax(dim=-1)


@torch.no_grad()
def beam_search(
    step: Step,
    state: DecodingState,
    start: Tensor,
    *,
    end: int,
    limit: int,
    width: int,
    length_penalty: float = 0.0,
) -> Beams:
    """Keep the `width` most probable beginnings; collect those that end; return the best.

    An extension that ends the text is collected when it is among the `width` best extensions. The
    search stops when no open beginning can still enter the list, or after `limit` tokens; then the
    open ones are candidates too. With `width=1` and no penalty it is `greedy`.

    Args:
        start: (batch,), the first tokens to give to `step`.
        length_penalty: alpha of Wu et al. 2016, equation 14: texts are compared by their
            log-probability over ((5 + tokens) / 6)^alpha, the end counted. 0 favours short texts.
    """
    _check(start, limit)
    if width < 1:
        raise ValueError(f"width={width} must be at least 1")
    if length_penalty < 0:
        raise ValueError(f"length_penalty={length_penalty} must not be negative")
    batch = len(start)
    first_rows = torch.arange(batch, device=start.device).repeat_interleave(width)
    state, last = select(state, first_rows), start[first_rows]
    tokens = start.new_full((batch, width, limit), end)  # of the open beginnings
    totals = torch.full((batch, width), -torch.inf, device=start.device)
    totals[:, 0] = 0  # one beginning, so far: the empty one
    # Log-probabilities, scores, finished; tokens apart, because they have one more axis.
    found = Beams(
        tokens.clone(),
        totals.new_full(totals.shape, -torch.inf),
        totals.new_full(totals.shape, -torch.inf),
        torch.zeros_like(totals, dtype=torch.bool),
    )
    for t in range(limit):
        following, state = step(last, state)
        extended = totals[:, :, None] + following.reshape(batch, width, -1)
        vocabulary = extended.shape[2]
        last_kept = extended.flatten(1).topk(width).values[:, -1:]
        ended = extended[:, :, end].masked_fill(extended[:, :, end] < last_kept, -torch.inf)
        found = _best(found, tokens, ended, _penalty(t + 1, length_penalty), True)
        extended[:, :, end] = -torch.inf
        totals, places = extended.flatten(1).topk(width)  # (batch, width)
        parents = places // vocabulary
        tokens = tokens.gather(1, parents[:, :, None].expand_as(tokens))
        tokens[:, :, t] = places % vocabulary
        last = tokens[:, :, t].flatten()
        rows = parents + torch.arange(batch, device=start.device)[:, None] * width
        state = select(state, rows.flatten())
        hope = totals.max(dim=1).values / _penalty(limit, length_penalty)
        if (hope <= found.score.min(dim=1).values).all():
            break
    else:
        found = _best(found, tokens, totals, _penalty(limit, length_penalty), False)
    return found._replace(tokens=found.tokens[:, :, : t + 1])


@torch.no_grad()
def log_probability(
    step: Step, state: DecodingState, start: Tensor, tokens: Tensor, end: int
) -> Tensor:
    """Return (batch,): the log-probability that the model gives to these texts.

    Args:
        start: (batch,), the first tokens to give to `step`.
        tokens: (batch, time); what stands behind the first `end` of a row does not count.
    """
    total, last = 0.0, start
    open_ = torch.ones_like(start, dtype=torch.bool)
    for following in tokens.unbind(dim=1):
        scores, state = step(last, state)
        chosen = scores.gather(1, following[:, None]).squeeze(1)
        total = total + chosen.masked_fill(~open_, 0.0)
        open_ = open_ & (following != end)
        last = following
    return total


def select(state: DecodingState, rows: Tensor) -> DecodingState:
    """Return the state of some examples: `tensor[rows]` for every tensor in it.

    Raises:
        TypeError: it holds something that is neither a tensor nor a tuple, list, dict or None.
    """
    if state is None:
        return None
    if isinstance(state, Tensor):
        return state[rows.to(state.device)]
    if isinstance(state, dict):
        return {name: select(part, rows) for name, part in state.items()}
    if isinstance(state, tuple) and hasattr(state, "_fields"):
        return type(state)(*(select(part, rows) for part in state))
    if isinstance(state, tuple | list):
        return type(state)(select(part, rows) for part in state)
    raise TypeError(
        f"a state of {type(state).__name__} cannot be reordered: use tensors with the batch first, "
        "in tuples, lists or dicts"
    )


@torch.no_grad()
def _one_by_one(
    choose: Callable[[Tensor], Tensor],
    step: Step,
    state: DecodingState,
    start: Tensor,
    end: int,
    limit: int,
) -> Decoded:
    """Choose a token at a time until every text has ended, or `limit` tokens."""
    _check(start, limit)
    tokens, last, total = [], start, 0.0
    finished = torch.zeros_like(start, dtype=torch.bool)
    for _ in range(limit):
        scores, state = step(last, state)
        scores = scores.masked_fill(finished[:, None], 0.0)  # perhaps nothing is possible there
        last = choose(scores).masked_fill(finished, end)
        chosen = scores.gather(1, last[:, None]).squeeze(1)
        total = total + chosen
        tokens.append(last)
        finished = finished | (last == end)
        if finished.all():
            break
    return Decoded(torch.stack(tokens, dim=1), total, finished)


def _best(found: Beams, tokens: Tensor, totals: Tensor, penalty: float, finished: bool) -> Beams:
    """Return as many of the found and the new texts as were found before, best scores first."""
    scores = torch.cat([found.score, totals / penalty], dim=1)
    everything = Beams(
        torch.cat([found.tokens, tokens], dim=1),
        torch.cat([found.log_probability, totals], dim=1),
        scores,
        torch.cat([found.finished, torch.full_like(found.finished, finished)], dim=1),
    )
    places = scores.topk(found.score.shape[1]).indices
    rows = torch.arange(len(places), device=places.device)[:, None]
    return Beams(*(part[rows, places] for part in everything))


def _penalty(tokens: int, alpha: float) -> float:
    return ((5 + tokens) / 6) ** alpha


def _check(start: Tensor, limit: int) -> None:
    if start.ndim != 1 or start.is_floating_point():
        raise ValueError(
            f"start is {tuple(start.shape)} {start.dtype}: it must be token numbers, (batch,)"
        )
    if limit < 1:
        raise ValueError(f"limit={limit} must be at least 1")
