"""What the chapters and the exercises import: one module per subject.

compute       where to compute, seeds, budgets, mixed precision
claims        `claim(...)`, `predict(...)`: sentences of the page, checked against the run
plots         one style, and the figures that several chapters share
source        show a function of this package on the page
training      a training loop that can be read, its history, evaluation
schedules     learning-rate schedules: functions from a step to a factor
hyperparameters  grid and random search
initializers  fans, and the rules that draw a layer's first weights
normalizers   batch, layer, instance and group normalization
convolution   convolution and pooling by hand, sizes, receptive fields
activations   element-wise non-linearities, and their derivatives
losses        softmax, and the losses of numbers and of classes
optimizers    eight rules for a step, from plain descent to AdamW
regularizers  penalties, soft-thresholding, dropout, noise, soft labels
augmentation  random changes of image batches, mixup, CutMix
recurrent     RNN, LSTM and GRU from scratch, gates, back-propagation through time
masks         who may be looked at, and where there is a token
attention     scores and the attention layer of encoder-decoders
transformer   heads, positions, layers and stacks of every Transformer
text          vocabularies, decoding, translation, augmentation
models        the models of the papers, one file per paper
pretraining   objectives, tasks, and the command `python -m helpers.pretraining`
fine_tuning   what is trained and what it costs; heads on fixed features
lora          low-rank adapters: add, merge, take off
data          data sets: bundled or generated, the same on every machine

Packages have a map of their own. `import helpers` loads none of them; a name is imported when it
is first used, so that a grading kernel, which starts often, pays for what it needs.
"""

from pkgutil import iter_modules

from helpers._lazy import lazy

_HOME: dict[str, str] = {
    "claim": "helpers.claims",
    "predict": "helpers.claims",
    "readable": "helpers.claims",
    "device": "helpers.compute",
    "seed_everything": "helpers.compute",
    "budget": "helpers.compute",
    "autocast": "helpers.compute",
    "show_source": "helpers.source",
}
_MODULES = {
    name: f"helpers.{name}" for _, name, _ in iter_modules(__path__) if not name.startswith("_")
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOME | _MODULES)
