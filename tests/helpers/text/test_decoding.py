"""Each way to decode does what a search through all texts of a tiny model says it must."""

import itertools
import math

import pytest
import torch

from helpers import seed_everything
from helpers.text import beam_search, greedy, log_probability, restrict, sample, select

END = 2


class Tiny:
    """A model that remembers everything: the next token's table depends on all before it.

    The state is (a number that names the prefix, its length, the example's own shift).
    """

    def __init__(self, seed, vocabulary=4, sharpness=1.5):
        generator = torch.Generator().manual_seed(seed)
        self.vocabulary = vocabulary
        self.tables = sharpness * torch.randn(997, vocabulary, generator=generator)
        self.calls = 0

    def start(self, batch):
        zero = torch.zeros(batch, dtype=torch.int64)
        return {"prefix": zero, "more": (torch.arange(batch), [None])}

    def step(self, tokens, state):
        self.calls += 1
        prefix = (state["prefix"] * 31 + tokens + 7 * state["more"][0] + 1) % 997
        scores = self.tables[prefix].log_softmax(dim=1)
        return scores, {"prefix": prefix, "more": state["more"]}

    def everything(self, example, limit):
        """All texts of one example, [(log-probability, tokens)], best first."""
        inner = [token for token in range(self.vocabulary) if token != END]
        texts = [
            (*text, END) for n in range(limit) for text in itertools.product(inner, repeat=n)
        ] + list(itertools.product(inner, repeat=limit))
        found = []
        for text in texts:
            state, last, total = self.start(example + 1), 1, 0.0
            for token in text:
                scores, state = self.step(torch.full((example + 1,), last), state)
                total += scores[example, token].item()
                last = token
            found.append((total, text))
        return sorted(found, reverse=True)


def start(batch):
    return torch.ones(batch, dtype=torch.int64)


def shown(tokens):
    """The tokens up to the end, included."""
    tokens = tokens.tolist()
    return tuple(tokens[: tokens.index(END) + 1] if END in tokens else tokens)


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_the_best_text_of_all(seed):
    model = Tiny(seed)
    beams = beam_search(model.step, model.start(3), start(3), end=END, limit=4, width=81)
    for example in range(3):
        truth = model.everything(example, 4)
        assert math.isclose(sum(math.exp(p) for p, _ in truth), 1, abs_tol=1e-5)
        for place in range(20):
            assert shown(beams.tokens[example, place]) == truth[place][1]
            assert beams.log_probability[example, place].item() == pytest.approx(
                truth[place][0], abs=1e-5
            )


@pytest.mark.parametrize("alpha", [0.6, 2.0])
def test_the_length_penalty_orders_texts_as_its_formula_does(alpha):
    model = Tiny(3)
    beams = beam_search(
        model.step, model.start(2), start(2), end=END, limit=4, width=81, length_penalty=alpha
    )
    for example in range(2):
        ranked = sorted(
            (
                (p / ((5 + len(text)) / 6) ** alpha, text)
                for p, text in model.everything(example, 4)
            ),
            reverse=True,
        )
        found = [shown(tokens) for tokens in beams.tokens[example, :10]]
        assert found == [text for _, text in ranked[:10]]
        assert beams.score[example, 0].item() == pytest.approx(ranked[0][0], abs=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_a_beam_of_one_is_greedy(seed):
    model = Tiny(seed, vocabulary=6)
    one = beam_search(model.step, model.start(4), start(4), end=END, limit=7, width=1).best
    simple = greedy(model.step, model.start(4), start(4), end=END, limit=7)
    assert [shown(t) for t in one.tokens] == [shown(t) for t in simple.tokens]
    assert torch.allclose(one.log_probability, simple.log_probability)
    assert torch.equal(one.finished, simple.finished)


def test_beams_follow_their_own_states():
    """Each text's log-probability, recomputed alone, is the one that the search reports."""
    model = Tiny(11, vocabulary=5)
    beams = beam_search(model.step, model.start(3), start(3), end=END, limit=6, width=4)
    for place in range(4):
        alone = log_probability(model.step, model.start(3), start(3), beams.tokens[:, place], END)
        assert torch.allclose(alone, beams.log_probability[:, place], atol=1e-5)
    assert (beams.score.diff(dim=1) <= 0).all()


def test_a_wider_beam_escapes_the_trap_that_catches_greedy():
    """p(a) = .6 but then everything is .3; p(b) = .4 and then the end is certain."""
    a, b = 0, 1
    table = torch.tensor([[0.3, 0.4, 0.3], [1e-9, 1e-9, 1.0], [1.0, 0.0, 0.0], [0.6, 0.4, 0.0]])

    def step(tokens, state):
        return table[tokens].log(), None

    first = torch.tensor([3])
    assert greedy(step, None, first, end=END, limit=5).tokens[0, 0] == a
    found = beam_search(step, None, first, end=END, limit=5, width=2)
    assert shown(found.best.tokens[0]) == (b, END)
    assert found.best.log_probability.item() == pytest.approx(math.log(0.4), abs=1e-6)


def test_greedy_takes_the_largest_and_stops():
    model = Tiny(2)
    found = greedy(model.step, model.start(3), start(3), end=END, limit=6)
    for example in range(3):
        state, last, text = model.start(3), start(3), []
        while len(text) < 6 and END not in text:
            scores, state = model.step(last, state)
            text.append(scores[example].argmax().item())
            last = torch.full((3,), text[-1])
        assert shown(found.tokens[example]) == tuple(text)
    lengths = [len(shown(tokens)) for tokens in found.tokens]
    assert found.tokens.shape[1] == max(lengths)
    for tokens, n in zip(found.tokens, lengths, strict=True):
        assert (tokens[n:] == END).all()


def test_the_search_stops_when_nothing_better_can_come():
    table = torch.full((4, 4), 0.001)
    table[:, END] = 0.997
    calls = []

    def step(tokens, state):
        calls.append(1)
        return table[tokens].log(), None

    beam_search(step, None, start(1), end=END, limit=50, width=2)
    assert len(calls) < 5


def test_with_a_penalty_the_search_waits_for_longer_texts():
    """p(0) = .7 and p(end) = .3 for ever: with alpha 2 each longer text has a better score."""
    table = torch.tensor([[0.7, 0.0, 0.3]]).expand(4, 3)

    def step(tokens, state):
        return table[tokens].log(), None

    options = {"end": END, "limit": 6, "width": 2, "length_penalty": 2.0}
    beams = beam_search(step, None, start(1), **options)
    assert beams.tokens[0].tolist() == [[0] * 6, [0] * 5 + [END]]
    assert beams.finished[0].tolist() == [False, True]


def test_texts_cut_at_the_limit_are_marked():
    table = torch.tensor([[0.9, 0.1, 0.0]]).expand(4, 3)

    def step(tokens, state):
        return table[tokens].log(), None

    assert not greedy(step, None, start(1), end=END, limit=3).finished.item()
    best = beam_search(step, None, start(1), end=END, limit=3, width=2).best
    assert best.tokens.tolist() == [[0, 0, 0]] and not best.finished.item()
    assert best.log_probability.item() == pytest.approx(3 * math.log(0.9), abs=1e-5)


def test_samples_come_as_often_as_their_probability():
    seed_everything(0)
    model = Tiny(1, vocabulary=3)
    truth = {text: math.exp(p) for p, text in model.everything(0, 3)}
    count = 20_000
    state = model.start(1)
    many = select(state, torch.zeros(count, dtype=torch.int64))
    drawn = sample(model.step, many, start(count), end=END, limit=3)
    counts = {}
    for tokens in drawn.tokens:
        counts[shown(tokens)] = counts.get(shown(tokens), 0) + 1
    assert set(counts) <= set(truth)
    for text, probability in truth.items():
        error = 5 * math.sqrt(probability * (1 - probability) / count) + 1e-4
        assert counts.get(text, 0) / count == pytest.approx(probability, abs=error)
    alone = log_probability(model.step, many, start(count), drawn.tokens, END)
    assert torch.allclose(alone, drawn.log_probability, atol=1e-5)


def test_a_cold_sample_is_greedy_and_so_is_top_1():
    model = Tiny(4, vocabulary=6)
    simple = greedy(model.step, model.start(5), start(5), end=END, limit=6)
    for options in ({"temperature": 1e-4}, {"top_k": 1}, {"top_p": 1e-6}):
        found = sample(model.step, model.start(5), start(5), end=END, limit=6, **options)
        assert torch.equal(found.tokens, simple.tokens), options
        assert torch.allclose(found.log_probability, simple.log_probability)


def test_a_generator_decides_the_sample():
    model = Tiny(5, vocabulary=6)

    def draw(seed):
        generator = torch.Generator().manual_seed(seed)
        options = {"end": END, "limit": 9, "generator": generator}
        return sample(model.step, model.start(8), start(8), **options).tokens.tolist()

    assert draw(1) == draw(1) != draw(2)


def test_what_the_model_says_behind_the_end_does_not_matter():
    """A counted model has no probabilities after the end: all of them are zero."""
    table = torch.tensor([[0.5, 0.0, 0.5], [0.5, 0.0, 0.5], [0.0, 0.0, 0.0]])

    def step(tokens, state):
        return table[tokens].log(), None

    seed_everything(0)
    drawn = sample(step, None, start(50), end=END, limit=9)
    assert torch.isfinite(drawn.log_probability).all()
    assert drawn.finished.sum() > 40 and drawn.tokens.shape[1] > 3


P = torch.tensor([0.5, 0.3, 0.15, 0.05])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, P),
        ({"temperature": 2.0}, P.sqrt() / P.sqrt().sum()),
        ({"temperature": 0.5}, P**2 / (P**2).sum()),
        ({"top_k": 2}, torch.tensor([0.625, 0.375, 0, 0])),
        ({"top_k": 9}, P),
        ({"top_p": 0.79}, torch.tensor([0.625, 0.375, 0, 0])),
        ({"top_p": 0.81}, torch.tensor([0.5, 0.3, 0.15, 0]) / 0.95),
        ({"top_p": 0.01}, torch.tensor([1.0, 0, 0, 0])),
        ({"top_p": 1.0}, P),
        ({"temperature": 0.5, "top_p": 0.7}, torch.tensor([25.0, 9, 0, 0]) / 34),
        ({"top_k": 3, "top_p": 0.8}, torch.tensor([0.625, 0.375, 0, 0])),
    ],
)
def test_what_is_left_to_chance(options, expected):
    order = torch.tensor([2, 0, 3, 1])  # the vocabulary is not sorted
    found = restrict(P[order].log(), **options).exp()
    assert torch.allclose(found, expected[order], atol=1e-6)
    batch = restrict(torch.stack([P.log(), P.flip(0).log()]), **options).exp()
    assert torch.allclose(batch, torch.stack([expected, expected.flip(0)]), atol=1e-6)


def test_impossible_tokens_stay_impossible():
    scores = torch.tensor([0.0, 0.5, 0.5]).log()
    for options in ({"temperature": 3.0}, {"top_k": 2}, {"top_p": 0.999}):
        assert restrict(scores, **options)[0] == -math.inf, options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": 0}, "use greedy"),
        ({"top_k": 0}, "top_k=0"),
        ({"top_p": 0}, "top_p=0"),
        ({"top_p": 1.2}, "top_p=1.2"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        restrict(P.log(), **options)


def test_bad_searches_are_named():
    model = Tiny(0)
    options = {"end": END, "limit": 3}
    with pytest.raises(ValueError, match="width=0"):
        beam_search(model.step, model.start(1), start(1), width=0, **options)
    with pytest.raises(ValueError, match="length_penalty=-1"):
        beam_search(model.step, model.start(1), start(1), width=2, length_penalty=-1, **options)
    with pytest.raises(ValueError, match="limit=0"):
        greedy(model.step, model.start(1), start(1), end=END, limit=0)
    with pytest.raises(ValueError, match="start is"):
        greedy(model.step, model.start(1), start(1)[None], end=END, limit=3)
    with pytest.raises(TypeError, match="int"):
        select((torch.ones(2), 3), torch.tensor([0]))
