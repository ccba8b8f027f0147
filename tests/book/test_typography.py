"""Lines do not break inside a measure."""

import importlib.util
from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document

SOURCE = Path(__file__).parents[2] / "book/_ext/typography.py"
SPEC = importlib.util.spec_from_file_location("typography", SOURCE)
typography = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(typography)


@pytest.mark.parametrize(
    ("plain", "joined"),
    [
        ("100 % of it", "100~% of it"),
        (" % of the time", "~% of the time"),  # behind a number of the run
        ("7 ms and 3 GiB", "7~ms and 3~GiB"),
        ("B 3, 1-8 and 1-9", "B~3,~1=8 and 1-9"),
        ("D 5.1, figure 5-5", "D~5.1, figure 5-5"),
        ("4 sentences", "4 sentences"),
        ("not a unit: s", "not a unit: s"),
    ],
)
def test_a_measure_stays_on_one_line(plain, joined):
    assert typography.join(plain).replace("\u00a0", "~").replace("\u2011", "=") == joined


def test_code_and_formulas_stay_as_written():
    document = new_document("page")
    for kind in (nodes.literal, nodes.math):
        document += nodes.paragraph("", "", kind("", "3 % 2"))
    document += nodes.literal_block("", "3 % 2")
    document += nodes.paragraph("", "", nodes.inline("", "3"), nodes.Text(" %"))
    typography.JoinMeasures(document).run()
    texts = [node.astext() for node in document.findall(nodes.TextElement)]
    assert texts.count("3 % 2") == 5  # two of them in a paragraph
    assert texts[-2:] == ["3\u00a0%", "3"]
