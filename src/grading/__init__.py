"""What instructors run, on top of nbgrader: we add to it, we do not fork it.

release        student notebooks from the solutions, and a zip without them
check          one's own copy, graded as a class would be
grade          a class's submissions to marks and feedback
regrade        one item again for everybody, after a test was fixed
status         where grading stands
report         the class in one page
export         marks for Canvas, Moodle, or plain
diff           what changed between two runs
command        the frame of all these: errors, Ctrl-C

The way of one submission, for `check` and `grade` alike; nothing in it needs nbgrader:
submission     bytes in, a verdict out, in any process on any machine
intake         bytes become a notebook that can be graded, or a sentence that says why not
notebook_run   runs it in one kernel, with limits
inside         what runs in that kernel, beside the notebook
integrity      did the tests run, and were they the ones that decided?
verdict        the outcome: a status, and points and a message for each item
kernels        kernels in the sandbox, or plain ones
sandbox        where untrusted notebooks run
assignment     an assignment as plain data
settings       due dates, late policy, extensions, limits of one class
errors         what the person at the keyboard can put right

The class around it:
course         one course folder, driven through nbgrader's own API
submitted      whose notebook lies where, and what in that folder is something else
pool           processes of this machine, or a Dask cluster
records        the one writer: verdicts into nbgrader's gradebook
ledger         the audit log, and what a run after an interruption still has to do
marks          marks as they stand, with the roster
feedback_page  what the student reads
pages          the HTML pages of `feedback_page` and `report`: templates/, filled in
hidden         what gives a hidden test away
files          files that are there whole or not at all; one process at a time
preprocessors  what `nbgrader_config.py` names: our steps in nbgrader's conversions

`grading` never imports `helpers`, and a student's machine needs no `grading`.
"""
