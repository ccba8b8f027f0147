"""Did the tests run, and were they the ones that decided?

Student code and tests share a Python process, so a student's cell can rewrite what the tests
use: strip assertions, catch their errors, replace `torch.allclose`, compare equal to everything,
or make the kernel say that all went well. Three things find it out, judged outside the process:

- marks: every condition of a test reports, under a number drawn for this run, whether it held;
  the reports must be there, and all must have held, or the points do not count;
- operands: what a test compares or passes on must not be an object of a class that the student
  wrote to have its comparisons come out right;
- fingerprints: what tests lean on (built-in functions, the functions they name, the shell) is
  the same before the student's first cell and after each test.

A program in the same process can in principle know all this and forge it. What is found is shown
to a person; nothing here promises that nothing was missed.
"""

import ast
import json
import secrets
from dataclasses import dataclass, field

from IPython.core.inputtransformer2 import TransformerManager

# The kernel's side. {nonce} keeps its names apart from anything a notebook can have known.
RECORDER = '''
def _make_{nonce}():
    import sys
    records, kind, cls, get = [], type, object.__getattribute__, dict.get
    rules = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__",
             "__contains__", "__array__", "__torch_function__", "__array_function__",
             "__array_ufunc__", "__sub__", "__rsub__", "__abs__", "__instancecheck__")
    def own(of):
        """Whether a class was made in the notebook: its module does not have it."""
        home = get(sys.modules, of.__module__) if kind(of.__module__) is str else None
        if home is None or of.__module__ == "__main__":
            return True
        found = home
        for part in of.__qualname__.split("."):
            found = getattr(found, part, None)
        return found is not of
    def forged(value):
        of = kind(value)
        mine = [each for each in of.__mro__ if own(each)]
        return any(rule in each.__dict__ for each in mine for rule in rules)
    def condition(number, value):
        records.append((number, True if value else False, forged(value)))
        return value
    def operand(number, value):
        if forged(value):
            records.append((number, True, True))
        return value
    return condition, operand, records
_c_{nonce}, _o_{nonce}, _r_{nonce} = _make_{nonce}()
'''
FINGERPRINT = """
def _print_{nonce}(names):
    del globals()["_print_{nonce}"]
    import builtins, sys, importlib
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
    seen.append(["meta path", len(sys.meta_path)])
    for name in names:
        module, _, rest = name.partition(".")
        value = sys.modules.get(module)
        if value is None:
            continue
        for part in rest.split("."):
            value = getattr(value, part, None)
        code = getattr(value, "__code__", None)
        seen.append([name, [id(value), id(code) if code else 0]])
    return seen
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
    test.result = bool(tree.body) and isinstance(tree.body[-1], ast.Expr)
    edits: list[tuple[int, int, int, str]] = []
    lines = text.splitlines(keepends=True)
    for node, sure in _assertions(tree.body, True):
        number = secrets.token_hex(6)
        test.conditions[number] = len(test.conditions)
        if sure:
            test.required.add(number)
        edits += _wrap(node.test, f'_c_{nonce}("{number}", ', 0)
        for depth, operand in enumerate(_operands(node.test), start=1):
            edits += _wrap(operand, f'_o_{nonce}("{number}", ', depth)
    test.source = _apply(lines, edits)
    ast.parse(test.source)
    return test


def contradictions(test: PreparedTest, records: list) -> list[str]:
    """Say what is wrong with the reports of a test that raised nothing; [] when nothing is."""
    reached = {number for number, _, _ in records}
    found = []
    if missing := test.required - reached:
        places = sorted(test.conditions[number] + 1 for number in missing)
        found.append(f"assertions {places} of the test did not run, yet no error was reported")
    if any(not held for _, held, _ in records):
        found.append("an assertion failed, yet no error was reported")
    if reached - set(test.conditions):
        found.append("the test reports assertions that it does not have")
    return found


def forged(records: list) -> bool:
    """Whether a test met an object that was made to compare as one likes."""
    return any(own for _, _, own in records)


def names_used(sources: list[str]) -> list[str]:
    """Return the dotted names, such as "torch.allclose", that the tests take from modules."""
    modules = {"torch": "torch", "np": "numpy", "numpy": "numpy", "math": "math"}
    modules |= {"nn": "torch.nn", "F": "torch.nn.functional", "copy": "copy", "inspect": "inspect"}
    found = set()
    for source in sources:
        for node in ast.walk(ast.parse(TransformerManager().transform_cell(source))):
            parts = _dotted(node)
            if parts and parts[0] in modules and len(parts) > 1:
                found.add(".".join([modules[parts[0]], *parts[1:]]))
    tensor = ("__eq__", "__lt__", "__le__", "__gt__", "__ge__", "__ne__", "__bool__", "__sub__")
    methods = ("all", "any", "abs", "max", "min", "item", "equal", "allclose", "tolist", "sum")
    return sorted(found) + [f"torch.Tensor.{name}" for name in (*tensor, *methods)]


def changes(before: list, after: list) -> list[str]:
    """Return what differs between two fingerprints, by name.

    What is new may be there because a module was imported meanwhile; what is gone may not.
    """
    first, second = dict(before), dict(after)
    return sorted(name for name in first if first[name] != second.get(name))


def parse_records(text: str) -> list | None:
    """Read what the kernel answered; None when it is not what was asked for."""
    try:
        value = json.loads(ast.literal_eval(text))
        return [(str(number), bool(held), bool(forged)) for number, held, forged in value]
    except (ValueError, SyntaxError, TypeError):
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
    """Yield what a condition compares, and what it passes to functions."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare):
            yield from (each for each in (node.left, *node.comparators) if _simple(each))
        elif isinstance(node, ast.Call):
            yield from (each for each in node.args if _simple(each))


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
