"""What determines a run of pretraining: every setting, with its default and its help text.

Chapter: `pretraining`.
"""

from dataclasses import dataclass, field
from typing import Any

_SHAPE = ("time", "width", "heads", "layers", "inner")
_COUNTS = ("documents", "examples", "vocabulary", "steps", "batch", *_SHAPE)


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
    batch: int = _option(128, "examples per step, of all processes together")
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
