# Every task of the repository; `make` alone lists them. Parts keep theirs in mk/*.mk.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON_BIN := .venv/bin/python
LOCKS := $(wildcard requirements/*.txt) operator/pyproject.toml worker/pyproject.toml
SOURCES := operator/src worker/src tests
# Three processes share the tests, each with a cluster of its own, since most of them wait for
# others most of the time; live streams have the machine alone.
LANES ?= $(if $(KUBECONFIG),0,3)
SHARED := .venv/bin/pytest -q -n $(LANES) --dist loadfile --no-loadscope-reorder
LIVE := tests/drain tests/interop $(wildcard tests/e2e/test_*.py)
# The longest of the files first, so that no process is left with one alone.
LONG := tests/docs tests/e2e/dataplane $(wildcard tests/cluster/test_operator_*.py)
OTHERS := $(LONG) $(filter-out $(LONG),$(wildcard tests/cluster/test_*.py)) \
  $(filter-out tests/docs tests/e2e tests/cluster $(LIVE),$(patsubst %/,%,$(wildcard tests/[a-z]*/)))
# The tests start hundreds of Pythons; without compiled copies each would read all of its sources.
export PYTHONDONTWRITEBYTECODE :=

include $(sort $(wildcard mk/*.mk))

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST) | { [ -t 1 ] && cat || sed 's/\x1b\[[0-9;]*m//g'; } | sort

.venv/.ready: $(LOCKS) mk/setup.sh
	@mk/setup.sh

setup: .venv/.ready ## make .venv from the locks (other tasks do this by themselves)

lock: .venv/.ready ## compile requirements/*.in into hashed locks (UPGRADE=1 takes newer versions)
	@for name in operator worker dev build go uv; do \
	  .venv/bin/uv pip compile -q --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header $(if $(UPGRADE),--upgrade) requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

format: .venv/.ready ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lint: .venv/.ready ## formatting, lint, types, import contracts
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy $(SOURCES)
	@.venv/bin/lint-imports

test: test-fast test-cluster ## every test that `make ci` runs: fast ones, then the real cluster

test-fast: .venv/.ready ## tests that need no cluster: pure ones, real NATS, real Envoy, real video
	@$(SHARED) -m "not cluster and not slow" $(OTHERS)
	@.venv/bin/pytest -q -m "not cluster and not slow" $(LIVE)

test-cluster: .venv/.ready ## tests on a real Kubernetes (started here, or the one of KUBECONFIG)
	@$(SHARED) -m "cluster and not slow" $(OTHERS)
	@.venv/bin/pytest -q -m "cluster and not slow" $(LIVE)

test-slow: .venv/.ready ## tests that take longer; run before an issue is resolved
	@.venv/bin/pytest -q -m slow tests

ci: lint test ## what .ci/run runs

clean: ## remove what builds and tests left in the checkout
	rm -rf build dist demo-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*

.PHONY: help setup lock format lint test test-fast test-cluster test-slow ci clean
