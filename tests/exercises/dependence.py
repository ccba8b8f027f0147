"""Which cells of a notebook can see that another one has changed: by the names that they use."""

import ast
from collections.abc import Iterable

from IPython.core.inputtransformer2 import TransformerManager

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Names(ast.NodeVisitor):
    """What a cell takes from those before it, and what it leaves behind.

    Where it cannot be told, a name counts as taken: one that is bound in one branch only, or that
    a function uses and a later line binds.

    Attributes:
        taken: names that are read and may have been bound before the cell.
        bound: names that the cell binds wherever it goes.
        left: names that it binds anywhere at its top.
        values: of `left`, those that are no functions, classes or modules.
    """

    def __init__(self, source: str = ""):
        """Read a cell."""
        self.taken: set[str] = set()
        self.bound: set[str] = set()
        self.left: set[str] = set()
        self.values: set[str] = set()
        self.visit(ast.parse(TransformerManager().transform_cell(source)))

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load):
            self.taken |= {node.id} - self.bound
        else:
            self._bind(node.id)
            self.values.add(node.id)

    def visit_Assign(self, node):
        self._each(node.value, *node.targets)

    def visit_AnnAssign(self, node):
        self._each(node.annotation, node.value, node.target)

    def visit_NamedExpr(self, node):
        self._each(node.value, node.target)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.taken |= {node.target.id} - self.bound
        self._each(node.value, node.target)

    def visit_Import(self, node):
        for each in node.names:
            self._bind(each.asname or each.name.split(".")[0])

    visit_ImportFrom = visit_Import

    def visit_ClassDef(self, node):
        self._each(*node.decorator_list, *node.bases, *node.keywords)
        self._inside((), node.body)
        self._bind(node.name)

    def visit_For(self, node):
        self.visit(node.iter)
        self._branches([node.target, *node.body, *node.orelse], [])  # it may run no time at all

    def visit_While(self, node):
        self.visit(node.test)
        self._branches([*node.body, *node.orelse], [])

    def visit_If(self, node):
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_Try(self, node):
        self._branches([*node.body, *node.orelse], *([each] for each in node.handlers))
        self._each(*node.finalbody)

    def visit_Match(self, node):
        self.visit(node.subject)
        self._branches(*([each] for each in node.cases), [])

    def generic_visit(self, node):
        if isinstance(node, FUNCTIONS):
            self._function(node)
        elif isinstance(node, COMPREHENSIONS):
            self._comprehension(node)
        else:
            super().generic_visit(node)

    def _function(self, node):
        given = node.args
        self._each(*getattr(node, "decorator_list", ()), *given.defaults, *given.kw_defaults)
        if name := getattr(node, "name", ""):
            self._bind(name)
        every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        local = {each.arg for each in every if each}
        body = node.body if isinstance(node.body, list) else [node.body]
        outer = set()
        for each in (part for statement in body for part in ast.walk(statement)):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                local.add(each.id)
            elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
                local.add(each.name)
            elif isinstance(each, ast.Global):  # nonlocal: bound in a function around it
                outer |= set(each.names)
        self._inside(local - outer, body)
        self.left |= outer
        self.values |= outer

    def _comprehension(self, node):
        stored = (n for part in node.generators for n in ast.walk(part.target))
        local = {each.id for each in stored if isinstance(each, ast.Name)}
        self.visit(node.generators[0].iter)
        self._inside(local, [child for child in ast.iter_child_nodes(node)])

    def _inside(self, local: Iterable[str], body: list[ast.AST]) -> None:
        """Visit what has names of its own."""
        bound, left, values = set(self.bound), set(self.left), set(self.values)
        self.bound |= set(local)
        self._each(*body)
        self.bound, self.left, self.values = bound, left, values

    def _branches(self, *branches: list[ast.AST]) -> None:
        """Visit statements of which one branch runs: what all of them bind is bound."""
        before, ends = self.bound, []
        for branch in branches:
            self.bound = set(before)
            self._each(*branch)
            ends.append(self.bound)
        self.bound = set.intersection(*ends)

    def _each(self, *nodes: ast.AST | None) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def _bind(self, name: str) -> None:
        self.bound.add(name)
        self.left.add(name)


def affected(cells: list[str], changed: int, instead: str) -> set[int]:
    """Return the numbers of the cells after cell `changed` that may notice `instead` in its place.

    They use a name that one of the two versions binds, or a value from before that one of them
    uses, too, and may have changed; or what such a cell leaves behind, and so on. What else such
    cells need comes with them.

    Args:
        cells: the code of each cell; "" where there is none.
        changed: the number of a cell.
        instead: what it holds instead.
    """
    names = [Names(source) for source in cells]
    values = set().union(*(each.values for each in names[: changed + 1]))
    seen = set().union(
        *(each.left | (each.taken & values) for each in (names[changed], Names(instead)))
    )
    found, touched = set(), {}
    for number, each in enumerate(names[changed + 1 :], start=changed + 1):
        touched[number] = each.left | (each.taken & values)
        if each.taken & seen:
            found.add(number)
            seen |= touched[number]
        else:
            seen -= each.bound
        values |= each.values
    for number in reversed(touched):
        needed = set().union(*(names[later].taken for later in found if later > number))
        if touched[number] & needed:
            found.add(number)
    return found
