# What one can do with MessageBox. No command needs root, a secret or another service:
# each sets up what it needs in .venv/ and keeps its data in var/.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT
# Further arguments: `make test ARGS="tests/boxes -x"`, `make run ARGS="--only web"`.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-full check bench fakes

help: ## show these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(VENV)/.runtime $(VENV)/.dev ## prepare .venv/ for running and for developing

demo: $(VENV)/.runtime ## start with example boxes and messages; PORT=8000
	@DATA_DIR="$${DATA_DIR:-$(CURDIR)/var/demo}" exec $(BIN)/python manage.py serve --demo $(ARGS)

run: $(VENV)/.runtime ## start without examples; PORT=8000
	@exec $(BIN)/python manage.py serve $(ARGS)

test: $(VENV)/.dev ## run the tests; under ten minutes on two processors
	$(BIN)/pytest -n 3 --dist loadfile $(ARGS)

test-full: $(VENV)/.dev ## run every test, on SQLite and on PostgreSQL with Redis
	$(BIN)/pytest -n 3 --dist loadfile -m "" $(ARGS)
	.ci/grown-up -m "" $(ARGS)

check: $(VENV)/.dev ## lint, types, import contract, migrations, settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	.ci/production $(BIN)/python manage.py check --deploy --fail-level WARNING
	.ci/translations

bench: $(VENV)/.dev ## measure against the floor of the same run
	$(BIN)/python -m tests.benchmarks $(ARGS)

fakes: $(VENV)/.dev ## start the servers that stand for other systems
	$(BIN)/python -m tests.fakes $(ARGS)

# -- setting up; each step leaves a stamp, so that a second run has nothing to do --

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "MessageBox needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is not installed: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# uv needs seconds where pip needs minutes; where it cannot be had, pip does the same.
$(VENV)/.uv: requirements/uv.txt $(VENV)/.made
	-@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt $(VENV)/.uv
	@echo "Installing what the service needs …"
	@{ [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $<; } || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.uv
	@echo "Installing what the tests need …"
	@{ [ -x $(BIN)/uv ] && $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $<; } || \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
