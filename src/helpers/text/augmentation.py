"""Easy data augmentation of sentences (Wei and Zou 2019), and a round trip through a dictionary.

A sentence is a list of words. No function changes the list it is given. `protected` words are
never replaced, deleted or moved, and what stands right behind one stays there: "not" says
something about the next word, as do 안 and 못.

Chapter: `data-augmentation`.
"""

import random
from collections.abc import Collection, Mapping, Sequence

Words = Sequence[str]
Lexicon = Mapping[str, Sequence[str]]  # a word -> its synonyms, without itself


def lexicon(groups: Collection[Words]) -> dict[str, list[str]]:
    """Return word -> synonyms from groups of words with one meaning.

    Raises:
        ValueError: a word is in two groups; which meaning would it have?
    """
    found = {}
    for group in groups:
        for word in group:
            if word in found:
                raise ValueError(f"{word!r} is in two groups of synonyms: leave it in one")
            found[word] = [other for other in group if other != word]
    return found


def synonym_replacement(
    words: Words,
    count: int,
    synonyms: Lexicon,
    *,
    protected: Collection[str] = (),
    rng: random.Random | None = None,
) -> list[str]:
    """Replace up to `count` words that have synonyms, each by one of them."""
    rng = rng or random
    changed = list(words)
    places = [i for i, w in enumerate(words) if synonyms.get(w) and w not in protected]
    for i in rng.sample(places, min(count, len(places))):
        changed[i] = rng.choice(synonyms[words[i]])
    return changed


def random_insertion(
    words: Words,
    count: int,
    synonyms: Lexicon,
    *,
    protected: Collection[str] = (),
    rng: random.Random | None = None,
) -> list[str]:
    """Insert, `count` times, a synonym of a random free word of the sentence at a random place.

    A word behind a protected one lends no synonym: "not clean ... tidy" contradicts itself.
    """
    rng = rng or random
    changed = list(words)
    known = [words[i] for i in _free(words, protected) if synonyms.get(words[i])]
    for _ in range(count if known else 0):
        places = [i for i in range(len(changed) + 1) if i == 0 or changed[i - 1] not in protected]
        changed.insert(rng.choice(places), rng.choice(synonyms[rng.choice(known)]))
    return changed


def random_swap(
    words: Words,
    count: int,
    *,
    protected: Collection[str] = (),
    rng: random.Random | None = None,
) -> list[str]:
    """Exchange two words that are free to move, `count` times."""
    rng = rng or random
    changed, free = list(words), _free(words, protected)
    for _ in range(count if len(free) > 1 else 0):
        i, j = rng.sample(free, 2)
        changed[i], changed[j] = changed[j], changed[i]
    return changed


def random_deletion(
    words: Words,
    rate: float,
    *,
    protected: Collection[str] = (),
    rng: random.Random | None = None,
) -> list[str]:
    """Delete each free word with probability `rate`; at least one word always stays."""
    rng = rng or random
    free = set(_free(words, protected))
    kept = [w for i, w in enumerate(words) if i not in free or rng.random() >= rate]
    return kept or [rng.choice(words)]


OPERATIONS = ("replace", "insert", "swap", "delete")


def eda(
    words: Words,
    synonyms: Lexicon,
    copies: int = 8,
    alpha: float = 0.1,
    *,
    operations: Sequence[str] = OPERATIONS,
    protected: Collection[str] = (),
    rng: random.Random | None = None,
) -> list[list[str]]:
    """Return `copies` changed sentences, each by one operation, chosen at random.

    Args:
        synonyms: for "replace" and "insert".
        alpha: share of the words to change, at least one word.
        operations: out of `OPERATIONS`.
        protected: words that keep their place and what stands behind them.
        rng: random numbers; by default those of `seed_everything`.

    Raises:
        ValueError: no words, an alpha outside 0 to 1, an operation that does not exist.
    """
    if not words or not 0 <= alpha <= 1:
        raise ValueError(f"{len(words)} words and alpha={alpha}: need a word, and 0 <= alpha <= 1")
    if not operations or set(operations) - set(OPERATIONS):
        raise ValueError(f"operations={operations}: choose from {OPERATIONS}")
    rng = rng or random
    keep = {"protected": protected, "rng": rng}
    count = max(1, round(alpha * len(words)))
    change = {
        "replace": lambda: synonym_replacement(words, count, synonyms, **keep),
        "insert": lambda: random_insertion(words, count, synonyms, **keep),
        "swap": lambda: random_swap(words, count, **keep),
        "delete": lambda: random_deletion(words, alpha, **keep),
    }
    return [change[rng.choice(operations)]() for _ in range(copies)]


def round_trip(
    words: Words, there: Lexicon, back: Lexicon, *, rng: random.Random | None = None
) -> list[str]:
    """Translate word by word with a dictionary, and back: back-translation's smallest model.

    Where a word has several translations, one is drawn. Unknown words pass as they are.
    """
    rng = rng or random
    abroad = [rng.choice(there[w]) if there.get(w) else w for w in words]
    return [rng.choice(back[w]) if back.get(w) else w for w in abroad]


def _free(words: Words, protected: Collection[str]) -> list[int]:
    """The places of words that are neither protected nor right behind a protected word."""
    return [
        i
        for i, word in enumerate(words)
        if word not in protected and (i == 0 or words[i - 1] not in protected)
    ]
