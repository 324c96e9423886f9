# Each target is one command on a fresh machine: it makes the environment first, and only what that target needs.
PY ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

CATALOGUES := $(wildcard feedbackloop/translations/*/LC_MESSAGES/*.po)
COMPILED := $(CATALOGUES:.po=.mo)

# uv does in seconds what pip does in half a minute; both check the same hashes.
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
INSTALL = VIRTUAL_ENV= $(UV) pip install --quiet --python $(BIN)/python
else
INSTALL = $(PY) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore
endif

.PHONY: help
help:
	@echo 'make run [PORT=5000]  the product with sample data, on this machine'
	@echo 'make test             the whole test suite'
	@echo 'make lint             ruff and mypy'
	@echo 'make i18n             bring the translation catalogues up to date with the sources'

.PHONY: run
run: .venv/.run $(COMPILED)
	@$(BIN)/feedbackloop db upgrade
	@$(BIN)/feedbackloop sample-data load
	@exec $(BIN)/feedbackloop up $(if $(PORT),--port $(PORT))

.PHONY: test
test: .venv/.test $(COMPILED)
	$(BIN)/python -m pytest -n auto --dist loadgroup $(ARGS)

.PHONY: lint
lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The template comes first, then every language; what no source says any more is dropped.
.PHONY: i18n
i18n: .venv/.test
	$(BIN)/pybabel -q extract -F babel.cfg --no-location --sort-output --omit-header -o feedbackloop/translations/messages.pot .
	$(BIN)/pybabel -q update -i feedbackloop/translations/messages.pot -d feedbackloop/translations --ignore-obsolete --no-fuzzy-matching --omit-header
	rm feedbackloop/translations/messages.pot
	$(BIN)/python hatch_build.py

.venv/.python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "feedbackloop needs Python 3.11 or newer, and '$(PY)' is not that: name another with make PY=python3.12" >&2; exit 2; }
	@$(PY) -m venv --without-pip --clear .venv
	@touch $@

.venv/.run: requirements.txt pyproject.toml hatch_build.py | .venv/.python
	@echo 'Installing what feedbackloop needs into .venv (once; up to a minute)'
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements-test.txt .venv/.run
	@echo 'Installing the test tools into .venv (once; up to a minute)'
	@$(INSTALL) --require-hashes -r requirements-test.txt
	@touch $@

%.mo: %.po | .venv/.run
	@$(BIN)/python hatch_build.py >/dev/null
