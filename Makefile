# `make run` and `make test` need nothing but Python 3.11+ and make: they set up .venv first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: run test check format lint types imports docs clean

run: $(VENV)/runtime ## Open the explorer in the browser
	$(BIN)/streamlit run streamlit_app.py

test: $(VENV)/development ## Run all tests (browser tests where Chromium is installed)
	$(BIN)/python -m pytest --ignore tests/browser
	$(BIN)/python -m pytest --numprocesses 0 tests/browser # one server and one browser, which want a core each

check: lint types imports docs test ## All that has to hold before a change lands

format: $(VENV)/development ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/oxlint --fix explorer

lint: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/oxlint explorer

types: $(VENV)/development
	$(BIN)/mypy

imports: $(VENV)/development
	$(BIN)/lint-imports

docs: $(VENV)/development ## The generated documents are those the code writes
	$(BIN)/python scripts/calculate_model_params.py --markdown | diff docs/model_sizes.md -
	$(BIN)/python scripts/verify_model_params.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Name one: make run PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

RUNTIME_REQUIREMENTS := requirements.txt requirements-library.txt requirements-app.txt

$(VENV)/runtime: $(RUNTIME_REQUIREMENTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/development: $(RUNTIME_REQUIREMENTS) requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/runtime
