# The same commands for those who like `make`: each is `python course.py ...`, where they live.

PYTHON ?= python3
COURSE = $(if $(shell command -v $(PYTHON) 2>/dev/null),$(PYTHON) course.py,$(error there is no \
  $(PYTHON) here; install Python 3.11, 3.12 or 3.13))

.PHONY: help install book test test-fast lint lab serve check release grade regrade status report \
  export seeds bench accelerator catalogue doctor clean

help:         ; @$(COURSE)
install:      ; @$(COURSE) install
book:         ; @$(COURSE) book $(if $(CHAPTER),--chapter '$(CHAPTER)')
test:         ; @$(COURSE) test $(PYTEST_ARGS)
test-fast:    ; @$(COURSE) test-fast $(PYTEST_ARGS)
lint:         ; @$(COURSE) lint
lab:          ; @$(COURSE) lab $(LAB_ARGS)
serve:        ; @$(COURSE) serve $(if $(PORT),--port '$(PORT)')
check:        ; @$(COURSE) check '$(EXERCISE)'
release:      ; @$(COURSE) release
grade:        ; @$(COURSE) grade '$(ASSIGNMENT)' $(GRADE_ARGS)
regrade:      ; @$(COURSE) regrade '$(ASSIGNMENT)' $(if $(ITEM),--item '$(ITEM)') $(GRADE_ARGS)
status:       ; @$(COURSE) status '$(ASSIGNMENT)'
report:       ; @$(COURSE) report '$(ASSIGNMENT)'
export:       ; @$(COURSE) export '$(ASSIGNMENT)' $(if $(FORMAT),--format '$(FORMAT)')
seeds:        ; @$(COURSE) seeds $(SEEDS) $(if $(CHAPTER),--chapter '$(CHAPTER)') $(if $(THREADS),--threads '$(THREADS)')
bench:        ; @$(COURSE) bench
accelerator:  ; @$(COURSE) accelerator
catalogue:    ; @$(COURSE) catalogue
doctor:       ; @$(COURSE) doctor
clean:        ; @$(COURSE) clean
