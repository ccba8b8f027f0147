"""Low-rank adapters (LoRA; Hu et al. 2022): train a thin change of a matrix, not the matrix.

    model = TextClassifier(bert, classes=2)
    add_lora(model.bert, rank=4)     # the head stays trained, all else of BERT is frozen
    ...                              # train
    merge_lora(model.bert)           # plain linear layers again, no slower than before

Chapter: `fine-tuning`.
"""

from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn

from helpers.transformer.multihead import MultiHeadAttention

PROJECTIONS = ("query", "key", "value", "out")


class LoRALinear(nn.Module):
    """A frozen linear layer, and a trained change of low rank beside it (equation 3).

    Returns W x + b + (alpha / rank) B A x. A starts at random, B at zero, so that at first nothing
    is changed.

    Args:
        base: the layer; its parameters are frozen, and stay the same tensors.
        rank: rows of A and columns of B.
        alpha: how much the change counts; `rank` if None.

    Attributes:
        A: (rank, n_in).
        B: (n_out, rank).
        scale: alpha / rank.

    Raises:
        TypeError: the layer is no `nn.Linear`, for example has an adapter already.
        ValueError: a rank below 1, or above the smaller side of W.
    """

    def __init__(self, base: nn.Linear, rank: int, *, alpha: float | None = None) -> None:
        """Freeze the layer and draw A."""
        super().__init__()
        if not isinstance(base, nn.Linear):
            raise TypeError(f"LoRALinear goes around an nn.Linear, not {type(base).__name__}")
        n_out, n_in = base.weight.shape
        if not 1 <= rank <= min(n_in, n_out):
            raise ValueError(f"rank={rank}: a {n_out} x {n_in} matrix has 1 to {min(n_in, n_out)}")
        self.base = base.requires_grad_(False)
        self.scale = (rank if alpha is None else alpha) / rank
        self.A = nn.Parameter(torch.randn(rank, n_in).to(base.weight) / n_in**0.5)
        self.B = nn.Parameter(base.weight.new_zeros(n_out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., n_out) for (..., n_in); W + B A is never formed."""
        return self.base(x) + self.scale * (x @ self.A.T) @ self.B.T

    def change(self) -> Tensor:
        """Return what is added to W, (n_out, n_in)."""
        return self.scale * self.B @ self.A

    @torch.no_grad()
    def merge(self) -> nn.Linear:
        """Return one plain layer that does the same; nothing in it is trained."""
        n_out, n_in = self.base.weight.shape
        bias = self.base.bias is not None
        merged = nn.Linear(n_in, n_out, bias).to(self.base.weight).requires_grad_(False)
        merged.weight.copy_(self.base.weight + self.change())
        if bias:
            merged.bias.copy_(self.base.bias)
        return merged.train(self.training)


def add_lora(
    model: nn.Module,
    rank: int,
    targets: Collection[str] = ("query", "value"),
    *,
    alpha: float | None = None,
) -> nn.Module:
    """Freeze `model`, and give every attention in it adapters; in place, and returned.

    Args:
        model: contains `MultiHeadAttention` blocks.
        rank: of each change.
        targets: which projections: "query", "key", "value", "out". The paper takes query and value.
        alpha: how much the changes count; `rank` if None.

    Raises:
        ValueError: an unknown target or none, no attention in the model, or adapters already.
    """
    if not targets or not set(targets) <= set(PROJECTIONS):
        raise ValueError(f"targets={targets!r}: choose among {', '.join(PROJECTIONS)}")
    attentions = [m for m in model.modules() if isinstance(m, MultiHeadAttention)]
    if not attentions:
        raise ValueError(f"{type(model).__name__} has no MultiHeadAttention to adapt")
    if any(isinstance(m, LoRALinear) for m in model.modules()):
        raise ValueError("this model has adapters already: merge_lora or remove_lora first")
    adapters = [
        (attention, name, LoRALinear(getattr(attention, name), rank, alpha=alpha))
        for attention in attentions
        for name in targets
    ]
    model.requires_grad_(False)  # not before the rank has proved possible; adapters are not in yet
    for attention, name, layer in adapters:
        setattr(attention, name, layer.train(attention.training))
    return model


def merge_lora(model: nn.Module) -> nn.Module:
    """Put every adapter into its matrix; in place, and returned. All of these stay frozen."""
    return _replace(model, lambda layer: layer.merge())


def remove_lora(model: nn.Module) -> nn.Module:
    """Take every adapter away: the model before `add_lora`, still frozen; in place, returned."""
    return _replace(model, lambda layer: layer.base)


def lora_state(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of the adapters alone.

    `load_state_dict(..., strict=False)` puts them back into a model with the same rank, and with
    the same alpha, which is not among them.
    """
    return {
        f"{name}.{letter}": getattr(layer, letter).detach().clone()
        for name, layer in model.named_modules()
        if isinstance(layer, LoRALinear)
        for letter in "AB"
    }


def _replace(model: nn.Module, by: Callable[[LoRALinear], nn.Module]) -> nn.Module:
    """Replace every adapter, also one with several names, which stays one layer."""
    made: dict[nn.Module, nn.Module] = {}
    for path, layer in list(model.named_modules(remove_duplicate=False)):
        if isinstance(layer, LoRALinear):
            if layer not in made:
                made[layer] = by(layer)
            parent, _, name = path.rpartition(".")
            if path:
                setattr(model.get_submodule(parent), name, made[layer])
    return made.get(model, model)
