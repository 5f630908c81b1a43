.DEFAULT_GOAL := help
.PHONY: help setup run test check fuzz bench profile proof simulate mutants lock

PYTHON ?= python3
UV := .venv/bin/uv
PINNED := requirements-uv.lock requirements-dev.lock pyproject.toml
# What was installed from other pins is out of date; a file's date would not tell after a checkout.
READY := .venv/ready-$(shell cat $(PINNED) | git hash-object --stdin)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes
PYTEST := .venv/bin/python -m pytest
# In two processes, each with servers of its own; the tests of a file run together.
PAIR := $(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder
export UV_CUSTOM_COMPILE_COMMAND := make lock
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: $(READY) ## Install everything; needs only Python 3.11 or newer, make and git
	@.venv/bin/python -m deploy.local setup

run: setup ## Start Kafka, PostgreSQL and the four services, and print the address of the home page
	@.venv/bin/jianyi run

test: setup ## Run all tests on real servers
	@$(PAIR) -m "not proof and not fuzz"

check: setup ## Lint, types, contracts and unit tests: required before every commit
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PAIR) tests/contracts tests/unit

fuzz: setup ## Send generated requests to all endpoints for six minutes
	@$(PYTEST) -m fuzz

bench: setup ## Benchmark against bare Kafka and PostgreSQL and two job queues (BENCH_DIR=scripts of the denominators)
	@.venv/bin/python -m tests.bench

profile: setup ## Print what each process spends on one item (ARGS="--graphs FOLDER" for flame graphs)
	@.venv/bin/python -m tests.bench.profile $(ARGS)

proof: setup ## Run the long kill tests (up to three hours)
	@$(PYTEST) -m proof

simulate: setup ## Simulate months of a city's work through the public interfaces (ARGS="--items 500")
	@.venv/bin/jianyi simulate $(ARGS)

mutants: setup ## Break each guard on purpose; its test must fail
	@.venv/bin/python -m tests.mutants

lock: setup ## Pin all dependencies, with hashes
	@echo uv==0.13.9 | $(LOCK) - --output-file requirements-uv.lock
	@$(LOCK) pyproject.toml --output-file requirements.lock
	@$(LOCK) pyproject.toml --all-extras --output-file requirements-dev.lock
	@.venv/bin/python -m deploy.local lock

$(READY):
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer with venv is needed: make setup PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements-uv.lock
	$(UV) pip install --python .venv --compile-bytecode --require-hashes -r requirements-dev.lock
	$(UV) pip install --python .venv --quiet --no-deps --no-build-isolation -e .
	@rm -f .venv/ready-* && touch $@
