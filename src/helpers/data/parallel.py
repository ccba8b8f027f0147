"""Generated sentences in English and in Korean that say the same, with their true alignment.

    text = parallel(1000)
    text.english[0]       "the girl in the garden read her book yesterday"
    text.korean[0]        "어제 정원에 있는 소녀는 자기 책을 읽었다"
    text.alignment[0][0]  [8]: the first Korean word says what English word 8 says

The two differ where the languages do. Korean has the verb last, no article, the modifier in front,
and one word for his, her and their ("자기", one's own). Particles say who acts on whom: English
says it by order. Two Korean words have two meanings each: "배" (pear, ship), "말" (horse, words).

Chapter: `language-models`.
"""

import math
import random
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

PEOPLE = {
    "girl": ("소녀", "her"),
    "mother": ("어머니", "her"),
    "queen": ("여왕", "her"),
    "boy": ("소년", "his"),
    "father": ("아버지", "his"),
    "king": ("왕", "his"),
    "students": ("학생들", "their"),
    "teachers": ("선생님들", "their"),
    "children": ("아이들", "their"),
}
# Where somebody comes from, and where they are: preposition, Korean particle and verb, places.
ORIGINS = ("from", "에서", "온", {"village": "마을", "city": "도시", "island": "섬"})
PLACES = ("in", "에", "있는", {"room": "방", "garden": "정원", "school": "학교"})
# English past and infinitive; Korean past, and the form before "않았다" (did not).
DEEDS = {
    ("opened", "open", "열었다", "열지"): {"door": "문", "window": "창문", "box": "상자"},
    ("read", "read", "읽었다", "읽지"): {"book": "책", "letter": "편지", "newspaper": "신문"},
    ("lost", "lose", "잃었다", "잃지"): {"key": "열쇠", "bag": "가방", "book": "책"},
    ("painted", "paint", "칠했다", "칠하지"): {"ship": "배", "door": "문", "box": "상자"},
    ("ate", "eat", "먹었다", "먹지"): {"pear": "배", "bread": "빵", "apple": "사과"},
    ("rode", "ride", "탔다", "타지"): {"horse": "말", "bicycle": "자전거"},
    ("forgot", "forget", "잊었다", "잊지"): {"words": "말", "song": "노래", "letter": "편지"},
}
MEETINGS = (
    ("helped", "help", "도왔다", "돕지"),
    ("called", "call", "불렀다", "부르지"),
    ("followed", "follow", "따라갔다", "따라가지"),
    ("praised", "praise", "칭찬했다", "칭찬하지"),
)
TIMES = {"yesterday": "어제", "today": "오늘", "again": "다시"}


@dataclass(frozen=True)
class ParallelText:
    """Sentences in two languages.

    Attributes:
        english, korean: the sentences; words are separated by blanks.
        alignment: for each sentence and each of its Korean words, the positions of the English
            words that it translates, at least one.
        log_probability: of each English sentence under the grammar that made it, natural log.
    """

    english: list[str]
    korean: list[str]
    alignment: list[list[list[int]]]
    log_probability: list[float]

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.english)


class _Meaning(NamedTuple):
    """What a sentence says, before it is in any language.

    Attributes:
        places: for each the English preposition, the English place, the two Korean words.
        own: whether the thing is the subject's.
        thing: in English and in Korean.
    """

    subject: str
    places: list[tuple[str, str, str, str]]
    deed: tuple[str, str, str, str]
    negated: bool
    own: bool
    thing: tuple[str, str]
    time: str | None


Word = tuple[str, str]  # a word, and the name of what it says: the same in both languages


def parallel(count: int, *, split: str = "train", seed: int = 0) -> ParallelText:
    """Return `count` pairs, the same for the same arguments; no sentence is in both splits.

    Args:
        split: "train" (four sentences of five) or "test".
        seed: of this draw alone.

    Raises:
        ValueError: a negative count, or a split that does not exist.
    """
    if count < 0 or split not in ("train", "test"):
        raise ValueError(f"count={count} must be at least 0, and split={split!r} 'train' or 'test'")
    rng = random.Random(f"parallel {seed} {split}")
    text = ParallelText([], [], [], [])
    while len(text) < count:
        meaning, log_probability = _draw(rng)
        english, korean = _english(meaning), _korean(meaning, time_first=rng.random() < 0.5)
        sentence = " ".join(word for word, _ in english)
        if (zlib.crc32(sentence.encode()) % 5 == 0) != (split == "test"):
            continue
        text.english.append(sentence)
        text.korean.append(" ".join(word for word, _ in korean))
        text.alignment.append(
            [[i for i, (_, says) in enumerate(english) if says == said] for _, said in korean]
        )
        text.log_probability.append(log_probability)
    return text


def grammatical(english: str) -> bool:
    """Return whether the grammar can make this sentence: its words, their order, its agreement."""
    return any(pattern.fullmatch(english) for pattern in _patterns())


def with_particle(noun: str, closed: str, open_: str) -> str:
    """Return a Korean noun with its particle, which depends on whether it ends in a consonant."""
    ends_in_consonant = (ord(noun[-1]) - ord("가")) % 28 > 0
    return noun + (closed if ends_in_consonant else open_)


@cache
def _patterns() -> list[re.Pattern[str]]:
    """What may be said of each subject."""
    where = "".join(
        rf"( {preposition} the {_one_of(places)})?"
        for preposition, _, _, places in (ORIGINS, PLACES)
    )
    patterns = []
    for subject, (_, own) in PEOPLE.items():
        others = _one_of(person for person in PEOPLE if person != subject)
        deeds = [rf"{_did(deed)} (the|{own}) {_one_of(DEEDS[deed])}" for deed in DEEDS]
        deeds += [rf"{_did(deed)} the {others}" for deed in MEETINGS]
        patterns.append(rf"the {subject}{where} {_one_of(deeds)}( {_one_of(TIMES)})?")
    return [re.compile(pattern) for pattern in patterns]


def _did(deed: tuple[str, str, str, str]) -> str:
    past, plain, *_ = deed
    return f"({past}|did not {plain})"


def _one_of(options: Iterable[str]) -> str:
    return f"({'|'.join(options)})"


def _draw(rng: random.Random) -> tuple[_Meaning, float]:
    """A meaning, and the logarithm of its probability: every choice is among equals."""
    total = 0.0

    def choose(options):
        nonlocal total
        options = list(options)
        total -= math.log(len(options))
        return rng.choice(options)

    subject, places = choose(PEOPLE), []
    for preposition, particle, verb, names in (ORIGINS, PLACES):
        if choose((True, False)):
            place = choose(names)
            places.append((preposition, place, names[place] + particle, verb))
    if choose((True, False)):
        deed, own = choose(MEETINGS), False
        person = choose(person for person in PEOPLE if person != subject)
        thing = (person, PEOPLE[person][0])
    else:
        deed = choose(DEEDS)
        thing, own = choose(DEEDS[deed].items()), choose((True, False))
    negated = choose((True, False, False, False))
    total += 0 if negated else math.log(3)  # three of the four are the same
    time = choose(TIMES) if choose((True, False)) else None
    return _Meaning(subject, places, deed, negated, own, thing, time), total


def _english(said: _Meaning) -> list[Word]:
    words = [("the", ""), (said.subject, "subject")]
    for preposition, place, _, _ in said.places:
        words += [(preposition, preposition), ("the", ""), (place, f"{preposition} where")]
    past, plain = said.deed[:2]
    words += [("did", "not"), ("not", "not"), (plain, "deed")] if said.negated else [(past, "deed")]
    words += [(PEOPLE[said.subject][1], "own") if said.own else ("the", "")]
    words += [(said.thing[0], "thing")]
    return words + ([(said.time, "time")] if said.time else [])


def _korean(said: _Meaning, time_first: bool) -> list[Word]:
    words = []
    for preposition, _, place, verb in reversed(said.places):
        words += [(place, f"{preposition} where"), (verb, preposition)]
    words += [(with_particle(PEOPLE[said.subject][0], "은", "는"), "subject")]
    if said.time:
        time = [(TIMES[said.time], "time")]
        words = time + words if time_first else words + time
    words += [("자기", "own")] if said.own else []
    words += [(with_particle(said.thing[1], "을", "를"), "thing")]
    past, before_not = said.deed[2:]
    return words + ([(before_not, "deed"), ("않았다", "not")] if said.negated else [(past, "deed")])
