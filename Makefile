# `make help` lists what there is to do.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
STACK ?= local
BIN := .venv/bin
# The set-up links the Pulumi CLI it installs into the virtual environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)

SHELL_SCRIPTS = $(shell git ls-files '*.sh' .ci/run)
DOCKERFILES = $(shell git ls-files '*Dockerfile' '*.Dockerfile')
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --custom-compile-command

.PHONY: help setup local local-down test lint format protos lock

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  %-12s %s\n", $$1, $$2 }'

setup: ## Find or install everything: Python environment, Pulumi CLI, Docker engine, Compose
	@$(PYTHON) -m bootstrap

local: setup ## Bring the whole stack up on an AWS inside this machine
	@$(BIN)/python -m local up --stack $(STACK)

local-down: ## Remove every trace of `make local`
	@$(PYTHON) -m bootstrap $(if $(wildcard .rehearsal),,--only python)
	@$(BIN)/python -m local down --stack $(STACK)

test: setup lint ## Every check: lint, types, scripts, Dockerfiles, workflows, tests with coverage
	@$(BIN)/python -m pytest --cov --cov-report=term

lint: ## Check style, types, shell scripts, Dockerfiles and workflows
	@$(PYTHON) -m bootstrap --only python,shellcheck,actionlint
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(if $(SHELL_SCRIPTS),shellcheck $(SHELL_SCRIPTS))
	@$(if $(DOCKERFILES),$(BIN)/hadolint $(DOCKERFILES))
	@actionlint
	@$(BIN)/zizmor --offline --quiet --persona auditor .github

format: ## Rewrite the Python files in the project's style
	@$(PYTHON) -m bootstrap --only python
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

protos: ## Generate the protocol buffer modules
	@$(PYTHON) -m bootstrap --only python
	@$(BIN)/python -m grpc_tools.protoc --proto_path=. --python_out=. --pyi_out=. tfserving/protos/*.proto

lock: ## Lock the dependencies that pyproject.toml declares; UPGRADE=1 takes the newest
	@$(PYTHON) -m bootstrap --only python
	@$(LOCK) 'make lock' $(if $(UPGRADE),--upgrade) pyproject.toml --group dev -o requirements-dev.txt
	@$(LOCK) 'make lock' pyproject.toml -c requirements-dev.txt -o requirements-tfs.txt
	@$(LOCK) 'make lock' --group pulumi -c requirements-dev.txt -o requirements.txt
	@$(LOCK) 'make lock (install with --no-deps: it asks for the large `tensorflow`)' \
		--no-deps --group dev-no-deps -o requirements-dev-no-deps.txt
	@$(LOCK) 'make lock' tfserving/agent/requirements.in -c requirements-dev.txt -o tfserving/agent/requirements.txt
