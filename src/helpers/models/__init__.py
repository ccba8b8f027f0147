"""Models of the papers, at full size: one file a paper, the paper's idea readable in it.

from helpers.models import resnet50
net = resnet50(num_classes=10)

Most names are imported from their files when they are first used.
"""

from importlib import import_module

# A function that bears its file's name is imported at once: later, whoever imports the file would
# put the file in its place.
from helpers.models.alexnet import alexnet
from helpers.models.googlenet import googlenet
from helpers.models.lenet import lenet

_HOME: dict[str, str] = {
    "AlexNet": "helpers.models.alexnet",
    "small_alexnet": "helpers.models.alexnet",
    "DenseLayer": "helpers.models.densenet",
    "DenseNet": "helpers.models.densenet",
    "densenet121": "helpers.models.densenet",
    "small_densenet": "helpers.models.densenet",
    "GoogLeNet": "helpers.models.googlenet",
    "Inception": "helpers.models.googlenet",
    "small_googlenet": "helpers.models.googlenet",
    "LeNet": "helpers.models.lenet",
    "MobileNet": "helpers.models.mobilenet",
    "mobilenet_v1": "helpers.models.mobilenet",
    "separable": "helpers.models.mobilenet",
    "small_mobilenet": "helpers.models.mobilenet",
    "BasicBlock": "helpers.models.resnet",
    "Bottleneck": "helpers.models.resnet",
    "ResNet": "helpers.models.resnet",
    "one_stage": "helpers.models.resnet",
    "resnet101": "helpers.models.resnet",
    "resnet152": "helpers.models.resnet",
    "resnet18": "helpers.models.resnet",
    "resnet34": "helpers.models.resnet",
    "resnet50": "helpers.models.resnet",
    "small_resnet": "helpers.models.resnet",
    "VGG": "helpers.models.vgg",
    "small_vgg": "helpers.models.vgg",
    "vgg11": "helpers.models.vgg",
    "vgg13": "helpers.models.vgg",
    "vgg16": "helpers.models.vgg",
    "vgg19": "helpers.models.vgg",
    "BERT": "helpers.models.bert",
    "PretrainingHeads": "helpers.models.bert",
    "TextClassifier": "helpers.models.bert",
    "TokenClassifier": "helpers.models.bert",
    "bert_base": "helpers.models.bert",
    "bert_large": "helpers.models.bert",
    "GPT": "helpers.models.gpt",
    "gpt1": "helpers.models.gpt",
    "T5": "helpers.models.t5",
    "t5_base": "helpers.models.t5",
    "Transformer": "helpers.models.transformer",
    "transformer_base": "helpers.models.transformer",
}

__all__ = ["alexnet", "googlenet", "lenet"]
__all__ += sorted(_HOME)


def __getattr__(name: str):
    """Import `name` on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"helpers.models has no {name!r}; it has: {', '.join(__all__)}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
