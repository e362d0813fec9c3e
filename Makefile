# Everything from a machine with Python alone, 3.11 or 3.12: each target prepares what it needs, once.
PYTHON ?= $(or $(shell command -v python3.11 || command -v python3.12),python3.11)
FEEDS ?=
ARGS ?=
SAMPLE := build/sample
BIN := .venv/bin
# An environment that no longer starts (its Python gone, its folder moved) is made anew.
BROKEN := $(if $(shell $(BIN)/papertide --version 2> /dev/null),,broken)

.PHONY: broken docs help setup run test test-jobs test-rest slow slow-feeds slow-rest lint lock bench clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST)

setup: .venv/prepared  ## the environment, the jars and the embedding model
	@$(BIN)/python -m pipelines.setup

.venv/prepared: requirements.lock pyproject.toml $(BROKEN)
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# FEEDS="NAME=PATH NAME=PATH"; without it the sample feed.
run: setup  ## the whole pipeline, once: make run FEEDS="hf-daily=DIR" ARGS="--until papers"
ifeq ($(strip $(FEEDS)),)
	@test -e $(SAMPLE)/truth.json || $(BIN)/papertide sample $(SAMPLE)
	@$(BIN)/papertide run --feed papers=$(SAMPLE) $(ARGS)
else
	@$(BIN)/papertide run $(addprefix --feed ,$(FEEDS)) $(ARGS)
endif

# Two halves side by side, each with a session of Spark: a query of few rows keeps one core busy.
test:  ## lint and the tests, but for those of `make slow`
	@$(MAKE) --no-print-directory -j2 test-jobs test-rest

test-jobs: lint
	$(BIN)/python -m pytest -m "not slow" tests/jobs

test-rest: lint
	$(BIN)/python -m pytest -m "not slow" --ignore tests/jobs

slow: slow-rest slow-feeds  ## the tests of whole runs, real clusters, killed processes and large feeds

# Two halves, which share no warehouse.
slow-feeds: lint
	$(BIN)/python -m pytest -m slow tests/end_to_end/feeds

slow-rest: lint
	$(BIN)/python -m pytest -m slow --ignore tests/end_to_end/feeds

docs: setup  ## the reference pages anew, from what the code declares
	$(BIN)/python -m pipelines.reference

lint: setup  ## ruff and mypy, strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock:  ## requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --extra dev \
		--universal --python-version 3.11 pyproject.toml -o requirements.lock

bench: setup  ## figures beside their yardsticks, hours of them: make bench ARGS="--only runs"
	$(BIN)/python -m benchmarks --out build/bench.json $(ARGS) > /dev/null

clean:  ## what was built here; not the cache of jars and model, nor any warehouse
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis
