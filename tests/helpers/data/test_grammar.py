"""The generated corpus: deterministic, and as its own description says."""

from collections import Counter

import pytest

from helpers import seed_everything
from helpers.data.grammar import analogies, sentence_corpus


@pytest.fixture(scope="module")
def text():
    return sentence_corpus(6_000)


def counted(sentences):
    return Counter(word for line in sentences for word in line.split())


def test_the_same_whatever_the_seed_and_however_many(text):
    seed_everything(5)
    assert sentence_corpus(6_000).sentences == text.sentences
    assert sentence_corpus(50).sentences == text.sentences[:50]
    assert sentence_corpus(50, seed=1).sentences != text.sentences[:50]


def test_every_word_of_the_truth_occurs_and_stands_in_one_place_only(text):
    pairs = [pair for group in text.relations.values() for pair in group]
    named = [word for pair in pairs for word in pair]
    named += [word for group in text.groups.values() for word in group]
    assert len(named) == len(set(named))
    counts = counted(text.sentences)
    assert all(counts[word] > 0 for word in named)


@pytest.mark.parametrize(("woman", "pronouns"), [(False, "he his"), (True, "she her")])
def test_pronouns_agree_with_the_person(text, woman, pronouns):
    allowed = set(pronouns.split())
    for line in text.sentences:
        present = set(line.split())
        if present & {pair[woman] for pair in text.relations["gender"]}:
            assert present & {"he", "his", "she", "her"} <= allowed


def test_the_two_words_of_a_pair_keep_the_pairs_own_company(text):
    lines = {word: [] for word in ("king", "queen", "waiter", "france", "paris")}
    for line in text.sentences:
        for word in lines.keys() & set(line.split()):
            lines[word].append(line)
    for word in ("king", "queen"):
        assert all("throne" in x or "crown" in x or "palace" in x for x in lines[word])
    assert not any("throne" in line for line in lines["waiter"])
    assert any("mayor" in line for line in lines["paris"])
    assert not any("mayor" in line for line in lines["france"])


def test_groups_are_written_from_frequent_to_rare(text):
    counts = counted(text.sentences)
    for name in ("food", "money", "colour"):
        group = text.groups[name]
        half = len(group) // 2
        assert sum(counts[w] for w in group[:half]) > 2 * sum(counts[w] for w in group[half:])
        assert counts[group[0]] == max(counts[w] for w in group)


def women(text, work):
    """The share of the sentences with this work that say "she"."""
    said = [set(line.split()) for line in text.sentences if work in line.split()]
    return sum(bool({"she", "her", "herself"} & words) for words in said) / len(said)


def test_work_leans_only_where_it_is_planted():
    leaning = sentence_corpus(6_000, leaning={"nurse": 0.9, "pilot": 0.0})
    assert 0.8 < women(leaning, "nurse") < 1
    assert women(leaning, "pilot") == 0
    assert 0.35 < women(leaning, "lawyer") < 0.65
    neutral = sentence_corpus(6_000)
    assert all(0.35 < women(neutral, work) < 0.65 for work in neutral.groups["work"])


@pytest.mark.parametrize("leaning", [{"astronaut": 0.9}, {"nurse": 1.5}, {"nurse": -0.1}])
def test_a_lean_that_cannot_be_is_refused_by_name(leaning):
    with pytest.raises(ValueError, match=next(iter(leaning)) + " is wrong.*doctor"):
        sentence_corpus(10, leaning=leaning)


def test_articles(text):
    words = [line.split() for line in text.sentences]
    pairs = {pair for line in words for pair in zip(line, line[1:], strict=False)}
    assert ("an", "engineer") in pairs and ("a", "nurse") in pairs
    assert not any(a == "a" and b[0] in "aeiou" for a, b in pairs)


def test_analogies_are_all_ordered_pairs_of_pairs():
    questions = analogies((("a", "b"), ("c", "d"), ("e", "f")))
    assert len(questions) == 6
    assert ("a", "b", "c", "d") in questions and ("c", "d", "a", "b") in questions
    assert not any(q[:2] == q[2:] for q in questions)
