"""What builds the course: one module for each command of `course.py`, and what they share.

door           the commands of `course.py`: what each needs and runs (standard library only)
install        makes `.venv` (standard library only)
doctor         looks at the machine: does it have what is needed?
check          runs the visible tests of an exercise, in a copy without `grading`
build          execute, then Sphinx
execute        runs chapters in parallel, measured and cached
worker         runs one notebook in a process of its own
work           the unit in which a chapter's work is counted
seeds          reruns every claim on other random numbers
screenshot     takes the picture in the README
bench          measures the build against plain Jupyter Book
bench_grading  measures grading against nbgrader alone

system         what differs between Linux, macOS and Windows (standard library, old syntax)
book           where things are, which pages there are, what their notebooks hold
keys           what an executed chapter was made from, as one hash
cache          executed notebooks on the disk, and the jupyter-cache that Sphinx reads
command        the frame of every `main`
"""
