"""The text can be taken out for translation without running a chapter."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BUILD = """
import sys
from jupyter_book.sphinx import build_sphinx
out = sys.argv[1]
status = build_sphinx(
    "book", f"{out}/gettext", doctreedir=f"{out}/doctrees",
    noconfig=True, path_config="_config.yml",
    confoverrides={
        "nb_execution_mode": "off", "course_executed": f"{out}/nothing",
        "latex_individualpages": False,
    },
    builder="gettext", freshenv=True, quiet=True,
)
sys.exit(0 if status == 0 else 1)
"""


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("catalogues")
    run = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return out / "gettext"


@pytest.mark.slow
def test_every_page_has_a_catalogue(catalogues):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    pages = {toc["root"], *(each["file"] for part in toc["parts"] for each in part["chapters"])}
    assert pages <= {path.stem for path in catalogues.glob("*.pot")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "sentence",
    [
        "Where training starts",  # a title
        "matrix products, the chain rule",  # an option of the card
        "You will be able to say",  # the body of the card
        "Check yourself:",  # a folded question
    ],
)
def test_the_chapter_is_in_its_catalogue(catalogues, sentence):
    pot = (catalogues / "initialization.pot").read_text("utf-8").replace('"\n"', "")
    assert sentence in pot


@pytest.mark.slow
def test_no_code_is_in_a_catalogue(catalogues):
    for path in catalogues.glob("*.pot"):
        assert "import torch" not in path.read_text("utf-8"), path.name
