# Aboveboard. `make run` shows it; `make test` proves it.
SHELL := /bin/bash
BIN := .venv/bin

.PHONY: help setup run test chaos fuzz lint format bench lock clean

help:
	@echo "make run     a sample business with 2,000 invented customers, on this machine"
	@echo "make test    everything: style, types, walls, tests, PostgreSQL, a real browser"
	@echo "make chaos   a thousand kills in the middle of the work, and the count of what was lost (KILLS=40: fewer)"
	@echo "make fuzz    break the readers of files with atheris (SECONDS=60 TARGET=price-pages)"
	@echo "make lint    style, types and walls only"
	@echo "make bench   the benchmarks, each printing its ratio"
	@echo "make setup   only .venv (the others do it by themselves)"
	@echo "make lock    rewrite requirements/*.txt from pyproject.toml (UPGRADE=1: newest versions)"
	@echo "make clean   remove .venv, var and what tools leave behind"

setup:
	@tools/setup

run: setup
	@$(BIN)/python -m aboveboard.demo

test: lint
	@tools/machine tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

chaos: setup
	@tools/machine tests
	@$(BIN)/python -m tests.chaos --kills $(or $(KILLS),1000) --seed $(or $(SEED),1)

fuzz: setup
	@tools/fuzz $(or $(TARGET),price-pages) --seconds $(or $(SECONDS),60)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	@for file in benchmarks/[a-z]*.py; do echo "== $$file"; $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)" || failed=1; done; exit $${failed:-0}

lock:
	@tools/lock

clean:
	rm -rf .venv var build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
