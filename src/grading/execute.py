"""Run one notebook in one kernel, with limits, and watch its tests."""

import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, ValidationError
from nbformat.v4 import new_output

from grading import integrity
from grading.assignment import Assignment, Cell, grade_id
from grading.feedback import TIMEOUT
from grading.sandbox.limits import Limits
from grading.sandbox.server import SandboxBroken

SEED = """
import random as _random, sys as _sys
_random.seed({seed})
if "numpy" in _sys.modules: _sys.modules["numpy"].random.seed({seed})
if "torch" in _sys.modules: _sys.modules["torch"].manual_seed({seed})
del _random, _sys
"""
# Tracebacks without context: rendering it takes seconds where a function calls itself for ever.
SETUP = "get_ipython().InteractiveTB.set_mode(mode='Plain')"
SILENT = "silent"
INTERRUPTED = "KeyboardInterrupt"  # what a cell raises that took too long
GRACE = 5  # seconds that an interrupt may take
LONGEST = 2000  # characters of an error that are kept
# What else a kernel may publish (widgets, outputs that change later) has no bounds and no points.
KEPT = ("status", "stream", "display_data", "execute_result", "error", "clear_output")
# What reading a message can raise that is not one.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError)
CUT = "\n[The rest of the output is not kept: there is too much of it.]\n"


@dataclass
class Run:
    """What happened when a notebook ran.

    Attributes:
        passed: test -> whether it raised nothing; missing when it did not run.
        errors: test -> (exception, message) when it raised.
        results: test -> the number that its last line gave, where it gave one.
        evidence: signs that tests were tampered with.
        forged: tests that met objects with comparisons of their own.
        timeouts: the cells that were interrupted.
        died: why the kernel ended before the notebook did; "" when it did not.
        where: in which cell.
        seconds: wall time.
    """

    passed: dict[str, bool] = field(default_factory=dict)
    errors: dict[str, tuple[str, str]] = field(default_factory=dict)
    results: dict[str, float] = field(default_factory=dict)
    evidence: list[str] = field(default_factory=list)
    forged: set[str] = field(default_factory=set)
    timeouts: list[str] = field(default_factory=list)
    died: str = ""
    where: str = ""
    seconds: float = 0.0


class Client(NotebookClient):
    """A notebook client that keeps the outputs small and a budget of time."""

    def __init__(self, nb: NotebookNode, limits: Limits, **kwargs):
        """Prepare to run `nb` within `limits`."""
        super().__init__(nb, allow_errors=True, store_widget_state=False, **kwargs)
        self.limits, self.end = limits, time.monotonic() + limits.total
        self.left = limits.output
        self.iopub_timeout = 10
        self.interrupted, self.where, self.reply = False, "the first cell", {}
        self.on_cell_executed = self._note_reply

    def _get_timeout(self, cell) -> float:
        return max(0.5, min(self.limits.cell, self.end - time.monotonic()))

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index) -> None:
        """Take in outputs until the cell is done; pass over what is no message.

        An interrupt in the middle of one spoils it, and a notebook can send what it likes.
        """
        while True:
            try:
                message = await self.kc._async_get_iopub_msg(timeout=None)
                own = message["parent_header"].get("msg_id") == parent_msg_id
                if own and message["msg_type"] in KEPT:
                    self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                return
            except (*MALFORMED, ValidationError):
                continue

    def _note_reply(self, *, execute_reply, **_kwargs) -> None:
        self.reply = execute_reply["content"]

    def note_timeout(self, result: Run) -> None:
        """Write down that the cell just run had to be interrupted, if it had."""
        if self.interrupted:
            result.timeouts.append(self.where)
        self.interrupted = False

    async def _async_handle_timeout(self, timeout, cell=None):
        """Interrupt the cell; when that does not end it, nothing will."""
        self.interrupted = True
        await self.km.interrupt_kernel()
        end = time.monotonic() + GRACE
        while time.monotonic() < end:
            with suppress(Empty):
                reply = await self.kc._async_get_shell_msg(timeout=0.2)
                if reply["msg_type"] == "execute_reply":
                    return reply
            await self._async_check_alive()
        raise CellTimeoutError.error_from_timeout_and_cell("Not interrupted", timeout, cell)

    def output(self, outs, msg, display_id, cell_index):
        """Keep an output while there is room."""
        size = len(json.dumps(msg["content"], default=str))
        if size > self.left:
            if self.left:
                outs.append(new_output("stream", name="stdout", text=CUT))
            self.left = 0
            return None
        self.left -= size
        return super().output(outs, msg, display_id, cell_index)

    async def ask(self, code: str, *expressions: str, timeout: float = 30) -> dict[str, str]:
        """Run `code` unseen; return the repr of each expression that could be computed.

        Raises:
            DeadKernelError: the kernel has ended, or does not answer.
        """
        wanted = {str(i): each for i, each in enumerate(expressions)}
        message = self.kc.execute(
            code, silent=True, store_history=False, user_expressions=wanted, stop_on_error=False
        )
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                reply = await self.kc._async_get_shell_msg(timeout=0.5)
            except Empty:
                if not await self.km.is_alive():
                    raise DeadKernelError("Kernel died") from None
                continue
            if reply["parent_header"].get("msg_id") == message:
                answers = reply["content"].get("user_expressions") or {}
                return {
                    expressions[int(key)]: value["data"].get("text/plain", "")
                    for key, value in answers.items()
                    if value.get("status") == "ok"
                }
        raise DeadKernelError(SILENT)


class Fingerprint:
    """Asks the kernel what the tests will rely on.

    Attributes:
        code: to be run first; it leaves one name behind, which `expression` takes away.
        expression: what the answer is.
        names: what the tests take from modules.
        given: the name under which the kernel keeps what locked cells define.
    """

    def __init__(self, assignment: Assignment):
        """Ask for what the tests of `assignment` use."""
        nonce, self.given = secrets.token_hex(8), secrets.token_hex(8)
        sources = [cell.source for cell in (*assignment.tests, *assignment.given)]
        self.names = integrity.names_used(sources)
        self.code = integrity.FINGERPRINT.replace("{nonce}", nonce)
        self.expression = answer_of(f"_print_{nonce}({self.names!r}, {self.given!r})")

    def read(self, answer: dict[str, str]) -> list:
        """Return the fingerprint in a kernel's answer.

        Raises:
            DeadKernelError: there is none.
        """
        try:
            found = integrity.decode(answer[self.expression])
            return [(str(name), value) for name, value in found]
        except (KeyError, ValueError, TypeError):
            raise DeadKernelError(SILENT) from None

    def expected(self, fingerprint: list) -> list:
        """Return the part of one that a test watches while it runs."""
        return [pair for pair in fingerprint if pair[0] in self.names]

    def keep(self, names: set[str]) -> str:
        """Return code that keeps what `names` stand for, and puts back all that was kept."""
        values = {"nonce": secrets.token_hex(8), "names": repr(sorted(names)), "given": self.given}
        code = integrity.GIVEN
        for name, value in values.items():
            code = code.replace(f"{{{name}}}", value)
        return code


def answer_of(expression: str) -> str:
    """Return an expression whose value can be read by `integrity.decode`."""
    return f"__import__('json').dumps({expression}).encode().hex()"


async def run(
    nb: NotebookNode,
    assignment: Assignment,
    manager,
    limits: Limits,
    *,
    why=lambda: "",
    seed: int = 0,
) -> Run:
    """Execute `nb` in place with a kernel of `manager`; see `Run`.

    Args:
        nb: with all tests in it; its outputs are replaced.
        assignment: whose cells it has.
        manager: an asynchronous kernel manager; its kernel is started and ended here.
        limits: of time and of output.
        why: says what ended the kernel, if the sandbox did.
        seed: of torch, numpy and random, before each cell.
    """
    started, result = time.monotonic(), Run()
    client = Client(nb, limits, km=manager)
    tests = {cell.name: cell for cell in assignment.tests}
    try:
        async with client.async_setup_kernel():
            await _cells(client, nb, assignment, tests, seed, result)
    except SandboxBroken:
        raise
    except (DeadKernelError, CellTimeoutError, RuntimeError, *MALFORMED) as error:
        stuck = isinstance(error, CellTimeoutError)
        silent = SILENT in str(error) or isinstance(error, MALFORMED)
        result.died = why() or ("stuck" if stuck else SILENT if silent else "exit")
        result.where = client.where
    finally:
        with suppress(Exception):
            await manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)  # or its descriptors stay until they run out
    result.seconds = time.monotonic() - started
    return result


async def _cells(
    client: Client,
    nb: NotebookNode,
    assignment: Assignment,
    tests: dict[str, Cell],
    seed: int,
    result: Run,
) -> None:
    fingerprint = Fingerprint(assignment)
    given = {cell.name: integrity.names_bound(cell.source) for cell in assignment.given}
    used = set().union(*(integrity.names_bound(cell.source) for cell in tests.values()))
    answer = await client.ask(f"{fingerprint.code}\n{SETUP}", fingerprint.expression)
    before = fingerprint.read(answer)
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        if time.monotonic() > client.end:
            result.timeouts.append("the notebook")
            return
        prelude = SEED.format(seed=seed + index)
        name = grade_id(cell)
        client.where = name or f"cell {index + 1}"
        if name in tests:
            prelude += fingerprint.keep(set())
            after = await _test(client, cell, index, prelude, fingerprint, before, result)
            if changed := integrity.changes(before, after):
                shown = ", ".join(changed[:4])
                result.evidence.append(f"{name}: what tests rely on was replaced: {shown}")
            before = after
        else:
            await client.ask(prelude)
            await client.async_execute_cell(cell, index)
            client.note_timeout(result)
            if name in given:
                await client.ask(fingerprint.keep(given[name] - used))


async def _test(
    client: Client,
    cell: NotebookNode,
    index: int,
    prelude: str,
    fingerprint: Fingerprint,
    before: list,
    result: Run,
) -> list:
    """Run one test cell, take in what its conditions report; return the fingerprint after it."""
    name, nonce, original = grade_id(cell), secrets.token_hex(8), cell.source
    test = integrity.prepare(original, nonce)
    recorder = integrity.RECORDER.replace("{expected}", repr(fingerprint.expected(before)))
    await client.ask(prelude + recorder.replace("{nonce}", nonce))
    cell.source = test.source
    try:
        await client.async_execute_cell(cell, index)
    finally:
        cell.source = original
    failed = client.reply.get("status") != "ok"
    client.note_timeout(result)
    reports = answer_of(f"_r_{nonce}")
    names = ", ".join(f"_{letter}_{nonce}" for letter in "cofvb")
    answer = await client.ask(f"del {names}\n{fingerprint.code}", reports, fingerprint.expression)
    records = integrity.parse_records(answer.get(reports, ""))
    after = fingerprint.read(answer)
    if records is None:  # out of memory, or a kernel that only says that all went well
        raise DeadKernelError(SILENT)
    result.passed[name] = not failed
    if failed:
        reply = {"ename": INTERRUPTED, "evalue": ""} | client.reply
        kind = TIMEOUT if reply["ename"] == INTERRUPTED else str(reply["ename"])
        result.errors[name] = (kind[:LONGEST], str(reply["evalue"])[:LONGEST])
    elif (number := integrity.result_of(records)) is not None:
        result.results[name] = number
    if integrity.forged(records):
        result.forged.add(name)
    if not failed:
        found = integrity.contradictions(test, records)
        result.evidence += [f"{name}: {each}" for each in found]
    return after
