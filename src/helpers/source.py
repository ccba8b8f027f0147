"""Show the code of this package on the page, from the module itself."""

import ast
import inspect
import re
import textwrap

_SECTIONS = re.compile(r"\n\s*\n\s*(?:Args|Raises|Returns|Yields):\n.*", re.DOTALL)
_WIDTH = 88


def show_source(*objects, whole: bool = False) -> None:
    """Display functions or classes, highlighted, as the tests run them.

    What a caller of the library needs and a reader of the idea does not is left out: type hints,
    the lists of arguments and errors in docstrings, and checks that only raise.

    Args:
        objects: functions or classes.
        whole: leave nothing out.

    Raises:
        TypeError: an object has no Python source.
    """
    from IPython.display import display

    sources = [textwrap.dedent(inspect.getsource(each)).rstrip() for each in objects]
    text = "\n\n\n".join(sources if whole else map(idea, sources))
    # Highlighted as Markdown it takes the colours of the page or the program that shows it.
    display({"text/markdown": f"```python\n{text}\n```", "text/plain": text}, raw=True)


def idea(source: str) -> str:
    """Return Python source without type hints, argument lists and checks that only raise."""
    cuts = _Cuts(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            cuts.signature(node)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            cuts.docstring(node)
            cuts.checks(node)
    return re.sub(r"\n{3,}", "\n\n", cuts.applied()).rstrip()


class _Cuts:
    """Parts of a text to replace, by the positions that `ast` gives (lines, bytes)."""

    def __init__(self, source: str) -> None:
        """Find where each line begins."""
        self.lines = source.encode().splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.cuts: list[tuple[int, int, bytes]] = []

    def at(self, line: int, column: int) -> int:
        """The offset of a position."""
        return self.starts[line - 1] + column

    def start(self, node: ast.AST) -> int:
        """The offset at which a node begins."""
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.AST) -> int:
        """The offset behind a node."""
        return self.at(node.end_lineno, node.end_col_offset)

    def signature(self, node: ast.FunctionDef) -> None:
        """Write a function's head anew, without hints; in one line where that fits."""
        plain = ast.parse(ast.unparse(node)).body[0]
        for each in ast.walk(plain.args):
            if isinstance(each, ast.arg):
                each.annotation = None
        arguments = ast.unparse(plain.args)
        head = f"def {node.name}({arguments}):"
        if node.col_offset + len(head) > _WIDTH:
            indent = " " * (node.col_offset + 4)
            inside = textwrap.fill(
                arguments, _WIDTH, initial_indent=indent, subsequent_indent=indent
            )
            head = f"def {node.name}(\n{inside}\n{' ' * node.col_offset}):"
        between = b"".join(self.lines)[self.start(node) : self.start(node.body[0])]
        colon = between.rindex(b":\n") + 1 if b":\n" in between else between.rindex(b":") + 1
        self.cuts.append((self.start(node), self.start(node) + colon, head.encode()))

    def docstring(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        """Leave out the lists of arguments, results and errors."""
        if not ast.get_docstring(node, clean=False):
            return
        literal = node.body[0].value
        start, end = self.start(literal), self.end(literal)
        text = b"".join(self.lines)[start:end].decode()
        short = _SECTIONS.sub("", text)
        if short != text:
            self.cuts.append((start, end, f'{short.rstrip()}"""'.encode()))

    def checks(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        """Leave out what only raises: `if wrong: raise ...`, calls of `_check...`, their comments.

        A function or a loop that does nothing else stays whole.
        """
        for inner in ast.walk(node):
            body = getattr(inner, "body", [])
            kept = (
                [each for each in body if not _only_raises(each)] if isinstance(body, list) else []
            )
            if not any(not _is_docstring(each) for each in kept):
                continue
            for statement in filter(_only_raises, body):
                first = statement.lineno
                while self.lines[first - 2].strip().startswith(b"#"):
                    first -= 1
                self.cuts.append((self.at(first, 0), self.starts[statement.end_lineno], b""))

    def applied(self) -> str:
        """The text with all replacements made."""
        text = b"".join(self.lines)
        for start, end, new in sorted(set(self.cuts), reverse=True):
            text = text[:start] + new + text[end:]
        return text.decode()


def _only_raises(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If) and not statement.orelse:
        return all(isinstance(each, ast.Raise) for each in statement.body)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        return name.lstrip("_").startswith("check")
    return False


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
