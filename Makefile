PYTHON ?= python3
PORT ?= 4566
BIN := .venv/bin

# Lambda's Python compiles the layers. Where it is missing they ship source alone, and each cold start compiles.
LAMBDA_PYTHON := $(shell python3.13 -c 'import sys; print(sys.executable)' 2>/dev/null)

export SAM_CLI_TELEMETRY := 0
# Progress is for reading while it happens, also through a pipe.
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup run up down invoke test test-in-process test-end-to-end fuzz bench docs lint type validate build deploy clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.stamp .venv-local/.stamp ## Make both virtual environments; needs only Python 3.11 or later

.venv/.stamp: requirements/dev.txt requirements/client.txt pyproject.toml
.venv/.stamp: layers/dependencies/requirements.txt layers/dependencies/requirements-oidc.txt
.venv-local/.stamp: requirements/local.txt
.venv-lint/.stamp: requirements/lint.txt

# What was built with the interpreter of .venv-local goes with it.
.venv/.stamp .venv-local/.stamp .venv-lint/.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: PYTHON=...")'
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	rm -rf .aws-sam/local
	touch $@

run: setup ## Start the local stack, show the examples on it, serve until Ctrl-C; ONCE=1 ends after the examples
	$(BIN)/python -m local.run --port $(PORT) $(if $(ONCE),--once)

up: setup ## Start the local stack in the background; .local/stack.json tells where it is
	$(BIN)/python -m local.up --port $(PORT)

down: setup ## Stop it
	$(BIN)/python -m local.down

invoke: ## Call a function of the local stack with its sample event: FUNCTION=get_health
	$(BIN)/python -m local.invoke $(FUNCTION)

test: setup ## Run all tests
	$(MAKE) --no-print-directory --jobs 2 test-in-process test-end-to-end

# It gives way to the other part, which waits for things most of the time, and must not wait for long.
test-in-process: setup ## Run those that need no stack
	nice $(BIN)/python -m pytest --numprocesses auto --dist worksteal --ignore tests/e2e

test-end-to-end: setup ## Run those that deploy the template to a stack of their own
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder tests/e2e

fuzz: setup ## Try all endpoints with thousands of requests made from the API's document
	$(BIN)/python -m tests.fuzz

bench: setup ## Measure, in up to half an hour; PART=logs only that, RECORD=1 writes docs/benchmarks.md
	PYTHONPATH=layers/workflows $(BIN)/python -m benchmarks $(PART) $(if $(RECORD),--record)

docs: setup ## Write the documents that are made from code
	PYTHONPATH=layers/workflows $(BIN)/python -m tools.docs

lint: setup validate .venv-lint/.stamp ## Check style, and the template's security as .checkov.yaml says
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	.venv-lint/bin/checkov --config-file .checkov.yaml

validate: setup ## Check the template
	$(BIN)/sam validate

type: setup ## Check types
	$(BIN)/mypy layers/workflows/workflows functions local wfx tests benchmarks tools

build: setup ## Build for Lambda (the local stack builds for this machine by itself)
	$(if $(LAMBDA_PYTHON),,$(warning python3.13 is not on the PATH: the layers are built without bytecode, and cold starts take three times as long))
	find functions -name __pycache__ -prune -exec rm -rf {} +
	PYTHON=$(abspath $(BIN)/python) BYTECODE_PYTHON=$(LAMBDA_PYTHON) $(BIN)/sam build

deploy: build ## Deploy to the AWS account that the environment names
	$(BIN)/sam deploy

clean: ## Remove all that was made here
	@test ! -e .local/stack.json || $(MAKE) down
	rm -rf .aws-sam .bench .local .venv .venv-local .venv-lint .mypy_cache .pytest_cache .ruff_cache .hypothesis
