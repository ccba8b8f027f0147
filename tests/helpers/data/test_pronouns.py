"""The adjective alone decides what "it" means, and no pair of nouns is in both splits."""

import pytest
import torch

from helpers.data import pronouns as stories
from helpers.data.pronouns import held_out, pronouns, vocabulary

SPLITS = pytest.mark.parametrize("split", ["train", "test"])


def test_the_vocabulary_has_every_word_once():
    words = vocabulary()
    assert len(words) == len(set(words))
    assert len(stories.ACTORS) == len(stories.PLACES) == 35
    assert len(stories.ACTOR_ADJECTIVES) == len(stories.PLACE_ADJECTIVES) == 8
    assert words[:70] == stories.ACTORS + stories.PLACES


@SPLITS
def test_places_tokens_and_answers_agree_with_the_text(split):
    data = pronouns(500, split=split)
    assert data.tokens.shape == (500, stories.LENGTH) and data.places.shape == (500, 2)
    rows = zip(
        data.texts, data.tokens, data.referents, data.right, data.places.tolist(), strict=True
    )
    for text, tokens, referent, right, (place, other) in rows:
        words = text.split()
        assert [vocabulary()[i] for i in tokens] == words
        assert words[stories.IT] == "it" and words[stories.BECAUSE] == "because"
        assert {place, other} == set(stories.NOUNS)
        assert words[place] == referent == vocabulary()[right]
        actor = words[12] in stories.ACTOR_ADJECTIVES
        assert (referent in stories.ACTORS) == actor
        assert (words[other] in stories.PLACES) == actor


@SPLITS
def test_neither_the_place_nor_the_kind_gives_the_answer_away(split):
    data = pronouns(4000, split=split)
    first = (data.places[:, 0] == stories.NOUNS[0]).double()
    actor = (data.right < len(stories.ACTORS)).double()
    assert abs(first.mean() - 0.5) < 0.03
    assert abs(actor.mean() - 0.5) < 0.03
    assert abs(torch.corrcoef(torch.stack([first, actor]))[0, 1]) < 0.06


def test_no_pair_of_nouns_is_in_both_splits():
    def pairs(split):
        texts = (text.split() for text in pronouns(8000, split=split).texts)
        return {tuple(sorted((words[2], words[7]))) for words in texts}

    hidden = {tuple(sorted(pair)) for pair in held_out()}
    assert len(hidden) == stories.HELD_OUT == 100
    assert ("animal", "street") in held_out()
    assert pairs("test") == hidden
    assert not pairs("train") & hidden
    assert len(pairs("train")) > 1000
    nouns = {noun for pair in pairs("train") for noun in pair}
    assert nouns == set(stories.ACTORS) | set(stories.PLACES)


def test_the_same_arguments_give_the_same_sentences():
    state = torch.get_rng_state()
    assert pronouns(20).texts == pronouns(20).texts == pronouns(40).texts[:20]
    assert pronouns(20).texts != pronouns(20, seed=1).texts
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("count", "split", "word"), [(0, "train", "count=0"), (5, "valid", "'valid'")]
)
def test_wrong_arguments_are_named(count, split, word):
    with pytest.raises(ValueError, match=word):
        pronouns(count, split=split)


def test_an_unknown_word_is_named():
    with pytest.raises(ValueError, match="'unicorn'"):
        stories.encode([pronouns(1).texts[0].replace("because", "unicorn")])


def test_sentences_of_another_length_are_refused():
    with pytest.raises(ValueError, match="14"):
        stories.encode(["the animal"])
