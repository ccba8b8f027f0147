"""The stand-in is a device: what a GPU refuses it refuses, and what it computes is right."""

import copy
import io
import os
import subprocess
import sys

import numpy
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.compute import DeviceError, device
from tests import accelerator


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    accelerator.register()
    monkeypatch.delenv("FAKE_FLOAT64", raising=False)
    torch.manual_seed(0)


@pytest.fixture
def x():
    """Some numbers on the device, (4, 3)."""
    return torch.randn(4, 3).to("fake")


MIXED = {
    "sum": lambda x: x + torch.ones(3),
    "product": lambda x: torch.ones(2, 4) @ x,
    "in place, from the device": lambda x: torch.tensor(0.0).add_(x.sum()),
    "a number of the device, a vector of the CPU": lambda x: torch.ones(3) + x.sum(),
    "joined": lambda x: torch.cat([x, torch.ones(1, 3)]),
    "stacked numbers": lambda x: torch.stack([x[0, 0], torch.tensor(1.0)]),
    "mask": lambda x: x.masked_fill(torch.ones(4, 3, dtype=torch.bool), 0.0),
    "where": lambda x: torch.where(torch.ones(4, 3, dtype=torch.bool), x, x),
    "gathered": lambda x: x.gather(1, torch.zeros(4, 1, dtype=torch.long)),
    "embedding": lambda x: F.embedding(torch.tensor([1]), x),
    "targets": lambda x: F.cross_entropy(x, torch.zeros(4, dtype=torch.long)),
    "the device's index, the CPU's tensor": lambda x: torch.ones(4)[x[:, 0].argsort()],
    "values put": lambda x: x.index_put_((torch.tensor([0]),), torch.ones(1, 3)),
    "meta": lambda x: x + torch.ones(3, device="meta"),
}


@pytest.mark.parametrize("operation", MIXED.values(), ids=MIXED)
def test_two_devices_do_not_mix(x, operation):
    with pytest.raises(RuntimeError, match="two devices, fake:0 and (cpu|meta)"):
        operation(x)


def test_numbers_and_indices_of_the_cpu_do(x):
    on_cpu = x.cpu()
    assert torch.equal((x + torch.tensor(1.0)).cpu(), on_cpu + 1)
    assert torch.equal(x[torch.tensor([2, 0])].cpu(), on_cpu[[2, 0]])
    x[torch.tensor([True, False, False, True])] = torch.tensor(0.0)
    assert x.count_nonzero() == 6
    assert torch.equal(torch.tensor([x[1, 0], x[1, 1]]), on_cpu[1, :2])


def test_it_is_not_an_array(x):
    for read in (x.numpy, lambda: numpy.asarray(x), lambda: numpy.log(x)):
        with pytest.raises(TypeError, match="can't convert fake:0 device type tensor to numpy"):
            read()
    assert x.cpu().numpy().tolist() == x.tolist()
    assert f"{x[0, 0]:.3f}" == f"{x[0, 0].item():.3f}"


def test_a_generator_of_the_cpu_draws_nothing_on_it(x):
    for draw in (x.normal_, lambda **options: torch.randn(3, device="fake", **options)):
        with pytest.raises(RuntimeError, match="'fake' device type for generator but found 'cpu'"):
            draw(generator=torch.Generator())


FACTORIES = {
    "empty": lambda **where: torch.empty(2, **where).zero_(),
    "tensor": lambda **where: torch.tensor([[1.0, 2.0]], **where),
    "no numbers": lambda **where: torch.tensor([], **where),
    "array": lambda **where: torch.as_tensor(numpy.ones(2, dtype="float32"), **where),
    "arange": lambda **where: torch.arange(1, 7, 2, **where),
    "eye": lambda **where: torch.eye(3, **where),
    "linspace": lambda **where: torch.linspace(0, 1, 5, **where),
    "randperm": lambda **where: torch.randperm(5, **where),
    "randn": lambda **where: torch.randn(5, **where),
    "triangle": lambda **where: torch.ones(3, 3, **where).tril(),
}


@pytest.mark.parametrize("make", FACTORIES.values(), ids=FACTORIES)
def test_it_makes_what_the_cpu_makes(make):
    torch.manual_seed(1)
    made = make(device="fake")
    torch.manual_seed(1)
    assert made.device == torch.device("fake:0") and torch.equal(made.cpu(), make())


def change_in_place(where):
    """Views of a computed tensor, changed in place: the numbers, and the gradient through them."""
    leaf = torch.arange(9.0, device=where).reshape(3, 3).requires_grad_()
    made = leaf * 2
    made[1].mul_(leaf[0])
    made.T[0] += leaf[2]
    made.view(-1)[7:].fill_(4)
    made.diagonal().exp_()
    made.square().sum().backward()
    return made.detach().cpu(), leaf.grad.cpu()


def test_views_share_memory():
    for got, wanted in zip(change_in_place("fake"), change_in_place("cpu"), strict=True):
        assert torch.equal(got, wanted)


def test_shapes_change_in_place(x):
    assert x.unsqueeze_(0).shape == (1, 4, 3) and x.squeeze_().t_().shape == (3, 4)
    assert torch.equal((x + 0).cpu(), x.cpu())


def net():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(),
        nn.Linear(144, 10),
    )  # fmt: skip


def train(where, make_optimizer, steps=4):
    """The losses of a net on random numbers, drawn on the CPU and on the device."""
    torch.manual_seed(1)
    model = net()
    optimizer = make_optimizer(model.parameters())  # before the net moves: it keeps its parameters
    model.to(where)
    losses = []
    for _ in range(steps):
        x, y = torch.randn(8, 1, 8, 8), torch.randint(10, (8,))
        noise = torch.randn(8, 1, 8, 8, device=where)
        loss = F.cross_entropy(model(x.to(where) + noise), y.to(where))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses, model, optimizer


OPTIMIZERS = {
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "one by one": lambda parameters: torch.optim.AdamW(parameters, lr=0.01, foreach=False),
    "all at once": lambda parameters: torch.optim.AdamW(parameters, lr=0.01, foreach=True),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_gives_the_numbers_of_the_cpu(optimizer):
    losses, model, _ = train("fake", optimizer)
    assert losses == train("cpu", optimizer)[0]
    assert {value.device.type for value in model.state_dict().values()} == {"fake"}


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_nets_too(kind):
    layer, x = kind(3, 4, num_layers=2, batch_first=True), torch.randn(2, 5, 3)
    packed = nn.utils.rnn.pack_padded_sequence
    wanted = [layer(x)[0], layer(packed(x, torch.tensor([5, 3]), batch_first=True))[0].data]
    twin = copy.deepcopy(layer).to("fake")
    x = x.to("fake")
    got = [twin(x)[0], twin(packed(x, torch.tensor([5, 3]), batch_first=True))[0].data]
    for theirs, ours in zip(got, wanted, strict=True):
        assert torch.allclose(theirs.cpu(), ours, atol=1e-6)
        theirs.sum().backward()
        ours.sum().backward()
    for theirs, ours in zip(twin.parameters(), layer.parameters(), strict=True):
        assert torch.allclose(theirs.grad.cpu(), ours.grad, atol=1e-5)


def test_autocast_multiplies_in_16_bits():
    model, x, y = net().to("fake"), torch.randn(8, 1, 8, 8).to("fake"), torch.ones(8).long()
    with torch.autocast("fake", torch.bfloat16):
        outputs = model(x)
        loss = F.cross_entropy(outputs, y.to("fake"))
    assert outputs.dtype == torch.bfloat16 and loss.dtype == torch.float32
    loss.backward()
    assert model[0].weight.grad.dtype == torch.float32 and model(x).dtype == torch.float32
    few_bits = torch.ones(1, 1, 3, 4, 4, dtype=torch.bfloat16, device="fake")  # not on the CPU
    assert F.avg_pool3d(few_bits, 2).dtype == torch.bfloat16


def test_models_move_with_all_that_holds_them():
    layer, table = nn.Linear(3, 5, bias=False), nn.Embedding(5, 3)
    layer.weight = table.weight
    both = nn.ModuleList([layer, table])
    loss = layer(torch.ones(3)).sum()  # its graph is alive
    loss.backward()
    both.to("fake")
    assert layer.weight is table.weight and isinstance(layer.weight, nn.Parameter)
    assert layer.weight.device.type == layer.weight.grad.device.type == "fake"
    assert both.cpu()[0].weight is table.weight and table.weight.device.type == "cpu"


def test_copies_are_copies():
    _, model, optimizer = train("fake", OPTIMIZERS["momentum"])
    twin = copy.deepcopy(model)
    with torch.no_grad():
        twin[0].weight.zero_()
    assert model[0].weight.count_nonzero() and isinstance(twin[0].weight, nn.Parameter)
    twin.load_state_dict({name: value.cpu() for name, value in model.state_dict().items()})
    assert torch.equal(twin[0].weight, model[0].weight)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def test_a_file_is_read_anywhere(x):
    file = io.BytesIO()
    torch.save({"x": x, "view": x[1]}, file)
    for where, kind in ((None, "fake"), ("cpu", "cpu")):
        file.seek(0)
        read = torch.load(file, map_location=where, weights_only=True)
        assert read["x"].device.type == kind and read["view"].tolist() == x[1].tolist()


def test_gradients_by_function(x):
    model = nn.Linear(3, 2).to("fake")
    weights = {name: value.detach() for name, value in model.named_parameters()}

    def loss(weights, example):
        return torch.func.functional_call(model, weights, (example,)).square().sum()

    each = torch.func.vmap(torch.func.grad(loss), (None, 0))(weights, x)["weight"]
    model(x).square().sum().backward()
    assert each.shape == (4, 2, 3)
    assert torch.allclose(each.sum(0).cpu(), model.weight.grad.cpu(), atol=1e-5)
    with torch.inference_mode():
        assert model(x).shape == (4, 2)


DOUBLES = {
    "moved": lambda: torch.zeros(3, dtype=torch.float64).to("fake"),
    "made": lambda: torch.zeros(3, dtype=torch.float64, device="fake"),
    "from numbers": lambda: torch.tensor(1.0, dtype=torch.float64, device="fake"),
    "converted": lambda: torch.zeros(3, device="fake").double(),
    "a mean": lambda: torch.zeros(3, device="fake").mean(dtype=torch.float64),
    "a net": lambda: nn.Linear(3, 2).double().to("fake"),
}


@pytest.mark.parametrize("make", DOUBLES.values(), ids=DOUBLES)
def test_float64_is_refused_where_the_device_has_none(monkeypatch, make):
    make()
    monkeypatch.setenv("FAKE_FLOAT64", "0")
    with pytest.raises(TypeError, match="Cannot convert a MPS Tensor to float64"):
        make()


def test_the_cpu_has_float64_all_the_same(monkeypatch, x):
    monkeypatch.setenv("FAKE_FLOAT64", "0")
    assert x.cpu().double().dtype == torch.float64
    assert (x * torch.tensor(2.0, dtype=torch.float64)).dtype == torch.float32


def test_the_course_computes_on_it_when_asked(monkeypatch):
    monkeypatch.delenv("HELPERS_DEVICE", raising=False)
    assert device().type != "fake"  # a plug-in is not chosen for the user
    monkeypatch.setenv("HELPERS_DEVICE", "fake")
    assert device() == torch.device("fake")
    monkeypatch.setenv("HELPERS_DEVICE", "fake:1")
    with pytest.raises(DeviceError, match="there is only 1 fake device"):
        device()


def test_it_plugs_into_another_process(tmp_path):
    code = "import torch; print(torch.ones(2, device='fake').sum().item())"
    env = os.environ | accelerator.plug(tmp_path)
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("2.0\n", "")
