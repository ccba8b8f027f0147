"""Short reviews in English and in Korean, generated: is the writer content, or not?

What a sentence says about one thing decides its label: "clean" is content, "not clean" is not.
A negation elsewhere ("we did not drive , but ...") decides nothing. Since the sentences come from
a grammar, `opinion` can read any of them, changed ones too, and tell the true label.

Chapter: `data-augmentation`.
"""

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.text.augmentation import lexicon

# Things, and what can be said of them: content words, then words of the opposite.
ENGLISH = (
    ("hotel trip lunch weather", "good fine pleasant", "bad poor awful"),
    ("room kitchen bathroom", "clean tidy spotless", "dirty filthy grimy"),
    ("waiter doctor driver guide", "kind friendly polite", "rude impolite surly"),
    ("street garden library", "quiet calm peaceful", "noisy loud rowdy"),
)
KOREAN = (
    ("호텔이 여행이 점심이 날씨가", "좋았다 괜찮았다 훌륭했다", "나빴다 형편없었다 끔찍했다"),
    ("방이 부엌이 욕실이", "깨끗했다 말끔했다 청결했다", "더러웠다 지저분했다 불결했다"),
    (
        "종업원이 의사가 기사가 안내원이",
        "친절했다 상냥했다 다정했다",
        "무례했다 불친절했다 퉁명스러웠다",
    ),
    ("거리가 정원이 도서관이", "조용했다 고요했다 평온했다", "시끄러웠다 요란했다 소란스러웠다"),
)
# People, and what they do. In Korean 못 says that they could not, 안 that they did not.
ENGLISH_DEEDS = ("guests children neighbours", "rested relaxed unwound", "argued quarrelled fought")
KOREAN_DEEDS = ("손님들이 아이들이 이웃들이", "쉬었다 놀았다 즐겼다", "다퉜다 싸웠다 언쟁했다")

NEGATIONS = {"en": ("not", "never"), "ko": ("안", "못")}
DEGREES = {"en": "really very truly quite", "ko": "정말 매우 참 꽤"}
OPENINGS = {
    "en": (
        "last week,yesterday,in spring,as you asked,we went by car and,"
        "we did not drive but,we could not book but,it did not rain and"
    ),
    "ko": (
        "지난주에,어제,봄에,물어보신 대로,우리는 차로 갔고,"
        "운전은 안 했지만,예약은 못 했지만,비는 안 왔고"
    ),
}
ENDINGS = {
    "en": ",this time,for all of us,from start to end,my sister says",
    "ko": ",라고 했다,라고 누나가 말했다,고 생각한다,는 후기다",
}
CONTENT, DISCONTENT = 1, 0


@dataclass(frozen=True)
class Reviews:
    """Labelled sentences, split once and for all.

    Attributes:
        train, test: sentences, each a tuple of words.
        train_y, test_y: (sentence,), int64, an index into `classes`.
        synonyms: word -> words that may stand for it (a lexicon of our own).
        negations: the words that turn an opinion round.
        classes: the name of each class.
    """

    train: tuple[tuple[str, ...], ...]
    train_y: Tensor
    test: tuple[tuple[str, ...], ...]
    test_y: Tensor
    synonyms: dict[str, list[str]]
    negations: tuple[str, ...]
    classes: tuple[str, ...] = ("discontent", "content")


def reviews(language: str = "en", train: int = 2000, test: int = 1000) -> Reviews:
    """Return generated reviews, half of them content; the same ones whatever the seed.

    The test sentences come after the training sentences, so more training sentences are the
    smaller set and others. One sentence in four is negated.

    Raises:
        ValueError: a language other than "en" and "ko".
    """
    _known(language)
    rng = random.Random(f"reviews in {language}")  # its stream never changes
    test_part = [_sentence(language, i % 2, rng) for i in range(test)]
    train_part = [_sentence(language, i % 2, rng) for i in range(train)]
    labels = torch.arange(max(train, test)) % 2
    return Reviews(
        tuple(train_part),
        labels[:train].clone(),
        tuple(test_part),
        labels[:test].clone(),
        synonyms(language),
        NEGATIONS[language],
    )


def synonyms(language: str) -> dict[str, list[str]]:
    """Return our lexicon: opinions and degrees, each with the words that can stand for it."""
    _known(language)
    groups = [group.split() for _, *pair in _topics(language) for group in pair]
    return lexicon([*groups, DEGREES[language].split()])


def dictionary(start: str, end: str) -> dict[str, list[str]]:
    """Return a toy dictionary of the opinions from one language to the other."""
    _known(start), _known(end)
    return {
        word: far.split()
        for (_, *near_pair), (_, *far_pair) in zip(_topics(start), _topics(end), strict=True)
        for near, far in zip(near_pair, far_pair, strict=True)
        for word in near.split()
    }


def opinion(words: Sequence[str], language: str) -> int | None:
    """Return what a sentence of this grammar says, 1 (content) or 0; None if it is not clear.

    A word of opinion is negated when a negation stands right before it. It is not clear when no
    opinion is left, or two contradict each other.
    """
    _known(language)
    mood = {
        w: label
        for _, good, bad in _topics(language)
        for label, group in ((CONTENT, good), (DISCONTENT, bad))
        for w in group.split()
    }
    said = {
        mood[word] ^ (i > 0 and words[i - 1] in NEGATIONS[language])
        for i, word in enumerate(words)
        if word in mood
    }
    return said.pop() if len(said) == 1 else None


def encode(sentences: Sequence[Sequence[str]], features: int = 8192) -> Tensor:
    """Return the words and the pairs of neighbours of each sentence as numbers, padded with 0.

    A word or pair has the number hash mod (features - 1) + 1: no vocabulary is needed, and two
    share a number now and then (Weinberger et al. 2009).

    Returns:
        (sentence, length of the longest), int64.
    """
    rows = []
    for words in sentences:
        pairs = [f"{a} {b}" for a, b in zip(words, words[1:], strict=False)]
        rows.append([zlib.crc32(w.encode()) % (features - 1) + 1 for w in (*words, *pairs)])
    longest = max(map(len, rows), default=0)
    padded = [row + [0] * (longest - len(row)) for row in rows]
    return torch.tensor(padded, dtype=torch.int64).reshape(len(rows), longest)


def _sentence(language: str, label: int, rng: random.Random) -> tuple[str, ...]:
    """An opening, a thing, an opinion with this label, perhaps an ending."""
    things, good, bad = (group.split() for group in rng.choice(_topics(language)))
    negated = rng.random() < 0.25
    word = rng.choice(good if label ^ negated else bad)
    deed = things[0] in (ENGLISH_DEEDS[0].split()[0], KOREAN_DEEDS[0].split()[0])
    degree = [rng.choice(DEGREES[language].split())] if rng.random() < 0.5 else []
    negation = [_negation(language, deed, word in good, rng)] if negated else []
    opening = rng.choice(OPENINGS[language].split(",")).split()
    ending = rng.choice(ENDINGS[language].split(",")).split()
    if language == "ko":
        return (*opening, rng.choice(things), *degree, *negation, word, *ending)
    verb = [] if deed else ["was"]
    return (*opening, "the", rng.choice(things), *verb, *degree, *negation, word, *ending)


def _negation(language: str, deed: bool, good: bool, rng: random.Random) -> str:
    if language == "en":
        return "never" if deed else "not"
    return rng.choice(("안", "못")) if deed and good else "안"  # nobody is unable to quarrel


def _topics(language: str) -> tuple:
    return (*ENGLISH, ENGLISH_DEEDS) if language == "en" else (*KOREAN, KOREAN_DEEDS)


def _known(language: str) -> None:
    if language not in NEGATIONS:
        raise ValueError(f"language={language!r} is unknown: choose from {', '.join(NEGATIONS)}")
