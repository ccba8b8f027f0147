"""Grade one submission: bytes in, plain data out. Runs in any process, on any machine.

A worker process keeps one sandbox for each assignment, with its libraries imported, and starts
every submission's kernel in it.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat
from nbformat.v4 import new_output

from grading import kernels
from grading.assignment import Assignment, Cell, grade_id
from grading.execute import Run, run
from grading.feedback import explain
from grading.intake import Ungradable, encodable, repair
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.server import KernelServer, SandboxBroken

GRADED, UNGRADABLE, TIMEOUT = "graded", "ungradable", "timeout"
CRASHED, TAMPERED, NOT_RUN = "crashed", "tampered", "NotRun"
STATUSES = (GRADED, TIMEOUT, CRASHED, TAMPERED, UNGRADABLE)

FORGED = "the test met an object with comparisons of its own, or a function that was replaced"

_servers: dict[tuple, KernelServer] = {}
_opened = ExitStack()  # what they need, to be given back with them


@dataclass
class Verdict:
    """What one submission gets, as JSON can hold it.

    Attributes:
        status: one of `STATUSES`.
        sentence: what the student should know of it.
        items: test -> {"points", "max_points", "message"}; nothing for items that a person marks.
        repairs: what was put right before it ran.
        evidence: signs of tampering, for the instructor.
        forged: tests that met objects with comparisons of their own, trusted ones too.
        notebook: the executed notebook, or "" when there is none.
        content_hash: SHA-256 of what was handed in.
        seconds: wall time of the notebook.
    """

    status: str
    sentence: str
    items: dict[str, dict] = field(default_factory=dict)
    repairs: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    notebook: str = ""
    content_hash: str = ""
    seconds: float = 0.0


def grade_job(job: dict) -> dict:
    """Grade one submission; what comes in and goes out is plain data, a `Verdict` in the end.

    Args:
        job: what `grade` takes: "content" in base64, "assignment" as `Assignment.data` gives it,
            "limits" as a dictionary, "files", "sandbox", "trusted".
    """
    assignment = Assignment.from_data(job["assignment"])
    content = base64.b64decode(job["content"])
    verdict = grade(
        content,
        assignment,
        limits=Limits(**job["limits"]),
        files=job["files"],
        sandbox=job["sandbox"],
        trusted=frozenset(job["trusted"]),
    )
    return vars(verdict)


def grade(
    content: bytes,
    assignment: Assignment,
    *,
    limits: Limits | None = None,
    files: dict[str, str] | None = None,
    sandbox: bool = True,
    trusted: frozenset[str] = frozenset(),
) -> Verdict:
    """Repair, run and judge one submission.

    Args:
        content: the notebook as it was handed in.
        assignment: what it should be.
        limits: of the run.
        files: the assignment's other files: path -> base64 of the content.
        sandbox: whether to run it in the sandbox.
        trusted: tests in which even the solution meets objects with comparisons of their own.
    """
    limits = limits or Limits()
    hashed = digest(content)
    try:
        intake = repair(content, assignment)
    except Ungradable as error:
        return Verdict(UNGRADABLE, str(error), content_hash=hashed)
    nb = intake.notebook
    result = _run(nb, assignment, limits, files or {}, sandbox)
    result.evidence += [f"{name}: {FORGED}" for name in sorted(result.forged - trusted)]
    items = {}
    for cell in nb.cells:
        if (wanted := _wanted(cell, assignment)) is not None:
            points, message = _points(wanted, result)
            items[wanted.name] = {
                "points": points,
                "max_points": wanted.points,
                "message": encodable(message),
            }
            cell.outputs = _outputs(cell, wanted, points, message)
    status, sentence = _status(result, limits)
    return Verdict(
        status,
        sentence,
        items,
        intake.repairs,
        result.evidence,
        sorted(result.forged),
        encodable(nbformat.writes(nb)),
        hashed,
        result.seconds,
    )


def digest(content: bytes) -> str:
    """Return the SHA-256 of a notebook as it was handed in."""
    return hashlib.sha256(content).hexdigest()


def close() -> None:
    """End this process's sandboxes."""
    _servers.clear()
    _opened.close()


atexit.register(close)


def _run(
    nb: nbformat.NotebookNode,
    assignment: Assignment,
    limits: Limits,
    files: dict[str, str],
    sandbox: bool,
) -> Run:
    """Run in this process's sandbox for the assignment; once more if the sandbox itself broke."""
    if not sandbox:
        with tempfile.TemporaryDirectory(prefix="files-") as folder:
            manager = kernels.PlainKernelManager(_unpack(files, Path(folder)))
            try:
                return kernels.wait_for(run(nb, assignment, manager, limits))
            finally:
                manager.remove()
    for attempt in (1, 2):
        server = _server(assignment, limits, files)
        try:
            server.open()  # here, since it ends with the thread that starts it
            why = partial(getattr, server, "why")
            result = kernels.wait_for(
                run(nb, assignment, kernels.sandboxed(server), limits, why=why)
            )
        except SandboxBroken:
            close()
            if attempt == 2:
                raise
            continue
        if result.died and not server.alive and attempt == 1:
            continue  # somebody ended the sandbox; a notebook that did it ends the next one, too
        return result
    raise AssertionError


def _server(assignment: Assignment, limits: Limits, files: dict[str, str]) -> KernelServer:
    """Return this process's sandbox for the assignment; there is only one at a time."""
    key = (assignment.hash, limits, tuple(sorted(files.items())))
    if key not in _servers:
        close()
        folder = Path(_opened.enter_context(tempfile.TemporaryDirectory(prefix="files-")))
        _servers[key] = KernelServer(
            limits=limits, preload=assignment.modules, files=_unpack(files, folder)
        )
        _opened.callback(_servers[key].close)
    return _servers[key]


def _unpack(files: dict[str, str], folder: Path) -> Path:
    """Write the assignment's other files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    return folder


def _wanted(cell: nbformat.NotebookNode, assignment: Assignment) -> Cell | None:
    """Return the test that a cell is, or None."""
    name = grade_id(cell)
    return next((each for each in assignment.tests if each.name == name), None)


def _points(test: Cell, result: Run) -> tuple[float, str]:
    """Return what a test gives, and why not all."""
    if test.name not in result.passed:
        return 0.0, "This test did not run: the notebook ended before it."
    if test.name in result.errors:
        return 0.0, explain(*result.errors[test.name])
    partial = result.results.get(test.name, test.points)
    if not 0 <= partial <= test.points:
        return 0.0, f"The test gave {partial:g} of {test.points:g} points, which cannot be."
    return partial, "" if partial == test.points else f"{partial:g} of {test.points:g} points."


def _outputs(cell, test: Cell, points: float, message: str) -> list[nbformat.NotebookNode]:
    """Return the outputs of a test from which nbgrader reads the same points."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream":
            output.name = "stdout"  # nbgrader takes stderr for a failure; a warning is none
            kept.append(output)
        elif output.output_type == "execute_result":
            kept += [output] if 0 < points < test.points else []
        elif output.output_type in ("error", "display_data"):
            kept.append(output)
    if message and not any(output.output_type == "error" for output in kept) and not points:
        kept.append(new_output("error", ename=NOT_RUN, evalue=message, traceback=[message]))
    return kept


def _status(result: Run, limits: Limits) -> tuple[str, str]:
    """Return a status and the sentence that goes with it."""
    if result.evidence:
        return TAMPERED, (
            "Something in this notebook changes how it is tested. Your instructor will look at it; "
            "until then it has no marks."
        )
    if result.died == "stuck":
        result.timeouts.append(result.where)
    elif result.died:
        reasons = {
            "memory": f"it used more than {limits.memory // MIB} MiB of memory",
            "processes": f"it started more than {limits.processes} processes",
            "silent": "its kernel no longer answered as a kernel must",
            "exit": "its kernel ended: os._exit, a crash inside a library, or no memory left",
        }
        reason = reasons.get(result.died, result.died)
        return CRASHED, f"The notebook ended in {result.where}: {reason}. Points before that count."
    if result.timeouts:
        where = ", ".join(dict.fromkeys(result.timeouts))
        return TIMEOUT, (
            f"Too slow, and interrupted: {where}. A cell may take {limits.cell} s and the notebook "
            f"{limits.total} s. What had passed counts."
        )
    return GRADED, "Graded."
