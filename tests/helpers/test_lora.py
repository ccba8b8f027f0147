"""Low-rank adapters: nothing at the start, the same when merged, gone when removed."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.lora import LoRALinear, add_lora, lora_state, merge_lora, remove_lora
from helpers.models.bert import BERT, TextClassifier, bert_base
from helpers.models.gpt import GPT
from helpers.models.t5 import T5


def bert():
    torch.manual_seed(0)
    return BERT(20, width=12, heads=2, layers=2, inner=16, limit=8).double()


def tokens():
    return torch.tensor([[4, 7, 8, 9, 5], [4, 10, 5, 0, 0]])


def stir(model):
    """Give the adapters something to do."""
    torch.manual_seed(1)
    for layer in model.modules():
        if isinstance(layer, LoRALinear):
            nn.init.normal_(layer.B)
    return model


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4)])
def test_it_is_the_formula(shape, bias):
    torch.manual_seed(0)
    base = nn.Linear(*shape, bias=bias).double()
    layer = stir(LoRALinear(base, rank=2, alpha=6))
    x = torch.randn(2, 7, shape[0], dtype=torch.float64)
    wanted = F.linear(x, base.weight + 3 * layer.B @ layer.A, base.bias)
    torch.testing.assert_close(layer(x), wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(layer.merge()(x), wanted, rtol=0, atol=1e-12)
    assert torch.linalg.matrix_rank(layer.change()) == 2


def test_it_starts_at_no_change_and_only_B_moves_first():
    base = nn.Linear(4, 3)
    x = torch.randn(5, 4)
    before = base(x).detach()
    layer = LoRALinear(base, rank=2)
    torch.testing.assert_close(layer(x), before, rtol=0, atol=0)
    layer(x).square().sum().backward()
    assert base.weight.grad is None and base.bias.grad is None
    assert layer.A.grad.abs().max() == 0 < layer.B.grad.abs().max()


def test_merging_changes_neither_the_base_nor_the_adapter():
    layer = stir(LoRALinear(nn.Linear(4, 3), rank=1))
    before = copy.deepcopy(layer.state_dict())
    merged = layer.merge()
    assert type(merged) is nn.Linear
    assert not merged.weight.requires_grad and merged.weight.is_leaf
    assert merged.weight.data_ptr() != layer.base.weight.data_ptr()
    for name, value in layer.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("rank", [0, -1, 4])
def test_a_rank_that_no_matrix_has_is_refused(rank):
    with pytest.raises(ValueError, match="1 to 3"):
        LoRALinear(nn.Linear(3, 5), rank)


def test_a_model_starts_unchanged_merges_and_comes_back():
    model = bert()
    before = model(tokens()).detach()
    names = set(model.state_dict())
    add_lora(model, rank=3, alpha=6)
    assert torch.equal(model(tokens()), before)
    changed = stir(model)(tokens())
    assert (changed - before).abs().max() > 0.01
    merged = merge_lora(copy.deepcopy(model))
    torch.testing.assert_close(merged(tokens()), changed, rtol=0, atol=1e-12)
    assert set(merged.state_dict()) == names
    remove_lora(model)
    assert torch.equal(model(tokens()), before)
    assert set(model.state_dict()) == names


def test_adapters_are_stored_alone_and_put_back():
    model = stir(add_lora(bert(), rank=2))
    wanted, stored = model(tokens()).detach(), lora_state(model)
    assert len(stored) == 2 * 2 * 2
    other = add_lora(bert(), rank=2)
    assert not other.load_state_dict(stored, strict=False).unexpected_keys
    assert torch.equal(other(tokens()), wanted)
    nn.init.zeros_(model.encoder.layers[0].self_attention.query.B)
    assert stored["encoder.layers.0.self_attention.query.B"].abs().max() > 0  # it was a copy


def test_only_adapters_and_the_head_are_trained():
    model = TextClassifier(bert(), classes=3)
    add_lora(model.bert, rank=2)
    moving = {name for name, p in model.named_parameters() if p.requires_grad}
    assert all(name.startswith("head.") or name[-2:] in (".A", ".B") for name in moving)
    assert sum(name[-2:] in (".A", ".B") for name in moving) == 8
    frozen = {name: p.clone() for name, p in model.named_parameters() if name not in moving}
    optimizer = torch.optim.AdamW((p for p in model.parameters() if p.requires_grad), lr=0.1)
    model.double()
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(tokens()), torch.tensor([0, 2])).backward()
        optimizer.step()
    after = dict(model.named_parameters())
    assert all(torch.equal(after[name], value.double()) for name, value in frozen.items())


@pytest.mark.parametrize("targets", [("key",), ("query", "key", "value", "out"), ["value"]])
def test_targets(targets):
    model = add_lora(bert(), 1, targets)
    found = {n.rpartition(".")[2] for n, m in model.named_modules() if isinstance(m, LoRALinear)}
    assert found == set(targets)


def test_decoders_and_cross_attention_have_them_too():
    gpt = add_lora(GPT(20, width=8, heads=2, layers=3, limit=8), rank=1)
    assert sum(isinstance(m, LoRALinear) for m in gpt.modules()) == 2 * 3
    t5 = add_lora(T5(20, width=8, heads=2, layers=2), rank=1)
    assert sum(isinstance(m, LoRALinear) for m in t5.modules()) == 2 * (2 + 2 * 2)


def test_the_mode_stays():
    model = add_lora(bert().eval(), rank=1)
    assert not any(m.training for m in model.modules())
    assert not any(m.training for m in merge_lora(model).modules())


def test_on_meta_it_counts_what_bert_base_would_train():
    with torch.device("meta"):
        model = add_lora(bert_base(), rank=8)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 294_912


@pytest.mark.parametrize(
    "base", [nn.Conv2d(4, 6, 3), nn.Embedding(5, 3), LoRALinear(nn.Linear(3, 3), 1)]
)
def test_only_linear_layers_get_an_adapter(base):
    with pytest.raises(TypeError, match=f"nn.Linear, not {type(base).__name__}"):
        LoRALinear(base, 1)


def test_a_refused_rank_leaves_the_model_as_it_was():
    model = bert()
    with pytest.raises(ValueError, match="1 to 12"):
        add_lora(model, rank=13)
    assert all(p.requires_grad for p in model.parameters())
    assert not any(isinstance(m, LoRALinear) for m in model.modules())


@pytest.mark.parametrize("take", [merge_lora, remove_lora])
def test_an_adapter_with_two_names_stays_one_layer(take):
    shared = stir(LoRALinear(nn.Linear(4, 4), 2))
    x = torch.randn(3, 4)
    for model in (
        nn.ModuleDict({"a": shared, "b": shared}),
        nn.ModuleDict({"a": nn.Sequential(shared), "b": nn.Sequential(shared)}),
    ):
        wanted = (shared if take is merge_lora else shared.base)(x)
        take(model)
        first, second = (
            layer[0] if isinstance(layer, nn.Sequential) else layer for layer in model.values()
        )
        assert type(first) is nn.Linear and first is second
        torch.testing.assert_close(first(x), wanted)


def test_a_bare_adapter_is_replaced_too():
    layer = stir(LoRALinear(nn.Linear(4, 3), 2))
    x = torch.randn(5, 4)
    torch.testing.assert_close(merge_lora(layer)(x), layer(x))
    assert remove_lora(layer) is layer.base


def test_attentions_that_share_their_weights_share_their_adapters():
    model = bert()
    model.encoder.layers[1].self_attention = model.encoder.layers[0].self_attention
    add_lora(model, rank=2)
    assert sum(isinstance(m, LoRALinear) for m in model.modules()) == 2
    wanted = stir(model)(tokens())
    torch.testing.assert_close(merge_lora(model)(tokens()), wanted, rtol=0, atol=1e-12)
    assert not any(isinstance(m, LoRALinear) for m in model.modules())


def test_a_tied_matrix_is_frozen_and_merging_leaves_its_twin_alone():
    table, out = nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)
    out.weight = table.weight
    before = table.weight.detach().clone()
    merged = stir(LoRALinear(out, 2)).merge()
    assert not table.weight.requires_grad and torch.equal(table.weight, before)
    assert not torch.equal(merged.weight, before)


def test_the_whole_state_goes_round_and_device_and_type_follow():
    model = stir(add_lora(bert(), rank=2))
    wanted = model(tokens())
    other = add_lora(bert(), rank=2)
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(tokens()), wanted)
    model.to("meta", torch.bfloat16)
    for each in (model, merge_lora(copy.deepcopy(model))):
        assert {(p.device.type, p.dtype) for p in each.parameters()} == {("meta", torch.bfloat16)}


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="'queries'.*query, key"):
        add_lora(bert(), 2, ("queries",))
    with pytest.raises(ValueError, match="no MultiHeadAttention"):
        add_lora(nn.Linear(3, 3), 2)
    with pytest.raises(ValueError, match="already"):
        add_lora(add_lora(bert(), 2), 2)
    with pytest.raises(ValueError, match="targets"):
        add_lora(bert(), 2, ())
