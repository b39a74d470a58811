# Two commands on a fresh machine with Python >= 3.11 and make: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench docs site coverage clean

VENV := .venv
BIN := $(VENV)/bin
NEWEST := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PYTHON ?= $(NEWEST)
# Modules are compiled when they are first imported; most never are.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 10

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "minigrad needs Python 3.11 or newer on the PATH"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make a virtual environment: on Debian and Ubuntu install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.developing: pyproject.toml | $(BIN)/python
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed ## the main job: train on real irises, and see the delta recursion emerge
	@$(BIN)/python examples/delta_recursion.py

test: $(VENV)/.developing ## every claim, checked, on all cores
	@$(BIN)/python -m pytest -n logical --maxprocesses 8 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.developing ## style and types
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

format: $(VENV)/.developing ## put the code in house style
	@$(BIN)/python -m ruff format .
	@$(BIN)/python -m ruff check --fix .

bench: $(VENV)/.developing ## speed as ratios, each measured in one run; writes tests/benchmarks/figures.md
	@$(BIN)/python -m tests.benchmarks

docs: $(VENV)/.developing ## the API reference, from the docstrings, in out/api
	@$(BIN)/python tests/api_reference.py out/api

site: $(VENV)/.developing ## all documents, chapters, pictures and a live page as a folder of static files, out/site
	@$(BIN)/python tests/site/build.py out/site

coverage: $(VENV)/.developing ## the tests, and what they do not reach
	@$(BIN)/python -m coverage run -m pytest
	@$(BIN)/python -m coverage report

clean: ## remove what the commands made
	rm -rf $(VENV) out build *.egg-info .mypy_cache .pytest_cache .ruff_cache
