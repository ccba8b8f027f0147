"""What every chapter must have, read from its source."""

import json
import re
from pathlib import Path

import jupytext
import pytest

from tools.book import Book

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
ENDING = ["What we know now", "The exercise", "Further reading"]


BUDGETS = Book(ROOT).budgets
CHAPTERS = [BOOK / f"{slug}.md" for slug in sorted(BUDGETS)]


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request) -> Path:
    return request.param


@pytest.fixture
def text(chapter) -> str:
    """The prose: the source without its code cells."""
    source = chapter.read_text("utf-8")
    return re.sub(r"^```\{code-cell\}.*?^```$", "", source, flags=re.M | re.S)


@pytest.fixture
def code_cells(chapter) -> list[dict]:
    cells = jupytext.read(chapter).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def test_there_are_chapters():
    assert CHAPTERS


def test_its_budget_is_at_most_two_minutes(chapter):
    assert BUDGETS[chapter.stem] <= 120


def test_a_question_and_the_card_come_first(chapter, text):
    _front, _title, opening = text.partition("\n# ")
    opening = opening.partition("\n## ")[0]
    question, card, _rest = opening.partition("```{chapter-card}")
    assert card, "there is no chapter-card before the first section"
    assert "?" in question, "the paragraph above the card asks no question"


def test_it_has_three_to_five_questions_with_folded_answers(text):
    questions = re.findall(r"^:{3,}\{dropdown\} Check yourself: (.+)$", text, re.M)
    assert 3 <= len(questions) <= 5
    assert all(question.rstrip().endswith(("?", ".")) for question in questions)


def test_it_ends_as_every_chapter_does(text):
    headings = re.findall(r"^## (.+)$", text, re.M)
    assert headings[-3:] == ENDING
    for heading in ENDING:
        section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        assert len(section.split()) >= 10, f"the section {heading!r} says nothing"


def test_headings_skip_no_level(text):
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_figure_is_described(code_cells):
    for cell in code_cells:
        looks = cell.metadata.get("mystnb", {})
        if "figure" in looks:
            alt = looks.get("image", {}).get("alt", "")
            caption = looks["figure"].get("caption", "")
            assert len(alt) >= 20, f"figure {looks['figure'].get('name')} has no alt text"
            assert alt != caption, f"figure {looks['figure'].get('name')}: alt repeats the caption"


def test_every_figure_has_a_name_that_the_text_uses(code_cells, text):
    for cell in code_cells:
        name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
        if name:
            assert f"`{name}`" in text or f"<{name}>" in text, f"nobody refers to {name}"


def test_claims_are_written_so_that_they_can_be_counted(code_cells):
    for cell in code_cells:
        anywhere = len(re.findall(r"(?<![\w.])claim\(", cell.source))
        at_line_start = len(re.findall(r"^claim\(", cell.source, re.M))
        assert anywhere == at_line_start, f"a claim is not at the start of a line:\n{cell.source}"


def test_what_is_glued_is_shown(code_cells, text):
    source = "\n".join(cell.source for cell in code_cells)
    glued = set(re.findall(r"\bglue\(\s*\"([^\"]+)\",", source))
    shown = set(re.findall(r"\{glue:\w*\}`([^`:]+)", text))
    assert glued <= shown, f"glued but not shown: {sorted(glued - shown)}"


def test_no_notebook_with_outputs_is_kept():
    assert not list(BOOK.rglob("*.ipynb"))


def test_its_exercise_exists(chapter):
    exercise = ROOT / "exercises" / chapter.stem / f"{chapter.stem}.ipynb"
    assert json.loads(exercise.read_text("utf-8"))["nbformat"] == 4
