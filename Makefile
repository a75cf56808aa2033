# What a newcomer types. Every target first sets up what it needs.
SHELL := /bin/bash
BIN := .venv/bin
DEMO := demo
COHORT := $(DEMO)/cirebon-2024
REAL := $(DEMO)/iqitems

.PHONY: help setup run review test test-all bench bench-national bench-recovery lint docs lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup:  ## environment in .venv, and Chromium for the browser tests
	@bash scripts/setup.sh

run: setup  ## the whole chain on the Cirebon round and on real responses; leaves demo/
	@$(BIN)/python scripts/demo.py $(COHORT) $(REAL)

review: setup  ## open the review page of the Cirebon round
	@test -f $(COHORT)/workbench.toml || { echo "Belum ada $(COHORT); jalankan 'make run' dahulu." >&2; exit 2; }
	@$(BIN)/workbench review $(COHORT)

test: setup  ## all tests but the slow ones
	@$(BIN)/python -m pytest -n 2 --dist loadscope -m "not slow"

test-all: setup  ## all tests, on seeds drawn now
	@$(BIN)/python -m pytest --seed random

bench: setup  ## speed and memory, side by side
	@$(BIN)/python -m benchmarks

bench-recovery: setup  ## do calibrations find what made the data; goes on where it was stopped
	@$(BIN)/python -m benchmarks.recovery

bench-national: setup  ## calibrate four million people from Parquet, and place four million
	@$(BIN)/python -m benchmarks.national
	@$(BIN)/python -m benchmarks.standing
	@$(BIN)/python -m benchmarks.standing --nation 4000000

lint: setup  ## formatting, lint, types, import rules, spelling: the same checks as before a commit
	@$(BIN)/pre-commit run --all-files

docs: setup  ## data dictionary, the pictures that the README shows, and all docs as pages under docs/site/
	@$(BIN)/python scripts/make_docs.py

lock:  ## renew requirements.lock and environment.yml from pyproject.toml (needs uv)
	@bash scripts/lock.sh

clean:  ## remove the demo and caches
	@rm -rf $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis
