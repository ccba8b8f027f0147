"""A generated corpus to pretrain on, and small tasks that what it teaches helps with.

Every document is two sentences about one topic in one mood, such as

    the soup was lovely superb and fine    this heavenly nice bread was stellar

Its words have a structure that nobody labels: eighty adjectives of two moods, forty nouns of four
topics. A model that predicts missing words has to find it. Few other words stand between them: the
more there are (and the more adjectives), the longer a small model learns nothing but how often each
word occurs. The word "not" never occurs, so what the tasks add, negation, is new.

Chapters: `pretraining`, `fine-tuning`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import torch
from torch import Tensor

ADJECTIVES = (
    # discontent
    "bad poor awful terrible horrible dreadful nasty lousy mediocre disappointing unpleasant "
    "inferior appalling atrocious abysmal ghastly horrid miserable pathetic rotten shoddy wretched "
    "lamentable deplorable disgusting hideous repulsive tedious dull bland annoying irritating "
    "unbearable inadequate unacceptable dismal grim frightful vile woeful",
    # content
    "good great fine lovely superb splendid wonderful excellent brilliant charming delightful "
    "pleasant perfect marvellous fantastic fabulous terrific amazing awesome magnificent "
    "admirable beautiful impressive outstanding enjoyable remarkable exceptional satisfying "
    "glorious stunning gorgeous exquisite agreeable commendable flawless heavenly sublime stellar "
    "nice pleasing",
)
TOPICS = {
    "food": "soup bread cheese cake salad pasta sauce coffee dessert breakfast",
    "lodging": "room bed lobby bathroom kitchen balcony cottage pillow shower terrace",
    "film": "plot scene ending script dialogue actor director trailer sequel camera",
    "travel": "train flight harbour airport ferry road bridge station luggage journey",
}
TEMPLATES = (
    "the {noun} was {a} {b} and {c}",
    "this {a} {b} {noun} was {c}",
    "one {a} {b} {c} {noun}",
)
QUESTIONS = ("the {noun} was {a}", "this {noun} was {a}")
MOODS = ("discontent", "content")


@dataclass(frozen=True)
class DocumentCorpus:
    """Documents without labels.

    Attributes:
        documents: each a tuple of sentences; a sentence is words with blanks between them.
        groups: for each document a number: which topic and mood it has. Not for learning from; it
            keeps the wrong pairs of next-sentence prediction truly wrong.
    """

    documents: tuple[tuple[str, ...], ...]
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Labelled:
    """A task: sentences with labels, no sentence in both parts.

    Attributes:
        train, test: sentences. The classes take turns, so the first n are balanced, too.
        train_y, test_y: (sentence,), int64, an index into `classes`.
        classes: the name of each class.
    """

    train: tuple[str, ...]
    train_y: Tensor
    test: tuple[str, ...]
    test_y: Tensor
    classes: tuple[str, ...]


def document_corpus(
    documents: int = 20_000, *, adjectives: int = 40, seed: int = 0
) -> DocumentCorpus:
    """Return generated documents, the same ones for the same arguments.

    Args:
        documents: how many.
        adjectives: how many of each mood occur, the first ones of the list.
        seed: which documents.

    Raises:
        ValueError: fewer than 3 adjectives (a sentence has three), or more than there are.
    """
    moods = _moods(adjectives, at_least=3)
    rng = random.Random(f"corpus {seed}")
    nouns = [group.split() for group in TOPICS.values()]
    found, groups = [], []
    for _ in range(documents):
        mood, topic = rng.randrange(len(moods)), rng.randrange(len(nouns))
        sentences = []
        for noun in rng.sample(nouns[topic], 2):
            a, b, c = rng.sample(moods[mood], 3)
            sentences.append(rng.choice(TEMPLATES).format(noun=noun, a=a, b=b, c=c))
        found.append(tuple(sentences))
        groups.append(mood * len(nouns) + topic)
    return DocumentCorpus(tuple(found), tuple(groups))


def opinions(
    train: int = 512,
    test: int = 1000,
    *,
    adjectives: int = 40,
    negation: bool = True,
    seed: int = 0,
) -> Labelled:
    """Return the task "is the writer content?": "the soup was not superb" is discontent.

    One adjective per sentence; every other sentence has a "not" before it, which turns it round.

    Args:
        train, test: how many sentences.
        adjectives: how many of each mood occur, the first ones of the list.
        negation: without it no sentence is negated, and pretraining alone knows the answer.
        seed: which sentences.

    Raises:
        ValueError: more sentences than there are.
    """
    moods = _moods(adjectives, at_least=1)
    nouns = " ".join(TOPICS.values()).split()
    found = [
        (question.format(noun=noun, a=f"not {a}" if negated else a), mood ^ negated)
        for mood, group in enumerate(moods)
        for question, noun, a in product(QUESTIONS, nouns, group)
        for negated in ((0, 1) if negation else (0,))
    ]
    return _split(found, MOODS, train, test, random.Random(f"opinions {seed}"))


def topics(train: int = 512, test: int = 1000, *, adjectives: int = 40, seed: int = 0) -> Labelled:
    """Return the task "what is it about?": food, lodging, film or travel, by the noun.

    Args:
        train, test, adjectives, seed: as `opinions` takes them.

    Raises:
        ValueError: more sentences than there are.
    """
    moods = _moods(adjectives, at_least=1)
    found = [
        (question.format(noun=noun, a=a), topic)
        for topic, group in enumerate(TOPICS.values())
        for question, noun, a in product(QUESTIONS, group.split(), (a for m in moods for a in m))
    ]
    return _split(found, tuple(TOPICS), train, test, random.Random(f"topics {seed}"))


def read_documents(path: str | Path) -> list[list[str]]:
    """Return the documents of a text file: sentences are lines, blank lines separate documents.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is empty, or not UTF-8.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text: convert it first") from None
    documents: list[list[str]] = [[]]
    for line in map(str.strip, text.splitlines()):
        if line:
            documents[-1].append(line)
        elif documents[-1]:
            documents.append([])
    if not (documents := [document for document in documents if document]):
        raise ValueError(f"{path} has no text in it")
    return documents


def _split(
    found: Sequence[tuple[str, int]],
    classes: tuple[str, ...],
    train: int,
    test: int,
    rng: random.Random,
) -> Labelled:
    """Draw test and training sentences; the classes take turns."""
    by_class = [[text for text, label in found if label == c] for c in range(len(classes))]
    for group in by_class:
        rng.shuffle(group)
    rows = [(text, c) for turn in zip(*by_class, strict=True) for c, text in enumerate(turn)]
    if train + test > len(rows):
        raise ValueError(f"{train} + {test} sentences, but there are only {len(rows)}")
    test_rows, train_rows = rows[:test], rows[test : test + train]
    return Labelled(
        tuple(text for text, _ in train_rows),
        torch.tensor([c for _, c in train_rows], dtype=torch.int64),
        tuple(text for text, _ in test_rows),
        torch.tensor([c for _, c in test_rows], dtype=torch.int64),
        classes,
    )


def _moods(adjectives: int, at_least: int) -> list[list[str]]:
    moods = [group.split() for group in ADJECTIVES]
    if not at_least <= adjectives <= len(moods[0]):
        raise ValueError(
            f"adjectives={adjectives}: choose from {at_least} to {len(moods[0])} of each mood"
        )
    return [group[:adjectives] for group in moods]
