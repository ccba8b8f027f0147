"""Tokens become numbers and come back; padding is never mistaken for a token."""

import pytest
import torch

from helpers.masks import token_mask
from helpers.text import (
    END_ID,
    PAD_ID,
    START_ID,
    UNKNOWN_ID,
    Vocabulary,
    characters,
    lengths,
    pad,
    words,
)


def test_words_and_punctuation_come_apart():
    assert words("The cat's milk, 3.5 l!") == ["The", "cat's", "milk", ",", "3", ".", "5", "l", "!"]
    assert words("고양이가 우유를 마셨다.") == ["고양이가", "우유를", "마셨다", "."]
    assert words(" \n") == []


def test_a_korean_syllable_is_one_character_however_it_was_typed():
    composed, decomposed = "\ud55c", "\u1112\u1161\u11ab"  # one syllable; its three letters
    assert characters(decomposed) == characters(composed) == [composed]
    assert words(decomposed) == words(composed)
    assert characters("5월 1일") == ["5", "월", " ", "1", "일"]


def test_the_four_special_tokens_come_first():
    vocabulary = Vocabulary(["b", "a"])
    assert vocabulary.tokens == ["<pad>", "<s>", "</s>", "<unk>", "b", "a"]
    assert (PAD_ID, START_ID, END_ID, UNKNOWN_ID) == (0, 1, 2, 3)
    assert len(vocabulary) == 6 and "b" in vocabulary and "c" not in vocabulary


def test_the_most_frequent_first_and_equals_in_the_alphabets_order():
    texts = ["c b a", "b c", "c d"]
    assert Vocabulary.of(texts).tokens[4:] == ["c", "b", "a", "d"]
    assert Vocabulary.of(texts, min_count=2).tokens[4:] == ["c", "b"]
    assert Vocabulary.of(texts, size=5).tokens[4:] == ["c"]
    assert Vocabulary.of(["ab", "b"], characters).tokens[4:] == ["b", "a"]


def test_encoding_and_decoding():
    vocabulary = Vocabulary.of(["a b c"])
    assert vocabulary.encode(["b", "zebra"], start=True, end=True) == [1, 5, 3, 2]
    assert vocabulary.decode([1, 5, 3, 0, 4, 2, 6]) == ["b", "<unk>", "a"]
    assert vocabulary.decode(torch.tensor([4, 2, 0])) == ["a"]


def test_bad_vocabularies_and_numbers_are_named():
    with pytest.raises(ValueError, match="'a'"):
        Vocabulary(["a", "b", "a"])
    with pytest.raises(ValueError, match="'</s>'"):
        Vocabulary(["</s>"])
    with pytest.raises(ValueError, match="size=4"):
        Vocabulary.of(["a"], size=4)
    with pytest.raises(TypeError, match="characters"):
        Vocabulary(["a"]).encode("a")
    with pytest.raises(IndexError, match="token 9"):
        Vocabulary(["a"]).decode([9])
    with pytest.raises(IndexError, match="token -1"):
        Vocabulary(["a"]).decode([-1])


def test_padding_stands_on_the_right_and_is_masked():
    batch = pad([[5, 6, 7], [5], []])
    assert batch.tolist() == [[5, 6, 7], [5, 0, 0], [0, 0, 0]] and batch.dtype == torch.int64
    assert lengths(batch).tolist() == [3, 1, 0]
    assert token_mask(batch).tolist() == [[True] * 3, [True, False, False], [False] * 3]
    assert pad([]).shape == (0, 0)
    assert pad([[1], [1, 1]], value=-1).tolist() == [[1, -1], [1, 1]]
