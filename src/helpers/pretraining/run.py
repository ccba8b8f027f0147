"""Train a task from the seed or from its last checkpoint, on one device or on several.

All that is random in a step is drawn from the seed and the step's number, so a checkpoint needs no
other state to go on with the numbers of an uninterrupted run.

Chapter: `pretraining`.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import torch
from torch import Generator, Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from tqdm import tqdm

from helpers import schedules
from helpers.compute import autocast, device, keep_random_state
from helpers.data.pretraining import document_corpus, read_documents
from helpers.pretraining.checkpoints import Run, resume, save, save_curve
from helpers.pretraining.settings import Settings
from helpers.pretraining.tasks import TASKS, Documents, NamedBatch, Task
from helpers.pretraining.vocabulary import pretraining_vocabulary
from helpers.text.vocabulary import Vocabulary, characters, words
from helpers.training import Diverged

TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"words": words, "characters": characters}


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
    with _processes() as (rank, world), keep_random_state():
        if settings.batch % world:
            raise ValueError(f"a batch of {settings.batch} cannot be shared by {world} processes")
        torch.manual_seed(settings.seed)
        task, vocabulary = make(settings)
        task.to(device())
        run = Run(task.model, vocabulary, settings, {}, _digest(settings.text))
        optimizer = _optimizer(task, settings)
        checkpoint = None if out is None else Path(out) / "checkpoint.pt"
        if checkpoint is not None and checkpoint.exists():
            resume(checkpoint, run, optimizer)
        _check_that_all_are_at(len(run.curve.get("loss", [])), world)
        if checkpoint is not None and rank == 0:
            save_curve(checkpoint, run)  # what cannot be written should fail now, not later
        for step in _loop(task, optimizer, run, rank, world):
            due = step % every == 0 or step == settings.steps
            if due and rank == 0 and checkpoint is not None:
                save(checkpoint, run, optimizer)
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
        made = document_corpus(
            settings.documents, adjectives=settings.adjectives, seed=settings.seed
        )
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
    task = TASKS[settings.objective](Documents(encoded, groups), vocabulary, settings)
    if task.examples < settings.batch:
        raise ValueError(
            f"{task.examples} examples do not fill a batch of {settings.batch}: more text, or a "
            "smaller --batch"
        )
    return task, vocabulary


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
    trained: nn.Module, batch: NamedBatch, counts: dict[str, Tensor], world: int, bf16: bool
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
    used = [group for group in groups if group["params"]]
    return torch.optim.AdamW(used, lr=settings.lr, fused=True)


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
