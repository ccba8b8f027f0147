"""Words as vectors: word2vec with negative sampling, nearest words, analogies.

One model serves both methods of Mikolov et al. (2013a): it is given some words and scores others.
Skip-gram is given a word and asked for one of its neighbours; CBOW (continuous bag of words) is
given all the neighbours and asked for the word. Word 0 is padding and means "no word".

Chapter: `embeddings`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from helpers import schedules
from helpers.text.vocabulary import SPECIAL, Vocabulary
from helpers.training import History, fit

Sentences = Sequence[Sequence[int]]


def keep_probability(counts: Tensor, threshold: float) -> Tensor:
    """Return how likely each word is to survive the subsampling of frequent words.

    min(1, sqrt(threshold / f)) for a word of frequency f (Mikolov et al. 2013b, equation 5).

    Args:
        counts: (word,), how often each word occurs; a word that never does gets 1.
        threshold: words rarer than this share of the text are always kept.

    Raises:
        ValueError: the threshold is not above 0, or nothing was counted.
    """
    if not threshold > 0:
        raise ValueError(f"threshold={threshold} must be above 0: it is a share of the text")
    if not counts.sum() > 0:
        raise ValueError("all counts are 0: count the words of a text first")
    frequency = counts / counts.sum()
    return (threshold / frequency).sqrt().clamp(max=1)


def noise(counts: Tensor, power: float = 0.75) -> Tensor:
    """Return the distribution that negatives are drawn from: counts ** power, summing to 1.

    A power below 1 gives rare words more than their share (Mikolov et al. 2013b, section 2.2).
    """
    raised = counts.double().pow(power) * (counts > 0)
    return raised / raised.sum()


def windows(sentences: Sentences, window: int, *, shrink: bool = True) -> tuple[Tensor, Tensor]:
    """Return every word, and the words around it in its sentence.

    Args:
        window: how many words to each side.
        shrink: draw each word's own window from 1 to `window`, which gives near words more weight.

    Returns:
        (token,) and (token, 2 window), int64, 0 where there is no word. Tokens without any
        neighbour are left out.

    Raises:
        ValueError: the window is below 1.
    """
    if window < 1:
        raise ValueError(f"window={window} must be at least 1")
    tokens = torch.tensor([word for sentence in sentences for word in sentence], dtype=torch.int64)
    lengths = torch.tensor([len(sentence) for sentence in sentences])
    owner = torch.arange(len(lengths)).repeat_interleave(lengths)
    reach = torch.full((len(tokens),), window)
    if shrink:
        reach = torch.randint(1, window + 1, (len(tokens),))
    around = torch.zeros(len(tokens), 2 * window, dtype=torch.int64)
    for distance in range(1, min(window, len(tokens) - 1) + 1):
        same = owner[distance:] == owner[:-distance]
        after = same & (reach[:-distance] >= distance)
        before = same & (reach[distance:] >= distance)
        around[:-distance, window + distance - 1][after] = tokens[distance:][after]
        around[distance:, window - distance][before] = tokens[:-distance][before]
    found = around.any(dim=1)
    return tokens[found], around[found]


def skip_gram_examples(tokens: Tensor, around: Tensor) -> tuple[Tensor, Tensor]:
    """Turn `windows` into (example, 1) given words and (example,) words asked for."""
    row, column = around.nonzero(as_tuple=True)
    return tokens[row].unsqueeze(1), around[row, column]


def cbow_examples(tokens: Tensor, around: Tensor) -> tuple[Tensor, Tensor]:
    """Turn `windows` into (example, 2 window) given words and (example,) words asked for."""
    return around, tokens


class Word2Vec(nn.Module):
    """Scores words by the words that are given: a dot product of two tables' rows.

    Attributes:
        inside: (word, width), a vector for every word as the one given. These are the embeddings.
        outside: (word, width), a vector for every word as the one asked for.
    """

    def __init__(self, words: int, width: int) -> None:
        """Start with small random rows inside and zeros outside, as the authors' program does."""
        super().__init__()
        self.inside = nn.Parameter((torch.rand(words, width) - 0.5) / width)
        self.outside = nn.Parameter(torch.zeros(words, width))

    def forward(self, given: Tensor, asked: Tensor) -> Tensor:
        """Return (batch, asked) scores of (batch, asked) words by (batch, given) words."""
        there = (given != 0).unsqueeze(2)  # (batch, given, 1): 0 is no word
        total = (F.embedding(given, self.inside) * there).sum(dim=1)
        mean = total / there.sum(dim=1).clamp(min=1)  # (batch, width)
        return (mean.unsqueeze(1) * F.embedding(asked, self.outside)).sum(dim=2)


def with_negatives(distribution: Tensor, k: int) -> Callable:
    """Return a function that adds `k` words of noise to the right word of each example.

    It turns (given, right) into ((given, asked), labels): asked is (batch, 1 + k) with the
    right word first, labels are 1 there and 0 elsewhere. `helpers.training.fit` calls it as
    `prepare`, so every step draws new negatives.
    """

    def add(given: Tensor, right: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        drawn = torch.multinomial(distribution, len(right) * k, replacement=True)
        negatives = drawn.to(right.device).reshape(-1, k)
        asked = torch.cat([right.unsqueeze(1), negatives], dim=1)
        labels = torch.zeros(asked.shape, device=asked.device)
        labels[:, 0] = 1
        return (given, asked), labels

    return add


def negative_sampling_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Return -log sigmoid(score) of the right words, -log sigmoid(-score) of the others.

    Summed over the words asked for, averaged over the batch (Mikolov et al. 2013b, equation 4).

    Args:
        scores, labels: (batch, asked).
    """
    signed = torch.where(labels > 0.5, scores, -scores)
    return -F.logsigmoid(signed).sum(dim=1).mean()


def learn(
    sentences: Sentences,
    words: int,
    method: str,
    *,
    width: int = 24,
    window: int = 5,
    negatives: int = 5,
    threshold: float = 5e-3,
    epochs: int = 2,
    rate: float = 0.015,
    batch_size: int = 512,
) -> tuple[Word2Vec, History]:
    """Train word vectors on sentences of word numbers; return the model and its losses.

    Frequent words are subsampled before the windows are cut, so that windows reach further.

    Args:
        words: size of the vocabulary; a number in a sentence lies between 1 and words - 1.
        method: "skip-gram" or "cbow".
        threshold: of the subsampling; `math.inf` keeps every word.

    Raises:
        ValueError: another method, or sentences without two words in one of them.
    """
    examples = {"skip-gram": skip_gram_examples, "cbow": cbow_examples}
    if method not in examples:
        raise ValueError(
            f"method={method!r} is unknown: choose from {', '.join(map(repr, examples))}"
        )
    counts = count(sentences, words)
    kept = subsample(sentences, keep_probability(counts, threshold))
    given, right = examples[method](*windows(kept, window))
    if not len(right):
        raise ValueError("no word has a neighbour: give longer sentences or a larger threshold")
    model = Word2Vec(words, width)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)
    steps = epochs * math.ceil(len(right) / batch_size)
    history = fit(
        model,
        (given, right),
        negative_sampling_loss,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        prepare=with_negatives(noise(counts), negatives),
        schedule=LambdaLR(optimizer, schedules.linear(steps)),
    )
    return model, history


def count(sentences: Sentences, words: int) -> Tensor:
    """Return how often each word occurs: (words,), int64."""
    tokens = [word for sentence in sentences for word in sentence]
    return torch.bincount(torch.tensor(tokens, dtype=torch.int64), minlength=words)


def subsample(sentences: Sentences, keep: Tensor) -> list[list[int]]:
    """Drop each word w of each sentence with probability 1 - keep[w]."""
    chance = keep.tolist()
    dice = torch.rand(sum(map(len, sentences))).tolist()
    drawn = iter(dice)
    return [[word for word in sentence if next(drawn) < chance[word]] for sentence in sentences]


@dataclass(frozen=True)
class WordVectors:
    """A vocabulary and a table: the vector of a word, and the words near a vector.

    Attributes:
        vocabulary: the words.
        table: (word, width), one row each; the first four are the vocabulary's special tokens.
    """

    vocabulary: Vocabulary
    table: Tensor

    def __getitem__(self, word: str) -> Tensor:
        """Return the word's row, (width,).

        Raises:
            KeyError: the vocabulary does not have it; a table cannot make up a row.
        """
        return self.table[self.number(word)]

    def number(self, word: str) -> int:
        """Return the word's place in the vocabulary.

        Raises:
            KeyError: the vocabulary does not have it.
        """
        if word not in self.vocabulary:
            raise KeyError(f"{word!r} has no row: it is not in this vocabulary")
        return self.vocabulary.encode([word])[0]

    def nearest(self, query: str | Tensor, k: int, *, without: Sequence[str] = ()) -> list[str]:
        """Return the k words with the largest cosine to the query, the nearest first.

        Args:
            query: a vector, (width,), or a word, which is then left out of the answer.
            without: words to leave out as well.
        """
        if isinstance(query, str):
            query, without = self[query], [query, *without]
        similarity = F.cosine_similarity(self.table, query.unsqueeze(0))
        similarity[: len(SPECIAL)] = -2  # padding and the like are not words
        similarity[[self.number(word) for word in without]] = -2
        best = similarity.topk(min(k, len(similarity))).indices.tolist()
        return [self.vocabulary.tokens[word] for word in best if similarity[word] > -2]

    def analogy(self, a: str, b: str, c: str, *, exclude: bool = True) -> str:
        """Return the word that is to c as b is to a: the one nearest to b - a + c.

        Args:
            exclude: whether a, b and c themselves do not count as answers (Mikolov et al. 2013a).
        """
        query = self[b] - self[a] + self[c]
        return self.nearest(query, 1, without=[a, b, c] if exclude else [])[0]
