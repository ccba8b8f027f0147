"""Models of the papers: one file per paper, the paper's idea readable in it.

lenet        LeNet-5 of 1998
alexnet      AlexNet, two paths
vgg          VGG-11 to VGG-19: nothing but 3x3
googlenet    GoogLeNet, Inception blocks
resnet       ResNet-18 to ResNet-152, and nets with the shortcuts left out
densenet     DenseNet-121
mobilenet    MobileNet v1
word2vec     word vectors: skip-gram, CBOW, negative sampling, analogies
ngrams       counted language models, smoothed; perplexity
ibm1         IBM model 1 by expectation-maximization, the noisy channel
seq2seq      recurrent encoder and decoder, with or without attention
transformer  the first Transformer
bert         BERT, and its heads
gpt          GPT
t5           T5

Models are imported from here; what else a file has, from the file:

    from helpers.models import resnet50
    net = resnet50(num_classes=10)
"""

from helpers._lazy import lazy

# A function that bears its file's name is imported at once: later, whoever imports the file would
# put the file in its place.
from helpers.models.alexnet import alexnet
from helpers.models.googlenet import googlenet
from helpers.models.ibm1 import ibm1
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
    "Ibm1": "helpers.models.ibm1",
    "NGram": "helpers.models.ngrams",
    "perplexity": "helpers.models.ngrams",
    "RecurrentDecoder": "helpers.models.seq2seq",
    "RecurrentEncoder": "helpers.models.seq2seq",
    "Seq2Seq": "helpers.models.seq2seq",
    "Word2Vec": "helpers.models.word2vec",
    "WordVectors": "helpers.models.word2vec",
    "Transformer": "helpers.models.transformer",
    "Translator": "helpers.models.transformer",
    "transformer_base": "helpers.models.transformer",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOME)
__all__ += ["alexnet", "googlenet", "ibm1", "lenet"]
