"""Both sentences say the same, the alignment is true, the probabilities are those of the draw."""

import math
import re
from collections import Counter

import pytest

from helpers.data.parallel import DEEDS, PEOPLE, grammatical, parallel, with_particle


def test_a_particle_depends_on_the_last_letter():
    assert with_particle("책", "을", "를") == "책을"
    assert with_particle("편지", "을", "를") == "편지를"
    assert with_particle("학생들", "은", "는") == "학생들은"


def test_the_same_arguments_give_the_same_text():
    assert parallel(50) == parallel(50)
    assert parallel(50).english != parallel(50, seed=1).english
    assert parallel(20).english == parallel(50).english[:20]


def test_no_sentence_is_in_both_splits():
    train, test = parallel(2000), parallel(500, split="test", seed=3)
    assert not set(train.english) & set(test.english)


def test_the_alignment_is_true():
    """Words that are translated by one another in all sentences: a small dictionary."""
    text = parallel(500)
    known = {"소녀는": "girl", "방에": "room", "자기": {"her", "his", "their"}, "다시": "again"}
    known |= {"않았다": {"did", "not"}, "온": "from", "있는": "in", "말을": {"horse", "words"}}
    seen = set()
    for english, korean, links in zip(text.english, text.korean, text.alignment, strict=True):
        english, korean = english.split(), korean.split()
        assert len(links) == len(korean) and all(links)
        for word, places in zip(korean, links, strict=True):
            if word in known:
                wanted = known[word] if isinstance(known[word], set) else {known[word]}
                assert {english[i] for i in places} <= wanted
                seen.add(word)
        untold = {english[i] for i in set(range(len(english))) - {i for p in links for i in p}}
        assert untold <= {"the"}
    assert seen == set(known)


def test_the_possessive_agrees_with_the_subject():
    for english in parallel(500).english:
        found = re.search(r"\b(her|his|their)\b", english)
        if found:
            assert found[0] == PEOPLE[english.split()[1]][1]


def test_probabilities_are_those_of_the_draw():
    """The short sentences with one deed come as often as their probability says."""
    text = parallel(20_000)
    counts, probability = Counter(), {}
    for english, p in zip(text.english, text.log_probability, strict=True):
        counts[english] += 1
        assert probability.setdefault(english, p) == p
    short = [s for s in probability if len(s.split()) == 5 and "did" not in s]
    expected = sum(math.exp(probability[s]) for s in short) / 0.8  # without the test split
    assert sum(counts[s] for s in short) / 20_000 == pytest.approx(expected, rel=0.1)
    deed = next(iter(DEEDS))
    found = [probability.get(f"the {person} opened the door") for person in PEOPLE]
    assert math.isclose(
        next(p for p in found if p),
        math.log(1 / 9 / 4 / 2 / len(DEEDS) / len(DEEDS[deed]) / 2 * 3 / 4 / 2),
    )


def test_every_sentence_is_grammatical_and_its_neighbours_are_not():
    text = parallel(300)
    assert all(map(grammatical, text.english))
    for wrong in (
        "the girl in the room opened his door",
        "the girl helped the girl",
        "the girl opened the bread",
        "the girl in the room from the city opened the door",
        "the girl did not opened the door",
        "the girl opened the door yesterday again",
        "girl opened the door",
        "",
    ):
        assert not grammatical(wrong), wrong
    assert grammatical("the girl from the city in the room did not open her door yesterday")


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="split='dev'"):
        parallel(3, split="dev")
    with pytest.raises(ValueError, match="count=-1"):
        parallel(-1)
