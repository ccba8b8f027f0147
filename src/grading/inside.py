"""What runs in the kernel, beside the notebook.

No kernel can import the grader, so the text of this module is sent to it (`notebook_run` does).
Everything here works without a name of the notebook's, which may have called anything `len` or
`type`: the module is run in a namespace of its own, with a copy of the built-in functions.
"""

import contextlib
import json
import sys
import types

RULES = (
    *("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__bool__", "__float__"),
    *("__contains__", "__array__", "__torch_function__", "__array_function__", "__abs__"),
    *("__array_ufunc__", "__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__"),
    *("__truediv__", "__rtruediv__", "__instancecheck__", "__class__"),
)
NUMBERS = ("int", "float", "complex", "Tensor", "ndarray", "generic")
HEAP_TYPE = 2**9  # the flag Py_TPFLAGS_HEAPTYPE: the class was made by a class statement
LOOKED_INTO = 100  # elements of a container
FUNCTIONS_WATCHED = ("math", "torch.nn.functional", "torch._C._nn")  # modules
NOT_BUILT_IN = ("_", "display", "get_ipython", "__IPYTHON__")


def enter(source, function, *arguments):  # noqa: F811 (it deletes itself)
    """Run `source`, this module's text, apart from the notebook, and call one function of it.

    In the kernel it has a name drawn for this one call, which it deletes. Nothing here is looked
    up by a name that the notebook could have used. Reading what comes back can neither run nor
    exhaust anything: see `answer`.
    """
    global enter
    del enter
    import builtins

    space = {"__name__": "inside", "__builtins__": {**builtins.__dict__}}
    builtins.exec(source, space)
    return space["answer"](space[function](*arguments))


def answer(result):
    """Return `result` as JSON in hexadecimal."""
    return json.dumps(result).encode().hex()


def start(names, locker):
    """Prepare the shell before the first cell; return the first fingerprint."""
    # Without context: rendering it takes seconds where a function calls itself for ever.
    shell().InteractiveTB.set_mode(mode="Plain")
    return fingerprint(names, locker)


def seed(number):
    """Seed every generator that the notebook may draw from."""
    import random

    for module, draw in (("random", "seed"), ("numpy.random", "seed"), ("torch", "manual_seed")):
        with contextlib.suppress(Exception):  # not imported, or replaced by the notebook
            getattr(random if module == "random" else sys.modules[module], draw)(number)


def begin_test(nonce, number, expected, locker):
    """Prepare for one test: seeds, what locked cells made, and a recorder for its conditions."""
    seed(number)
    keep([], locker)
    shell().user_ns.update(
        {f"_{name}_{nonce}": value for name, value in recorder(expected).items()}
    )


def end_test(nonce, names, locker):
    """Take the recorder away; return what it has recorded, and the fingerprint after the test."""
    space = shell().user_ns
    gone = {name: space.pop(name, None) for name in list(space) if name.endswith(f"_{nonce}")}
    return [gone.get(f"_records_{nonce}"), fingerprint(names, locker)]


def keep(names, locker):
    """Keep what `names` stand for, and put back all that was kept.

    The assignment's own modules, functions and classes, as its locked cells made them: a notebook
    may have used their names for something else.
    """
    space, kept = shell().user_ns, vars(shell()).setdefault(f"_kept_{locker}", {})
    for name in names:
        value = space.get(name)
        if isinstance(
            value, (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
        ):
            kept[name] = value, getattr(value, "__code__", None)
    for name, (value, code) in kept.items():
        space[name] = value
        if code is not None and value.__code__ is not code:
            value.__code__ = code


def fingerprint(names, locker):
    """Return what tests lean on, as [name, identity] pairs that do not change by themselves.

    Args:
        names: dotted names that the tests take from modules.
        locker: under which name `keep` has kept what locked cells made.
    """
    return [*_builtins(), *_shell(), *_truth(len(names)), *_named(names), *_kept(locker)]


def recorder(expected):
    """Return the functions that the conditions of a test report to, and the list they fill.

    Args:
        expected: [name, identity] of the functions that tests name, before this one.
    """
    import builtins

    records = []
    watched, changed = [], False
    for name, identity in expected:
        owner, last, value = resolve(name)
        changed = changed or identity_of(value) != identity
        space = getattr(owner, "__dict__", {})
        if last in space:
            watched.append((space, last, space[last]))

    def replaced():
        """Whether one of the functions that tests name is not the one it was."""
        return changed or any(space.get(name) is not was for space, name, was in watched)

    def condition(number, value):
        # Not bool(), which the notebook may have replaced before.
        records.append((number, True if value else False, forged(value)))  # noqa: SIM210
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
        if type(value) in (int, float):
            records.append(("result", float(value), False))
        return value

    return {
        "condition": condition,
        "operand": operand,
        "called": called,
        "result": result,
        "builtins": builtins,
        "records": records,
    }


def forged(value, inside=True):
    """Whether an object, or one in it, is of a class that was made to compare as one likes."""
    kind = type(value)
    if kind in (tuple, list, dict):
        elements = list(value.values() if kind is dict else value)[:LOOKED_INTO]
        return inside and any(forged(element, False) for element in elements)
    bases = type.__dict__["__mro__"].__get__(kind)
    names = [base.__name__ for base in bases]
    if "Tensor" in names and any(hasattr(kind, name) for name in value.__dict__):
        return True
    own = [base for base in bases if made_in_notebook(base)]
    return any(rule in base.__dict__ for base in own for rule in RULES) or bool(
        own and any(name in NUMBERS for name in names)
    )


def made_in_notebook(kind):
    """Whether a class was made in the notebook: in Python, and its module lacks it."""
    if not type.__dict__["__flags__"].__get__(kind) & HEAP_TYPE:  # written in C
        return False
    home = sys.modules.get(kind.__module__) if type(kind.__module__) is str else None
    if home is None or kind.__module__ == "__main__":
        return True
    value = home
    for part in kind.__qualname__.split("."):
        value = getattr(value, part, None)
    return value is not kind


def resolve(name):
    """Return (owner, last part, value) of a dotted name; None for what is not there."""
    first, *path, last = name.split(".")
    owner = sys.modules.get(first)
    for part in path:
        owner = getattr(owner, part, None)
    return owner, last, None if owner is None else getattr(owner, last, None)


def identity_of(value):
    """Return numbers that change when a function is replaced, or its code."""
    value = getattr(value, "__func__", value)  # of a bound method, which is new each time
    code = getattr(value, "__code__", None)
    return [id(value), id(code) if code else 0]


def shell():
    """Return the notebook's shell."""
    from IPython.core.interactiveshell import InteractiveShell

    return InteractiveShell.instance()


def _builtins():
    """Yield every built-in function."""
    import builtins

    for name, value in sorted(vars(builtins).items()):
        if name not in NOT_BUILT_IN:
            yield [name, id(value)]


def _shell():
    """Yield the code of the shell and the kernel, and all that can change what a cell does."""
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelbase import Kernel
    from IPython.core.interactiveshell import InteractiveShell

    mine = shell()
    for kind in (InteractiveShell, type(mine), IPythonKernel, Kernel):
        for name, value in sorted(vars(kind).items()):
            code = getattr(value, "__code__", None)
            if code is not None:
                yield [f"{kind.__name__}.{name}", id(code)]
    own = [name for name in vars(mine) if name in vars(InteractiveShell)]
    yield ["instance", [name for name in own if callable(getattr(InteractiveShell, name))]]
    transforms = mine.input_transformer_manager
    yield ["transformers", [len(mine.ast_transformers), len(transforms.cleanup_transforms)]]
    yield ["line transformers", len(transforms.line_transforms)]
    yield ["token transformers", len(transforms.token_transformers)]
    callbacks = sorted(mine.events.callbacks.items())
    yield ["hooks", [len(each) for name, each in callbacks if name != "post_execute"]]
    yield ["exceptions", str(mine.custom_exceptions)]
    yield ["tracing", [str(sys.gettrace()), str(sys.getprofile())]]
    if hasattr(sys, "monitoring"):
        yield ["monitoring", [sys.monitoring.get_tool(number) for number in range(6)]]
    yield ["meta path", len(sys.meta_path)]


def _truth(number):
    """Yield comparisons of numbers, whose answers are known."""
    one, two = number + 1001, number + 1002
    equal = [one == two, two < one, one / 2 == two / 2, [one] == [two], str(one) == str(two)]
    yield ["truth", [*equal, bool(one - one), one == 1.0 * one]]


def _named(names):
    """Yield what tests take from modules, and the functions of modules that they lean on."""
    for name in names:
        value = resolve(name)[2]
        if value is not None:
            yield [name, identity_of(value)]
    for module in FUNCTIONS_WATCHED:
        for name, value in sorted(vars(sys.modules.get(module, object)).items()):
            if callable(value) and name[0] != "_":
                yield [f"{module}: {name}", id(value)]


def _kept(locker):
    """Yield the names of locked cells that do not stand for what they stood for."""
    kept, space = vars(shell()).get(f"_kept_{locker}", {}), shell().user_ns
    changed = [
        name
        for name, (value, code) in kept.items()
        if space.get(name) is not value or getattr(value, "__code__", None) is not code
    ]
    yield ["locked cells", changed]
