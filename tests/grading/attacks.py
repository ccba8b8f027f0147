"""Bad submissions of one small assignment, each with the outcome that it must have.

`ATTACKS` maps a name to (what is handed in, status, points of test-double, points of test-mean).
Points are None where there must be no marks. What is handed in is bytes, or a function that makes
a folder look as it should.
"""

import copy
import json
import os
import textwrap
from pathlib import Path

import nbformat
from classroom import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tiny_course import nbgrader

SLUG = "attacked"
RIGHT = "def double(x):\n    return x + x"
WRONG = "def double(x):\n    return 3"
MEAN = "def mean(values):\n    return sum(values) / len(values)"
DOUBLE_TEST = """
assert double(2) == 4, "Two times two is four."
### BEGIN HIDDEN TESTS
for number in (5, 12345):
    assert double(number) == 2 * number, f"For {number} your double is not right either."
### END HIDDEN TESTS
""".strip()
MEAN_TEST = """
import math

assert abs(mean([1, 2, 3]) - 2) < 1e-9, "The mean of 1, 2 and 3 is 2."
### BEGIN HIDDEN TESTS
secret_value = mean([0.5, 1.5])
assert isinstance(secret_value, float) and math.isclose(secret_value, 1.0), "Not the mean."
### END HIDDEN TESTS
""".strip()


def solution() -> nbformat.NotebookNode:
    """Two tested items of 2 and 3 points, one of 1 point that a person marks."""

    def answer(name, body):
        head, rest = body.split("\n", 1)
        source = f"{head}\n    ### BEGIN SOLUTION\n{rest}\n    ### END SOLUTION"
        return new_code_cell(source, id=name, metadata=nbgrader(name, solution=True))

    def test(name, source, points):
        metadata = nbgrader(f"test-{name}", grade=True, locked=True, points=points)
        return new_code_cell(source, id=f"test-{name}", metadata=metadata)

    why = nbgrader("why", grade=True, solution=True, points=1)
    return new_notebook(
        cells=[
            new_markdown_cell("# Attacked", id="title"),
            answer("double", RIGHT),
            test("double", DOUBLE_TEST, 2),
            answer("mean", MEAN),
            test("mean", MEAN_TEST, 3),
            new_markdown_cell("A sum.\n\n#### Rubric\n\n- **1** A sum.", id="why", metadata=why),
        ],
        metadata={"kernelspec": {"display_name": "P", "language": "python", "name": "python3"}},
    )


def notebook(double: str = RIGHT, mean: str = MEAN, first: str = "", why: str = "It is a sum."):
    """Return what a student hands in: a released notebook with answers, as plain data."""
    cells = []
    for cell in solution().cells:
        source = {"double": double, "mean": mean, "why": why}.get(cell.id, cell.source)
        shown = source.split("### BEGIN HIDDEN")[0].strip() if "test" in cell.id else source
        cells.append({**json.loads(json.dumps(cell)), "source": textwrap.dedent(shown)})
    if first:
        cells.insert(1, json.loads(json.dumps(new_code_cell(textwrap.dedent(first), id="mine"))))
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def dumped(**answers) -> bytes:
    return json.dumps(notebook(**answers)).encode()


def changed(change, **answers) -> bytes:
    """Return a notebook after `change(notebook, cells by id)`."""
    nb = notebook(**answers)
    result = change(nb, {cell["id"]: cell for cell in nb["cells"]})
    return json.dumps(nb if result is None else result).encode()


def drop(*names):
    def change(nb, _by):
        nb["cells"] = [cell for cell in nb["cells"] if cell["id"] not in names]

    return change


def put(name, **values):
    def change(_nb, by):
        by[name].update(values)

    return change


def flag(name, **values):
    def change(_nb, by):
        by[name]["metadata"]["nbgrader"].update(values)

    return change


def twice(name):
    def change(nb, by):
        nb["cells"].insert(nb["cells"].index(by[name]), copy.deepcopy(by[name]))

    return change


def strip(ids: bool, metadata: bool):
    def change(nb, _by):
        for cell in nb["cells"]:
            if metadata:
                cell["metadata"] = {}
            if ids:
                cell.pop("id")

    return change


def old_format(nb, _by):
    new = nbformat.from_dict(nb)
    return nbformat.convert(new, 3)


def link(folder: Path):
    (folder / "elsewhere").write_bytes(dumped())
    os.symlink(folder / "elsewhere", folder / f"{SLUG}.ipynb")


def odd_name(folder: Path):
    with open(os.fsencode(folder) + b"/home\xffwork.ipynb", "wb") as file:
        file.write(dumped())


def beside(make):
    """A right notebook, and whatever `make` puts where the time of submission is expected."""

    def submission(folder: Path):
        (folder / f"{SLUG}.ipynb").write_bytes(dumped())
        make(folder / "timestamp.txt")

    return submission


def publish(kind: str, content: str, parent: str = "kernel.get_parent()") -> bytes:
    """A right answer that sends, from inside the test, a message no kernel would send."""
    return dumped(
        double=f"""
def double(x):
    kernel = get_ipython().kernel
    message = kernel.session.msg("{kind}", {content}, parent=kernel.get_parent())
    message["parent_header"] = {parent}
    kernel.iopub_socket.send_multipart(kernel.session.serialize(message))
    return 2 * x
"""
    )


def reply(content: str, key: str = "kernel.session.key", returns: str = "3") -> bytes:
    """Send the reply to a test's request before the test has ended."""
    return dumped(
        double=f"""
def double(x):
    kernel = get_ipython().kernel
    socket = getattr(kernel, "shell_stream", None) or kernel.shell_socket
    session = kernel.session.clone()
    session.key = {key}
    session.send(socket, "execute_reply", {content}, parent=kernel.get_parent("shell"),
                 ident=kernel._parent_ident["shell"])
    return {returns}
"""
    )


def named(name: str):
    return lambda folder: (folder / name).write_bytes(dumped())


TRUE_TO_ALL = """
class Yes:
    def __eq__(self, other): return True
    def __lt__(self, other): return True
    def __sub__(self, other): return self
    def __abs__(self): return self
    def __float__(self): return 1.0
"""
READ = """
def found():
    import glob, os
    for pattern in ({patterns}):
        for path in glob.glob(pattern, recursive=True):
            text = open(path, errors="replace").read()
            if "x + x" in text: return text
def double(x):
    assert found(), "nothing there"
    return x + x
"""
SOLUTION_PATHS = f"'../solutions/**/*.ipynb', '../../*/solutions/**/*.ipynb', '{ROOT}/*/*/*.ipynb'"
OTHERS = "'../**/*.ipynb', '../../*/*/submitted/**/*.ipynb', '/tmp/**/*.ipynb'"

STRUCTURE = {
    "test edited": (changed(put("test-double", source="pass"), double=WRONG), "graded", 0, 3),
    "test emptied": (changed(put("test-mean", source="")), "graded", 2, 3),
    "test deleted": (changed(drop("test-double")), "graded", 2, 3),
    "all tests deleted": (changed(drop("test-double", "test-mean")), "graded", 2, 3),
    "answer deleted": (changed(drop("double")), "graded", 0, 3),
    "answer and test deleted": (changed(drop("double", "test-double")), "graded", 0, 3),
    "test twice": (changed(twice("test-double")), "graded", 2, 3),
    "answer twice": (changed(twice("double")), "graded", 2, 3),
    "order reversed": (changed(lambda nb, _: nb["cells"].reverse()), "graded", 2, 3),
    "test retyped": (changed(put("test-double", cell_type="markdown")), "graded", 2, 3),
    "answer retyped": (changed(put("double", cell_type="markdown")), "graded", 2, 3),
    "answer raw": (changed(put("mean", cell_type="raw")), "graded", 2, 3),
    "points raised": (changed(flag("test-double", points=1000)), "graded", 2, 3),
    "points negative": (changed(flag("test-double", points=-5)), "graded", 2, 3),
    "not graded": (changed(flag("test-double", grade=False)), "graded", 2, 3),
    "a test as answer": (changed(flag("test-mean", solution=True, locked=False)), "graded", 2, 3),
    "old schema": (changed(flag("double", schema_version=1)), "graded", 2, 3),
    "strange schema": (changed(flag("double", schema_version="new")), "graded", 2, 3),
    "grade_id a number": (changed(flag("test-double", grade_id=7)), "graded", 2, 3),
    "another kernel": (
        changed(lambda nb, _: nb["metadata"].update(kernelspec={"name": "ir"})),
        "graded",
        2,
        3,
    ),
    "metadata a list": (changed(put("title", metadata=[])), "graded", 2, 3),
    "no metadata": (changed(lambda nb, _: nb.__delitem__("metadata")), "graded", 2, 3),
    "cell a number": (changed(lambda nb, _: nb["cells"].append(3)), "graded", 2, 3),
    "source a list": (
        changed(put("double", source=["def double(x):\n", "    return 2 * x"])),
        "graded",
        2,
        3,
    ),
    "source a number": (changed(put("double", source=5)), "graded", 0, 3),
    "ids gone": (changed(strip(ids=True, metadata=False)), "graded", 2, 3),
    "cell metadata gone": (changed(strip(ids=False, metadata=True)), "graded", 2, 3),
    "byte order mark": (b"\xef\xbb\xbf" + dumped(), "graded", 2, 3),
    "format 3": (changed(old_format), "graded", 2, 3),
    "format 99": (changed(lambda nb, _: nb.update(nbformat=99)), "graded", 2, 3),
    "outputs not ours": (
        changed(put("test-double", outputs=[{"output_type": "nonsense"}])),
        "graded",
        2,
        3,
    ),
    "both gone": (changed(strip(ids=True, metadata=True)), "ungradable", None, None),
    "broken JSON": (b"{", "ungradable", None, None),
    "empty file": (b"", "ungradable", None, None),
    "utf-16": ("{}".encode("utf-16"), "ungradable", None, None),
    "a list": (b"[]", "ungradable", None, None),
    "no cells": (b'{"nbformat": 4}', "ungradable", None, None),
    "cells no list": (b'{"cells": {}}', "ungradable", None, None),
    "nested deeply": (b"[" * 100_000, "ungradable", None, None),
    "another notebook": (
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4}).encode(),
        "ungradable",
        None,
        None,
    ),
    "renamed": (named("homework.ipynb"), "ungradable", None, None),
    "nothing": (lambda folder: None, "ungradable", None, None),
    "a link": (link, "ungradable", None, None),
    "a folder": (lambda folder: (folder / f"{SLUG}.ipynb").mkdir(), "ungradable", None, None),
    "a pipe": (lambda folder: os.mkfifo(folder / f"{SLUG}.ipynb"), "ungradable", None, None),
    "a name that is no text": (odd_name, "ungradable", None, None),
    "too many cells": (
        changed(lambda nb, _: nb["cells"].extend([{"cell_type": "code"}] * 3000)),
        "ungradable",
        None,
        None,
    ),
    "a number without end": (b'{"cells": [' + b"9" * 5000 + b"]}", "ungradable", None, None),
    "more behind the end": (dumped() + b"}", "ungradable", None, None),
    "half a character": (changed(put("why", source="a \ud800 b")), "graded", 2, 3),
    "half a character in code": (
        changed(put("double", source=RIGHT + "  # \ud800")),
        "graded",
        2,
        3,
    ),
    "a time that is none": (
        beside(lambda path: path.write_bytes(b"yesterday \xff")),
        "graded",
        2,
        3,
    ),
    "a pipe for the time": (beside(os.mkfifo), "graded", 2, 3),
    "too large": (b" " * (2**20) + dumped(), "ungradable", None, None),
}
EXECUTION = {
    "right": (dumped(), "graded", 2, 3),
    "wrong": (dumped(double=WRONG), "graded", 0, 3),
    "no syntax": (dumped(double="def double(x:"), "graded", 0, 3),
    "no such module": (dumped(first="import not_there"), "graded", 2, 3),
    "warns": (
        dumped(
            double="import sys\ndef double(x):\n    print('!', file=sys.stderr)\n    return 2*x"
        ),
        "graded",
        2,
        3,
    ),
    "endless cell": (dumped(double="while True:\n    pass"), "timeout", 0, 3),
    "endless function": (dumped(double="def double(x):\n    while True: pass"), "timeout", 0, 3),
    "will not be interrupted": (
        dumped(
            double="import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
        ),
        "timeout",
        0,
        0,
    ),
    "sleeps": (dumped(mean="import time\ntime.sleep(1000)"), "timeout", 2, 0),
    "os._exit": (dumped(mean="import os\nos._exit(0)"), "crashed", 2, 0),
    "os._exit in a test": (
        dumped(mean="def mean(v):\n    import os\n    os._exit(0)"),
        "crashed",
        2,
        0,
    ),
    "kills itself": (
        dumped(mean="import ctypes\nctypes.string_at(0)"),
        "crashed",
        2,
        0,
    ),
    "sys.exit": (dumped(double="def double(x):\n    raise SystemExit(0)"), "graded", 0, 3),
    "quit()": (dumped(mean="quit()"), ("crashed", "graded"), 2, 0),
    "recursion": (dumped(double="def double(x):\n    return double(x)"), "graded", 0, 3),
    "asks": (dumped(double="def double(x):\n    return input()"), "graded", 0, 3),
    "reset": (dumped(first="%reset -f"), "graded", 2, 3),
    "no get_ipython": (dumped(first="del get_ipython, In, Out"), "graded", 2, 3),
    "an error that cannot be shown": (
        dumped(
            double="class Bad(Exception):\n    def __str__(self): raise self\n"
            "def double(x):\n    raise Bad"
        ),
        ("graded", "timeout"),
        0,
        None,
    ),
    "cancels": (
        dumped(double="import asyncio\ndef double(x):\n    raise asyncio.CancelledError"),
        "graded",
        0,
        3,
    ),
    "half a character in an error": (
        dumped(double="def double(x):\n    raise ValueError('a \\ud800 b')"),
        "graded",
        0,
        3,
    ),
    "an error with a long name": (
        dumped(double="def double(x):\n    raise type('x' * 100_000, (Exception,), {})('y')"),
        "graded",
        0,
        3,
    ),
    "becomes another program": (
        dumped(
            mean="import os, sys\n"
            "os.execv(sys.executable, ['python', '-c', 'import time; time.sleep(1000)'])"
        ),
        ("timeout", "crashed"),
        2,
        0,
    ),
    "blocks after its cell": (
        dumped(
            double=RIGHT + "\nimport asyncio, time\n"
            "asyncio.get_event_loop().call_soon(time.sleep, 1000)"
        ),
        ("timeout", "crashed"),
        0,
        None,
    ),
    "publishes what is no output": (publish("display_data", "{'data': [1]}"), "graded", 2, 3),
    "publishes nothing": (publish("stream", "{}"), "graded", 2, 3),
    "publishes for nobody": (publish("stream", "{}", parent="[1]"), "graded", 2, 3),
    "replies without a signature": (
        reply("{'status': 'ok'}", key="b'another'", returns="2 * x"),
        "crashed",
        0,
        0,
    ),
    "scripts for the instructor": (
        dumped(
            why="A sum.<script>window.owned = 1</script><img src=x onerror='window.owned = 1'>",
            first="""
            display({"text/html": "<script>window.owned = 1</script>"}, raw=True)
            display({"application/javascript": "window.owned = 1"}, raw=True)
            display({"text/markdown": "<script>window.owned = 1</script>"}, raw=True)
            """,
        ),
        "graded",
        2,
        3,
    ),
    "a shell command": (dumped(first="!sleep 0.1"), "graded", 2, 3),
}
RESOURCES = {
    "prints for ever": (
        dumped(double="while True:\n    print('x' * 10_000)"),
        ("timeout", "crashed", "graded"),
        0,
        None,
    ),
    "one huge print": (dumped(first="print('x' * 20_000_000)"), "graded", 2, 3),
    "too much memory": (
        dumped(mean="hog = []\nwhile True:\n    hog.append(bytearray(2**24))"),
        ("graded", "crashed"),
        2,
        0,
    ),
    "one huge array": (dumped(double="hog = bytearray(2**40)"), "graded", 0, 3),
    "fork bomb": (dumped(mean="import os\nwhile True: os.fork()"), ("crashed", "timeout"), 2, 0),
    "leaves children": (
        dumped(first="import subprocess\nsubprocess.Popen(['sleep', '1000'])"),
        "graded",
        2,
        3,
    ),
    "many threads": (
        dumped(
            double="import threading, time\nfor _ in range(10_000):\n"
            "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
        ),
        ("graded", "timeout", "crashed"),
        0,
        None,
    ),
    "one huge file": (
        dumped(double="f = open('/tmp/f', 'wb')\nwhile True: f.write(bytes(2**20))"),
        "graded",
        0,
        3,
    ),
    "many files": (
        dumped(
            double="n = 0\nwhile True:\n    open(f'/tmp/{n}', 'wb').write(bytes(2**20))\n    n += 1"
        ),
        "graded",
        0,
        3,
    ),
    "fills shared memory": (
        dumped(
            double="n = 0\nwhile True:\n    open(f'/dev/shm/{n}', 'wb').write(bytes(2**20))\n"
            "    n += 1"
        ),
        "graded",
        0,
        3,
    ),
    "writes where its sockets are": (
        dumped(
            double="import glob, os\nplace = glob.glob('/tmp/kernels-*/*')[0] + '/x'\n"
            "file = open(place, 'wb')\nos.unlink(place)\nfile.write(bytes(2**20))\n"
            "def double(x):\n    return file and 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "memory that no process maps": (
        dumped(
            double="import os\nhog = os.memfd_create('hog')\n" + RIGHT.replace("x + x", "hog*x")
        ),
        "graded",
        0,
        3,
    ),
    "memory of System V": (
        dumped(
            double="import ctypes\ndef double(x):\n"
            "    assert ctypes.CDLL(None).shmget(0, 2**20, 0o1600) >= 0\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "outputs that grow later": (
        dumped(
            first="""
            handle = display({"text/plain": "x"}, raw=True, display_id=True)
            handle.update({"text/plain": "x" * 5_000_000}, raw=True)
            """
        ),
        "graded",
        2,
        3,
    ),
    "widgets": (
        dumped(
            first="""
            from ipykernel.comm import Comm
            Comm(target_name="jupyter.widget", data={"state": {"x": "x" * 5_000_000}})
            """
        ),
        "graded",
        2,
        3,
    ),
}
TAMPERING = {
    "strips assertions": (
        dumped(
            double=WRONG,
            first="""
            import ast
            class Strip(ast.NodeTransformer):
                def visit_Assert(self, node): return ast.Pass()
            get_ipython().ast_transformers.append(Strip())
            """,
        ),
        "tampered",
        None,
        None,
    ),
    "swallows errors": (
        dumped(
            double=WRONG,
            first="get_ipython().set_custom_exc((AssertionError,), lambda *a, **k: None)",
        ),
        "tampered",
        None,
        None,
    ),
    "rewrites cells": (
        dumped(
            double=WRONG,
            first="""
            get_ipython().input_transformers_post.append(
                lambda lines: [] if any("assert" in line for line in lines) else lines)
            """,
        ),
        "tampered",
        None,
        None,
    ),
    "replaces run_cell": (
        dumped(
            double=WRONG,
            first="""
            shell = get_ipython()
            real = shell.run_cell_async
            async def run(code, **k):
                return await real("pass" if "assert" in code else code, **k)
            shell.run_cell_async = run
            """,
        ),
        "tampered",
        None,
        None,
    ),
    "replaces the kernel": (
        dumped(
            double=WRONG,
            first="""
            from ipykernel.ipkernel import IPythonKernel
            async def do_execute(self, code, silent, *a, **k):
                return {"status": "ok", "execution_count": 1, "payload": [],
                        "user_expressions": {}}
            IPythonKernel.do_execute = do_execute
            """,
        ),
        "crashed",
        0,
        0,
    ),
    "equal to all": (
        dumped(double=TRUE_TO_ALL + "\ndef double(x):\n    return Yes()"),
        "tampered",
        None,
        None,
    ),
    "a float of its own": (
        dumped(
            mean="""
class Mine(float):
    def __sub__(self, other): return 0.0
    def __eq__(self, other): return True
def mean(values):
    return Mine(1.0)
"""
        ),
        "tampered",
        None,
        None,
    ),
    "says it is a float": (
        dumped(
            mean="""
class Mine(float):
    __module__ = "builtins"
    __qualname__ = "float"
    def __sub__(self, other): return 0.0
def mean(values):
    return Mine(1.0)
"""
        ),
        "tampered",
        None,
        None,
    ),
    "replaces abs": (
        dumped(mean="import builtins\nbuiltins.abs = lambda x: 0\ndef mean(v):\n    return 1.0"),
        "tampered",
        None,
        None,
    ),
    "replaces isclose": (
        dumped(
            mean="import math\nmath.isclose = lambda *a, **k: True\n"
            "def mean(v):\n    return sum(v) / len(v)"
        ),
        "tampered",
        None,
        None,
    ),
    "replaces AssertionError": (
        dumped(
            double=WRONG,
            first="import builtins\nclass Quiet(Exception): pass\nbuiltins.AssertionError = Quiet",
        ),
        "tampered",
        None,
        None,
    ),
    "traces": (
        dumped(first="import sys\nsys.setprofile(lambda *a: None)"),
        "tampered",
        None,
        None,
    ),
    "hooks": (
        dumped(first="get_ipython().events.register('pre_run_cell', lambda *a: None)"),
        "tampered",
        None,
        None,
    ),
    "hides tracebacks": (
        dumped(double=WRONG, first="get_ipython().showtraceback = lambda *a, **k: None"),
        "tampered",
        None,
        None,
    ),
    "publishes points": (
        dumped(
            double="""
def double(x):
    kernel = get_ipython().kernel
    kernel.session.send(kernel.iopub_socket, "execute_result", {"data": {"text/plain": "198"},
        "metadata": {}, "execution_count": 1}, parent=kernel.get_parent())
    return 3
"""
        ),
        "graded",
        0,
        3,
    ),
    "replaces isclose and puts it back": (
        dumped(
            mean="""
import math
real = math.isclose
def fake(*a, **k):
    math.isclose = real
    return True
def mean(v):
    if 0.5 in v:
        math.isclose = fake
    return 2.0
"""
        ),
        "tampered",
        None,
        None,
    ),
    "a float of its own at first": (
        dumped(
            mean="""
class Mine(float):
    def __sub__(self, other): return 0.0
def mean(values):
    return 1.0 if 0.5 in values else Mine(1.0)
"""
        ),
        "tampered",
        None,
        None,
    ),
    "replies before the test has ended": (
        reply("{'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}"),
        "tampered",
        None,
        None,
    ),
    "shadows what the test calls": (
        dumped(mean="abs = lambda x: 0\nmath = None\ndef mean(v):\n    return 1.0"),
        "graded",
        2,
        0,
    ),
    "shadows what the checks call": (
        dumped(
            first="""
            any = all = bool = callable = dict = exec = eval = float = getattr = globals = 5
            hasattr = id = isinstance = list = range = sorted = str = tuple = type = vars = 5
            __import__ = json = sys = types = contextlib = None
            """
        ),
        "graded",
        2,
        3,
    ),
    "shadows a name": (
        dumped(double=WRONG, first="abs = lambda x: 0\nisinstance = lambda *a: True"),
        "graded",
        0,
        3,
    ),
}
THEFT = {
    "reads solutions": (dumped(double=READ.format(patterns=SOLUTION_PATHS)), "graded", 0, 3),
    "reads others": (dumped(double=READ.format(patterns=OTHERS)), "graded", 0, 3),
    "reads the gradebook": (
        dumped(
            double="import glob\ndef double(x):\n    assert glob.glob('/tmp/**/gradebook.db', "
            "recursive=True)\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "reads a home": (
        dumped(
            double="import os\ndef double(x):\n    assert os.listdir(os.path.expanduser('~root'))"
            "\n    assert os.path.exists('/etc/shadow')\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "reads the zygote": (
        dumped(
            double="def double(x):\n    open('/proc/2/environ').read()\n    return 2 * x",
        ),
        "graded",
        0,
        3,
    ),
    "imports the grader": (
        dumped(double="def double(x):\n    import grading, nbgrader.api\n    return 2 * x"),
        "graded",
        0,
        3,
    ),
    "uses the network": (
        dumped(
            double="import socket\ndef double(x):\n"
            "    socket.create_connection(('127.0.0.1', 22), 1)\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "writes the gradebook": (
        dumped(
            double="import sqlite3, glob\nfor path in glob.glob('/tmp/**/*.db', recursive=True):"
            "\n    db = sqlite3.connect(path)\n    db.execute('update grade set auto_score = 198')"
            "\n    db.commit()\ndef double(x):\n    return 3"
        ),
        "graded",
        0,
        3,
    ),
    "writes the packages": (
        dumped(
            double="import json, os\nwith open(os.path.dirname(json.__file__) + '/x.py', 'w') as f:"
            "\n    f.write('')\ndef double(x):\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
    "makes a namespace": (
        dumped(
            double="import ctypes\ndef double(x):\n"
            "    assert ctypes.CDLL(None).unshare(0x10000000) == 0\n    return 2 * x"
        ),
        "graded",
        0,
        3,
    ),
}
ATTACKS = {**STRUCTURE, **EXECUTION, **RESOURCES, **TAMPERING, **THEFT}
