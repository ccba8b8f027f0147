"""Text as numbers and back.

vocabulary    tokens, vocabularies, padding; the target that no loss counts
decoding      greedy, beam search and sampling, for every model
translation   pairs of texts: batches, their loss, free writing
augmentation  easy data augmentation of sentences, round trips

All names are imported from here:

    from helpers.text import Vocabulary, characters, greedy
"""

from helpers._lazy import lazy

_HOME: dict[str, str] = {
    "SPECIAL": "helpers.text.vocabulary",
    "PAD": "helpers.text.vocabulary",
    "START": "helpers.text.vocabulary",
    "END": "helpers.text.vocabulary",
    "UNKNOWN": "helpers.text.vocabulary",
    "PAD_ID": "helpers.text.vocabulary",
    "START_ID": "helpers.text.vocabulary",
    "END_ID": "helpers.text.vocabulary",
    "UNKNOWN_ID": "helpers.text.vocabulary",
    "IGNORE": "helpers.text.vocabulary",
    "characters": "helpers.text.vocabulary",
    "words": "helpers.text.vocabulary",
    "Vocabulary": "helpers.text.vocabulary",
    "pad": "helpers.text.vocabulary",
    "lengths": "helpers.text.vocabulary",
    "DecodingState": "helpers.text.decoding",
    "Step": "helpers.text.decoding",
    "Decoded": "helpers.text.decoding",
    "Beams": "helpers.text.decoding",
    "greedy": "helpers.text.decoding",
    "sample": "helpers.text.decoding",
    "restrict": "helpers.text.decoding",
    "beam_search": "helpers.text.decoding",
    "log_probability": "helpers.text.decoding",
    "select": "helpers.text.decoding",
    "pairs": "helpers.text.translation",
    "token_loss": "helpers.text.translation",
    "translate": "helpers.text.translation",
    "Words": "helpers.text.augmentation",
    "Lexicon": "helpers.text.augmentation",
    "lexicon": "helpers.text.augmentation",
    "synonym_replacement": "helpers.text.augmentation",
    "random_insertion": "helpers.text.augmentation",
    "random_swap": "helpers.text.augmentation",
    "random_deletion": "helpers.text.augmentation",
    "OPERATIONS": "helpers.text.augmentation",
    "eda": "helpers.text.augmentation",
    "round_trip": "helpers.text.augmentation",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOME)
