"""A small course in a temporary folder, configured as the real one: two chapters, one reference."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.book import Book

ROOT = Path(__file__).resolve().parents[2]

CHAPTER = """\
---
jupytext:
  text_representation: {{format_name: myst}}
kernelspec: {{name: python3, display_name: Python 3}}
course: {{work: {budget}}}
---

# Chapter {slug}

Some prose {{cite}}`turing1950`.

```{{code-cell}} ipython3
import os
with open(os.environ["PYTHONPATH"] + "/../runs.txt", "a") as file:
    file.write("{slug}\\n")
```

```{{code-cell}} ipython3
{code}
```
"""

FILES = {
    "_toc.yml": "format: jb-book\nroot: index\nchapters:\n- file: alpha\n- file: beta\n",
    "requirements.txt": "torch==1\n",
    "constraints.txt": "numpy==1\n",
    "book/index.md": "# A small course\n\n```{bibliography}\n```\n",
    "book/references.bib": "@article{turing1950, author={Turing, A.}, title={T}, journal={M},"
    " year={1950}}\n",
    "src/helpers/used.py": "VALUE = 1\n",
    "src/helpers/unused.py": "VALUE = 1\n",
}


@dataclass
class SmallCourse:
    """Reads, edits and builds the fixture."""

    root: Path

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def chapter(self, slug: str, code: str, budget: float = 60) -> None:
        self.write(f"book/{slug}.md", CHAPTER.format(slug=slug, code=code, budget=budget))

    def book(self) -> Book:
        return Book(self.root)

    def runs(self) -> list[str]:
        """Which chapters' cells have run so far, in order of name."""
        log = self.root / "runs.txt"
        return sorted(log.read_text().split()) if log.exists() else []

    def command(self, tool: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", f"tools.{tool}", "--root", str(self.root), *arguments]

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess:
        command = self.command(tool, *arguments)
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)

    def page(self, slug: str) -> str:
        return (self.root / "_build" / "html" / "en" / f"{slug}.html").read_text()


@pytest.fixture(scope="session", autouse=True)
def unit_of_work() -> Iterator[None]:
    """Measure no unit: that imports torch, and few tests here are about it (`measured`)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_UNIT_SECONDS", "1")
        yield


@pytest.fixture
def measured(monkeypatch) -> None:
    """Measure the unit of work after all."""
    monkeypatch.delenv("COURSE_UNIT_SECONDS")


@pytest.fixture
def small(tmp_path) -> SmallCourse:
    """A course that builds: alpha imports `helpers.used`, beta makes a claim."""
    return make_small(tmp_path)


@pytest.fixture(scope="session")
def executed_once(tmp_path_factory) -> Path:
    """The folder of a small course whose chapters have run."""
    course = make_small(tmp_path_factory.mktemp("executed"))
    run = course.run("execute")
    assert run.returncode == 0, run.stderr
    return course.root


@pytest.fixture
def executed(executed_once, tmp_path) -> SmallCourse:
    """The small course after a first run of its chapters."""
    shutil.copytree(executed_once, tmp_path, dirs_exist_ok=True)
    return SmallCourse(tmp_path)


def make_small(root: Path) -> SmallCourse:
    """Write the small course into an empty folder."""
    course = SmallCourse(root)
    for name, text in FILES.items():
        course.write(name, text)
    for name in ("__init__.py", "_lazy.py", "claims.py"):
        shutil.copy(ROOT / "src" / "helpers" / name, root / "src" / "helpers")
    shutil.copy(ROOT / "_config.yml", root)
    for name in ("_ext", "_templates", "_static"):
        shutil.copytree(ROOT / "book" / name, root / "book" / name, copy_function=os.link)
    course.chapter("alpha", "from helpers import used\nprint('value', used.VALUE)")
    course.chapter("beta", "from helpers import claim\nclaim('one is positive', 1.0, above=0)")
    return course
