"""What builds the course: one module for each command of `course.py`.

door        the commands of `course.py`: what each needs and runs (standard library only)
system      what differs between Linux, macOS and Windows (standard library, old syntax)
install     makes `.venv` (standard library only)
doctor      looks at the machine: does it have what is needed?
check       runs the visible tests of an exercise, in a copy without `grading`
course      where things are, which pages there are, what their notebooks hold
keys        what an executed chapter was made from, as one hash
execute     runs chapters in parallel, measured and cached
worker      runs one notebook in a process of its own
build       execute, then Sphinx
seeds       reruns every claim on other random numbers
screenshot  takes the picture in the README
bench       measures the build against plain Jupyter Book
"""
