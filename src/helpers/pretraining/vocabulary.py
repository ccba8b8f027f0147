"""One vocabulary for all objectives: special tokens, words, and stand-ins for missing spans.

Chapter: `pretraining`.
"""

from collections.abc import Callable, Iterable, Sequence

from helpers.text.vocabulary import SPECIAL, Vocabulary

CLS, SEP, MASK = "[CLS]", "[SEP]", "[MASK]"
# in every vocabulary made here, behind those of every vocabulary
CLS_ID, SEP_ID, MASK_ID, FIRST_WORD_ID = range(len(SPECIAL), len(SPECIAL) + 4)


def pretraining_vocabulary(
    sentences: Iterable[str],
    tokenize: Callable[[str], list[str]] = str.split,
    *,
    size: int | None = None,
    more: Sequence[str] = (),
    sentinels: int = 8,
) -> Vocabulary:
    """Return one vocabulary for all objectives: special tokens, words, sentinels, in this order.

    Args:
        sentences: the text.
        tokenize: makes tokens of a sentence.
        size: at most so many words, the most frequent ones.
        more: words that the text need not have, such as "not" for a later task.
        sentinels: how many stand-ins for missing spans, `sentinel_ids`.
    """
    size = None if size is None else size + len(SPECIAL)  # `of` counts its special tokens
    words = Vocabulary.of(sentences, tokenize, size=size).tokens[len(SPECIAL) :]
    words = list(dict.fromkeys(w for w in (*words, *more) if w not in (CLS, SEP, MASK)))
    return Vocabulary([CLS, SEP, MASK, *words, *(f"<extra_{i}>" for i in range(sentinels))])


def sentinel_ids(vocabulary: Vocabulary) -> range:
    """Return the ids of the sentinels, the last ones of a `pretraining_vocabulary`."""
    count = sum(token.startswith("<extra_") for token in vocabulary.tokens)
    return range(len(vocabulary) - count, len(vocabulary))


def word_ids(vocabulary: Vocabulary) -> range:
    """Return the ids of the words, neither special tokens nor sentinels."""
    return range(FIRST_WORD_ID, sentinel_ids(vocabulary).start)
