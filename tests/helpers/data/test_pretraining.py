"""The generated corpus is what its documentation says, and text files are read right."""

import pytest

from helpers.data.pretraining import (
    ADJECTIVES,
    TOPICS,
    document_corpus,
    opinions,
    read_documents,
    topics,
)

MOOD = {word: mood for mood, group in enumerate(ADJECTIVES) for word in group.split()}
TOPIC = {word: i for i, group in enumerate(TOPICS.values()) for word in group.split()}


def test_forty_of_each_mood_and_ten_of_each_topic_all_different():
    assert len(MOOD) == 80 and len(TOPIC) == 40 and not MOOD.keys() & TOPIC.keys()
    assert [len(group.split()) for group in ADJECTIVES] == [40, 40]
    assert all(len(group.split()) == 10 for group in TOPICS.values())


def test_documents_have_one_mood_and_one_topic():
    made = document_corpus(2000, adjectives=40)
    words = set()
    for document, group in zip(made.documents, made.groups, strict=True):
        assert len(document) == 2
        for sentence in document:
            tokens = sentence.split()
            words.update(tokens)
            said = [MOOD[word] for word in tokens if word in MOOD]
            about = [TOPIC[word] for word in tokens if word in TOPIC]
            assert len(said) == 3 and set(said) == {group // 4} and about == [group % 4]
            assert len(tokens) <= 7  # two, and three special tokens, are at most 17
    assert words >= MOOD.keys() | TOPIC.keys() and "not" not in words
    assert set(made.groups) == set(range(8))


def test_same_arguments_same_corpus():
    assert document_corpus(50) == document_corpus(50)
    assert document_corpus(50).documents != document_corpus(50, seed=1).documents
    few = {
        word for d in document_corpus(500, adjectives=5).documents for s in d for word in s.split()
    }
    assert len(few & MOOD.keys()) == 10


def test_opinions_are_mood_turned_by_not():
    task = opinions()
    for text, label in zip(task.train + task.test, [*task.train_y, *task.test_y], strict=True):
        tokens = text.split()
        (mood,) = (MOOD[word] for word in tokens if word in MOOD)
        assert label == mood ^ ("not" in tokens)
    assert not set(task.train) & set(task.test)
    assert task.train_y[:16].sum() == 8
    negated = sum("not" in text.split() for text in task.test)
    assert 430 < negated < 570
    assert opinions(16).train == task.train[:16] and opinions(16).test == task.test
    assert not any("not" in text.split() for text in opinions(negation=False).train)


def test_topics_are_those_of_the_nouns():
    task = topics(100, 200)
    for text, label in zip(task.train, task.train_y, strict=True):
        assert [TOPIC[word] for word in text.split() if word in TOPIC] == [label]
    assert task.train_y[:8].tolist() == [0, 1, 2, 3] * 2


def test_documents_of_a_file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n one\ntwo \n\n\n세 번째\n", encoding="utf-8")
    assert read_documents(path) == [["one", "two"], ["세 번째"]]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not UTF-8"):
        read_documents(path)
    path.write_text(" \n")
    with pytest.raises(ValueError, match="no text"):
        read_documents(path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: document_corpus(1, adjectives=2), "from 3 to 40"),
        (lambda: opinions(adjectives=41), "from 1 to 40"),
        (lambda: topics(10_000), "only 6400"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
