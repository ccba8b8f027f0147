"""A corpus of generated sentences whose structure is known: what word vectors should find.

Every word has a slot in a template. Two facts about a word decide what stands around it, such as
its role and its gender for "queen", so a vector per word *can* be a sum of two parts. Real text is
not so tidy: a score of 1 on these sentences says that a method works, not that language is easy.

Chapter: `embeddings`.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What two words differ in, then each pair with words that only this pair keeps company with.
GENDER = {
    ("king", "queen"): "throne crown palace",
    ("actor", "actress"): "stage theatre script",
    ("waiter", "waitress"): "menu tray tip",
    ("father", "mother"): "cradle lullaby stroller",
    ("son", "daughter"): "school homework toys",
    ("uncle", "aunt"): "visit cousins presents",
    ("monk", "nun"): "prayer abbey silence",
    ("hero", "heroine"): "legend quest danger",
}
CAPITAL = {
    ("france", "paris"): "french seine",
    ("korea", "seoul"): "korean han",
    ("egypt", "cairo"): "egyptian nile",
    ("italy", "rome"): "italian tiber",
    ("japan", "tokyo"): "japanese sumida",
    ("britain", "london"): "british thames",
    ("austria", "vienna"): "austrian danube",
    ("russia", "moscow"): "russian volga",
}
YOUNG = {
    ("dog", "puppy"): "barked bone",
    ("cat", "kitten"): "purred mouse",
    ("cow", "calf"): "mooed meadow",
    ("horse", "foal"): "neighed saddle",
    ("sheep", "lamb"): "bleated wool",
    ("duck", "duckling"): "quacked pond",
    ("lion", "cub"): "roared savanna",
    ("frog", "tadpole"): "croaked swamp",
}
# Words of a group share all their company. The first of a group is the most frequent (Zipf).
FOOD = [
    "rice",
    "bread",
    "soup",
    "apple",
    "cheese",
    "noodles",
    "carrot",
    "plum",
    "cabbage",
    "lentil",
    "fig",
    "quince",
]
MONEY = ["bank", "finance", "credit", "insurance", "lender", "broker", "fund", "treasury"]
COLOUR = ["red", "blue", "green", "yellow", "grey", "purple", "turquoise", "maroon"]
WORK = ["doctor", "nurse", "engineer", "teacher", "pilot", "baker", "lawyer", "farmer"]

SHARES = {"gender": 5, "capital": 4, "young": 4, "food": 3, "money": 2, "colour": 2, "work": 3}


@dataclass(frozen=True)
class SentenceCorpus:
    """Sentences, and the truth about their words.

    Attributes:
        sentences: words of lower-case letters with spaces between them.
        relations: name -> pairs of words that differ in the same way, such as ("king", "queen").
        groups: name -> words that stand in the same places, the most frequent first.
    """

    sentences: tuple[str, ...]
    relations: dict[str, tuple[tuple[str, str], ...]]
    groups: dict[str, tuple[str, ...]]


def sentence_corpus(
    sentences: int = 20_000, *, leaning: Mapping[str, float] | None = None, seed: int = 0
) -> SentenceCorpus:
    """Return generated sentences; the same ones for the same arguments.

    Fewer sentences are the first ones of more.

    Args:
        sentences: how many.
        leaning: a word of the group "work" -> the share of its sentences that say "she", between
            0 and 1; 0.5 for those that are not named, so by default no work has a gender.
        seed: another seed writes another corpus of the same grammar.

    Raises:
        ValueError: `leaning` names another word, or a share outside 0 to 1.
    """
    leaning = dict(leaning or {})
    if wrong := [w for w, share in leaning.items() if w not in WORK or not 0 <= share <= 1]:
        raise ValueError(
            f"leaning={leaning}: {', '.join(wrong)} is wrong. Give a share between 0 and 1 "
            f"to some of: {', '.join(WORK)}"
        )
    rng = random.Random(f"grammar {seed}")  # its stream never changes
    subjects, shares = list(SHARES), list(SHARES.values())
    written = tuple(
        _sentence(rng.choices(subjects, shares)[0], leaning, rng) for _ in range(sentences)
    )
    relations = {"gender": tuple(GENDER), "capital": tuple(CAPITAL), "young": tuple(YOUNG)}
    groups = {"food": FOOD, "money": MONEY, "colour": COLOUR, "work": WORK}
    return SentenceCorpus(
        written, relations, {name: tuple(words) for name, words in groups.items()}
    )


def analogies(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Return every question "a is to b as c is to d" from two of the pairs, in both orders."""
    return [(*first, *second) for first in pairs for second in pairs if first != second]


def _sentence(subject: str, leaning: Mapping[str, float], rng: random.Random) -> str:
    text = _work(rng, leaning) if subject == "work" else _WRITERS[subject](rng)
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


def _pronouns(woman: bool) -> tuple[str, str, str]:
    return ("she", "her", "herself") if woman else ("he", "his", "himself")


def _gender(rng: random.Random) -> str:
    pair, own = rng.choice(list(GENDER.items()))
    woman = rng.random() < 0.5
    person, (he, his, himself) = pair[woman], _pronouns(woman)
    thing, other = rng.sample(own.split(), 2)
    return rng.choice(
        (
            f"the {person} said that {he} liked {his} {thing}",
            f"{he} was a {person} and {himself} chose the {thing}",
            f"the {thing} and the {other} of the {person} were {his} pride",
            f"a {person} told {himself} about the {thing} and {his} {other}",
        )
    )


def _capital(rng: random.Random) -> str:
    (country, city), own = rng.choice(list(CAPITAL.items()))
    adjective, river = own.split()
    if rng.random() < 0.5:
        what = rng.choice(["parliament", "border", "army", "president", "exports"])
        return rng.choice(
            (
                f"the {adjective} {what} of {country} was in the news",
                f"in {country} the {what} lies beyond the {river}",
                f"the {what} made {country} proud of the {adjective} people",
            )
        )
    what = rng.choice(["mayor", "streets", "metro", "suburbs", "airport"])
    return rng.choice(
        (
            f"the {adjective} {what} of {city} was in the news",
            f"in {city} the {what} lies beyond the {river}",
            f"the {what} made {city} proud of the {adjective} people",
        )
    )


def _young(rng: random.Random) -> str:
    pair, own = rng.choice(list(YOUNG.items()))
    young = rng.random() < 0.5
    animal, (sound, thing) = pair[young], own.split()
    trait = rng.choice(("tiny newborn playful" if young else "strong old fierce").split())
    act = rng.choice(("stumbled slept" if young else "hunted led").split())
    return rng.choice(
        (
            f"the {trait} {animal} {sound} and {act} near the {thing}",
            f"near the {thing} a {trait} {animal} {act}",
            f"we saw how the {animal} {sound} and {act}",
        )
    )


def _food(rng: random.Random) -> str:
    food, verb = _zipf(FOOD, rng), rng.choice(["cooked", "tasted", "ate", "served", "peeled"])
    place = rng.choice(["kitchen", "plate", "bowl", "fridge", "market"])
    return rng.choice(
        (
            f"we {verb} the {food} from the {place}",
            f"the {food} on the {place} was {verb} for lunch",
            f"for lunch they {verb} a {place} of {food}",
        )
    )


def _money(rng: random.Random) -> str:
    word, verb = _zipf(MONEY, rng), rng.choice(["rose", "fell", "grew", "shrank", "paid"])
    what = rng.choice(["interest", "debt", "shares", "profit"])
    return rng.choice(
        (
            f"the {what} of the {word} {verb} this year",
            f"this year the {word} {verb} and so did the {what}",
        )
    )


def _colour(rng: random.Random) -> str:
    colour, thing = _zipf(COLOUR, rng), rng.choice(["wall", "coat", "bicycle", "door", "curtain"])
    verb = rng.choice(["painted", "dyed", "matched"])
    return rng.choice(
        (
            f"we {verb} the {thing} {colour}",
            f"the {colour} {thing} was {verb} in a bright shade",
        )
    )


def _work(rng: random.Random, leaning: Mapping[str, float]) -> str:
    work = rng.choice(WORK)
    he, his, himself = _pronouns(rng.random() < leaning.get(work, 0.5))
    what = rng.choice(["salary", "shift", "colleagues", "office", "training"])
    return rng.choice(
        (
            f"the {work} said that {he} liked {his} {what}",
            f"after the {what} {he} went home as a {work} by {himself}",
            f"a {work} told {himself} about the {what} and {his} job",
        )
    )


def _zipf(words: Sequence[str], rng: random.Random) -> str:
    """One of the words: the k-th is k times as rare as the first."""
    return rng.choices(words, [1 / rank for rank in range(1, len(words) + 1)])[0]


_WRITERS = {
    "gender": _gender,
    "capital": _capital,
    "young": _young,
    "food": _food,
    "money": _money,
    "colour": _colour,
}
