"""What builds the course: one module a command of the Makefile.

install     makes `.venv` (standard library only)
course      where things are, which pages there are, what their notebooks hold
keys        what an executed chapter was made from, as one hash
execute     runs chapters in parallel, measured and cached
worker      runs one notebook in a process of its own
build       execute, then Sphinx
seeds       reruns every claim on other random numbers
screenshot  takes the picture in the README
bench       measures the build against plain Jupyter Book
"""
