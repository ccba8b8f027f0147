"""What was handed in becomes a notebook that can be graded, or a sentence that says why not.

Repairable damage is repaired: test and locked cells are taken from the assignment whatever the
student's copies look like; answers are recognized by their nbgrader id or their cell id, and
stand where the assignment has them. What the student wrote besides stays, in its order.
"""

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from grading.assignment import Assignment, Cell
from grading.sandbox.limits import MIB, Limits

MOST_CELLS = 2000
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


class Ungradable(Exception):
    """A submission that nobody can grade; the message tells the student what to do."""


@dataclass
class Intake:
    """A notebook ready to run.

    Attributes:
        notebook: with every cell of the assignment, once and in order.
        repairs: what was put right, in sentences.
        unsure: answers that a person marks and whose cell was not there: what stands in its place
            is ours, and the student's may stand elsewhere.
    """

    notebook: nbformat.NotebookNode
    repairs: list[str] = field(default_factory=list)
    unsure: frozenset[str] = frozenset()


def received(path: Path, within: Path, limits: Limits) -> bytes:
    """Read the notebook that a student has handed in at `path`, below the folder `within`.

    Raises:
        Ungradable: it is not there under its name, is a link, or cannot be read (`read_limited`).
    """
    if any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(within)):
        raise Ungradable("A link was handed in, not a notebook: hand in the file itself.")
    if not os.path.exists(path):  # or it may not be looked at
        folder = path.parent
        others = sorted(other.name for other in folder.iterdir()) if folder.is_dir() else []
        held = f" It holds {encodable(', '.join(others[:5]))}." if others else ""
        raise Ungradable(f"There is no {path.name}.{held} Name your notebook {path.name}.")
    return read_limited(path, limits)


def read_limited(path: Path, limits: Limits) -> bytes:
    """Read a notebook.

    Raises:
        Ungradable: it is not a plain file, too large, or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise Ungradable(f"{path.name} is not a file: hand in the notebook itself.")
        if status.st_size > limits.notebook:
            raise Ungradable(
                f"The notebook is {status.st_size / MIB:.0f} MiB large, the limit is "
                f"{limits.notebook / MIB:.0f} MiB: clear its outputs (Kernel, Restart and Clear "
                "Outputs), save, and hand it in again."
            )
        return path.read_bytes()
    except OSError as error:
        raise Ungradable(
            f"{path.name} could not be read ({error.strerror}): hand it in again."
        ) from None


def encodable(text: str) -> str:
    """Return `text` without halves of characters, which JSON can hold and no file can."""
    return text.encode("utf-8", "replace").decode("utf-8")


def repair(content: bytes, assignment: Assignment) -> Intake:
    """Make the notebook to be graded out of the bytes that were handed in.

    Raises:
        Ungradable: they are not a notebook, or not one of this assignment.
    """
    nb = parse(content)
    if len(nb["cells"]) > MOST_CELLS:
        raise Ungradable(
            f"The notebook has {len(nb['cells'])} cells, at most {MOST_CELLS} are graded: delete "
            "those that do not belong to your answers, and hand it in again."
        )
    repairs: list[str] = []
    cells = [_as_cell(cell) for cell in nb["cells"]]
    owners = _recognize(cells, assignment)
    answers = [cell.name for cell in assignment.cells if cell.answer]
    if not any(name in owners for name in answers):
        raise Ungradable(
            "No answer cell of this assignment was found: its cells were made anew, or it is "
            "another notebook. Copy your answers into a fresh copy of the assignment."
        )
    ordered = _in_order(cells, owners, assignment, repairs)
    notebook = nbformat.v4.new_notebook(cells=ordered, metadata={"kernelspec": dict(KERNELSPEC)})
    notebook.nbformat_minor = 5
    _unique_ids(notebook)
    unsure = {cell.name for cell in assignment.cells if cell.answer and cell.manual} - set(owners)
    return Intake(notebook, repairs, frozenset(unsure))


def parse(content: bytes) -> dict:
    """Return the notebook's data, of format 4, whatever version it was.

    Raises:
        Ungradable: it is not UTF-8, not JSON, or not a notebook.
    """
    again = "Open it in JupyterLab, save it, and hand it in again."
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Ungradable(f"The file is not encoded as UTF-8. {again}") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise Ungradable(
            f"The file is not a notebook: it is broken JSON ({reason}). {again}"
        ) from None
    if isinstance(data, dict) and "worksheets" in data:
        try:
            data = nbformat.convert(nbformat.from_dict(data), 4)
        except Exception:  # noqa: BLE001 (whatever is wrong with a notebook of version 3)
            raise Ungradable(f"The notebook is of an old format and broken. {again}") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise Ungradable(f"The file is JSON, but not a notebook: it has no cells. {again}")
    return data


def _as_cell(raw: object) -> dict:
    """Return a cell's type, text, ids: nothing else of it is trusted."""
    raw = raw if isinstance(raw, dict) else {}
    source = raw.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    metadata = raw.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return {
        "kind": raw.get("cell_type") if raw.get("cell_type") in ("code", "markdown") else "raw",
        "source": encodable(source) if isinstance(source, str) else "",
        "grade_id": name if isinstance(name, str) else None,
        "id": raw.get("id") if isinstance(raw.get("id"), str) else None,
    }


def _recognize(cells: list[dict], assignment: Assignment) -> dict[str, int]:
    """Return which of the student's cells is which of the assignment's: name -> index.

    By grade_id first, then by the cell's id. Of several with one name, an answer is the last that
    is more than the stub: who copies a cell goes on in the copy, which stands below.
    """
    owners: dict[str, int] = {}
    for wanted in assignment.cells:
        for key in ("grade_id", "id"):
            copies = [i for i, cell in enumerate(cells) if cell[key] == wanted.name]
            copies = [i for i in copies if i not in owners.values()]
            if copies:
                written = [i for i in copies if cells[i]["source"].strip() != wanted.shown.strip()]
                owners[wanted.name] = written[-1] if wanted.answer and written else copies[0]
                break
    return owners


def _in_order(
    cells: list[dict], owners: dict[str, int], assignment: Assignment, repairs: list[str]
) -> list[nbformat.NotebookNode]:
    """Return the assignment's cells in its order, the student's own ones after their neighbours."""
    names = {index: name for name, index in owners.items()}
    known = {cell.name for cell in assignment.cells}
    followers: dict[str, list[dict]] = {"": []}
    after, order = "", []
    for index, cell in enumerate(cells):
        if index in names:
            after = names[index]
            order.append(after)
            followers[after] = []
        elif (cell["grade_id"] or cell["id"]) in known and not _is_answer(cell, assignment):
            repairs.append(
                f"a second copy of the cell {cell['grade_id'] or cell['id']} was left out"
            )
        else:
            name = cell["grade_id"] or cell["id"]
            if name in known and cell["source"].strip():
                repairs.append(f"of several cells {name} the last one with an answer was taken")
            followers[after].append(cell)
    wanted = [cell.name for cell in assignment.cells]
    if order != [name for name in wanted if name in owners]:
        repairs.append("the cells were put back into the assignment's order")
    result = [_own(cell) for cell in followers[""]]
    for cell in assignment.cells:
        mine = cells[owners[cell.name]] if cell.name in owners else None
        if (made := _assigned(cell, mine, repairs)) is not None:
            result.append(made)
        result += [_own(extra) for extra in followers.get(cell.name, [])]
    return result


def _is_answer(cell: dict, assignment: Assignment) -> bool:
    """Whether a copy may hold what the student wrote."""
    name = cell["grade_id"] or cell["id"]
    return any(wanted.name == name and wanted.answer for wanted in assignment.cells)


def _assigned(cell: Cell, mine: dict | None, repairs: list[str]) -> nbformat.NotebookNode | None:
    """Return one cell of the assignment, with the student's answer if it is one."""
    if mine is None:
        repairs.append(f"the cell {cell.name} had been deleted: it was put back")
        if cell.answer and not cell.manual:
            return None  # a stub must not undo an answer that stands elsewhere under no name
        return _new(cell, cell.source)
    if cell.answer:
        if mine["kind"] != cell.kind:
            repairs.append(f"the cell {cell.name} is a {cell.kind} cell again")
        return _new(cell, mine["source"])
    if mine["source"].strip() != cell.shown.strip():
        repairs.append(f"the cell {cell.name} had been changed: the original was used")
    return _new(cell, cell.source)


def _new(cell: Cell, source: str) -> nbformat.NotebookNode:
    make = new_code_cell if cell.kind == "code" else new_markdown_cell
    return make(source, id=cell.name, metadata={"nbgrader": dict(cell.metadata)})


def _own(cell: dict) -> nbformat.NotebookNode:
    if cell["kind"] == "code":
        return new_code_cell(cell["source"])
    return new_markdown_cell(cell["source"])


def _unique_ids(nb: nbformat.NotebookNode) -> None:
    for index, cell in enumerate(nb.cells):
        if "nbgrader" not in cell.metadata:
            cell["id"] = f"own-{index}"
