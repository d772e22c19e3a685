# Two commands are all one needs: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$one && break; done)
PROFILE ?= zhejiang
DEMO_HOME ?=
PORT ?= 8000
WORKERS ?= 2
ARGS ?=
PIP_INSTALL := $(BIN)/python -m pip --quiet --disable-pip-version-check install
COMPILE = $(BIN)/pip-compile --quiet --strip-extras --no-annotate --no-header --no-emit-options \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade)

.PHONY: help
help:  ## list what make can do
	@awk 'BEGIN {FS = ":.*?## "} /^[a-z-]+:.*?## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || \
		{ echo "No virtual environment could be made. On Debian: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: $(BIN)/python requirements/lock.txt setup.cfg pyproject.toml
	$(PIP_INSTALL) -r requirements/lock.txt
	$(PIP_INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements/test.txt
	$(PIP_INSTALL) -r requirements/test.txt
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed requirements/docs.txt
	$(PIP_INSTALL) -r requirements/docs.txt
	@touch $@

.PHONY: demo
demo: $(VENV)/.installed  ## run with demonstration data on 127.0.0.1:8000; PROFILE=shenzhen chooses the rules
	@exec $(BIN)/haochaping demo --profile "$(PROFILE)" --port "$(PORT)" $(if $(DEMO_HOME),--home "$(DEMO_HOME)")

.PHONY: test
test: packages lint pytest  ## all checks and all tests but the long ones

.PHONY: test-all
test-all: MARKS :=
test-all: packages lint $(VENV)/.installed-docs pytest  ## the same with the sweeps that take minutes

.PHONY: lint
lint: $(VENV)/.installed-test  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

MARKS := not long
# In memory where there is room for it: the tests make some thousand databases
MEMORY := $(shell [ -w /dev/shm ] && [ "$$(df --output=avail -k /dev/shm | tail -n 1)" -gt 4000000 ] && echo /dev/shm)
pytest: export TMPDIR := $(or $(TMPDIR),$(MEMORY),/tmp)
.PHONY: pytest
pytest: $(VENV)/.installed-test  ## the tests alone; ARGS="tests/plugins -x" chooses
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "$(MARKS)" $(ARGS)
	@$(BIN)/coverage combine --quiet
	@mkdir -p var
	@$(BIN)/coverage report > var/coverage.txt
	@tail -n 1 var/coverage.txt

.PHONY: packages
packages:
	@.ci/packages

.PHONY: bundle
bundle: $(VENV)/.installed  ## everything an installation without the internet needs, in dist/bundle
	@$(BIN)/python deploy/bundle.py

.PHONY: bench
bench: $(VENV)/.installed-test  ## measure; each figure beside its baseline
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

.PHONY: docs
docs: $(VENV)/.installed  ## write the pages that are made from the code
	@$(BIN)/python docs/generate.py

.PHONY: site
site: $(VENV)/.installed-docs  ## build the documents as a site in dist/site; a warning is an error
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs dist/site

.PHONY: changelog
changelog: $(VENV)/.installed-docs  ## show what changes/ holds; VERSION=0.2 writes it to CHANGELOG.md
	@$(BIN)/towncrier build $(if $(VERSION),--yes --version "$(VERSION)",--draft --version Unreleased)

.PHONY: lock
lock: $(VENV)/.installed-test  ## pin what setup.cfg asks for; UPGRADE=1 takes newer versions
	$(PIP_INSTALL) pip-tools
	$(COMPILE) --output-file requirements/lock.txt setup.cfg
	$(COMPILE) --allow-unsafe --extra test --constraint requirements/lock.txt --output-file requirements/test.txt setup.cfg
	$(COMPILE) --allow-unsafe --extra docs --constraint requirements/lock.txt --output-file requirements/docs.txt setup.cfg
	@sed -i '1i # Pinned by `make lock` from setup.cfg.' requirements/lock.txt requirements/test.txt requirements/docs.txt

.PHONY: clean
clean:  ## remove what was built and measured; the demonstration in var/demo stays
	rm -rf build dist core/*.egg-info .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache var/screenshots var/coverage.txt
	find core plugins tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
