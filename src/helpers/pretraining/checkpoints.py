"""A run on the disk: written so that nothing is lost, read so that damage is found.

Chapter: `pretraining`.
"""

import dataclasses
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch
from torch import nn

from helpers.compute import device, keep_random_state
from helpers.pretraining.settings import Settings
from helpers.pretraining.tasks import TASKS
from helpers.text.vocabulary import SPECIAL, Vocabulary


class CheckpointError(Exception):
    """A checkpoint that cannot be written, or that is damaged."""


@dataclass
class Run:
    """What came out.

    Attributes:
        model: trained; `PretrainingHeads`, `GPT` or `T5`.
        vocabulary: its tokens.
        settings: what it was made from.
        curve: a list for each of "loss", its parts such as "mlm", and "lr": one number per step.
        text: a digest of the text file, None for the generated corpus.
    """

    model: nn.Module
    vocabulary: Vocabulary
    settings: Settings
    curve: dict[str, list[float]]
    text: str | None = None


def load(path: str | Path) -> Run:
    """Return the run of a checkpoint, finished or not, its model on `device()`.

    Args:
        path: the file, or the folder that `--out` named.

    Raises:
        FileNotFoundError: there is none.
        CheckpointError: it is damaged, or something else.
    """
    path = Path(path) / "checkpoint.pt" if Path(path).is_dir() else Path(path)
    state = read(path)
    settings, vocabulary = Settings(**state["settings"]), Vocabulary(state["vocabulary"])
    with keep_random_state():
        model = TASKS[settings.objective].build(len(vocabulary), settings).to(device())
    model.load_state_dict(state["model"])
    return Run(model, vocabulary, settings, state["curve"], state["text"])


def save(path: Path, run: Run, optimizer: torch.optim.Optimizer) -> None:
    """Write the checkpoint and the curve; whoever kills us leaves the old or the new ones whole."""
    state = {
        "settings": dataclasses.asdict(run.settings),
        "text": run.text,
        "vocabulary": run.vocabulary.tokens[len(SPECIAL) :],  # the others are always there
        "model": run.model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "curve": run.curve,  # its length is the step, which determines data, masks and rate
    }
    with _replacing(path) as file:
        torch.save(state, file)
    save_curve(path, run)


def save_curve(path: Path, run: Run) -> None:
    """Write the curve next to the checkpoint."""
    with _replacing(path.with_name("curve.json")) as file:
        curve = {"settings": dataclasses.asdict(run.settings), "curve": run.curve}
        file.write(json.dumps(curve).encode())


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file; put it in the place of `path` when it is complete and on the disk."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, OSError):
            cause = cause.__context__  # torch.save makes a RuntimeError of a full disk
        if cause is None:
            raise
        with suppress(OSError):
            temporary.unlink()  # room for others on a full disk
        raise CheckpointError(f"cannot write {path}: {cause.strerror or cause}") from error


def read(path: Path) -> dict[str, Any]:
    """Return what `save` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        CheckpointError: it is not what was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:  # torch.load does not compare checksums
            sound = archive.testzip() is None
    except zipfile.BadZipFile:
        sound = False
    if not sound:
        raise CheckpointError(f"{path} is damaged: delete it, and the same command starts anew")
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or not state.keys() >= {
        "settings",
        "text",
        "optimizer",
        "curve",
    }:
        raise CheckpointError(f"{path} is not a checkpoint of this command")
    return state


def resume(path: Path, run: Run, optimizer: torch.optim.Optimizer) -> None:
    """Put a checkpoint's state into the run and the optimizer."""
    state = read(path)
    now, then = dataclasses.asdict(run.settings), state["settings"]
    if changed := [name for name in now if now[name] != then.get(name)]:
        differences = ", ".join(f"{name} {then.get(name)!r} -> {now[name]!r}" for name in changed)
        raise ValueError(
            f"{path} is of another run ({differences}): give its settings to go on, or another "
            "--out"
        )
    if state["text"] != run.text:
        raise ValueError(
            f"{run.settings.text} has changed since {path} was written: give another --out"
        )
    run.model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    run.curve = state["curve"]
