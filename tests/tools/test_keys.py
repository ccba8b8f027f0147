"""What makes a chapter's key change, and what does not."""

import importlib
from pathlib import Path

import pytest

from tools import keys as keys_module
from tools.keys import Package, chapter_key, dependencies, device_kind

ROOT = Path(__file__).resolve().parents[2]
ENV = {"HELPERS_SEED": "0"}
FRONT = {"__init__.py", "_lazy.py"}  # of every chapter that imports helpers


@pytest.fixture
def keys(small):
    """The keys of alpha and beta as the files are now."""

    def both(env=ENV) -> tuple[str, str]:
        book = small.book()
        return tuple(chapter_key(book, book.chapters[slug], env) for slug in ("alpha", "beta"))

    return both


@pytest.fixture
def names(small):
    """The files that a cell depends on, relative to the helpers."""

    def of(source: str) -> set[str]:
        paths = dependencies(small.book(), [source])
        helpers = small.root / "src" / "helpers"
        return {p.relative_to(helpers).as_posix() for p in paths if p.is_relative_to(helpers)}

    return of


def test_prose_is_not_in_the_key(small, keys):
    before = keys()
    small.edit("book/alpha.md", "Some prose", "Other prose,\n\nmore of it")
    assert keys() == before


def test_code_is_in_the_key_of_its_chapter_alone(small, keys):
    before = keys()
    small.edit("book/alpha.md", "print('value'", "print('VALUE'")
    assert keys()[0] != before[0]
    assert keys()[1] == before[1]


def test_looks_are_not_in_the_key_but_execution_tags_are(small, keys):
    before = keys()
    small.edit(
        "book/alpha.md",
        "from helpers import used",
        ":tags: [hide-input]\n\nfrom helpers import used",
    )
    assert keys() == before
    small.edit("book/alpha.md", "[hide-input]", "[raises-exception]")
    assert keys() != before


def test_an_imported_helper_is_in_the_key(small, keys):
    before = keys()
    small.write("src/helpers/used.py", "VALUE = 2\n")
    assert keys()[0] != before[0]
    assert keys()[1] == before[1]


def test_a_helper_that_is_not_imported_is_not(small, keys):
    before = keys()
    small.write("src/helpers/unused.py", "VALUE = 2\n")
    assert keys() == before


def test_helpers_init_and_the_pins_are_in_every_key(small, keys):
    seen = {keys()}
    for name in ("src/helpers/__init__.py", "requirements.txt", "constraints.txt"):
        small.write(name, (small.root / name).read_text() + "# changed\n")
        now = keys()
        assert all(now[0] != old[0] and now[1] != old[1] for old in seen)
        seen.add(now)


@pytest.mark.parametrize("name", ["HELPERS_SEED", "HELPERS_DEVICE", "OMP_NUM_THREADS"])
def test_the_environment_that_matters_is_in_the_key(keys, name):
    assert keys(ENV | {name: "7"}) != keys()
    assert keys(ENV | {"EDITOR": "vi"}) == keys()


@pytest.mark.parametrize(
    ("build", "system", "machine", "driver", "env", "kind"),
    [
        ("2.13.0", "linux", "x86_64", False, {}, "cpu"),
        ("2.13.0", "linux", "x86_64", True, {}, "cuda"),
        ("2.13.0+cpu", "linux", "x86_64", True, {}, "cpu"),
        ("2.13.0", "linux", "x86_64", True, {"CUDA_VISIBLE_DEVICES": ""}, "cpu"),
        ("2.13.0", "linux", "x86_64", True, {"HELPERS_DEVICE": "cpu"}, "cpu"),
        ("2.13.0+rocm6.4", "linux", "x86_64", False, {}, "rocm6.4"),
        ("2.13.0+xpu", "linux", "x86_64", False, {}, "xpu"),
        ("2.13.0", "darwin", "arm64", False, {}, "mps"),
        ("2.13.0", "darwin", "arm64", False, {"HELPERS_DEVICE": " CPU "}, "cpu"),
        ("2.13.0", "win32", "AMD64", False, {}, "cpu"),
        ("2.13.0+cu130", "win32", "AMD64", False, {}, "cuda"),
    ],
)
def test_the_device_is_known_without_torch(
    monkeypatch, tmp_path, build, system, machine, driver, env, kind
):
    monkeypatch.setattr(keys_module, "version", lambda name: build)
    monkeypatch.setattr(keys_module.sys, "platform", system)
    monkeypatch.setattr(keys_module.platform, "machine", lambda: machine)
    monkeypatch.setattr(keys_module, "NVIDIA", tmp_path if driver else tmp_path / "nothing")
    assert device_kind(env) == kind


def test_results_of_another_device_are_not_taken_for_these(keys):
    assert keys(ENV | {"HELPERS_DEVICE": "cuda"}) != keys(ENV | {"HELPERS_DEVICE": "cpu"})


@pytest.mark.parametrize(
    "source",
    [
        "from helpers import used",
        "import helpers.used",
        "import helpers.used as u",
        "from helpers.used import VALUE",
        "def f():\n    from helpers import used",
        "from importlib import import_module\nimport_module('helpers.used')",
        "%matplotlib inline\nfrom helpers import used",
        "!ls\nfrom helpers import used",
    ],
)
def test_every_way_to_import_a_helper_is_seen(names, source):
    assert names(source) == {*FRONT, "used.py"}


@pytest.mark.parametrize("source", ["import math", "x = 'helpers.used'", "from used import x"])
def test_what_is_not_an_import_of_helpers_is_not_taken_for_one(names, source):
    assert names(source) == set()


@pytest.mark.parametrize("source", ["import helpers", "from helpers import *", "for for"])
def test_what_may_import_anything_depends_on_everything(names, source):
    assert {"used.py", "unused.py", "claims.py"} <= names(source)


def test_a_lazy_name_leads_to_its_module(names):
    assert names("from helpers import claim") == {*FRONT, "claims.py"}


@pytest.mark.parametrize("annotation", ["", ": dict[str, str]"])
def test_a_lazy_name_of_a_package_leads_to_its_module(small, names, annotation):
    home = f'_HOME{annotation} = {{"big": "helpers.models.large"}}\n'
    small.write("src/helpers/models/__init__.py", home)
    small.write("src/helpers/models/large.py", "")
    small.write("src/helpers/models/other.py", "")
    expected = {*FRONT, "models/__init__.py", "models/large.py"}
    assert names("from helpers.models import big") == expected
    assert names("from helpers import models") == expected | {"models/other.py"}


def test_imports_are_followed_through_helpers(small, names):
    small.write("src/helpers/deep.py", "def f():\n    from .deeper import g\n")
    small.write("src/helpers/deeper.py", "import helpers.used\n")
    assert names("from helpers import deep") == {*FRONT, "deep.py", "deeper.py", "used.py"}


def test_a_package_named_whole_counts_whole_and_its_data_with_it(small, names):
    small.write("src/helpers/data/__init__.py", "")
    small.write("src/helpers/data/images.py", "")
    small.write("src/helpers/data/text.py", "from . import images\n")
    small.write("src/helpers/data/files/digits.csv", "1,2\n")
    package = {*FRONT, "data/__init__.py", "data/files/digits.csv"}
    assert names("from helpers import data") == package | {"data/images.py", "data/text.py"}
    assert names("from helpers.data.images import x") == package | {"data/images.py"}
    assert names("from helpers.data import text") == package | {"data/images.py", "data/text.py"}
    assert names("from helpers import used") == {*FRONT, "used.py"}


def test_a_changed_data_file_changes_the_key(small, keys):
    small.write("src/helpers/style.mplstyle", "lines.linewidth: 1\n")
    before = keys()
    small.write("src/helpers/style.mplstyle", "lines.linewidth: 2\n")
    assert keys()[0] != before[0]


def test_the_real_helpers_can_be_read():
    package = Package(ROOT / "src" / "helpers")
    found = {path.name for path in package.closure(["from helpers import seed_everything"])}
    assert found == {*FRONT, "compute.py"}


def test_the_style_of_the_figures_is_in_every_key():
    package = Package(ROOT / "src" / "helpers")
    style = ROOT / "src" / "helpers" / "course.mplstyle"
    assert style in package.data(package.closure(["from helpers import plots"]))


FACES = [f"helpers{part}" for part in ("", ".models", ".pretraining", ".text", ".transformer")]


@pytest.mark.parametrize("face", FACES)
def test_lazy_names_of_the_real_packages_are_followed(face):
    """Where a name really comes from is among the files that its import depends on."""
    package = Package(ROOT / "src" / "helpers")
    module = importlib.import_module(face)
    lazy = set(module.__all__) & set(module._HOME)
    assert lazy
    for name in lazy:
        thing = getattr(module, name)
        home = getattr(thing, "__module__", module._HOME[name])
        home = home if home in package.modules else module._HOME[name]  # a list, a number
        assert package.modules[home] in package.closure([f"from {face} import {name}"]), name
