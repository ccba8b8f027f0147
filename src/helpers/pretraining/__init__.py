"""Learning from text alone: objectives, and a command that trains on them.

objectives   masked words, next sentences, next tokens, missing spans
vocabulary   one vocabulary for all of them: special tokens, words, sentinels
settings     what determines a run
tasks        the three ways to pretrain: a model, its examples, its losses
run          train, on one device or on several
checkpoints  a run on the disk, and back
__main__     the command `python -m helpers.pretraining`

All names are imported from here:

    from helpers.pretraining import Settings, pretrain

Chapter: `pretraining`.
"""

from helpers._lazy import lazy

_HOME: dict[str, str] = {
    "mask_words": "helpers.pretraining.objectives",
    "SentencePair": "helpers.pretraining.objectives",
    "next_sentence_pairs": "helpers.pretraining.objectives",
    "join_pair": "helpers.pretraining.objectives",
    "causal_shift": "helpers.pretraining.objectives",
    "noise_spans": "helpers.pretraining.objectives",
    "corrupt_spans": "helpers.pretraining.objectives",
    "restore_spans": "helpers.pretraining.objectives",
    "CLS": "helpers.pretraining.vocabulary",
    "SEP": "helpers.pretraining.vocabulary",
    "MASK": "helpers.pretraining.vocabulary",
    "CLS_ID": "helpers.pretraining.vocabulary",
    "SEP_ID": "helpers.pretraining.vocabulary",
    "MASK_ID": "helpers.pretraining.vocabulary",
    "FIRST_WORD_ID": "helpers.pretraining.vocabulary",
    "pretraining_vocabulary": "helpers.pretraining.vocabulary",
    "sentinel_ids": "helpers.pretraining.vocabulary",
    "word_ids": "helpers.pretraining.vocabulary",
    "Settings": "helpers.pretraining.settings",
    "NamedBatch": "helpers.pretraining.tasks",
    "Documents": "helpers.pretraining.tasks",
    "Task": "helpers.pretraining.tasks",
    "MaskedWords": "helpers.pretraining.tasks",
    "NextToken": "helpers.pretraining.tasks",
    "MissingSpans": "helpers.pretraining.tasks",
    "TASKS": "helpers.pretraining.tasks",
    "TOKENIZERS": "helpers.pretraining.run",
    "pretrain": "helpers.pretraining.run",
    "CheckpointError": "helpers.pretraining.checkpoints",
    "Run": "helpers.pretraining.checkpoints",
    "load": "helpers.pretraining.checkpoints",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOME)
