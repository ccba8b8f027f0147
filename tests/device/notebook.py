"""Run a notebook's cells on the stand-in, and say which fail.

    python -m tests.device.notebook SLUG [STEPS]      a chapter, with few steps of each training
    python -m tests.device.notebook FILE.ipynb        such as an exercise's solution, whole

Every cell runs, also after one that failed. Claims are collected, not asserted: what few steps
teach proves nothing. A net that has learned little must still do for the cells that follow: the
rest of a shortened training repeats its last step's numbers.
"""

import ast
import io
import os
import resource
import sys
import tempfile
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Measured on some examples, a net is as well on the device as on all.
EXAMPLES = 64
# A net that learned nothing makes no step size usable: what divides by that, or looks for it, fails
# in arithmetic, and no cell builds on it.
UNTAUGHT = (ZeroDivisionError, StopIteration)


class _ShortLoops(ast.NodeTransformer):
    """Shortens loops that train: `for ... in ...` with a `.backward()` in it."""

    def visit_For(self, node: ast.For) -> ast.For:  # noqa: N802 - the base class's name
        """Put `_few(...)` around what a training loop runs over."""
        self.generic_visit(node)
        if "backward" in {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}:
            node.iter = ast.Call(ast.Name("_few", ast.Load()), [node.iter], [])
        return ast.fix_missing_locations(node)


def _shorten(few: int) -> None:
    """Let `fit` and `pretrain` do a few steps, and repeat the last one's numbers for the others."""
    import torch

    from helpers import training
    from helpers.pretraining import run
    from tests import accelerator

    plain_fit, plain_evaluate, plain_pretrain = training.fit, training.evaluate, run.pretrain

    def fit(model, data, *rest, steps=None, epochs=None, batch_size=64, **options):
        if steps is None:
            whole = training._whole(data)
            steps = epochs * len(training._Shuffled(*data, batch_size) if whole else data)
        done = min(steps, few)
        history = plain_fit(model, data, *rest, steps=done, batch_size=batch_size, **options)
        stopping, after_step = options.get("stopping"), options.get("after_step")
        ended = len(history.losses) < done
        for step in range(done + 1, 0 if ended else steps + 1):
            history.losses.append(history.losses[-1])
            history.accuracies += history.accuracies[-1:]
            if after_step is not None:
                after_step(step)
            if stopping is not None and stopping(model, step):
                break
        return history

    def evaluate(model, data, *rest, **options):
        if training._whole(data):
            x, y = data
            data = training._each(x, lambda part: part[:EXAMPLES]), y[:EXAMPLES]
        return plain_evaluate(model, data, *rest, **options)

    def pretrain(settings, out=None, **options):
        if out is not None:  # the page looks at its checkpoints
            return plain_pretrain(settings, out, **options)
        made = plain_pretrain(replace(settings, steps=min(settings.steps, few)))
        for values in made.curve.values():
            values += values[-1:] * (settings.steps - len(values))
        made.settings = settings
        return made

    training.fit, training.evaluate, run.pretrain = fit, evaluate, pretrain
    # `fit(mixed=True)` multiplies in 16 bits on a GPU.
    training.autocast = lambda: torch.autocast(accelerator.NAME, torch.bfloat16)


def cells_of(name: str) -> list[tuple[str, str]]:
    """Where each code cell stands, and its source, of a chapter or of a file."""
    import nbformat

    from tools.book import Book

    if name.endswith(".ipynb"):
        path = ROOT / name
        notebook = nbformat.read(path, as_version=4)
        places = [f"{path.name}, cell {index}" for index in range(len(notebook.cells))]
    else:
        chapter = Book(ROOT).chapters[name]
        notebook = chapter.notebook
        places = [
            f"{chapter.path.name}, the cell at line {chapter.line(index)}"
            for index in range(len(notebook.cells))
        ]
    return [
        (place, cell.source)
        for place, cell in zip(places, notebook.cells, strict=True)
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", [])
    ]


def problems(name: str, few: int = 1) -> list[str]:
    """Run the notebook in this process; return a paragraph for each cell that failed."""
    from IPython.core.interactiveshell import InteractiveShell

    from tests import accelerator

    os.environ |= {"HELPERS_DEVICE": accelerator.NAME, "HELPERS_CLAIMS": "collect"}
    os.environ |= {"TQDM_DISABLE": "1", "MPLBACKEND": "agg"}
    accelerator.register()
    shell, found, excused = InteractiveShell.instance(), [], ()
    if not name.endswith(".ipynb"):
        _shorten(few)
        shell.ast_transformers.append(_ShortLoops())
        shell.user_ns["_few"] = lambda steps: islice(steps, few)
        excused = UNTAUGHT
    for place, source in cells_of(name):
        began = time.process_time()
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            result = shell.run_cell(source)
        if os.environ.get("TIMES") and (took := time.process_time() - began) > 1:
            print(f"   {place}: {took:.1f}")
        error = result.error_before_exec or result.error_in_exec
        if error and not isinstance(error, excused):
            found.append(f"{place}:\n{_told(error)}")
    return found


def _told(error: Exception) -> str:
    """The error and the lines of the course that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/tests/" not in each.filename and each.line]
    ours = [each for each in ours if "site-packages" not in each.filename]
    lines = [f"    {Path(each.filename).name}, line {each.lineno}: {each.line}" for each in ours]
    return "\n".join([*lines, f"  {type(error).__name__}: {error}"])


def run(name: str, few: int = 1, float64: bool = False) -> tuple[list[str], float]:
    """The notebook's problems and the CPU seconds that it took, in a folder of its own.

    Args:
        name: a chapter's slug, or a notebook's path.
        few: steps of each training of a chapter.
        float64: whether the device has it.
    """
    os.environ["FAKE_FLOAT64"] = str(int(float64))
    os.chdir(tempfile.mkdtemp(prefix="course-"))
    began = time.process_time()
    return problems(name, few), time.process_time() - began


def main(name: str, few: str = "1") -> int:
    """Print what fails; 1 if anything does."""
    found, _ = run(name, int(few), os.environ.get("FAKE_FLOAT64") == "1")
    print(*found, sep="\n")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{name}: {len(found)} cells failed, {used.ru_utime + used.ru_stime:.0f} CPU seconds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
