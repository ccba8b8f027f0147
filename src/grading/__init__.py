"""What instructors run, on top of nbgrader: we add to it, we do not fork it.

release       make release: student notebooks from the solutions, and a zip without them
check         make check: one's own copy, graded as a class would be
grade         make grade: a class's submissions to marks and feedback

course        one course folder, driven through nbgrader's own API
student_copy  the last touch to a student's notebook; has someone worked on it since?
restore       what a student deleted is put back before grading
feedback      feedback that shows no hidden test; why an item lost its points

`grading` never imports `helpers`, and a student's machine needs no `grading`.
"""
