# Every target installs what it needs. Try: make demo, make test, make services.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Tests, demo and bench start hundreds of processes. Without bytecode each would compile our code
# anew, which takes nearly as long as all the rest of its start.
unexport PYTHONDONTWRITEBYTECODE

# ARGS goes to the command behind the target: make test ARGS="-k merge"
ARGS ?=

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

.PHONY: demo
demo: $(INSTALLED) ## Run the demo (KEEP=1: go on afterwards; PAIRING=stuf-zgw; BROKER=amqp://… STORE=postgresql://…)
	@$(BIN)/casebridge demo $(if $(filter-out 0 no,$(KEEP)),--keep) \
	    $(if $(PAIRING),--pairing '$(PAIRING)') \
	    $(if $(BROKER),--broker '$(BROKER)') $(if $(STORE),--store '$(STORE)') $(ARGS)

.PHONY: test
test: lint types imports schema services-installed ## Check everything, then run all tests
	CASEBRIDGE_TEST_SERVICES=required $(BIN)/python -m pytest $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## Check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(INSTALLED) ## Repair style and layout where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(INSTALLED) ## Check the types
	$(BIN)/mypy

.PHONY: imports
imports: $(INSTALLED) ## Check which package may import which
	$(BIN)/lint-imports --no-logo

.PHONY: schema
schema: $(INSTALLED) ## Check that the published message schemas are those of the code
	$(BIN)/python -m contracts.schema --check
	$(BIN)/python -m bridge.console.api --check

# SEEDS: how many runs, of which one in 40 in the whole world, one in 250 in that of ZGW
SEEDS ?= 20000

.PHONY: simulate
simulate: $(INSTALLED) ## Play bad days in virtual time (SEEDS=20000), and hold them to the laws
	@$(BIN)/python -m tests.simulation run --seeds $(SEEDS) $(ARGS)

.PHONY: mutants
mutants: $(INSTALLED) ## Break the bridge on purpose; print which law catches each mutant
	@$(BIN)/python -m tests.simulation mutants $(ARGS)

.PHONY: soak
soak: $(INSTALLED) services-installed ## Kill real processes for a long while, embedded and on servers
	@$(BIN)/python -m tests.system.soak --kills 100 $(ARGS)
	@$(BIN)/python -m tests.system.soak --kills 200 --servers $(ARGS)

.PHONY: bench
bench: $(INSTALLED) services-installed ## Measure against the bare broker, store and HTTP
	@$(BIN)/python -m bench $(ARGS)

.PHONY: services
services: $(INSTALLED) services-installed ## Run RabbitMQ and PostgreSQL in the foreground
	@$(BIN)/python -m tests.services

.PHONY: services-installed
services-installed:
	@scripts/install-services

.PHONY: lock
lock: $(BIN)/python ## Choose the newest versions that pyproject.toml allows
	$(PIP) install 'uv>=0.5'
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-emit-index-url \
	    --extra dev --python-version 3.11 pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url \
	    --constraints requirements.lock --python-version 3.11 pyproject.toml \
	    --output-file requirements-runtime.lock

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(VENV) build dist var .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/python-venv $(VENV)

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	@echo "casebridge: installing into $(VENV)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
