"""Imports stay light, names resolve, and everything public is documented and typed."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import helpers

ROOT = Path(helpers.__file__).parent
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
    assert {"helpers.device", "helpers.data.images", "helpers.training"} <= set(MODULES)


def test_what_a_grading_kernel_imports_is_light():
    light = (
        "helpers.device, helpers.activations, helpers.initializers, helpers.training, "
        "helpers.data.images, helpers.claims"
    )
    loaded = run(
        f"import sys, helpers.device, {light}\n"
        f"print(*[name for name in {HEAVY} if name in sys.modules])"
    )
    assert loaded == ""


def test_helpers_alone_loads_nothing():
    assert run("import sys, helpers; print('torch' in sys.modules)") == "False"


@pytest.mark.parametrize(
    "first",
    [
        "from helpers import device",
        "import helpers; device = helpers.device",
        "import helpers.device; device = helpers.device",
        "import helpers.training; from helpers import device",
        "from helpers import budget, device",
        "from helpers.device import device",
    ],
)
def test_device_is_callable_however_it_is_imported(first, monkeypatch):
    monkeypatch.setenv("HELPERS_DEVICE", "cpu")
    namespace = {}
    saved = {name: sys.modules[name] for name in list(sys.modules) if name.startswith("helpers")}
    for name in saved:
        del sys.modules[name]
    try:
        exec(first, namespace)
        assert namespace["device"]().type == "cpu"
    finally:
        for name in [name for name in sys.modules if name.startswith("helpers")]:
            del sys.modules[name]
        sys.modules.update(saved)


@pytest.mark.parametrize("name", helpers.__all__)
def test_every_name_resolves(name):
    assert getattr(helpers, name) is not None
    assert name in dir(helpers)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match="no 'claims_'.*seed_everything"):
        _ = helpers.claims_


def test_every_module_is_on_the_map():
    for name in MODULES:
        short = name.removeprefix("helpers.")
        in_package = importlib.import_module(name).__doc__
        assert in_package, f"{name} has no docstring"
        if short not in ("data", "data.openml", "models", "text"):
            assert f"\n{short} " in helpers.__doc__, f"{short} is missing in helpers' docstring"


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
