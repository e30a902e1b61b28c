# Everything runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile
QUESTION := Quel rôle le Maroc joue-t-il dans la coalition contre Daech ?

.DEFAULT_GOAL := help
.PHONY: help demo test test-all coverage torture check fix bench figures docs screenshots
.PHONY: release-check clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/semsearch ## Index seeds/ into index/ and ask a question in French
	$(BIN)/semsearch index seeds
	$(BIN)/semsearch search -k 5 "$(QUESTION)"

test: $(VENV)/semsearch-dev ## Run all but the slow tests, and say how long that took
	$(PYTEST) -m "not slow"

test-all: $(VENV)/semsearch-dev ## Run all tests, as CI does
	$(PYTEST)

coverage: $(VENV)/semsearch-dev ## Run all tests and list the files with the most untested lines
	$(PYTEST) --cov=semsearch

torture: $(VENV)/semsearch-dev ## Kill 200 runs and cut the power 300 times (half an hour)
	$(BIN)/python -m tests.torture

check: $(VENV)/semsearch-dev ## Check format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(addprefix .github/ISSUE_TEMPLATE/,bug.yml feature.yml)
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format --force-filetype yaml CITATION.cff

fix: $(VENV)/semsearch-dev ## Format and lint what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/semsearch-dev ## Measure quality and speed on seeds/, three minutes
	$(BIN)/python -m benchmarks

figures: $(VENV)/semsearch-dev ## Measure all that the pages tell, and write their tables
	$(BIN)/python -m benchmarks figures

docs: $(VENV)/semsearch-docs ## Build the pages of docs/ as a site in site/
	$(BIN)/mkdocs build

screenshots: $(VENV)/semsearch-dev ## Renew the outputs and pictures on the pages (needs chromium)
	$(BIN)/python -m tests.docs

release-check: $(VENV)/semsearch-dev ## Build the packages and try each in an empty environment
	.ci/release-check "$(QUESTION)"

clean: ## Remove the virtual environment and what was indexed
	rm -rf $(VENV)
	git clean -fdXq index

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/semsearch: $(BIN)/python pyproject.toml constraints.txt
	$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/semsearch-dev: $(VENV)/semsearch
	$(PIP_INSTALL) --editable '.[dev]'
	@touch $@

$(VENV)/semsearch-docs: $(VENV)/semsearch
	$(PIP_INSTALL) --editable '.[docs]'
	@touch $@
