"""The parts of every Transformer here: vectors in, vectors out.

multihead  attention with many heads, and the maps of who looks at whom
positions  sinusoids, learned positions, relative biases; input embeddings
layers     encoder and decoder layers, and what all layers of a model have in common
stacks     encoder, decoder, encoder-decoder; the weights of PyTorch's
caches     keys and values that are kept while a text is written

All names are imported from here:

    from helpers.transformer import Config, Encoder

Chapter: `transformer`.
"""

from helpers._lazy import lazy

_HOME: dict[str, str] = {
    "scaled_dot_product": "helpers.transformer.multihead",
    "MultiHeadAttention": "helpers.transformer.multihead",
    "attention_maps": "helpers.transformer.multihead",
    "sinusoidal": "helpers.transformer.positions",
    "Embeddings": "helpers.transformer.positions",
    "RelativeBias": "helpers.transformer.positions",
    "ACTIVATIONS": "helpers.transformer.layers",
    "NORMS": "helpers.transformer.layers",
    "Config": "helpers.transformer.layers",
    "FeedForward": "helpers.transformer.layers",
    "AddNorm": "helpers.transformer.layers",
    "EncoderLayer": "helpers.transformer.layers",
    "DecoderLayer": "helpers.transformer.layers",
    "Encoder": "helpers.transformer.stacks",
    "Decoder": "helpers.transformer.stacks",
    "EncoderDecoder": "helpers.transformer.stacks",
    "from_torch": "helpers.transformer.stacks",
    "Cache": "helpers.transformer.caches",
    "LayerCache": "helpers.transformer.caches",
    "new_caches": "helpers.transformer.caches",
    "copy_caches": "helpers.transformer.caches",
    "past_length": "helpers.transformer.caches",
    "cache_of": "helpers.transformer.caches",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOME)
