"""Where to compute, how to seed, how much to spend.

Light on purpose: it imports torch and NumPy (which torch loads anyway), nothing else.
"""

import os
import random
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import numpy
import torch

T = TypeVar("T")

_KINDS = ("cuda", "mps", "xpu", "cpu")
# The kind that a plug-in adds (PyTorch has room for one): "npu", the tests' stand-in.
_plugged_in = torch._C._get_privateuse1_backend_name


class DeviceError(ValueError):
    """HELPERS_DEVICE asks for a device that does not exist, or is not here."""


def _is_here(kind: str) -> bool:
    """Whether this torch build sees a device of that kind."""
    if kind == "cpu":
        return True
    if kind == "mps":
        return torch.backends.mps.is_available()
    return hasattr(torch, kind) and getattr(torch, kind).is_available()


def device() -> torch.device:
    """Return the best device of this machine: cuda, then mps, then xpu, then cpu.

    The environment variable `HELPERS_DEVICE` overrides the choice ("cpu", "cuda", "cuda:1", ...,
    or the name of a device that a plug-in has registered with PyTorch).

    Raises:
        DeviceError: `HELPERS_DEVICE` names no known device, or one that is not here.
    """
    wanted = os.environ.get("HELPERS_DEVICE", "").strip().lower()
    if not wanted:
        return torch.device(next(kind for kind in _KINDS if _is_here(kind)))
    try:
        chosen = torch.device(wanted)
    except RuntimeError:
        chosen = None
    if chosen is None or chosen.type not in (*_KINDS, _plugged_in()):
        raise DeviceError(
            f"HELPERS_DEVICE={wanted!r} is not a device. Use one of {', '.join(_KINDS)} "
            "(or 'cuda:1' for the second GPU), or unset it to let the course choose."
        )
    here = [kind for kind in (*_KINDS, _plugged_in()) if _is_here(kind)]
    if chosen.type not in here:
        raise DeviceError(
            f"HELPERS_DEVICE={wanted!r}, but this machine has no such device; torch "
            f"{torch.__version__} sees: {', '.join(here)}. "
            "Unset HELPERS_DEVICE or set it to one of these."
        )
    if chosen.index is not None and chosen.type != "cpu":
        count = 1 if chosen.type == "mps" else getattr(torch, chosen.type).device_count()
        if chosen.index >= count:
            raise DeviceError(
                f"HELPERS_DEVICE={wanted!r}, but there {'is' if count == 1 else 'are'} only "
                f"{count} {chosen.type} device{'' if count == 1 else 's'}, counted from 0."
            )
    return chosen


def image_layout() -> torch.memory_format:
    """Return how the filters of convolutions lie in memory, and with them the maps they make.

    Channels last takes a CPU about a quarter less time, and a GPU its tensor cores. Elsewhere the
    default: PyTorch on mps does not know it everywhere.
    """
    return torch.channels_last if device().type in ("cpu", "cuda") else torch.contiguous_format


def seed_everything(seed: int) -> int:
    """Seed Python, NumPy and torch; return the seed used.

    The environment variable `HELPERS_SEED` (an integer, 0 unless set) is added to
    `seed`, so that one setting reruns a whole chapter on fresh random numbers.

    Raises:
        ValueError: `HELPERS_SEED` is not an integer.
    """
    shift = os.environ.get("HELPERS_SEED", "0").strip() or "0"
    try:
        used = (seed + 1_000 * int(shift)) % 2**32
    except ValueError:
        raise ValueError(
            f"HELPERS_SEED={shift!r} is not an integer. Set it to one (0 is the page's own run)."
        ) from None
    random.seed(used)
    torch.manual_seed(used)
    numpy.random.seed(used)
    return used


def budget(*, cpu: T, gpu: T) -> T:
    """Return `cpu` on a CPU and `gpu` on anything faster: steps, sizes, depths."""
    return cpu if device().type == "cpu" else gpu


def autocast() -> AbstractContextManager:
    """Context in which matrix products run in bfloat16, where the device has it.

    On a CPU it does nothing: the numbers of the page are float32.
    """
    where = device()
    if where.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.autocast("cuda", dtype=torch.bfloat16)
    if where.type == "xpu":
        return torch.autocast("xpu", dtype=torch.bfloat16)
    return nullcontext()


def keep_random_state() -> AbstractContextManager:
    """Context that leaves torch's global random numbers as they were, those of the GPU included."""
    on_gpu = device().type == "cuda"
    return torch.random.fork_rng([torch.cuda.current_device()] if on_gpu else [])
