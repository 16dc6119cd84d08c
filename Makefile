# make run: a whole bot on this machine. make test: everything that must be true. Needs Python 3.11 or newer, and make.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 3
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: run test lint format types lock bench install install-dev words clean

run: .venv/installed
	@$(BIN)/parvis serve

install: .venv/installed

install-dev: .venv/installed-dev

# Debian leaves what makes environments out of Python: when it is missing and apt can be used, it is installed.
.venv/bin/python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "There is no $(PYTHON) here. Parvis needs Python 3.11 or newer. Example: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("Parvis needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Example: make run PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  package="$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
	    echo "Installing $$package, with which Python makes environments…" && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$$package" >/dev/null; } || \
	  { echo "Python cannot make a virtual environment here. On Debian or Ubuntu: sudo apt install $$package"; exit 1; }; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# The command `parvis` inside the environment runs this checkout, from any folder.
.venv/bin/parvis: .venv/bin/python
	@printf '#!/bin/sh\nPYTHONPATH="%s$${PYTHONPATH:+:$$PYTHONPATH}" exec "%s/.venv/bin/python" -m bot "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $@
	@chmod +x $@

.venv/installed: requirements.lock .venv/bin/parvis
	@echo "Installing what Parvis needs (a minute the first time)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/bin/parvis
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@ .venv/installed

lint: .venv/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.catalogues --check

format: .venv/installed-dev
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

# Chromium comes from the distribution: when it is missing and apt can be used, it is installed.
chromium:
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && \
	  echo "Installing Chromium for the browser tests…" && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji >/dev/null; } || \
	echo "Chromium is missing and cannot be installed here: the browser tests will be skipped."

test: lint chromium
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

bench: .venv/installed-dev
	@$(BIN)/python -m benchmarks.report_conversation
	@$(BIN)/python -m benchmarks.broadcast

# Names, versions and hashes only: no address of any index gets into the repository.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links
lock: .venv/installed-dev
	@$(LOCK) pyproject.toml -o requirements.lock
	@$(LOCK) pyproject.toml --group dev -o requirements-dev.lock

# Gather the sentences of the code into the catalogues of locales/.
words: .venv/installed-dev
	@$(BIN)/python -m tests.catalogues --update

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
