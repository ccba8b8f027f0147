"""The download of a page, from a small site that Sphinx builds: no kernel runs."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from _ext.download import add_png, compose
from _ext.markdown import CodeCell
from PIL import Image
from sphinx.errors import ExtensionError

ROOT = Path(__file__).parents[2]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96pt" height="48pt" viewBox="0 0 96 48">'
    '<rect x="40" y="20" width="16" height="8" fill="#0072B2"/></svg>'
)
CONF = """
import sys
sys.path.insert(0, {book!r})
project, html_title = "small", "A small course"
extensions = ["myst_nb", "sphinx_design", "sphinxcontrib.bibtex", "_ext"]
nitpicky = numfig = math_numfig = True
numfig_secnum_depth = 1
numfig_format = {{"figure": "Figure %s"}}
math_eqref_format = "Equation {{number}}"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"
mathjax3_config = {{"tex": {{"macros": {{"h": r"\\mathbf{{h}}"}}}}}}
nb_execution_mode = "off"
nb_mime_priority_overrides = [["*", "application/vnd.course.claim+json", 0]]
course_executed = "executed"
exclude_patterns = ["executed", "site", "doctrees"]
"""
PAGES = {
    "index.md": "# Front\n\n```{toctree}\n:numbered: 1\nother\nchapter\nglossary\n```\n",
    "other.md": "(there)=\n# The other chapter\n\n(deep)=\n## Deep inside\n",
    "glossary.md": "# Words\n\n```{glossary}\ngradient\n  A slope.\n```\n\n"
    "```{bibliography}\n```\n",
    "references.bib": "@article{he2015, author={He, K. and Li, A. and Po, B.}, title={Nets},"
    " journal={J}, year={2015}, url={https://example.org/he_2015}}\n"
    "@article{lu1990, author={Lu, C.}, title={Uncited}, journal={J}, year={1990}}\n",
}
# what a Markdown cell of the source says, and what that of the download says
CASES = [
    ("# The chapter", "# 2. The chapter"),
    ("{glue:text}`loss` and {glue:text}`share:.1f` %", "0.12 and 45.7\u00a0%"),
    ("| a |\n|---|\n| {glue:text}`loss` |", "| a |\n| --- |\n| 0.12 |"),
    (
        ":::{admonition} Box\n*{glue:text}`loss`* {term}`gradient`\n:::",
        "> **Box**\n>\n> *{glue:text}`loss`* gradient".replace("{glue:text}`loss`", "0.12"),
    ),
    ("falls {cite:p}`he2015`, says {cite:t}`he2015`", None),
    ("the {term}`gradient`, {term}`gradients <gradient>`", "the gradient, gradients"),
    ("see {numref}`fig-a`", "see Figure 2.1"),
    ("see {doc}`other`, {ref}`there`, {ref}`deep`", None),
    ("$$\n\\h = 1\n$$ (eq-one)", "$$\n\\mathbf{h} = 1\n\\tag{2.1}\n$$"),
    ("by {eq}`eq-one`", "by Equation 2.1"),
    ("code `{term}` and $\\{x\\}$", "code `{term}` and $\\{x\\}$"),
    ("(mark)=\n## Section\n\n% nobody sees this\n\n<!-- nor this -->\n\nend", "## Section\n\nend"),
    (
        "::::{dropdown} Check yourself: *why* $\\h$?\nBecause.\n\n:::{note}\nof {term}`gradient`\n"
        ":::\n::::",
        "**Check yourself: *why* $\\mathbf{h}$?**\n\n<details>\n<summary>Answer</summary>\n\n"
        "Because.\n\n> **Note**\n>\n> of gradient\n\n</details>",
    ),
    (
        "```{chapter-card}\n:minutes: 5\n:needs: {doc}`other`\n:mirrors: A 1\n\nGoals.\n```",
        "> **To read:** about 5 minutes · **Needs:** *The other chapter* · "
        "**In the lecture notes:** A\u00a01\n>\n> Goals.",
    ),
]
UNLINKED = {
    4: "falls [He *et al.*, 2015], says He *et al.* [2015]",
    7: "see *The other chapter*, *The other chapter*, Deep inside",
}
SITE = "https://example.org/course/en/"
LINKED = {
    4: f"falls [[He *et al.*, 2015]({SITE}glossary.html#id2)], "
    f"says He *et al.* [[2015]({SITE}glossary.html#id2)]",
    5: f"the [gradient]({SITE}glossary.html#term-gradient), "
    f"[gradients]({SITE}glossary.html#term-gradient)",
    7: f"see [The other chapter]({SITE}other.html), [The other chapter]({SITE}other.html#there), "
    f"[Deep inside]({SITE}other.html#deep)",
}


def figure_cell() -> dict:
    looks = {"figure": {"name": "fig-a", "caption": "A $\\h$."}, "image": {"alt": "A blue bar."}}
    output = nbformat.v4.new_output("display_data", {"image/svg+xml": SVG, "text/plain": "<F>"})
    metadata = {"mystnb": looks, "tags": ["hide-input"]}
    return nbformat.v4.new_code_cell("draw()", metadata=metadata, outputs=[output])


def glue_cell() -> dict:
    values = {"loss": "0.12", "share": "45.678"}
    outputs = [
        nbformat.v4.new_output(
            "display_data",
            {"application/papermill.record/text/plain": value},
            metadata={"scrapbook": {"name": name, "mime_prefix": "application/papermill.record/"}},
        )
        for name, value in values.items()
    ]
    return nbformat.v4.new_code_cell("glue()", outputs=outputs)


def build(folder: Path, *options: str) -> dict:
    """Write the small site's sources, build it; the download of its chapter."""
    cells = [nbformat.v4.new_markdown_cell(source) for source, _plain in CASES]
    spread = [each for cell in cells for each in (cell, nbformat.v4.new_code_cell("pass"))]
    removed = nbformat.v4.new_code_cell("setup()", metadata={"tags": ["remove-cell"]})
    notebook = nbformat.v4.new_notebook(cells=[*spread, glue_cell(), figure_cell(), removed])
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    (folder / "executed").mkdir(parents=True)
    for place in (folder, folder / "executed"):
        nbformat.write(notebook, place / "chapter.ipynb")
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    (folder / "conf.py").write_text(CONF.format(book=str(ROOT / "book")), "utf-8")
    site = folder / "site"
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-qW",
        "--keep-going",
        "-d",
        folder / "doctrees",
        *options,
        folder,
        site,
    ]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return nbformat.read(site / "_downloads" / "chapter.ipynb", as_version=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def download(folder) -> dict:
    return build(folder)


@pytest.fixture(scope="module")
def linked(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("linked")
    return build(folder, "-D", "html_baseurl=https://example.org/course")


def texts(notebook: dict) -> list[str]:
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


@pytest.mark.parametrize("place", range(len(CASES)), ids=[source for source, _plain in CASES])
def test_markup_becomes_what_the_site_says(download, place):
    expected = UNLINKED.get(place) or CASES[place][1]
    assert texts(download)[place + 1] == expected


@pytest.mark.parametrize("place", LINKED, ids=[CASES[place][0] for place in LINKED])
def test_references_lead_to_the_site_where_it_has_an_address(linked, place):
    assert texts(linked)[place + 1] == LINKED[place]


def test_it_says_first_how_to_run_it(download, linked):
    first = texts(download)[0]
    assert download["cells"][0]["source"] == first
    assert "*A small course*" in first
    assert "Do not `pip install helpers`" in first
    assert SITE not in first
    assert f"]({SITE}chapter.html)" in texts(linked)[0]


def test_it_lists_what_it_cites_and_nothing_else(download):
    last = texts(download)[-1]
    last = last.replace("\u00a0", " ")
    assert last.startswith("## References\n\n- K. He, A. Li, and B. Po. Nets. *J*, 2015.")
    assert "https://example.org/he_2015" in last
    assert "Uncited" not in last


def test_the_caption_is_under_the_figure(download):
    cells = download["cells"]
    (place,) = [k for k, cell in enumerate(cells) if cell["source"] == "draw()"]
    assert cells[place + 1]["source"].startswith("**Figure 2.1.** A $\\mathbf{h}$.")


def test_the_code_is_that_of_the_run(folder, download):
    run = nbformat.read(folder / "executed" / "chapter.ipynb", as_version=4)
    codes = [
        [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for notebook in (run, download)
    ]
    assert codes[0] == codes[1]
    assert "setup()" in codes[1], "the page leaves it out, the notebook needs it"


def test_it_is_a_valid_notebook_that_keeps_its_hidden_cells_hidden(download):
    nbformat.validate(download)
    assert download["metadata"]["kernelspec"]["name"] == "python3"
    (drawn,) = [cell for cell in download["cells"] if cell["source"] == "draw()"]
    assert drawn["metadata"] == {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    (glued,) = [cell for cell in download["cells"] if cell["source"] == "glue()"]
    assert glued["outputs"] == []


def test_a_plot_has_a_png_that_any_theme_shows(download):
    (drawn,) = [cell for cell in download["cells"] if cell["source"] == "draw()"]
    (output,) = drawn["outputs"]
    assert output["data"]["image/svg+xml"] == SVG
    picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"]))).convert("RGBA")
    assert picture.size == (192, 96)  # 96 x 48 points at 144 dots per inch
    assert picture.getpixel((1, 1)) == (255, 255, 255, 255)
    assert picture.getpixel((96, 48)) == (0x00, 0x72, 0xB2, 255)
    assert output["metadata"]["image/png"] == {"width": 128, "alt": "A blue bar."}


def test_the_site_does_not_show_the_png(folder, download):
    page = (folder / "site" / "chapter.html").read_text("utf-8")
    assert "image/png" not in page and ".svg" in page
    assert 'href="_downloads/chapter.ipynb"' in page and 'download=""' in page
    assert not list((folder / "site" / "_images").glob("*.png"))


def test_a_page_with_other_code_than_its_run_is_an_error():
    run = {"cells": [glue_cell()], "metadata": {}}
    with pytest.raises(ExtensionError, match="cell 1 of the page"):
        compose(run, [CodeCell(1)])


def test_a_picture_that_is_no_svg_is_an_error():
    output = {"data": {"image/svg+xml": "<svg"}, "metadata": {}}
    with pytest.raises(ValueError):
        add_png(output, "")
