"""nbgrader's configuration; the course root is this folder.

solutions/  what instructors write    exercises/  what students get, generated from it
grading/    everything of one class (submissions, marks, feedback): private, ignored by git

Plain `nbgrader` commands read this file, and so do course.py's `release`, `check`, `grade`, `lab`.
Preprocessors are given by name, so that a student's JupyterLab, which reads this file when
someone presses Validate, need not have the `grading` package.
"""

import os
import sys
from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException

c = get_config()  # noqa: F821 (traitlets provides it)

root = Path(__file__).resolve().parent
(root / "grading").mkdir(exist_ok=True)  # SQLite creates the gradebook, but not its folder
# nbgrader calls `alembic` by name to make the gradebook: find it without an activated .venv.
scripts = str(Path(sys.executable).parent)
if scripts not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])

c.CourseDirectory.root = str(root)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
c.CourseDirectory.solution_directory = "grading/solution"
c.CourseDirectory.source_with_tests_directory = "grading/source_with_tests"
c.CourseDirectory.db_url = f"sqlite:///{root / 'grading' / 'gradebook.db'}"
# Formgrader shows what students wrote in the instructor's browser: none of it may be a script,
# neither in outputs nor in text.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.preprocessors = ["nbconvert.preprocessors.sanitize.SanitizeHTML"]
# Points as they are in the gradebook. What a student has, statuses and lateness included, is in
# grades.csv, which `course.py grade` and `export` write: nothing of nbgrader's overwrites that.
c.CsvExportPlugin.to = str(root / "grading" / "nbgrader-grades.csv")

# A whole exercise runs in 20 s; a cell that needs more than this is an endless loop.
c.Execute.timeout = 90
c.Execute.extra_arguments = ["--log-level=ERROR"]  # of a kernel, its warnings help nobody here

c.ClearSolutions.code_stub = {
    "python": "# YOUR CODE HERE\n"
    'raise NotImplementedError("Your code goes here: replace these two lines.")'
}

c.GenerateAssignment.preprocessors = [
    *GenerateAssignment().preprocessors,
    "grading.preprocessors.student_copy.StudentCopy",
]


def refuse(converter):
    """Stand in for the steps of nbgrader's that would run a submission as the instructor.

    They would also overwrite what the sandboxed grader has found, a tampered notebook's verdict
    too. Formgrader's buttons and nbgrader's commands come here and say what to type instead.
    """
    message = (
        "Nothing was run: this course grades in a sandbox, and nbgrader does not. In the course's "
        f"folder, type: python course.py grade {converter.coursedir.assignment_id}"
    )
    converter.log.error(message)
    raise NbGraderException(message)


Autograde.start = GenerateFeedback.start = refuse
