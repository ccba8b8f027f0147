"""What a reader downloads can be read, and runs by itself."""

import base64
import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import yaml
from PIL import Image

from tools.book import Book

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOWNLOADS = ROOT / "_build" / "html" / "en" / "_downloads"
BOOK = Book(ROOT)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
MACROS = CONFIG["mathjax3_config"]["tex"]["macros"]
# The markup of the sources: what it is called, and how to see it in words.
LEFTOVERS = {
    "role": r"\{[a-zA-Z][\w:.+-]*\}",
    "directive": r"^\s*(:{3,}|`{3,}\{|~{3,}\{)",
    "option": r"^\s*:[a-z-]+: ",
    "target": r"^\s*\([\w-]+\)=\s*$",
    "label": r"\$\$\s*\([\w-]+\)",
    "comment": r"^\s*%|<!--",
    "cell break": r"^\+\+\+",
    "front matter": r"^(jupytext|kernelspec|mystnb):",
}


@pytest.fixture(scope="module", autouse=True)
def _site():
    """The English site; built when it is not there."""
    if not DOWNLOADS.exists():
        subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT, check=True)


@pytest.fixture(params=BOOK.budgets, ids=str)
def slug(request) -> str:
    return request.param


@pytest.fixture
def download(slug) -> nbformat.NotebookNode:
    return nbformat.read(DOWNLOADS / f"{slug}.ipynb", as_version=4)


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def no_code(text: str) -> str:
    """The text without its code, in blocks and within lines."""
    text = re.sub(r"^[> ]*(`{3,}).*?^[> ]*\1", "", text, flags=re.M | re.S)
    return re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)


def formulas(text: str) -> list[str]:
    """The formulas of a text, displayed and within lines."""
    return [found[0] for found in re.finditer(r"\$\$.+?\$\$|\$.+?\$", no_code(text), re.S)]


def words(text: str) -> str:
    """The text without code and formulas."""
    return re.sub(r"\$\$.+?\$\$|\$.+?\$", "", no_code(text), flags=re.S)


def leftovers(notebook: nbformat.NotebookNode) -> Counter:
    """How often each kind of markup is left in the texts of a notebook."""
    found = Counter()
    for text in texts(notebook):
        # a directive is a block of code to Markdown, so it is looked for in the whole text
        for kind, pattern in LEFTOVERS.items():
            where = text if kind in {"directive", "label"} else words(text)
            found[kind] += len(re.findall(pattern, where, re.M))
    return +found


def test_every_chapter_has_a_download():
    assert {path.stem for path in DOWNLOADS.glob("*.ipynb")} == set(BOOK.budgets)


def test_the_sources_have_what_is_looked_for():
    """The patterns see the markup where it is: else they would see it nowhere."""
    found = sum((leftovers(chapter.notebook) for chapter in BOOK.chapters.values()), Counter())
    assert {"role", "directive", "target", "label"} <= set(found)
    assert found["role"] > 1000


def test_no_markup_of_the_sources_is_left(download):
    assert leftovers(download) == {}


def test_formulas_need_no_macro_and_no_label(download):
    macro = re.compile(
        rf"\\({'|'.join(MACROS)})(?![A-Za-z])|\\label|\\begin{{(align|gather|equation)\*?}}"
    )
    found = [each for text in texts(download) for each in formulas(text) if macro.search(each)]
    assert found == []


def test_every_formula_is_whole(download):
    """No paragraph or cell has half a formula: a dollar without its partner."""
    for text in texts(download):
        odd = [line for line in no_code(text).split("\n\n") if line.count("$") % 2]
        assert odd == []


def test_the_code_is_that_of_the_page(slug, download):
    here = [cell.source for cell in download.cells if cell.cell_type == "code"]
    assert here == [cell.source for cell in BOOK.chapters[slug].code_cells]


def test_it_is_a_valid_notebook(download):
    nbformat.validate(download)
    assert download.metadata.kernelspec.name == "python3"


def test_it_says_first_how_to_get_helpers(download):
    first = download.cells[0]
    assert first.cell_type == "markdown"
    assert "Do not `pip install helpers`" in first.source
    assert "course.py" in first.source


def test_every_picture_shows_without_svg_and_in_any_theme(download):
    for cell in download.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert not any(kind.startswith("application/papermill") for kind in data)
            if "image/svg+xml" not in data:
                continue
            png = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGBA")
            width, height = png.size
            assert png.getpixel((1, 1)) == png.getpixel((width - 2, height - 2)) == (255,) * 4
            assert png.convert("L").getextrema()[0] < 110, "there is no ink"
            assert "fill: #ffffff" in data["image/svg+xml"].partition("axes_1")[0]
            assert len(output.metadata["image/png"]["alt"]) >= 20


def test_the_downloaded_notebook_runs(tmp_path):
    # nbmake passes over whatever lies in a folder `_build`; a reader has it elsewhere, too.
    shutil.copy(DOWNLOADS / "initialization.ipynb", tmp_path)
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=600", "-q", tmp_path]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
