"""Run a chapter's cells on the stand-in, with few training steps, and say which cells fail.

    python -m tests.device.chapter SLUG [STEPS]

Every cell runs, also after one that failed. Claims are collected, not asserted: what few steps
teach proves nothing. A net that has learned little must still do for the cells that follow: the
rest of a shortened training repeats its last step's numbers.
"""

import ast
import io
import os
import sys
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What takes seconds to import; a process that has it can be forked for each chapter.
PRELOAD = ["torch", "tests.accelerator", "matplotlib.pyplot", "sklearn.datasets", "myst_nb"]


class _ShortLoops(ast.NodeTransformer):
    """Shortens loops that train: `for ... in ...` with a `.backward()` in it."""

    def visit_For(self, node: ast.For) -> ast.For:  # noqa: N802 - the base class's name
        self.generic_visit(node)
        calls = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
        if "backward" in calls:
            few = ast.Name("_few", ast.Load())
            node.iter = ast.copy_location(ast.Call(few, [node.iter], []), node.iter)
        return ast.fix_missing_locations(node)


def _shorten_fit(few: int) -> None:
    """Let `fit` do a few steps, and then say the last one's numbers until its steps are over."""
    from helpers import training

    plain = training.fit

    def fit(model, data, *rest, steps=None, epochs=None, batch_size=64, **options):
        if steps is None:
            whole = training._whole(data)
            steps = epochs * len(training._Shuffled(*data, batch_size) if whole else data)
        done = min(steps, few)
        history = plain(model, data, *rest, steps=done, batch_size=batch_size, **options)
        stopping, after_step = options.get("stopping"), options.get("after_step")
        for step in range(len(history.losses) + 1, steps + 1 if len(history.losses) == done else 0):
            history.losses.append(history.losses[-1])
            history.accuracies += history.accuracies[-1:]
            if after_step is not None:
                after_step(step)
            if stopping is not None and stopping(model, step):
                break
        return history

    training.fit = fit


def problems(slug: str, few: int = 2) -> list[str]:
    """Run the chapter in this process; return a paragraph for each cell that failed."""
    from IPython.core.interactiveshell import InteractiveShell
    from tools.course import Course

    from tests import accelerator

    os.environ |= {"HELPERS_DEVICE": accelerator.NAME, "HELPERS_CLAIMS": "collect"}
    os.environ |= {"TQDM_DISABLE": "1", "MPLBACKEND": "agg"}
    accelerator.register()
    _shorten_fit(few)
    shell = InteractiveShell.instance()
    shell.ast_transformers.append(_ShortLoops())
    shell.user_ns["_few"] = lambda steps: islice(steps, few)
    chapter, found = Course(ROOT).chapters[slug], []
    for index, cell in enumerate(chapter.notebook.cells):
        if cell.cell_type != "code" or "raises-exception" in cell.metadata.get("tags", []):
            continue
        began = time.process_time()
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            result = shell.run_cell(cell.source)
        if os.environ.get("TIMES") and (took := time.process_time() - began) > 1:
            print(f"   line {chapter.line(index)}: {took:.1f}")
        if error := result.error_before_exec or result.error_in_exec:
            where = f"{chapter.path.name}, the cell at line {chapter.line(index)}"
            found.append(f"{where}:\n{_told(error)}")
    return found


def _told(error: Exception) -> str:
    """The error and the lines of the course that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "/tests/" not in each.filename and each.line]
    ours = [each for each in ours if "site-packages" not in each.filename]
    lines = [f"    {Path(each.filename).name}, line {each.lineno}: {each.line}" for each in ours]
    return "\n".join([*lines, f"  {type(error).__name__}: {error}"])


def main(slug: str, steps: str = "2") -> int:
    """Print what fails; 1 if anything does."""
    import resource
    import tempfile

    os.chdir(tempfile.mkdtemp())
    found = problems(slug, int(steps))
    print(*found, sep="\n")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{slug}: {len(found)} cells failed, {used.ru_utime + used.ru_stime:.0f} CPU seconds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
