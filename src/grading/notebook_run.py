"""Run one notebook in one kernel, with limits, and watch its tests."""

import inspect
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

from grading import inside, integrity
from grading.assignment import Assignment, grade_id
from grading.sandbox.limits import Limits
from grading.sandbox.server import SandboxBroken
from grading.verdict import CELL_TIMEOUT

INSIDE = inspect.getsource(inside)
ENTER = inspect.getsource(inside.enter)
SILENT, STUCK, EXIT = "silent", "stuck", "exit"  # ways for a kernel to end before its notebook
INTERRUPTED = "KeyboardInterrupt"  # what a cell raises that took too long
GRACE = 5  # seconds that an interrupt may take
ANSWER = 30  # seconds that the kernel may take to answer the grader itself
LONGEST = 2000  # characters of an error that are kept
# What else a kernel may publish (widgets, outputs that change later) has no bounds and no points.
KEPT = ("status", "stream", "display_data", "execute_result", "error", "clear_output")
# What can be raised by reading what only looks like a message.
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
        raised: the first cell that raised something and is no test, and what; "" when none did.
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
    raised: str = ""
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
        """Take in outputs until the cell is done; pass over what is not a message.

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

    async def call(self, function: str, *arguments: object) -> object:
        """Call a function of `inside` in the kernel, unseen; return what it returns.

        Args:
            function: its name.
            arguments: values that can be written in Python.

        Raises:
            ValueError: the function failed, or what came back is not an answer.
            DeadKernelError: the kernel has ended, or does not answer.
        """
        name = f"_enter_{secrets.token_hex(8)}"
        given = ", ".join(map(repr, (INSIDE, function, *arguments)))
        request = self.kc.execute(
            ENTER.replace("enter", name),
            silent=True,
            store_history=False,
            user_expressions={"answer": f"{name}({given})"},
            stop_on_error=False,
        )
        reply = await self._reply_to(request)
        answer = (reply.get("user_expressions") or {}).get("answer") or {}
        if answer.get("status") != "ok":
            raise ValueError(f"{function} failed in the kernel")
        return integrity.decode(answer["data"].get("text/plain", ""))

    async def _reply_to(self, request: str) -> dict:
        """Wait for the kernel's reply, and return what it says."""
        end = time.monotonic() + ANSWER
        while time.monotonic() < end:
            try:
                reply = await self.kc._async_get_shell_msg(timeout=0.5)
            except Empty:
                if not await self.km.is_alive():
                    raise DeadKernelError("Kernel died") from None
                continue
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]
        raise DeadKernelError(SILENT)


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
    try:
        async with client.async_setup_kernel():
            await Execution(client, assignment, seed, result).of_all_cells()
    except SandboxBroken:
        raise
    except (DeadKernelError, CellTimeoutError, RuntimeError, *MALFORMED) as error:
        stuck = isinstance(error, CellTimeoutError)
        silent = SILENT in str(error) or isinstance(error, MALFORMED)
        result.died = why() or (STUCK if stuck else SILENT if silent else EXIT)
        result.where = client.where
    finally:
        with suppress(Exception):
            await manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)  # or its descriptors stay until they run out
    result.seconds = time.monotonic() - started
    return result


class Execution:
    """One notebook's cells, one after the other; what they show goes to `result`."""

    def __init__(self, client: Client, assignment: Assignment, seed: int, result: Run):
        """Find out what the tests of `assignment` use."""
        self.client, self.seed, self.result = client, seed, result
        self.tests = {cell.name for cell in assignment.tests}
        used = [integrity.names_bound(cell.source) for cell in assignment.tests]
        # What a locked cell makes and no test makes anew, for tests to find as it was.
        self.locked = {
            cell.name: sorted(integrity.names_bound(cell.source) - set().union(*used))
            for cell in assignment.locked
        }
        self.names = integrity.names_used(
            [cell.source for cell in (*assignment.tests, *assignment.locked)]
        )
        self.locker = secrets.token_hex(8)
        self.before: list = []

    async def of_all_cells(self) -> None:
        """Execute the cells until the end, or until the time is up."""
        answer = await self.client.call("start", self.names, self.locker)
        self.before = integrity.parse_fingerprint(answer)
        for index, cell in enumerate(self.client.nb.cells):
            if cell.cell_type != "code":
                continue
            if time.monotonic() > self.client.end:
                self.result.timeouts.append("the notebook")
                return
            self.client.where = grade_id(cell) or f"cell {index + 1}"
            if self.client.where in self.tests:
                await self.of_test(cell, index)
            else:
                await self.of_cell(cell, index)

    async def of_cell(self, cell: NotebookNode, index: int) -> None:
        """Execute what is not a test."""
        with suppress(ValueError):
            await self.client.call("seed", self.seed + index)
        await self.client.async_execute_cell(cell, index)
        reply = self.client.reply
        if reply.get("status") == "error" and not self.result.raised:
            said = f"{reply.get('ename')}: {reply.get('evalue')}"
            self.result.raised = f"{self.client.where} raised {said}"
        self.client.note_timeout(self.result)
        if grade_id(cell) in self.locked:
            with suppress(ValueError):
                await self.client.call("keep", self.locked[grade_id(cell)], self.locker)

    async def of_test(self, cell: NotebookNode, index: int) -> None:
        """Execute a test, and take in what its conditions report."""
        original, nonce = cell.source, secrets.token_hex(8)
        expected = [pair for pair in self.before if pair[0] in self.names]
        test = integrity.prepare(original, nonce)
        with suppress(ValueError):
            await self.client.call("begin_test", nonce, self.seed + index, expected, self.locker)
        cell.source = test.source
        try:
            await self.client.async_execute_cell(cell, index)
        finally:
            cell.source = original
        reply = self.client.reply
        self.client.note_timeout(self.result)
        # When this fails there is no memory left, or a kernel that only says that all went well.
        answer = await self.client.call("end_test", nonce, self.names, self.locker)
        records, after = answer
        self._note_outcome(test, reply, integrity.parse_records(records))
        self._compare(integrity.parse_fingerprint(after))

    def _note_outcome(self, test: integrity.PreparedTest, reply: dict, records: list) -> None:
        """Write down how a test ended, and whether its reports agree."""
        name, result = self.client.where, self.result
        failed = reply.get("status") != "ok"
        result.passed[name] = not failed
        if integrity.forged(records):
            result.forged.add(name)
        if failed:
            reply = {"ename": INTERRUPTED, "evalue": ""} | reply
            kind = CELL_TIMEOUT if reply["ename"] == INTERRUPTED else str(reply["ename"])
            result.errors[name] = (kind[:LONGEST], str(reply["evalue"])[:LONGEST])
            return
        if (number := integrity.result_of(records)) is not None:
            result.results[name] = number
        contradictions = integrity.contradictions(test, records)
        result.evidence += [f"{name}: {sentence}" for sentence in contradictions]

    def _compare(self, after: list) -> None:
        """Compare what the tests rely on with what it was before this one."""
        if replaced := integrity.replaced(self.before, after):
            shown = ", ".join(replaced[:4])
            self.result.evidence.append(
                f"{self.client.where}: what tests rely on was replaced: {shown}"
            )
        self.before = after
