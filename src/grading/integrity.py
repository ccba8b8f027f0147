"""Did the tests run, and were they the ones that decided?

Student code and tests share a Python process, so a student's cell can rewrite what the tests
use: strip assertions, catch their errors, replace `torch.allclose`, compare equal to everything,
or make the kernel say that all went well. What finds it out is judged outside the process:

- marks: every condition of a test reports, under a number drawn for this run, whether it held;
  the reports must be there, and all must have held, or the points do not count;
- operands: what a test calls, compares or passes on must not be an object of a class that the
  student wrote to have its comparisons come out right;
- fingerprints: what tests lean on (built-in functions, the functions they name, the shell) is
  the same before the student's first cell and after each test, and that they name while it runs.

And what needs no finding out: tests mean built-in functions by their names, and what the
assignment's locked cells import and define, whatever the notebook calls so.

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

# The kernel's side. {nonce} keeps its names apart from anything a notebook can have known.
# What goes back is JSON in hexadecimal: reading it can neither run nor exhaust anything.
RECORDER = '''
def _make_{nonce}(expected):
    import builtins, sys
    records, kind, get = [], type, lambda space, name: space.get(name)
    rules = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__float__",
             "__contains__", "__array__", "__torch_function__", "__array_function__", "__abs__",
             "__array_ufunc__", "__add__", "__radd__", "__sub__", "__rsub__", "__mul__",
             "__rmul__", "__truediv__", "__rtruediv__", "__instancecheck__", "__class__")
    numbers = ("int", "float", "complex", "Tensor", "ndarray", "generic")
    def own(of):
        """Whether a class was made in the notebook: in Python, and its module lacks it."""
        if not kind.__dict__["__flags__"].__get__(of) & 2 ** 9:  # written in C
            return False
        home = get(sys.modules, of.__module__) if kind(of.__module__) is str else None
        if home is None or of.__module__ == "__main__":
            return True
        found = home
        for part in of.__qualname__.split("."):
            found = getattr(found, part, None)
        return found is not of
    def forged(value, inside=True):
        of = kind(value)
        if of in (tuple, list, dict):
            each = list(value.values() if of is dict else value)[:100]
            return inside and any(forged(one, False) for one in each)
        bases = kind.__dict__["__mro__"].__get__(of)
        names = [base.__name__ for base in bases]
        if "Tensor" in names and any(hasattr(of, name) for name in value.__dict__):
            return True
        mine = [base for base in bases if own(base)]
        return any(rule in base.__dict__ for base in mine for rule in rules) or bool(
            mine and any(name in numbers for name in names))
    def replaced():
        """Whether one of the functions that tests name is not the one it was."""
        return changed or any(get(of, name) is not was for of, name, was in watched)
    watched, changed = [], False
    for name, (expected_id, code_id) in expected:
        *path, last = name.split(".")
        owner = get(sys.modules, path[0]) if path else None
        for part in path[1:]:
            owner = getattr(owner, part, None)
        value = getattr(owner, last, None)
        value = getattr(value, "__func__", value)
        code = getattr(value, "__code__", None)
        changed = changed or [id(value), id(code) if code else 0] != [expected_id, code_id]
        space = getattr(owner, "__dict__", {})
        if last in space:
            watched.append((space, last, space[last]))
    def condition(number, value):
        records.append((number, True if value else False, forged(value)))
        return value
    def operand(number, value):
        if forged(value) or replaced():
            records.append((number, True, True))
        return value
    def called(value):
        if forged(value):
            records.append(("", True, True))
        return value
    def result(value):
        if kind(value) in (int, float):
            records.append(("result", float(value), False))
        return value
    return condition, operand, called, result, builtins, records
_c_{nonce}, _o_{nonce}, _f_{nonce}, _v_{nonce}, _b_{nonce}, _r_{nonce} = _make_{nonce}({expected})
'''
FINGERPRINT = """
def _print_{nonce}(names, given):
    del globals()["_print_{nonce}"]
    import builtins, sys
    from IPython.core.interactiveshell import InteractiveShell
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelbase import Kernel
    shell = InteractiveShell.instance()
    seen = [[name, id(value)] for name, value in sorted(vars(builtins).items())
            if name not in ("_", "display", "get_ipython", "__IPYTHON__")]
    for kind in (InteractiveShell, type(shell), IPythonKernel, Kernel):
        for name, value in sorted(vars(kind).items()):
            code = getattr(value, "__code__", None)
            if code is not None:
                seen.append([kind.__name__ + "." + name, id(code)])
    seen.append(["instance", [name for name in vars(shell) if name in vars(InteractiveShell)
        and callable(getattr(InteractiveShell, name))]])
    seen.append(["transformers", [len(shell.ast_transformers),
        len(shell.input_transformer_manager.cleanup_transforms),
        len(shell.input_transformer_manager.line_transforms),
        len(shell.input_transformer_manager.token_transformers)]])
    seen.append(["hooks", [len(each) for name, each in sorted(shell.events.callbacks.items())
        if name != "post_execute"]])
    seen.append(["exceptions", str(shell.custom_exceptions)])
    seen.append(["tracing", [str(sys.gettrace()), str(sys.getprofile())]])
    if hasattr(sys, "monitoring"):
        seen.append(["monitoring", [sys.monitoring.get_tool(number) for number in range(6)]])
    seen.append(["meta path", len(sys.meta_path)])
    one, two = len(names) + 1001, len(names) + 1002
    seen.append(["truth", [one == two, two < one, one / 2 == two / 2, [one] == [two],
        str(one) == str(two), bool(one - one), one == 1.0 * one]])
    for name in names:
        module, _, rest = name.partition(".")
        value = sys.modules.get(module)
        for part in rest.split("."):
            value = getattr(value, part, None) if value is not None else None
        value = getattr(value, "__func__", value)  # of a bound method, which is new each time
        code = getattr(value, "__code__", None)
        if value is not None:
            seen.append([name, [id(value), id(code) if code else 0]])
    for module in ("math", "torch.nn.functional", "torch._C._nn"):
        for name, value in sorted(vars(sys.modules.get(module, object)).items()):
            if callable(value) and name[0] != "_":
                seen.append([module + ": " + name, id(value)])
    kept = vars(shell).get("_given_" + given, {})
    seen.append(["given", [name for name, (value, code) in kept.items()
        if shell.user_ns.get(name) is not value or getattr(value, "__code__", None) is not code]])
    return seen
"""
# The assignment's own modules, functions and classes, as its locked cells made them: kept, and put
# back before each test, since a notebook may have used their names for something else.
GIVEN = """
def _given_{nonce}(names, given):
    del globals()["_given_{nonce}"]
    import types
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance()
    kept = vars(shell).setdefault("_given_" + given, {})
    kinds = types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type
    for name in names:
        value = shell.user_ns.get(name)
        if isinstance(value, kinds):
            kept[name] = value, getattr(value, "__code__", None)
    for name, (value, code) in kept.items():
        shell.user_ns[name] = value
        if code is not None and value.__code__ is not code:
            value.__code__ = code
_given_{nonce}({names}, "{given}")
"""


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
        edits += _wrap(tree.body[-1].value, f"_v_{nonce}(", 0)
    asserted: dict[ast.AST, str] = {}
    for node, sure in _assertions(tree.body, True):
        number = secrets.token_hex(6)
        test.conditions[number] = len(test.conditions)
        if sure:
            test.required.add(number)
        edits += _wrap(node.test, f'_c_{nonce}("{number}", ', 0)
        asserted |= dict.fromkeys(_operands(node.test), number)
    for depth, node in enumerate(_walk(tree), start=1):
        if node in asserted:
            edits += _wrap(node, f'_o_{nonce}("{asserted[node]}", ', depth)
        elif isinstance(node, ast.Call):
            edits += _wrap(node, f"_f_{nonce}(", depth)
    # Built-in functions by their own names, whatever the notebook calls so.
    edits += [(*place, 10**6, f"_b_{nonce}.") for place in _builtins(tree)]
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


def changes(before: list, after: list) -> list[str]:
    """Return what differs between two fingerprints, by name.

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


def parse_records(text: str) -> list | None:
    """Read the reports of a test; None when they are not what was asked for."""
    try:
        return [(str(n), float(held), bool(forged)) for n, held, forged in decode(text)]
    except (ValueError, TypeError):
        return None


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
