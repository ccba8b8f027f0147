"""A stand-in for an accelerator, in pure Python: the device `fake`, which computes on the CPU.

It is as strict as a GPU is: tensors of two devices do not mix, a device tensor is not a NumPy
array, a CPU's generator draws nothing on it. With `FAKE_FLOAT64=0` it has no float64, as Apple's
`mps` has none. Only its random numbers are better than a GPU's: they come from the CPU's generator,
so that a run on `fake` gives the CPU's numbers.

    accelerator.register()                      # in this process
    environment |= accelerator.plug(folder)     # in a process that is started with these variables
"""

import os
import shutil
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import optimizer
from torch.utils import _foreach_utils
from torch.utils._mode_utils import no_dispatch
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

NAME = "fake"
aten = torch.ops.aten
# What takes tensors of two devices on a GPU, too: copies, the CPU's indices, numbers and lengths.
_PACKING = {"_pack_padded_sequence", "_pack_padded_sequence_backward", "_pad_packed_sequence"}
_FREE = {"copy_"} | _PACKING
_INDEXED = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}
_FILLED = {"fill", "fill_", "masked_fill", "masked_fill_"} | _INDEXED


class DeviceTensor(Tensor):
    """A tensor that says it is on `fake`, around the CPU tensor that holds its numbers.

    A view wraps a view of the same memory, so a change in place shows in both.
    """

    # To torch's own Python functions this is a plain tensor.
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner: Tensor) -> "DeviceTensor":
        """Wrap a CPU tensor; TypeError for float64 where the device has none."""
        if inner.dtype == torch.float64 and os.environ.get("FAKE_FLOAT64") == "0":
            raise TypeError(  # mps's own words
                "Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support "
                "float64. Please use float32 instead."
            )
        made = Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=f"{NAME}:0",
        )
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, op, types, args=(), kwargs=None):
        """Run an operation that has an input on the device; it comes here below autograd."""
        return _run(op, args, kwargs or {})

    @property
    def data(self) -> Tensor:
        """The tensor without its history."""
        return Tensor.data.__get__(self)

    @data.setter
    def data(self, value: Tensor) -> None:
        Tensor.data.__set__(self, value)
        self.inner = value.inner

    def numpy(self, *, force: bool = False):
        """Refuse, in the words of a GPU."""
        if force:
            return self.detach().cpu().numpy()
        raise TypeError(
            f"can't convert {NAME}:0 device type tensor to numpy. Use Tensor.cpu() to copy the "
            "tensor to host memory first."
        )

    # What torch does for tensors, and not for classes of one's own.

    def tolist(self) -> list:
        """Return the numbers."""
        return self.cpu().tolist()

    def __reduce_ex__(self, protocol: int) -> tuple:
        """Save what a device's tensor saves: any machine can load it, with `map_location`."""
        parts = (self.detach().cpu(), self.dtype, f"{NAME}:0", self.requires_grad)
        return torch._utils._rebuild_device_tensor_from_cpu_tensor, parts

    def __format__(self, form: str) -> str:
        """Format a number as one."""
        return format(self.item() if self.dim() == 0 else repr(self), form)

    def __repr__(self, *, tensor_contents=None) -> str:
        """Show the numbers and the device."""
        return f"{repr(self.inner)[:-1]}, device='{NAME}:0')"


def _run(op, args: tuple, kwargs: dict):
    """Compute on the CPU what the device is asked for, or refuse it as a GPU would."""
    if torch.is_inference_mode_enabled():  # then what consists of other operations comes whole
        result = op.decompose(*args, **kwargs)
        if result is not NotImplemented:
            return result
    ours: dict[int, Tensor] = {}  # inputs that may come out again: changed in place, `out=`
    strangers: list[Tensor] = []  # inputs that are not on the device

    def unwrap(value):
        if isinstance(value, DeviceTensor):
            ours[id(value.inner)] = value
            return value.inner
        if isinstance(value, Tensor):
            strangers.append(value)
        elif isinstance(value, list | tuple):
            return type(value)(map(unwrap, value))
        elif isinstance(value, torch.device) and value.type == NAME:
            return torch.device("cpu")
        return value

    def wrap(value):
        if isinstance(value, Tensor) and not any(value is each for each in strangers):
            known = id(value) in ours
            return ours[id(value)] if known else DeviceTensor(value) if stays else value
        if isinstance(value, list | tuple):
            return type(value)(map(wrap, value))
        return value

    name, where = op._schema.name.removeprefix("aten::"), kwargs.get("device")
    stays = where is None or torch.device(where).type == NAME
    inputs, options = unwrap(args), {name: unwrap(value) for name, value in kwargs.items()}
    if ours and strangers:
        _check_devices(op, name, args, strangers)
    if options.get("generator") is not None:
        raise RuntimeError(f"Expected a '{NAME}' device type for generator but found 'cpu'")
    result = _compute(op, inputs, options)
    if name in _PACKING and isinstance(result, tuple):  # its second part, lengths, is the CPU's
        strangers.append(result[1])
    result = wrap(result)
    if torch.Tag.inplace_view in op.tags:  # such as `unsqueeze_`: the wrapper has a shape, too
        with no_dispatch():
            op(*args, **kwargs)
    if any(value.shape != value.inner.shape for value in ours.values()):
        raise NotImplementedError(f"{op} gives {NAME}'s tensor another size")
    return result


def _compute(op, inputs: tuple, options: dict):
    """Run an operation on the CPU; in 32 bits where it cannot in 16, as a GPU can."""
    try:
        return op(*inputs, **options)
    except NotImplementedError as error:
        if "'BFloat16'" not in str(error):
            raise
    wide = [each.float() if isinstance(each, Tensor) else each for each in inputs]
    return op(*wide, **options).bfloat16()


def _check_devices(op, name: str, args: tuple, strangers: list[Tensor]) -> None:
    """Raise, as torch does, unless the operation may take these tensors beside the device's."""
    if name in _FREE:
        return
    numbers = name in _FILLED or torch.Tag.pointwise in op.tags or name.startswith("_foreach")
    changed = args[0] if op._schema.is_mutable else None
    indices = args[1] if name in _INDEXED else ()
    for each in strangers:
        number = numbers and each.dim() == 0 and each is not changed
        if each.device.type != "cpu" or not (number or any(each is index for index in indices)):
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices, "
                f"{NAME}:0 and {each.device}!"
            )


def _copy_from(source: Tensor, target: Tensor, non_blocking: bool = False) -> Tensor:
    """Copy the numbers: what `torch.tensor(..., device=)` asks of a device."""
    return _run(aten.copy_.default, (target, source), {})


# `nn.LSTM` and `nn.GRU` ask every device but the CPU for one kernel of a whole cell; the CPU that
# computes here has none. The third result is what the kernel would keep for the backward pass.


def _lstm_cell(of_input, of_hidden, cell, input_bias=None, hidden_bias=None):
    for bias in filter(lambda bias: bias is not None, (input_bias, hidden_bias)):
        of_input = of_input + bias
    i, f, g, o = (of_input + of_hidden).chunk(4, dim=1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell, cell.new_empty(0)


def _gru_cell(of_input, of_hidden, hidden, input_bias=None, hidden_bias=None):
    of_input = of_input if input_bias is None else of_input + input_bias
    of_hidden = of_hidden if hidden_bias is None else of_hidden + hidden_bias
    (r, z, n), (r2, z2, n2) = of_input.chunk(3, dim=1), of_hidden.chunk(3, dim=1)
    new = (n + (r + r2).sigmoid() * n2).tanh()
    return new + (z + z2).sigmoid() * (hidden - new), new.new_empty(0)


class _Module:
    """What torch looks for in `torch.fake`."""

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def device_count(self) -> int:
        return 1

    def current_device(self) -> int:
        return 0

    def _is_in_bad_fork(self) -> bool:
        return False

    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def manual_seed_all(self, seed: int) -> None:
        """Do nothing: the CPU's generator, which serves the device, has just been seeded."""


def _swap(old: Tensor, new: Tensor) -> None:
    """Let `old` be `new`, as `module.to(device)` does with a parameter that others hold, too.

    On a GPU this is `old.data = new`. A wrapper and a tensor have different classes.
    """
    if type(old) is type(new):
        old.data = new.data
        return
    old.__class__, new.__class__ = new.__class__, old.__class__
    old.__dict__, new.__dict__ = new.__dict__, old.__dict__
    torch._C._swap_tensor_impl(old, new)


def _keep_parameters() -> None:
    """Make modules move by `_swap`. torch's own swap refuses a parameter with a live graph."""
    torch.utils.swap_tensors = _swap
    plain, flag = nn.Module._apply, torch.__future__.set_swap_module_params_on_conversion

    def apply(module, change, *args, **kwargs):
        moved = change(torch.zeros(()))
        weights = (moved, *module.parameters())
        if not any(isinstance(each, DeviceTensor) for each in weights):
            return plain(module, change, *args, **kwargs)
        flag(True)  # only here: `load_state_dict` copies into parameters, as on a GPU
        try:
            return plain(module, change, *args, **kwargs)
        finally:
            flag(False)

    nn.Module._apply = apply


# Operations that need a kernel of their own. The first make a tensor and then resize it; a wrapper
# keeps its size. The last is how `torch.tensor([tensor, ...])` reads numbers, with Python dispatch
# switched off (as `_copy_from` writes them). A wrapper then gets to the device's key, where torch
# looks for a Python kernel by the operation's name, and an internal assertion fails if the only one
# is the fallback.
_KERNELS = ("arange", "arange.start", "arange.start_step", "eye", "eye.m", "range", "range.step")
_KERNELS += ("_local_scalar_dense",)
# Under autocast a device multiplies in 16 bits, and adds up long sums in 32.
_LOW = (
    "linear",
    "matmul",
    "mm",
    "bmm",
    "addmm",
    "conv1d",
    "conv2d",
    "scaled_dot_product_attention",
)
_HIGH = (
    "softmax.int",
    "log_softmax.int",
    "layer_norm",
    "nll_loss",
    "cross_entropy_loss",
    "mse_loss",
)
_HIGH += ("binary_cross_entropy_with_logits", "cosine_similarity", "cumsum", "sum", "prod", "exp")
_libraries: list[torch.library.Library] = []  # a registration lives as long as its library


def _operation(name: str):
    packet, _, overload = name.partition(".")
    return getattr(getattr(aten, packet), overload or "default")


def _autocast(op, *args, low: bool, **kwargs):
    """Run an operation under autocast: its float inputs in autocast's type, or in float32."""
    dtype = torch.get_autocast_dtype(NAME) if low else torch.float32
    floats = (torch.float32, torch.float16, torch.bfloat16)

    def cast(value):
        wrong = isinstance(value, DeviceTensor) and value.dtype in floats and value.dtype != dtype
        return value.to(dtype) if wrong else value

    with torch.autocast(NAME, enabled=False):
        return op(*map(cast, args), **{name: cast(value) for name, value in kwargs.items()})


def register() -> None:
    """Make `torch.device("fake")` work in this process."""
    if _libraries:
        return
    _setup_privateuseone_for_python_backend(NAME, backend_module=_Module())
    # Functions without an input tensor (`torch.empty(..., device=)`) go by the device's own key.
    rest, ours = torch.library.Library("_", "IMPL"), torch.library.Library("aten", "IMPL")
    rest.fallback(lambda op, *args, **kwargs: _run(op, args, kwargs), "PrivateUse1")
    for name in _KERNELS:
        op = _operation(name)
        ours.impl(name, lambda *args, op=op, **kwargs: _run(op, args, kwargs), "PrivateUse1")
    ours.impl("_copy_from", _copy_from, "PrivateUse1")
    ours.impl("_thnn_fused_lstm_cell", _lstm_cell, "AutogradPrivateUse1")
    ours.impl("_thnn_fused_gru_cell", _gru_cell, "AutogradPrivateUse1")
    rest.fallback(torch.library.fallthrough_kernel, "AutocastPrivateUse1")
    for name in _LOW + _HIGH:
        kernel = partial(_autocast, _operation(name), low=name in _LOW)
        ours.impl(name, kernel, "AutocastPrivateUse1")
    _libraries.extend((rest, ours))
    _keep_parameters()
    # Optimizers take their fast paths by exact type.
    optimizer._foreach_supported_types.append(DeviceTensor)
    _foreach_utils._foreach_supported_types.append(DeviceTensor)


def plug(folder: Path) -> dict[str, str]:
    """Return variables with which a new Python process has the device and computes on it.

    The device is plugged in as a maker's is: `import torch` loads every package that declares the
    entry point `torch.backends`. Such a package is written to `folder`.
    """
    shutil.copy(__file__, folder / "accelerator.py")
    package = folder / "accelerator-1.dist-info"
    package.mkdir()
    (package / "entry_points.txt").write_text("[torch.backends]\nfake = accelerator:register\n")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "HELPERS_DEVICE": NAME}
