"""The three ways to pretrain: each has a model, examples made from text, and losses.

A task is what `helpers.pretrain` trains. Its examples are numbered; `batch` makes some of them into
tensors, drawing masks or spans anew each time; calling the task returns the losses, added up.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from helpers import objectives
from helpers.models.bert import BERT, PretrainingHeads
from helpers.models.gpt import GPT
from helpers.models.t5 import T5
from helpers.objectives import IGNORE
from helpers.text.vocabulary import END_ID, PAD_ID, START_ID, Vocabulary, pad

CLS, SEP, MASK = "[CLS]", "[SEP]", "[MASK]"
CLS_ID, SEP_ID, MASK_ID, FIRST_WORD_ID = 4, 5, 6, 7  # in every vocabulary made here
Batch = dict[str, Tensor]
_SHAPE = ("time", "width", "heads", "layers", "inner")
_COUNTS = ("documents", "examples", "vocabulary", "steps", "batch", *_SHAPE)


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
    size = None if size is None else size + 4  # `of` counts its special tokens
    words = Vocabulary.of(sentences, tokenize, size=size).tokens[4:]
    special = {CLS, SEP, MASK}
    words = list(dict.fromkeys(w for w in (*words, *more) if w not in special))
    return Vocabulary([CLS, SEP, MASK, *words, *(f"<extra_{i}>" for i in range(sentinels))])


def sentinel_ids(vocabulary: Vocabulary) -> range:
    """Return the ids of the sentinels, the last ones of a `pretraining_vocabulary`."""
    count = sum(token.startswith("<extra_") for token in vocabulary.tokens)
    return range(len(vocabulary) - count, len(vocabulary))


def word_ids(vocabulary: Vocabulary) -> range:
    """Return the ids of the words, neither special tokens nor sentinels."""
    return range(FIRST_WORD_ID, sentinel_ids(vocabulary).start)


def _option(default: Any, text: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": text, **more})


@dataclass(frozen=True)
class Settings:
    """What determines a run, seed included; every field is an option of the command."""

    objective: str = _option("mlm+nsp", "what to learn", choices=["mlm+nsp", "next-token", "spans"])
    text: str | None = _option(None, "a text file; without it, the generated corpus")
    tokens: str = _option("words", "of the text file", choices=["words", "characters"])
    vocabulary: int | None = _option(None, "at most so many words, the most frequent", type=int)
    documents: int = _option(20_000, "of the generated corpus")
    adjectives: int = _option(40, "of each mood in the generated corpus")
    examples: int = _option(20_000, "pairs of sentences to draw (mlm+nsp)")
    sentinels: int = _option(8, "stand-ins for missing spans")
    time: int = _option(18, "tokens of an example, at most")
    width: int = _option(64, "of the model")
    heads: int = _option(2, "of every attention")
    layers: int = _option(2, "of the model; of each stack (spans)")
    inner: int = _option(128, "features within the feed-forward layers")
    std: float = _option(0.2, "of the first embeddings of tokens")
    dropout: float = _option(0.0, "everywhere")
    pre_norm: bool = _option(False, "normalize before each sublayer (spans always does)")
    steps: int = _option(400, "of the optimizer")
    batch: int = _option(128, "examples a step, of all processes together")
    lr: float = _option(5e-3, "highest learning rate of AdamW")
    warmup: int = _option(30, "steps up to it; from there it falls in a line to 0")
    weight_decay: float = _option(0.01, "of matrices, not of biases and norms")
    clip: float = _option(1.0, "largest norm of the gradient")
    seed: int = _option(0, "of everything that is random")
    bf16: bool = _option(False, "matrix products in bfloat16, on a GPU")
    compile: bool = _option(False, "compile the model before training")

    def __post_init__(self) -> None:
        """Refuse what could not be trained.

        Raises:
            ValueError: a number that is too small.
        """
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1")
        for name in ("std", "clip"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}={getattr(self, name)} must be more than 0")


class Task(nn.Module):
    """What the three have in common.

    Attributes:
        model: what is trained.
        examples: how many there are.
    """

    model: nn.Module
    examples: int

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        raise NotImplementedError

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """Return the examples of these numbers as tensors, all with the example first."""
        raise NotImplementedError

    def counts(self, batch: Batch) -> dict[str, Tensor]:
        """Return how many answers each loss of this batch adds up."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return each loss, added up over the answers of this batch."""
        raise NotImplementedError


class MaskedWords(Task):
    """BERT's two tasks: masked words ("mlm") and next sentences ("nsp")."""

    def __init__(
        self,
        documents: Sequence[Sequence[Sequence[int]]],
        groups: Sequence[int] | None,
        vocabulary: Vocabulary,
        settings: Settings,
    ) -> None:
        """Draw the pairs of sentences, and build the model."""
        super().__init__()
        generator = Generator().manual_seed(settings.seed)
        pairs = objectives.next_sentence_pairs(documents, settings.examples, generator, groups)
        joined = [
            objectives.join_pair(a, b, start=CLS_ID, separator=SEP_ID, limit=settings.time)
            for a, b, _ in pairs
        ]
        self.tokens = _rows([ids for ids, _ in joined], settings.time)
        self.segments = _rows([segments for _, segments in joined], settings.time)
        self.follows = torch.tensor([pair.follows for pair in pairs])
        self.words, self.examples = word_ids(vocabulary), len(pairs)
        self.model = self.build(len(vocabulary), settings)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        return PretrainingHeads(BERT(vocabulary, **_sizes(settings)))

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """Return tokens, segments and targets, (batch, time), and follows, (batch,)."""
        tokens = self.tokens[rows]
        maskable = (tokens >= self.words.start) & (tokens < self.words.stop)
        tokens, targets = objectives.mask_words(
            tokens, maskable, mask_id=MASK_ID, words=self.words, generator=generator
        )
        return {
            "tokens": tokens,
            "segments": self.segments[rows],
            "targets": targets,
            "follows": self.follows[rows],
        }

    def counts(self, batch: Batch) -> dict[str, Tensor]:
        """Return the number of masked words, and of pairs."""
        return {
            "mlm": (batch["targets"] != IGNORE).sum(),
            "nsp": torch.tensor(len(batch["follows"]), device=batch["follows"].device),
        }

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return both losses; words are scored at the masked positions only."""
        hidden = self.model.bert(batch["tokens"], batch["segments"])
        chosen = batch["targets"] != IGNORE
        words = self.model.words(hidden[chosen])
        follows = self.model.follows(self.model.bert.pool(hidden))
        return {
            "mlm": F.cross_entropy(words, batch["targets"][chosen], reduction="sum"),
            "nsp": F.cross_entropy(follows, batch["follows"], reduction="sum"),
        }


class NextToken(Task):
    """GPT's task: what comes next ("next"). A document is cut into pieces of `time` tokens."""

    def __init__(
        self,
        documents: Sequence[Sequence[Sequence[int]]],
        groups: Sequence[int] | None,
        vocabulary: Vocabulary,
        settings: Settings,
    ) -> None:
        """Cut the documents, and build the model."""
        super().__init__()
        texts = ([START_ID, *_joined(document), END_ID] for document in documents)
        # neighbouring pieces share a token: the last target of one is the first input of the next
        pieces = [
            text[start : start + settings.time + 1]
            for text in texts
            for start in range(0, len(text) - 1, settings.time)
        ]
        self.tokens, self.examples = _rows(pieces, settings.time + 1), len(pieces)
        self.model = self.build(len(vocabulary), settings)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        return GPT(vocabulary, **_sizes(settings))

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """Return tokens and targets, (batch, time) both."""
        tokens, targets = objectives.causal_shift(self.tokens[rows])
        return {"tokens": tokens, "targets": targets}

    def counts(self, batch: Batch) -> dict[str, Tensor]:
        """Return the number of tokens to predict."""
        return {"next": (batch["targets"] != IGNORE).sum()}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the loss; tokens are scored where there is a next one."""
        chosen = batch["targets"] != IGNORE
        logits = self.model.logits(self.model.hidden(batch["tokens"])[chosen])
        return {"next": F.cross_entropy(logits, batch["targets"][chosen], reduction="sum")}


class MissingSpans(Task):
    """T5's task: what was in the holes ("spans"). Documents are cut into `time` tokens each."""

    def __init__(
        self,
        documents: Sequence[Sequence[Sequence[int]]],
        groups: Sequence[int] | None,
        vocabulary: Vocabulary,
        settings: Settings,
    ) -> None:
        """Cut the documents, and build the model."""
        super().__init__()
        texts = [_joined(document) for document in documents]
        pieces = (
            text[start : start + settings.time]
            for text in texts
            for start in range(0, len(text), settings.time)
        )
        self.pieces = [piece for piece in pieces if len(piece) > 1]
        self.examples, self.sentinels = len(self.pieces), list(sentinel_ids(vocabulary))
        self.model = self.build(len(vocabulary), settings)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        sizes = _sizes(settings)
        del sizes["limit"], sizes["pre_norm"]  # no positions, and always pre-norm
        return T5(vocabulary, **sizes)

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """Return the text with holes (batch, source), and target_in, targets (batch, time)."""
        cut = [
            objectives.corrupt_spans(self.pieces[row], self.sentinels, generator)
            for row in rows.tolist()
        ]
        targets = pad([[*missing, END_ID] for _, missing in cut])
        return {
            "source": pad([[*text, END_ID] for text, _ in cut]),
            "target_in": pad([[START_ID, *missing] for _, missing in cut]),
            "targets": targets.masked_fill(targets == PAD_ID, IGNORE),
        }

    def counts(self, batch: Batch) -> dict[str, Tensor]:
        """Return the number of tokens to predict."""
        return {"spans": (batch["targets"] != IGNORE).sum()}

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """Return the loss."""
        logits = self.model(batch["source"], batch["target_in"])
        return {"spans": F.cross_entropy(logits, batch["targets"], reduction="sum")}


TASKS: dict[str, type[Task]] = {
    "mlm+nsp": MaskedWords,
    "next-token": NextToken,
    "spans": MissingSpans,
}


def _sizes(settings: Settings) -> dict:
    return {
        "width": settings.width,
        "heads": settings.heads,
        "layers": settings.layers,
        "inner": settings.inner,
        "limit": settings.time,
        "dropout": settings.dropout,
        "std": settings.std,
        "pre_norm": settings.pre_norm,
    }


def _joined(document: Sequence[Sequence[int]]) -> list[int]:
    return [token for sentence in document for token in sentence]


def _rows(sequences: Sequence[Sequence[int]], time: int) -> Tensor:
    """Pad to `time` exactly, so that every batch has one shape."""
    return pad([*sequences, [PAD_ID] * time])[:-1]
