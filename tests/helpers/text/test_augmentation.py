"""EDA on lists of words: each operation does what it says, and protected words keep their place."""

import random

import pytest

from helpers.text import (
    OPERATIONS,
    eda,
    lexicon,
    random_deletion,
    random_insertion,
    random_swap,
    round_trip,
    synonym_replacement,
)

SYNONYMS = lexicon([["clean", "tidy", "neat"], ["very", "quite"], ["깨끗했다", "말끔했다"]])
WORDS = ["the", "room", "was", "very", "clean", "today"]
NEGATED = ["the", "room", "was", "not", "clean", "today"]


@pytest.fixture
def rng():
    return random.Random(0)


def test_lexicon_excludes_the_word_itself_and_refuses_two_meanings():
    assert SYNONYMS["clean"] == ["tidy", "neat"]
    with pytest.raises(ValueError, match="two groups"):
        lexicon([["fair", "just"], ["fair", "middling"]])


def test_replacement_changes_as_many_words_as_asked(rng):
    for count, expected in ((0, 0), (1, 1), (2, 2), (9, 2)):
        new = synonym_replacement(WORDS, count, SYNONYMS, rng=rng)
        differ = [i for i, (a, b) in enumerate(zip(WORDS, new, strict=True)) if a != b]
        assert len(differ) == expected
        assert all(new[i] in SYNONYMS[WORDS[i]] for i in differ)
    assert synonym_replacement(WORDS, 9, SYNONYMS, protected=["very"], rng=rng)[3] == "very"


def test_insertion_adds_synonyms_and_keeps_the_rest_in_order(rng):
    new = random_insertion(WORDS, 3, SYNONYMS, rng=rng)
    assert len(new) == 9
    rest = iter(new)
    assert all(word in rest for word in WORDS)
    assert random_insertion(["none", "known"], 2, SYNONYMS, rng=rng) == ["none", "known"]


def test_swap_keeps_the_words(rng):
    new = random_swap(WORDS, 1, rng=rng)
    assert sorted(new) == sorted(WORDS)
    assert sum(a != b for a, b in zip(new, WORDS, strict=True)) == 2
    assert random_swap(["one"], 5, rng=rng) == ["one"]


def test_deletion_has_its_rate_and_leaves_a_word(rng):
    share = sum(len(random_deletion(["w"] * 10, 0.2, rng=rng)) for _ in range(2000)) / 20000
    assert 0.78 < share < 0.82
    assert len(random_deletion(WORDS, 1.0, rng=rng)) == 1


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("words", "negation", "group"),
    [
        (NEGATED, "not", ("clean", "tidy", "neat")),
        (["방이", "안", "깨끗했다", "어제"], "안", ("깨끗했다", "말끔했다")),
    ],
)
def test_protection_keeps_the_negation_before_its_word(operation, words, negation, group, rng):
    before = list(words)
    copies = eda(words, SYNONYMS, 300, 0.5, operations=[operation], protected=[negation], rng=rng)
    assert words == before
    for copy in copies:
        assert copy.count(negation) == 1
        assert copy[copy.index(negation) + 1] in group
        assert sum(word in group for word in copy) == 1  # none beside it, without a negation


def test_without_protection_some_copy_parts_them(rng):
    copies = eda(NEGATED, SYNONYMS, 300, 0.5, operations=["swap"], rng=rng)
    assert any("not clean" not in " ".join(copy) for copy in copies)


def test_eda_gives_the_copies_and_repeats_with_the_seed():
    first = eda(WORDS, SYNONYMS, 20, rng=random.Random(3))
    assert len(first) == 20 and first == eda(WORDS, SYNONYMS, 20, rng=random.Random(3))
    random.seed(1)
    second = eda(WORDS, SYNONYMS, 20)
    random.seed(1)
    assert second == eda(WORDS, SYNONYMS, 20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": []}, "need a word"),
        ({"alpha": 1.5}, "alpha"),
        ({"operations": ["shuffle"]}, "choose from"),
        ({"operations": []}, "choose from"),
    ],
)
def test_bad_input_says_what_to_do(change, message):
    with pytest.raises(ValueError, match=message):
        eda(**({"words": WORDS, "synonyms": SYNONYMS} | change))


def test_round_trip_goes_through_the_dictionary(rng):
    there, back = {"clean": ["깨끗했다"]}, {"깨끗했다": ["clean", "tidy"]}
    seen = {tuple(round_trip(["so", "clean"], there, back, rng=rng)) for _ in range(50)}
    assert seen == {("so", "clean"), ("so", "tidy")}
