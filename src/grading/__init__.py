"""What instructors run, on top of nbgrader: we add to it, we do not fork it.

release        make release: student notebooks from the solutions, and a zip without them
check          make check: one's own copy, graded as a class would be
grade          make grade: a class's submissions to marks and feedback
regrade        make regrade: one item again for everybody, after a test was fixed
status         make status: where grading stands
report         make report: the class in one page
export         make export: marks for Canvas, Moodle, or plain
diff           what changed between two runs

The way of one submission:
intake         bytes become a notebook that can be graded, or a sentence that says why not
execute        runs it in one kernel, with limits
integrity      did the tests run, and were they the ones that decided?
worker         the three together: bytes in, a verdict out, in any process on any machine
pool           processes of this machine, or a Dask cluster
records        the one writer: verdicts into nbgrader's gradebook
ledger         the audit log, and what a run after an interruption still has to do
feedback_page  what the student reads

sandbox        where untrusted notebooks run
kernels        kernels in the sandbox, or plain ones
assignment     an assignment as plain data
settings       due dates, late policy, extensions, limits of one class
marks          marks as they stand, with the roster

course         one course folder, driven through nbgrader's own API
student_copy   the last touch to a student's notebook; has someone worked on it since?
restore        what a student deleted is put back, where nbgrader itself grades
feedback       nbgrader's feedback without hidden tests; why an item lost its points

`grading` never imports `helpers`, and a student's machine needs no `grading`.
"""
