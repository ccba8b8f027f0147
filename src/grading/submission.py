"""Grade one submission: bytes in, a verdict out. The only way: `grade` and `check`.

It runs in any process, on any machine. A process keeps one sandbox, with the libraries of the
assignment that it graded last, and starts every submission's kernel in it.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import math
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_output

from grading import kernels
from grading.assignment import Assignment, Cell, grade_id
from grading.intake import Intake, Ungradable, encodable, repair
from grading.notebook_run import EXIT, SILENT, STUCK, Run, run
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.server import KernelServer, SandboxBroken
from grading.settings import Settings
from grading.verdict import Item, Status, Verdict, explain

if TYPE_CHECKING:
    from grading.course import Course

FORGED = "the test met an object with comparisons of its own, or a function that was replaced"
NOT_RUN = "NotRun"  # the error that nbgrader finds where a test did not run
TAMPERED = (
    "Something in this notebook changes how it is tested. Your instructor will look at it; until "
    "then it has no marks."
)


@dataclass(frozen=True)
class Grader:
    """What every submission of one assignment is graded by. It pickles, for other processes.

    Attributes:
        assignment: what a submission should be.
        limits: of each run.
        files: what the assignment comes with besides its notebook: path -> content.
        sandbox: whether submissions run in the sandbox.
        trusted: tests in which even the solution meets objects with comparisons of their own.
    """

    assignment: Assignment
    limits: Limits = field(default_factory=Limits)
    files: dict[str, bytes] = field(default_factory=dict)
    sandbox: bool = True
    trusted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, course: Course, slug: str, *, sandbox: bool = True) -> Grader:
        """Read what the class of `course` is graded by.

        Raises:
            CourseError: there is no such assignment, or the class's settings cannot be read.
        """
        limits = Settings.read(course.root).limits
        return cls(course.assignment(slug), limits, course.files(slug), sandbox)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that decides a mark."""
        files = {name: digest(content) for name, content in self.files.items()}
        return digest(json.dumps([self.assignment.hash, files], sort_keys=True).encode())

    def trusting(self, solution: Verdict) -> Grader:
        """Return the grader that knows in which tests the solution meets odd objects."""
        return replace(self, trusted=solution.forged)

    def grade(self, content: bytes) -> Verdict:
        """Repair, run and judge a notebook as it was handed in."""
        try:
            intake = repair(content, self.assignment)
        except Ungradable as error:
            return Verdict(Status.UNGRADABLE, str(error), content_hash=digest(content))
        run_notebook = self._run_sandboxed if self.sandbox else self._run_plain
        result = run_notebook(intake.notebook)
        return self.judge(content, intake, result)

    def _run_plain(self, nb: nbformat.NotebookNode) -> Run:
        """Run a notebook in a plain process."""
        with tempfile.TemporaryDirectory(prefix="files-") as folder:
            manager = kernels.PlainKernelManager(self.unpack(Path(folder)))
            try:
                return kernels.wait_for(run(nb, self.assignment, manager, self.limits))
            finally:
                manager.remove()

    def _run_sandboxed(self, nb: nbformat.NotebookNode) -> Run:
        """Run a notebook in this process's sandbox; once more if the sandbox itself ended."""
        with suppress(SandboxBroken):
            server = _kept.open(self)
            result = self._run_in(server, nb)
            if not result.died or server.alive:
                return result
        # Somebody ended the sandbox; a notebook that did it ends the next one, too.
        _kept.close()
        return self._run_in(_kept.open(self), nb)

    def _run_in(self, server: KernelServer, nb: nbformat.NotebookNode) -> Run:
        why = partial(getattr, server, "why")
        manager = kernels.sandboxed(server)
        return kernels.wait_for(run(nb, self.assignment, manager, self.limits, why=why))

    def unpack(self, folder: Path) -> Path:
        """Write the assignment's other files."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def judge(self, content: bytes, intake: Intake, result: Run) -> Verdict:
        """Return the verdict; the notebook's tests get outputs that say the same."""
        nb = intake.notebook
        cells = {grade_id(cell): cell for cell in nb.cells}
        items = tuple(
            _answer(cell, cells[cell.name]) if cell.manual else _tested(cell, result)
            for cell in self.assignment.cells
            if cell.points is not None
        )
        for item in items:
            if not item.manual:
                cells[item.cell].outputs = _outputs(cells[item.cell], item)
        forged = [f"{name}: {FORGED}" for name in sorted(result.forged - self.trusted)]
        evidence = (*result.evidence, *forged)
        status, sentence = _status(result, self.limits, evidence)
        return Verdict(
            status,
            sentence,
            items,
            repairs=tuple(intake.repairs),
            evidence=evidence,
            unsure=intake.unsure,
            raised=encodable(result.raised),
            forged=frozenset(result.forged),
            notebook=encodable(nbformat.writes(nb)),
            content_hash=digest(content),
            seconds=result.seconds,
        )


def digest(content: bytes) -> str:
    """Return the SHA-256 of a notebook as it was handed in."""
    return hashlib.sha256(content).hexdigest()


class KeptSandbox:
    """This process's sandbox: for one assignment at a time, kept for the next submission.

    Attributes:
        server: the sandbox, or None.
    """

    server: KernelServer | None = None

    def __init__(self):
        self._key: tuple | None = None
        self._stack = ExitStack()

    def open(self, grader: Grader) -> KernelServer:
        """Return the sandbox for what `grader` grades, started here."""
        key = (grader.hash, grader.limits)
        if self._key != key:
            self.close()
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="files-"))
            self.server = KernelServer(
                limits=grader.limits,
                preload=grader.assignment.modules,
                files=grader.unpack(Path(folder)),
            )
            self._stack.callback(self.server.close)
            self._key = key
        self.server.open()  # here, since it ends with the thread that starts it
        return self.server

    def close(self) -> None:
        """End it."""
        self.server = self._key = None
        self._stack.close()


_kept = KeptSandbox()


def close() -> None:
    """End this process's sandbox."""
    _kept.close()


atexit.register(close)


def _answer(cell: Cell, written: nbformat.NotebookNode) -> Item:
    """Return an item that a person marks."""
    answer = written.source.strip()
    shown = "" if answer == cell.shown.strip() else answer
    return Item(cell.name, cell.points, manual=True, answer=shown)


def _tested(test: Cell, result: Run) -> Item:
    """Return what a test gives, and why not all."""
    points, message = _points(test, result)
    return Item(test.name, test.points, points, encodable(message))


def _points(test: Cell, result: Run) -> tuple[float, str]:
    if test.name not in result.passed:
        return 0.0, "This test did not run: the notebook ended before it."
    if test.name in result.errors:
        return 0.0, explain(*result.errors[test.name])
    partial_credit = result.results.get(test.name, test.points)
    if math.isclose(partial_credit, test.points, rel_tol=1e-9):  # 0.1 + 0.2 + 0.7 is full marks
        partial_credit = test.points
    if not 0 <= partial_credit <= test.points:
        return 0.0, (
            f"The test gave {partial_credit:g} of {test.points:g} points, which is not possible."
        )
    if partial_credit == test.points:
        return partial_credit, ""
    return partial_credit, f"{partial_credit:g} of {test.points:g} points."


def _outputs(cell: nbformat.NotebookNode, item: Item) -> list[nbformat.NotebookNode]:
    """Return the outputs of a test from which nbgrader reads the same points."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"  # nbgrader takes stderr for a failure; a warning is not one
            kept.append(output)
        elif output.output_type == "execute_result":
            kept += [output] if 0 < item.points < item.max_points else []
        elif output.output_type in ("error", "display_data"):
            kept.append(output)
    errors = any(output.output_type == "error" for output in kept)
    if item.message and not item.points and not errors:
        text = item.message
        kept.append(new_output("error", ename=NOT_RUN, evalue=text, traceback=[text]))
    return kept


def _status(result: Run, limits: Limits, evidence: tuple[str, ...]) -> tuple[Status, str]:
    """Return a status and the sentence that goes with it."""
    interrupted = [*result.timeouts, *([result.where] if result.died == STUCK else [])]
    if evidence:
        return Status.TAMPERED, TAMPERED
    if result.died and result.died != STUCK:
        reasons = {
            "memory": f"it used more than {limits.memory // MIB} MiB of memory",
            "processes": f"it started more than {limits.processes} processes",
            SILENT: "its kernel no longer answered as a kernel must",
            EXIT: "its kernel ended: os._exit, a crash inside a library, or no memory left",
        }
        reason = reasons.get(result.died, result.died)
        return Status.CRASHED, (
            f"The notebook ended in {result.where}: {reason}. Points before that count."
        )
    if interrupted:
        where = ", ".join(dict.fromkeys(interrupted))
        return Status.TIMEOUT, (
            f"Too slow, and interrupted: {where}. A cell may take {limits.cell} s and the notebook "
            f"{limits.total} s. What had passed counts."
        )
    return Status.GRADED, "Graded."
