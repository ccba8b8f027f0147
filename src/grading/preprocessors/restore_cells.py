"""Put back what a student has deleted."""

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook, SourceCell
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.assignment import grade_id


class RestoreCells(NbGraderPreprocessor):
    """Put graded and locked cells that a submission lacks back into it, before it is graded.

    nbgrader leaves out what was deleted, marks and all; its option `add_missing_cells` fails when
    an answer was deleted together with its test. An answer itself is not put back: a stub must
    not follow, and so undo, an answer that has only lost its metadata.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Complete the notebook `nb`, in place: each cell after the one that precedes it."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(names["notebook"], names["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            answers = {cell.name for cell in notebook.solution_cells}
            position = 0
            for source in notebook.source_cells:
                present = [grade_id(cell) for cell in nb.cells]
                if source.name in present:
                    position = present.index(source.name) + 1
                elif source.name in points or source.name not in answers:
                    self.log.warning("Cell '%s' was deleted: putting it back", source.name)
                    cell = _cell(source, points.get(source.name), source.name in answers)
                    nb.cells.insert(position, cell)
                    position += 1
        return nb, resources


def _cell(source: SourceCell, points: float | None, answer: bool) -> NotebookNode:
    """Make a notebook's cell of the gradebook's."""
    metadata = {
        "checksum": source.checksum,
        "grade": points is not None,
        "grade_id": source.name,
        "locked": source.locked,
        "schema_version": 3,
        "solution": answer,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    make = new_code_cell if source.cell_type == "code" else new_markdown_cell
    return make(source.source, metadata={"nbgrader": metadata})
