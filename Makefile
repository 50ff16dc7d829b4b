# Every target sets up .venv by itself. Needed: make, and Python 3.11 or newer (make PYTHON=python3.13 … chooses one).

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check lint bench soak screenshots

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s  %s\n", $$1, $$2 }' Makefile

demo: .venv/.stamp-run ## a small dataset from the starter fonts, in demo/starter
	@if [ -e demo/starter/summary.json ]; then \
	  echo "demo/starter is finished; verifying it."; $(BIN)/fontloom verify --deep demo/starter; \
	elif [ -e demo/starter/session.json ]; then \
	  echo "demo/starter is unfinished; going on with it."; $(BIN)/fontloom resume --headless demo/starter; \
	else \
	  $(BIN)/fontloom --headless --output demo --project starter --samples 50; \
	fi
	@echo
	@echo "The dataset is in demo/starter. To look at it:"
	@echo "  demo/starter/README.md             what it is and how to load it"
	@echo "  demo/starter/fonts/*/images/       the images; their labels are in metadata.jsonl beside"
	@echo "  $(BIN)/fontloom status demo/starter"
	@echo "  $(BIN)/fontloom verify --deep demo/starter"

test: .venv/.stamp-test ## the tests, without soak and bench
	$(BIN)/python -m pytest -n 3 -m "not soak and not bench" tests

check: lint test ## lint, then test

lint: .venv/.stamp-dev ## format, rules, types, and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.stamp-run ## the measurements, one after the other
	@set -e; for script in tests/benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

screenshots: .venv/.stamp-screenshots ## the pictures of the README, made anew (FONTS=DIR names the fonts)
	$(BIN)/fontloom preview --rows 7 --columns 2 --seed 4 --out screenshots/preview.png
	$(BIN)/python screenshots/make_screenshots.py $(if $(FONTS),--fonts $(FONTS))

soak: .venv/.stamp-test ## the long tests
	$(BIN)/python -m pytest -s -m soak tests

# Dependency groups need pip 25.1.
.venv/.stamp-venv:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not there: make PYTHON=… names Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "fontloom needs Python 3.11 or newer, and this is $$($(PYTHON) -V 2>&1): make PYTHON=… names another"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) 'pip>=25.1'
	@touch $@

.venv/.stamp-run: pyproject.toml constraints.txt | .venv/.stamp-venv
	$(INSTALL) -c constraints.txt -e .
	@touch $@

.venv/.stamp-test .venv/.stamp-dev .venv/.stamp-screenshots: .venv/.stamp-%: pyproject.toml constraints.txt | .venv/.stamp-venv
	$(INSTALL) -c constraints.txt -e . --group $*
	@touch $@
