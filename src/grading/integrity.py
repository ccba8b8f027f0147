"""Did the tests run, and were they the ones that decided?

Student code and tests share a Python process, so a student's cell can rewrite what the tests
use: strip assertions, catch their errors, replace `torch.allclose`, compare equal to everything,
or make the kernel say that all went well. What finds it out is judged outside the process:

- marks: every condition of a test reports, under a number drawn for this run, whether it held;
  the reports must be there, and all must have held, or the points do not count;
- operands: what a test calls, compares or passes on must not be an object of a class that the
  student wrote so that its comparisons come out right;
- fingerprints: what tests lean on (built-in functions, the functions they name, the shell) is
  the same before the student's first cell and after each test, and that they name while it runs.

And what needs no finding out: tests mean built-in functions by their names, and what the
assignment's locked cells import and define, whatever the notebook calls so. The kernel's side of
all this is `inside`.

A program in the same process can in principle know all this and forge it. What is found is shown
to a person; nothing here promises that nothing was missed.
"""

import ast
import builtins
import json
import secrets
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

RESULT = "result"  # stands in the reports for the number of a condition


@dataclass
class PreparedTest:
    """A test cell, prepared for one run.

    Attributes:
        source: its text, each condition and operand reporting.
        required: numbers of the conditions that a run must have reached.
        conditions: number -> place of the condition in the cell, for people.
        result: whether its last line is a value: partial credit.
    """

    source: str
    nonce: str
    required: set[str] = field(default_factory=set)
    conditions: dict[str, int] = field(default_factory=dict)
    result: bool = False


def prepare(source: str, nonce: str) -> PreparedTest:
    """Let every assertion of a test cell report.

    Only text within lines is added, so that line numbers stay. A condition is required unless it
    stands where a right answer may not lead: under an if, in a loop, in an except.
    """
    text = TransformerManager().transform_cell(source)
    tree = ast.parse(text)
    test = PreparedTest(text, nonce)
    edits: list[tuple[int, int, int, str]] = []
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        test.result = True
        edits += _wrap(tree.body[-1].value, f"_result_{nonce}(", 0)
    asserted: dict[ast.AST, str] = {}
    for node, sure in _assertions(tree.body, True):
        number = secrets.token_hex(6)
        test.conditions[number] = len(test.conditions)
        if sure:
            test.required.add(number)
        edits += _wrap(node.test, f'_condition_{nonce}("{number}", ', 0)
        asserted |= dict.fromkeys(_operands(node.test), number)
    for depth, node in enumerate(_walk(tree), start=1):
        if node in asserted:
            edits += _wrap(node, f'_operand_{nonce}("{asserted[node]}", ', depth)
        elif isinstance(node, ast.Call):
            edits += _wrap(node, f"_called_{nonce}(", depth)
    # Built-in functions by their own names, whatever the notebook calls so.
    edits += [(*place, 10**6, f"_builtins_{nonce}.") for place in _builtins(tree)]
    test.source = _apply(text.splitlines(keepends=True), edits)
    ast.parse(test.source)
    return test


def contradictions(test: PreparedTest, records: list) -> list[str]:
    """Say what is wrong with the reports of a test that raised nothing; [] when nothing is."""
    reached = {number for number, _, _ in records} - {"", RESULT}
    found = []
    if missing := test.required - reached:
        places = sorted(test.conditions[number] + 1 for number in missing)
        found.append(f"assertions {places} of the test did not run, yet no error was reported")
    if any(not held for number, held, _ in records if number != RESULT):
        found.append("an assertion failed, yet no error was reported")
    if reached - set(test.conditions):
        found.append("the test reports assertions that it does not have")
    return found


def forged(records: list) -> bool:
    """Whether a test met an object that was made to compare as one likes."""
    return any(own for _, _, own in records)


def result_of(records: list) -> float | None:
    """Return the number that a test's last line gave: partial credit; None when it gave none."""
    return next((float(value) for number, value, _ in records if number == RESULT), None)


def names_used(sources: list[str]) -> list[str]:
    """Return the dotted names, such as "torch.allclose", that the tests take from modules.

    Args:
        sources: of the tests, and of the cells that import what tests use.
    """
    trees = [ast.parse(TransformerManager().transform_cell(source)) for source in sources]
    modules: dict[str, str] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            named = [(each.asname, each.name, each.name.split(".")[0]) for each in node.names]
            modules |= {name or first: whole if name else first for name, whole, first in named}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            home = f"{node.module}."
            modules |= {each.asname or each.name: home + each.name for each in node.names}
    found = {name for name in modules.values() if "." in name and "*" not in name}
    for node in (node for tree in trees for node in ast.walk(tree)):
        parts = _dotted(node)
        if parts and parts[0] in modules and len(parts) > 1:
            found.add(".".join([modules[parts[0]], *parts[1:]]))
    found.discard("torch.manual_seed")  # PyTorch replaces it itself, at its first compilation
    tensor = ("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__ne__", "__bool__", "__sub__")
    methods = ("all", "any", "abs", "max", "min", "item", "equal", "allclose", "tolist", "sum")
    return sorted(found) + [f"torch.Tensor.{name}" for name in (*tensor, *methods)]


def names_bound(source: str) -> set[str]:
    """Return the names that a cell binds at its top."""
    found = set()
    for node in ast.parse(TransformerManager().transform_cell(source)).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {each.asname or each.name.split(".")[0] for each in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        else:
            found |= {each.id for each in ast.walk(node) if _stored(each)}
    return found


def replaced(before: list, after: list) -> list[str]:
    """Return the names of what was replaced between two fingerprints.

    What is new may be there because a module was imported meanwhile; what is gone may not.
    """
    first, second = dict(before), dict(after)
    return sorted(name for name in first if first[name] != second.get(name))


def decode(text: str) -> object:
    """Read what the kernel answered: JSON in hexadecimal, as Python writes a string.

    Raises:
        ValueError: it is not what was asked for.
    """
    try:
        return json.loads(bytes.fromhex(text[1:-1]))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_records(data: object) -> list[tuple[str, float, bool]]:
    """Read the reports of a test.

    Raises:
        ValueError: they are not what was asked for.
    """
    try:
        return [(str(n), float(held), bool(forged)) for n, held, forged in data]
    except (TypeError, OverflowError) as error:
        raise ValueError(f"not the reports of a test: {error}") from None


def parse_fingerprint(data: object) -> list[tuple[str, object]]:
    """Read a fingerprint.

    Raises:
        ValueError: it is not one.
    """
    try:
        return [(str(name), identity) for name, identity in data]
    except TypeError as error:
        raise ValueError(f"not a fingerprint: {error}") from None


def _assertions(body: list[ast.stmt], sure: bool):
    """Yield every assertion with whether each run must reach it."""
    for node in body:
        if isinstance(node, ast.Assert):
            yield node, sure
        elif isinstance(node, (ast.With, ast.For)):
            yield from _assertions(node.body, sure and isinstance(node, ast.With))
            yield from _assertions(getattr(node, "orelse", []), False)
        elif isinstance(node, ast.Try):
            for part in (node.body, node.orelse, node.finalbody):
                yield from _assertions(part, False)
            for handler in node.handlers:
                yield from _assertions(handler.body, False)
        elif isinstance(node, (ast.If, ast.While, ast.FunctionDef)):
            yield from _assertions(node.body, False)
            yield from _assertions(getattr(node, "orelse", []), False)


def _operands(test: ast.expr):
    """Yield what a condition compares, computes with, and passes to functions."""
    for node in _walk(test):
        if isinstance(node, ast.Compare):
            yield from (each for each in (node.left, *node.comparators) if _simple(each))
        elif isinstance(node, ast.Call):
            given = (*node.args, *(each.value for each in node.keywords))
            yield from (each for each in given if _simple(each))
        elif isinstance(node, ast.BinOp):
            yield from (each for each in (node.left, node.right) if _simple(each))
        elif isinstance(node, ast.UnaryOp) and _simple(node.operand):
            yield node.operand


def _walk(tree: ast.AST):
    """Yield all nodes, outer ones first, but those in f-strings: their places are not known."""
    todo = [tree]
    while todo:
        node = todo.pop(0)
        yield node
        todo += [each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.JoinedStr)]


def _stored(node: ast.AST) -> bool:
    """Whether a node is a name that is given a value."""
    return isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)


def _builtins(tree: ast.AST):
    """Yield the places of the built-in names that a test uses and does not redefine."""
    mine = {each.id for each in ast.walk(tree) if _stored(each)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            mine.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            mine.add(node.name)
        elif isinstance(node, ast.alias):
            mine.add(node.asname or node.name.split(".")[0])
    known = {name for name in dir(builtins) if name[0] != "_"} - {"super", *mine}
    for node in _walk(tree):
        if isinstance(node, ast.Name) and node.id in known:
            yield node.lineno, node.col_offset


def _simple(node: ast.expr) -> bool:
    """Whether an expression may be wrapped where it stands."""
    return isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))


def _wrap(node: ast.expr, opening: str, depth: int) -> list[tuple[int, int, int, str]]:
    """Return the two insertions around an expression: line, column (bytes), order, text."""
    return [
        (node.lineno, node.col_offset, depth, opening),
        (node.end_lineno, node.end_col_offset, -1000 - depth, ")"),
    ]


def _apply(lines: list[str], edits: list[tuple[int, int, int, str]]) -> str:
    """Insert, from the end to the start so that positions stay true."""
    encoded = [line.encode() for line in lines]
    closing = [edit for edit in edits if edit[2] <= -1000]
    opening = [edit for edit in edits if edit[2] >= 0]
    # At one place, what opens last lies innermost; what closes stands before what opens.
    ordered = [(line, column, 0, order, text) for line, column, order, text in closing]
    ordered += [(line, column, 1, order, text) for line, column, order, text in opening]
    for line, column, _, _, text in sorted(ordered, reverse=True, key=lambda edit: edit[:4]):
        old = encoded[line - 1]
        encoded[line - 1] = old[:column] + text.encode() + old[column:]
    return b"".join(encoded).decode()


def _dotted(node: ast.AST) -> list[str]:
    """Return the parts of a name such as torch.nn.functional; [] for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []
