"""Pretrain a model on text: `python -m helpers.pretrain --objective mlm+nsp --out runs/bert`.

It trains on the generated corpus of `helpers.data.pretraining`, or on a text file: a sentence a
line, a blank line between documents. `--out` is a folder for `checkpoint.pt` (model, optimizer,
step, curve) and `curve.json`. Started again after whatever stopped it, the same command goes on
from the last checkpoint and ends with the numbers of an uninterrupted run: all that is random in a
step is drawn from the seed and the step's number, so no other state could be lost.

On several devices or machines:

torchrun --nproc-per-node 4 -m helpers.pretrain --objective next-token --batch 256 --out runs/gpt

`--batch` is the batch of all processes together, and so are the losses: without dropout they are
those of one process. All machines must see the same `--out`.
"""

import argparse
import dataclasses
import hashlib
import json
import math
import os
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch
from torch import Generator, Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from helpers import schedules
from helpers.data.pretraining import corpus, read_documents
from helpers.device import autocast, device
from helpers.pretraining_tasks import TASKS, Batch, Settings, Task, pretraining_vocabulary
from helpers.text.vocabulary import Vocabulary, characters, words
from helpers.training import Diverged

TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"words": words, "characters": characters}


class CheckpointError(Exception):
    """A checkpoint that cannot be written, or that is damaged."""


@dataclass
class Run:
    """What came out.

    Attributes:
        model: trained; `PretrainingHeads`, `GPT` or `T5`.
        vocabulary: its tokens.
        settings: what it was made from.
        curve: a list for each of "loss", its parts such as "mlm", and "lr": a number a step.
        text: a digest of the text file, None for the generated corpus.
    """

    model: nn.Module
    vocabulary: Vocabulary
    settings: Settings
    curve: dict[str, list[float]]
    text: str | None = None


def pretrain(settings: Settings, out: str | Path | None = None, *, every: int = 100) -> Run:
    """Train until the end, from the last checkpoint in `out` if there is one.

    Leaves the global random numbers as they were. Under torchrun every process calls it.

    Args:
        settings: what to do.
        out: folder for checkpoints; None keeps none.
        every: steps between checkpoints.

    Raises:
        ValueError: settings that do not work, other settings in `out`, or another text.
        OSError: the text cannot be read.
        CheckpointError: `out` cannot be written, or its checkpoint is damaged.
        Diverged: the loss became NaN or infinite.
    """
    if every < 1:
        raise ValueError(f"every={every} steps: it must be at least 1")
    with _processes() as (rank, world), _own_random_numbers():
        if settings.batch % world:
            raise ValueError(f"a batch of {settings.batch} cannot be shared by {world} processes")
        torch.manual_seed(settings.seed)
        task, vocabulary = make(settings)
        task.to(device())
        run = Run(task.model, vocabulary, settings, {}, _digest(settings.text))
        optimizer = _optimizer(task, settings)
        checkpoint = None if out is None else Path(out) / "checkpoint.pt"
        if checkpoint is not None and checkpoint.exists():
            _resume(checkpoint, run, optimizer)
        _check_that_all_are_at(len(run.curve.get("loss", [])), world)
        if checkpoint is not None and rank == 0:
            _save_curve(checkpoint, run)  # what cannot be written should fail now, not later
        for step in _loop(task, optimizer, run, rank, world):
            due = step % every == 0 or step == settings.steps
            if due and rank == 0 and checkpoint is not None:
                _save(checkpoint, run, optimizer)
        if world > 1:
            distributed.barrier()  # nobody leaves before the last checkpoint is written
        return run


def make(settings: Settings) -> tuple[Task, Vocabulary]:
    """Return the task, its model untrained, and the vocabulary.

    Raises:
        ValueError: a text with too little in it, or a corpus smaller than a batch.
        OSError: the text cannot be read.
    """
    if settings.text is None:
        made = corpus(settings.documents, adjectives=settings.adjectives, seed=settings.seed)
        documents, groups, tokenize = made.documents, made.groups, str.split
    else:
        documents, groups = read_documents(settings.text), None
        tokenize = TOKENIZERS[settings.tokens]
    vocabulary = pretraining_vocabulary(
        (sentence for document in documents for sentence in document),
        tokenize,
        size=settings.vocabulary,
        more=() if settings.text else ("not",),
        sentinels=settings.sentinels,
    )
    encoded = [[vocabulary.encode(tokenize(s)) for s in document] for document in documents]
    task = TASKS[settings.objective](encoded, groups, vocabulary, settings)
    if task.examples < settings.batch:
        raise ValueError(
            f"{task.examples} examples do not fill a batch of {settings.batch}: more text, or a "
            "smaller --batch"
        )
    return task, vocabulary


def load(path: str | Path) -> Run:
    """Return the run of a checkpoint, finished or not, its model on `device()`.

    Args:
        path: the file, or the folder that `--out` named.

    Raises:
        FileNotFoundError: there is none.
        CheckpointError: it is damaged, or something else.
    """
    path = Path(path) / "checkpoint.pt" if Path(path).is_dir() else Path(path)
    state = _read(path)
    settings, vocabulary = Settings(**state["settings"]), Vocabulary(state["vocabulary"])
    with _own_random_numbers():
        model = TASKS[settings.objective].build(len(vocabulary), settings).to(device())
    model.load_state_dict(state["model"])
    return Run(model, vocabulary, settings, state["curve"], state["text"])


def _loop(
    task: Task, optimizer: torch.optim.Optimizer, run: Run, rank: int, world: int
) -> Iterator[int]:
    """Do the steps that are left; after each, yield how many are done."""
    settings, where = run.settings, device()
    rate = schedules.warmup(
        settings.warmup, schedules.linear(max(1, settings.steps - settings.warmup))
    )
    trained: nn.Module = torch.compile(task) if settings.compile else task
    if world > 1:
        trained = DistributedDataParallel(trained)
    trained.train()
    done = len(run.curve.get("loss", []))
    with tqdm(total=settings.steps, initial=done, unit="step", disable=rank > 0 or None) as bar:
        for step in range(done, settings.steps):
            whole = task.batch(*_draw(settings, task.examples, step))
            batch = {name: part[rank::world].to(where) for name, part in whole.items()}
            torch.manual_seed(_seed(settings.seed, step, f"dropout {rank}"))
            for group in optimizer.param_groups:
                group["lr"] = settings.lr * rate(step)
            losses = _backward(trained, batch, task.counts(batch), world, settings.bf16)
            nn.utils.clip_grad_norm_(task.parameters(), settings.clip)
            total = sum(losses.values())
            if not math.isfinite(total):
                raise Diverged(f"the loss is {total} at step {step + 1}: try a smaller --lr")
            optimizer.step()
            measured = {"loss": total, **losses, "lr": settings.lr * rate(step)}
            for name, value in measured.items():
                run.curve.setdefault(name, []).append(value)
            bar.set_postfix({name: f"{value:.3f}" for name, value in losses.items()}, refresh=False)
            bar.update()
            yield step + 1


def _backward(
    trained: nn.Module, batch: Batch, counts: dict[str, Tensor], world: int, bf16: bool
) -> dict[str, float]:
    """Leave the gradient of the mean losses of the whole batch; return these losses.

    Processes have different numbers of masked words. A mean of their means would weigh words
    unequally, so each adds up its losses and divides by the number of answers of all of them.
    """
    for count in counts.values():
        _add_up(count, world)
    with autocast() if bf16 else nullcontext():
        sums = trained(batch)
    means = {name: total / counts[name] for name, total in sums.items()}
    for p in trained.parameters():
        p.grad = None
    (world * sum(means.values())).backward()  # DDP divides the sum of gradients by `world`
    return {name: _add_up(mean.detach(), world).item() for name, mean in means.items()}


def _add_up(value: Tensor, world: int) -> Tensor:
    """Add up over all processes, in place."""
    if world > 1:
        distributed.all_reduce(value)
    return value


def _draw(settings: Settings, examples: int, step: int) -> tuple[Tensor, Generator]:
    """Return which examples step `step` takes, and the generator of its masks or spans.

    An epoch goes through all examples in a new order; what does not fill a batch is left out.
    """
    a_round = examples // settings.batch
    epoch, place = divmod(step, a_round)
    order = Generator().manual_seed(_seed(settings.seed, epoch, "order"))
    rows = torch.randperm(examples, generator=order)
    mine = rows[place * settings.batch : (place + 1) * settings.batch]
    return mine, Generator().manual_seed(_seed(settings.seed, step, "batch"))


def _seed(seed: int, number: int, what: str) -> int:
    digest = hashlib.blake2b(f"{seed} {number} {what}".encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big")


def _optimizer(task: Task, settings: Settings) -> torch.optim.Optimizer:
    matrices = [p for p in task.parameters() if p.ndim > 1]
    vectors = [p for p in task.parameters() if p.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=settings.lr)


def _save(path: Path, run: Run, optimizer: torch.optim.Optimizer) -> None:
    """Write the checkpoint and the curve; whoever kills us leaves the old or the new ones whole."""
    state = {
        "settings": dataclasses.asdict(run.settings),
        "text": run.text,
        "vocabulary": run.vocabulary.tokens[4:],  # the first four are always there
        "model": run.model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "curve": run.curve,  # its length is the step, which determines data, masks and rate
    }
    with _replacing(path) as file:
        torch.save(state, file)
    _save_curve(path, run)


def _save_curve(path: Path, run: Run) -> None:
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


def _read(path: Path) -> dict[str, Any]:
    """Return what `_save` wrote.

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


def _resume(path: Path, run: Run, optimizer: torch.optim.Optimizer) -> None:
    """Put a checkpoint's state into the run and the optimizer."""
    state = _read(path)
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


def _digest(path: str | None) -> str | None:
    """Return what only the same file gives; None for none."""
    if path is None:
        return None
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()


def _check_that_all_are_at(step: int, world: int) -> None:
    """Compare the step that each process goes on from.

    Raises:
        ValueError: they differ.
    """
    if world == 1:
        return
    extremes = torch.tensor([step, -step], device=device())
    distributed.all_reduce(extremes, distributed.ReduceOp.MAX)
    last, first = extremes.tolist()[0], -extremes.tolist()[1]
    if first != last:
        raise ValueError(
            f"one process would go on from step {first}, another from {last}: all machines must "
            "see the same --out"
        )


@contextmanager
def _processes() -> Iterator[tuple[int, int]]:
    """Join the other processes if torchrun started several; give this one's rank, and how many."""
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield 0, 1
        return
    on_gpu = device().type == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield distributed.get_rank(), world
    finally:
        distributed.destroy_process_group()


def _own_random_numbers() -> AbstractContextManager:
    """Leave the global random numbers alone, those of the GPU in use included."""
    on_gpu = device().type == "cuda"
    return torch.random.fork_rng([torch.cuda.current_device()] if on_gpu else [])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.pretrain",
        usage="%(prog)s --out FOLDER [options]",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for field in dataclasses.fields(Settings):
        more = dict(field.metadata)
        if field.type is bool or field.type == "bool":
            more["action"] = "store_true"
        else:
            more.setdefault("type", str if field.default is None else type(field.default))
            if "choices" not in more:
                more["metavar"] = {int: "N", float: "X", str: "FILE"}[more["type"]]
            more["help"] += "" if field.default is None else f" ({field.default})"
        parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default, **more)
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="for checkpoint.pt and curve.json"
    )
    parser.add_argument(
        "--every", type=int, default=100, metavar="N", help="steps between checkpoints (100)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake in the arguments ends it with a sentence, not a traceback."""
    options = vars(_parser().parse_args(arguments))
    out, every = Path(options.pop("out")), options.pop("every")
    checkpoint = out / "checkpoint.pt"
    started = time.perf_counter()
    try:
        run = pretrain(Settings(**options), out, every=every)
    except (ValueError, OSError, CheckpointError, Diverged) as error:
        sys.exit(f"pretrain: {error}")
    except KeyboardInterrupt:
        where = f"goes on from {checkpoint}" if checkpoint.exists() else "starts anew"
        sys.exit(f"pretrain: interrupted; the same command {where}")
    if int(os.environ.get("RANK", "0")) == 0:
        count = sum(p.numel() for p in run.model.parameters())
        last = ", ".join(f"{name} {values[-1]:.4f}" for name, values in run.curve.items())
        print(f"{count:,} parameters, {time.perf_counter() - started:.0f} s, {last}: {out}")


if __name__ == "__main__":
    main()
