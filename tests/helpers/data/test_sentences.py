"""The generated reviews: labels that the grammar confirms, splits that do not move."""

import pytest
import torch

from helpers import seed_everything
from helpers.data.sentences import dictionary, encode, opinion, reviews, synonyms

LANGUAGES = ("en", "ko")


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_are_what_the_sentences_say(language):
    corpus = reviews(language)
    assert len(corpus.train) == 2000 and len(corpus.test) == 1000
    for part, labels in ((corpus.train, corpus.train_y), (corpus.test, corpus.test_y)):
        assert [opinion(words, language) for words in part] == labels.tolist()
        assert labels.float().mean() == 0.5 and labels.dtype == torch.int64


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_in_four_is_negated_and_other_negations_mean_nothing(language):
    corpus = reviews(language)
    moods = set(dictionary(language, "en"))
    behind = [
        b
        for words in corpus.train
        for a, b in zip(words, words[1:], strict=False)
        if a in corpus.negations
    ]
    share = sum(word in moods for word in behind) / len(corpus.train)
    assert 0.2 < share < 0.3
    assert any(word not in moods for word in behind)


def test_korean_uses_both_negations():
    words = {word for sentence in reviews("ko").train for word in sentence}
    assert {"안", "못"} <= words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_whatever_the_seed_and_however_many(language):
    seed_everything(1)
    first = reviews(language)
    seed_everything(2)
    assert reviews(language) is not first and reviews(language).train == first.train
    assert reviews(language, train=50).train == first.train[:50]
    assert reviews(language, train=50).test == first.test


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("the room was clean", 1),
        ("the room was not clean", 0),
        ("the room was not really clean", 1),  # the negation stands before another word
        ("we did not drive but the room was dirty", 0),
        ("the room was clean dirty", None),
        ("the room was", None),
    ],
)
def test_opinion_reads_the_grammar(words, expected):
    assert opinion(words.split(), "en") == expected


def test_synonyms_and_dictionary_keep_the_opinion():
    for language, other in (LANGUAGES, LANGUAGES[::-1]):
        for word, others in synonyms(language).items():
            assert others and word not in others
            said = {opinion([w], language) for w in (word, *others)}
            assert len(said) == 1
        for word, translations in dictionary(language, other).items():
            assert {opinion([t], other) for t in translations} == {opinion([word], language)}


def test_encode_counts_words_and_pairs():
    codes = encode([["not", "clean"], ["clean", "not"], ["not"]])
    assert codes.shape == (3, 3) and codes.dtype == torch.int64
    assert codes[0].tolist() != codes[1].tolist()
    assert set(codes[0, :2].tolist()) == set(codes[1, :2].tolist())
    assert codes[0, 2] != codes[1, 2] and codes[2, 1:].eq(0).all()
    assert encode([["안", "좋았다"]], features=10).max() < 10
    assert torch.equal(encode([["not", "clean"]]), codes[:1])


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="en, ko"):
        reviews("fr")
