"""Sentences whose "it" means one of two nouns, and only the adjective says which.

    data = pronouns(8000)
    data.texts[0]      "[CLS] the animal did n't cross the street because it was too tired ."
    data.referents[0]  "animal"
    data.places[0]     (2, 7): where the right noun stands, and where the other one does

After "The animal didn't cross the street because it was too tired", the classic example: *tired*
fits the animal, *wide* the street. The pattern is that of a Winograd schema (Levesque, Davis and
Morgenstern 2012), with one word that turns the answer over.

Chapter: `transformer`.
"""

import random
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ACTORS = _words(
    """animal cat dog horse rabbit fox child boy girl man woman bird cow sheep goat pony lion tiger
    bear wolf deer duck goose hen mouse rat squirrel monkey donkey camel soldier farmer teacher
    doctor baker"""
)
PLACES = _words(
    """street road river bridge field park square garden path lane avenue canal lake pond stream
    valley meadow desert forest hill mountain beach track highway alley court yard tunnel ditch
    fence ford swamp plain dune ridge"""
)
ACTOR_ADJECTIVES = _words("tired hungry scared lazy sick weak sleepy shy")
PLACE_ADJECTIVES = _words("wide long steep muddy icy rocky narrow slippery")
VERBS = _words("cross enter visit leave pass")
HELD_OUT = 100  # pairs of an actor and a place that no training sentence has
BECAUSE, IT, LENGTH = 8, 9, 14  # the places of two words, and how many there are
NOUNS = (2, 7)  # where the two nouns stand
_PATTERN = "[CLS] the {} did n't {} the {} because it was too {} ."


class Pronouns(NamedTuple):
    """Sentences, as text and as numbers.

    Attributes:
        texts: of 14 words each, separated by blanks.
        tokens: their numbers in `vocabulary()`, (sentence, 14).
        referents: what "it" means.
        right: the referent's number, (sentence,); the answer to predict.
        places: where the referent stands, and where the other noun does, (sentence, 2).
    """

    texts: list[str]
    tokens: Tensor
    referents: list[str]
    right: Tensor
    places: Tensor


@cache
def vocabulary() -> tuple[str, ...]:
    """Return all words; the referents, actors and places, come first."""
    frame = dict.fromkeys(_PATTERN.replace("{}", "").split())
    return (*ACTORS, *PLACES, *ACTOR_ADJECTIVES, *PLACE_ADJECTIVES, *VERBS, *frame)


@cache
def held_out() -> frozenset[tuple[str, str]]:
    """Return the pairs (actor, place) of the test split, always the same; one is animal, street."""
    pairs = [(actor, place) for actor in ACTORS for place in PLACES]
    drawn = random.Random("pronouns").sample(pairs[1:], HELD_OUT - 1)
    return frozenset([pairs[0], *drawn])  # pairs[0] is the animal and the street


def pronouns(count: int, *, split: str = "train", seed: int = 0) -> Pronouns:
    """Return `count` sentences, the same for the same arguments.

    Half of them swap the two nouns ("the street did n't cross the animal ..."), which makes little
    sense, and keeps the place of a noun from telling what it is. Half of the adjectives fit the
    actor, half the place, independently.

    Args:
        split: "train", or "test" with pairs of nouns that no training sentence has.
        seed: of this draw alone.

    Raises:
        ValueError: an unknown split, or count < 1.
    """
    if split not in ("train", "test") or count < 1:
        raise ValueError(f"split={split!r} must be 'train' or 'test', count={count} at least 1")
    rng = random.Random(f"pronouns {seed} {split}")
    hidden = sorted(held_out())
    seen = [(a, p) for a in ACTORS for p in PLACES if (a, p) not in held_out()]
    texts, referents, places = [], [], []
    for _ in range(count):
        actor, place = rng.choice(hidden if split == "test" else seen)
        swapped, about_actor = rng.random() < 0.5, rng.random() < 0.5
        first, second = (place, actor) if swapped else (actor, place)
        adjective = rng.choice(ACTOR_ADJECTIVES if about_actor else PLACE_ADJECTIVES)
        texts.append(_PATTERN.format(first, rng.choice(VERBS), second, adjective))
        referents.append(actor if about_actor else place)
        places.append(NOUNS if referents[-1] == first else NOUNS[::-1])
    return Pronouns(
        texts,
        encode(texts),
        referents,
        torch.tensor([vocabulary().index(word) for word in referents]),
        torch.tensor(places),
    )


def encode(texts: list[str]) -> Tensor:
    """Return the words' numbers, (sentence, 14).

    Raises:
        ValueError: a sentence of another length, or a word that is not in the vocabulary.
    """
    number = {word: i for i, word in enumerate(vocabulary())}
    rows = [text.split() for text in texts]
    if any(len(row) != LENGTH for row in rows):
        raise ValueError(f"every sentence has {LENGTH} words, with blanks between: {texts[:1]}")
    try:
        return torch.tensor([[number[word] for word in row] for row in rows])
    except KeyError as unknown:
        raise ValueError(f"the word {unknown} is not in the vocabulary") from None
