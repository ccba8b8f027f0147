# The front door. `make` alone lists what there is.

PYTHON ?= python3
PORT ?= 8000
SEEDS ?= 1 2 3
WORKERS ?= 2
VENV = .venv/bin
RUN = $(VENV)/python -m
# JupyterLab asks nobody outside for news
QUIET = --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate
PYTEST = OMP_NUM_THREADS=1 $(RUN) pytest -n $(WORKERS)

.PHONY: help install book test lint lab serve check release grade regrade status report export \
  assignment seeds bench catalogue clean

help:
	@echo 'make book                        install, execute every chapter, build the site'
	@echo 'make test                        check everything'
	@echo 'make lab                         JupyterLab at the exercises'
	@echo 'make serve                       the built site on localhost (PORT=$(PORT))'
	@echo 'make check EXERCISE=slug         grade your own exercise: points and messages'
	@echo 'make release                     regenerate exercises/, pack what students get'
	@echo 'make grade ASSIGNMENT=slug       grade what is in grading/submitted/'
	@echo 'make regrade ASSIGNMENT=slug ITEM=name   after fixing a test: whose marks change, and why'
	@echo 'make status                      where grading stands'
	@echo 'make report ASSIGNMENT=slug      the class in one page'
	@echo 'make export ASSIGNMENT=slug FORMAT=canvas   marks for Canvas, Moodle, or plain'
	@echo 'make seeds SEEDS="1 2 3"         rerun every claim on other random numbers'
	@echo 'make bench                       time the build, the exercises, the imports'
	@echo 'make catalogue                   bring book/locales in step with the English text'
	@echo 'make clean                       delete _build'
	@echo 'PYTHON=python3.12 make ...       choose the Python that .venv is made with'

install:
	@command -v $(PYTHON) >/dev/null || { \
	  echo 'error: there is no $(PYTHON) here; install Python 3.11, 3.12 or 3.13.' >&2; exit 1; }
	@$(PYTHON) tools/install.py

book: install
	@$(RUN) tools.build

# What is fast fails first; then everything that needs the built book, and every exercise. The build
# has just run the chapters, as they are downloaded.
test: lint
	@$(PYTEST) -m 'not slow' tests $(PYTEST_ARGS)
	@$(RUN) tools.build
	@$(PYTEST) -m slow --dist loadfile --nbmake --nbmake-timeout=600 \
	  tests $(wildcard solutions/*/*.ipynb) $(PYTEST_ARGS)

lint: install
	@$(VENV)/ruff check
	@$(VENV)/ruff format --check

lab: install
	@$(VENV)/jupyter lab --ServerApp.root_dir=exercises $(QUIET) $(LAB_ARGS)

serve: book
	@echo 'http://localhost:$(PORT)/en/ (Ctrl-C stops it)'
	@$(RUN) http.server $(PORT) --bind 127.0.0.1 --directory _build/html

check: install
	@test -n '$(EXERCISE)' || { \
	  echo 'Say which exercise: make check EXERCISE=initialization' >&2; \
	  echo "There are: $$(cd exercises && echo *)" >&2; exit 2; }
	@$(RUN) grading.check '$(EXERCISE)'

release: install
	@$(RUN) grading.release

grade: install assignment
	@$(RUN) grading.grade '$(ASSIGNMENT)' $(GRADE_ARGS)

regrade: install assignment
	@test -n '$(ITEM)' || { echo 'Say which item: make regrade ... ITEM=gain-gelu' >&2; exit 2; }
	@$(RUN) grading.regrade '$(ASSIGNMENT)' --item '$(ITEM)' $(GRADE_ARGS)

status: install
	@$(RUN) grading.status $(ASSIGNMENT)

report: install assignment
	@$(RUN) grading.report '$(ASSIGNMENT)'

export: install assignment
	@$(RUN) grading.export '$(ASSIGNMENT)' --format '$(FORMAT)'

assignment:
	@test -n '$(ASSIGNMENT)' || { \
	  echo 'Say which assignment: make grade ASSIGNMENT=initialization' >&2; \
	  echo "There are: $$(cd solutions && echo *)" >&2; exit 2; }

seeds: install
	@$(RUN) tools.seeds $(SEEDS) $(if $(CHAPTER),--chapter $(CHAPTER)) $(if $(THREADS),--threads $(THREADS))

bench: install
	@$(RUN) tools.bench
	@$(RUN) tools.bench_grading

catalogue: install
	@$(RUN) tools.build --catalogue

clean:
	rm -rf _build
