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
PIP_INTO = VIRTUAL_ENV= $(UV) pip install --quiet --python $(1)
else
PIP_INTO = $(PY) -m pip --python $(1) install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action ignore
endif
INSTALL = $(call PIP_INTO,$(BIN)/python)

.PHONY: help
help:
	@echo 'make run [PORT=5000]  the product with sample data, on this machine'
	@echo 'make test             the whole test suite'
	@echo 'make faults           the fault matrix, about half an hour; ROWS=1,7-9: some of its rows'
	@echo 'make lint             ruff and mypy'
	@echo 'make bench            how fast mail goes out, beside the limit and the best of the others; FULL=1, WRITE=1'
	@echo 'make pictures         the pictures of the documents; ALL=1 INTO=folder: every page in every look'
	@echo 'make i18n             bring the translation catalogues up to date with the sources'

# The sample company's name, where none is set.
.PHONY: run
run: export FEEDBACKLOOP_ORGANISATION ?= Fietsenmakerij De Bonte Spaak
run: .venv/.run $(COMPILED)
	@exec $(BIN)/feedbackloop up --sample-data $(if $(PORT),--port $(PORT))

# One process more than cores: some tests wait for other programs most of their time.
.PHONY: test
test: .venv/.test $(COMPILED)
	$(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --dist loadgroup $(ARGS)

.PHONY: faults
faults: .venv/.test $(COMPILED)
	@$(BIN)/python -m tests.faults.run $(ROWS)

.PHONY: lint
lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A peer runs beside us, in an environment of its own. ARGS=--help tells what else can be asked for.
.PHONY: bench
bench: .venv/.test .venv/.bench $(COMPILED)
	@$(BIN)/python -m benchmarks $(if $(FULL),--full) $(if $(WRITE),--write) $(ARGS)

.PHONY: pictures
pictures: .venv/.test $(COMPILED)
	@$(BIN)/python -m tests.pictures.take $(if $(ALL),--all) $(or $(INTO),docs/pictures)

# The messages are the English sentences; what no source says any more leaves the catalogue.
TEMPLATE := .venv/messages.pot
KEYWORDS := -k _l -k lazy_gettext -k lazy_ngettext:1,2
.PHONY: i18n
i18n: .venv/.test
	@$(BIN)/pybabel -q extract -F pyproject.toml $(KEYWORDS) --no-location --sort-output -w 110 -o $(TEMPLATE) .
	@$(BIN)/pybabel -q update -i $(TEMPLATE) -d feedbackloop/translations -w 110 \
		--ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date
	@$(BIN)/python hatch_build.py

# An environment holds the path that it was made at: a checkout that was moved gets a new one.
ifneq ($(shell cat .venv/.python 2>/dev/null),$(CURDIR))
.PHONY: .venv/.python
endif
.venv/.python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "feedbackloop needs Python 3.11 or newer, and '$(PY)' is not that: name another with make PY=python3.12" >&2; exit 2; }
	@$(PY) -m venv --without-pip --clear .venv
	@echo '$(CURDIR)' >$@

.venv/.run: requirements.txt pyproject.toml hatch_build.py .venv/.python
	@echo 'Installing what feedbackloop needs into .venv (once; up to a minute)'
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

.venv/.test: requirements-test.txt .venv/.run
	@echo 'Installing the test tools into .venv (once; up to a minute)'
	@$(INSTALL) --require-hashes -r requirements-test.txt
	@touch $@

.venv/.bench: benchmarks/requirements.txt .venv/.python
	@echo 'Installing the peer of the benches into .venv/bench (once; up to a minute)'
	@$(PY) -m venv --without-pip --clear .venv/bench
	@$(call PIP_INTO,.venv/bench/bin/python) --require-hashes -r benchmarks/requirements.txt
	@touch $@

%.mo: %.po | .venv/.run
	@$(BIN)/python hatch_build.py >/dev/null
