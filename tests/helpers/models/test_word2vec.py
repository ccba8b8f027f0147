"""word2vec: windows counted by hand, the loss against PyTorch, and a corpus that it must learn."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers import seed_everything
from helpers.data.grammar import analogies, sentence_corpus
from helpers.models.word2vec import (
    Word2Vec,
    WordVectors,
    cbow_examples,
    count,
    keep_probability,
    learn,
    negative_sampling_loss,
    noise,
    skip_gram_examples,
    subsample,
    windows,
    with_negatives,
)
from helpers.text import Vocabulary, words


def pairs_by_hand(sentences, window):
    return sorted(
        (line[i], line[j])
        for line in sentences
        for i in range(len(line))
        for j in range(len(line))
        if i != j and abs(i - j) <= window
    )


@pytest.mark.parametrize("window", [1, 2, 5])
def test_windows_equal_two_loops(window):
    sentences = [[4, 5, 6, 7, 5], [8], [], [9, 4], [6, 6, 6]]
    tokens, around = windows(sentences, window, shrink=False)
    assert around.shape == (len(tokens), 2 * window)
    given, right = skip_gram_examples(tokens, around)
    assert sorted(zip(given[:, 0].tolist(), right.tolist(), strict=True)) == pairs_by_hand(
        sentences, window
    )
    assert 8 not in tokens  # a sentence of one word has no neighbours


def test_windows_are_in_the_order_of_the_text_and_padded_with_zeros():
    tokens, around = windows([[4, 5, 6]], 2, shrink=False)
    assert tokens.tolist() == [4, 5, 6]
    assert around.tolist() == [[0, 0, 5, 6], [0, 4, 6, 0], [4, 5, 0, 0]]
    given, right = cbow_examples(tokens, around)
    assert given is around and right is tokens


def test_a_shrunk_window_takes_near_words_always_and_far_ones_in_proportion():
    seed_everything(0)
    _, around = windows([list(range(4, 4 + 3_000))], 4)
    share = (around != 0).double().mean(dim=0)
    assert torch.allclose(share[4:], torch.tensor([1, 0.75, 0.5, 0.25]).double(), atol=0.04)
    assert torch.allclose(share[:4].flip(0), share[4:], atol=0.05)


def test_windows_of_nothing():
    tokens, around = windows([[], [7]], 3)
    assert tokens.numel() == 0 and around.shape == (0, 6)
    with pytest.raises(ValueError, match="window=0"):
        windows([[4, 5]], 0)


def test_keep_probability_is_the_papers():
    keep = keep_probability(torch.tensor([0, 900, 90, 10]), 0.01)
    assert keep.tolist() == pytest.approx([1, math.sqrt(0.01 / 0.9), math.sqrt(0.01 / 0.09), 1])
    assert keep_probability(torch.tensor([3, 1]), math.inf).tolist() == [1, 1]
    with pytest.raises(ValueError, match="above 0"):
        keep_probability(torch.tensor([3, 1]), 0)
    with pytest.raises(ValueError, match="count the words"):
        keep_probability(torch.zeros(3), 0.1)


def test_subsample_drops_by_probability_and_keeps_the_order():
    seed_everything(0)
    sentences = [[4, 5, 6, 5]] * 2_000
    kept = subsample(sentences, torch.tensor([1, 1, 1, 1, 1.0, 0.25, 0.0]))
    assert len(kept) == 2_000 and sentences[0] == [4, 5, 6, 5]
    counts = count(kept, 7)
    assert counts[4] == 2_000 and counts[6] == 0
    assert 850 < counts[5] < 1_150
    assert {tuple(line) for line in kept} == {(4,), (4, 5), (4, 5, 5)}


def test_noise_is_the_counts_to_the_three_quarters():
    distribution = noise(torch.tensor([0, 16, 81]))
    assert distribution.tolist() == pytest.approx([0, 8 / 35, 27 / 35])
    assert noise(torch.tensor([0, 3, 9]), power=0).tolist() == [0, 0.5, 0.5]


def test_the_model_is_the_mean_of_what_is_there_times_the_other_table():
    seed_everything(0)
    model = Word2Vec(9, 4).double()
    assert model.outside.abs().sum() == 0 and model.inside.abs().max() <= 0.5 / 4
    nn.init.normal_(model.outside)
    given = torch.tensor([[4, 5, 0], [6, 0, 0], [0, 0, 0]])
    asked = torch.tensor([[7, 8], [4, 4], [5, 6]])
    bag = nn.EmbeddingBag.from_pretrained(
        model.inside.detach(), freeze=False, mode="mean", padding_idx=0
    )
    theirs = (model.outside.detach()[asked] @ bag(given).unsqueeze(2)).squeeze(2)
    ours = model(given, asked)
    assert torch.allclose(ours, theirs)
    (weight,) = torch.autograd.grad(theirs.square().sum(), bag.weight)
    (gradient,) = torch.autograd.grad(ours.square().sum(), model.inside)
    assert torch.allclose(gradient, weight)
    assert gradient[0].abs().sum() == 0  # padding learns nothing


def test_the_loss_is_pytorchs_and_finite_far_out():
    scores = torch.tensor([[3.0, -2, 0.5], [-1000, 1000, 0]], dtype=torch.float64)
    scores.requires_grad_()
    labels = torch.tensor([[1.0, 0, 0], [1, 0, 0]], dtype=torch.float64)
    ours = negative_sampling_loss(scores, labels)
    theirs = F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / 2
    assert ours.item() == pytest.approx(theirs.item())
    (ours_gradient,) = torch.autograd.grad(ours, scores)
    (theirs_gradient,) = torch.autograd.grad(theirs, scores)
    assert torch.allclose(ours_gradient, theirs_gradient)


def test_negatives_come_from_the_distribution_and_the_right_word_first():
    seed_everything(0)
    add = with_negatives(torch.tensor([0, 0, 0, 0, 0.2, 0.8]), 3)
    given, right = torch.full((4_000, 1), 4), torch.full((4_000,), 5)
    (same, asked), labels = add(given, right)
    assert same is given and asked.shape == labels.shape == (4_000, 4)
    assert (asked[:, 0] == 5).all() and (asked[:, 1:] >= 4).all()
    assert 0.78 < (asked[:, 1:] == 5).double().mean() < 0.82
    assert labels[:, 0].eq(1).all() and labels[:, 1:].eq(0).all()


def test_learn_says_what_is_wrong():
    with pytest.raises(ValueError, match="'skip-gram', 'cbow'"):
        learn([[4, 5]], 6, "glove")
    with pytest.raises(ValueError, match="no word has a neighbour"):
        learn([[4], [5]], 6, "cbow", threshold=math.inf)


@pytest.fixture(scope="module")
def learned():
    """Both methods on a small corpus: name -> vectors."""
    text = sentence_corpus(2_000)
    vocabulary = Vocabulary.of(text.sentences)
    encoded = [vocabulary.encode(words(line)) for line in text.sentences]
    found = {}
    for method, epochs in (("skip-gram", 6), ("cbow", 15)):
        seed_everything(0)
        model, history = learn(encoded, len(vocabulary), method, epochs=epochs)
        assert history.losses[-1] < history.losses[0]
        found[method] = WordVectors(vocabulary, model.inside.detach().cpu())
    return text, found


@pytest.mark.parametrize("method", ["skip-gram", "cbow"])
def test_what_is_learned_is_the_truth(learned, method):
    text, found = learned
    vectors = found[method]
    questions = analogies(text.relations["young"])
    assert sum(vectors.analogy(a, b, c) == d for a, b, c, d in questions) > 0.7 * len(questions)
    food = set(text.groups["food"])
    assert len(food & set(vectors.nearest("rice", 5))) >= 3


@pytest.fixture
def small():
    vocabulary = Vocabulary(["north", "east", "northeast", "south", "nothing"])
    rows = [[0, 1], [1, 0], [1, 1], [0, -3], [0, 0]]
    table = torch.cat([torch.full((4, 2), 9.0), torch.tensor(rows, dtype=torch.float32)])
    return WordVectors(vocabulary, table)


def test_nearest_is_by_angle_and_leaves_out_the_word_itself(small):
    assert small["east"].tolist() == [1, 0] and small.number("east") == 5
    assert small.nearest("north", 1) == ["northeast"]
    assert small.nearest("north", 4)[-1] == "south"
    assert small.nearest(torch.tensor([0.0, -0.1]), 1) == ["south"]
    assert small.nearest(torch.tensor([0.0, 5.0]), 1, without=["north"]) == ["northeast"]
    assert len(small.nearest("north", 50)) == 4  # never a special token, never itself


def test_analogy_with_and_without_its_own_words(small):
    assert small.analogy("south", "north", "east", exclude=False) == "north"
    assert small.analogy("south", "north", "east") == "northeast"


def test_a_word_without_a_row_is_named(small):
    with pytest.raises(KeyError, match="'wug' has no row"):
        small["wug"]
    with pytest.raises(KeyError, match="'wug'"):
        small.nearest("north", 1, without=["wug"])
