"""Imports stay light, names resolve, and everything public is documented and typed."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import helpers

ROOT = Path(helpers.__file__).parent
BOOK = ROOT.parents[1] / "book"
MODULES = [
    info.name for info in pkgutil.walk_packages([str(ROOT)], "helpers.") if "._" not in info.name
]
HEAVY = ("matplotlib", "sklearn", "IPython", "nbgrader", "PIL", "pandas")


def run(code):
    """Run code in a fresh interpreter; return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_all_modules_are_seen():
    assert {"helpers.compute", "helpers.data.images", "helpers.training"} <= set(MODULES)


def test_what_a_grading_kernel_imports_is_light():
    light = (
        "helpers.compute, helpers.activations, helpers.initializers, helpers.training, "
        "helpers.data.images, helpers.claims"
    )
    loaded = run(f"import sys, {light}\nprint(*[name for name in {HEAVY} if name in sys.modules])")
    assert loaded == ""


def test_helpers_alone_loads_nothing():
    assert run("import sys, helpers; print('torch' in sys.modules)") == "False"


FACES = [f"helpers{part}" for part in ("", ".models", ".pretraining", ".text", ".transformer")]


@pytest.mark.parametrize("package", FACES)
def test_every_name_resolves(package):
    package = importlib.import_module(package)
    assert package.__all__ and package._HOME
    for name in package.__all__:
        assert getattr(package, name) is not None
        assert name in dir(package)


@pytest.mark.parametrize(
    ("package", "name"), [("helpers", "device"), ("helpers.models", "ibm1"), ("helpers", "models")]
)
def test_a_name_stays_what_it_is_once_everything_is_loaded(package, name):
    """A module of a function's name would take the function's place in its package."""
    loaded = run(
        f"from {package} import {name} as first\n"
        "import importlib\n"
        f"for module in {MODULES}:\n"
        "    importlib.import_module(module)\n"
        f"from {package} import {name} as last\n"
        "print(first is last, type(last).__name__)"
    )
    assert loaded == ("True module" if name == "models" else "True function")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match="no 'claims_'.*seed_everything"):
        _ = helpers.claims_


@pytest.mark.parametrize("name", ["helpers", *MODULES])
def test_every_package_has_a_true_map(name):
    """It lists what is in its folder, and nothing else."""
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    if not hasattr(module, "__path__"):
        return
    there = [info.name for info in pkgutil.iter_modules(module.__path__)]
    there = [part for part in there if part == "__main__" or not part.startswith("_")]
    listed = re.findall(r"^(\w+)  +\S", module.__doc__, re.MULTILINE)
    assert sorted(listed) == sorted(there)


NOT_EXPLAINED = ["claims", "compute", "data", "data.images", "models", "plots", "source", "text"]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_names_the_chapters_that_explain_it(name):
    """In its last line; what belongs to all chapters names none."""
    *_, last = inspect.getdoc(importlib.import_module(name)).splitlines()
    if name.removeprefix("helpers.") in [*NOT_EXPLAINED, "pretraining.__main__"]:
        assert not last.startswith("Chapter")
        return
    assert re.fullmatch(r"Chapter: `[\w-]+`\.|Chapters: (`[\w-]+`, )+`[\w-]+`\.", last)
    for chapter in re.findall(r"`([\w-]+)`", last):
        assert (BOOK / f"{chapter}.md").exists()


def looks_like_code(paragraph):
    """Whether it is Python that computes something: no sentence is."""
    try:
        body = ast.parse(paragraph).body
    except SyntaxError:
        return False
    return any(isinstance(node, ast.Call | ast.Assign) for part in body for node in ast.walk(part))


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.name)
def test_code_in_a_docstring_is_indented(path):
    """Flush left, it reads as prose."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                assert not looks_like_code(paragraph), paragraph


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.name)
def test_helpers_depends_on_no_other_room(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            imported.add(node.module.split(".")[0])
    assert not imported & {"nbgrader", "grading", "exercises", "solutions", "book"}


HARD_ENGLISH = re.compile(
    r"\b(one|a|an|1) \w+ a "  # "one number a step": one per step
    r"(channel|class|digit|document|example|head|layer|line|range|sentence|stack|stage|step|text|"
    r"token|trial|value|word)\b"
    r"|\b(?<!there )(is|are) no (class|LSTM|layer|list|matrix|number|shares?|table|tensor|time|"
    r"words?)\b"
)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.name)
def test_texts_are_in_plain_english(path):
    """Many readers have another first language: "per step", "is not a table"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not HARD_ENGLISH.search(" ".join(node.value.split()))


def public_functions():
    """Every public function, and public method of a public class, where it is defined."""
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module_name:
                continue
            if inspect.isfunction(thing):
                yield f"{module_name}.{name}", thing
            elif inspect.isclass(thing):
                assert inspect.getdoc(thing), f"{module_name}.{name} has no docstring"
                for method_name, method in vars(thing).items():
                    if inspect.isfunction(method) and not method_name.startswith("_"):
                        yield f"{module_name}.{name}.{method_name}", method


@pytest.mark.parametrize(
    "function", [pytest.param(function, id=name) for name, function in public_functions()]
)
def test_public_functions_are_documented_and_typed(function):
    assert inspect.getdoc(function)
    signature = inspect.signature(function)
    assert signature.return_annotation is not signature.empty, "no return type"
    for parameter in signature.parameters.values():
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue  # passed on as they are
        assert parameter.annotation is not parameter.empty, f"{parameter.name} has no type"
