"""What the chapters and the exercises import: one module a subject.

device        where to compute, seeds, budgets, mixed precision
claims        `claim(...)`: a sentence of the page, checked against the run
plots         one style, and the figures that several chapters share
source        show a function of this package on the page
training      a training loop that can be read, its history, evaluation
initializers  fans, and the rules that draw a layer's first weights
normalizers   batch, layer, instance and group normalization
convolution   convolution and pooling by hand, sizes, receptive fields
activations   element-wise non-linearities, and their derivatives
losses        softmax, and the losses of numbers and of classes
optimizers    eight rules for a step, from plain descent to AdamW
regularizers  penalties, soft-thresholding, dropout, noise, soft labels
attention    scores, masks and the attention layer of encoder-decoders
augmentation  random changes of image batches, mixup, CutMix
eda           easy data augmentation of sentences, round trips
schedules     learning-rate schedules: functions from a step to a factor
search        grid and random search over hyperparameters
data.images   digits, generated glyphs, Fashion-MNIST, CIFAR-10
data.sentences  generated reviews in English and in Korean
data.parallel  generated sentences in both languages, with their true alignment
data.grammar  a generated corpus, and what word vectors should find in it
data.dates   dates in Korean, English and ISO, with their true alignment
data.pronouns  sentences whose "it" means one of two nouns
data.sequences  the adding problem, and prices that remember the news
recurrent     RNN, LSTM and GRU from scratch, gates, back-propagation through time
word2vec      word vectors: skip-gram, CBOW, negative sampling, analogies
text.vocabulary  tokens, vocabularies, padding
text.decoding  greedy, beam search and sampling, for every model
seq2seq       encoder and decoder, with or without attention
ngrams        counted language models, smoothed; perplexity
alignment     IBM model 1 by expectation-maximization, the noisy channel
models.lenet      LeNet-5 of 1998
models.alexnet    AlexNet, two paths
models.vgg        VGG-11 to VGG-19: nothing but 3x3
models.googlenet  GoogLeNet, Inception blocks
models.resnet     ResNet-18 to ResNet-152, and nets with the shortcuts left out
models.densenet   DenseNet-121
models.mobilenet  MobileNet v1
multihead     attention with many heads, masks, and a cache of keys and values
positions     sinusoids, learned positions, relative biases; input embeddings
transformer_layers  encoder and decoder layers, and their configuration
transformer   encoder, decoder and encoder-decoder stacks
models.transformer  the first Transformer
models.bert   BERT, and its heads
models.gpt    GPT
models.t5     T5
objectives    masked words, next sentences, next tokens, missing spans
data.pretraining  a generated corpus, and tasks that it helps with
data.in_context  tasks that only the prompt can teach: maps, regressions, sums
pretraining_tasks  what `pretrain` trains: models, examples, losses
fine_tuning   what is trained and what it costs; heads on fixed features
lora          low-rank adapters: add, merge, take off
pretrain      the command `python -m helpers.pretrain`

`import helpers` loads none of them; a name is imported when it is first used,
so that a grading kernel, which starts often, pays for what it needs.
"""

from importlib import import_module

_HOME = {
    "claim": "helpers.claims",
    "readable": "helpers.claims",
    "seed_everything": "helpers.device",
    "budget": "helpers.device",
    "autocast": "helpers.device",
    "show_source": "helpers.source",
}
_MODULES = {
    "activations",
    "alignment",
    "attention",
    "augmentation",
    "claims",
    "convolution",
    "data",
    "device",  # the module is callable: helpers.device() is helpers.device.device()
    "eda",
    "fine_tuning",
    "initializers",
    "lora",
    "losses",
    "models",
    "multihead",
    "ngrams",
    "normalizers",
    "objectives",
    "optimizers",
    "plots",
    "positions",
    "pretrain",
    "pretraining_tasks",
    "recurrent",
    "regularizers",
    "schedules",
    "search",
    "seq2seq",
    "source",
    "text",
    "training",
    "transformer",
    "transformer_layers",
    "word2vec",
}

__all__ = sorted(_HOME) + sorted(_MODULES)


def __getattr__(name: str):
    """Import `name` on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(f"helpers.{name}")
    raise AttributeError(f"helpers has no {name!r}; it has: {', '.join(__all__)}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
