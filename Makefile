BIN := .venv/bin
export PYTHONHASHSEED ?= 0

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

.venv/ready: requirements-dev.txt
	python3 -m venv .venv || python3 -m venv --without-pip .venv
	# The machine's pip serves where venv comes without its own (some distributions split ensurepip off).
	@if [ -x $(BIN)/pip ]; then pip=$(BIN)/pip; else pip="python3 -m pip --python $(BIN)/python"; fi; \
	  echo "installing the locked dependencies"; \
	  $$pip install -q --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

demo: .venv/ready ## the main job on a sample pull request: signed webhook in, comment and statuses out, offline
	$(BIN)/python -m tests.demo

test: .venv/ready ## every test, offline
	$(BIN)/python -m pytest -n auto

serve: .venv/ready ## the real thing: web and worker, embedded SQLite
	$(BIN)/python -m app serve

fmt: .venv/ready ## format and sort
	$(BIN)/ruff format app tests bench docs
	$(BIN)/ruff check --fix-only -q app tests bench docs

lint: .venv/ready ## format, lint, unused dependencies
	$(BIN)/ruff format --check app tests bench docs
	$(BIN)/ruff check app tests bench docs
	$(BIN)/deptry app

types: .venv/ready ## mypy --strict
	$(BIN)/mypy

docs: .venv/ready ## write the help texts of docs/cli.md anew
	$(BIN)/python docs/generate.py

contracts: .venv/ready ## the import contracts
	$(BIN)/lint-imports

cover: .venv/ready ## every test with branch coverage, and the floor of the pure packages
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered --cov-report=json:.coverage.json -q
	$(BIN)/python bench/coverage_floor.py .coverage.json

check: lint types contracts test ## what CI runs

lock: .venv/ready ## resolve the ranges of pyproject.toml anew, with hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -c requirements.txt -o requirements-dev.txt

.PHONY: help demo test serve fmt lint types docs contracts cover check lock
