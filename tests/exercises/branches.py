"""Grade the mistakes of an exercise in forks of one run: what stands before a mistake runs once.

    python branches.py reads jobs from standard input, one a line, and answers each in a line:
    {"root": course folder, "slug": ..., "mistakes": [fields of a `Mistake`, ...]}

The grader runs the solution's notebook, with the same seeds and watched tests, and judges it, but
in an IPython shell of this process, not in a kernel. Before a cell with mistakes the process forks
once for each; the child goes on with the mistake in that cell, and with those of the later cells
that can notice it. `test_wrong_submissions.py` compares a sample with what `make grade` says.
"""

import json
import math
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from shutil import copytree

from dependence import affected
from IPython.core.interactiveshell import InteractiveShell
from mistakes import Mistake
from nbformat import NotebookNode
from traitlets.config import Config

from grading import integrity
from grading.assignment import grade_id
from grading.course import Course
from grading.intake import repair
from grading.kernels import EVERYWHERE
from grading.notebook_run import ENTER, INSIDE, Execution, Run
from grading.sandbox.bubblewrap import ENVIRONMENT
from grading.sandbox.limits import Limits
from grading.sandbox.zygote import bound, preload
from grading.submission import FORGED, Grader
from grading.verdict import Status, Verdict

FIRST = ("torch", "torch.nn.functional", "helpers")  # what most notebooks import


@dataclass
class Outcome:
    """What came of one run.

    Attributes:
        points: item -> points, of the items that ran.
        messages: item -> why points were lost.
        trouble: signs of tampering, cells that were too slow, an early end; of the solution, any
            cell that raised something.
        forged: tests that met objects with comparisons of their own.
    """

    points: dict[str, float] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)


class Branches:
    """A process that has imported the libraries and forks for each exercise."""

    def __init__(self):
        """Start it."""
        environment = os.environ | {name: ENVIRONMENT[name] for name in EVERYWHERE}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=pipe, stdout=pipe, text=True, env=environment
        )

    def run(self, root: Path, slug: str, mistakes: list[Mistake]) -> dict[str, Outcome]:
        """Return what each mistake got, by its name; under "" what the solution did.

        Raises:
            RuntimeError: the solution cannot be run.
        """
        job = {"root": str(root), "slug": slug, "mistakes": [asdict(each) for each in mistakes]}
        print(json.dumps(job), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        outcomes = {name: Outcome(**found) for name, found in answer.items()}
        trusted = set(outcomes[""].forged)  # as `make grade` learns it from the solution
        for each in outcomes.values():
            each.trouble += [f"{name}: {FORGED}" for name in set(each.forged) - trusted]
        return outcomes


@cache
def branches() -> Branches:
    """Return the one of this process; it ends when this process does."""
    return Branches()


class Shell:
    """Stands in for `notebook_run.Client`: the cells run here."""

    def __init__(self, nb: NotebookNode, limits: Limits):
        """Make the one shell of this process."""
        config = Config(HistoryManager={"enabled": False})  # its thread would not survive a fork
        folder = tempfile.mkdtemp()
        self.shell = InteractiveShell.instance(config=config, ipython_dir=folder)
        self.nb, self.limits, self.end = nb, limits, math.inf
        self.where, self.reply, self.interrupted = "", {}, False
        signal.signal(signal.SIGPROF, self._interrupt)

    async def call(self, function: str, *arguments: object) -> object:
        """Call a function of `grading.inside`, as `Client.call` does."""
        name = f"_enter_{secrets.token_hex(8)}"
        given = ", ".join(map(repr, (INSIDE, function, *arguments)))
        self.shell.run_cell(ENTER.replace("enter", name), store_history=False, silent=True)
        answer = self.shell.user_expressions({"answer": f"{name}({given})"})["answer"]
        if answer["status"] != "ok":
            raise ValueError(f"{function} failed: {answer}")
        return integrity.decode(answer["data"]["text/plain"])

    async def async_execute_cell(self, cell: NotebookNode, _index: int) -> None:
        """Run a cell; keep what a kernel would reply."""
        # Seconds of the processor: a busy machine changes no mark.
        signal.setitimer(signal.ITIMER_PROF, self.limits.cell)
        try:
            result = self.shell.run_cell(cell.source, store_history=True)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        error = result.error_before_exec or result.error_in_exec
        self.reply = (
            {"status": "ok"}
            if result.success
            else {"status": "error", "ename": type(error).__name__, "evalue": str(error)}
        )

    def note_timeout(self, result: Run) -> None:
        """Write down that the cell just run had to be interrupted, if it had."""
        if self.interrupted:
            result.timeouts.append(self.where)
        self.interrupted = False

    def _interrupt(self, *_signal) -> None:
        self.interrupted = True
        raise KeyboardInterrupt


class ForkingShell(Shell):
    """Forks before each cell with mistakes, once for each.

    Attributes:
        mistake: in a child, what it makes; None in the parent.
        out: in a child, the descriptor where its outcome goes.
        found: in the parent, what came of each mistake.
        raised: in the parent, the cells of the solution that raised something.
    """

    def __init__(self, nb: NotebookNode, limits: Limits, mistakes: list[Mistake], out: int):
        """Make the `mistakes` in `nb`."""
        super().__init__(nb, limits)
        self.mistakes, self.mistake, self.out, self.found = mistakes, None, out, {}
        self.raised: list[str] = []

    async def async_execute_cell(self, cell: NotebookNode, index: int) -> None:
        """Fork where there is something to change, then run the cell."""
        for mistake in self.mistakes:
            if mistake.item == grade_id(cell):
                came = fork()
                if isinstance(came, int):
                    self._become(mistake, cell, index, came)
                    break
                self.found[mistake.name] = came
        await super().async_execute_cell(cell, index)
        if not self.mistake and self.reply["status"] == "error":
            self.raised.append(f"{self.where} raises {self.reply['ename']}: {self.reply['evalue']}")

    def _become(self, mistake: Mistake, cell: NotebookNode, index: int, out: int) -> None:
        """In the child: make the mistake, and leave out what cannot notice."""
        sources = [each.source if each.cell_type == "code" else "" for each in self.nb.cells]
        kept = affected(sources, index, mistake.source)
        for number, each in enumerate(self.nb.cells):
            if number > index and number not in kept:
                each.cell_type = "raw"
        cell.source = mistake.source
        self.mistake, self.mistakes, self.out = mistake, [], out
        os.chdir(copytree(".", tempfile.mkdtemp(), dirs_exist_ok=True))  # its files are its own


def fork() -> int | dict:
    """Fork; return where to write JSON in the child, what it wrote in the parent, once it ended."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        return write
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        came = pipe.read()
    _, status = os.waitpid(child, 0)
    try:
        return json.loads(came)
    except ValueError:
        return asdict(Outcome(trouble=[f"the process ended with status {status}"]))


def grade(grader: Grader, content: bytes, mistakes: list[Mistake], out: int) -> ForkingShell:
    """Grade the solution in this process and each mistake in a child; all of them return.

    `out` is where this process's outcome goes; each has written it when this returns.
    """
    intake, result = repair(content, grader.assignment), Run()
    shell = ForkingShell(intake.notebook, grader.limits, mistakes, out)
    drive(Execution(shell, grader.assignment, 0, result).of_all_cells())
    outcome = asdict(outcome_of(grader.judge(content, intake, result), result))
    outcome["trouble"] += [] if shell.mistake else shell.raised
    with os.fdopen(shell.out, "w") as file:
        json.dump(outcome if shell.mistake else shell.found | {"": outcome}, file)
    return shell


def outcome_of(verdict: Verdict, result: Run) -> Outcome:
    """Return what a verdict says of the items that ran."""
    items = [item for cell, item in verdict.tests.items() if cell in result.passed]
    return Outcome(
        {item.name: item.points for item in items},
        {item.name: item.message for item in items if item.message},
        [*verdict.evidence, *([] if verdict.status is Status.GRADED else [verdict.sentence])],
        sorted(verdict.forged),
    )


def drive(coroutine: Coroutine) -> None:
    """Run what never waits without an event loop, which parent and child would share."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits for something")


def answer(root: str, slug: str, mistakes: list[dict], out: int) -> None:
    """Grade one exercise, and write what came of it to `out`."""
    try:
        course = Course(Path(root))
        grader = Grader.of(course, slug)
        # What the solution's objects are like is known when all has run: `Branches.run`.
        grader = replace(grader, trusted=frozenset(each.name for each in grader.assignment.tests))
        os.chdir(grader.unpack(Path(tempfile.mkdtemp())))
        preload(grader.assignment.modules)
        if sys.platform == "linux":
            bound(asdict(grader.limits))
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        content = course.solution(slug).read_bytes()
        grade(grader, content, [Mistake(**each) for each in mistakes], out)
    except Exception:  # noqa: BLE001 (whatever it is, the one who asked should read it)
        os.write(out, json.dumps({"error": traceback.format_exc()}).encode())


def main() -> None:
    """Import, then answer until standard input ends."""
    preload(FIRST)
    for line in sys.stdin:
        with tempfile.TemporaryDirectory(prefix="branches-") as folder:
            came = fork()
            if isinstance(came, int):
                tempfile.tempdir = folder  # what it leaves, and its children, goes with it
                try:
                    answer(**json.loads(line), out=came)
                finally:
                    os._exit(0)
        print(json.dumps(came), flush=True)


if __name__ == "__main__":
    main()
