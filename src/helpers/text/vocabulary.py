"""Text as numbers and back: tokens, a vocabulary, batches padded to one length.

    vocabulary = Vocabulary.of(["a cat sat", "a dog"], tokenize=words)
    batch = pad([vocabulary.encode(words(text), end=True) for text in ("a cat", "dog")])
    vocabulary.decode(batch[0])  # ["a", "cat"]

Chapter: `language-models`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

SPECIAL = PAD, START, END, UNKNOWN = "<pad>", "<s>", "</s>", "<unk>"
PAD_ID, START_ID, END_ID, UNKNOWN_ID = range(len(SPECIAL))  # in every vocabulary
IGNORE = -100  # a target that does not count; the default of PyTorch's cross-entropy

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")


def characters(text: str) -> list[str]:
    """Split a text into its characters; a Korean syllable is one, however it was typed (NFC)."""
    return list(unicodedata.normalize("NFC", text))


def words(text: str) -> list[str]:
    """Split a text into words and punctuation marks; blanks are dropped, case is kept."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


class Vocabulary:
    """A list of tokens; a token's number is its place in it.

    The first four are always `PAD`, `START`, `END`, `UNKNOWN`.

    Attributes:
        tokens: all of them, in order.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        """Put `tokens` after the four special ones.

        Raises:
            ValueError: a token occurs twice, or is one of the special ones.
        """
        self.tokens = [*SPECIAL, *tokens]
        self._ids = {token: i for i, token in enumerate(self.tokens)}
        if len(self._ids) != len(self.tokens):
            twice = sorted(token for token, n in Counter(self.tokens).items() if n > 1)
            raise ValueError(
                f"{', '.join(map(repr, twice))}: give each token once; the special ones are added"
            )

    @classmethod
    def of(
        cls,
        sentences: Iterable[str],
        tokenize: Callable[[str], list[str]] = words,
        *,
        min_count: int = 1,
        size: int | None = None,
    ) -> "Vocabulary":
        """Collect the tokens of some texts, the most frequent first, equals alphabetically.

        Args:
            min_count: a token that occurs less often is left out (and will be `UNKNOWN`).
            size: at most so many tokens, the four special ones included.

        Raises:
            ValueError: `size` leaves no room beside the special tokens.
        """
        if size is not None and size <= len(SPECIAL):
            raise ValueError(
                f"size={size}: {len(SPECIAL)} places are taken by {', '.join(SPECIAL)}"
            )
        counts = Counter(token for sentence in sentences for token in tokenize(sentence))
        common = sorted(
            (token for token, n in counts.items() if n >= min_count and token not in SPECIAL),
            key=lambda token: (-counts[token], token),
        )
        return cls(common if size is None else common[: size - len(SPECIAL)])

    def __len__(self) -> int:
        """Return how many tokens there are, the special ones included."""
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        """Return whether the token has a number of its own."""
        return token in self._ids

    def encode(self, tokens: Sequence[str], *, start: bool = False, end: bool = False) -> list[int]:
        """Return the tokens' numbers, `UNKNOWN`'s where there is none.

        Args:
            start, end: put `START` before them, `END` behind.

        Raises:
            TypeError: it was given a text, not tokens.
        """
        if isinstance(tokens, str):
            raise TypeError("encode needs a list of tokens: words(text) or characters(text)")
        ids = [self._ids.get(token, UNKNOWN_ID) for token in tokens]
        return [START_ID] * start + ids + [END_ID] * end

    def decode(self, ids: Iterable[int] | Tensor) -> list[str]:
        """Return the tokens of some numbers, up to the first `END`, without `PAD` and `START`.

        Raises:
            IndexError: a number lies outside the vocabulary.
        """
        tokens = []
        for i in ids.tolist() if isinstance(ids, Tensor) else ids:
            if i == END_ID:
                break
            if not 0 <= i < len(self.tokens):
                raise IndexError(f"token {i} of a vocabulary of {len(self.tokens)}")
            if i not in (PAD_ID, START_ID):
                tokens.append(self.tokens[i])
        return tokens


def pad(sequences: Sequence[Sequence[int]], value: int = PAD_ID) -> Tensor:
    """Return (batch, time) int64: the sequences, filled up on the right to the longest."""
    time = max(map(len, sequences), default=0)
    batch = torch.full((len(sequences), time), value, dtype=torch.int64)
    for row, sequence in zip(batch, sequences, strict=True):
        row[: len(sequence)] = torch.as_tensor(sequence, dtype=torch.int64)
    return batch


def lengths(batch: Tensor, value: int = PAD_ID) -> Tensor:
    """Return (batch,) int64: how many tokens of each row are not padding."""
    return (batch != value).sum(dim=1)
